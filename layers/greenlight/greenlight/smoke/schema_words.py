"""What a JSON Schema wants, in the words of the other expectations."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from greenlight.smoke.places import path_text
from greenlight.smoke.values import as_text

ALTERNATIVES: Final = "alternatives"
"""What an error says it comes from when no alternative holds; its value is the errors of each."""

MAX_FAILURES: Final = 10
"""How many errors of an alternative are looked for; a long array may have one in each of its elements."""

_MAX_ALTERNATIVES: Final = 3

_LENGTHS: Final = frozenset({"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"})


def known(error: Any) -> str | None:
    """Say what was expected where an error of jsonschema comes from a keyword that has words here."""
    words = _WORDS.get(error.validator)
    return None if words is None else words(error)


def expected(error: Any) -> str:
    """Say what was expected, in words that follow the place; those of the error itself where there are none here."""
    return known(error) or str(error.message)


def actual(error: Any) -> str:
    """Say what was there."""
    text = as_text(error.instance)
    return f"length {len(error.instance)}: {text}" if error.validator in _LENGTHS else text


def _alternatives(error: Any) -> str:
    """Say that none of some alternatives holds, and why not: of the nearest ones the first error."""
    failures: Sequence[Sequence[Any]] = error.validator_value
    count = len(failures)
    nearest = sorted(range(count), key=lambda index: _distance(failures[index]))[:_MAX_ALTERNATIVES]
    reasons = "; ".join(f"{index + 1}: {_reason(failures[index])}" for index in sorted(nearest))
    left = f"; {count - len(nearest)} more" if count > len(nearest) else ""
    return f"to fit {'one of ' if count > 1 else ''}{_counted(count, 'alternative')} ({reasons}{left})"


def _distance(errors: Sequence[Any]) -> tuple[bool, int]:
    """Tell how far a value is from an alternative: one of another type is far, else what counts are the errors."""
    return any(error.validator == "type" and not error.path for error in errors), len(errors)


def _reason(errors: Sequence[Any]) -> str:
    first = errors[0]
    nested = first.validator == ALTERNATIVES
    place = f"{path_text(first.path)} " if first.path else ""
    count = "" if len(errors) == MAX_FAILURES else f"{len(errors) - 1} "
    others = f", and {count}more" if len(errors) > 1 else ""
    return f"{place}{'to fit one of its alternatives' if nested else expected(first)}{others}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _types(error: Any) -> str:
    types = error.validator_value
    return f"of type {types if isinstance(types, str) else ' or '.join(map(str, types))}"


def _limit(words: str, exclusive_words: str, exclusive: str) -> Callable[[Any], str]:
    # In Draft 4, exclusiveMinimum: true stands beside minimum.
    return lambda error: (
        f"{exclusive_words if error.schema.get(exclusive) is True else words} {as_text(error.validator_value)}"
    )


def _valued(words: str) -> Callable[[Any], str]:
    return lambda error: f"{words} {as_text(error.validator_value)}".lstrip()


def _length(words: str) -> Callable[[Any], str]:
    return lambda error: f"of length {as_text(error.validator_value)} or {words}"


def _contained(error: Any) -> str:
    least = error.schema.get("minContains", 1)
    schema = as_text(error.schema["contains"])
    if error.validator == "maxContains":
        return f"with at most {_counted(error.validator_value, 'element')} of the schema {schema}"
    return f"with at least {_counted(least, 'element')} of the schema {schema}"


_WORDS: Final[Mapping[str | None, Callable[[Any], str]]] = {
    None: lambda _: "not to exist",  # the schema false
    "type": _types,
    "const": _valued(""),
    "enum": _valued("one of"),
    "pattern": lambda error: f"to match {error.validator_value}",
    "multipleOf": _valued("a multiple of"),
    "minimum": _limit("at least", "more than", "exclusiveMinimum"),
    "maximum": _limit("at most", "less than", "exclusiveMaximum"),
    "exclusiveMinimum": _valued("more than"),
    "exclusiveMaximum": _valued("less than"),
    "minLength": _length("more"),
    "maxLength": _length("less"),
    "minItems": _length("more"),
    "maxItems": _length("less"),
    "minProperties": _length("more"),
    "maxProperties": _length("less"),
    "contains": _contained,
    "minContains": _contained,
    "maxContains": _contained,
    "not": _valued("not to be of the schema"),
    "propertyNames": lambda error: f"with a name {expected(error.validator_value)}",
    ALTERNATIVES: _alternatives,
}
