"""The time of a rehearsal, which can run faster than the time on the wall."""

import time


class Clock:
    """A clock that several threads share.

    Only waiting becomes shorter: work that a hook really does takes the time it takes, so on this clock it looks
    longer by the same factor.

    Args:
        speed: Simulated seconds in one real second; at 60 a callBackDelay of 30 s lasts half a second.

    Raises:
        ValueError: When the speed is not above zero.
    """

    def __init__(self, speed: float = 1) -> None:
        if not speed > 0:
            raise ValueError(f"the speed of a clock must be above 0, got {speed}")
        self.speed = speed
        self._began = time.time()
        self._reference = time.monotonic()

    def now(self) -> float:
        """Return the simulated time of day in seconds since the epoch."""
        return self._began + (time.monotonic() - self._reference) * self.speed

    def sleep(self, seconds: float) -> None:
        """Wait so many simulated seconds; not at all when they are negative."""
        time.sleep(max(0.0, seconds) / self.speed)
