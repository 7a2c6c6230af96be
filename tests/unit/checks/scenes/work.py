"""What the scenes of external work share: the work is started in one invocation, and has come to something in the next."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.unit.checks.scenes.making import NOON
from tests.unit.checks.scenes.scene import POST_TEST, Scene

AGAIN = "nothing yet: it is asked again"
MINUTES = 3


def after(minutes: float) -> datetime:
    """Return a time so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def later(change: Callable[[Any], object], minutes: float = MINUTES) -> Callable[[Any], None]:
    """Let some minutes pass since noon, and something change."""

    def happen(place: Any) -> None:
        place.now = after(minutes).timestamp()
        change(place)

    return happen


def scenes(kind: str, arrange: Callable[[Any], object], settings: str) -> Callable[..., Scene]:
    """Return what makes the scenes of a kind of external work."""

    def scene(situation, title, *changes, settings=settings, arrange=arrange, stage=POST_TEST, **keys):
        return Scene(kind, situation, title, settings, arrange, tuple(changes), stage=stage, **keys)

    return scene


def troubled(arrange, trouble, *call):
    """Arrange a place, and let AWS have trouble with a call."""

    def happen(place):
        arrange(place)
        getattr(place.faults, trouble)(*call)

    return happen
