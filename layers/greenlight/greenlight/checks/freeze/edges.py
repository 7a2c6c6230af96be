"""Where a window begins or ends, as people write it: ``Fri 16:00``, ``2026-12-20 00:00`` or ``22:00``."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from greenlight.documents import shown

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT: Final = 3
_WEEKDAY_OF: Final = {word.lower(): number for number, name in enumerate(_WEEKDAYS) for word in (name, name[:_SHORT])}
_EDGE: Final = re.compile(
    r"(?:(?P<weekday>[A-Za-z]{1,12}) +|(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?: +|T))?(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
)
_CURE: Final = 'write "Fri 16:00" (every week), "2026-12-20 00:00" (once) or "22:00" (every day)'
_HOURS, _MINUTES = 24, 60
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


class Recurrence(StrEnum):
    """How often an edge comes round."""

    DAILY = "every day"
    WEEKLY = "every week"
    ONCE = "once"


@dataclass(frozen=True)
class Edge:
    """A time of day, on each day, on one day of the week, or on one date.

    Attributes:
        hour: 0 to 23.
        minute: 0 to 59.
        weekday: 0 is Monday; None for every day.
        day: The one date; None where it comes round.
    """

    hour: int
    minute: int
    weekday: int | None = None
    day: date | None = None

    @property
    def recurrence(self) -> Recurrence:
        """Return how often it comes round."""
        if self.day is not None:
            return Recurrence.ONCE
        return Recurrence.DAILY if self.weekday is None else Recurrence.WEEKLY

    @property
    def minute_of_day(self) -> int:
        """Return the minutes since midnight, as the clock on a wall shows them."""
        return self.hour * _MINUTES + self.minute

    def __str__(self) -> str:
        day = self.day.isoformat() if self.day else "" if self.weekday is None else _WEEKDAYS[self.weekday][:_SHORT]
        return f"{day} {self.hour:02}:{self.minute:02}".lstrip()


def parse_edge(value: Any) -> Edge:
    """Read an edge.

    Raises:
        PydanticCustomError: When it is none, with what to write instead.
    """
    match = _EDGE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _mistake(f"is no time: {shown(value)}; {_CURE}")
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour >= _HOURS or minute >= _MINUTES:
        raise _mistake(f"has no such time of day: {shown(value)}; a day begins at 00:00, and its last minute is 23:59")
    return Edge(hour, minute, _weekday(match["weekday"]), _date(match["date"]))


def _weekday(word: str | None) -> int | None:
    if word is None:
        return None
    if word.lower() not in _WEEKDAY_OF:
        days = ", ".join(name[:_SHORT] for name in _WEEKDAYS)
        raise _mistake(f"has no such day of the week: {shown(word)}; write one of {days}")
    return _WEEKDAY_OF[word.lower()]


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise _mistake(f"has no such date: {shown(text)} ({error})") from error
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise _mistake(f"is too far away: {shown(text)}; a year from {_FIRST_YEAR} to {_LAST_YEAR} is expected")
    return found


def _mistake(problem: str) -> PydanticCustomError:
    return PydanticCustomError("greenlight", "{problem}", {"problem": problem})


FreezeEdge = Annotated[
    Edge,
    BeforeValidator(parse_edge),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^([A-Za-z]{3,9} +|[0-9]{4}-[0-9]{2}-[0-9]{2}( +|T))?([01]?[0-9]|2[0-3]):[0-5][0-9]$",
            "patternErrorMessage": _CURE,
        }
    ),
]
"""Where a window begins or ends."""
