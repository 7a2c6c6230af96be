"""What moto lacks of CloudWatch's alarms: composite and log alarms, pages, and since when a state holds.

The operations are set on moto's own response class, so that other extensions of CloudWatch add theirs beside.
"""

from collections.abc import Callable
from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import Alarm
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

__all__ = ["extend_moto"]

# botocore model 1.44, DescribeAlarmsInput$MaxRecords: 1 to 100.
_PAGE = 100
_TYPES = ("MetricAlarm", "CompositeAlarm", "LogAlarm")
_moto_sets_state: Callable[[CloudWatchResponse], ActionResult] = CloudWatchResponse.set_alarm_state


def extend_moto() -> None:
    """Let moto answer CloudWatch calls with the operations of this module. Doing it again changes nothing."""
    for name, operation in _OPERATIONS.items():
        setattr(CloudWatchResponse, name, operation)


def _put_composite_alarm(response: CloudWatchResponse) -> ActionResult:
    # moto takes an alarm with a rule for a composite one.
    response.put_metric_alarm()
    return EmptyResult()


def _put_log_alarm(response: CloudWatchResponse) -> ActionResult:
    response.put_metric_alarm()
    alarm = response.cloudwatch_backend.alarms[response._get_param("AlarmName")]  # noqa: SLF001 - as its subclasses do
    vars(alarm)["greenlight_type"] = "LogAlarm"
    return EmptyResult()


def _set_alarm_state(response: CloudWatchResponse) -> ActionResult:
    alarm = response.cloudwatch_backend.alarms.get(response._get_param("AlarmName"))  # noqa: SLF001
    before = alarm.state_value if alarm else None
    done = _moto_sets_state(response)
    if alarm and alarm.state_value != before:
        vars(alarm)["state_transitioned_timestamp"] = alarm.state_updated_timestamp
    return done


def _describe_alarms(response: CloudWatchResponse) -> ActionResult:
    parameters: dict[str, Any] = response._get_params()  # noqa: SLF001
    types = parameters.get("AlarmTypes") or ["MetricAlarm"]
    if unknown := set(types) - set(_TYPES):
        raise ValidationError(f"Value '{sorted(unknown)}' at 'alarmTypes' failed to satisfy constraint")
    alarms = sorted(response.cloudwatch_backend.alarms.values(), key=lambda alarm: alarm.name)
    found = [alarm for alarm in alarms if _type(alarm) in types and _is_wanted(alarm, parameters)]
    start = int(parameters.get("NextToken") or 0)
    end = start + int(parameters.get("MaxRecords") or _PAGE)
    for alarm in found:
        vars(alarm).setdefault("state_transitioned_timestamp", alarm.state_updated_timestamp)
    return ActionResult(
        {f"{each}s": [alarm for alarm in found[start:end] if _type(alarm) == each] for each in _TYPES}
        | {"NextToken": str(end) if end < len(found) else None}
    )


def _type(alarm: Alarm) -> str:
    return str(vars(alarm).get("greenlight_type", "MetricAlarm" if alarm.rule is None else "CompositeAlarm"))


def _is_wanted(alarm: Alarm, parameters: dict[str, Any]) -> bool:
    names, state = parameters.get("AlarmNames"), parameters.get("StateValue")
    actions = parameters.get("ActionPrefix")
    return (
        (not names or alarm.name in names)
        and alarm.name.startswith(parameters.get("AlarmNamePrefix") or "")
        and state in {None, alarm.state_value}
        and (not actions or any(action.startswith(actions) for action in alarm.alarm_actions))
    )


_OPERATIONS: dict[str, Callable[[CloudWatchResponse], ActionResult]] = {
    "put_composite_alarm": _put_composite_alarm,
    "put_log_alarm": _put_log_alarm,
    "set_alarm_state": _set_alarm_state,
    "describe_alarms": _describe_alarms,
}
