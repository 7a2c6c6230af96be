"""Times and numbers in the words of people."""

import pytest

from greenlight.reports.words import count, duration, time_of_day


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "no reply"),
        (0, "0 ms"),
        (0.0004, "under 1 ms"),
        (0.0006, "1 ms"),
        (0.0123, "12 ms"),
        (0.9996, "999 ms"),
        (1, "1 s"),
        (1.234, "1.23 s"),
        (9.97, "10.0 s"),
        (12.34, "12.3 s"),
        (30.0, "30 s"),
        (60, "1 min"),
        (125.4, "2 min 5 s"),
        (900, "15 min"),
    ],
)
def test_durations(seconds, words):
    """With the digits that matter, and a unit."""
    assert words == duration(seconds)


@pytest.mark.parametrize(("number", "words"), [(0, "0 tests"), (1, "1 test"), (2, "2 tests")])
def test_counts(number, words):
    """One is no plural."""
    assert words == count(number, "test")
    assert "2 retries" == count(2, "retry", "retries")


@pytest.mark.parametrize(("started", "words"), [(1767268803.0459, "12:00:03.045"), (None, ""), (1e12, ""), (-1e12, "")])
def test_times_of_day(started, words):
    """In UTC, to the millisecond; nothing where there is none."""
    assert words == time_of_day(started)
