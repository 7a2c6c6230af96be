"""Scenes of the alarms check: CloudWatch alarms in every state."""

from tests.unit.checks.scenes.making import alarm
from tests.unit.checks.scenes.scene import PRE, Blunder, Scene, Situation

_ONE = "names: [orders-5xx]"
_CROSSED = "Threshold Crossed: 1 datapoint [12.0] was greater than the threshold (5.0)."


def _loud(place):
    alarm(place, state="ALARM", minutes=12, reason=_CROSSED)


def _one_of_three(place):
    _loud(place)
    alarm(place, "orders-latency")
    alarm(place, "orders-queue")


def _silent(place):
    alarm(place, state="INSUFFICIENT_DATA", minutes=5, reason="Insufficient Data: 1 datapoint was unknown.")


def _scene(situation, title, arrange, settings=_ONE, **keys):
    return Scene("alarms", situation, title, settings, arrange, stage=PRE, **keys)


SCENES = (
    _scene(Situation.PASSED, "OK", alarm),
    _scene(Situation.FAILED, "in ALARM", _loud),
    _scene(Situation.FAILED, "one of three is in ALARM", _one_of_three, "prefix: orders-"),
    _scene(Situation.FAILED, "there is no such alarm", lambda place: alarm(place, "orders-5XX"), seconds=60),
    _scene(Situation.FAILED, "no alarm begins so", alarm, "prefix: payments-"),
    _scene(Situation.FAILED, "no data, which is not let through", _silent, f"{_ONE}\nmissing_data: fail"),
    _scene(Situation.PASSED, "no data, which is let through", _silent),
    _scene(
        Situation.INCONCLUSIVE,
        "no data, which is waited for",
        _silent,
        f"{_ONE}\nmissing_data: wait",
        todo="see why no data comes, or write `missing_data: pass`",
    ),
    _scene(
        Situation.INCONCLUSIVE,
        "OK for too short a time",
        lambda place: alarm(place, minutes=2),
        f"{_ONE}\nok_for: 5m",
        todo="nothing: it is asked again when the time is over",
    ),
    _scene(
        Situation.ERROR,
        "a reply that makes no sense",
        lambda place: place.faults.garble("cloudwatch", "DescribeAlarms", b"{}"),
        todo="nothing yet: it is asked again",
    ),
    _scene(
        Situation.THROTTLED,
        "throttled",
        lambda place: place.faults.fail("cloudwatch", "DescribeAlarms", "Throttling"),
        todo="nothing yet: it is asked again",
    ),
    _scene(Situation.DENIED, "denied", lambda place: place.faults.deny("cloudwatch", "DescribeAlarms")),
)

BLUNDERS = (
    Blunder("alarms", "no alarm is named", "pre_scale_up:\n  alarms: {ok_for: 5m}"),
    Blunder("alarms", "a name with an asterisk", 'pre_scale_up:\n  alarms: {names: ["orders-*"]}'),
)
