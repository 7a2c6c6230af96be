"""JSON values as replies and suites hold them: reading, comparing, naming, writing."""

import json
import math
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final, Literal

MAX_DEPTH: Final = 100
DRAFT_CHARACTERS: Final = 16_000
"""How much of a value is kept until the secrets are taken out; far more than is shown in the end."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)

JsonType = Literal["string", "number", "integer", "boolean", "array", "object", "null"]


class NotJsonError(ValueError):
    """When bytes are not the JSON of RFC 8259, or nest deeper than anybody means to."""


class Missing(Enum):
    """The place where a value would stand, had it been given; unlike None, it is no JSON value."""

    MISSING = "nothing"


MISSING: Final = Missing.MISSING


def parse_json(body: bytes) -> Any:
    """Read the JSON of a reply; of duplicate keys the last wins.

    Raises:
        NotJsonError: When it is none; NaN, Infinity and numbers too large for a double count as none.
    """
    if not body.strip():
        raise NotJsonError("the body is empty")
    try:
        text = body.decode(json.detect_encoding(body))
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise NotJsonError("it is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise NotJsonError(
            f"{error.msg[0].lower()}{error.msg[1:]} in line {error.lineno}, column {error.colno}"
        ) from error
    except RecursionError as error:
        raise NotJsonError(f"it nests deeper than {MAX_DEPTH} levels") from error
    except NotJsonError:
        raise
    except ValueError as error:
        raise NotJsonError("a number has too many digits") from error
    if deeper_than(value, MAX_DEPTH):
        raise NotJsonError(f"it nests deeper than {MAX_DEPTH} levels")
    return value


def _refuse_constant(name: str) -> Any:
    raise NotJsonError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise NotJsonError(f"{digits[:20]} is too large a number")
    return number


def deeper_than(value: Any, levels: int) -> bool:
    """Tell whether arrays and objects nest deeper than so many levels."""
    layer = [value] if isinstance(value, list | dict) else []
    for _ in range(levels):
        if not layer:
            return False
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, list | dict)
        ]
    return bool(layer)


def equal(left: Any, right: Any) -> bool:
    """Compare as JSON does: ``true`` is not 1, 5 is 5.0, ``"5"`` is not 5."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    return type(left) is type(right) and bool(left == right)


def is_number(value: Any) -> bool:
    """Tell whether a value is a JSON number, which ``true`` is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def type_name(value: Any) -> JsonType:
    """Name the JSON type of a value; a number without a fraction is an ``integer``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, list):
        return "array"
    if isinstance(value, dict):
        return "object"
    return "integer" if isinstance(value, int) or value.is_integer() else "number"


def is_type(value: Any, name: JsonType) -> bool:
    """Tell whether a value is of a JSON type; an integer is a number as well."""
    actual = type_name(value)
    return actual == name or (name == "number" and actual == "integer")


def as_text(value: Any) -> str:
    """Write a value for people, as JSON.

    It is cut at ``DRAFT_CHARACTERS``; the final cut comes after the redaction, which has to find secrets whole.
    """
    if value is MISSING:
        return Missing.MISSING.value
    text = ""
    try:
        for piece in _ENCODER.iterencode(value):
            text += piece
            if len(text) >= DRAFT_CHARACTERS:
                break
    except ValueError:  # Python writes no integer of more than 4300 digits
        return "a number of too many digits"
    return text[:DRAFT_CHARACTERS]


def as_inserted(value: Any) -> str:
    """Write a value as it goes into the middle of a text: strings as they are, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Give everything in a value that is no array and no object, with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value
