"""A deployment for people: a live picture in a terminal, a line for each event elsewhere."""

from typing import TextIO

from rich.console import Console

from rehearsal.clock import Clock
from rehearsal.view.closing import closing_lines
from rehearsal.view.hook_log import HookLog
from rehearsal.view.live import LiveView
from rehearsal.view.plain import PlainView

__all__ = ["HookLog", "LiveView", "PlainView", "closing_lines", "open_view"]


def open_view(file: TextIO, clock: Clock, *, plain: bool) -> LiveView | PlainView:
    """Return the view that suits where the output goes.

    Args:
        file: Where it goes.
        clock: The simulated time.
        plain: Whether lines are wanted even in a terminal.
    """
    # rich leaves out the colours where NO_COLOR is set.
    console = Console(file=file, highlight=False)
    if plain or not console.is_terminal or console.is_dumb_terminal:
        return PlainView(file)
    return LiveView(console, clock)
