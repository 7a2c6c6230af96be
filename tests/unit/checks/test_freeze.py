"""The freeze check: what it says, when a window begins and ends, and what a gates file may say of it."""

import subprocess
import sys
import zoneinfo
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from greenlight import aws
from greenlight.checks import Files, Outcome
from greenlight.checks.base import CheckSettings
from greenlight.checks.freeze import FreezeSettings, prepare_freeze
from greenlight.checks.freeze.edges import Edge, Recurrence, parse_edge
from greenlight.documents import Document, DocumentError, parse, validate
from tests.unit.checks.moments import ask

LAYER = Path(__file__).resolve().parents[3] / "layers" / "greenlight"
WEEKEND = {"from": "Fri 16:00", "to": "Mon 06:00", "reason": "weekend"}
HOLIDAYS = {"from": "2026-12-20 00:00", "to": "2027-01-02 06:00", "reason": "holidays"}
NIGHT = {"from": "22:00", "to": "06:00"}
BERLIN, UTC = "Europe/Berlin", "UTC"


def freeze(*windows, time_zone=BERLIN, **settings):
    """A freeze check of these windows."""
    document = Document("gates.yaml", {"time_zone": time_zone, "windows": list(windows), **settings})
    return prepare_freeze(validate(FreezeSettings, document), "PRE_SCALE_UP", Files(document, lambda _: document))


def mistakes(*windows, **settings):
    """What is wrong with the settings."""
    with pytest.raises(DocumentError) as error:
        freeze(*windows, **settings)
    return str(error.value)


def frozen(made, moment):
    """Whether nothing is deployed at a moment."""
    return ask(made, moment).outcome is Outcome.FAILED


def test_a_freeze_fails_and_says_until_when():
    """In the time of the people who wrote the window, with its reason and what to do."""
    result = ask(freeze(WEEKEND), "2026-11-27T16:30:00Z")
    expected = (
        "a freeze holds until Mon 2026-11-30 06:00 CET, in 2 days 12 h (weekend: Fri 16:00 to Mon 06:00); deploy again "
        "then, or change the windows in the gates file"
    )
    assert (Outcome.FAILED, expected, None) == (result.outcome, result.summary, result.retry_after)
    assert {
        "time_zone": "Europe/Berlin",
        "now": "2026-11-27T17:30:00+01:00",
        "frozen_until": "2026-11-30T06:00:00+01:00",
        "windows": ["weekend: Fri 16:00 to Mon 06:00"],
    } == result.details


def test_time_between_windows_passes_and_tells_the_next_freeze():
    """A deployment of hours had better not begin a minute before it."""
    result = ask(freeze(WEEKEND, NIGHT), "2026-11-26T12:30:00Z")
    expected = "no freeze holds; the next one begins Thu 2026-11-26 22:00 CET, in 8 h 30 min (22:00 to 06:00)"
    assert (Outcome.PASSED, expected) == (result.outcome, result.summary)
    assert {"time_zone": "Europe/Berlin", "now": "2026-11-26T13:30:00+01:00"} == result.details


def test_windows_that_are_over_pass():
    """A gates file does not become wrong because time goes by."""
    result = ask(freeze(HOLIDAYS), "2027-06-01T00:00:00Z")
    assert (Outcome.PASSED, "no freeze holds, and none is to come") == (result.outcome, result.summary)


@pytest.mark.parametrize(
    ("moment", "retry_after"),
    [("2026-11-26T21:30:00Z", 300), ("2026-11-27T04:58:20Z", 100), ("2026-11-27T04:59:59Z", 1)],
)
def test_a_freeze_can_be_waited_for(moment, retry_after):
    """It is asked again when it is over, or earlier: somebody may take the window out of the file."""
    result = ask(freeze(NIGHT, when_frozen="wait"), moment)
    assert (Outcome.INCONCLUSIVE, retry_after) == (result.outcome, result.retry_after)


