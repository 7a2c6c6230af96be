"""Something that is to be told, cut to what SNS and EventBridge take."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from greenlight.telling.channels import Level

SOURCE: Final = "greenlight"
"""The source of every event of ours, for EventBridge rules."""

VERSION: Final = 1
"""Of the events' detail; a reader may rely on what it knows of a version, and has to put up with more."""

MAX_SUBJECT: Final = 99
"""https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: ASCII, less than 100 characters, no line breaks."""

MAX_TEXT_BYTES: Final = 200 * 1024
"""SNS takes 256 KB with the attributes: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html."""

MAX_DETAIL_BYTES: Final = 200 * 1024
"""EventBridge takes 256 KB an entry: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html."""

_CUT: Final = "…"
_LENGTHS: Final = (2000, 500, 100, 20)
_FEWEST: Final = 1


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something that is to be told.

    Attributes:
        kind: ``verdict``, ``approval`` or ``deployment``.
        deployment: Identifier of the service deployment.
        service: What people call the service.
        severity: How much it is to people.
        event: Names the event among all of this deployment; the same name for the same event. Empty for none.
        detail_type: EventBridge's detail-type.
        detail: The event.
        resources: ARNs of what it is about.
        message: Names the message among all of this deployment, as ``event`` does. Empty for none.
        subject: The message's subject.
        lines: The message's lines, below the subject.
        comes_again: Whether every poll of a hook comes to tell it, so that it pays to look first whether it is told.
    """

    kind: str
    deployment: str
    service: str
    severity: Level
    detail_type: str
    detail: Mapping[str, Any]
    resources: Sequence[str] = ()
    event: str = ""
    message: str = ""
    subject: str = ""
    lines: Sequence[str] = ()
    comes_again: bool = False


def subject(text: str) -> str:
    """Return a subject that SNS takes."""
    ascii_only = " ".join(text.split()).encode("ascii", "replace").decode()
    printable = "".join(character if character.isprintable() else "?" for character in ascii_only)
    return printable[:MAX_SUBJECT].rstrip() or "Greenlight"


def text(head: str, lines: Sequence[str]) -> str:
    """Return the text of a message: what the subject says in full, and the lines below it."""
    whole = "\n".join([head, "", *lines]).encode("utf-8", "replace")
    if len(whole) <= MAX_TEXT_BYTES:
        return whole.decode()
    return whole[:MAX_TEXT_BYTES].decode("utf-8", "ignore") + f"\n{_CUT} (cut: too long for SNS)"


def detail(values: Mapping[str, Any]) -> str:
    """Return an event's detail as JSON; where it is too long, its texts and then its lists are cut, and it says so."""
    written = _json({"version": VERSION, **values})
    for length in _LENGTHS:
        if len(written.encode()) <= MAX_DETAIL_BYTES:
            return written
        written = _json({"version": VERSION, "cut": True, **_shortened(values, length, None)})
    most = max(_FEWEST, MAX_DETAIL_BYTES // 4096)
    while len(written.encode()) > MAX_DETAIL_BYTES and most > _FEWEST:
        written = _json({"version": VERSION, "cut": True, **_shortened(values, _LENGTHS[-1], most)})
        most //= 2
    return written


def _json(value: Mapping[str, Any]) -> str:
    # NaN is no JSON, and half a surrogate pair is no UTF-8; an event with either would be refused whole.
    written = json.dumps(_finite(value), ensure_ascii=False, default=str, separators=(",", ":"))
    return written.encode("utf-8", "replace").decode()


def _finite(value: Any) -> Any:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124 - NaN
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value


def _shortened(value: Any, length: int, most: int | None) -> Any:
    if isinstance(value, str) and not value.startswith("arn:"):
        return value if len(value) <= length else value[: length - 1] + _CUT
    if isinstance(value, Mapping):
        return {
            key: _shortened(each, length, most) for key, each in list(value.items())[: max(most, 30) if most else None]
        }
    if isinstance(value, list | tuple):
        return [_shortened(each, length, most) for each in value[:most]]
    return value
