"""Durations with a unit and percentages with a sign: the two numbers that people misread."""

from typing import Annotated, Any, Final

import re2
from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from greenlight.documents.mistakes import shown

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re2.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s|m|h|d)")
_PERCENTAGE = re2.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%")
_FULL = 100

_DURATION_CURE: Final = "write a number with a unit, as 300ms, 5s, 2m or 1h"
_PERCENTAGE_CURE: Final = "write a number from 0 to 100 with its sign, as 99.5%"


def _seconds(value: Any) -> float:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError(
            "duration",
            "is no duration: {found}; {cure}",
            {"found": shown(value), "cure": _DURATION_CURE},
        )
    return float(match.group(1)) * _UNITS[match.group(2)]


def _fraction(value: Any) -> float:
    match = _PERCENTAGE.fullmatch(value) if isinstance(value, str) else None
    if match is None or float(match.group(1)) > _FULL:
        raise PydanticCustomError(
            "percentage",
            "is no percentage: {found}; {cure}",
            {"found": shown(value), "cure": _PERCENTAGE_CURE},
        )
    return float(match.group(1)) / _FULL


Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^[0-9]{1,9}(\.[0-9]{1,3})?\s*(ms|s|m|h|d)$",
            "errorMessage": _DURATION_CURE,
        }
    ),
]
"""Seconds, written with a unit."""

Percentage = Annotated[
    float,
    BeforeValidator(_fraction),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(0?[0-9]{1,2}(\.[0-9]{1,6})?|100(\.0{1,6})?)\s*%$",
            "errorMessage": _PERCENTAGE_CURE,
        }
    ),
]
"""A fraction from 0 to 1, written as a percentage."""


def duration_text(seconds: float) -> str:
    """Write seconds as people do: ``300 ms``, ``1.5 s``, ``20 min``, ``4 h``."""
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds // size)} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.3g} s"  # noqa: PLR2004 - below ten, decimals matter
