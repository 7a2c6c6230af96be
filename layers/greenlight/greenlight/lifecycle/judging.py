"""From an event to a verdict: the gates file is read, the gate is asked, and the times that bound it are kept."""

import time
from collections.abc import Sequence
from dataclasses import replace

from greenlight import clock
from greenlight.bounded import Task, TimeIsUpError
from greenlight.checks import Outcome
from greenlight.deployment import Deployment, DeploymentError
from greenlight.documents import DocumentError
from greenlight.gates import (
    DEFAULT_DEADLINE_SECONDS,
    Around,
    Gate,
    HookStatus,
    Progress,
    Record,
    SourceUnavailableError,
    Verdict,
    decide,
    give_up,
    load_gate,
    run_gate,
    wait_for,
)
from greenlight.lifecycle.calling import Caller, HookSettings, configured, deployment_of
from greenlight.lifecycle.event import HookEvent
from greenlight.lifecycle.observability import logger

_EXPIRY_MARGIN_SECONDS = 120.0
_EXPIRY_LOOKUP_SECONDS = 5.0
_LONG = frozenset({"approval", "traffic_steps"})
"""Kinds that take longer than a gate's deadline, so that they have to know how long ECS waits."""


def judge(
    event: HookEvent, settings: HookSettings, caller: Caller, progress: Progress
) -> tuple[Gate | None, Verdict, Progress]:
    """Ask the gate of an event, and make the verdict.

    Args:
        event: What ECS asked.
        settings: How the function was deployed.
        caller: What Lambda says about this invocation.
        progress: Where the gate stood.
    """
    if event.details_problem:
        return None, give_up(event.details_problem), progress
    try:
        loading = Task(lambda: load_gate(configured(event, settings), event.stage), "gates file")
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
    return gate, *_ask(gate, event, settings, caller, progress)


def _ask(
    gate: Gate, event: HookEvent, settings: HookSettings, caller: Caller, progress: Progress
) -> tuple[Verdict, Progress]:
    deployment = deployment_of(event)
    if progress.expires_at is None and any(named.check.kind in _LONG for named in gate.checks):
        progress = replace(progress, expires_at=_expiry(deployment, caller))
    around = Around(
        service=gate.service or event.service_name,
        record=settings.record,
        hook_expires_at=progress.expires_at,
        over=clock.now() >= _deadline(gate, progress),
    )
    records = run_gate(
        gate,
        deployment,
        progress,
        deadline=caller.deadline,
        run_id=event.deployment_id,
        step=event.step,
        around=around,
    )
    for record in records:
        if record.error is not None:
            logger.error("a check broke", extra={"check": record.named.name}, exc_info=record.error)
    progress = replace(
        progress,
        checks={record.named.name: record.progress for record in records},
        shifted=_is_shifted(records, before=progress.shifted),
    )
    verdict = decide(records, now=clock.now(), deadline=_deadline(gate, progress))
    if verdict.status is HookStatus.IN_PROGRESS and progress.expires_at is None and deployment.asked:
        progress = replace(progress, expires_at=_expiry(deployment, caller))
        verdict = decide(records, now=clock.now(), deadline=_deadline(gate, progress))
    return verdict, progress


def _is_shifted(records: Sequence[Record], *, before: bool) -> bool:
    """Tell whether production traffic may be moved: a check that moves it says so before it does, and when it moved it back.

    One that broke, or was cut off, may have moved it without a word; and one that says nothing, because its turn has not come
    again, changes nothing about what was.
    """
    movers = [record for record in records if getattr(record.named.check, "moves_traffic", False)]
    return any(_may_have_moved(record, before=before) for record in movers) if movers else before


def _may_have_moved(record: Record, *, before: bool) -> bool:
    said = record.progress.memory.get("shifted")
    if said is not None:
        return bool(said)
    return before or (record.fresh and record.result.outcome in {Outcome.ERROR, Outcome.FAILED})


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
