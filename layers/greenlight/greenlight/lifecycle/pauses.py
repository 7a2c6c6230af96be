"""PAUSE hooks of ECS: people are asked once a deployment, and what they decided answers every later step.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html: at each step of a canary or linear shift
the hook waits anew, with a new identifier. The record's entry ``pause`` is the question; where a deployment has a pause besides,
that gets ``pause-HOOK``. ``greenlight approve`` writes the decision there once ECS has taken it.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from greenlight import aws, clock
from greenlight.checks import CheckContext, Finding, Outcome
from greenlight.checks.approval.evidence import gather
from greenlight.deployment import Deployment, DeploymentError
from greenlight.lifecycle import ecs_events
from greenlight.lifecycle.ecs_events import EcsEvent
from greenlight.lifecycle.following import EventSettings, Followed, UntoldError, described
from greenlight.lifecycle.observability import logger
from greenlight.record import Approval, ApprovalState, Decision, DecisionRefusedError, Table, Waited, approvals
from greenlight.record.approvals import OTHERWISE
from greenlight.telling import approval_asked, approval_decided

NAME: Final = "pause"
SOMEBODY: Final = "somebody, at ECS itself"
"""Who decided where the record was not told: CloudTrail's event ContinueServiceDeployment has the name."""

_VIA: Final = "ecs"
_AWAITING: Final = "AWAITING_ACTION"
_PAUSE: Final = "PAUSE"
_HOOK: Final = "hook_id"
_LONGEST_SECONDS: Final = 14 * 24 * 60 * 60.0
"""A PAUSE hook waits no longer: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html."""

WAITS_FOR_RECORD: Final = (1.0, 2.0, 4.0)
"""Seconds between looks: whoever decides with ``greenlight approve`` tells ECS first, and then the record."""


def deal_with_pause(event: EcsEvent, found: Followed, settings: EventSettings, *, deadline: float) -> None:
    """Do what an event of a PAUSE hook asks for.

    Args:
        event: The event.
        found: The deployment.
        settings: How the function was deployed.
        deadline: Monotonic seconds by which it has to be done.

    Raises:
        AwsError: When AWS did not answer.
        UntoldError: When people could not be told.
    """
    if event.name == ecs_events.HOOK_AWAITS:
        if not _waits(found.ecs, event.hook_id):
            logger.info("the PAUSE hook does not wait any more", extra={"hook": event.hook_id})
            return
        earlier = _decided(event, found, settings, deadline=deadline)
        if earlier is not None:
            _answer(event, found, approves=earlier.state is ApprovalState.APPROVED)
        else:
            _ask(event, found, settings, deadline=deadline)
    elif settings.record is not None:
        _note(event, found, settings, settings.record, deadline=deadline)


def _waits(ecs: Mapping[str, Any], hook_id: str) -> bool:
    hooks = ecs.get("lifecycleHookDetails") or ()
    return any(each.get("hookId") == hook_id and each.get("status") == _AWAITING for each in hooks)


def _goes_on(ecs: Mapping[str, Any], hook_id: str) -> bool:
    """Tell whether ECS goes on with the deployment where nobody answers a hook."""
    hooks = ecs.get("lifecycleHookDetails") or ()
    return any(each.get("hookId") == hook_id and each.get("timeoutAction") == "CONTINUE" for each in hooks)


def _is_about(approval: Approval, hook_id: str) -> bool:
    is_pause = approval.name == NAME or approval.name.startswith(f"{NAME}-")
    return is_pause and approval.evidence.get(_HOOK, hook_id) == hook_id


def _decided(event: EcsEvent, found: Followed, settings: EventSettings, *, deadline: float) -> Approval | None:
    """Return the decision that answers a hook unasked: about this revision, and made at an earlier step of the same stage.

    Where a service has several PAUSE hooks at a stage, nobody can tell a later step of the one from the first of another, and
    each is asked about. So is one that people were asked about already.
    """
    if _pauses_at(found.ecs, event.stage) > 1 or any(
        each.name == f"{NAME}-{event.hook_id}" for each in found.approvals
    ):
        return None
    asked = next((each for each in found.approvals if each.name == NAME), None)
    if asked is None or (asked.green, asked.stage) != (found.green, event.stage):
        return None
    earlier = str(asked.evidence.get(_HOOK, event.hook_id))
    if (
        asked.state is ApprovalState.OPEN
        and settings.record
        and earlier != event.hook_id
        and not _waits(found.ecs, earlier)
    ):
        # ECS goes on, so that somebody has decided; the record is about to hear of it.
        asked = _until_decided(settings.record, asked, deadline=deadline) or asked
    return asked if asked.state in {ApprovalState.APPROVED, ApprovalState.REJECTED} else None


def _pauses_at(ecs: Mapping[str, Any], stage: str) -> int:
    """Return how many PAUSE hooks the service has at a stage."""
    registered = (ecs.get("deploymentConfiguration") or {}).get("lifecycleHooks") or ()
    return sum(each.get("targetType") == _PAUSE and stage in (each.get("lifecycleStages") or ()) for each in registered)


