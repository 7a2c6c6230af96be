"""What moto lacks of CloudWatch's metrics: exact dimensions, percentiles, metric math, pages, and values that are no numbers.

Values come from PutMetricData and from `rehearsal.aws.metric_store`; there is one store for all accounts and Regions.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from rehearsal.aws import metric_store
from rehearsal.aws.metric_math import ExpressionError, Series, evaluate, ids

__all__ = ["extend_moto"]

_ID: Final = re.compile(r"[a-z][A-Za-z0-9_]*")
_PERCENTILE: Final = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
_SHORT_PERIODS: Final = frozenset({1, 5, 10, 20, 30})
_MINUTE: Final = 60
_MAX_QUERIES: Final = 500
_MAX_DATAPOINTS: Final = 100_800
_MAX_COPIES: Final = 10_000
_DROPPED: Final = {
    "Code": "ArithmeticError",
    "Value": "One or more data-points have been dropped due to non-numeric values (NaN, -Infinite, +Infinite)",
}
_moto_puts: Callable[[CloudWatchResponse], ActionResult] = CloudWatchResponse.put_metric_data

_STATS: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "Sum": math.fsum,
    "Average": lambda values: math.fsum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
}


def extend_moto() -> None:
    """Let moto answer CloudWatch calls with the operations of this module. Doing it again changes nothing."""
    for name, operation in _OPERATIONS.items():
        setattr(CloudWatchResponse, name, operation)


@dataclass
class _Answer:
    """What comes back of one query."""

    id: str
    label: str
    points: list[tuple[float, float]]
    dropped: bool = False


@dataclass
class _Request:
    """A request of GetMetricData, and what was worked out of it."""

    queries: Mapping[str, Mapping[str, Any]]
    start: float
    end: float
    period: int
    done: dict[str, Series] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)

    def series(self, name: str, above: tuple[str, ...] = ()) -> Series:
        """Work out a query, and first those that it names."""
        if name in above:
            raise ValidationError(f"Circular dependency found: {' -> '.join([*above, name])}")
        if name not in self.done:
            query = self.queries[name]
            self.done[name] = (
                self._expression(name, str(query["Expression"]), (*above, name))
                if query.get("Expression")
                else self._metric(query["MetricStat"])
            )
        return self.done[name]

    def _expression(self, name: str, expression: str, above: tuple[str, ...]) -> Series:
        try:
            known = {other: self.series(other, above) for other in ids(expression) if other in self.queries}
            found = evaluate(expression, known, _moments(self.start, self.end, self.period))
        except ExpressionError as error:
            raise ValidationError(f"Error in expression '{name}': {error}") from error
        kept = {at: value for at, value in found.items() if math.isfinite(value)}
        if len(kept) < len(found):
            self.dropped.add(name)
        return kept

    def _metric(self, asked: Mapping[str, Any]) -> Series:
        metric, period, stat = asked["Metric"], int(asked["Period"]), str(asked["Stat"])
        dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or ()}
        wanted = metric_store.Series(metric["Namespace"], metric["MetricName"], frozenset(dimensions.items()))
        by_period: dict[float, list[float]] = {}
        for at, value in metric_store.points(wanted, self.start, self.end):
            by_period.setdefault(self.start + (at - self.start) // period * period, []).append(value)
        return {at: _statistic(values, stat) for at, values in by_period.items()}


def _get_metric_data(response: CloudWatchResponse) -> ActionResult:
    parameters: dict[str, Any] = response._get_params()  # noqa: SLF001 - as its subclasses do
    queries = _checked(parameters.get("MetricDataQueries") or [])
    periods = [int(query["MetricStat"]["Period"]) for query in queries.values() if query.get("MetricStat")]
    start, end = _moment(parameters["StartTime"]), _moment(parameters["EndTime"])
    if start > end:
        raise ValidationError("The parameter EndTime must be greater than StartTime.")
    if start == end:
        raise ValidationError("The parameter StartTime must not equal parameter EndTime.")
    grain = min([*periods, _MINUTE])
    request = _Request(queries, math.floor(start / grain) * grain, end, max(periods, default=_MINUTE))
    backwards = (parameters.get("ScanBy") or "TimestampDescending") == "TimestampDescending"
    answers = [
        _Answer(
            name,
            str(query.get("Label") or _label(name, query)),
            sorted(request.series(name).items(), reverse=backwards),
            name in request.dropped,
        )
        for name, query in queries.items()
        if query.get("ReturnData") is not False
    ]
    return ActionResult(_page(answers, parameters))


def _page(answers: Sequence[_Answer], parameters: Mapping[str, Any]) -> dict[str, Any]:
    most = int(parameters.get("MaxDatapoints") or _MAX_DATAPOINTS)
    first = _token(parameters.get("NextToken"))
    results, place = [], 0
    for answer in answers:
        begin, end = max(first - place, 0), first + most - place
        shown = answer.points[begin : max(end, 0)]
        is_new = place >= first and place < first + most
        if shown or (is_new and not answer.points) or (not answer.points and place == first):
            results.append(_result(answer, shown, complete=end >= len(answer.points)))
        place += len(answer.points)
    return {
        "MetricDataResults": results,
        "NextToken": str(first + most) if place > first + most else None,
        "Messages": [],
    }


def _result(answer: _Answer, shown: Sequence[tuple[float, float]], *, complete: bool) -> dict[str, Any]:
    return {
        "Id": answer.id,
        "Label": answer.label,
        "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in shown],
        "Values": [value for _, value in shown],
        "StatusCode": "Complete" if complete else "PartialData",
        "Messages": [_DROPPED] if answer.dropped else [],
    }


def _checked(queries: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    if not 0 < len(queries) <= _MAX_QUERIES:
        raise ValidationError(f"The collection MetricDataQueries must have a size between 1 and {_MAX_QUERIES}.")
    by_id: dict[str, Mapping[str, Any]] = {}
    for number, query in enumerate(queries, start=1):
        name, place = str(query.get("Id")), f"MetricDataQueries.member.{number}"
        if not _ID.fullmatch(name):
            raise ValidationError(f"The value {name} for parameter {place}.Id is not matching the expected pattern.")
        if name in by_id:
            raise ValidationError(f"The values for parameter Id in {place} are not unique: {name}.")
        stat = query.get("MetricStat")
        if bool(stat) == bool(query.get("Expression")):
            raise ValidationError(f"The parameter {place} must have either MetricStat or Expression.")
        for period in (query.get("Period"), (stat or {}).get("Period")):
            if period is not None and int(period) not in _SHORT_PERIODS and (int(period) < 1 or int(period) % _MINUTE):
                raise ValidationError(f"Period {period} must be 1, 5, 10, 20, 30 or a multiple of 60 ({place}).")
        if stat:
            _statistic([0.0], str(stat.get("Stat")))
        by_id[name] = query
    return by_id


def _statistic(values: Sequence[float], stat: str) -> float:
    if stat in _STATS:
        return float(_STATS[stat](values))
    match = _PERCENTILE.fullmatch(stat)
    if match is None:
        raise ValidationError(f"The value {stat} for parameter Stat is not supported in the rehearsal.")
    # By the nearest rank; CloudWatch interpolates within buckets of its own.
    ranked = sorted(values)
    return ranked[max(0, math.ceil(float(match[1]) / 100 * len(ranked)) - 1)]


def _put_metric_data(response: CloudWatchResponse) -> ActionResult:
    parameters: dict[str, Any] = response._get_params()  # noqa: SLF001 - as its subclasses do
    put: list[tuple[str, dict[str, str], float, float]] = []
    for datum in parameters.get("MetricData") or ():
        at = _moment(datum["Timestamp"]) if datum.get("Timestamp") else time.time()
        dimensions = {each["Name"]: each["Value"] for each in datum.get("Dimensions") or ()}
        put += [(str(datum["MetricName"]), dimensions, value, at) for value in _values(datum)]
    done = _moto_puts(response)
    for metric, dimensions, value, at in put:
        metric_store.put(str(parameters["Namespace"]), metric, dimensions, value, at)
    return done


def _values(datum: Mapping[str, Any]) -> Iterator[float]:
    if datum.get("Values"):
        values = [float(value) for value in datum["Values"]]
        counts = [float(count) for count in datum.get("Counts") or [1.0] * len(values)]
        for value, count in zip(values, counts, strict=True):
            yield from [value] * _copies(count)
    elif datum.get("StatisticValues"):
        yield from _of_a_set(datum["StatisticValues"])
    else:
        yield float(datum.get("Value") or 0)


def _of_a_set(statistics: Mapping[str, Any]) -> list[float]:
    """Make up values of which all statistics but the percentiles are right."""
    count = _copies(float(statistics["SampleCount"]))
    least, most, total = (float(statistics[key]) for key in ("Minimum", "Maximum", "Sum"))
    ends = [least, most][:count] if count > 1 else [total][:count]
    between = count - len(ends)
    return [*ends, *([(total - least - most) / between] * between if between else [])]


def _copies(count: float) -> int:
    if count != int(count) or not 0 <= count <= _MAX_COPIES:
        raise InvalidParameterValue(f"The rehearsal knows counts from 0 to {_MAX_COPIES}, in whole numbers.")
    return int(count)


def _moments(start: float, end: float, period: int) -> list[float]:
    return [start + number * period for number in range(math.ceil((end - start) / period))]


def _moment(given: Any) -> float:
    if isinstance(given, datetime):
        return (given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp()
    return float(given)


def _label(name: str, query: Mapping[str, Any]) -> str:
    return name if query.get("Expression") else str(query["MetricStat"]["Metric"]["MetricName"])


def _token(given: Any) -> int:
    if given and not str(given).isdigit():
        raise ValidationError("The NextToken is not one of GetMetricData.")
    return int(given or 0)


_OPERATIONS: dict[str, Callable[[CloudWatchResponse], ActionResult]] = {
    "get_metric_data": _get_metric_data,
    "put_metric_data": _put_metric_data,
}
