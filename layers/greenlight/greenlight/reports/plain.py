"""Any value as JSON that every reader takes: whole characters, finite numbers, names as keys, an end to every branch."""

import json
import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

_MAX_DEPTH: Final = 20
_MAX_INTEGER: Final = 2**63
_DIGITS: Final = 6

MAX_NUMBER: Final = 1e12
"""Far beyond any time that is told, and far within what can be reckoned with."""


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value made of nothing but dict, list, str, int, float, bool and None; what is none of them as text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, int):
        return int(value) if abs(value) < _MAX_INTEGER else hex(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if not isinstance(value, Mapping | AbstractSet | list | tuple):
        return whole(str(value))
    if depth == _MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return {whole(str(key)): plain(item, depth + 1) for key, item in value.items()}
    return [plain(item, depth + 1) for item in value]


def whole(text: str) -> str:
    """Return a text that can be encoded: halves of a character joined, and � for a half that is alone."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def seconds(value: float | None) -> float | None:
    """Return a number of seconds to the microsecond; None for what is no sensible number."""
    return round(float(value), _DIGITS) if value is not None and abs(value) <= MAX_NUMBER else None


def to_json(document: Mapping[str, Any]) -> str:
    """Write a report as JSON."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
