"""The life of external work: started once, asked how it stands, stopped when it takes too long."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from greenlight import aws, clock
from greenlight.checks.base import CheckContext, CheckSettings
from greenlight.checks.external.work import NotYetError, Run, State, UnfitError, Work, run_of
from greenlight.checks.moments import span
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.checks.trouble import trouble
from greenlight.deployment import DeploymentError
from greenlight.documents import Duration, duration_text

MAX_TRIES: Final = 3
"""How often work is started that ends before anything of it was done."""

_LONGEST_SECONDS: Final = 24 * 60 * 60.0
_FIRST_WAIT_SECONDS, _LAST_WAIT_SECONDS = 10.0, 60.0
_WAIT_SHARE: Final = 4
_MAX_ID: Final = 100
_COMMON: Final = frozenset({*CheckSettings.model_fields, "timeout"})

# Codes by which services say that there is too much to do just now, or that IAM has not spread yet.
_PASSING: Final = frozenset(
    {
        "AccountLimitExceededException",
        "ExecutionLimitExceeded",
        "KmsAccessDeniedException",
        "KmsThrottlingException",
        "ResourceConflictException",
        "ResourceNotReadyException",
        "SnapStartNotReadyException",
    }
)


def aws_trouble(error: aws.AwsError) -> CheckResult:
    """Turn an error of AWS into an answer; what says that it may be different soon is no failure."""
    result = trouble(error)
    return replace(result, outcome=Outcome.ERROR) if error.code in _PASSING else result


def _timeout(seconds: float) -> float:
    if not 1 <= seconds <= _LONGEST_SECONDS:
        problem = "has to be from 1s to 24h, because no stage of ECS lasts longer; found {found}"
        raise PydanticCustomError("greenlight", problem, {"found": duration_text(seconds)})
    return seconds


class ExternalSettings(CheckSettings):
    """The keys that every check takes that leaves its work to another service.

    Attributes:
        timeout: Seconds after which the work is stopped, and the check fails.
    """

    timeout: Annotated[Duration, AfterValidator(_timeout)] = 25 * 60.0


@dataclass(frozen=True)
class Memory:
    """What is remembered from one invocation to the next; all of it may get lost.

    Attributes:
        id: What finds the work again; None where it has to be looked for.
        since: When it was started, in seconds since the epoch; None where that is not known.
        tries: How many runs ended before anything was done.
    """

    id: str | None = None
    since: float | None = None
    tries: int = 0

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        """Take what makes sense; it travelled through ECS."""
        found, tries = raw.get("id"), raw.get("tries")
        return cls(
            id=found if isinstance(found, str) and 0 < len(found) <= _MAX_ID else None,
            since=moment(raw.get("since")),
            tries=tries if type(tries) is int and 0 < tries < MAX_TRIES else 0,
        )

    def write(self) -> dict[str, Any]:
        """Return it as JSON values."""
        since = None if self.since is None else int(self.since)
        told = {"id": self.id, "since": since, "tries": self.tries}
        return {key: value for key, value in told.items() if value}


def moment(value: Any) -> float | None:
    """Take a moment that was remembered, in seconds since the epoch; None where it makes no sense."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= clock.now() else None


