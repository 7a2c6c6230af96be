"""How outcomes, attempts and times are written. The word says it all; the colour only helps to find it."""

import re
from collections.abc import Mapping
from typing import Final

from greenlight.documents import duration_text
from greenlight.smoke import Outcome, StepResult, TestResult

WORDS: Final[Mapping[Outcome, str]] = {
    "passed": "passed",
    "failed": "FAILED",
    "warning": "warning",
    "error": "ERROR",
    "not_run": "NOT RUN",
    "skipped": "skipped",
}
STYLES: Final[Mapping[Outcome, str]] = {
    "passed": "green",
    "failed": "bold red",
    "warning": "yellow",
    "error": "bold magenta",
    "not_run": "bold",
    "skipped": "cyan",
}
_GLANCE: Final = 100
LONGEST: Final = max(len(word) for word in WORDS.values())

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """Put a text on one line, without what would steer a terminal."""
    return clean(" ".join(text.split()))


def at_a_glance(text: str) -> str:
    """Put the beginning of a text on one line, where the whole of it stands elsewhere."""
    line = one_line(text)
    return line if len(line) <= _GLANCE else f"{line[: _GLANCE - 3]}..."


def clean(text: str) -> str:
    """Return a text without what would steer a terminal."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text.expandtabs())


def time_text(test: TestResult) -> str:
    """Write how long a test lasted; empty for one that was not run."""
    return duration_text(test.seconds) if test.steps else ""


def attempts_text(test: TestResult) -> str:
    """Write how many attempts a test took: of its step that took most, or of a request that was repeated."""
    tried = [step for step in test.steps if step.attempts]
    if not tried:
        return ""
    most = max(tried, key=_requests)
    if most.repetition is not None:
        return f"{most.repetition.passed} of {_requests(most)} passed"
    return f"{len(most.attempts)} of {most.tries}" if most.tries > 1 else str(len(most.attempts))


def _requests(step: StepResult) -> int:
    if step.repetition is None:
        return len(step.attempts)
    return step.repetition.passed + step.repetition.failed + step.repetition.errors
