"""A test in lines of plain text, for readers that know nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

from greenlight.reports.words import FAULT_WORDS, OUTCOME_WORDS, duration


def test_lines(test: Mapping[str, Any]) -> Iterator[str]:
    """Tell all that was not as it should be, and every retry; nothing of a test that passed at once."""
    if test["note"]:
        yield test["note"]
    if test["earlier"]:
        yield "ran in an earlier invocation"
    for step in test["steps"]:
        if step["outcome"] != "passed" or step["why"]:
            yield from _step(step)


def _step(step: Mapping[str, Any]) -> Iterator[str]:
    yield f'step "{step["name"]}": {OUTCOME_WORDS[step["outcome"]]}'
    yield f"  {step['request']} ({step['url']})"
    if step["note"]:
        yield f"  {step['note']}"
    for assertion in _broken(step):
        yield f"  over all attempts: {_sentence(assertion)}"
    yield from _comparison(step["comparison"] or {})
    for number, attempt in enumerate(step["attempts"], start=1):
        yield from _attempt(attempt, number, step)


def _attempt(attempt: Mapping[str, Any], number: int, step: Mapping[str, Any]) -> Iterator[str]:
    which = "sample" if step["repetition"] else "attempt"
    status = f"status {attempt['status']}" if attempt["status"] is not None else "no reply"
    yield f"  {which} {number}: {OUTCOME_WORDS[attempt['outcome']]}, {status}, {duration(attempt['seconds'])}"
    for assertion in _broken(attempt):
        yield f"    {_sentence(assertion)}"
    if attempt["fault"]:
        kind = attempt["fault"]["kind"]
        yield f"    {FAULT_WORDS.get(kind, kind)}: {attempt['fault']['text']}"
    if attempt["body"]:
        yield f"    body: {attempt['body']}"


def _comparison(comparison: Mapping[str, Any]) -> Iterator[str]:
    for found in comparison.get("differences", ()):
        yield f"  {found['path']}: blue {found['blue']}, green {found['green']}"
    if comparison.get("more"):
        yield f"  and {comparison['more']} more differences"


def _broken(judged: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [assertion for assertion in judged["assertions"] if not assertion["passed"]]


def _sentence(assertion: Mapping[str, Any]) -> str:
    lead = "" if assertion["severity"] == "required" else "warning: "
    return f"{lead}expected {assertion['subject']} {assertion['expected']}, got {assertion['actual']}"