def test_waiting_says_until_when():
    """Nothing has to be done."""
    result = ask(freeze(NIGHT, when_frozen="wait"), "2026-11-27T04:58:20Z")
    expected = (
        "a freeze holds until Fri 2026-11-27 06:00 CET, in 2 min (22:00 to 06:00); it is waited for, until the gate's "
        "deadline"
    )
    assert expected == result.summary


def test_windows_that_overlap_or_follow_each_other_are_one_freeze():
    """The end that is told is the end of all: a Friday before Christmas opens after the weekend of New Year."""
    result = ask(freeze(WEEKEND, HOLIDAYS), "2026-12-18T16:00:00Z")
    expected = (
        "a freeze holds until Mon 2027-01-04 06:00 CET, in 16 days 13 h (weekend: Fri 16:00 to Mon 06:00, holidays: "
        "2026-12-20 00:00 to 2027-01-02 06:00); deploy again then, or change the windows in the gates file"
    )
    assert expected == result.summary


def test_more_windows_than_anybody_reads_are_counted():
    """All of them stand in the details."""
    nights = [{"from": f"{hour:02}:00", "to": f"{hour + 1:02}:00"} for hour in range(5)]
    result = ask(freeze(*nights, time_zone=UTC), "2026-11-26T00:00:00Z")
    assert "(00:00 to 01:00, 01:00 to 02:00, 02:00 to 03:00, and 2 more)" in result.summary
    assert 5 == len(result.details["windows"])


@pytest.mark.parametrize(
    ("window", "before", "first", "last", "after"),
    [
        (NIGHT, "2026-11-26T21:59:59.999", "2026-11-26T22:00:00", "2026-11-27T05:59:59.999", "2026-11-27T06:00:00"),
        (WEEKEND, "2026-11-27T15:59:59.999", "2026-11-27T16:00:00", "2026-11-30T05:59:59.999", "2026-11-30T06:00:00"),
        (HOLIDAYS, "2026-12-19T23:59:59.999", "2026-12-20T00:00:00", "2027-01-02T05:59:59.999", "2027-01-02T06:00:00"),
    ],
)
def test_the_first_second_is_frozen_and_the_last_one_is_open(window, before, first, last, after):
    """`from` belongs to the window, `to` does not."""
    made = freeze(window, time_zone=UTC)
    assert [False, True, True, False] == [frozen(made, f"{moment}Z") for moment in (before, first, last, after)]


def test_a_window_may_go_round_almost_the_whole_week():
    """It ends on the weekday on which it began."""
    made = freeze({"from": "Fri 16:00", "to": "Fri 15:00"}, time_zone=UTC)
    moments = ("2026-11-27T14:59:59Z", "2026-11-27T15:00:00Z", "2026-11-27T15:59:59Z", "2026-11-27T16:00:00Z")
    assert [True, False, False, True] == [frozen(made, moment) for moment in moments]


@pytest.mark.parametrize(
    ("window", "first", "after"),
    [
        # Berlin sets its clocks forward from 02:00 to 03:00 at 01:00 UTC: 02:30 is never shown, and means that moment.
        ({"from": "02:30", "to": "04:00"}, "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"),
        ({"from": "01:00", "to": "02:30"}, "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"),
        ({"from": "2026-03-29 02:59", "to": "2026-03-29 03:01"}, "2026-03-29T01:00:00Z", "2026-03-29T01:01:00Z"),
        # And back from 03:00 to 02:00 at 01:00 UTC: 02:30 is shown twice, and a freeze takes the longer way.
        ({"from": "02:30", "to": "06:00"}, "2026-10-25T00:30:00Z", "2026-10-25T05:00:00Z"),
        ({"from": "Sat 22:00", "to": "Sun 02:30"}, "2026-10-24T20:00:00Z", "2026-10-25T01:30:00Z"),
        ({"from": "2026-10-25 02:10", "to": "2026-10-25 02:20"}, "2026-10-25T00:10:00Z", "2026-10-25T01:20:00Z"),
    ],
)
def test_clocks_that_are_set(window, first, after):
    """A freeze is never shorter than it was written, and never in pieces."""
    made = freeze(window)
    result = ask(made, first)
    assert Outcome.FAILED is result.outcome
    assert datetime.fromisoformat(after) == datetime.fromisoformat(result.details["frozen_until"])
    assert Outcome.PASSED is ask(made, after).outcome
    second_before = datetime.fromisoformat(first) - timedelta(seconds=1)
    assert Outcome.PASSED is ask(made, second_before.isoformat()).outcome


