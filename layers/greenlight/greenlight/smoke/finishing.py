"""Results as they leave a run: without secrets, and cut to what is shown.

In this order, and only once all of a run is known: a text cut first could keep half a secret, which nothing recognises.
"""

from dataclasses import replace
from typing import Final

from greenlight.smoke.redaction import Redactor
from greenlight.smoke.results import AssertionResult, Attempt, Comparison, StepResult, TestResult

MAX_BODY: Final = 500
MAX_TEXT: Final = 200
MAX_SENTENCE: Final = 500
MAX_HEADERS: Final = 40


def finished(test: TestResult, redactor: Redactor) -> TestResult:
    """Return the result of a test as it may be shown; the names in it are those of the suite and stay as they are."""
    return replace(
        test,
        note=_shown(test.note, redactor, MAX_SENTENCE),
        steps=tuple(_step(step, redactor) for step in test.steps),
    )


def _step(step: StepResult, redactor: Redactor) -> StepResult:
    return replace(
        step,
        request=_shown(step.request, redactor, MAX_TEXT),
        url=_shown(step.url, redactor, MAX_SENTENCE),
        note=_shown(step.note, redactor, MAX_SENTENCE),
        attempts=tuple(_attempt(attempt, redactor) for attempt in step.attempts),
        assertions=tuple(_assertion(assertion, redactor) for assertion in step.assertions),
        comparison=step.comparison and _comparison(step.comparison, redactor),
    )


def _attempt(attempt: Attempt, redactor: Redactor) -> Attempt:
    return replace(
        attempt,
        headers=tuple(
            (name, _cut(redactor.header(name, value), MAX_TEXT)) for name, value in attempt.headers[:MAX_HEADERS]
        ),
        body=_shown(attempt.body, redactor, MAX_BODY),
        assertions=tuple(_assertion(assertion, redactor) for assertion in attempt.assertions),
        fault=attempt.fault and replace(attempt.fault, text=_shown(attempt.fault.text, redactor, MAX_SENTENCE)),
    )


def _assertion(assertion: AssertionResult, redactor: Redactor) -> AssertionResult:
    return replace(
        assertion,
        subject=_shown(assertion.subject, redactor, MAX_TEXT),
        expected=_shown(assertion.expected, redactor, MAX_TEXT),
        actual=_shown(assertion.actual, redactor, MAX_TEXT),
    )


def _comparison(comparison: Comparison, redactor: Redactor) -> Comparison:
    return replace(
        comparison,
        no_baseline=_shown(comparison.no_baseline, redactor, MAX_SENTENCE),
        differences=tuple(
            replace(
                difference,
                path=_shown(difference.path, redactor, MAX_TEXT),
                blue=_shown(difference.blue, redactor, MAX_TEXT),
                green=_shown(difference.green, redactor, MAX_TEXT),
            )
            for difference in comparison.differences
        ),
    )


def _shown(text: str, redactor: Redactor, characters: int) -> str:
    return _cut(redactor.clean(text), characters)


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"{text[: characters - 1]}…"
