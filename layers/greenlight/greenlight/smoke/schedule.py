"""Which test is run next, and which had better wait for the next invocation."""

import time
from collections.abc import Sequence
from threading import Lock

from greenlight.smoke.suite import Test


class Schedule:
    """The tests of a run that wait for a worker; safe to use from several threads.

    A test is begun only where it ends in time even at its worst, because a test that is cut would have to be run twice. One
    that is too long for any invocation is begun first thing, with all the time that there is.

    Args:
        tests: All tests of the suite.
        waiting: Numbers of those to run, in this order.
        deadline: When the run has to end, on the monotonic clock.
        workers: How many tests are begun at once.
        hopeful: Whether the next invocation will have more time for tests than this one.
    """

    def __init__(
        self, tests: Sequence[Test], waiting: Sequence[int], *, deadline: float, workers: int, hopeful: bool
    ) -> None:
        self._tests = tests
        self._waiting = list(waiting)
        self._deadline = deadline
        self._first = 0 if hopeful else workers
        self._lock = Lock()

    def next(self) -> int | None:
        """Return the number of the test to run next; None where none is left that fits."""
        with self._lock:
            left = self._deadline - time.monotonic()
            for place, number in enumerate(self._waiting):
                if self._tests[number].worst_seconds <= left or (self._first > 0 and left > 0):
                    self._first -= 1
                    return self._waiting.pop(place)
            return None

    def stop(self) -> None:
        """Begin no further test."""
        with self._lock:
            self._waiting.clear()

    @property
    def waiting(self) -> list[int]:
        """Return the numbers of the tests that were not begun."""
        with self._lock:
            return list(self._waiting)
