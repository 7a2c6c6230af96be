"""``{{ name }}`` and ``{{ namespace.key }}``: where texts of a suite take values that are known only in a run."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from greenlight.smoke.values import as_inserted

NAME: Final = r"[A-Za-z_][A-Za-z0-9_-]*"

_TEMPLATE = re.compile(rf"\{{\{{[ \t]*({NAME}(?:\.{NAME})?)[ \t]*\}}\}}")
_SAMPLE = "x"


class UnknownValueError(LookupError):
    """When a template names a value that this run does not have."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is no value for {{{{ {name} }}}}")


def names(value: Any) -> Iterator[str]:
    """Give the name in every template in a text, or in any text inside a list or mapping."""
    if isinstance(value, str):
        yield from _TEMPLATE.findall(value)
    elif isinstance(value, list):
        for item in value:
            yield from names(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from names(item)


def with_samples(text: str) -> str:
    """Put something harmless in the place of every template, to look at the text around them."""
    return _TEMPLATE.sub(_SAMPLE, text)


def is_template(text: str) -> bool:
    """Tell whether a text is one template and nothing else."""
    return _TEMPLATE.fullmatch(text) is not None


def starts_with_template(text: str) -> bool:
    """Tell whether what a text starts with is known only in a run."""
    return _TEMPLATE.match(text) is not None


def fill(value: Any, values: Mapping[str, Any]) -> Any:
    """Fill in the templates of a text, or of every text inside a list or mapping.

    A text that is one template becomes the value itself, so that a number stays a number. Values are filled in as they
    are: a template inside a value is not filled in again.

    Raises:
        UnknownValueError: When a name has no value.
    """
    if isinstance(value, str):
        whole = _TEMPLATE.fullmatch(value)
        return fill_text(value, values) if whole is None else _value(values, whole[1])
    if isinstance(value, list):
        return [fill(item, values) for item in value]
    if isinstance(value, dict):
        return {key: fill(item, values) for key, item in value.items()}
    return value


def fill_text(text: str, values: Mapping[str, Any], escape: Callable[[str], str] = str) -> str:
    """Fill in the templates of a text, which stays a text.

    Args:
        text: With or without templates.
        values: By name; those of a namespace by ``namespace.key``.
        escape: Applied to each value that is inserted, not to the text around it.

    Raises:
        UnknownValueError: When a name has no value.
    """
    if "{{" not in text:
        return text
    return _TEMPLATE.sub(lambda match: escape(as_inserted(_value(values, match[1]))), text)


def _value(values: Mapping[str, Any], name: str) -> Any:
    if name not in values:
        raise UnknownValueError(name)
    return values[name]
