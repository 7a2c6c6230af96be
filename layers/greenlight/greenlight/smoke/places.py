"""Places in JSON: how they are written, and patterns of those that a comparison leaves out."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

MAX_CHARACTERS: Final = 1000

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PART = re.compile(
    rf'(?P<dot>\.)?(?:(?P<key>{_PLAIN_KEY.pattern})|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<any>\*))'
    r"|\[(?:(?P<index>[0-9]{1,9})|(?P<every>\*))\]"
)

_FORM: Final = 'write it as meta.request_id, items[*].updated_at, *.etag or "key with dot".x'
# In this order, because what is written for one reason often looks like another as well.
_CURES: Final = (
    (re.compile(r"\{\{"), "templates are not filled in inside paths"),
    (re.compile(r"\.\."), 'there is no ".."; name the keys on the way, or write * for any one key'),
    (re.compile(r"\[\?|@"), "there are no filters; write [*] for every element"),
    (re.compile(r"\['"), 'a key with special characters stands in double quotes, with a dot before it: a."b c"'),
    (re.compile(r"\[\]"), "write [*] for every element"),
    (re.compile(r"\[-"), "elements are counted from the first; write [*] for every element"),
    (re.compile(r"\[[0-9]*:"), "there are no slices; write [*] for every element"),
    (re.compile(r"[|(&{,`]"), f"a path names a place and works nothing out; {_FORM}"),
    (re.compile(r"\*\*"), "write * once for each level"),
    (re.compile(r"[A-Za-z0-9]-[A-Za-z0-9]"), 'a key with a hyphen stands in double quotes: "request-id"'),
)


class IgnoredPathError(ValueError):
    """When a text names no place that a comparison could leave out."""


class Every(Enum):
    """What stands in a pattern for any key, and for any element."""

    KEY = "*"
    ELEMENT = "[*]"


@dataclass(frozen=True)
class Beyond:
    """The end of an array: its length, and the elements from an index on."""

    index: int


Part = str | int | Every | Beyond


@dataclass(frozen=True)
class Ignored:
    """A pattern of places that do not count, with everything below them.

    Attributes:
        text: As written.
        parts: Keys, indexes and what stands for several of them; none for the whole document.
    """

    text: str
    parts: tuple[Part, ...] = field(repr=False)

    def __str__(self) -> str:
        return self.text


def path_text(parts: Iterable[Part]) -> str:
    """Write a place as people do: ``items[0]."key with dot"``; ``@`` is the whole document."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        elif isinstance(part, Beyond):
            text += f"[{part.index}:]"
        elif part is Every.ELEMENT:
            text += part.value
        else:
            text += f"{'.' if text else ''}{_key_text(part)}"
    return text or "@"


def compile_ignored(text: str) -> Ignored:
    """Understand a pattern of places; ``*`` is any key and ``[*]`` any element, a leading ``$`` means nothing.

    Raises:
        IgnoredPathError: When it is none, or would leave nothing to compare, with the cure.
    """
    if len(text) > MAX_CHARACTERS:
        raise IgnoredPathError(f"a path has at most {MAX_CHARACTERS} characters, this one has {len(text)}")
    parts = _parts(text)
    if parts is None:
        raise IgnoredPathError(f"is no path of keys and elements; {_cure(text)}")
    if not parts or parts in {(Every.KEY,), (Every.ELEMENT,)}:
        raise IgnoredPathError(f"would leave nothing to compare; name what may differ: {_FORM}")
    return Ignored(text, parts)


class Patterns:
    """What is left of patterns on the way down a document.

    Attributes:
        covered: A pattern ends here: the place does not count, nor does anything below it.
        end: From which index on the elements of this array do not count, nor does its length; None without such.
    """

    __slots__ = ("_below", "_named", "_patterns", "covered", "end")

    def __init__(self, patterns: Iterable[tuple[Part, ...]]) -> None:
        self._patterns = frozenset(patterns)
        self.covered = () in self._patterns
        heads = [pattern[0] for pattern in self._patterns if pattern]
        self.end = min((head.index for head in heads if isinstance(head, Beyond)), default=None)
        self._named = frozenset(head for head in heads if isinstance(head, str | int))
        # Thousands of elements share what is left for any element, so that it is worked out once.
        self._below: dict[Part, Patterns] = {}

    def below(self, part: str | int) -> "Patterns":
        """Return what is left one key or element further down."""
        general = Every.KEY if isinstance(part, str) else Every.ELEMENT
        head: Part = part if part in self._named else general
        if head not in self._below:
            matching = (pattern[1:] for pattern in self._patterns if pattern and pattern[0] in {head, general})
            self._below[head] = Patterns(matching)
        return self._below[head]


def generalised(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return the pattern in which any element stands for each single one."""
    return tuple(Every.ELEMENT if isinstance(part, int) else part for part in parts)


def _key_text(part: str | Every) -> str:
    if isinstance(part, Every):
        return str(part.value)
    return part if _PLAIN_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)


def _parts(text: str) -> tuple[Part, ...] | None:
    parts: list[Part] = []
    position = 1 if text[:1] in {"$", "@"} else 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            return None
        keyed = match["index"] is None and match["every"] is None
        if keyed and (match["dot"] is None) != (position == 0):
            return None  # a first key has no dot before it, any other has
        try:
            parts.append(_part(match))
        except json.JSONDecodeError:
            return None
        position = match.end()
    return tuple(parts)


def _part(match: re.Match[str]) -> Part:
    if match["index"] is not None:
        return int(match["index"])
    if match["every"] is not None:
        return Every.ELEMENT
    if match["any"] is not None:
        return Every.KEY
    return match["key"] or str(json.loads(match["quoted"]))


def _cure(text: str) -> str:
    return next((cure for looks, cure in _CURES if looks.search(text)), _FORM)
