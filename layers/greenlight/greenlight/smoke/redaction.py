"""Secrets out of everything that people or logs get to see, in whatever spelling they come back."""

import base64
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

from greenlight.smoke.values import DRAFT_CHARACTERS, as_inserted

MASK: Final = "***"
SECRET_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-amz-security-token"}
)

_MIN_DERIVED: Final = 8  # shorter parts of a credential are words such as "dark", which would blot out half a report
_MAX_HEADER: Final = 500  # characters by which a credential of a header is recognised; the rest goes with them


@dataclass(frozen=True)
class _Secret:
    """A secret and how it is recognised.

    Attributes:
        text: Of the secret, or its beginning.
        encoded: Its spellings in base64.
        rest: An expression for what follows its beginning.
    """

    text: str
    encoded: tuple[str, ...] = ()
    rest: str = ""

    @property
    def needles(self) -> tuple[str, ...]:
        """Return texts of which one is in every text that holds the secret: letters and digits are never escaped."""
        return max(_RUNS.findall(self.text), key=len, default=""), *self.encoded

    @property
    def expression(self) -> str:
        """Return an expression for every spelling, mixed ones as well."""
        spelt = "".join(_spellings_of(piece) for piece in _PIECES.findall(self.text))
        return "|".join((spelt + self.rest, *map(re.escape, self.encoded)))


class Redactor:
    """The secrets of one run; safe to use from several threads."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._needles: list[tuple[str, _Secret]] = []

    def add(self, secret: Any) -> None:
        """Keep a value out of all texts from now on; of an array or object, each value inside."""
        if isinstance(secret, list | dict):
            for inner in secret.values() if isinstance(secret, dict) else secret:
                self.add(inner)
        elif secret is not None and not isinstance(secret, bool):
            whole = as_inserted(secret)
            for text in (whole, whole.strip()):  # what is stored with a line break is often sent without
                if text and text not in self._known:
                    self._known.add(text)
                    self._keep(_Secret(text, tuple(_in_base64(text))))

    def add_header(self, name: str, value: str) -> None:
        """Keep the value of a header out of all texts, if it is one that carries credentials.

        ``Bearer abc…`` and ``session=abc…; Path=/`` are taken apart, because the credential may come back alone.
        """
        if name.lower() not in SECRET_HEADERS:
            return
        for part in (value, *_credentials(name.lower(), value)):
            if len(part) >= _MIN_DERIVED and part not in self._known:
                self._known.add(part)
                if len(part) > _MAX_HEADER:
                    self._keep(_Secret(part[:_MAX_HEADER], rest=r"\S*"))
                else:
                    # A server may set hundreds of cookies; nobody writes those in base64.
                    self._keep(_Secret(part, () if "cookie" in name.lower() else tuple(_in_base64(part))))

    def clean(self, text: str) -> str:
        """Return a text without the secrets, and without what no terminal or log should be given.

        Of a draft that was cut at its end only the first half is returned: the end may be half a secret.
        """
        if self._needles:
            # Compiling takes milliseconds, so that it is done only for what may be there.
            there = {secret for needle, secret in self._needles if needle in text}
            longest_first = sorted(there, key=lambda secret: -len(secret.text))
            expression = re.compile("|".join(secret.expression for secret in longest_first)) if there else _NOTHING
            if len(text) >= DRAFT_CHARACTERS:
                text = text[: _end_of_first_half(text, expression)]
            text = expression.sub(MASK, text)
        text = text.replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8")
        return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)

    def _keep(self, secret: _Secret) -> None:
        self._needles += [(needle, secret) for needle in secret.needles]

    def header(self, name: str, value: str) -> str:
        """Return the value of a header as it may be shown."""
        return MASK if name.lower() in SECRET_HEADERS else self.clean(value)


_NOTHING = re.compile(r"(?!)")
_RUNS = re.compile(r"[A-Za-z0-9]+")
_PIECES = re.compile(r"(?s)\\+|[^\\]")  # backslashes stay together: how many there are is what escaping changes
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def _end_of_first_half(text: str, expression: re.Pattern[str]) -> int:
    half = DRAFT_CHARACTERS // 2
    return next((match.end() for match in expression.finditer(text) if match.start() < half < match.end()), half)


def _credentials(name: str, value: str) -> list[str]:
    """Take the credentials out of a header, without their scheme or the names and attributes of cookies."""
    if name in {"cookie", "set-cookie"}:
        pairs = value.split(";")[: 1 if name == "set-cookie" else None]
        return [pair.partition("=")[2].strip(' "') for pair in pairs]
    return [value.partition(" ")[2].strip()]


def _in_base64(secret: str) -> Iterator[str]:
    """Give the spellings of a secret in base64, alone and inside a longer text."""
    data = secret.encode("utf-8", "replace")
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            # Inside a longer text the first and last characters also depend on the neighbours.
            encoded = encode(b"\0" * offset + data).decode("ascii").rstrip("=")
            whole = encoded[(offset * 8 + 5) // 6 : (offset + len(data)) * 8 // 6]
            if len(whole) >= _MIN_DERIVED:
                yield whole
        yield encode(data).decode("ascii").rstrip("=")


@lru_cache(maxsize=1000)
def _spellings_of(piece: str) -> str:
    """Return an expression for one character, or for some backslashes.

    Each time that JSON, or a text in a regular expression, goes into JSON the backslashes double. The quantifiers are
    possessive, so that no text makes the expression look at anything twice.
    """
    character = piece[0]
    if character.isascii() and character.isalnum():
        return character
    percent = quote(character.encode("utf-8", "replace"), safe="")
    if not percent.startswith("%"):
        percent = f"%{ord(character):02X}"
    units = "".join(rf"\\++u{unit:04x}" for unit in _utf16(character))
    code = f"&#0*+{ord(character)};|&#x0*+{ord(character):x};|\\\\++x{ord(character):02x}"
    escaped = f"(?i:{re.escape(percent)}|{units}|{code})"
    if character == "\\":
        return rf"(?:\\{{{len(piece)},}}+|{escaped}{{{len(piece)}}})"
    short = json.dumps(character)[1:-1].lstrip("\\")  # the n of a line break; the rest of a longer escape does no harm
    spellings = [
        rf"\\*+{re.escape(character)}",
        *([rf"\\++{re.escape(short)}"] if short and short != character else []),
        escaped,
        re.escape(html.escape(character)),
        *([re.escape("+")] if character == " " else []),
    ]
    return f"(?:{'|'.join(sorted(spellings, key=len, reverse=True))})"


def _utf16(character: str) -> Iterator[int]:
    data = character.encode("utf-16-be", "surrogatepass")
    return (int.from_bytes(data[index : index + 2]) for index in range(0, len(data), 2))
