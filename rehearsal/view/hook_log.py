"""What the hooks wrote, kept in a file."""

from typing import TextIO

from rehearsal.controller.events import Event, EventDelivered, HookAnswered
from rehearsal.view.words import one_line


class HookLog:
    """Writes the log lines of each invocation, under a line that says whose they are.

    Args:
        file: Where to.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __call__(self, event: Event) -> None:
        """Write what an invocation wrote; other events are of no interest."""
        if isinstance(event, HookAnswered | EventDelivered):
            self._file.write(f"== {_whose(event)}\n")
            self._file.writelines(f"{line}\n" for line in event.log_lines)
            self._file.flush()


def _whose(event: HookAnswered | EventDelivered) -> str:
    if isinstance(event, EventDelivered):
        problem = f": {one_line(event.problem)}" if event.problem else ""
        return f"{event.event_name} {event.function}, attempt {event.attempt}{problem}"
    return f"{event.stage} {event.hook}, attempt {event.attempt}: {event.status}"
