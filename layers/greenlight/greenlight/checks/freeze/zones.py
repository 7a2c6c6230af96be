"""Time zones: by name, and from what the clock on a wall shows to the moment that is meant.

A time that the clock shows twice, because it is set back, counts the first time where a window begins and the second
time where it ends: a freeze is never shorter than it was written. A time that the clock never shows, because it is set
forward, is the moment at which the clock is set.
"""

import difflib
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Annotated, Final

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from greenlight.documents import shown

_CURE: Final = 'write a place, as "Europe/Berlin" or "America/New_York", or "UTC"'
_SHORTEST_NAME: Final = 5
"""What is shorter is an abbreviation, where one letter makes another zone."""

_ALIKE: Final = 0.75
_OF_THE_MACHINE: Final = ("localtime", "posixrules", "posix/", "right/")
"""What stands beside the zones on some machines and not on others, or means another time on each."""


def zone_named(name: str) -> tzinfo:
    """Return a time zone of the IANA database.

    Raises:
        PydanticCustomError: When there is none of that name, with the one that may have been meant.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - most gates have no freeze

    try:
        zone = ZoneInfo("" if name.startswith(_OF_THE_MACHINE) else name)
    # Names that are no paths, names of folders, files that are no zones.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        problem = f"is no time zone: {shown(name)}; {_cure(name)}"
        raise PydanticCustomError("greenlight", "{problem}", {"problem": problem}) from error
    return zone


def begin_of(wall: datetime, zone: tzinfo) -> float:
    """Return when a window begins, in seconds since the epoch.

    Args:
        wall: What the clock on a wall shows.
        zone: Where the wall is.
    """
    return _moment(wall, zone, fold=0)


def end_of(wall: datetime, zone: tzinfo) -> float:
    """Return when a window ends, in seconds since the epoch.

    Args:
        wall: What the clock on a wall shows.
        zone: Where the wall is.
    """
    return _moment(wall, zone, fold=1)


def _moment(wall: datetime, zone: tzinfo, *, fold: int) -> float:
    moment = wall.replace(tzinfo=zone, fold=fold).timestamp()
    if datetime.fromtimestamp(moment, zone).replace(tzinfo=None) != wall:
        return _leap(wall, zone)
    return moment


def _leap(wall: datetime, zone: tzinfo) -> float:
    """Return the moment at which the clock is set forward, over a time that it never shows."""
    # PEP 495: in a gap, fold=1 is a moment before it, and fold=0 is not.
    before = int(wall.replace(tzinfo=zone, fold=1).timestamp())
    after = int(wall.replace(tzinfo=zone, fold=0).timestamp())
    old = datetime.fromtimestamp(before, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return float(after)


def _cure(name: str) -> str:
    from zoneinfo import available_timezones  # noqa: PLC0415 - see above

    known = {each.lower(): each for each in available_timezones() if not each.startswith(_OF_THE_MACHINE)}
    if not known:
        return "there is no database of time zones here at all; add the package tzdata"
    if any(sign in name for sign in "+0123456789"):
        return f"an offset knows no summer time; {_CURE}"
    meant = _meant(name.strip().replace(" ", "_").lower(), known)
    return f'did you mean "{meant}"?' if meant else _CURE


def _meant(wanted: str, known: Mapping[str, str]) -> str | None:
    """Return the zone that a word was meant for: by its whole name, by its city alone, or by what looks like either."""
    cities = {each.rpartition("/")[2]: zone for each, zone in sorted(known.items(), reverse=True)}
    for names in (known, cities):
        if wanted in names:
            return names[wanted]
    if len(wanted) >= _SHORTEST_NAME and not any(each.startswith(f"{wanted}/") for each in known):
        for names in (known, cities):
            if close := difflib.get_close_matches(wanted, names, n=1, cutoff=_ALIKE):
                return names[close[0]]
    return None


def _checked(name: str) -> str:
    zone_named(name)
    return name


ZoneName = Annotated[str, AfterValidator(_checked)]
"""Name of a time zone of the IANA database."""
