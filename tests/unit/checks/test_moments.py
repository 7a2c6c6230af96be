"""Times and spans of time as people say them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from greenlight.checks.moments import local, span, utc


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (89, "1 min"),
        (300, "5 min"),
        (3599, "1 h"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86399, "1 day"),
        (86400, "1 day"),
        (90000, "1 day 1 h"),
        (3 * 86400 + 14 * 3600 + 1799, "3 days 14 h"),
        (400 * 86400, "400 days"),
    ],
)
def test_a_span_has_its_two_largest_units(seconds, text):
    """Nobody at 2 a.m. wants the seconds of three days."""
    assert text == span(seconds)


def test_a_moment_says_where_its_clock_hangs():
    """In UTC, or in the zone that it has; whatever the machine's language."""
    moment = datetime(2026, 12, 21, 5, 0, 59, tzinfo=UTC)
    assert "2026-12-21 05:00 UTC" == utc(moment.timestamp())
    assert "Mon 2026-12-21 06:00 CET" == local(moment.astimezone(timezone(timedelta(hours=1), "CET")))
