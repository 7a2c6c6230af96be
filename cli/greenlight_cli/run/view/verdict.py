"""The last line, which scripts read: how it came out, in one word, and why."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from rich.text import Text

from greenlight.documents import duration_text
from greenlight.smoke import Outcome, SuiteResult
from greenlight_cli.run.view.screen import Screen
from greenlight_cli.run.view.words import one_line

_STYLES: Final[Mapping[str, str]] = {
    "passed": "bold green",
    "failed": "bold red",
    "error": "bold magenta",
    "skipped": "bold yellow",
    "interrupted": "bold yellow",
}


def show_verdict(result: SuiteResult, screen: Screen, *, interrupted: bool) -> None:
    """Write the verdict.

    Args:
        result: Of the run.
        screen: Where to.
        interrupted: Whether somebody ended the run before its time.
    """
    outcome = "interrupted" if interrupted else result.outcome
    sentence = f"{one_line(result.name)}: {_why(result, outcome)} ({duration_text(result.seconds)})"
    screen.line(Text.assemble((outcome.upper(), _STYLES[outcome]), f" {sentence}"))


def _why(result: SuiteResult, outcome: str) -> str:
    if outcome == "skipped":
        reasons = dict.fromkeys(one_line(test.note) for test in result.tests)
        return f"NOTHING WAS CHECKED, every test is skipped: {'; '.join(reasons)}"
    if outcome == "interrupted":
        outcomes = Counter(test.outcome for test in result.tests)
        ended = len(result.tests) - outcomes["not_run"]
        told = ", ".join(f"{outcomes[word]} {name}" for word, name in _TOLD.items() if outcomes[word])
        return f"{ended} of {len(result.tests)} tests had ended{f': {told}' if told else ''}"
    return one_line(result.reason)


_TOLD: Final[Mapping[Outcome, str]] = {
    "passed": "passed",
    "failed": "failed",
    "warning": "with warnings",
    "error": "with errors",
    "skipped": "skipped",
}
