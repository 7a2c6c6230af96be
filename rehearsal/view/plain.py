"""A deployment told line by line, for logs."""

from types import TracebackType
from typing import Self, TextIO

from rehearsal.controller import events
from rehearsal.view.words import answer, elapsed, one_line, shares


class PlainView:
    """Writes a line for each event, with the simulated time since the deployment's start.

    Args:
        file: Where to.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._began = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.flush()

    def __call__(self, event: events.Event) -> None:
        """Tell an event."""
        if isinstance(event, events.DeploymentStarted):
            self._began = event.at
        line = _line(event)
        if line:
            self._file.write(f"{elapsed(event.at - self._began):>8}  {line}\n")
            self._file.flush()


def _line(event: events.Event) -> str | None:
    match event:
        case events.DeploymentStarted(blue=None):
            return f"create service with version {event.green} ({event.strategy})"
        case events.DeploymentStarted():
            return f"deploy version {event.green} over version {event.blue} ({event.strategy})"
        case events.StageStarted():
            return f"{event.stage}{' (going back)' if event.rollback else ''}"
        case events.TrafficShifted():
            return f"  {event.listener} traffic: {shares(event.weights)}"
        case events.HookInvoked():
            return f"  {event.hook}: attempt {event.attempt}"
        case events.HookWaiting():
            return f"  {event.hook}: waits for ContinueServiceDeployment of hook {event.hook_id}"
        case events.HookAnswered():
            return f"  {event.hook}: {answer(event)}"
        case events.RollbackStarted():
            return f"ROLLBACK: {one_line(event.reason)}"
        case events.DeploymentFinished():
            return f"over after {elapsed(event.seconds)}: {event.status}"
    return None
