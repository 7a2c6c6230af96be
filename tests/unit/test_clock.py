"""The one place that tells the time of day."""

import time
from contextvars import copy_context

from greenlight import clock


def test_the_time_of_day_is_that_of_the_machine():
    """Unless somebody says otherwise."""
    before = time.time()
    assert before <= clock.now() <= time.time()


def test_a_rehearsal_can_run_it_fast():
    """For its own context only: hooks of another deployment in the same process keep theirs."""

    def rehearse():
        clock.source.set(lambda: 12345.0)
        return clock.now()

    assert 12345.0 == copy_context().run(rehearse)
    assert 12345.0 != clock.now()
