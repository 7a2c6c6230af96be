"""The ``calendar`` check: the change calendars of AWS Systems Manager are open.

https://docs.aws.amazon.com/systems-manager/latest/userguide/change-calendar-getstate.html
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from greenlight import aws, clock
from greenlight.checks.base import CheckContext, CheckSettings, Files
from greenlight.checks.moments import span, utc
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.checks.trouble import trouble
from greenlight.documents import shown

MAX_CALENDARS: Final = 10
_LONGEST_WAIT_SECONDS: Final = 300.0
"""Somebody may open a calendar earlier than it says."""

_LONGEST_CALL_SECONDS: Final = aws.MAX_ATTEMPTS * (aws.CONNECT_TIMEOUT_SECONDS + aws.READ_TIMEOUT_SECONDS)
# botocore's model of SSM, DocumentName, and what stands before it in an ARN.
_NAME: Final = re.compile(r"(arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:document/)?[a-zA-Z0-9_\-.]{3,128}")
_NO_CALENDAR: Final = frozenset({"InvalidDocument", "InvalidDocumentType", "UnsupportedCalendarException"})
_NO_CALENDAR_CURE: Final = (
    "name a change calendar of this account and Region, or give the ARN of one that another account shares"
)


def _name(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        problem = (
            f"is no change calendar: {shown(name)}; write its name, or arn:aws:ssm:REGION:ACCOUNT:document/NAME where "
            "another account shares it"
        )
        raise PydanticCustomError("greenlight", "{problem}", {"problem": problem})
    return name


_CalendarName = Annotated[str, AfterValidator(_name)]


class CalendarSettings(CheckSettings):
    """What a gates file says of a calendar check.

    Attributes:
        names: Change calendars by name or ARN; all of them have to be open.
        when_closed: ``wait`` asks again until they open, or the gate's deadline comes.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "calendar": "write `names`, a list",
        "calendars": "write `names`",
        "calendar_names": "write `names`",
        "arn": "write `names`, a list; it takes ARNs too",
        "arns": "write `names`; it takes ARNs too",
        "when_frozen": "write `when_closed`",
    }

    names: list[_CalendarName] = Field(min_length=1, max_length=MAX_CALENDARS)
    when_closed: Literal["fail", "wait"] = "fail"


class CalendarReplyError(Exception):
    """When the reply cannot be what Systems Manager says of a calendar."""


@dataclass(frozen=True)
class _State:
    """What Systems Manager says of one calendar, or of several together.

    Attributes:
        open: Whether changes may be made.
        at: The moment that this is said of, in seconds since the epoch.
        changes_at: When it will be different; None where no change is planned.
    """

    open: bool
    at: float
    changes_at: float | None

    def change(self, what: str) -> str:
        """Say when it changes."""
        if self.changes_at is None:
            return f"no time is known at which it {what}"
        return f"it {what} at {utc(self.changes_at)}, in {span(self.changes_at - self.at)}"


@dataclass(frozen=True)
class CalendarCheck:
    """Change calendars by name, ready to be asked for."""

    kind: ClassVar[str] = "calendar"
    settings: CalendarSettings

    def skip_on_create(self) -> str | None:
        """Never: a new service is a change like any other."""
        return None

    def run(self, context: CheckContext) -> CheckResult:
        """Ask whether all calendars are open."""
        names = list(dict.fromkeys(self.settings.names))
        try:
            state = _ask(names)
        except aws.AwsError as error:
            return _trouble(error, names)
        except CalendarReplyError as error:
            return CheckResult(Outcome.ERROR, f"{_called(names)}: {error}")
        if state.open:
            verb = "is" if len(names) == 1 else "are"
            closing = state.change("closes") if len(names) == 1 else state.change("changes")
            summary = f"{_called(names)} {verb} OPEN; {closing}"
            return CheckResult(Outcome.PASSED, summary, details=_details(names, state))
        return self._closed(names, state, context.deadline)

    def _closed(self, names: Sequence[str], state: _State, deadline: float) -> CheckResult:
        closed = {names[0]: state} if len(names) == 1 else _closed_ones(names, deadline)
        summary = _told(names, closed, state)
        details = _details(names, state, closed)
        if self.settings.when_closed == "fail":
            cure = "deploy again then, or have it opened"
            return CheckResult(Outcome.FAILED, f"{summary}; {cure}", details=details)
        left = _LONGEST_WAIT_SECONDS if state.changes_at is None else state.changes_at - state.at
        return CheckResult(
            Outcome.INCONCLUSIVE,
            f"{summary}; it is waited for, until the gate's deadline",
            retry_after=min(max(left, 0.0), _LONGEST_WAIT_SECONDS),
            details=details,
        )


def prepare_calendar(settings: CheckSettings, stage: str, files: Files) -> CalendarCheck:  # noqa: ARG001 - see Prepare
    """Make a calendar check; its settings were checked when the file was read."""
    if not isinstance(settings, CalendarSettings):
        raise TypeError(settings)
    return CalendarCheck(settings)


def _ask(names: Sequence[str]) -> _State:
    reply = aws.call("ssm", "get_calendar_state", CalendarNames=list(names))
    state = reply.get("State")
    if not isinstance(state, str) or state not in {"OPEN", "CLOSED"}:
        raise CalendarReplyError(f"ssm:GetCalendarState's reply makes no sense: its State is {shown(state)}")
    at = _moment(reply.get("AtTime"))
    return _State(state == "OPEN", clock.now() if at is None else at, _moment(reply.get("NextTransitionTime")))


def _moment(text: Any) -> float | None:
    """Read an ISO 8601 time, in seconds since the epoch; None for what is none."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _closed_ones(names: Sequence[str], deadline: float) -> dict[str, _State]:
    """Find out which of several calendars are closed, as long as there is time to ask; the answer stands without."""
    closed = {}
    try:
        for name in names:
            if time.monotonic() + _LONGEST_CALL_SECONDS > deadline:
                return {}
            state = _ask([name])
            if not state.open:
                closed[name] = state
    except (aws.AwsError, CalendarReplyError):
        return {}
    return closed


def _trouble(error: aws.AwsError, names: Sequence[str]) -> CheckResult:
    result = trouble(error, _called(names))
    cure = f"; {_NO_CALENDAR_CURE}" if error.code in _NO_CALENDAR else ""
    return replace(result, summary=result.summary + cure)


def _told(names: Sequence[str], closed: Mapping[str, _State], together: _State) -> str:
    if len(names) == 1:
        return f"{_called(names)} is CLOSED, expected OPEN; {together.change('opens')}"
    if not closed:
        return f"one of the {_called(names)} is CLOSED, expected all OPEN; {together.change('changes')}"
    listed = "; ".join(f'"{name}": {state.change("opens")}' for name, state in closed.items())
    return f"{len(closed)} of {len(names)} change calendars CLOSED, expected all OPEN: {listed}"


def _called(names: Sequence[str]) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    return f"change calendar{'s' if len(names) > 1 else ''} {listed}"


def _details(names: Sequence[str], state: _State, closed: Mapping[str, _State] | None = None) -> dict[str, Any]:
    changes_at = None if state.changes_at is None else datetime.fromtimestamp(state.changes_at, UTC).isoformat()
    return {
        "calendars": list(names),
        "state": "OPEN" if state.open else "CLOSED",
        "changes_at": changes_at,
        **({} if closed is None else {"closed": list(closed)}),
    }
