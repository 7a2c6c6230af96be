"""A deployment told line by line, for logs."""

from types import TracebackType
from typing import Self, TextIO

from rehearsal.controller import events
from rehearsal.view.words import answer, elapsed, one_line, shares, step


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
        case events.DeploymentStarted():
            what = f"deploy version {event.green} over" if event.blue else "create service with"
            return f"{what} version {event.blue or event.green} ({event.strategy})"
        case events.StageStarted():
            return f"{event.stage}{' (going back)' if event.rollback else step(event.step)}"
        case events.BakeStarted():
            return f"  bakes for {elapsed(event.seconds)}" if event.seconds else None
        case events.TrafficShifted():
            return f"  {event.listener} traffic: {shares(event.weights)}"
        case events.HookInvoked() | events.HookWaiting() | events.HookAnswered():
            return f"  {event.hook}: {_of_hook(event)}"
        case events.EventDelivered(problem=str(problem)):
            return f"  {event.function}: failed on {event.event_name}, attempt {event.attempt}: {one_line(problem)}"
        case events.RollbackStarted():
            return f"ROLLBACK: {one_line(event.reason)}"
        case events.DeploymentFinished():
            return f"over after {elapsed(event.seconds)}: {event.status}"
    return None


def _of_hook(event: events.HookInvoked | events.HookWaiting | events.HookAnswered) -> str:
    match event:
        case events.HookInvoked():
            return f"attempt {event.attempt}"
        case events.HookWaiting():
            return f"waits for ContinueServiceDeployment of hook {event.hook_id}"
        case events.HookAnswered():
            return answer(event)
