"""The time by which the rehearsal's AWS API dates work: that of the deployments, not that on the wall.

It is one for the process, as moto's state is.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import moto.stepfunctions.models

__all__ = ["extend_moto", "now", "told_by"]

_source: Callable[[], float] = time.time


def now() -> datetime:
    """Return the time of day."""
    return datetime.fromtimestamp(_source(), UTC)


@contextmanager
def told_by(source: Callable[[], float]) -> Iterator[None]:
    """Let another clock tell the time for a while.

    Args:
        source: Gives seconds since the epoch.
    """
    global _source  # noqa: PLW0603 - one API a process, and so one time
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before


def extend_moto() -> None:
    """Let moto date executions of state machines by this time. Doing it again changes nothing."""
    vars(moto.stepfunctions.models)["utcnow"] = _naive


def _naive() -> datetime:
    # moto writes times in UTC without saying so.
    return now().replace(tzinfo=None)
