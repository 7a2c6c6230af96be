"""How outcomes become a hookStatus."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.checks import Outcome
from greenlight.gates import HookStatus, decide, give_up, wait_for
from greenlight.gates.verdict import ERROR_BUDGET
from tests.unit.fakes import record

NOW = 1_700_000_000.0
CHOICES = ("fail", "pass")


def status(outcome, *, blocking, spent, over, on_error, on_timeout):
    """The rule of design.md, "How a verdict comes about", for a gate with one check."""
    if outcome in (Outcome.PASSED, Outcome.SKIPPED):
        return HookStatus.SUCCEEDED
    if outcome is Outcome.FAILED:
        choice = "fail"
    elif outcome is Outcome.ERROR and spent:
        choice = on_error
    elif over:
        choice = on_timeout
    else:
        return HookStatus.IN_PROGRESS
    return HookStatus.FAILED if blocking and choice == "fail" else HookStatus.SUCCEEDED


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("severity", ["required", "warning"])
@pytest.mark.parametrize("dry_run", [False, True])
def test_the_truth_table_of_one_check(outcome, severity, dry_run):
    """Every outcome with every setting, before and after budget and deadline."""
    for errors, over, on_error, on_timeout in itertools.product(
        (0, 1, ERROR_BUDGET - 1, ERROR_BUDGET, ERROR_BUDGET + 1), (False, True), CHOICES, CHOICES
    ):
        asked = record(
            outcome,
            errors=errors,
            severity=severity,
            dry_run=dry_run,
            on_error=on_error,
            on_timeout=on_timeout,
        )
        verdict = decide([asked], now=NOW, deadline=NOW if over else NOW + 600)
        expected = status(
            outcome,
            blocking=severity == "required" and not dry_run,
            spent=errors >= ERROR_BUDGET,
            over=over,
            on_error=on_error,
            on_timeout=on_timeout,
        )
        assert (expected, errors, over, on_error, on_timeout) == (verdict.status, errors, over, on_error, on_timeout)


def records():
    """One to six answers of checks, with any settings."""
    return st.lists(
        st.builds(
            record,
            st.sampled_from(Outcome),
            errors=st.integers(0, ERROR_BUDGET + 1),
            retry_after=st.none() | st.floats(),
            severity=st.sampled_from(["required", "warning"]),
            dry_run=st.booleans(),
            on_error=st.sampled_from(CHOICES),
            on_timeout=st.sampled_from(CHOICES),
        ),
        min_size=1,
        max_size=6,
    )


@given(records(), st.floats(-1000, 10_000))
def test_the_worst_check_decides(several, left):
    """One that rolls back outweighs all; one that waits outweighs those that passed."""
    together = decide(several, now=NOW, deadline=NOW + left).status
    alone = [decide([one], now=NOW, deadline=NOW + left).status for one in several]
    order = (HookStatus.FAILED, HookStatus.IN_PROGRESS, HookStatus.SUCCEEDED)
    assert min(alone, key=order.index) is together


@given(records(), st.floats(0.001, 10_000))
def test_a_delay_is_whole_seconds_within_bounds_and_before_the_deadline(several, left):
    """Only with IN_PROGRESS, whatever a check wished for; the deadline is not slept through."""
    verdict = decide(several, now=NOW, deadline=NOW + left)
    if verdict.status is HookStatus.IN_PROGRESS:
        assert isinstance(verdict.delay, int)
        assert 5 <= verdict.delay <= 900
        assert verdict.delay <= max(5, left + 1)
    else:
        assert verdict.delay is None


@pytest.mark.parametrize(
    ("waiting", "delay"),
    [
        ([record(Outcome.INCONCLUSIVE)], 30),
        ([record(Outcome.INCONCLUSIVE, retry_after=120)], 120),
        ([record(Outcome.INCONCLUSIVE, retry_after=1)], 5),
        ([record(Outcome.INCONCLUSIVE, retry_after=100_000)], 900),
        ([record(Outcome.ERROR, errors=1)], 10),
        ([record(Outcome.ERROR, errors=2)], 20),
        ([record(Outcome.ERROR, errors=3)], 40),
        ([record(Outcome.ERROR, errors=3), record(Outcome.INCONCLUSIVE, retry_after=7)], 7),
        ([record(Outcome.PASSED, retry_after=6), record(Outcome.INCONCLUSIVE)], 30),
    ],
)
def test_the_most_impatient_check_sets_the_delay(waiting, delay):
    """Errors back off; a check may know better when it is worth asking again; those that settled have no say."""
    assert delay == decide(waiting, now=NOW, deadline=NOW + 10_000).delay


def test_a_gate_without_checks_never_passes():
    """Fail closed: nothing was checked."""
    verdict = decide([], now=NOW, deadline=NOW + 600)
    assert (HookStatus.FAILED, None) == (verdict.status, verdict.delay)
    assert "no checks" in verdict.reason


@pytest.mark.parametrize(
    ("answers", "over", "reason"),
    [
        ([record(Outcome.PASSED, summary="4 of 4 tests")], False, "web passed (4 of 4 tests)"),
        ([record(Outcome.PASSED, summary="")], False, "web passed"),
        ([record(Outcome.SKIPPED, summary="first deployment")], False, "web skipped: first deployment"),
        ([record(Outcome.FAILED, summary="status 500, expected 2xx")], False, "web: status 500, expected 2xx"),
        (
            [record(Outcome.FAILED, name="a", summary="x"), record(Outcome.FAILED, name="b", summary="y")],
            False,
            "a: x; b: y",
        ),
        (
            [record(Outcome.PASSED, name="a"), record(Outcome.FAILED, name="b", summary="y")],
            False,
            "b: y",
        ),
        (
            [record(Outcome.FAILED, summary="slow", severity="warning")],
            False,
            "web failed, only reported (severity: warning): slow",
        ),
        (
            [record(Outcome.FAILED, summary="slow", dry_run=True)],
            False,
            "web failed, only reported (dry_run): slow",
        ),
        (
            [record(Outcome.ERROR, errors=1, summary="connection refused")],
            False,
            "waiting for web (error 1 of 4): connection refused",
        ),
        ([record(Outcome.INCONCLUSIVE, summary="no answer yet")], False, "waiting for web: no answer yet"),
        (
            [record(Outcome.ERROR, errors=4, summary="connection refused")],
            False,
            "web could not be asked 4 times in a row, on_error: fail; last: connection refused",
        ),
        (
            [record(Outcome.ERROR, errors=4, summary="connection refused", on_error="pass")],
            False,
            "web could not be asked 4 times in a row, on_error: pass; last: connection refused",
        ),
        (
            [record(Outcome.ERROR, errors=2, summary="connection refused")],
            True,
            "web had no answer by the deadline, on_timeout: fail; last: connection refused",
        ),
        (
            [record(Outcome.INCONCLUSIVE, summary="no answer yet", on_timeout="pass")],
            True,
            "web had no answer by the deadline, on_timeout: pass; last: no answer yet",
        ),
        (
            [record(Outcome.INCONCLUSIVE, summary="no answer yet", severity="warning")],
            True,
            "web had no answer by the deadline, only reported (severity: warning); last: no answer yet",
        ),
    ],
)
def test_the_reason_names_the_check_and_what_it_said(answers, over, reason):
    """One sentence for the person at 2 a.m.: which check, what it found, which setting decided."""
    assert reason == decide(answers, now=NOW, deadline=NOW if over else NOW + 600).reason


@given(records(), st.booleans())
def test_the_reason_fits(several, over):
    """However much the checks say, and it always says something."""
    long = [record(one.result.outcome, name=f"c{n}", summary="x" * 500) for n, one in enumerate(several)]
    reason = decide(long, now=NOW, deadline=NOW if over else NOW + 600).reason
    assert 0 < len(reason) <= 600
    assert "c" in reason


def test_every_failing_check_is_named_however_much_the_first_one_says():
    """A long summary of one check must not hide that another one failed as well."""
    answers = [record(Outcome.FAILED, name=f"check-{n}", summary="x" * 700) for n in range(3)]
    reason = decide(answers, now=NOW, deadline=NOW + 600).reason
    assert [True] * 3 == [f"check-{n}" in reason for n in range(3)]


def test_giving_up_fails():
    """With the problem as its reason, cut to what fits."""
    verdict = give_up("configuration: " + "x" * 1000)
    assert (HookStatus.FAILED, None, 600) == (verdict.status, verdict.delay, len(verdict.reason))


@pytest.mark.parametrize(("errors", "delay"), [(1, 10), (2, 20), (3, 40)])
def test_an_unreadable_gates_file_is_waited_for(errors, delay):
    """For reasons that may pass, with the same budget as a check."""
    verdict = wait_for("s3 is throttled", errors, now=NOW, deadline=NOW + 600)
    assert (HookStatus.IN_PROGRESS, delay) == (verdict.status, verdict.delay)
    assert f"error {errors} of 4: s3 is throttled" == verdict.reason


@pytest.mark.parametrize(("errors", "left"), [(ERROR_BUDGET, 600), (ERROR_BUDGET + 1, 600), (1, 0), (1, -5)])
def test_waiting_for_a_gates_file_has_an_end(errors, left):
    """By budget or by deadline, and then nothing was checked."""
    verdict = wait_for("s3 is throttled", errors, now=NOW, deadline=NOW + left)
    assert (HookStatus.FAILED, None) == (verdict.status, verdict.delay)
    assert verdict.reason.startswith("s3 is throttled (")


@pytest.mark.parametrize("outcome", [Outcome.INCONCLUSIVE, Outcome.ERROR])
def test_what_can_only_end_in_a_failure_does_not_pass_at_the_deadline(outcome):
    """A suite of which a required test has failed already, and that did not get to its end."""
    made = record(outcome, errors=4 if outcome is Outcome.ERROR else 0, on_timeout="pass", on_error="pass")
    assert HookStatus.SUCCEEDED is decide([made], now=100.0, deadline=100.0).status
    doomed = replace(made, result=replace(made.result, doomed=True))
    assert HookStatus.FAILED is decide([doomed], now=100.0, deadline=100.0).status
