"""One operator, applied to one value: whether it holds, and the words to tell it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from greenlight.smoke import templates
from greenlight.smoke.paths import Found
from greenlight.smoke.patterns import Pattern, PatternError
from greenlight.smoke.values import (
    MISSING,
    NotJsonError,
    as_inserted,
    as_text,
    equal,
    is_number,
    is_type,
    parse_json,
    type_name,
)


@dataclass(frozen=True)
class Finding:
    """What one operator found.

    Attributes:
        expected: In words that follow the subject, as ``at least 5``.
        actual: What was there.
        passed: Whether the two agree.
    """

    expected: str
    actual: str
    passed: bool


def compare(operator: str, operand: Any, found: Found, values: Mapping[str, Any], *, textual: bool = False) -> Finding:
    """Apply an operator. It never raises: what cannot be compared does not hold.

    Only ``exists`` looks at what is missing; to any other operator, a ``not_`` one too, nothing is a failure.

    Parameters:
        operator: Its name in the language.
        operand: As loaded, templates and all.
        found: What stands in the reply.
        values: For the templates.
        textual: The value is a text by nature (a header): numbers and booleans of the suite are compared as text.
    """
    if operator == "exists":
        return Finding("to exist" if operand else "not to exist", as_text(found.value), found.exists == operand)
    try:
        expected = operand.filled(values) if isinstance(operand, Pattern) else templates.fill(operand, values)
    except (templates.UnknownValueError, PatternError) as error:
        return Finding(_expected(operator, operand), str(error), passed=False)
    if found.value is MISSING:
        return Finding(_expected(operator, expected), as_text(MISSING), passed=False)
    actual = found.value
    if textual:
        actual, expected = _on_one_level(operator, actual, expected)
    return Finding(
        _expected(operator, expected), _actual(operator, found.value), bool(_TESTS[operator](actual, expected))
    )


def _on_one_level(operator: str, actual: str, expected: Any) -> tuple[Any, Any]:
    """Bring a text and the operand of an operator onto one level."""
    if operator in _NUMERIC:
        try:
            return parse_json(actual.encode("utf-8", "replace")), expected
        except NotJsonError:
            return actual, expected
    if operator == "one_of":
        return actual, [_scalar_text(item) for item in expected]
    return actual, _scalar_text(expected) if operator in _OF_TEXT else expected


def _scalar_text(value: Any) -> Any:
    return as_inserted(value) if isinstance(value, int | float) else value


def _contains(actual: Any, expected: Any) -> bool:
    if isinstance(actual, str):
        return isinstance(expected, str) and expected in actual
    if isinstance(actual, list):
        return any(equal(item, expected) for item in actual)
    if isinstance(actual, dict) and isinstance(expected, dict):
        return all(key in actual and equal(actual[key], value) for key, value in expected.items())
    return False


def _has_contents(actual: Any) -> bool:
    return isinstance(actual, str | list | dict)


def _of_numbers(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda actual, expected: is_number(actual) and is_number(expected) and test(actual, expected)


_NUMERIC: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": _of_numbers(lambda actual, expected: actual > expected),
    "gte": _of_numbers(lambda actual, expected: actual >= expected),
    "lt": _of_numbers(lambda actual, expected: actual < expected),
    "lte": _of_numbers(lambda actual, expected: actual <= expected),
}

_OF_TEXT = frozenset({"equals", "not_equals", "contains", "not_contains"})

_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    **_NUMERIC,
    "equals": equal,
    "not_equals": lambda actual, expected: not equal(actual, expected),
    "contains": _contains,
    "not_contains": lambda actual, expected: _has_contents(actual) and not _contains(actual, expected),
    "matches": lambda actual, pattern: isinstance(actual, str) and pattern.occurs_in(actual),
    "not_matches": lambda actual, pattern: isinstance(actual, str) and not pattern.occurs_in(actual),
    "one_of": lambda actual, expected: any(equal(actual, item) for item in expected),
    "type": is_type,
    "length": lambda actual, length: _has_contents(actual) and length.holds(len(actual)),
    "empty": lambda actual, expected: (not actual) == expected,
}

_WORDS: Mapping[str, str] = {
    "gt": "more than",
    "gte": "at least",
    "lt": "less than",
    "lte": "at most",
    "equals": "",
    "not_equals": "anything but",
    "contains": "to contain",
    "not_contains": "not to contain",
    "matches": "to match",
    "not_matches": "not to match",
    "one_of": "one of",
    "type": "of type",
    "length": "of length",
}


def _expected(operator: str, operand: Any) -> str:
    if operator == "empty":
        return "to be empty" if operand else "not to be empty"
    plain = isinstance(operand, Pattern) or operator in {"type", "length"}
    return f"{_WORDS[operator]} {operand if plain else as_text(operand)}".lstrip()


def _actual(operator: str, actual: Any) -> str:
    if operator == "type":
        return f"{type_name(actual)} {as_text(actual)}"
    if operator == "length":
        return f"{f'length {len(actual)}' if _has_contents(actual) else 'no length'}: {as_text(actual)}"
    return as_text(actual)
