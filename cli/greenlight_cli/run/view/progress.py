"""What is shown while tests run."""

import os
import sys
from collections import Counter
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Protocol, Self

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from greenlight.smoke import Outcome, TestResult
from greenlight_cli.run.view.screen import Screen
from greenlight_cli.run.view.words import LONGEST, STYLES, WORDS, at_a_glance, one_line, time_text

_BAD: Final[tuple[Outcome, ...]] = ("failed", "error", "not_run")
_INTERRUPTED: Final = "interrupted: waiting for the tests that were begun; Ctrl-C again leaves at once"
_INTERRUPTED_SHORT: Final = "stopping; Ctrl-C again leaves at once"


class Watcher(AbstractContextManager["Watcher", None], Protocol):
    """Is told of each test as it ends."""

    def __call__(self, test: TestResult) -> None:
        """Show that a test has ended."""

    def interrupted(self) -> None:
        """Show that nothing new is begun. A signal handler calls it, in the middle of anything else."""


class Silent(AbstractContextManager["Silent", None]):
    """Shows nothing while tests run."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave nothing behind."""

    def __call__(self, test: TestResult) -> None:
        """Show nothing."""

    def interrupted(self) -> None:
        """Write to the file itself: this thread may be writing to the stream at this moment."""
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"{_INTERRUPTED}\n".encode())


class Lines(Silent):
    """Writes a line for each test as it ends, for logs.

    Args:
        screen: Where to.
        total: How many there will be.
    """

    def __init__(self, screen: Screen, total: int) -> None:
        self._screen = screen
        self._total = total
        self._done = 0

    def __call__(self, test: TestResult) -> None:
        """Write its line."""
        self._done += 1
        width = len(str(self._total))
        self._screen.line(f"{self._done:>{width}}/{self._total} {line_of(test)}")
        self._screen.console.file.flush()


class Bar(AbstractContextManager["Bar", None]):
    """Draws a bar that grows, in a terminal, and what goes wrong above it.

    Args:
        screen: The terminal.
        total: How many tests there will be.
    """

    def __init__(self, screen: Screen, total: int) -> None:
        self._outcomes: Counter[Outcome] = Counter()
        self._screen = screen
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            console=screen.console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task(f"0/{total} tests", total=total)
        self._total = total

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()
        if self._bad:
            self._screen.line("")

    def __call__(self, test: TestResult) -> None:
        """Let the bar grow."""
        self._outcomes[test.outcome] += 1
        if test.outcome in _BAD:
            self._screen.line(Text(line_of(test), style=STYLES[test.outcome]))
        did_not = f", {self._bad} did not pass" if self._bad else ""
        done = self._outcomes.total()
        self._progress.update(self._task, completed=done, description=f"{done}/{self._total} tests{did_not}")

    @property
    def _bad(self) -> int:
        return sum(self._outcomes[outcome] for outcome in _BAD)

    def interrupted(self) -> None:
        """Say so in the place of the bar, which another thread draws."""
        self._progress.columns = self._progress.columns[:1]
        self._progress.update(self._task, description=_INTERRUPTED_SHORT)


def line_of(test: TestResult) -> str:
    """Write all about a test in one line."""
    took = time_text(test)
    why = f": {at_a_glance(test.why)}" if test.why else ""
    return f"{WORDS[test.outcome]:<{LONGEST}} {one_line(test.name)}{f' ({took})' if took else ''}{why}"
