"""What was found at a service: how bad, where, what, and its cure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from greenlight_cli.ending import Ending


class Level(StrEnum):
    """How bad a finding is.

    Attributes:
        ERROR: A deployment would fail, or nothing would guard it.
        UNKNOWN: It could not be looked at, so that nobody knows.
        WARNING: It works, and may surprise.
        OK: It was looked at, and is as it should be.
    """

    ERROR = "error"
    UNKNOWN = "unknown"
    WARNING = "warning"
    OK = "ok"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        level: How bad it is.
        place: Where, as in ``hook PRE_SCALE_UP`` or ``production rule``.
        text: What was found.
        cure: What to do; empty where nothing is to be done.
    """

    level: Level
    place: str
    text: str
    cure: str = ""

    def __str__(self) -> str:
        return f"{self.level.upper()} {self.place}: {self.text}{f'; {self.cure}' if self.cure else ''}"


def error(place: str, text: str, cure: str) -> Finding:
    """Return the finding of what makes deployments fail, or lets them pass unguarded."""
    return Finding(Level.ERROR, place, text, cure)


def unknown(place: str, text: str, cure: str = "") -> Finding:
    """Return the finding that something could not be looked at."""
    return Finding(Level.UNKNOWN, place, f"could not be looked at: {text}", cure)


def warning(place: str, text: str, cure: str) -> Finding:
    """Return the finding of what may surprise."""
    return Finding(Level.WARNING, place, text, cure)


def fine(place: str, text: str) -> Finding:
    """Return the finding that something is as it should be."""
    return Finding(Level.OK, place, text)


def ending_of(findings: Iterable[Finding]) -> Ending:
    """Return the end that findings are: errors fail, and what nobody could look at is no pass."""
    levels = {finding.level for finding in findings}
    if Level.ERROR in levels:
        return Ending.FAILED
    return Ending.COULD_NOT_RUN if Level.UNKNOWN in levels else Ending.PASSED
