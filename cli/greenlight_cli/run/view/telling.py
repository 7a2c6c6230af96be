"""A test in lines: its requests, every assertion that does not hold, what came instead, and how often."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from greenlight.documents import duration_text
from greenlight.smoke import AssertionResult, Attempt, StepResult, TestResult
from greenlight.smoke.results import Comparison, Repetition
from greenlight_cli.run.view.words import WORDS, clean, one_line

Line = tuple[int, str]
"""How far it stands in, and what it says."""


class _Trouble(NamedTuple):
    """What two attempts have to share to be told as one."""

    outcome: str
    status: int | None
    broken: tuple[str, ...]
    fault: str
    body: str


def lines_of(test: TestResult) -> Iterator[Line]:
    """Give all that there is to tell of a test that did not pass; of one that passed, only what it warns of."""
    if test.note and not test.steps:
        yield 0, one_line(test.note)
    alone = len(test.steps) == 1 and test.steps[0].name in {test.name, "identity"}
    for step in test.steps:
        if step.outcome == "passed":
            continue
        if not alone:
            yield 0, f'step "{one_line(step.name)}": {WORDS[step.outcome]}'
        for indent, text in _step(step):
            yield indent if alone else indent + 2, text


def _step(step: StepResult) -> Iterator[Line]:
    yield 0, one_line(f"{step.request} ({step.url})")
    if step.note:
        yield 0, one_line(step.note)
    if step.repetition is not None:
        yield 0, _sent(step.repetition)
    for assertion in step.assertions:
        if not assertion.passed:
            yield 0, _sentence(assertion)
    if step.comparison is not None:
        yield from _comparison(step.comparison)
    yield from _attempts(step)


def _sent(repetition: Repetition) -> str:
    total = repetition.passed + repetition.failed + repetition.errors
    without = f", {repetition.errors} without a reply" if repetition.errors else ""
    return f"sent {total} times: {repetition.passed} as expected, {repetition.failed} not{without}"


def _comparison(comparison: Comparison) -> Iterator[Line]:
    if comparison.no_baseline:
        yield 0, one_line(f"nothing to compare with: {comparison.no_baseline}")
    for found in comparison.differences:
        yield 2, one_line(f"{found.path}: blue {found.blue}, green {found.green}")
    if comparison.more:
        yield 2, f"and {comparison.more} more difference{'' if comparison.more == 1 else 's'}"


def _attempts(step: StepResult) -> Iterator[Line]:
    """Give the attempts; those in a row that met with the same trouble are told as one."""
    numbered = enumerate(step.attempts, start=1)
    for trouble, same in groupby(numbered, key=lambda pair: _trouble(pair[1])):
        if trouble.outcome != "passed":
            yield 0, _heading(list(same), trouble, step)
            for text in (*trouble.broken, trouble.fault):
                if text:
                    yield 2, text
            yield from _body(trouble.body)


def _heading(same: Sequence[tuple[int, Attempt]], trouble: _Trouble, step: StepResult) -> str:
    first, last = same[0][0], same[-1][0]
    numbers = str(first) if first == last else f"{first} to {last}"
    if step.repetition is not None:
        which = f"sample{'' if first == last else 's'} {numbers}"
    else:
        which = f"attempt{'' if first == last else 's'} {numbers} of {max(step.tries, len(step.attempts))}"
    seconds = [attempt.seconds for _, attempt in same]
    least, most = duration_text(min(seconds)), duration_text(max(seconds))
    status = "no reply" if trouble.status is None else f"status {trouble.status}"
    return f"{which}: {status} after {least if least == most else f'{least} to {most}'}"


def _body(body: str) -> Iterator[Line]:
    """Give a body; where it has more lines than one, they stand a little further in."""
    first, *more = body.splitlines() or [""]
    if body:
        yield 2, clean(f"body: {first}")
    for text in more:
        yield 4, clean(text)


def _trouble(attempt: Attempt) -> _Trouble:
    return _Trouble(
        attempt.outcome,
        attempt.status,
        tuple(_sentence(assertion) for assertion in attempt.assertions if not assertion.passed),
        one_line(attempt.fault.text) if attempt.fault else "",
        attempt.body,
    )


def _sentence(assertion: AssertionResult) -> str:
    return one_line(f"{'' if assertion.severity == 'required' else 'warning: '}{assertion}")
