"""Waiting that other things can cut short, and bounds so that nothing waits for ever."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from rehearsal.clock import Clock

T = TypeVar("T")

# Real seconds between two looks at what is waited for.
POLL = 0.05


def wait_until(clock: Clock, deadline: float, found: Callable[[], T | None]) -> T | None:
    """Wait until something is found or the deadline has come.

    Args:
        clock: Tells the simulated time.
        deadline: In simulated seconds since the epoch.
        found: Gives what is waited for, or None as long as it is not there.
    """
    while True:
        result = found()
        left = deadline - clock.now()
        if result is not None or left <= 0:
            return result
        clock.sleep(min(left, POLL * clock.speed))


@dataclass(frozen=True)
class Bounds:
    """How far a deployment may go in one direction.

    Attributes:
        invocations: Hook invocations; the rehearsal's own bound.
        seconds: Simulated seconds; ECS gives a deployment 30 days.
    """

    invocations: int = 2000
    seconds: float = 30 * 86400


class Allowance:
    """What is left of the bounds.

    Args:
        bounds: Where it ends.
        clock: Tells the simulated time.
    """

    def __init__(self, bounds: Bounds, clock: Clock) -> None:
        self._bounds = bounds
        self._clock = clock
        self._until = clock.now() + bounds.seconds
        self._taken = 0
        self._lock = threading.Lock()

    def take(self) -> str | None:
        """Use up one invocation, or say which bound stands in the way."""
        with self._lock:
            if self._taken >= self._bounds.invocations:
                return f"the rehearsal ends after {self._bounds.invocations} hook invocations"
            if self._clock.now() >= self._until:
                return f"a deployment ends after {self._bounds.seconds / 86400:g} days"
            self._taken += 1
        return None
