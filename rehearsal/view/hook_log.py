"""What the hooks wrote, kept in a file."""

from typing import TextIO

from rehearsal.controller.events import Event, HookAnswered


class HookLog:
    """Writes the log lines of each invocation, under a line that says whose they are.

    Args:
        file: Where to.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __call__(self, event: Event) -> None:
        """Write what an invocation wrote; other events are of no interest."""
        if isinstance(event, HookAnswered):
            self._file.write(f"== {event.stage} {event.hook}, attempt {event.attempt}: {event.status}\n")
            self._file.writelines(f"{line}\n" for line in event.log_lines)
            self._file.flush()
