"""The time that one measurement looks at.

CloudWatch rounds a start down to the minute, or to the period where that is shorter:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

_MINUTE = 60


@dataclass(frozen=True)
class Window:
    """A span of time that begins and ends where a data point does.

    Attributes:
        start: In seconds since the epoch; belongs to it.
        end: In seconds since the epoch; does not.
    """

    start: float
    end: float

    def __str__(self) -> str:
        start, end = (datetime.fromtimestamp(each, UTC) for each in (self.start, self.end))
        form = "%H:%M" if self.start % _MINUTE == self.end % _MINUTE == 0 else "%H:%M:%S"
        return f"{start:%Y-%m-%d} {start.strftime(form)} to {end.strftime(form)} UTC"


def grain(window: float) -> float:
    """Return how many seconds the edges of a window are apart from each other at least."""
    return min(window, _MINUTE)


def until(moment: float, window: float) -> Window:
    """Return the last window that is over at a moment.

    Args:
        moment: In seconds since the epoch.
        window: How long it is, in seconds.
    """
    end = math.floor(moment / grain(window)) * grain(window)
    return Window(end - window, end)


def first_end(began: float, window: float) -> float:
    """Return when the first window ends that holds nothing from before a moment.

    Args:
        began: In seconds since the epoch.
        window: How long it is, in seconds.
    """
    return math.ceil(began / grain(window)) * grain(window) + window
