"""HTML that nobody can break into: whatever is not markup already is escaped where it is put in."""

import html
from collections.abc import Iterable
from typing import Final

_VOID: Final = frozenset({"br", "link", "meta"})
_SELF_CLOSING: Final = frozenset({"circle", "line", "path", "rect", "use"})

# What is obeyed instead of shown: control characters, and those that turn the order of letters round
# (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
_CONTROLS: Final = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}
_TURNING: Final = {code: f"[U+{code:04X}]" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_SHOWN: Final = _CONTROLS | _TURNING


class Markup(str):
    """Text that is HTML."""

    __slots__ = ()


def escape(text: str) -> Markup:
    """Return a text as HTML that shows it; markup stays as it is."""
    return text if isinstance(text, Markup) else Markup(_escaped(text))


def joined(parts: Iterable[str]) -> Markup:
    """Join texts and markup."""
    return Markup("".join(map(escape, parts)))


def element(name: str, /, *children: str, **attributes: str | bool | None) -> Markup:
    """Return an element.

    Args:
        name: Its tag.
        children: Texts and markup.
        attributes: ``class_`` stands for class, ``aria_label`` for aria-label. False and None leave one out, True
            gives one without a value.
    """
    start = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    if name in _VOID:
        return Markup(f"<{name}{start}>")
    if name in _SELF_CLOSING and not children:
        return Markup(f"<{name}{start}/>")
    return Markup(f"<{name}{start}>{joined(children)}</{name}>")


def _attribute(key: str, value: str | bool) -> str:  # noqa: FBT001 - HTML knows attributes that are just there
    name = key.rstrip("_").replace("_", "-")
    if isinstance(value, bool):
        return f" {name}" if value else ""
    return f' {name}="{_escaped(value)}"'


def _escaped(text: str) -> str:
    return html.escape(text.replace("\r\n", "\n").translate(_SHOWN))
