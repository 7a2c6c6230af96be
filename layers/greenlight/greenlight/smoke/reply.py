"""What a server answered."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from greenlight.smoke.values import DRAFT_CHARACTERS, NotJsonError, parse_json

MAX_BODY: Final = 1024 * 1024

MAX_CONTAINERS: Final = 100_000
"""Arrays and objects in a JSON body: as many as fit into 1 MiB would take 40 MB."""

_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_TEXT_ENCODINGS = re.compile(
    r"utf-?8|utf-?16(le|be)?|utf-?32(le|be)?|us-ascii|ascii|iso-?8859-\d{1,2}|latin-?1|windows-125\d|cp125\d"
    r"|shift_jis|euc-(jp|kr)|gb2312|gbk|gb18030|big5|koi8-[ru]",
    re.IGNORECASE,
)


class BodyTooLargeError(Exception):
    """When something asks for a body of which only the beginning was read."""

    SHORT: Final = "the body is larger than 1 MiB"

    def __init__(self) -> None:
        super().__init__(f"{self.SHORT}, and the expectations look into it")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An HTTP reply, read to its end or to the limit.

    Attributes:
        status: Status code.
        headers: Name and value, in the order they came.
        body: Decoded, at most 1 MiB.
        truncated: Whether more was to come.
        seconds: From the start of the exchange to the last byte of the body, redirects included.
        stray: Where a redirect pointed that was not followed, and why; empty when there was none.
        certificate_ends: When the certificate of the connection ends, in seconds since the epoch; None over plain HTTP.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    truncated: bool = False
    seconds: float = 0.0
    stray: str = ""
    certificate_ends: float | None = None

    def header(self, name: str) -> str | None:
        """Return the value of a header, several of one name with commas between them; None when it is missing."""
        values = [value for other, value in self.headers if other.lower() == name.lower()]
        return ", ".join(values) if values else None

    def cookie(self, name: str) -> str | None:
        """Return the value of a cookie that the reply sets; the last of that name, as browsers do."""
        value = None
        for header, text in self.headers:
            if header.lower() == "set-cookie":
                key, _, cookie = text.partition(";")[0].partition("=")
                if key.strip() == name:
                    value = cookie.strip()
        return value

    @property
    def excerpt(self) -> str:
        """Return the beginning of the body as text, as far as the draft of a result goes."""
        return self._decoded(self.body[: 4 * DRAFT_CHARACTERS])[:DRAFT_CHARACTERS]

    @cached_property
    def text(self) -> str:
        """Return the body as text; what is not of its encoding becomes a replacement character.

        Raises:
            BodyTooLargeError: When only its beginning was read.
        """
        if self.truncated:
            raise BodyTooLargeError
        return self._decoded(self.body)

    @cached_property
    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            NotJsonError: When it is none, or would take too much memory.
            BodyTooLargeError: When only its beginning was read.
        """
        if self.truncated:
            raise BodyTooLargeError
        if self.body.count(b"[") + self.body.count(b"{") > MAX_CONTAINERS:
            raise NotJsonError(f"it holds more than {MAX_CONTAINERS:,} arrays and objects")
        return parse_json(self.body)

    def _decoded(self, data: bytes) -> str:
        match = _CHARSET.search(self.header("Content-Type") or "")
        encoding = match[1] if match and _TEXT_ENCODINGS.fullmatch(match[1]) else "utf-8"
        try:
            return data.decode(encoding, "replace")
        except LookupError:
            return data.decode("utf-8", "replace")
