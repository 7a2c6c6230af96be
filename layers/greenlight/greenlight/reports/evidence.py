"""What came of a suite, as the part of a report that shows every request."""

from collections import Counter
from typing import Any, Final, get_args

from greenlight.reports.plain import seconds, whole
from greenlight.smoke.repeating import latency
from greenlight.smoke.results import (
    AssertionResult,
    Attempt,
    Comparison,
    Outcome,
    Repetition,
    StepResult,
    SuiteResult,
    TestResult,
)

OUTCOMES: Final[tuple[str, ...]] = get_args(Outcome)
MEASURES: Final = ("p50", "p90", "p95", "p99", "max", "avg")


def suite_evidence(result: SuiteResult, reason: str) -> dict[str, Any]:
    """Return the evidence of a suite.

    Args:
        result: What came of it.
        reason: One sentence on it.
    """
    return {
        "name": whole(result.name),
        "outcome": result.outcome,
        "reason": whole(reason),
        "seconds": seconds(result.seconds),
        "url": whole(result.url),
        "blue_url": whole(result.blue_url),
        "counts": _counts(result),
        "unfinished": result.unfinished,
        "identity": result.identity and _test(result.identity),
        "setup": result.setup and _test(result.setup),
        "tests": [_test(test) for test in result.tests],
    }


def _counts(result: SuiteResult) -> dict[str, int]:
    found = Counter[str](test.outcome for test in result.tests)
    return {outcome: found[outcome] for outcome in OUTCOMES}


def _test(test: TestResult) -> dict[str, Any]:
    return {
        "name": whole(test.name),
        "outcome": test.outcome,
        "severity": test.severity,
        "tags": [whole(tag) for tag in test.tags],
        "why": whole(test.why),
        "note": whole(test.note),
        "earlier": test.earlier,
        "seconds": seconds(test.seconds),
        "steps": [_step(step) for step in test.steps],
    }


def _step(step: StepResult) -> dict[str, Any]:
    return {
        "name": whole(step.name),
        "request": whole(step.request),
        "url": whole(step.url),
        "outcome": step.outcome,
        "why": whole(step.why),
        "note": whole(step.note),
        "tries": step.tries,
        "assertions": [_assertion(assertion) for assertion in step.assertions],
        "repetition": step.repetition and _repetition(step.repetition),
        "comparison": step.comparison and _comparison(step.comparison),
        "attempts": [_attempt(attempt) for attempt in step.attempts],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "outcome": attempt.outcome,
        "started": seconds(attempt.started),
        "seconds": seconds(attempt.seconds),
        "status": attempt.status,
        "headers": [[whole(name), whole(value)] for name, value in attempt.headers],
        "body": whole(attempt.body),
        "fault": attempt.fault and {"kind": attempt.fault.kind, "text": whole(attempt.fault.text)},
        "assertions": [_assertion(assertion) for assertion in attempt.assertions],
    }


def _assertion(assertion: AssertionResult) -> dict[str, Any]:
    return {
        "subject": whole(assertion.subject),
        "expected": whole(assertion.expected),
        "actual": whole(assertion.actual),
        "passed": assertion.passed,
        "severity": assertion.severity,
    }


def _repetition(repetition: Repetition) -> dict[str, Any]:
    return {
        "passed": repetition.passed,
        "failed": repetition.failed,
        "errors": repetition.errors,
        "percentiles": {measure: seconds(latency(measure, repetition.seconds)) for measure in MEASURES},
        "seconds": [seconds(taken) for taken in repetition.seconds],
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "blue_url": whole(comparison.blue_url),
        "blue_status": comparison.blue_status,
        "blue_seconds": seconds(comparison.blue_seconds),
        "green_seconds": seconds(comparison.green_seconds),
        "differences": [
            {"path": whole(found.path), "blue": whole(found.blue), "green": whole(found.green)}
            for found in comparison.differences
        ],
        "more": comparison.more,
        "no_baseline": whole(comparison.no_baseline),
    }
