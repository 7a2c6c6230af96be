"""What tests of checks that look at the clock share."""

import time
from contextlib import contextmanager
from datetime import datetime

from greenlight import clock
from greenlight.checks import CheckContext
from tests.unit.fakes import deployment


@contextmanager
def at(moment):
    """The time of day is this one, written in ISO 8601."""
    seconds = datetime.fromisoformat(moment).timestamp()
    token = clock.source.set(lambda: seconds)
    try:
        yield seconds
    finally:
        clock.source.reset(token)


def ask(made, moment="2026-11-26T12:00:00Z", *, seconds=60.0, is_create=False):
    """What a check answers at a moment."""
    context = CheckContext("PRE_SCALE_UP", deployment(is_create=is_create), time.monotonic() + seconds, "d1", {})
    with at(moment):
        return made.run(context)
