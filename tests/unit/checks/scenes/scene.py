"""What a scene is: a check in a gates file, a state of the world, and the answer that is expected of it.

A kind's scenes stand in a module of this package, ``of_<kind>.py``: ``SCENES``, and ``IMPOSSIBLE`` with a reason for each
situation that the kind cannot come into.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any

from greenlight.checks import KINDS, Outcome
from greenlight.gates import HookStatus

PRE, POST_TEST, BEFORE = "PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"
AFTER = "POST_PRODUCTION_TRAFFIC_SHIFT"


class Situation(StrEnum):
    """What can become of a check in one invocation."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    THROTTLED = "throttled"
    DENIED = "access denied"
    SKIPPED = "skipped"


MATRIX = tuple(each for each in Situation if each is not Situation.SKIPPED)
"""The situations that every kind has to be in, or to say why it cannot."""

OUTCOMES = {
    Situation.PASSED: Outcome.PASSED,
    Situation.FAILED: Outcome.FAILED,
    Situation.INCONCLUSIVE: Outcome.INCONCLUSIVE,
    Situation.ERROR: Outcome.ERROR,
    Situation.THROTTLED: Outcome.ERROR,
    Situation.DENIED: Outcome.ERROR,
    Situation.SKIPPED: Outcome.SKIPPED,
}
"""What the check answers."""

STATUSES = {
    Outcome.PASSED: HookStatus.SUCCEEDED,
    Outcome.SKIPPED: HookStatus.SUCCEEDED,
    Outcome.FAILED: HookStatus.FAILED,
    Outcome.INCONCLUSIVE: HookStatus.IN_PROGRESS,
    Outcome.ERROR: HookStatus.IN_PROGRESS,
}
"""What ECS hears of a gate with this check alone."""


def as_it_is(_: Any) -> None:
    """Leave the place as it is."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A check and what it meets.

    Attributes:
        kind: The kind of check.
        situation: What becomes of it.
        title: What is the case, in words.
        settings: The check's settings as YAML, as they stand in a gates file; ``$name`` is filled in by the place.
        arrange: Puts the place into the state that the check meets.
        later: What happens before each further invocation, of which the last one's answer counts.
        stage: Where the gate is.
        weights: Percent of the production traffic that green has, in a canary.
        seconds: How long an invocation lasts.
        todo: What to do, where the message itself does not say it.
    """

    kind: str
    situation: Situation
    title: str
    settings: str = ""
    arrange: Callable[[Any], object] = as_it_is
    later: tuple[Callable[[Any], object], ...] = ()
    stage: str = POST_TEST
    weights: float | None = None
    seconds: float = 20.0
    todo: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.situation}: {self.title}"


@dataclass(frozen=True, eq=False)
class Blunder:
    """A mistake in a gates file.

    Attributes:
        kind: The kind of check that it is about.
        title: What is wrong, in words.
        gates: The file without its first line, which gives the version.
        todo: What to do, where the message itself does not say it.
    """

    kind: str
    title: str
    gates: str
    todo: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.title}"


def scenes_of(kind: str) -> tuple[Scene, ...]:
    """Return the scenes of a kind; none where nobody has written any."""
    return getattr(_module(kind), "SCENES", ())


def blunders_of(kind: str) -> tuple[Blunder, ...]:
    """Return the mistakes about a kind."""
    return getattr(_module(kind), "BLUNDERS", ())


def impossible(kind: str) -> Mapping[Situation, str]:
    """Return the situations that a kind cannot come into, each with the reason."""
    return getattr(_module(kind), "IMPOSSIBLE", {})


def all_scenes() -> list[Scene]:
    """Return the scenes of all kinds, in the order in which a gate tells of them."""
    return [scene for kind in KINDS for scene in scenes_of(kind)]


def _module(kind: str) -> Any:
    try:
        return import_module(f"tests.unit.checks.scenes.of_{kind}")
    except ModuleNotFoundError:
        return None
