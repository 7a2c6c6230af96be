"""What was measured in the rehearsal, for `rehearsal.aws.metrics` to answer from.

A load balancer in this process records each request here, which a call of PutMetricData for each could not keep up with.
"""

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

__all__ = ["MAX_POINTS", "Point", "Series", "clear", "points", "put", "series"]

MAX_POINTS: Final = 200_000
"""How many values are kept; beyond them the oldest is forgotten for each new one. About 30 MB."""


class Series(NamedTuple):
    """What CloudWatch keeps apart: metrics of one name with other dimensions are others.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html

    Attributes:
        namespace: Like ``AWS/ApplicationELB``.
        metric: Like ``RequestCount``.
        dimensions: All of them, in no order.
    """

    namespace: str
    metric: str
    dimensions: frozenset[tuple[str, str]]


class Point(NamedTuple):
    """One value.

    Attributes:
        at: When, in seconds since the epoch, by the clock of the rehearsal.
        value: What was measured, in the metric's own unit.
    """

    at: float
    value: float


_lock = threading.Lock()
_points: dict[Series, deque[Point]] = {}
# The series of each value that is kept, the oldest first.
_order: deque[Series] = deque()


def put(namespace: str, metric: str, dimensions: Mapping[str, str], value: float, at: float) -> None:
    """Record a value. Threads may call this at any time.

    Args:
        namespace: Like ``AWS/ApplicationELB``.
        metric: Like ``RequestCount``.
        dimensions: All dimensions of the metric; whoever asks must name the same ones.
        value: In the metric's unit.
        at: When, in seconds since the epoch, by the clock of the rehearsal.
    """
    key = Series(namespace, metric, frozenset(dimensions.items()))
    with _lock:
        _points.setdefault(key, deque()).append(Point(at, value))
        _order.append(key)
        if len(_order) > MAX_POINTS:
            _forget_oldest()


def points(wanted: Series, start: float, end: float) -> list[Point]:
    """Return the values of one series, in the order in which they were recorded.

    Args:
        wanted: The series.
        start: From when on, in seconds since the epoch.
        end: Until when; a value of that very moment is left out.
    """
    with _lock:
        kept = list(_points.get(wanted, ()))
    return [point for point in kept if start <= point.at < end]


def series() -> Iterable[Series]:
    """Return every series with a value."""
    with _lock:
        return list(_points)


def clear() -> None:
    """Forget all."""
    with _lock:
        _points.clear()
        _order.clear()


def _forget_oldest() -> None:
    oldest = _order.popleft()
    kept = _points[oldest]
    kept.popleft()
    if not kept:
        del _points[oldest]