def test_a_window_within_the_hour_that_is_left_out_holds_not_at_all():
    """On that one day; on every other it does."""
    made = freeze({"from": "02:10", "to": "02:40"})
    assert not frozen(made, "2026-03-29T01:00:00Z")
    assert frozen(made, "2026-03-30T00:10:00Z")


def test_nothing_is_asked_of_aws(monkeypatch):
    """Not even whether the service is created: there is nothing to be denied."""
    monkeypatch.setattr(aws, "client", lambda *_: pytest.fail("it asked"))
    made = freeze(NIGHT)
    assert Outcome.FAILED is ask(made, "2026-11-26T23:00:00Z", is_create=True).outcome
    assert None is made.skip_on_create()


@pytest.mark.parametrize("kind", ["alarms", "freeze"])
def test_a_cold_start_reads_the_settings_alone(kind):
    """The gates file's model holds every kind, and most gates have few of them."""
    code = (
        f"import sys, greenlight.checks.{kind} as kind; print([name for name in sys.modules if kind.__name__ in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(LAYER)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert f"greenlight.checks.{kind}.settings" in done.stdout
    assert f"greenlight.checks.{kind}.check" not in done.stdout


def test_another_kinds_settings_are_a_defect():
    """Which the engine tells as one."""
    with pytest.raises(TypeError):
        prepare_freeze(CheckSettings(), "PRE_SCALE_UP", Files(Document("gates.yaml", {}), lambda _: None))


@pytest.mark.parametrize(
    ("text", "edge", "shown", "recurrence"),
    [
        ("22:00", Edge(22, 0), "22:00", Recurrence.DAILY),
        ("6:05", Edge(6, 5), "06:05", Recurrence.DAILY),
        ("Fri 16:00", Edge(16, 0, weekday=4), "Fri 16:00", Recurrence.WEEKLY),
        ("sunday  0:00", Edge(0, 0, weekday=6), "Sun 00:00", Recurrence.WEEKLY),
        ("MON 23:59", Edge(23, 59, weekday=0), "Mon 23:59", Recurrence.WEEKLY),
    ],
)
def test_an_edge_is_written_as_people_do(text, edge, shown, recurrence):
    """And shown in one way."""
    assert (edge, shown, recurrence) == (parse_edge(text), str(parse_edge(text)), parse_edge(text).recurrence)


@pytest.mark.parametrize("text", ["2026-12-20 00:00", "2026-12-20T00:00", "2026-12-20  0:00"])
def test_an_edge_may_have_a_date(text):
    """With a space or a T before the time."""
    edge = parse_edge(text)
    assert (Recurrence.ONCE, "2026-12-20 00:00") == (edge.recurrence, str(edge))


FORMS = 'write "Fri 16:00" (every week), "2026-12-20 00:00" (once) or "22:00" (every day)'


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("noon", f'is no time: "noon"; {FORMS}'),
        (22, f"is no time: 22; {FORMS}"),
        (None, f"is no time: null; {FORMS}"),
        ("Fri", f'is no time: "Fri"; {FORMS}'),
        ("2026-12-20", f'is no time: "2026-12-20"; {FORMS}'),
        ("22:00:00", f'is no time: "22:00:00"; {FORMS}'),
        ("2026-12-20T00:00Z", f'is no time: "2026-12-20T00:00Z"; {FORMS}'),
        ("\u0662\u0662:00", f'is no time: "\u0662\u0662:00"; {FORMS}'),
        ("24:00", 'has no such time of day: "24:00"; a day begins at 00:00, and its last minute is 23:59'),
        ("Fri 12:60", 'has no such time of day: "Fri 12:60"; a day begins at 00:00, and its last minute is 23:59'),
        ("Fr 12:00", 'has no such day of the week: "Fr"; write one of Mon, Tue, Wed, Thu, Fri, Sat, Sun'),
        ("2026-02-29 12:00", 'has no such date: "2026-02-29" (day is out of range for month)'),
        ("1999-12-31 12:00", 'is too far away: "1999-12-31"; a year from 2000 to 2100 is expected'),
        ("2206-12-31 12:00", 'is too far away: "2206-12-31"; a year from 2000 to 2100 is expected'),
    ],
)
def test_what_is_no_edge(value, message):
    """The message shows what was found and what to write."""
    with pytest.raises(PydanticCustomError) as error:
        parse_edge(value)
    assert message == error.value.message()


