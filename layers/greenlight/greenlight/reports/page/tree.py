"""Whatever a check has to tell besides, as names and values: later kinds of checks need nothing new here."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from greenlight.reports.page.markup import Markup, element

_MOST_ITEMS: Final = 50
_MOST_LEVELS: Final = 5
_MOST_CHARACTERS: Final = 2000
_MOST_MARKUP: Final = 100_000


def tree(value: Any) -> Markup:
    """Return a JSON value for people: an object as a list of terms, an array as a list, all else as its text."""
    shown = _branch(value, 0)
    return shown if len(shown) <= _MOST_MARKUP else _faint("too much for this page; the JSON has it")


def _branch(value: Any, level: int) -> Markup:
    if isinstance(value, Mapping | list):
        if not value:
            return _faint("none")
        if level == _MOST_LEVELS:
            return _faint(f"{len(value)} more; the JSON has them")
        return _terms(value, level) if isinstance(value, Mapping) else _items(value, level)
    return element("code", _text(value))


def _terms(value: Mapping[str, Any], level: int) -> Markup:
    terms = [
        element("div", element("dt", key.replace("_", " ")), element("dd", _branch(item, level + 1)))
        for key, item in list(value.items())[:_MOST_ITEMS]
    ]
    if len(value) > _MOST_ITEMS:
        terms.append(
            element("div", element("dt", f"and {len(value) - _MOST_ITEMS} more"), element("dd", "in the JSON"))
        )
    return element("dl", *terms, class_="tree")


def _items(value: Sequence[Any], level: int) -> Markup:
    items = [element("li", _branch(item, level + 1)) for item in value[:_MOST_ITEMS]]
    if len(value) > _MOST_ITEMS:
        items.append(element("li", _faint(f"and {len(value) - _MOST_ITEMS} more; the JSON has them")))
    return element("ul", *items, class_="tree")


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    text = str(value)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"


def _faint(text: str) -> Markup:
    return element("span", text, class_="faint")
