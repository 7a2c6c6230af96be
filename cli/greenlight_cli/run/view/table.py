"""All tests of a run at one glance: a table where there is room for one, else a line or two for each."""

from collections.abc import Iterator
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from greenlight.smoke import SuiteResult, TestResult
from greenlight_cli.run.view.screen import Screen
from greenlight_cli.run.view.words import STYLES, WORDS, at_a_glance, attempts_text, one_line, time_text

_LEAST_WIDTH: Final = 72


def show_table(result: SuiteResult, screen: Screen) -> None:
    """Show every test: its outcome, attempts and time, what was expected and what came."""
    if screen.console.width < _LEAST_WIDTH:
        for test in rows(result):
            _show_line(test, screen)
        return
    table = Table(box=box.ASCII if screen.plain else box.SIMPLE_HEAD, show_edge=screen.plain, pad_edge=screen.plain)
    table.add_column("outcome", no_wrap=True)
    table.add_column("test", overflow="fold", ratio=2)
    table.add_column("attempts", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("expected, and what came", overflow="fold", ratio=3)
    for test in rows(result):
        table.add_row(
            Text(WORDS[test.outcome], style=STYLES[test.outcome]),
            Text(one_line(test.name)),
            attempts_text(test),
            time_text(test),
            Text(at_a_glance(test.why)),
        )
    screen.console.print(table)


def rows(result: SuiteResult) -> Iterator[TestResult]:
    """Give everything that was done, in the order in which it was begun."""
    yield from filter(None, (result.identity, result.setup))
    yield from result.tests


def _show_line(test: TestResult, screen: Screen) -> None:
    attempts = attempts_text(test)
    more = ", ".join(filter(None, (attempts if " " in attempts else "", time_text(test))))
    line = Text.assemble(
        (WORDS[test.outcome], STYLES[test.outcome]), " ", one_line(test.name), f" ({more})" if more else ""
    )
    screen.line(line)
    if test.why:
        screen.line(at_a_glance(test.why), indent=2)
