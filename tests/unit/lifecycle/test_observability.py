"""The verdict as one line of the log."""

import re

import pytest

from greenlight.checks import CheckResult, Outcome
from greenlight.gates import CheckProgress, HookStatus, Record, Verdict
from greenlight.gates.loading import NamedCheck
from greenlight.lifecycle.observability import tell
from tests.unit.fakes import check, gate, record


def line_of(verdict, verdicts, **more):
    """The line in which a verdict is told."""
    tell(verdict, **({"gate": None, "attempt": 1, "seconds": 0.12345} | more))
    (line,) = verdicts()
    return line


@pytest.mark.parametrize(
    ("status", "outcome", "level"),
    [
        (HookStatus.SUCCEEDED, Outcome.PASSED, "INFO"),
        (HookStatus.SUCCEEDED, Outcome.SKIPPED, "INFO"),
        (HookStatus.SUCCEEDED, Outcome.FAILED, "WARNING"),
        (HookStatus.SUCCEEDED, Outcome.ERROR, "WARNING"),
        (HookStatus.SUCCEEDED, Outcome.INCONCLUSIVE, "WARNING"),
        (HookStatus.IN_PROGRESS, Outcome.ERROR, "INFO"),
        (HookStatus.FAILED, Outcome.FAILED, "ERROR"),
    ],
)
def test_the_level_says_how_urgent_it_is(verdicts, status, outcome, level):
    """Something that passed although a check did not is a warning."""
    line = line_of(Verdict(status, "why", records=[record(outcome)]), verdicts)
    assert (level, str(status), "why") == (line["level"], line["hook_status"], line["reason"])


def test_everything_about_a_check_is_told(verdicts):
    """Its settings where they are unusual, its errors in a row, its details."""
    made = check(Outcome.ERROR, severity="warning", dry_run=True)
    result = CheckResult(Outcome.ERROR, "connection refused", details={"endpoint": "http://lb"})
    told = Record(NamedCheck("web", made), result, CheckProgress(Outcome.ERROR, 2), seconds=1.23456)
    line = line_of(Verdict(HookStatus.IN_PROGRESS, "why", 30, [told]), verdicts, gate=gate(web=made), attempt=2)
    assert [
        {
            "name": "web",
            "kind": "fake",
            "outcome": "error",
            "summary": "connection refused",
            "blocking": False,
            "fresh": True,
            "seconds": 1.235,
            "severity": "warning",
            "dry_run": True,
            "errors_in_a_row": 2,
            "details": {"endpoint": "http://lb"},
        }
    ] == line["checks"]
    assert ("a test", False, 2, 30, 0.123) == tuple(
        line[key] for key in ("gates", "gates_are_default", "attempt", "callback_seconds", "seconds")
    )


def test_the_time_is_written_as_lambda_reads_it(verdicts):
    """A line with any other timestamp counts as INFO to Lambda, and may be filtered out."""
    line = line_of(Verdict(HookStatus.FAILED, "why"), verdicts)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", line["timestamp"])


def test_usual_settings_are_left_out(verdicts):
    """A line is read by people."""
    line = line_of(Verdict(HookStatus.SUCCEEDED, "why", records=[record(Outcome.PASSED)]), verdicts)
    assert {"name", "kind", "outcome", "summary", "blocking", "fresh", "seconds"} == set(line["checks"][0])
    assert not {"callback_seconds", "gates", "gates_are_default"} & set(line)


def test_a_long_summary_is_cut(verdicts):
    """A line has to fit into the log service."""
    line = line_of(Verdict(HookStatus.FAILED, "why", records=[record(Outcome.FAILED, summary="x" * 5000)]), verdicts)
    assert "x" * 2000 == line["checks"][0]["summary"]


@pytest.mark.parametrize("text", ["grün 😀", "half a pair \ud83d", "\x00"])
def test_any_text_can_be_told(verdicts, text):
    """What green answered may be cut in the middle of a character; that must not cost the whole line."""
    assert line_of(Verdict(HookStatus.FAILED, text), verdicts)["reason"].startswith(text[:4])


def test_a_verdict_that_cannot_be_told_stands(verdicts, capsys):
    """The log says at least that, on standard error."""
    result = CheckResult(Outcome.FAILED, "why", details=5)
    tell(
        Verdict(HookStatus.FAILED, "why", records=[Record(NamedCheck("a", check(result)), result, CheckProgress())]),
        gate=None,
        attempt=1,
        seconds=0,
    )
    assert [] == verdicts()
    written = capsys.readouterr().err
    assert "the verdict FAILED could not be logged" in written
    assert "TypeError" in written
