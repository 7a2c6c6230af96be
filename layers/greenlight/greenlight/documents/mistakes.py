"""What is wrong with a document: every mistake, each with its place and its cure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_SHOWN_MISTAKES = 10
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Mistake:
    """One thing to mend in a document.

    Attributes:
        place: Document, line and path, as in ``gates.yaml:12 pre_scale_up.smoke``.
        text: What was found, what is allowed, what to write instead.
    """

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class DocumentError(Exception):
    """When a document cannot be used as it stands; it carries every mistake that was found."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(self.mistakes)

    def __str__(self) -> str:
        lines = [str(mistake) for mistake in self.mistakes[:_SHOWN_MISTAKES]]
        left = len(self.mistakes) - _SHOWN_MISTAKES
        if left > 0:
            lines.append(f"and {left} more")
        return "; ".join(lines)


def shown(value: Any) -> str:
    """Write a value as it stands in a document, cut to what fits in a message."""
    # Half a surrogate pair, which JSON may carry, could be written nowhere.
    text = json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