@given(
    st.text()
    | st.text("0123456789:-T MonTueFridaySUN", max_size=20)
    | st.from_regex(r"\A([A-Z][a-z]{2} |\d{4}-\d{2}-\d{2}[ T])?\d{1,2}:\d{2}\Z")
)
def test_any_text_is_an_edge_or_a_mistake(text):
    """Nothing else escapes, and what is shown reads as the same edge."""
    try:
        edge = parse_edge(text)
    except PydanticCustomError:
        return
    assert edge == parse_edge(str(edge))


def test_mistakes_are_told_all_at_once_with_their_lines():
    """When the file is loaded, whatever the stage."""
    text = """\
time_zone: Europe/Berln
windows:
  - {from: "Fri 25:00", to: "Mon 06:00"}
  - {start: "22:00", to: "06:00"}
  - {from: "22:00", to: "Mon 06:00"}
when_frozen: skip
timezone: UTC
"""
    with pytest.raises(DocumentError) as error:
        validate(FreezeSettings, parse(text, "gates.yaml"))
    assert [
        'gates.yaml:1 time_zone: is no time zone: "Europe/Berln"; did you mean "Europe/Berlin"?',
        'gates.yaml:3 windows[0].from: has no such time of day: "Fri 25:00"; a day begins at 00:00, and its last minute is 23:59',
        'gates.yaml:4 windows[1].from: is missing; "from" has to be given',
        'gates.yaml:4 windows[1].start: unknown key "start"; write `from`',
        "gates.yaml:5 windows[2]: begins every day (22:00) and ends every week (Mon 06:00); give both a day of the week, or both a date, or neither",
        "gates.yaml:6 when_frozen: has to be 'fail' or 'wait', found \"skip\"",
        'gates.yaml:7 timezone: unknown key "timezone"; write `time_zone`',
    ] == [str(mistake) for mistake in error.value.mistakes]


@pytest.mark.parametrize(
    ("window", "message"),
    [
        (
            {"from": "22:00", "to": "22:00"},
            "begins and ends at the same time, 22:00; `to` is the first moment after the freeze",
        ),
        (
            {"from": "Fri 22:00", "to": "Friday 22:00"},
            "begins and ends at the same time, Fri 22:00; `to` is the first moment after the freeze",
        ),
        (
            {"from": "2027-12-20 00:00", "to": "2027-01-02 06:00"},
            "ends before it begins: 2027-12-20 00:00 to 2027-01-02 06:00; swap them, or correct the year",
        ),
        (
            {"from": "Fri 22:00", "to": "2027-01-02 06:00"},
            "begins every week (Fri 22:00) and ends once (2027-01-02 06:00); give both a day of the week, or both a date, or neither",
        ),
    ],
)
def test_windows_that_make_no_sense(window, message):
    """Nobody has to guess whether they hold always or never."""
    assert f"gates.yaml windows[0]: {message}" == mistakes(window)


