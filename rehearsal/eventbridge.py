"""As much of EventBridge as it takes to hand an event to the functions that wait for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PREFIX = "prefix"
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
DEFAULT_RETRIES = 2


class PatternError(ValueError):
    """When an event pattern is none, or filters in a way that the rehearsal does not know."""


@dataclass(frozen=True)
class Subscription:
    """A rule on the default event bus, and the function that it invokes.

    Attributes:
        function_arn: The function.
        pattern: The rule's event pattern.
        retries: How often Lambda tries again after the function failed.

    Raises:
        PatternError: When the pattern filters by anything but exact values and prefixes.
    """

    function_arn: str
    pattern: Mapping[str, Any]
    retries: int = DEFAULT_RETRIES

    def __post_init__(self) -> None:
        check_pattern(self.pattern)


def check_pattern(pattern: Any, place: str = "") -> None:
    """Refuse a pattern that `matches` would not understand.

    Args:
        pattern: The pattern, or a part of it.
        place: Where the part is.

    Raises:
        PatternError: When it filters by anything but exact values and prefixes.
    """
    if not isinstance(pattern, Mapping) or not pattern:
        raise PatternError(f"the event pattern{f' at {place}' if place else ''} is no mapping with keys: {pattern!r}")
    for key, wanted in pattern.items():
        here = f"{place}.{key}" if place else str(key)
        if isinstance(wanted, list):
            for each in wanted or [None]:
                _check_value(each, here, is_empty=not wanted)
        else:
            check_pattern(wanted, here)


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Tell whether an event has what a pattern asks for.

    Every key of the pattern has to be in the event; of a list of values one is enough, and where the event has a list, one of
    that: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html

    Args:
        pattern: One that `check_pattern` lets pass.
        event: The event.
    """
    return all(key in event and _fits(wanted, event[key]) for key, wanted in pattern.items())


def _check_value(wanted: Any, place: str, *, is_empty: bool) -> None:
    known = "the rehearsal knows exact values and {prefix: …}"
    if is_empty:
        raise PatternError(f"the event pattern lists nothing at {place}; {known}")
    if isinstance(wanted, Mapping) and not (set(wanted) == {PREFIX} and isinstance(wanted[PREFIX], str)):
        raise PatternError(f"the event pattern filters by {', '.join(map(str, wanted))} at {place}; {known}")
    if isinstance(wanted, list):
        raise PatternError(f"the event pattern has a list in a list at {place}; {known}")


def _fits(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and matches(wanted, found)
    return any(_is(each, value) for each in wanted for value in _values(found))


def _values(found: Any) -> Iterator[Any]:
    yield from found if isinstance(found, list) else [found]


def _is(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(value, str) and value.startswith(wanted[PREFIX])
    return isinstance(wanted, bool) == isinstance(value, bool) and bool(wanted == value)
