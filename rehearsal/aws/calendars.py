"""What moto lacks of Systems Manager's change calendars: documents in iCalendar text, and GetCalendarState.

The operations are set on moto's own response class, so that other extensions of Systems Manager add theirs beside. The
calendars live on moto's backend, so that moto's reset empties them too.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ssm.exceptions import (
    DocumentAlreadyExists,
    InvalidDocument,
    InvalidDocumentContent,
    SSMException,
)
from moto.ssm.models import SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

__all__ = ["extend_moto"]

_Operation = Callable[[SimpleSystemManagerResponse], ActionResult]
_moto_creates: _Operation = SimpleSystemManagerResponse.create_document
_moto_updates: _Operation = SimpleSystemManagerResponse.update_document
_moto_deletes: _Operation = SimpleSystemManagerResponse.delete_document

_FOLDED = re.compile(r"\r?\n[ \t]")  # RFC 5545, 3.1
_DEFAULT_OPEN = "DEFAULT_OPEN"


@dataclass(frozen=True)
class _Calendar:
    """A change calendar: https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-change-calendar.html."""

    content: str
    is_open: bool
    events: tuple[tuple[float, float], ...]

    def open_at(self, moment: float) -> bool:
        """Tell whether changes may be made: events are exceptions from what holds by default."""
        return self.is_open != any(begin <= moment < end for begin, end in self.events)


def extend_moto() -> None:
    """Let moto answer Systems Manager calls with the operations of this module. Doing it again changes nothing."""
    for name, operation in _OPERATIONS.items():
        setattr(SimpleSystemManagerResponse, name, operation)


def _create_document(response: SimpleSystemManagerResponse) -> ActionResult:
    if _parameter(response, "DocumentType") != "ChangeCalendar":
        return _moto_creates(response)
    calendars, name = _calendars(response.ssm_backend), _parameter(response, "Name")
    if name in calendars:
        raise DocumentAlreadyExists("The specified document already exists.")
    calendars[name] = _read(_parameter(response, "Content"))
    return ActionResult({"DocumentDescription": _description(name)})


def _update_document(response: SimpleSystemManagerResponse) -> ActionResult:
    calendars, name = _calendars(response.ssm_backend), _parameter(response, "Name")
    if name not in calendars:
        return _moto_updates(response)
    calendars[name] = _read(_parameter(response, "Content"))
    return ActionResult({"DocumentDescription": _description(name)})


def _delete_document(response: SimpleSystemManagerResponse) -> ActionResult:
    if _calendars(response.ssm_backend).pop(_parameter(response, "Name"), None) is None:
        return _moto_deletes(response)
    return EmptyResult()


def _get_calendar_state(response: SimpleSystemManagerResponse) -> ActionResult:
    calendars = [_find(response.ssm_backend, name) for name in _parameter(response, "CalendarNames")]
    asked = _parameter(response, "AtTime")
    at = datetime.fromisoformat(asked).timestamp() if asked else time.time()

    def all_open(moment: float) -> bool:
        return all(calendar.open_at(moment) for calendar in calendars)

    edges = sorted({edge for calendar in calendars for event in calendar.events for edge in event if edge > at})
    following = next((edge for edge in edges if all_open(edge) != all_open(at)), None)
    return ActionResult(
        {
            "State": "OPEN" if all_open(at) else "CLOSED",
            "AtTime": _text(at),
            "NextTransitionTime": None if following is None else _text(following),
        }
    )


def _parameter(response: SimpleSystemManagerResponse, name: str) -> Any:
    return response._get_param(name)  # noqa: SLF001 - as its subclasses do


def _calendars(backend: SimpleSystemManagerBackend) -> dict[str, _Calendar]:
    calendars: dict[str, _Calendar] = vars(backend).setdefault("greenlight_calendars", {})
    return calendars


def _find(backend: SimpleSystemManagerBackend, name: str) -> _Calendar:
    calendars, own = _calendars(backend), f":{backend.region_name}:{backend.account_id}:document/"
    short = name.partition(own)[2] if name.startswith("arn:") else name
    if short in backend._documents:  # noqa: SLF001 - moto has no other way to ask
        raise SSMException("InvalidDocumentType", "The SSM document type isn't valid.")
    if short not in calendars:
        raise InvalidDocument("The specified SSM document doesn't exist.")
    return calendars[short]


def _read(content: str) -> _Calendar:
    lines = _FOLDED.sub("", content).splitlines()
    if not lines or lines[0] != "BEGIN:VCALENDAR" or lines[-1] != "END:VCALENDAR":
        raise InvalidDocumentContent("The content for the document is not valid.")
    default, events = _DEFAULT_OPEN, []
    begin: float | None = None
    for line in lines:
        name, _, value = line.partition(":")
        match name.partition(";")[0]:
            case "X-CALENDAR-TYPE":
                default = value
            case "DTSTART":
                begin = _moment(line)
            case "DTEND" if begin is not None:
                events.append((begin, _moment(line)))
            case "RRULE":
                raise SSMException("UnsupportedCalendarException", "The rehearsal knows no events that recur.")
    return _Calendar(content, default == _DEFAULT_OPEN, tuple(events))


def _moment(line: str) -> float:
    try:
        return datetime.strptime(line.partition(":")[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        told = f"The rehearsal knows times in UTC alone, as DTSTART:20261220T000000Z, found {line}."
        raise SSMException("UnsupportedCalendarException", told) from error


def _text(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _description(name: str) -> dict[str, str]:
    return {"Name": name, "DocumentType": "ChangeCalendar", "DocumentFormat": "TEXT", "Status": "Active"}


_OPERATIONS: dict[str, _Operation] = {
    "create_document": _create_document,
    "update_document": _update_document,
    "delete_document": _delete_document,
    "get_calendar_state": _get_calendar_state,
}
