"""What hooks write goes into the log of their invocation and not onto the terminal."""

import io
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, Any

LIBRARY_LOGGER = "greenlight"
"""Python name of the logger that our hooks write with; its handlers keep the stream they were made with."""


class InvocationLog:
    """What one invocation writes."""

    def __init__(self) -> None:
        self._text = io.StringIO()
        self._lock = threading.Lock()

    def write(self, text: str) -> None:
        """Add some text, a whole line or not."""
        with self._lock:
            self._text.write(text)

    def lines(self) -> list[str]:
        """Return what was written so far, without empty lines."""
        with self._lock:
            return [line for line in self._text.getvalue().splitlines() if line.strip()]


_current: ContextVar[InvocationLog | None] = ContextVar("invocation log", default=None)
_running: list[InvocationLog] = []


@contextmanager
def recorded(log: InvocationLog) -> Iterator[None]:
    """Let everything that this thread writes go into a log, and what threads of its own write as well."""
    token = _current.set(log)
    _running.append(log)
    try:
        yield
    finally:
        _running.remove(log)
        _current.reset(token)


class _Divided(io.TextIOBase):
    """A stream that passes on what no invocation writes.

    A thread that a hook starts does not know its invocation; what such a thread writes goes to the youngest one.
    """

    def __init__(self, original: IO[str]) -> None:
        self.original = original

    def write(self, text: str) -> int:
        log = _current.get()
        if log is None and threading.current_thread() is not threading.main_thread():
            log = next(iter(_running[-1:]), None)
        if log is None:
            return self.original.write(text)
        log.write(text)
        return len(text)

    def flush(self) -> None:
        # Called once more when this is collected, which may be after the original was closed.
        if not self.original.closed:
            self.original.flush()

    def isatty(self) -> bool:
        return self.original.isatty()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


@contextmanager
def divided_output() -> Iterator[None]:
    """Keep what hooks write apart, for as long as hooks run in this process."""
    stdout, stderr = sys.stdout, sys.stderr
    divided = _Divided(stdout)
    handlers = {handler: handler.stream for handler in _library_handlers()}
    for handler in handlers:
        handler.stream = divided
    sys.stdout, sys.stderr = divided, _Divided(stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = stdout, stderr
        for handler in _library_handlers():
            handler.stream = handlers.get(handler, stdout)


def _library_handlers() -> list[logging.StreamHandler[Any]]:
    handlers = logging.getLogger(LIBRARY_LOGGER).handlers
    return [handler for handler in handlers if type(handler) is logging.StreamHandler]
