"""Windows at any instant, against a naive list of what the clock on a wall shows each minute."""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from greenlight.checks.freeze.edges import Edge
from greenlight.checks.freeze.windows import Window, coming, held, leave_nothing

MINUTE, DAY = 60, 24 * 60
DAYS = 22

# A day of each zone; most are those on which its clock is set.
PLACES = [
    ("UTC", date(2026, 2, 28)),
    ("Asia/Kolkata", date(2026, 12, 31)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 4, 5)),  # set back at midnight
    ("America/Santiago", date(2026, 9, 6)),  # set forward at midnight, so that the day begins at 01:00
    ("Australia/Lord_Howe", date(2026, 10, 4)),  # by half an hour
    ("Antarctica/Troll", date(2026, 3, 29)),  # by two hours
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that never was
]


class Wall:
    """What the clock of a zone shows each minute around a day."""

    def __init__(self, name, day):
        self.zone = ZoneInfo(name)
        middle = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        self.begins = (middle - timedelta(days=DAYS)).timestamp()
        moments = (self.begins + minute * MINUTE for minute in range(2 * DAYS * DAY))
        self.shown = [datetime.fromtimestamp(moment, self.zone).replace(tzinfo=None, fold=0) for moment in moments]
        self.when = {}
        for minute, shown in enumerate(self.shown):
            self.when.setdefault(shown, []).append(minute)
        self.latest = []
        for shown in self.shown:
            self.latest.append(max(shown, self.latest[-1]) if self.latest else shown)

    def first(self, shown):
        """The first minute that shows a time; where none does, the one that leaps over it."""
        return self.when[shown][0] if shown in self.when else bisect_left(self.latest, shown)

    def last(self, shown):
        """The last minute that shows a time; where none does, the one that leaps over it."""
        return self.when[shown][-1] if shown in self.when else bisect_left(self.latest, shown)

    def closed(self, windows):
        """A byte for each minute: whether a window holds."""
        minutes = bytearray(len(self.shown))
        days = [self.shown[0].date() + timedelta(days) for days in range(-9, 2 * DAYS + 2)]
        for window in windows:
            for begin, end in occurrences(window, days):
                first, last = self.first(begin), self.last(end)
                minutes[first:last] = b"\1" * (min(last, len(minutes)) - min(first, last, len(minutes)))
        return minutes


def occurrences(window, days):
    """What the clock shows where a window begins and ends, each time that it comes round."""
    begin, end = window.begin, window.end
    if begin.day:
        yield at(begin.day, begin), at(end.day, end)
        return
    for day in days:
        if begin.weekday in (None, day.weekday()):
            later = (day + timedelta(nights) for nights in range(8))
            yield (
                at(day, begin),
                next(
                    at(each, end)
                    for each in later
                    if end.weekday in (None, each.weekday()) and at(each, end) > at(day, begin)
                ),
            )


def at(day, edge):
    """The time of an edge on a day."""
    return datetime(day.year, day.month, day.day, edge.hour, edge.minute)  # noqa: DTZ001 - what a wall shows has no zone


@lru_cache
def wall(place):
    """The list of a place, which takes long to make."""
    return Wall(*place)


# Where clocks are set, and anywhere.
HOURS = st.sampled_from([0, 0, 1, 2, 2, 3, 23]) | st.integers(0, 23)
MINUTES = st.sampled_from([0, 0, 1, 29, 30, 59]) | st.integers(0, 59)
TIMES = st.builds(Edge, HOURS, MINUTES)


@st.composite
def windows_of(draw, day):
    """A window of any kind, near a day."""
    begin, end = draw(TIMES), draw(TIMES)
    match draw(st.sampled_from(["daily", "weekly", "dated"])):
        case "weekly":
            # The day itself is the one to look at.
            weekdays = st.sampled_from([day.weekday(), (day.weekday() + 1) % 7]) | st.integers(0, 6)
            begin, end = (Edge(each.hour, each.minute, weekday=draw(weekdays)) for each in (begin, end))
        case "dated":
            days = st.sampled_from([0, 0, 1]) | st.integers(-9, 9)
            begin, end = (Edge(each.hour, each.minute, day=day + timedelta(draw(days))) for each in (begin, end))
            if str(end) < str(begin):
                begin, end = end, begin
    assume(begin != end)
    return Window(begin, end)


@st.composite
def scenes(draw):
    """A place, windows that leave some time open, and an instant that is not far."""
    place = draw(st.sampled_from(PLACES))
    windows = draw(st.lists(windows_of(place[1]), min_size=1, max_size=4))
    assume(not leave_nothing(windows))
    middle = DAYS * DAY
    near = st.integers(-16 * 60, 16 * 60) | st.integers(-5 * DAY, 5 * DAY)
    edges = [
        minute
        for w in windows
        if w.begin.day
        for minute in (wall(place).first(at(w.begin.day, w.begin)), wall(place).last(at(w.end.day, w.end)))
    ]
    minute = draw(st.builds(lambda offset: middle + offset, near) | st.sampled_from(edges or [middle]))
    return wall(place), windows, minute, draw(st.sampled_from([0.0, 0.001, 30.0, 59.999]))


@given(scenes())
def test_windows_hold_when_the_clock_says_so(scene):
    """At any instant, whatever the clock is set to; and all of it is over when it is told to be."""
    place, windows, minute, seconds = scene
    closed = place.closed(windows)
    freeze = held(windows, place.zone, place.begins + minute * MINUTE + seconds)
    assert bool(closed[minute]) == (freeze is not None)
    if freeze is not None:
        assert closed.index(0, minute) == (freeze.until - place.begins) / MINUTE


@given(scenes())
def test_the_next_freeze_begins_when_the_clock_says_so(scene):
    """Where no freeze holds; a list that ends says nothing of what comes after it."""
    place, windows, minute, seconds = scene
    closed = place.closed(windows)
    assume(not closed[minute])
    following = coming(windows, place.zone, place.begins + minute * MINUTE + seconds)
    expected = closed.find(1, minute)
    if expected >= 0:
        assert expected == (following.at - place.begins) / MINUTE
    else:
        assert following is None or following.at >= place.begins + len(closed) * MINUTE


@given(st.lists(windows_of(date(2026, 2, 28)), min_size=1, max_size=6))
def test_windows_leave_some_time_when_a_week_without_leaps_has_an_open_minute(windows):
    """Those that come round; a freeze of dates ends."""
    recurring = [window for window in windows if window.begin.day is None]
    place = wall(PLACES[0])
    week = place.closed(recurring)[10 * DAY : 17 * DAY]
    assert all(week) == leave_nothing(windows)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0]} {place[1]}")
def test_every_minute_of_the_day_that_clocks_are_set(place):
    """A night, a weekend and an hour that may be there twice, minute by minute over four days."""
    listed = wall(place)
    weekday = place[1].weekday()
    windows = [
        Window(Edge(22, 0), Edge(2, 30)),
        Window(Edge(2, 15, weekday=weekday), Edge(2, 20, weekday=weekday)),
        Window(Edge(0, 0, day=place[1]), Edge(0, 30, day=place[1])),
    ]
    closed = listed.closed(windows)
    minutes = range((DAYS - 2) * DAY, (DAYS + 2) * DAY, 5)
    found = [held(windows, listed.zone, listed.begins + minute * MINUTE) is not None for minute in minutes]
    assert [bool(closed[minute]) for minute in minutes] == found
