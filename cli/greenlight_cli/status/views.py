"""What is shown while somebody watches: a screen that is kept up to date, or a line for each change."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from rich.console import Group
from rich.live import Live
from rich.text import Text

from greenlight import clock
from greenlight.story.ending import clock_text
from greenlight_cli.explain.session import harmless
from greenlight_cli.run.view.screen import Screen


class View(AbstractContextManager["View", None], Protocol):
    """Is told how the deployment stands, at each look."""

    def show(self, lines: Sequence[str]) -> None:
        """Show how it stands."""

    def trouble(self, problem: str) -> None:
        """Show that AWS did not answer this time."""


class LiveView(AbstractContextManager["LiveView", None]):
    """Keeps a screen up to date.

    Args:
        screen: The terminal.
    """

    def __init__(self, screen: Screen) -> None:
        self._lines: Sequence[str] = ()
        self._live = Live(
            Group(), console=screen.console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, lines: Sequence[str]) -> None:
        """Draw the screen anew."""
        self._lines = lines
        self._draw(f"looked at {clock_text(clock.now())}; Ctrl-C ends watching, not the deployment")

    def trouble(self, problem: str) -> None:
        """Keep what was seen last, and say that it is old."""
        self._draw(problem)

    def _draw(self, foot: str) -> None:
        rows = [Text(harmless(line), no_wrap=True, overflow="ellipsis") for line in self._lines]
        self._live.update(
            Group(*rows, Text(harmless(foot), style="dim", no_wrap=True, overflow="ellipsis")), refresh=True
        )


class ChangesView(AbstractContextManager["ChangesView", None]):
    """Writes what is new, a line each, with the time.

    Args:
        screen: Where to.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._seen: frozenset[str] = frozenset()
        self._problem = ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave nothing behind."""

    def show(self, lines: Sequence[str]) -> None:
        """Write the lines that were not there at the last look."""
        for line in lines:
            if line not in self._seen:
                self._write(line)
        self._seen, self._problem = frozenset(lines), ""

    def trouble(self, problem: str) -> None:
        """Write a problem once, for as long as it lasts."""
        if problem != self._problem:
            self._write(problem)
        self._problem = problem

    def _write(self, line: str) -> None:
        self._screen.line(f"{clock_text(clock.now())[11:16]} {harmless(line)}")
        self._screen.console.file.flush()
