"""The regular expressions of users: google-re2, which answers in time linear in the text whatever is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import re2

from greenlight.smoke import templates

MAX_CHARACTERS: Final = 1000

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False  # errors are told with the mistakes of the file, not on stderr

_BEYOND_RE2 = ("(?=", "(?!", "(?<", "escape sequence")


class PatternError(ValueError):
    """When a text is no regular expression that re2 understands."""


@dataclass(frozen=True)
class Pattern:
    """A regular expression that was understood when the suite was loaded.

    Attributes:
        text: As written.
        compiled: What re2 made of it, with samples in the place of templates.
    """

    text: str
    compiled: Any = field(repr=False, compare=False)

    @property
    def groups(self) -> int:
        """Return how many groups it has."""
        return int(self.compiled.groups)

    def filled(self, values: Mapping[str, Any]) -> "Pattern":
        """Fill in the templates; a value stands for itself, whatever special characters it holds.

        Raises:
            UnknownValueError: When a name has no value.
            PatternError: When a value makes it too large for re2.
        """
        text = templates.fill_text(self.text, values, _escaped)
        return self if text == self.text else Pattern(text, _compiled(text))

    def occurs_in(self, text: str) -> bool:
        """Tell whether it matches anywhere in a text."""
        return self.compiled.search(_encoded(text)) is not None

    def __str__(self) -> str:
        return self.text

    def first_group(self, text: str) -> str | None:
        """Return what the first group holds at the first match; None without a match, or when it took no part."""
        match = self.compiled.search(_encoded(text))
        group: bytes | None = None if match is None else match.group(1)
        return None if group is None else group.decode("utf-8", "replace")


def compile_pattern(text: str) -> Pattern:
    """Understand a regular expression, templates and all.

    Raises:
        PatternError: When re2 does not take it, with the reason; also above 1000 characters.
    """
    if len(text) > MAX_CHARACTERS:
        raise PatternError(f"a regular expression has at most {MAX_CHARACTERS} characters, this one has {len(text)}")
    return Pattern(text, _compiled(templates.with_samples(text)))


def _compiled(text: str) -> Any:
    try:
        return re2.compile(_encoded(text), _OPTIONS)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace")
        cure = "; re2 has no look-around and no back-references" if any(c in reason for c in _BEYOND_RE2) else ""
        raise PatternError(f"is no regular expression: {reason}{cure}") from error


def _escaped(value: str) -> str:
    return str(re2.escape(_encoded(value)).decode("utf-8"))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
