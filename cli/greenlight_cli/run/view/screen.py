"""Where output goes, and what can be shown there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

_AS_WRITTEN: Final[Mapping[str, Any]] = {"highlight": False, "markup": False, "emoji": False}
_WIDTH_OF_A_LOG: Final = 120


@dataclass(frozen=True)
class Screen:
    """An output, and how to write to it.

    Attributes:
        console: Knows colours and width.
        plain: Whether it gets no colours, and of what is beyond ASCII only what the suite and the replies bring.
        terminal: Whether somebody looks at it through a window of some width.
    """

    console: Console
    plain: bool
    terminal: bool

    def line(self, text: Text | str, indent: int = 0) -> None:
        """Write a text: in a terminal all its lines are indented, in a log it stays one line."""
        text = Text(text) if isinstance(text, str) else text
        if self.terminal:
            self.console.print(Padding(text, (0, 0, 0, min(indent, self.console.width // 4))))
        else:
            self.console.print(Text(" " * indent) + text, soft_wrap=True)


def open_screen(file: TextIO, environment: Mapping[str, str], *, no_color: bool) -> Screen:
    """Find out what an output can show.

    Args:
        file: Where it goes.
        environment: ``NO_COLOR``, ``FORCE_COLOR``, ``TERM`` and ``COLUMNS`` are looked at.
        no_color: Whether it is to be plain anyway.
    """
    terminal = file.isatty()
    width = None if terminal or "COLUMNS" in environment else _WIDTH_OF_A_LOG
    console = Console(file=file, width=width, **_AS_WRITTEN)
    if no_color or environment.get("NO_COLOR") or not console.is_terminal or console.is_dumb_terminal:
        console = Console(file=file, width=width, color_system=None, force_terminal=terminal, **_AS_WRITTEN)
        return Screen(console, plain=True, terminal=terminal)
    return Screen(console, plain=False, terminal=terminal)
