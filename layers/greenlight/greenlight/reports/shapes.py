"""Values that come from outside, checked against a shape: each shape takes what it expects and refuses all else."""

from collections.abc import Callable, Sequence
from typing import Any

from greenlight.reports.plain import MAX_NUMBER, plain, whole

Shape = Callable[[Any], Any]
"""Gives a clean copy of a value, and raises ShapeError when it is something else."""


class ShapeError(ValueError):
    """When a value is not what it should be."""


def text(value: Any) -> str:
    """Take a text."""
    if not isinstance(value, str):
        raise ShapeError(f"expected a text, got {type(value).__name__}")
    return whole(value)


def number(value: Any) -> float:
    """Take a number that can be reckoned with."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ShapeError(f"expected a number, got {type(value).__name__}")
    if not abs(value) <= MAX_NUMBER:  # which is how NaN is refused, too
        raise ShapeError("expected a number of sensible size")
    return value


def count(value: Any) -> int:
    """Take a whole number that is not negative."""
    found = number(value)
    if not isinstance(found, int) or found < 0:
        raise ShapeError(f"expected a count, got {found}")
    return found


def truth(value: Any) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise ShapeError(f"expected true or false, got {type(value).__name__}")
    return value


def tree(value: Any) -> dict[str, Any]:
    """Take an object of whatever kind."""
    if not isinstance(value, dict):
        raise ShapeError(f"expected an object, got {type(value).__name__}")
    found: dict[str, Any] = plain(value)
    return found


def one_of(words: Sequence[str]) -> Shape:
    """Take one of some words."""

    def shape(value: Any) -> Any:
        if value not in words:
            raise ShapeError(f"expected one of {', '.join(words)}")
        return value

    return shape


def maybe(inner: Shape) -> Shape:
    """Take null, too."""
    return lambda value: None if value is None else inner(value)


def many(inner: Shape) -> Shape:
    """Take an array."""

    def shape(value: Any) -> Any:
        if not isinstance(value, list):
            raise ShapeError(f"expected an array, got {type(value).__name__}")
        return [inner(item) for item in value]

    return shape


def pair(value: Any) -> list[str]:
    """Take two texts."""
    found: list[str] = many(text)(value)
    if len(found) != len(("name", "value")):
        raise ShapeError(f"expected a name and a value, got {len(found)} texts")
    return found


def record(**keys: Shape) -> Shape:
    """Take an object that has these keys; others are dropped, because a later version may add some."""

    def shape(value: Any) -> Any:
        if not isinstance(value, dict):
            raise ShapeError(f"expected an object, got {type(value).__name__}")
        missing = keys.keys() - value.keys()
        if missing:
            raise ShapeError(f"expected the key {min(missing)}")
        return {key: inner(value[key]) for key, inner in keys.items()}

    return shape
