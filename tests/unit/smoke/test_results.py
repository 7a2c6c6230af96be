"""What the results of a run say, as a whole and in one sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.smoke.finishing import finished
from greenlight.smoke.redaction import Redactor
from greenlight.smoke.results import AssertionResult, Attempt, Fault, StepResult, SuiteResult, TestResult
from greenlight.smoke.values import as_text


def assertion(passed, severity="required", subject="status", expected="201", actual="500"):
    """An assertion about the status."""
    return AssertionResult(subject=subject, expected=expected, actual=actual, passed=passed, severity=severity)


def attempt(*assertions, fault=None, **keys):
    """An attempt at time zero."""
    kind = Fault(kind=fault, text=f"a {fault} fault") if fault else None
    return Attempt(started=0.0, seconds=0.1, assertions=assertions, fault=kind, **keys)


def step(*attempts, name="create", tries=1):
    """A step with the outcome of its last attempt."""
    return StepResult(
        name=name, request="GET /", url="http://x/", outcome=attempts[-1].outcome, attempts=attempts, tries=tries
    )


def outcome_of(*pairs):
    """The outcome of a suite whose tests have some outcomes and severities."""
    tests = tuple(
        TestResult(name=str(index), outcome=outcome, severity=severity)
        for index, (outcome, severity) in enumerate(pairs)
    )
    return SuiteResult(name="s", tests=tests, seconds=1.0).outcome


GOOD, BAD, SOFT = assertion(passed=True), assertion(passed=False), assertion(passed=False, severity="warning")


@pytest.mark.parametrize(
    ("assertions", "fault", "outcome"),
    [
        ((GOOD,), None, "passed"),
        ((GOOD, BAD), None, "failed"),
        ((GOOD, SOFT), None, "warning"),
        ((SOFT, BAD), None, "failed"),
        ((), "timeout", "error"),
        ((GOOD,), "too_large", "error"),
        ((BAD,), "too_large", "failed"),
        ((SOFT,), "too_large", "error"),
        ((), "configuration", "failed"),
    ],
)
def test_the_outcome_of_an_attempt(assertions, fault, outcome):
    """A broken expectation fails; trouble of the transport is an error; a fault of the configuration fails."""
    assert outcome == attempt(*assertions, fault=fault).outcome


@pytest.mark.parametrize(
    ("tests", "outcome"),
    [
        ([("passed", "required")], "passed"),
        ([("warning", "required")], "passed"),
        ([("passed", "required"), ("failed", "required"), ("error", "required")], "failed"),
        ([("passed", "required"), ("error", "required")], "error"),
        ([("passed", "required"), ("not_run", "required")], "error"),
        ([("passed", "required"), ("warning", "warning"), ("error", "warning")], "passed"),
        ([("passed", "required"), ("skipped", "required")], "passed"),
        ([("skipped", "required"), ("skipped", "warning")], "skipped"),
        ([("error", "warning")], "error"),
        ([("skipped", "required"), ("not_run", "warning")], "error"),
        ([("warning", "warning")], "passed"),
    ],
)
def test_the_outcome_of_a_suite(tests, outcome):
    """What is not required never fails a suite, and what was not run never passes it."""
    assert outcome == outcome_of(*tests)


def test_what_nobody_required_is_told_when_nothing_else_is_there():
    """A required test that was skipped leaves the answer to those that may fail."""
    skipped = TestResult(name="a", outcome="skipped", severity="required", note="not today")
    lost = TestResult(name="b", outcome="error", severity="warning", steps=(step(attempt(fault="reset")),))
    assert 'test "b": a reset fault' == SuiteResult(name="s", tests=(skipped, lost), seconds=1).reason
    assert "no test was run" == SuiteResult(name="s", tests=(), seconds=1).reason


def test_the_reason_names_test_step_expectation_and_value():
    """One sentence says where and what, and how much else went wrong."""
    steps = (step(attempt(GOOD)), step(attempt(BAD), name="read"))
    failed = TestResult(name="order can be created", outcome="failed", severity="required", steps=steps)
    also = TestResult(name="health", outcome="failed", severity="required", steps=(step(attempt(BAD)),))
    lost = TestResult(name="list", outcome="error", severity="required", steps=(step(attempt(fault="reset")),))
    sentence = 'test "order can be created", step "read": expected status 201, got 500'
    assert sentence == SuiteResult(name="s", tests=(failed,), seconds=1).reason
    assert f"{sentence}, and 1 more test failed" == SuiteResult(name="s", tests=(failed, also), seconds=1).reason
    assert f"{sentence}, and 2 more tests failed" == SuiteResult(name="s", tests=(failed, also, also), seconds=1).reason
    assert (
        f"{sentence}, and 2 more tests did not pass"
        == SuiteResult(name="s", tests=(lost, failed, also), seconds=1).reason
    )
    assert SuiteResult(name="s", tests=(also,), seconds=1).reason == 'test "health": expected status 201, got 500'
    assert SuiteResult(name="s", tests=(lost,), seconds=1).reason == 'test "list": a reset fault'


def test_the_reason_of_a_pass_counts_and_tells_the_first_warning():
    """A pass says how much it is worth."""
    passed = TestResult(name="a", outcome="passed", severity="required", steps=(step(attempt(GOOD)),))
    warned = TestResult(name="b", outcome="warning", severity="required", steps=(step(attempt(GOOD, SOFT)),))
    skipped = TestResult(name="c", outcome="skipped", severity="required", note="not today")
    assert SuiteResult(name="s", tests=(passed,), seconds=1).reason == "1 test passed"
    assert SuiteResult(name="s", tests=(passed, warned, skipped), seconds=1).reason == (
        '2 tests passed, 1 with warnings: test "b": expected status 201, got 500, 1 test skipped'
    )
    assert SuiteResult(name="s", tests=(skipped,), seconds=1).reason == "0 tests passed, 1 test skipped"


def test_retries_are_told():
    """A pass at the second attempt is no secret, and a failure says how often it was tried."""
    assert step(attempt(BAD), attempt(GOOD), tries=3).why == "passed on attempt 2 of 3"
    assert step(attempt(BAD), attempt(BAD), tries=2).why == "expected status 201, got 500 (attempt 2 of 2)"
    assert step(attempt(GOOD), tries=3).why == ""
    late = TestResult(
        name="a", outcome="passed", severity="required", steps=(step(attempt(BAD), attempt(GOOD), tries=3),)
    )
    assert late.why == "passed on attempt 2 of 3"


@given(st.text("abcdefgh", min_size=8, max_size=200), st.integers(0, 12))
def test_a_secret_at_the_end_of_a_draft_is_not_shown_in_part(secret, gap):
    """A reply that repeats a secret shrinks when it is cleaned, so that what was cut comes into view."""
    redactor = Redactor()
    redactor.add(secret)
    body = as_text(("." * gap + secret) * 5000)
    result = TestResult(
        name="a", outcome="failed", severity="required", steps=(step(attempt(assertion(passed=False), body=body)),)
    )
    shown = finished(result, redactor).steps[0].attempts[0].body
    assert not set(shown) & set("abcdefgh")


def test_a_result_is_cleaned_before_it_is_cut():
    """Half a secret at the edge of an excerpt would be recognised by nobody."""
    secret = "correct-horse-battery-staple"
    redactor = Redactor()
    redactor.add(secret)
    long = "x" * 190 + secret + "y" * 600
    draft = attempt(
        assertion(passed=False, subject=f"json {secret}", expected=long, actual=long),
        fault="reset",
        headers=(("X-Long", long), ("Set-Cookie", "a=b")),
        body=long,
    )
    result = TestResult(
        name="a",
        outcome="failed",
        severity="required",
        note=long,
        steps=(StepResult(name="s", request=long, url=long, outcome="failed", attempts=(draft,), note=long),),
    )
    shown = finished(result, redactor)
    assert "correct" not in repr(shown)
    cut = shown.steps[0].attempts[0]
    assert (500, 200, 200) == (len(cut.body), len(cut.assertions[0].actual), len(cut.headers[0][1]))
    assert ("Set-Cookie", "***") == cut.headers[1]
