"""What went wrong, with all that there is to know about it."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, Final

from rich.text import Text

from greenlight.smoke import Outcome, SuiteResult, TestResult
from greenlight_cli.run.view.screen import Screen
from greenlight_cli.run.view.table import rows
from greenlight_cli.run.view.telling import lines_of
from greenlight_cli.run.view.words import STYLES, WORDS, one_line

FAILURES: Final[frozenset[Outcome]] = frozenset({"failed", "error"})
BLEMISHES: Final[frozenset[Outcome]] = FAILURES | {"warning"}


def show_failures(result: SuiteResult, screen: Screen, outcomes: Collection[Outcome]) -> None:
    """Show every test with one of some outcomes: its requests, what was expected and what came, and the reply.

    Args:
        result: Of the run.
        screen: Where to.
        outcomes: Those that are worth it. What was not run is told in any case.
    """
    telling = (test for test in rows(result) if test.outcome in outcomes or (test.outcome == "not_run" and test.steps))
    for test, same in _grouped(telling):
        screen.line(_headed(test.outcome, one_line(test.name)))
        for indent, text in lines_of(test):
            screen.line(text, indent + 2)
        if same:
            names = ", ".join(f'"{one_line(name)}"' for name in same)
            screen.line(f"the same in {len(same)} more test{'' if len(same) == 1 else 's'}: {names}", 2)
        screen.line("")
    for note, number in _not_run(result).items():
        screen.line(_headed("not_run", f"{number} test{'' if number == 1 else 's'}: {one_line(note)}"))
        screen.line("")


def _grouped(tests: Iterator[TestResult]) -> Iterator[tuple[TestResult, list[str]]]:
    """Give each test, with the names of those that met with the same fault: one endpoint is enough to break them all."""
    groups: dict[Any, tuple[TestResult, list[str]]] = {}
    for test in tests:
        step = next((step for step in test.steps if step.outcome == "error"), None)
        fault = step.attempts[-1].fault if step is not None and step.attempts else None
        first, same = groups.setdefault(fault or id(test), (test, []))
        if first is not test:
            same.append(test.name)
    yield from groups.values()


def _not_run(result: SuiteResult) -> Counter[str]:
    """Count the tests of which nothing was run, by the reason."""
    return Counter(test.note for test in result.tests if test.outcome == "not_run" and not test.steps)


def _headed(outcome: Outcome, text: str) -> Text:
    return Text.assemble((WORDS[outcome], STYLES[outcome]), f" {text}")
