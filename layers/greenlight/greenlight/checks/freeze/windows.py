"""Whether windows hold at a moment, until when, and which one comes next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from greenlight.checks.freeze.edges import Edge
from greenlight.checks.freeze.zones import begin_of, end_of

# A window that comes round is shorter than a week, and a day may be missing where a zone crossed the date line.
_DAYS_BACK: Final = 8
_DAYS_AHEAD: Final = 15
_WEEK_DAYS: Final = 7
_DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True)
class Window:
    """A span of time that comes round every day or every week, or once.

    Attributes:
        begin: Its first moment.
        end: The first moment after it; of the same recurrence.
        reason: Why, in the words of the gates file.
    """

    begin: Edge
    end: Edge
    reason: str | None = None

    @property
    def nights(self) -> int:
        """Return how many midnights a window that comes round goes over."""
        over_midnight = self.end.minute_of_day <= self.begin.minute_of_day
        if self.begin.weekday is None or self.end.weekday is None:
            return int(over_midnight)
        days = (self.end.weekday - self.begin.weekday) % _WEEK_DAYS
        return _WEEK_DAYS if days == 0 and over_midnight else days

    def __str__(self) -> str:
        span = f"{self.begin} to {self.end}"
        return f"{self.reason}: {span}" if self.reason else span


@dataclass(frozen=True)
class Held:
    """A freeze at a moment.

    Attributes:
        until: When all of it is over, in seconds since the epoch.
        windows: Those that make it up, the ones that hold at the moment first.
    """

    until: float
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class Coming:
    """The freeze that comes next.

    Attributes:
        at: When it begins, in seconds since the epoch.
        window: The window that begins then.
    """

    at: float
    window: Window


def held(windows: Sequence[Window], zone: tzinfo, moment: float) -> Held | None:
    """Return the freeze at a moment; None where there is none.

    It lasts until no window holds any more: windows that overlap, or that follow each other, are one freeze.

    Args:
        windows: They leave some time of the week open.
        zone: Where the clock hangs.
        moment: Seconds since the epoch.
    """
    until = moment
    found: dict[Window, None] = {}
    while holding := [
        (end, window) for window in windows for begin, end in _spans(window, zone, until) if begin <= until < end
    ]:
        found |= dict.fromkeys(window for _, window in holding)
        until = max(end for end, _ in holding)
    return Held(until, tuple(found)) if found else None


def coming(windows: Sequence[Window], zone: tzinfo, moment: float) -> Coming | None:
    """Return the freeze that begins next after a moment; None where none is to come."""
    ahead = (
        Coming(begin, window)
        for window in windows
        for begin, end in _spans(window, zone, moment)
        if moment < begin < end
    )
    return min(ahead, key=lambda each: each.at, default=None)


def leave_nothing(windows: Sequence[Window]) -> bool:
    """Tell whether windows that come round leave no minute of the week open, as the clock on a wall shows them."""
    week = _WEEK_DAYS * _DAY_MINUTES
    spans = [
        (
            begin + shift,
            begin + shift + window.nights * _DAY_MINUTES - window.begin.minute_of_day + window.end.minute_of_day,
        )
        for window in windows
        if window.begin.day is None
        for begin in (
            day * _DAY_MINUTES + window.begin.minute_of_day
            for day in range(_WEEK_DAYS)
            if window.begin.weekday in (None, day)
        )
        for shift in (-week, 0)  # what began in the week before may hold in this one
    ]
    closed = 0
    for begin, end in sorted(spans):
        if begin > closed:
            return False
        closed = max(closed, end)
    return closed >= week


def _spans(window: Window, zone: tzinfo, moment: float) -> Iterator[tuple[float, float]]:
    """Yield begin and end of a window each time that it comes round near a moment."""
    if window.begin.day is not None and window.end.day is not None:
        days = [(window.begin.day, window.end.day)]
    else:
        today = datetime.fromtimestamp(moment, zone).date()
        near = (today + timedelta(days) for days in range(-_DAYS_BACK, _DAYS_AHEAD + 1))
        nights = timedelta(window.nights)
        days = [(day, day + nights) for day in near if window.begin.weekday in (None, day.weekday())]
    for first, last in days:
        begin = datetime.combine(first, time(window.begin.hour, window.begin.minute))
        end = datetime.combine(last, time(window.end.hour, window.end.minute))
        yield begin_of(begin, zone), end_of(end, zone)
