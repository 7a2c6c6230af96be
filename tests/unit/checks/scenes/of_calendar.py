"""Scenes of the calendar check: change calendars of Systems Manager."""

from tests.unit.checks.scenes.making import calendar
from tests.unit.checks.scenes.scene import PRE, Blunder, Scene, Situation

_ONE = "names: [holidays]"


def _open(place):
    calendar(place, "holidays", ("20260402T000000Z", "20260407T000000Z"))


def _closed(place):
    calendar(place, "holidays", ("20260115T000000Z", "20260119T060000Z"))


def _one_of_two(place):
    _closed(place)
    calendar(place, "audit")


def _closed_for_ever(place):
    calendar(place, default="DEFAULT_CLOSED")


def _scene(situation, title, arrange, settings=_ONE, **keys):
    return Scene("calendar", situation, title, settings, arrange, stage=PRE, **keys)


SCENES = (
    _scene(Situation.PASSED, "open", _open),
    _scene(Situation.FAILED, "closed", _closed),
    _scene(Situation.FAILED, "one of two is closed", _one_of_two, "names: [holidays, audit]", seconds=60),
    _scene(Situation.FAILED, "closed, and no time is known", _closed_for_ever),
    _scene(Situation.FAILED, "there is no such calendar", lambda place: calendar(place, "holiday")),
    _scene(Situation.INCONCLUSIVE, "closed, and waited for", _closed, f"{_ONE}\nwhen_closed: wait"),
    _scene(
        Situation.ERROR,
        "a reply that makes no sense",
        lambda place: place.faults.garble("ssm", "GetCalendarState", b'{"State": "AJAR"}'),
        todo="nothing yet: it is asked again",
    ),
    _scene(
        Situation.THROTTLED,
        "throttled",
        lambda place: place.faults.fail("ssm", "GetCalendarState"),
        todo="nothing yet: it is asked again",
    ),
    _scene(Situation.DENIED, "denied", lambda place: place.faults.deny("ssm", "GetCalendarState")),
)

BLUNDERS = (Blunder("calendar", "a name that is none", 'pre_scale_up:\n  calendar: {names: ["company holidays"]}'),)
