"""Times and spans of time as people say them."""

from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def span(seconds: float) -> str:
    """Write a span of time in its two largest units: ``40 s``, ``5 min``, ``2 h 5 min``, ``3 days 14 h``."""
    whole = max(0, round(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    minutes = round(whole / _MINUTE) * _MINUTE
    days, hours = divmod(minutes // _HOUR, _DAY // _HOUR)
    if days:
        return f"{days} day{'s' if days > 1 else ''}" + (f" {hours} h" if hours else "")
    rest = minutes % _HOUR // _MINUTE
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)


def utc(moment: float) -> str:
    """Write a moment, in seconds since the epoch, as ``2026-12-21 06:00 UTC``."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"


def local(moment: datetime) -> str:
    """Write a moment as the clock on a wall shows it: ``Mon 2026-12-21 06:00 CET``."""
    return f"{_WEEKDAYS[moment.weekday()]} {moment:%Y-%m-%d %H:%M} {moment.tzname()}"
