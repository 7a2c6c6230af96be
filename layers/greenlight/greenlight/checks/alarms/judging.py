"""What the states of alarms mean for a deployment."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from greenlight.checks.alarms.asking import Alarm
from greenlight.checks.alarms.settings import AlarmsSettings
from greenlight.checks.moments import span, utc
from greenlight.checks.outcome import CheckResult, Outcome

# What one alarm does, and several do.
_IN_ALARM: Final = ("is in ALARM", "are in ALARM")
_BLIND: Final = ("has nothing to judge by", "have nothing to judge by")
_YOUNG: Final = ("is OK for too short a time", "are OK for too short a time")

_TOLD_ALARMS: Final = 3
_TOLD_DETAILS: Final = 20
_REASON_CHARACTERS: Final = 160
_LONGEST_WAIT_SECONDS: Final = 60.0
"""An alarm that goes off while another one is waited for has to be noticed."""


def alarming(alarms: Sequence[Alarm]) -> list[Alarm]:
    """Return those that are in ALARM."""
    return [alarm for alarm in alarms if alarm.state == "ALARM"]


def judge(alarms: Sequence[Alarm], settings: AlarmsSettings, now: float) -> CheckResult:
    """Say what alarms mean that are all there and not in ALARM.

    Args:
        alarms: One at least.
        settings: What the gates file says.
        now: Seconds since the epoch.
    """
    blind = [alarm for alarm in alarms if alarm.blind]
    if blind and settings.missing_data == "fail":
        told = _listed(blind, len(alarms), _BLIND, lambda alarm: f"{_state(alarm)}, {_why(alarm, now)}")
        problem = f"{told}, expected OK; see why no data comes, or write `missing_data: wait` or `pass`"
        return CheckResult(Outcome.FAILED, problem, details=details(alarms, now))
    young = [alarm for alarm in alarms if not alarm.blind and _left(alarm, settings, now) > 0]
    # That no data is a good sign says nothing of an alarm that could not be evaluated.
    held = blind if settings.missing_data == "wait" else [alarm for alarm in blind if alarm.unevaluated]
    if held or young:
        return _not_yet(alarms, held, young, settings, now)
    return CheckResult(Outcome.PASSED, _passed(alarms, len(blind)), details=details(alarms, now))


def failed(loud: Sequence[Alarm], alarms: Sequence[Alarm], now: float) -> CheckResult:
    """Make the result for alarms that are in ALARM."""
    told = _listed(loud, len(alarms), _IN_ALARM, lambda alarm: _why(alarm, now))
    problem = f"{told}, expected OK; find the cause, and deploy again when it is gone"
    return CheckResult(Outcome.FAILED, problem, details=details(alarms, now))


def details(alarms: Sequence[Alarm], now: float) -> Mapping[str, Any]:
    """Return what the log shall hold: how many there are, and all that is not OK."""
    special = [alarm for alarm in alarms if alarm.state != "OK" or alarm.evaluation or not alarm.actions_enabled]
    return {
        "alarms": len(alarms),
        "in_alarm": len(alarming(alarms)),
        "special": [
            {
                "name": alarm.name,
                "state": alarm.state,
                "seconds": None if alarm.since is None else round(now - alarm.since),
                "reason": alarm.reason,
                **({"evaluation": alarm.evaluation} if alarm.evaluation else {}),
                **({} if alarm.actions_enabled else {"actions_enabled": False}),
            }
            for alarm in special[:_TOLD_DETAILS]
        ],
    }


def _not_yet(
    alarms: Sequence[Alarm], blind: Sequence[Alarm], young: Sequence[Alarm], settings: AlarmsSettings, now: float
) -> CheckResult:
    told = []
    if blind:
        listed = _listed(blind, len(alarms), _BLIND, lambda alarm: f"{_state(alarm)}, {_why(alarm, now)}")
        told.append(f"{listed}, expected OK; it is waited for, until the gate's deadline")
    if young:
        listed = _listed(young, len(alarms), _YOUNG, lambda alarm: _since(alarm, now))
        told.append(f"{listed}, expected `ok_for` {span(settings.ok_for)}")
    waits = [left for alarm in young if (left := _left(alarm, settings, now)) < float("inf")]
    retry_after = min(max(waits), _LONGEST_WAIT_SECONDS) if waits and not blind else None
    return CheckResult(Outcome.INCONCLUSIVE, "; ".join(told), retry_after=retry_after, details=details(alarms, now))


def _left(alarm: Alarm, settings: AlarmsSettings, now: float) -> float:
    """Return the seconds for which an alarm still has to stay OK."""
    if not settings.ok_for:
        return 0.0
    return float("inf") if alarm.since is None else alarm.since + settings.ok_for - now


def _passed(alarms: Sequence[Alarm], blind: int) -> str:
    if len(alarms) == 1 and not blind:
        return f'alarm "{alarms[0].name}" is OK'
    without = f", {blind} without data (missing_data: pass)" if blind else ""
    return f"{len(alarms) - blind} of {len(alarms)} alarms OK{without}"


def _listed(chosen: Sequence[Alarm], count: int, state: tuple[str, str], tell: Callable[[Alarm], str]) -> str:
    one, many = state
    told = ", ".join(f'"{alarm.name}" ({tell(alarm)})' for alarm in chosen[:_TOLD_ALARMS])
    if count == 1:
        return f'alarm "{chosen[0].name}" {one} ({tell(chosen[0])})'
    more = f", and {len(chosen) - _TOLD_ALARMS} more" if len(chosen) > _TOLD_ALARMS else ""
    return f"{len(chosen)} of {count} alarms {one if len(chosen) == 1 else many}: {told}{more}"


def _state(alarm: Alarm) -> str:
    return f"{alarm.state}, {alarm.evaluation}" if alarm.evaluation else alarm.state


def _why(alarm: Alarm, now: float) -> str:
    return f"{_since(alarm, now)}: {_cut(alarm.reason or 'no reason given')}"


def _since(alarm: Alarm, now: float) -> str:
    if alarm.since is None:
        return "CloudWatch does not say since when"
    return f"since {utc(alarm.since)}, for {span(now - alarm.since)}"


def _cut(text: str) -> str:
    return text if len(text) <= _REASON_CHARACTERS else f"{text[: _REASON_CHARACTERS - 1]}…"
