"""Secrets out of everything that people or logs get to see, in whatever spelling they come back."""

import base64
import html
import json
import re
import threading
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from greenlight.smoke.values import DRAFT_CHARACTERS, as_inserted

MASK: Final = "***"
SECRET_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-amz-security-token"}
)

_MIN_DERIVED: Final = 8  # shorter parts of a credential are words such as "dark", which would blot out half a report


class Redactor:
    """The secrets of one run; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._patterns: dict[str, int] = {}
        self._expression: re.Pattern[str] | None = None

    def add(self, secret: Any) -> None:
        """Keep a value out of all texts from now on; of an array or object, each value inside."""
        if isinstance(secret, list | dict):
            for inner in secret.values() if isinstance(secret, dict) else secret:
                self.add(inner)
        elif secret is not None and not isinstance(secret, bool):
            self._add(as_inserted(secret))

    def add_header(self, name: str, value: str) -> None:
        """Keep the value of a header out of all texts, if it is one that carries credentials.

        ``Bearer abc…`` and ``session=abc…; Path=/`` are taken apart, because the credential may come back alone.
        """
        if name.lower() not in SECRET_HEADERS:
            return
        for part in (value, *_credentials(name.lower(), value)):
            if len(part) >= _MIN_DERIVED:
                self._add(part)

    def clean(self, text: str) -> str:
        """Return a text without the secrets, and without what no terminal or log should be given.

        Of a draft that was cut at its end only the first half is returned: the end may be half a secret.
        """
        expression = self._compiled()
        if expression is not None:
            if len(text) >= DRAFT_CHARACTERS:
                text = text[: _end_of_first_half(text, expression)]
            text = expression.sub(MASK, text)
        text = text.replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8")
        return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)

    def header(self, name: str, value: str) -> str:
        """Return the value of a header as it may be shown."""
        return MASK if name.lower() in SECRET_HEADERS else self.clean(value)

    def _add(self, secret: str) -> None:
        with self._lock:
            for pattern in _spellings(secret):
                if pattern not in self._patterns:
                    self._patterns[pattern] = len(secret)
                    self._expression = None

    def _compiled(self) -> re.Pattern[str] | None:
        with self._lock:
            if self._expression is None and self._patterns:
                longest_first = sorted(self._patterns, key=lambda pattern: -self._patterns[pattern])
                self._expression = re.compile("|".join(longest_first))
            return self._expression


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


def _spellings(secret: str) -> Iterator[str]:
    """Give expressions for every spelling of a secret: plain or escaped, character by character, and in base64."""
    if not secret:
        return
    yield "".join(_spellings_of(character) for character in secret)
    data = secret.encode("utf-8", "replace")
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            # Inside a longer text the first and last characters also depend on the neighbours.
            encoded = encode(b"\0" * offset + data).decode("ascii").rstrip("=")
            whole = encoded[(offset * 8 + 5) // 6 : (offset + len(data)) * 8 // 6]
            if len(whole) >= _MIN_DERIVED:
                yield re.escape(whole)
        yield re.escape(encode(data).decode("ascii").rstrip("="))


def _spellings_of(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    percent = quote(character.encode("utf-8", "replace"), safe="")
    if not percent.startswith("%"):
        percent = f"%{ord(character):02X}"
    escaped = {
        character,
        json.dumps(character)[1:-1],
        "".join(f"\\u{unit:04x}" for unit in _utf16(character)),
        html.escape(character),
        f"\\{character}",  # in regular expressions, and the slash in some JSON
        f"&#{ord(character)};",
        repr(character)[1:-1],
    }
    if character == " ":
        escaped.add("+")
    either_case = {f"(?i:{re.escape(percent)})", *(re.escape(spelling) for spelling in escaped)}
    return f"(?:{'|'.join(sorted(either_case, key=len, reverse=True))})"


def _utf16(character: str) -> Iterator[int]:
    data = character.encode("utf-16-be", "surrogatepass")
    return (int.from_bytes(data[index : index + 2]) for index in range(0, len(data), 2))