@dataclass(frozen=True)
class ExternalCheck(ABC):
    """A check whose work another service does."""

    kind: ClassVar[str]
    settings: ExternalSettings

    @abstractmethod
    def start(self, run: Run) -> Work:
        """Return the run's work: what was started for it before, or else what is started now.

        Raises:
            AwsError: When AWS does not answer.
            DeploymentError: When something about the deployment is not known.
            NotYetError: When the service did not take it, or does not show it yet.
            UnfitError: When the settings name something that can never do it.
        """

    @abstractmethod
    def look(self, run: Run, remembered: str) -> Work | None:
        """Return how the remembered work stands; None where it is not the run's.

        Raises:
            AwsError: When AWS does not answer.
            DeploymentError: When something about the deployment is not known.
        """

    @abstractmethod
    def stop(self, run: Run, work: Work, reason: str) -> None:
        """Stop the work.

        Raises:
            AwsError: When that cannot be done.
        """

    @property
    def name(self) -> str:
        """Return what people call the check."""
        return self.settings.name or self.kind

    def skip_on_create(self) -> str | None:
        """Never: external work makes sense for a new service as well."""
        return None

    def run(self, context: CheckContext) -> CheckResult:
        """Start the work, or ask how it stands; trouble on the way to an answer is an error, never a failure."""
        memory = Memory.read(context.memory)
        run = run_of(context, self.name, work_settings(self.kind, self.settings), memory.tries)
        try:
            work = None if memory.id is None else self.look(run, memory.id)
            if work is not None:
                return self._result(run, work, memory)
            # When the remembered work was started says nothing about any other.
            return self._result(run, self.start(run), Memory(tries=memory.tries))
        except aws.AwsError as error:
            result = aws_trouble(error)
        except DeploymentError as error:
            result = CheckResult(Outcome.ERROR if error.transient else Outcome.FAILED, str(error))
        except NotYetError as error:
            result = CheckResult(Outcome.ERROR, str(error))
        except UnfitError as error:
            result = CheckResult(Outcome.FAILED, str(error))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            result = CheckResult(Outcome.ERROR, f"AWS's reply makes no sense ({type(error).__name__}: {error})")
        return replace(result, memory=memory.write())

    def _result(self, run: Run, work: Work, memory: Memory) -> CheckResult:
        since = _since(work, memory)
        ended = work.ended.timestamp() if work.ended else clock.now()
        seconds = max(0.0, ended - (work.started.timestamp() if work.started and work.ended else since))
        details = _details(work, seconds)
        keep = Memory(work.id, since, memory.tries).write()
        match work.state:
            case State.SUCCEEDED:
                return CheckResult(Outcome.PASSED, f"{work.what} succeeded in {span(seconds)}", details=details)
            case State.FAILED:
                why = f": {work.why}" if work.why else ""
                return CheckResult(
                    Outcome.FAILED, f"{work.what} {work.said} after {span(seconds)}{why}", details=details
                )
            case State.NOT_BEGUN:
                return self._not_begun(work, details, memory)
            case State.BROKEN:
                end = "it is not started anew, because a part of it may be done"
                return CheckResult(Outcome.ERROR, f"{work.what} {work.said}: {work.why}; {end}", None, details, keep)
        if seconds >= self.settings.timeout:
            return self._stopped(run, work, seconds, details)
        left = self.settings.timeout - seconds
        wait = min(max(_FIRST_WAIT_SECONDS, seconds / _WAIT_SHARE), _LAST_WAIT_SECONDS, left)
        summary = f"{work.what} {_at_work(seconds)} ({work.status})"
        return CheckResult(Outcome.INCONCLUSIVE, summary, wait, details, keep)

    def _not_begun(self, work: Work, details: Mapping[str, Any], memory: Memory) -> CheckResult:
        """Start work anew that ended before anything was done, as a run of its own: two invocations come to the same."""
        tries = memory.tries + 1
        if tries < MAX_TRIES:
            end, keep = f"try {tries} of {MAX_TRIES}, it is started anew", Memory(tries=tries)
        else:
            end, keep = f"try {tries} of {MAX_TRIES}, the last one", Memory(work.id, memory.since, memory.tries)
        summary = f"{work.what} {work.said}: {work.why} ({end})"
        return CheckResult(Outcome.ERROR, summary, details=details, memory=keep.write())

    def _stopped(self, run: Run, work: Work, seconds: float, details: Mapping[str, Any]) -> CheckResult:
        limit = duration_text(self.settings.timeout)
        try:
            self.stop(run, work, f"Greenlight: the check {self.name} has a timeout of {limit}")
        except aws.AwsError as error:
            end = f"it could not be stopped: {error}"
        else:
            end = "it was stopped; make it faster, or raise the timeout"
        summary = f"{work.what} was at work for {span(seconds)}, longer than its timeout of {limit}; {end}"
        return CheckResult(Outcome.FAILED, summary, details=details)


def work_settings(kind: str, settings: ExternalSettings) -> dict[str, Any]:
    """Return the settings that say what is to be done; what is done when they change is other work."""
    return {"kind": kind} | settings.model_dump(mode="json", exclude=set(_COMMON))


def _at_work(seconds: float) -> str:
    return "was started" if seconds < 1 else f"has been at work for {span(seconds)}"


def _since(work: Work, memory: Memory) -> float:
    """Return when the work was started, by the clock that measures the timeout."""
    now = clock.now()
    if memory.since is not None:
        return memory.since
    return now if work.started is None else min(now, work.started.timestamp())


def _details(work: Work, seconds: float) -> dict[str, Any]:
    started = {} if work.started is None else {"started": work.started.astimezone(UTC).isoformat(timespec="seconds")}
    told = {"id": work.id, "status": work.status, **started, "seconds": round(seconds), **work.details}
    return {key: value for key, value in told.items() if value is not None}
