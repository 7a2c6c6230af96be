"""Alarms, out of the words of the CloudWatch API.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from greenlight import aws
from greenlight.documents import shown

NAMES_A_CALL: Final = 100
"""DescribeAlarms, AlarmNames and MaxRecords: 100 at most."""

MAX_PAGES: Final = 50

# Where no type is named, metric alarms alone are told, and an alarm of another type would look as if it were not there.
_TYPES: Final = ("MetricAlarm", "CompositeAlarm", "LogAlarm")
_LISTS: Final = ("MetricAlarms", "CompositeAlarms", "LogAlarms")
_NEWEST_TYPE: Final = "LogAlarm"

_STATES: Final = frozenset({"OK", "ALARM", "INSUFFICIENT_DATA"})
_NOT_EVALUATED: Final = frozenset({"EVALUATION_ERROR", "EVALUATION_FAILURE"})


class AlarmsReplyError(Exception):
    """When CloudWatch's reply cannot be what CloudWatch says of alarms."""


class TooManyAlarmsError(Exception):
    """When more alarms begin with a prefix than anybody would wait for."""


@dataclass(frozen=True)
class Alarm:
    """What CloudWatch says of an alarm.

    Attributes:
        name: Its name.
        arn: Its ARN.
        state: OK, ALARM or INSUFFICIENT_DATA.
        reason: Why, in CloudWatch's words.
        since: When it came into this state, in seconds since the epoch; None where CloudWatch does not say.
        evaluation: What is special about how it is evaluated; empty where nothing is.
        actions_enabled: Whether it tells anybody. It counts all the same.
    """

    name: str
    arn: str
    state: str
    reason: str
    since: float | None
    evaluation: str
    actions_enabled: bool

    @property
    def blind(self) -> bool:
        """Tell whether it has nothing to judge by: no data, or no evaluation, so that an OK is an old one."""
        return self.state != "ALARM" and (self.state == "INSUFFICIENT_DATA" or self.unevaluated)

    @property
    def unevaluated(self) -> bool:
        """Tell whether CloudWatch could not evaluate it, so that its state says nothing of now."""
        return self.evaluation in _NOT_EVALUATED


def named(names: Sequence[str], region: str | None = None) -> Iterator[Alarm]:
    """Yield the alarms of these names; of those that do not exist nothing is said.

    Args:
        names: Whole names.
        region: Where they are; None for the function's own Region.

    Raises:
        AwsError: When CloudWatch does not answer.
        AlarmsReplyError: When its answer makes no sense.
    """
    for first in range(0, len(names), NAMES_A_CALL):
        yield from _all(region, AlarmNames=list(names[first : first + NAMES_A_CALL]))


def beginning_with(prefix: str, *, pages: int = MAX_PAGES) -> Iterator[Alarm]:
    """Yield the alarms whose names begin so.

    Args:
        prefix: How they begin.
        pages: How many pages to read, of 100 alarms each.

    Raises:
        AwsError: When CloudWatch does not answer.
        AlarmsReplyError: When its answer makes no sense.
        TooManyAlarmsError: When there are more pages.
    """
    yield from _all(None, pages=pages, AlarmNamePrefix=prefix)


def _all(region: str | None, *, pages: int = MAX_PAGES, **question: Any) -> Iterator[Alarm]:
    token: str | None = None
    for _ in range(pages):
        following = {"NextToken": token} if token else {}
        reply = _describe(region, MaxRecords=NAMES_A_CALL, **question, **following)
        yield from _read(reply)
        token = reply.get("NextToken")
        if not token:
            return
    raise TooManyAlarmsError


def _describe(region: str | None, **parameters: Any) -> Mapping[str, Any]:
    try:
        return aws.call("cloudwatch", "describe_alarms", region=region, AlarmTypes=list(_TYPES), **parameters)
    except aws.AwsRefusedError as error:
        # A Region that does not know the newest type has no alarm of it.
        if _NEWEST_TYPE not in str(error):
            raise
    known = [each for each in _TYPES if each != _NEWEST_TYPE]
    return aws.call("cloudwatch", "describe_alarms", region=region, AlarmTypes=known, **parameters)


def _read(reply: Mapping[str, Any]) -> list[Alarm]:
    # botocore makes an empty reply out of a body that it cannot read.
    if not any(key in reply for key in _LISTS):
        raise AlarmsReplyError(f"cloudwatch:DescribeAlarms's reply makes no sense: it has none of {', '.join(_LISTS)}")
    try:
        return [_alarm(record) for key in _LISTS for record in reply.get(key) or ()]
    except (AttributeError, TypeError, ValueError) as error:
        problem = f"cloudwatch:DescribeAlarms's reply makes no sense ({type(error).__name__}: {error})"
        raise AlarmsReplyError(problem) from error


def _alarm(record: Mapping[str, Any]) -> Alarm:
    name, arn, state = record.get("AlarmName"), record.get("AlarmArn"), record.get("StateValue")
    if not name or not arn or state not in _STATES:
        told = f"alarm {shown(name)} has the ARN {shown(arn)} and the state {shown(state)}"
        raise AlarmsReplyError(f"cloudwatch:DescribeAlarms's reply makes no sense: {told}")
    # StateUpdatedTimestamp moves with the evaluation's state too.
    since = record.get("StateTransitionedTimestamp") or record.get("StateUpdatedTimestamp")
    return Alarm(
        name=name,
        arn=arn,
        state=state,
        reason=" ".join((record.get("StateReason") or "").split()),
        since=since.timestamp() if isinstance(since, datetime) else None,
        evaluation=record.get("EvaluationState") or "",
        actions_enabled=record.get("ActionsEnabled") is not False,
    )
