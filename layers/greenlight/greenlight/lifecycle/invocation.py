"""One call of ECS, from event to reply."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from greenlight import clock
from greenlight.bounded import Task, TimeIsUpError
from greenlight.deployment import Deployment, DeploymentError
from greenlight.documents import DocumentError
from greenlight.gates import (
    DEFAULT_DEADLINE_SECONDS,
    Configured,
    Gate,
    HookStatus,
    Progress,
    SourceUnavailableError,
    Verdict,
    decide,
    give_up,
    load_gate,
    run_gate,
    wait_for,
)
from greenlight.lifecycle.event import Direction, EventError, HookEvent, parse_event
from greenlight.lifecycle.observability import bind, logger, tell
from greenlight.lifecycle.reporting import Reports, write
from greenlight.lifecycle.state import KEY, WarmMemory, gate_key, restore, store

_EXPIRY_MARGIN_SECONDS = 120.0
_EXPIRY_LOOKUP_SECONDS = 5.0
_memory = WarmMemory()


@dataclass(frozen=True)
class HookSettings:
    """How a function was deployed.

    Attributes:
        stage: The stage that it was deployed for.
        gates: Location of the gates file; empty means the packaged default.
        reports: Where reports go.
    """

    stage: str
    gates: str = ""
    reports: Reports = field(default_factory=Reports)


@dataclass(frozen=True)
class Caller:
    """What Lambda says about this invocation.

    Attributes:
        function_arn: The function, as ECS names it.
        deadline: Monotonic seconds by which the answer has to be made.
    """

    function_arn: str
    deadline: float


def answer(raw: Any, settings: HookSettings, caller: Caller) -> dict[str, Any]:
    """Answer one call of ECS.

    Args:
        raw: The event, as Lambda handed it over.
        settings: How the function was deployed.
        caller: What Lambda says about this invocation.
    """
    started = time.monotonic()
    try:
        event = parse_event(raw)
    except EventError as error:
        verdict = give_up(str(error))
        tell(verdict, gate=None, attempt=1, seconds=time.monotonic() - started)
        return _reply(verdict, _reason_only({}, verdict))
    bind(event)
    if event.direction is Direction.ROLLBACK:
        verdict = Verdict(HookStatus.SUCCEEDED, "the deployment is going back, and nothing stands in its way")
        tell(verdict, gate=None, attempt=1, seconds=time.monotonic() - started)
        return _reply(verdict, _reason_only(event.details, verdict))
    if event.stage != settings.stage:
        logger.warning(
            "called at another stage than the one that this function was deployed for; its gate runs all the same",
            extra={"deployed_for": settings.stage},
        )
    progress = restore(event, _memory, now=clock.now())
    reserve = settings.reports.reserve(caller.deadline - started)
    gate, verdict, progress = _judge(event, settings, replace(caller, deadline=caller.deadline - reserve), progress)
    report = write(settings.reports, event, gate, verdict, attempt=progress.attempt, deadline=caller.deadline)
    tell(verdict, gate=gate, attempt=progress.attempt, seconds=time.monotonic() - started, report=report)
    details = store(event, progress, verdict)
    if verdict.status is HookStatus.IN_PROGRESS:
        _memory.keep(gate_key(event), details[KEY])
    else:
        _memory.forget(gate_key(event))
    return _reply(verdict, details)


def _reply(verdict: Verdict, details: dict[str, Any]) -> dict[str, Any]:
    """Write a verdict in the words of ECS; callBackDelay goes only with IN_PROGRESS."""
    delay = {"callBackDelay": verdict.delay} if verdict.status is HookStatus.IN_PROGRESS else {}
    return {"hookStatus": str(verdict.status), **delay, "hookDetails": details}


def _reason_only(details: Mapping[str, Any], verdict: Verdict) -> dict[str, Any]:
    return {**details, KEY: {"v": 1, "reason": verdict.reason}}


def _judge(
    event: HookEvent, settings: HookSettings, caller: Caller, progress: Progress
) -> tuple[Gate | None, Verdict, Progress]:
    if event.details_problem:
        return None, give_up(event.details_problem), progress
    try:
        loading = Task(lambda: load_gate(_configured(event, settings), event.stage), "gates file")
        gate = loading.result(caller.deadline - time.monotonic())
    except DocumentError as error:
        mistakes = [str(mistake) for mistake in error.mistakes]
        logger.error("the configuration cannot be used", extra={"mistakes": mistakes})
        return None, give_up(f"configuration: {error}"), progress
    except (SourceUnavailableError, TimeIsUpError) as error:
        return None, *_without_gate(error, progress)
    if gate.is_default:
        logger.warning("no gates file is configured; the packaged default applies", extra={"gates": gate.source})
    progress = replace(progress, load_errors=0)
    if progress.fingerprint != gate.fingerprint:
        if progress.fingerprint:
            logger.warning("the gates file changed since the previous invocation; every check is asked again")
        progress = replace(progress, fingerprint=gate.fingerprint, checks={})
    deployment = Deployment(
        event.deployment_arn,
        event.green_arn,
        is_create=event.is_create,
        production_weights=event.production_weights,
    )
    records = run_gate(
        gate, deployment, progress, deadline=caller.deadline, run_id=event.deployment_id, step=event.step
    )
    for record in records:
        if record.error is not None:
            logger.error("a check broke", extra={"check": record.named.name}, exc_info=record.error)
    progress = replace(progress, checks={record.named.name: record.progress for record in records})
    verdict = decide(records, now=clock.now(), deadline=_deadline(gate, progress))
    if verdict.status is HookStatus.IN_PROGRESS and progress.expires_at is None and deployment.asked:
        progress = replace(progress, expires_at=_expiry(deployment, caller))
        verdict = decide(records, now=clock.now(), deadline=_deadline(gate, progress))
    return gate, verdict, progress


def _configured(event: HookEvent, settings: HookSettings) -> Configured:
    gates = event.details.get("gates")
    if gates is not None and gates != "":
        return Configured(gates, "hookDetails.gates")
    return Configured(settings.gates, "the function's GATES")


def _without_gate(error: Exception, progress: Progress) -> tuple[Verdict, Progress]:
    problem = str(error) or "the gates file could not be read in the time of one invocation"
    progress = replace(progress, load_errors=progress.load_errors + 1)
    deadline = progress.since + DEFAULT_DEADLINE_SECONDS
    return wait_for(problem, progress.load_errors, now=clock.now(), deadline=deadline), progress


def _deadline(gate: Gate, progress: Progress) -> float:
    """Return when on_timeout decides: at the gate's deadline, and always before ECS stops waiting for the hook.

    ECS's own time-out may be set to go on with the deployment, which nothing has checked.
    """
    deadline = progress.since + gate.deadline_seconds
    if progress.expires_at is None:
        return deadline
    margin = min(_EXPIRY_MARGIN_SECONDS, max(0.0, progress.expires_at - progress.since) / 4)
    return min(deadline, progress.expires_at - margin)


def _expiry(deployment: Deployment, caller: Caller) -> float | None:
    seconds = min(_EXPIRY_LOOKUP_SECONDS, caller.deadline - time.monotonic())
    try:
        expires_at = Task(lambda: deployment.expires_at(caller.function_arn), "expiry").result(seconds)
    except (DeploymentError, TimeIsUpError) as error:
        logger.warning("could not find out when ECS stops waiting for this hook", extra={"problem": str(error)})
        return None
    return expires_at.timestamp() if expires_at else None
