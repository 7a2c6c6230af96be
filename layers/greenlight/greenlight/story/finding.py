"""One thing that went wrong, ready to be told."""

from dataclasses import dataclass

from greenlight.story.model import Cause


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A cause, in the words of the story.

    Attributes:
        cause: Which.
        what: What happened, as the end of a sentence: ``by Greenlight at PRE_SCALE_UP: images failed``.
        lines: Label and text of what there is to know besides.
        todo: What to do next.
        missing: What would have told more.
    """

    cause: Cause
    what: str
    lines: tuple[tuple[str, str], ...] = ()
    todo: str = ""
    missing: str = ""
