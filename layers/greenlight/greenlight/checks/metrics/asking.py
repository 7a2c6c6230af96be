"""Asks CloudWatch for all values of a measurement in one call.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from greenlight import aws
from greenlight.checks.metrics.questions import Question
from greenlight.checks.metrics.window import Window
from greenlight.documents import shown

MAX_PAGES: Final = 20

_COMPLETE: Final = "Complete"
_PARTIAL: Final = "PartialData"
_DROPPED: Final = "ArithmeticError"
"""What CloudWatch says where a value was no number and is left out."""

_ADDED: Final = frozenset({"Sum", "SampleCount"})


class MetricsReplyError(Exception):
    """When CloudWatch answered with something from which no value can be taken."""


class SeveralSeriesError(Exception):
    """When an expression gives several series, of which nobody said which one is meant."""


@dataclass(frozen=True)
class Reading:
    """What CloudWatch has of one query.

    Attributes:
        value: The value of the whole window; None where there is none.
        is_number: Whether all of it were numbers; CloudWatch leaves out what is none.
        points: The data points that it is made of: seconds since the epoch, and value.
    """

    value: float | None = None
    is_number: bool = True
    points: tuple[tuple[float, float], ...] = ()


@dataclass
class _Series:
    """The pages of one query, put together."""

    labels: set[str] = field(default_factory=set)
    status: str = ""
    dropped: bool = False
    messages: list[str] = field(default_factory=list)
    points: list[tuple[float, float]] = field(default_factory=list)


def read(asked: Sequence[Question], window: Window) -> Mapping[str, Reading]:
    """Return what CloudWatch has, by the ids of the questions.

    Args:
        asked: One at least.
        window: The time to look at.

    Raises:
        AwsError: When CloudWatch does not answer.
        MetricsReplyError: When its answer is not whole.
        SeveralSeriesError: When an expression gives several series.
    """
    series = {question.id: _Series() for question in asked}
    for reply in _pages(asked, window):
        try:
            _add(reply, series)
        except (AttributeError, TypeError, ValueError) as error:
            problem = f"cloudwatch:GetMetricData's reply makes no sense ({type(error).__name__}: {error})"
            raise MetricsReplyError(problem) from error
    for question in asked:
        _refuse_unusable(question.id, series[question.id])
    return {question.id: _reading(series[question.id], question.stat) for question in asked}


def _pages(asked: Sequence[Question], window: Window) -> Iterator[Mapping[str, Any]]:
    token: str | None = None
    for _ in range(MAX_PAGES):
        reply = aws.call(
            "cloudwatch",
            "get_metric_data",
            MetricDataQueries=[dict(question.record) for question in asked],
            StartTime=datetime.fromtimestamp(window.start, UTC),
            EndTime=datetime.fromtimestamp(window.end, UTC),
            ScanBy="TimestampAscending",
            **({"NextToken": token} if token else {}),
        )
        # botocore makes an empty reply out of a body that it cannot read.
        if "MetricDataResults" not in reply:
            raise MetricsReplyError("cloudwatch:GetMetricData's reply makes no sense: it has no MetricDataResults")
        yield reply
        token = reply.get("NextToken")
        if not token:
            return
    raise MetricsReplyError(f"cloudwatch:GetMetricData has more than {MAX_PAGES} pages; look at a shorter window")


def _add(reply: Mapping[str, Any], series: Mapping[str, _Series]) -> None:
    if told := [_message(each) for each in reply.get("Messages") or ()]:
        raise MetricsReplyError(f"cloudwatch:GetMetricData answered with reservations: {'; '.join(told)}")
    for result in reply["MetricDataResults"]:
        name = result.get("Id")
        if name not in series:
            raise MetricsReplyError(f"cloudwatch:GetMetricData's reply makes no sense: nobody asked for {shown(name)}")
        kept, times, values = series[name], result.get("Timestamps") or (), result.get("Values") or ()
        kept.labels.add(str(result.get("Label")))
        # Of several pages the last one says whether all of them are there.
        kept.status = str(result.get("StatusCode"))
        for message in result.get("Messages") or ():
            kept.dropped |= message.get("Code") == _DROPPED
            kept.messages.append(_message(message))
        kept.points += [(time.timestamp(), float(value)) for time, value in zip(times, values, strict=True)]


def _refuse_unusable(name: str, series: _Series) -> None:
    if len(series.labels) > 1:
        raise SeveralSeriesError(
            f'the query "{name}" gives {len(series.labels)} series ({", ".join(sorted(series.labels)[:3])} …); '
            "make one of them, with SUM(…), MAX(…) or AVG(…) around the expression"
        )
    if series.status == _COMPLETE:
        return
    said = f" ({'; '.join(series.messages)})" if series.messages else ""
    if not series.status:
        problem = f'does not have the query "{name}" that was asked for'
    elif series.status == _PARTIAL:
        problem = f'has only a part of the query "{name}" (PartialData){said}'
    else:
        problem = f'could not answer the query "{name}" ({series.status}){said}'
    raise MetricsReplyError(f"cloudwatch:GetMetricData {problem}")


def _reading(series: _Series, stat: str) -> Reading:
    points = tuple(sorted(series.points))
    values = [value for _, value in points]
    if series.dropped or not all(math.isfinite(value) for value in values):
        return Reading(is_number=False, points=points)
    if not values:
        return Reading()
    value = _together(values, stat)
    return Reading(value if math.isfinite(value) else None, math.isfinite(value), points)


def _together(values: Sequence[float], stat: str) -> float:
    """Make one value of the data points of a window, where a query has a period shorter than the window."""
    if stat in _ADDED:
        return sum(values)
    if stat == "Minimum":
        return min(values)
    if stat in {"", "Average"}:
        return sum(values) / len(values)
    return max(values)


def _message(message: Mapping[str, Any]) -> str:
    return f"{message.get('Code')}: {' '.join(str(message.get('Value')).split())}"