def _answer(event: EcsEvent, found: Followed, *, approves: bool) -> None:
    action = "CONTINUE" if approves else "ROLLBACK"
    facts = {"hook": event.hook_id, "action": action}
    try:
        aws.call(
            "ecs",
            "continue_service_deployment",
            serviceDeploymentArn=found.arn,
            hookId=event.hook_id,
            action=action,
        )
    except aws.AwsRefusedError:
        # Another invocation, or a person, was faster.
        if any(_waits(record, event.hook_id) for record in described([found.arn])):
            raise
        logger.info("the PAUSE hook does not wait any more", extra=facts)
        return
    logger.info("a PAUSE hook was answered as people decided at an earlier step", extra=facts)


def _ask(event: EcsEvent, found: Followed, settings: EventSettings, *, deadline: float) -> None:
    question = Approval(
        deployment=found.id,
        name=NAME,
        deployment_arn=found.arn,
        service=found.service,
        green=found.green,
        stage=event.stage,
        requested_at=clock.now(),
        expires_at=event.expires_at or clock.now() + _LONGEST_SECONDS,
        evidence={
            _HOOK: event.hook_id,
            **_evidence(event, found, deadline=deadline),
            **({OTHERWISE: "goes on"} if _goes_on(found.ecs, event.hook_id) else {}),
        },
    )
    asked = _recorded(settings.record, question, event.hook_id) if settings.record else question
    report = next((entry.report for entry in reversed(found.verdicts) if entry.report), "")
    told = approval_asked(
        settings.channels,
        settings.record,
        asked,
        report=report,
        commands=commands(asked, event.hook_id, settings.record),
        deadline=deadline,
    )
    if not told:
        raise UntoldError(f"nobody could be asked about PAUSE hook {event.hook_id} of deployment {found.id}")
    logger.info("people are asked at a PAUSE hook", extra={"hook": event.hook_id, "question": asked.name})


def _recorded(table: Table, question: Approval, hook_id: str) -> Approval:
    """Write the question down, or return it where that was done before; another hook's is another question."""
    for name in (NAME, f"{NAME}-{hook_id}"):
        values = {key: getattr(question, key) for key in question.__dataclass_fields__}
        asked, _ = approvals.request(table, Approval(**{**values, "name": name}))
        if _is_about(asked, hook_id):
            break
    return asked


def _evidence(event: EcsEvent, found: Followed, *, deadline: float) -> dict[str, Any]:
    """Put together what people are shown; what ECS does not say does not keep them from being asked."""
    latest = {entry.gate: entry for entry in found.verdicts}
    findings = [
        Finding(check.name, check.kind, Outcome(check.outcome), check.summary, check.blocking)
        for entry in latest.values()
        for check in entry.checks
        if check.outcome in set(Outcome)
    ]
    context = CheckContext(
        stage=event.stage,
        deployment=Deployment(found.arn, found.green),
        deadline=deadline,
        run_id=found.id,
        memory={},
        service=found.service,
        findings=findings,
    )
    try:
        return gather(context, None)
    except DeploymentError as error:
        logger.warning("people cannot be told what changes", extra={"problem": str(error)})
        return {"changes": [f"not known: {error}"]}


def commands(asked: Approval, hook_id: str, table: Table | None) -> list[str]:
    """Return what a person may run to answer: Greenlight's commands, and the AWS CLI's.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/continue-service-deployment.html
    """
    region = asked.deployment_arn.split(":")[3]
    place = f" --table {table.name}" if table else ""
    which = "" if asked.name == NAME else f" --name {asked.name}"
    greenlight = [
        f'greenlight {verb} {asked.deployment_arn}{which}{place} --region {region} --comment "why"'
        for verb in ("approve", "reject")
    ]
    by_hand = [
        f"aws ecs continue-service-deployment --region {region} --service-deployment-arn {asked.deployment_arn} "
        f"--hook-id {hook_id} --action {action}"
        for action in ("CONTINUE", "ROLLBACK")
    ]
    return [*greenlight, *by_hand]


def _note(event: EcsEvent, found: Followed, settings: EventSettings, table: Table, *, deadline: float) -> None:
    """Write down and tell what became of a hook that people were asked about."""
    asked = next((each for each in found.approvals if _is_about(each, event.hook_id)), None)
    if asked is None:
        return
    if event.name == ecs_events.HOOK_TIMED_OUT:
        ended = approvals.close(table, asked, Waited.EXPIRED)
    else:
        ended = _until_decided(table, asked, deadline=deadline) or _decide(event, asked, table)
    if not approval_decided(settings.channels, table, ended, deadline=deadline):
        raise UntoldError(f"what was decided about deployment {found.id} could not be told")


def _until_decided(
    table: Table, asked: Approval, *, deadline: float, sleep: Callable[[float], None] = time.sleep
) -> Approval | None:
    """Wait for the decision to reach the record; return None where it does not."""
    for seconds in (0.0, *WAITS_FOR_RECORD):
        if time.monotonic() + seconds >= deadline:
            return None
        sleep(seconds)
        current = approvals.find(table, asked.deployment, asked.name)
        if current is not None and current.state is not ApprovalState.OPEN:
            return current
    return None


def _decide(event: EcsEvent, asked: Approval, table: Table) -> Approval:
    """Write down that somebody decided past the record; ECS took it, so that it counts."""
    approves = event.name == ecs_events.HOOK_SUCCEEDED
    decision = Decision(who=SOMEBODY, approves=approves, at=min(clock.now(), asked.expires_at - 1), via=_VIA)
    try:
        return approvals.decide(table, asked, decision)
    except DecisionRefusedError as error:
        logger.info("the record has the decision by now", extra={"problem": str(error)})
        return approvals.find(table, asked.deployment, asked.name) or asked