def test_a_freeze_needs_a_zone_and_a_window():
    """Nobody should have to know where the function runs to read a time."""
    with pytest.raises(DocumentError, match="time_zone: is missing"):
        validate(FreezeSettings, Document("gates.yaml", {"windows": [NIGHT]}))
    assert "gates.yaml windows: has too few items, found []; it needs 1 or more" == mistakes()
    assert "has too many items, found 51; at most 50 are allowed" in mistakes(*[NIGHT] * 51)


def test_a_freeze_that_never_ends_is_a_mistake():
    """Nothing could ever be deployed, and the end could not be told; one open minute is enough."""
    message = (
        "gates.yaml: has windows that leave no minute of the week open, so nothing could ever be deployed; leave some "
        "time, or write dates for a freeze that ends"
    )
    day = {"from": "06:00", "to": "22:00"}
    assert message == mistakes(NIGHT, day)
    assert message == mistakes({"from": "Wed 12:00", "to": "Wed 11:00"}, {"from": "Wed 10:00", "to": "Wed 12:30"})
    assert freeze(NIGHT, {"from": "06:01", "to": "22:00"})
    assert freeze({"from": "2000-01-01 00:00", "to": "2100-12-31 00:00"})


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("europe/berlin", 'did you mean "Europe/Berlin"?'),
        ("Berlin", 'did you mean "Europe/Berlin"?'),
        ("New York", 'did you mean "America/New_York"?'),
        ("Los Angelos", 'did you mean "America/Los_Angeles"?'),
        ("utc", 'did you mean "UTC"?'),
        ("CEST", 'write a place, as "Europe/Berlin" or "America/New_York", or "UTC"'),
        ("Europe", 'write a place, as "Europe/Berlin" or "America/New_York", or "UTC"'),
        ("localtime", 'write a place, as "Europe/Berlin" or "America/New_York", or "UTC"'),
        ("posix/Europe/Berlin", 'did you mean "Europe/Berlin"?'),
        ("../../etc/passwd", 'write a place, as "Europe/Berlin" or "America/New_York", or "UTC"'),
        ("/etc/localtime", 'write a place, as "Europe/Berlin" or "America/New_York", or "UTC"'),
        ("", 'write a place, as "Europe/Berlin" or "America/New_York", or "UTC"'),
        (
            "UTC+1",
            'an offset knows no summer time; write a place, as "Europe/Berlin" or "America/New_York", or "UTC"',
        ),
    ],
)
def test_an_unknown_zone_is_a_mistake_with_the_one_that_was_meant(name, cure):
    """Before anything is deployed, and never a file of the machine that is no zone."""
    assert f'gates.yaml time_zone: is no time zone: "{name}"; {cure}' == mistakes(NIGHT, time_zone=name)


@given(st.text() | st.from_regex(r"\A(\.\./|/|[A-Za-z_]+/)*[A-Za-z\x00]*\Z"))
def test_any_text_is_a_zone_or_a_mistake(text):
    """Nothing else escapes."""
    try:
        freeze(NIGHT, time_zone=text)
    except DocumentError as error:
        assert "is no time zone" in str(error)  # noqa: PT017 - whether it is one is not known beforehand


@pytest.fixture
def no_zones(monkeypatch):
    """A machine without a database of time zones."""
    path = zoneinfo.TZPATH
    # What was imported out of the package would be found without it.
    for name in [each for each in sys.modules if each.startswith("tzdata.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tzdata", None)
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath(to=path)


def test_a_machine_without_zones_is_told_as_such(no_zones):
    """Whoever wrote the zone made no mistake."""
    expected = (
        'gates.yaml time_zone: is no time zone: "Europe/Berlin"; there is no database of time zones here at all; add the '
        "package tzdata"
    )
    assert expected == mistakes(NIGHT)
