"""Outcomes, times and numbers in the words of people."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

OUTCOME_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "failed": "failed",
        "error": "error",
        "not_run": "not run",
        "inconclusive": "waiting",
        "waiting": "waiting",
        "warning": "warning",
        "skipped": "skipped",
        "passed": "passed",
    }
)
"""What deserves a look first comes first."""

URGENCY: Final[Mapping[str, int]] = MappingProxyType({outcome: place for place, outcome in enumerate(OUTCOME_WORDS)})

FAULT_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "configuration": "The request cannot be made",
        "dns": "The name is not known",
        "connect": "No connection",
        "tls": "No TLS connection",
        "certificate": "The certificate is not accepted",
        "timeout": "Timed out",
        "deadline": "No time was left",
        "reset": "The connection was closed",
        "cut": "The reply was cut short",
        "protocol": "The reply is not HTTP",
        "encoding": "The body cannot be decoded",
        "too_large": "The body is too large",
    }
)

_MINUTE: Final = 60.0
_LONG: Final = 9.95


def duration(seconds: float | None) -> str:
    """Write seconds as ``412 ms``, ``1.23 s``, ``12.3 s``, ``30 s`` or ``2 min 5 s``."""
    if seconds is None:
        return "no reply"
    if seconds < 1:
        return "under 1 ms" if 0 < seconds < 0.0005 else f"{min(999, round(seconds * 1000))} ms"  # noqa: PLR2004 - rounds to 0
    if seconds < _MINUTE and seconds == round(seconds):
        return f"{seconds:.0f} s"
    if seconds < _MINUTE:
        return f"{seconds:.2f} s" if seconds < _LONG else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), round(_MINUTE))
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def count(number: int, one: str, more: str = "") -> str:
    """Write ``1 test``, ``3 tests`` or ``2 retries``."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def time_of_day(started: float | None) -> str:
    """Write seconds since the epoch as a time of day in UTC, to the millisecond; empty for what is none."""
    try:
        moment = datetime.fromtimestamp(started, UTC) if started is not None else None
    except (OverflowError, OSError, ValueError):
        moment = None
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}" if moment else ""
