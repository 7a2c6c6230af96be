"""Work that is given up when its time is over."""

from collections.abc import Callable
from contextvars import copy_context
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class TimeIsUpError(Exception):
    """When work did not end in the time that it was given."""


class Task(Generic[T]):
    """A function on a thread of its own.

    The thread is a daemon: Lambda freezes it after the reply, and nobody waits for it at the end of the process.
    """

    def __init__(self, function: Callable[[], T], name: str) -> None:
        self._value: T
        self._error: BaseException | None = None
        self._function = function
        # The context carries the log keys and the rehearsal's clock.
        self._thread = Thread(target=copy_context().run, args=(self._run,), name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._function()
        except BaseException as error:  # noqa: BLE001 - raised again in result(), on the thread that asked
            self._error = error

    def result(self, seconds: float) -> T:
        """Return what the function returned, or raise what it raised.

        Args:
            seconds: How long to wait at most.

        Raises:
            TimeIsUpError: When the function is still at work; it is left alone.
        """
        self._thread.join(max(0.0, seconds))
        if self._thread.is_alive():
            raise TimeIsUpError
        if self._error is not None:
            raise self._error
        return self._value
