"""Which status codes an expectation allows: ``200``, ``2xx``, ``any``, or a list of the first two."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from greenlight.documents import shown
from greenlight.smoke.fields import mistake

_CODES: Final = range(100, 600)
_CLASS = re.compile(r"[1-5]xx")


_CODE: Final = {
    "type": ["integer", "string"],
    "minimum": _CODES[0],
    "maximum": _CODES[-1],
    "errorMessage": "write a status code as 200 or 2xx, a list of them, or any",
}
STATUS_SCHEMA: Final = {
    "anyOf": [
        _CODE | {"pattern": f"^({_CLASS.pattern}|any)$"},
        {"type": "array", "minItems": 1, "items": _CODE | {"pattern": f"^{_CLASS.pattern}$"}},
    ]
}
"""The same as a JSON Schema, for editors."""


@dataclass(frozen=True)
class StatusRule:
    """Status codes that are as they should be.

    Attributes:
        text: As written.
        codes: All that are allowed; None for any at all.
    """

    text: str
    codes: frozenset[int] | None = field(repr=False)

    def allows(self, status: int) -> bool:
        """Tell whether a reply may have this status code."""
        return self.codes is None or status in self.codes


def parse_status(value: Any) -> StatusRule:
    """Understand what stands at ``status``.

    Raises:
        PydanticCustomError: When it is no status code, class or list of them.
    """
    if value == "any":
        return StatusRule("any", None)
    parts = value if isinstance(value, list) else [value]
    if not parts:
        raise mistake("names no status code")
    codes = frozenset(code for part in parts for code in _codes(part))
    return StatusRule(" or ".join(str(part) for part in parts), codes)


def _codes(part: Any) -> range:
    if isinstance(part, int) and part in _CODES and not isinstance(part, bool):
        return range(part, part + 1)
    if isinstance(part, str) and _CLASS.fullmatch(part):
        first = int(part[0]) * 100
        return range(first, first + 100)
    cure = "; leave out the quotes" if isinstance(part, str) and part.isdecimal() else ""
    raise mistake(f"has to be a status code as 200 or 2xx, a list of them, or any, found {shown(part)}{cure}")


SUCCESS: Final = parse_status("2xx")
"""What is expected where nothing is said."""

REDIRECT: Final = parse_status("3xx")
"""What is expected where a redirect is, and nothing else is said."""
