"""YAML (and so JSON) without its traps, with the line of everything.

Refused: duplicate keys, anchors and aliases, tags, several documents in one file, nesting beyond any sense.
Scalars follow the JSON subset of YAML 1.2: ``no``, ``on`` and ``22:30`` stay strings.
"""

import codecs
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import yaml

from greenlight.documents.mistakes import DocumentError, Mistake
from greenlight.documents.syntax import TEMPLATE_CURE, syntax_mistake

MAX_BYTES = 256 * 1024
MAX_DEPTH = 50

_OTHER_ENCODINGS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""By the bytes that a text begins with; the shorter ones begin longer ones, so they come last."""

Path = tuple[str | int, ...]

try:
    _Loader: Any = yaml.CSafeLoader
except AttributeError:  # PyYAML built without libyaml: slower, the same events
    _Loader = yaml.SafeLoader

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]+|(?<=[0-9])\.|(?<=[0-9])(?=[eE]))([eE][-+]?[0-9]+)?")
# JSON writes what is beyond 16 bits as two escapes, which YAML does not know; an escaped backslash is no beginning of one.
_PAIR = re.compile(r"\\\\|\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_MAX_DIGITS = 300


@dataclass(frozen=True)
class Document:
    """What a file or an inline object says, and where.

    Attributes:
        name: What people call it: a file name, a location, or ``hookDetails.gates``.
        data: Plain JSON values.
        lines: Line (from 1) of each path of the whole; empty for a document that never was text.
        prefix: Where the data stands in the whole, for a part of a document.
    """

    name: str
    data: Any
    lines: Mapping[Path, int] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    prefix: Path = ()

    def place(self, path: Path) -> str:
        """Name a place in this document: ``name:line path``; a path that does not exist is named by its parent's line."""
        line = self.line(path)
        where = self.name if line is None else f"{self.name}:{line}"
        return f"{where} {path_text(self.prefix + path)}".rstrip()

    def line(self, path: Path) -> int | None:
        """Return the line of a path, or of the nearest parent that is there; None for what never was text."""
        whole = self.prefix + path
        return next((self.lines[whole[:n]] for n in range(len(whole), -1, -1) if whole[:n] in self.lines), None)

    def real_path(self, location: Path) -> Path:
        """Return the parts of a location that are there; a model may have wrapped a single value in a list."""
        path: list[str | int] = []
        data = self.data
        for part in location:
            if _holds(data, part):
                data = data[part]
                path.append(part)
        return tuple(path)

    def at(self, location: Path) -> "Document":
        """Return a part of this document, which still knows its place in the whole."""
        path = self.real_path(location)
        data = self.data
        for part in path:
            data = data[part]
        return Document(self.name, data, self.lines, self.prefix + path)


