"""The rehearsal's own time."""

import time

import pytest

from rehearsal.clock import Clock


def test_simulated_time_passes_faster():
    """At speed 1000, 30 simulated seconds pass in a fraction of a real one."""
    clock, began = Clock(speed=1000), time.monotonic()
    simulated = clock.now()

    clock.sleep(30)

    assert 30 <= clock.now() - simulated
    assert time.monotonic() - began < 10


def test_it_starts_at_the_time_of_day():
    """Simulated time starts now, so that it can be compared with real timestamps of the past."""
    assert abs(Clock(speed=10).now() - time.time()) < 60


def test_no_time_passes_for_a_negative_wait():
    """A deadline that has passed is not waited for."""
    clock, began = Clock(), time.monotonic()

    clock.sleep(-100)

    assert time.monotonic() - began < 10


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_clock_that_stands_still_is_refused(speed):
    """A speed that is not above zero would wait for ever."""
    with pytest.raises(ValueError, match="above 0"):
        Clock(speed)
