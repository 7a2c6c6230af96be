"""A deployment as a picture that changes, for terminals."""

import threading
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from rehearsal.clock import Clock
from rehearsal.controller.events import Event
from rehearsal.view.picture import HookPicture, Mark, Picture, StagePicture
from rehearsal.view.words import answer, elapsed, one_line, shares, step

_SIGNS = {Mark.WAITING: "·", Mark.RUNNING: "▶", Mark.DONE: "✔", Mark.FAILED: "✘", Mark.PAUSED: "‖"}
_STYLES = {
    Mark.WAITING: "dim",
    Mark.RUNNING: "cyan",
    Mark.DONE: "green",
    Mark.FAILED: "bold red",
    Mark.PAUSED: "yellow",
}
_BAR_WIDTH = 20
_REFRESHES_A_SECOND = 8


class LiveView:
    """Shows the stages, the hooks with their attempts and checks, and the weights.

    Args:
        console: The terminal.
        clock: The simulated time, for what is still running.
    """

    def __init__(self, console: Console, clock: Clock) -> None:
        self._clock = clock
        self._picture = Picture()
        self._lock = threading.Lock()
        self._live = Live(
            console=console,
            get_renderable=self.render,
            refresh_per_second=_REFRESHES_A_SECOND,
            redirect_stdout=False,  # hooks' output is kept apart already, and rich would catch it first
            redirect_stderr=False,
            vertical_overflow="visible",
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def __call__(self, event: Event) -> None:
        """Take an event into the picture."""
        with self._lock:
            self._picture.add(event)

    def render(self) -> RenderableType:
        """Return the picture of this moment."""
        with self._lock:
            now = self._clock.now()
            table = Table.grid(padding=(0, 1))
            table.add_column(width=1)
            table.add_column(no_wrap=True)
            table.add_column(justify="right", no_wrap=True)
            table.add_column(overflow="fold")
            for stage in self._picture.stages:
                _add_stage(table, stage, now)
            return Group(Text(self._picture.title, style="bold"), table, *self._traffic(), *self._rollback())

    def _traffic(self) -> list[Text]:
        return [
            Text.assemble(
                f"{listener:>10} traffic ", (_bar(next(iter(weights.values()))), "green"), " ", shares(weights)
            )
            for listener, weights in self._picture.weights.items()
        ]

    def _rollback(self) -> list[Text]:
        reason = self._picture.rollback
        return [Text(f"going back: {one_line(reason)}", style="red")] if reason else []


def _add_stage(table: Table, stage: StagePicture, now: float) -> None:
    seconds = now - stage.began if stage.seconds is None else stage.seconds
    style = _STYLES[stage.mark]
    table.add_row(
        Text(_SIGNS[stage.mark], style=style),
        Text(stage.name + (" (back)" if stage.rollback else step(stage.step)), style=style),
        Text("" if stage.mark is Mark.WAITING else elapsed(seconds), style="dim"),
        Text(""),
    )
    for hook in stage.hooks.values():
        words = Text(_hook_words(hook))
        table.add_row("", Text(f"  {_SIGNS[hook.mark]} {hook.name}", style=_STYLES[hook.mark]), "", words)
        if hook.before is not None and hook.before is not hook.last:
            table.add_row("", "", "", Text(f"attempt {hook.before.attempt} {answer(hook.before)}", style="dim"))


def _hook_words(hook: HookPicture) -> str:
    if hook.waiting is not None:
        return f"waits for ContinueServiceDeployment of hook {hook.waiting}"
    attempt = f"attempt {hook.attempt} " if hook.attempt > 1 else ""
    return attempt + (answer(hook.last) if hook.last else "")


def _bar(percent: float) -> str:
    filled = round(_BAR_WIDTH * percent / 100)
    return "█" * filled + "░" * (_BAR_WIDTH - filled)