def _holds(data: Any, part: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(part, int) and part < len(data)
    return isinstance(data, dict) and part in data


def path_text(path: Path) -> str:
    """Write a path as people do: ``tests[0].expect.status``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part or '""'  # nobody would see an empty one
            text += f".{key}" if text else key
    return text


def parse(text: str, name: str) -> Document:
    """Read YAML or JSON text.

    Args:
        text: The whole document, at most 256 KiB.
        name: What to call it in messages.

    Raises:
        DocumentError: With every mistake found; after a syntax error there is only that one.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise DocumentError([too_large(name)])
    if text.lstrip()[:1] in ("{", "["):
        text = _PAIR.sub(_joined, text)
    reader = _Reader(name)
    try:
        data = reader.read(iter(yaml.parse(text, Loader=_Loader)))
    except (yaml.YAMLError, UnicodeError) as error:
        raise DocumentError([syntax_mistake(error, text, name)]) from error
    if reader.mistakes:
        raise DocumentError(reader.mistakes)
    return Document(name, data, reader.lines)


def parse_bytes(data: bytes, name: str) -> Document:
    """Read YAML or JSON as it stands in a file.

    Args:
        data: The whole file, or more than 256 KiB of it.
        name: What to call it in messages.

    Raises:
        DocumentError: With every mistake found; what is no UTF-8 text is one.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError([too_large(name)])
    other = next((encoding for mark, encoding in _OTHER_ENCODINGS.items() if data.startswith(mark)), None)
    if other is not None:
        raise DocumentError([Mistake(name, f"is {other} text; save it as UTF-8")])
    if b"\0" in data:
        raise DocumentError([Mistake(name, f"is no text: byte {data.index(0)} is null; save it as UTF-8 text")])
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"holds the byte 0x{data[error.start]:02X}, so it is not UTF-8 text; save it as UTF-8"
        raise DocumentError([Mistake(f"{name}:{line}", problem)]) from error
    return parse(text, name)


def too_large(name: str) -> Mistake:
    """Return the mistake of a document that is larger than MAX_BYTES."""
    return Mistake(name, f"is larger than {MAX_BYTES // 1024} KB; split it")


def _joined(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[0]
    return chr(0x10000 + ((int(match[1], 16) - 0xD800) << 10) + int(match[2], 16) - 0xDC00)


class _TooDeepError(Exception):
    """When a document nests deeper than anybody means to."""


class _Reader:
    """Builds plain values out of parser events, noting lines and mistakes on the way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Path, int] = {}
        self.mistakes: list[Mistake] = []

    def read(self, events: Iterator[Any]) -> Any:
        data: Any = None
        documents = 0
        try:
            for event in events:
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self._mistake(event, (), "starts a second YAML document; one file holds one")
                        break
                elif isinstance(event, yaml.NodeEvent):
                    data = self._value(event, events, ())
        except _TooDeepError:
            return None
        if documents == 0:
            self.mistakes.append(Mistake(self.name, "is empty"))
        return data

    def _mistake(self, event: Any, path: Path, text: str) -> None:
        place = f"{self.name}:{event.start_mark.line + 1} {path_text(path)}".rstrip()
        self.mistakes.append(Mistake(place, text))

    def _value(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, yaml.AliasEvent):
            self._mistake(event, path, f"uses the YAML alias *{event.anchor}; write the value out")
            return None
        self._refuse_properties(event, path)
        if len(path) > MAX_DEPTH:
            self._mistake(event, path[:3], f"nests deeper than {MAX_DEPTH} levels")
            raise _TooDeepError
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return event.value if event.style else self._plain(event, path)

    def _refuse_properties(self, event: Any, path: Path) -> None:
        if event.anchor:
            self._mistake(event, path, f"sets the YAML anchor &{event.anchor}; anchors and aliases are refused")
        if event.tag:
            self._mistake(event, path, f"carries the YAML tag {event.tag}; tags are refused")

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(key_event := next(events), yaml.MappingEndEvent):
            if not isinstance(key_event, yaml.ScalarEvent):
                in_braces = isinstance(key_event, yaml.MappingStartEvent) and key_event.flow_style
                cure = f"; {TEMPLATE_CURE}" if in_braces else ""
                self._mistake(key_event, path, f"has a key that is not plain text; write keys as words{cure}")
                key = f"?{len(mapping)}"
                self._value(key_event, events, (*path, key))
            else:
                key = key_event.value
            inner = (*path, key)
            if isinstance(key_event, yaml.ScalarEvent):
                self._refuse_properties(key_event, inner)
            if key in mapping:
                self._mistake(key_event, inner, f"stands twice; the first is in line {self.lines[inner]}")
            self.lines.setdefault(inner, key_event.start_mark.line + 1)
            mapping[key] = self._value(next(events), events, inner)
        return mapping

    def _sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._value(event, events, (*path, len(items))))
        return items

    def _plain(self, event: Any, path: Path) -> Any:
        text: str = event.value
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if len(text) > _MAX_DIGITS:
            return text
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text) and text[-1] not in "eE":
            number = float(text)
            if not math.isfinite(number):
                self._mistake(event, path, f"{text} is no finite number")
            return number
        return text
