"""The account of the tests of explain, and the stand-in for ECS that plays deployments in it."""

from dataclasses import dataclass, field

import pytest

from greenlight_cli.status import session
from tests.unit.cli.explain.conftest import empty_shop, shop  # noqa: F401


@dataclass
class Pauses:
    """What happens while watch waits: a function for each pause, in order."""

    seconds: list = field(default_factory=list)
    then: list = field(default_factory=list)

    def __call__(self, seconds):
        self.seconds.append(seconds)
        assert self.then, f"watch waits for something that never comes; it waited {self.seconds}"
        self.then.pop(0)()


@pytest.fixture
def pauses(monkeypatch):
    """Nobody sleeps; what a test wants to happen meanwhile happens."""
    made = Pauses()
    monkeypatch.setattr(session, "pause", made)
    return made
