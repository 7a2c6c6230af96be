"""When some measurements are enough, as Argo Rollouts defines it.

https://github.com/argoproj/argo-rollouts/blob/master/analysis/analysis.go (assessMetricStatus,
assessMetricFailureInconclusiveOrError) and
https://argo-rollouts.readthedocs.io/en/stable/features/analysis/#consecutivesuccesslimit-and-failurelimit
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Phase(StrEnum):
    """How a measurement or all of them together stand, in the words of Argo Rollouts."""

    RUNNING = "running"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


@dataclass(frozen=True)
class Limits:
    """How much is let through.

    Attributes:
        count: How many measurements there are; None for no end.
        failure: How many may fail; below 0 any number.
        inconclusive: How many may be inconclusive.
        consecutive_error: How many errors there may be in a row.
        consecutive_success: How many good ones in a row are enough; 0 where only the count is.
    """

    count: int | None = 1
    failure: int = 0
    inconclusive: int = 0
    consecutive_error: int = 4
    consecutive_success: int = 0


@dataclass(frozen=True)
class Tally:
    """What the measurements were so far.

    Attributes:
        count: How many there were; those that ended in an error do not count.
        failed: How many failed.
        inconclusive: How many were inconclusive.
        errors: How many errors there were, in a row, up to now.
        streak: How many were good, in a row, up to now.
    """

    count: int = 0
    failed: int = 0
    inconclusive: int = 0
    errors: int = 0
    streak: int = 0

    def after(self, phase: Phase) -> "Tally":
        """Return the tally with another measurement.

        Args:
            phase: How it ended.
        """
        if phase is Phase.ERROR:
            return replace(self, errors=self.errors + 1, streak=0)
        good = phase is Phase.SUCCESSFUL
        return Tally(
            count=self.count + 1,
            failed=self.failed + (phase is Phase.FAILED),
            inconclusive=self.inconclusive + (phase is Phase.INCONCLUSIVE),
            streak=self.streak + 1 if good else 0,
        )


def assess(tally: Tally, limits: Limits) -> Phase:
    """Say how the measurements stand together.

    Args:
        tally: What they were.
        limits: What is let through.
    """
    broken = _broken(tally, limits)
    if broken is not None:
        return broken
    if limits.consecutive_success and tally.streak >= limits.consecutive_success:
        return Phase.SUCCESSFUL
    if limits.count is not None and tally.count >= limits.count:
        # The end came before the row that was asked for: nobody can say that it would have come.
        return Phase.INCONCLUSIVE if limits.consecutive_success else Phase.SUCCESSFUL
    return Phase.RUNNING


def _broken(tally: Tally, limits: Limits) -> Phase | None:
    # In this order, because in Argo Rollouts the last limit that is broken has the word.
    if tally.errors > limits.consecutive_error:
        return Phase.ERROR
    if tally.inconclusive > limits.inconclusive:
        return Phase.INCONCLUSIVE
    if 0 <= limits.failure < tally.failed:
        return Phase.FAILED
    return None
