"""The calendar check: change calendars of AWS Systems Manager, and what it says of them."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenlight.checks import Files, Outcome
from greenlight.checks.base import CheckSettings
from greenlight.checks.calendar import CalendarSettings, prepare_calendar
from greenlight.documents import Document, DocumentError, validate
from tests.unit.checks.moments import ask

ARN = "arn:aws:ssm:eu-west-1:123456789012:document/"
LONG_AGO, FAR_AWAY = "20200101T000000Z", "20990101T000000Z"


class World:
    """Systems Manager with the calendars of a test."""

    def __init__(self, server):
        self.faults = server.faults
        self.ssm = server.client("ssm")
        self.names = []

    def calendar(self, name, *events, default="DEFAULT_OPEN"):
        """A change calendar with events, each from and to."""
        lines = [
            "BEGIN:VCALENDAR",
            "PRODID:-//AWS//Change Calendar 1.0//EN",
            "VERSION:2.0",
            f"X-CALENDAR-TYPE:{default}",
        ]
        for begin, end in events:
            lines += ["BEGIN:VEVENT", f"DTSTART:{begin}", f"DTEND:{end}", "END:VEVENT"]
        content = "\r\n".join([*lines, "END:VCALENDAR"])
        self.ssm.create_document(Name=name, Content=content, DocumentType="ChangeCalendar", DocumentFormat="TEXT")
        self.names.append(name)

    def says(self, *, times=None, **reply):
        """What is answered instead, word for word."""
        self.faults.garble("ssm", "GetCalendarState", json.dumps(reply).encode(), times=times)

    def asked(self):
        """How often it was asked."""
        return self.faults.calls("ssm", "GetCalendarState")


@pytest.fixture
def world(module_aws_api):
    """Systems Manager without any calendar."""
    made = World(module_aws_api)
    yield made
    made.faults.clear()
    for name in made.names:
        made.ssm.delete_document(Name=name)


def calendars(*names, **written):
    """A calendar check."""
    document = Document("gates.yaml", {"names": list(names), **written})
    settings_read = validate(CalendarSettings, document)
    return prepare_calendar(settings_read, "PRE_SCALE_UP", Files(document, lambda _: document))


def mistakes(*names, **written):
    """What is wrong with the settings."""
    with pytest.raises(DocumentError) as error:
        calendars(*names, **written)
    return str(error.value)


def test_an_open_calendar_passes(world):
    """And says until when: a deployment of hours had better not begin a minute before it closes."""
    world.calendar("holidays")
    result = ask(calendars("holidays"))
    expected = 'change calendar "holidays" is OPEN; no time is known at which it closes'
    assert (Outcome.PASSED, expected) == (result.outcome, result.summary)
    assert {"calendars": ["holidays"], "state": "OPEN", "changes_at": None} == result.details


def test_an_open_calendar_says_when_it_closes(world):
    """By the clock of AWS, whatever the clock of the function."""
    world.says(State="OPEN", AtTime="2026-12-19T12:00:00Z", NextTransitionTime="2026-12-20T00:00:00Z")
    result = ask(calendars("holidays"), "2000-01-01T00:00:00Z")
    expected = 'change calendar "holidays" is OPEN; it closes at 2026-12-20 00:00 UTC, in 12 h'
    assert (Outcome.PASSED, expected) == (result.outcome, result.summary)
    assert "2026-12-20T00:00:00+00:00" == result.details["changes_at"]


@pytest.mark.parametrize("name", ["holidays", f"{ARN}holidays"])
def test_a_closed_calendar_fails(world, name):
    """Named as the gates file names it."""
    world.calendar("holidays", (LONG_AGO, FAR_AWAY))
    result = ask(calendars(name))
    assert Outcome.FAILED is result.outcome
    assert result.summary.startswith(f'change calendar "{name}" is CLOSED, expected OPEN; it opens at 2099-01-01 00:00')
    assert {"calendars": [name], "state": "CLOSED", "changes_at": "2099-01-01T00:00:00+00:00", "closed": [name]} == (
        result.details
    )


def test_a_closed_calendar_says_when_it_opens(world):
    """And what can be done."""
    world.says(State="CLOSED", AtTime="2026-12-20T16:00:00Z", NextTransitionTime="2027-01-02T06:00:00Z")
    result = ask(calendars("holidays"))
    expected = (
        'change calendar "holidays" is CLOSED, expected OPEN; it opens at 2027-01-02 06:00 UTC, in 12 days 14 h; deploy '
        "again then, or have it opened"
    )
    assert (Outcome.FAILED, expected, None) == (result.outcome, result.summary, result.retry_after)


def test_a_calendar_may_be_closed_by_default(world):
    """Its events are when changes may be made."""
    world.calendar("changes", default="DEFAULT_CLOSED")
    world.calendar("now", (LONG_AGO, FAR_AWAY), default="DEFAULT_CLOSED")
    result = ask(calendars("changes"))
    expected = (
        'change calendar "changes" is CLOSED, expected OPEN; no time is known at which it opens; deploy again then, or '
        "have it opened"
    )
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)
    assert Outcome.PASSED is ask(calendars("now")).outcome


@pytest.mark.parametrize(
    ("following", "retry_after"),
    [("2026-12-20T16:01:40Z", 100), ("2026-12-20T18:00:00Z", 300), ("2026-12-20T15:00:00Z", 0), (None, 300)],
)
def test_a_closed_calendar_can_be_waited_for(world, following, retry_after):
    """It is asked again when it opens, or earlier: somebody may open it."""
    world.says(State="CLOSED", AtTime="2026-12-20T16:00:00Z", NextTransitionTime=following)
    result = ask(calendars("holidays", when_closed="wait"))
    assert (Outcome.INCONCLUSIVE, retry_after) == (result.outcome, result.retry_after)
    assert result.summary.endswith("; it is waited for, until the gate's deadline")


def test_all_calendars_have_to_be_open(world):
    """One call tells that; the closed ones are asked for by themselves, to be named."""
    world.calendar("holidays")
    world.calendar("audit")
    made = calendars("holidays", "audit", "holidays")
    before = world.asked()
    result = ask(made)
    expected = 'change calendars "holidays", "audit" are OPEN; no time is known at which it changes'
    assert (Outcome.PASSED, expected, 1) == (result.outcome, result.summary, world.asked() - before)
    world.calendar("closed", (LONG_AGO, FAR_AWAY))
    result = ask(calendars("holidays", "closed", "audit"))
    assert Outcome.FAILED is result.outcome
    assert result.summary.startswith(
        '1 of 3 change calendars CLOSED, expected all OPEN: "closed": it opens at 2099-01-01 00:00 UTC, in '
    )
    assert ["closed"] == result.details["closed"]


def test_all_closed_calendars_are_named(world):
    """Each with its own time."""
    world.calendar("holidays", (LONG_AGO, "20980101T000000Z"))
    world.calendar("audit", (LONG_AGO, FAR_AWAY))
    assert re.fullmatch(
        r'2 of 2 change calendars CLOSED, expected all OPEN: "holidays": it opens at 2098-01-01 00:00 UTC, in \d+ days.*; '
        r'"audit": it opens at 2099-01-01 00:00 UTC, in \d+ days.*; deploy again then, or have it opened',
        ask(calendars("holidays", "audit")).summary,
    )


def test_which_calendar_is_closed_may_not_be_found_out(world):
    """The answer does not hang on it."""
    world.says(State="CLOSED", AtTime="2026-12-20T00:00:00Z", NextTransitionTime="2026-12-21T00:00:00Z", times=1)
    world.faults.fail("ssm", "GetCalendarState")
    made = calendars("holidays", "audit")
    expected = (
        'one of the change calendars "holidays", "audit" is CLOSED, expected all OPEN; it changes at 2026-12-21 00:00 UTC, '
        "in 1 day; deploy again then, or have it opened"
    )
    result = ask(made)
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


def test_there_may_be_no_time_to_find_out_which_calendar_is_closed(world):
    """A slow AWS must not turn a clear answer into an error."""
    world.calendar("holidays", (LONG_AGO, FAR_AWAY))
    world.calendar("audit")
    before = world.asked()
    result = ask(calendars("holidays", "audit"), seconds=5)
    assert Outcome.FAILED is result.outcome
    assert result.summary.startswith('one of the change calendars "holidays", "audit" is CLOSED')
    assert 1 == world.asked() - before


@pytest.mark.parametrize("name", ["holiday", "arn:aws:ssm:eu-west-1:210987654321:document/holidays"])
def test_a_calendar_that_does_not_exist_fails(world, name):
    """It is a mistake, and waiting would not mend it."""
    world.calendar("holidays")
    result = ask(calendars(name))
    assert Outcome.FAILED is result.outcome
    assert result.summary.startswith(f'change calendar "{name}": ssm:GetCalendarState was refused (InvalidDocument): ')
    assert result.summary.endswith(
        "; name a change calendar of this account and Region, or give the ARN of one that another account shares"
    )


def test_a_document_that_is_no_calendar_fails(world):
    """The one who wrote the name may have meant another."""
    content = json.dumps({"schemaVersion": "2.2", "mainSteps": []})
    world.ssm.create_document(Name="script", Content=content, DocumentType="Command")
    world.names.append("script")
    result = ask(calendars("script"))
    assert Outcome.FAILED is result.outcome
    assert "(InvalidDocumentType)" in result.summary


def test_a_throttled_call_is_an_error(world):
    """Worth another try."""
    world.faults.fail("ssm", "GetCalendarState")
    result = ask(calendars("holidays"))
    expected = 'change calendar "holidays": ssm:GetCalendarState was throttled 3 times (ThrottlingException)'
    assert (Outcome.ERROR, expected) == (result.outcome, result.summary)


def test_a_denied_call_is_an_error_with_the_permission(world):
    """IAM needs a while to spread."""
    world.faults.deny("ssm", "GetCalendarState")
    result = ask(calendars("holidays"))
    assert Outcome.ERROR is result.outcome
    assert result.summary.startswith('change calendar "holidays": ssm:GetCalendarState was denied')
    assert "add ssm:GetCalendarState to the function's role" in result.summary


def test_a_fault_on_the_side_of_aws_is_an_error(world):
    """Worth another try."""
    world.faults.fail("ssm", "GetCalendarState", "InternalServerError", status=500)
    assert Outcome.ERROR is ask(calendars("holidays")).outcome


@pytest.mark.parametrize("body", [b"\x00 not an answer", b"", b"{}", b"[]", b"<html>", b'{"State": "AJAR"}'])
def test_a_garbled_reply_is_an_error(world, body):
    """Never a pass."""
    world.faults.garble("ssm", "GetCalendarState", body)
    result = ask(calendars("holidays"))
    assert Outcome.ERROR is result.outcome


def test_a_state_that_nobody_knows_is_told(world):
    """With the calendar that it was said of."""
    world.says(State="AJAR")
    expected = 'change calendar "holidays": ssm:GetCalendarState\'s reply makes no sense: its State is "AJAR"'
    assert expected == ask(calendars("holidays")).summary


@pytest.mark.parametrize("following", ["soon", "", "2026-13-01T00:00:00Z", "9999999999"])
def test_a_time_that_cannot_be_read_is_not_told(world, following):
    """The state is what counts."""
    world.says(State="CLOSED", AtTime="now", NextTransitionTime=following)
    assert "; no time is known at which it opens; " in ask(calendars("holidays")).summary


@pytest.mark.parametrize("following", ["2026-12-20T00:00:00Z", "2026-12-20T00:00:00", "2026-12-19T17:00:00-0700"])
def test_times_are_read_in_any_way_that_iso_writes_them(world, following):
    """AWS writes them in UTC, and shows an offset in an example of its own."""
    world.says(State="CLOSED", NextTransitionTime=following)
    result = ask(calendars("holidays"), "2026-12-19T23:00:00Z")
    assert "it opens at 2026-12-20 00:00 UTC, in 1 h" in result.summary


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(JSON | st.sampled_from(["OPEN", "CLOSED"]), JSON, JSON | st.just("0001-01-01T00:00:00+23:00"))
def test_whatever_stands_in_a_reply_is_an_answer(world, state, at, following):
    """Nothing escapes, and nothing passes that is not open."""
    world.faults.clear()
    world.says(State=state, AtTime=at, NextTransitionTime=following)
    for when_closed in ("fail", "wait"):
        outcome = ask(calendars("holidays", when_closed=when_closed)).outcome
        assert outcome is not Outcome.PASSED or state == "OPEN"


def test_a_services_first_deployment_is_asked_too(world):
    """A new service is a change like any other."""
    world.calendar("holidays", (LONG_AGO, FAR_AWAY))
    made = calendars("holidays")
    assert None is made.skip_on_create()
    assert Outcome.FAILED is ask(made, is_create=True).outcome


def test_another_kinds_settings_are_a_defect():
    """Which the engine tells as one."""
    with pytest.raises(TypeError):
        prepare_calendar(CheckSettings(), "PRE_SCALE_UP", Files(Document("gates.yaml", {}), lambda _: None))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], " names: has too few items, found []; it needs 1 or more"),
        (["holidays"] * 11, " names: has too many items, found 11; at most 10 are allowed"),
        (
            ["my calendar"],
            ' names[0]: is no change calendar: "my calendar"; write its name, or arn:aws:ssm:REGION:ACCOUNT:document/NAME where another account shares it',
        ),
    ],
)
def test_mistakes_are_told_with_their_cure(names, message):
    """When the file is loaded."""
    assert f"gates.yaml{message}" in mistakes(*names)


def test_words_of_other_tools_are_known():
    """With what to write instead."""
    assert 'gates.yaml calendars: unknown key "calendars"; write `names`' == mistakes("holidays", calendars=["a"])
    assert "'fail' or 'wait', found \"skip\"" in mistakes("holidays", when_closed="skip")


@given(st.text() | st.from_regex(r"\A(arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:document/)?[\w\-.]{1,5}\Z"))
def test_any_text_is_a_calendar_or_a_mistake(text):
    """Nothing else escapes."""
    try:
        calendars(text)
    except DocumentError as error:
        assert "is no change calendar" in str(error)  # noqa: PT017 - whether it is one is not known beforehand
