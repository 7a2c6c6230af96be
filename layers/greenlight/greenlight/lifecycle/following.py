"""What ECS says of deployments of ours: which they are, how they stand, what has to be put right and told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from greenlight import aws, clock
from greenlight.deployment import Deployment
from greenlight.deployment.shifting import restore_blue
from greenlight.lifecycle.ecs_events import EcsEvent
from greenlight.lifecycle.observability import logger
from greenlight.record import Approval, ApprovalState, Table, VerdictEntry, Waited, approvals, verdicts
from greenlight.story import tell
from greenlight.telling import Channels, story_told

ENDED: Final = frozenset({"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"})
"""https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html: after these nothing comes."""

GOING_BACK: Final = frozenset({"ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "STOP_REQUESTED"})
_WENT_WRONG: Final = GOING_BACK | ENDED - {"SUCCESSFUL"}

_NEWEST: Final = 3
"""How many deployments of a service are looked at: one that ended unheard is told when the next one begins."""

_LONGEST: Final = timedelta(days=31)
"""A deployment lasts 30 days at most."""

_UNHEARD_SECONDS: Final = 60 * 60.0
"""How long after its end a deployment is told that the record does not know: without it nobody knows what was told."""

_SHIFTED: Final = "shifted"


class UntoldError(Exception):
    """When something that had to be told could not be; the log has why."""


@dataclass(frozen=True, kw_only=True)
class EventSettings:
    """How the function on ECS's events was deployed.

    Attributes:
        functions: ARNs of the hooks of this stack.
        record: What is remembered outside ECS; None where the stack has no such table.
        channels: Where to tell what.
        answers_pauses: Whether PAUSE hooks of our deployments are ours to ask about and to answer.
        moves_traffic: Whether checks of ours may have moved production traffic.
    """

    functions: Collection[str] = ()
    record: Table | None = None
    channels: Channels = field(default_factory=Channels)
    answers_pauses: bool = False
    moves_traffic: bool = False


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A deployment of ours.

    Attributes:
        ecs: What DescribeServiceDeployments says of it.
        verdicts: What the record has of it, the oldest first.
        approvals: The questions to people about it.
        is_newest: Whether the service has no newer one.
    """

    ecs: Mapping[str, Any]
    verdicts: Sequence[VerdictEntry] = ()
    approvals: Sequence[Approval] = ()
    is_newest: bool = True

    @property
    def arn(self) -> str:
        """Return its ARN."""
        return str(self.ecs["serviceDeploymentArn"])

    @property
    def id(self) -> str:
        """Return the last part of its ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def status(self) -> str:
        """Return ECS's status of it."""
        return str(self.ecs.get("status") or "")

    @property
    def service_arn(self) -> str:
        """Return the ARN of its service."""
        return str(self.ecs.get("serviceArn") or "")

    @property
    def service(self) -> str:
        """Return what people call its service."""
        return self.verdicts[-1].service if self.verdicts else self.service_arn.rpartition("/")[2]

    @property
    def green(self) -> str:
        """Return the ARN of the revision that is deployed."""
        return str((self.ecs.get("targetServiceRevision") or {}).get("arn") or "")

    @property
    def is_known(self) -> bool:
        """Tell whether the record has anything of it."""
        return bool(self.verdicts or self.approvals)


def concerned(event: EcsEvent) -> list[dict[str, Any]]:
    """Return the newest deployments of the service that an event is about, the newest first, as ECS describes them.

    Raises:
        AwsError: When ECS did not answer.
    """
    asked: dict[str, Any] = {
        "service": event.service_arn,
        "cluster": event.cluster,
        "createdAt": {"after": datetime.fromtimestamp(clock.now(), UTC) - _LONGEST},
        "maxResults": 100,
    }
    found: list[dict[str, Any]] = []
    while True:
        reply = aws.call("ecs", "list_service_deployments", **asked)
        found += reply.get("serviceDeployments") or ()
        if not reply.get("nextToken"):
            break
        asked["nextToken"] = reply["nextToken"]
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html promises no order.
    newest = sorted(found, key=_created, reverse=True)[:_NEWEST]
    return sorted(described([each["serviceDeploymentArn"] for each in newest]), key=_created, reverse=True)


def described(arns: Sequence[str]) -> list[dict[str, Any]]:
    """Return what ECS says of deployments.

    Raises:
        AwsError: When ECS did not answer.
    """
    if not arns:
        return []
    reply = aws.call("ecs", "describe_service_deployments", serviceDeploymentArns=list(arns))
    return list(reply.get("serviceDeployments") or ())


def _created(record: Mapping[str, Any]) -> float:
    created = record.get("createdAt")
    return created.timestamp() if isinstance(created, datetime) else 0.0


def followed(ecs: Mapping[str, Any], settings: EventSettings, *, is_newest: bool) -> Followed | None:
    """Return a deployment with what the record has of it; None for one that is none of ours.

    Ours is what the record knows, and what has one of our functions among its hooks: a hook that could not even be invoked
    leaves nothing in the record.

    Raises:
        AwsError: When DynamoDB did not answer.
    """
    table, deployment = settings.record, str(ecs["serviceDeploymentArn"]).rpartition("/")[2]
    found = Followed(
        ecs=ecs,
        verdicts=verdicts.every(table, deployment) if table else (),
        approvals=approvals.every(table, deployment) if table else (),
        is_newest=is_newest,
    )
    return found if found.is_known or _has_our_hook(ecs, settings.functions) else None


def _has_our_hook(ecs: Mapping[str, Any], functions: Collection[str]) -> bool:
    registered = (ecs.get("deploymentConfiguration") or {}).get("lifecycleHooks") or ()
    met = ecs.get("lifecycleHookDetails") or ()
    targets = [each.get("hookTargetArn") for each in registered] + [each.get("targetArn") for each in met]
    # A hook may name a version or an alias: the function's ARN and more.
    return any(target and any(target == arn or target.startswith(f"{arn}:") for arn in functions) for target in targets)


def put_right(found: Followed, settings: EventSettings) -> None:
    """Give production back to blue, where a check of ours moved traffic of a deployment that went wrong.

    Only for the newest deployment of a service: a newer one has its own blue, and what it does with traffic counts.

    Raises:
        DeploymentError: When traffic may still be where it was.
    """
    if not found.is_newest or found.status not in _WENT_WRONG or not _may_have_shifted(found, settings):
        return
    for shift in restore_blue(Deployment(found.arn, found.green)):
        if shift.written:
            facts = {"rule": shift.rule, "percent_before": shift.before, "percent_now": shift.now}
            logger.warning(
                "production traffic was left on green by a deployment that went wrong; it is back", extra=facts
            )


def _may_have_shifted(found: Followed, settings: EventSettings) -> bool:
    told = [entry.state[_SHIFTED] for entry in found.verdicts if _SHIFTED in entry.state]
    if told or settings.record is not None:
        return bool(told and told[-1])
    # Without a record nobody knows; a look at the rule does no harm.
    strategy = (found.ecs.get("deploymentConfiguration") or {}).get("strategy")
    return settings.moves_traffic and strategy == "BLUE_GREEN"


def close_questions(found: Followed, settings: EventSettings) -> list[Approval]:
    """Close what people were asked and did not decide, where it does not matter any more; return all questions as they stand.

    Raises:
        AwsError: When DynamoDB did not answer.
    """
    over = found.status in ENDED | GOING_BACK
    if settings.record is None or not over:
        return list(found.approvals)
    return [
        approvals.close(settings.record, each, Waited.ENDED) if each.state is ApprovalState.OPEN else each
        for each in found.approvals
    ]


def tell_end(found: Followed, asked: Sequence[Approval], settings: EventSettings, *, deadline: float) -> bool:
    """Tell how a deployment ended, once, where it has; return whether it had.

    Args:
        found: The deployment.
        asked: The questions to people about it, as they stand now.
        settings: How the function was deployed.
        deadline: Monotonic seconds by which it has to be done.

    Raises:
        UntoldError: When it could not be told.
    """
    if found.status not in ENDED or not (found.is_known or _ended_lately(found.ecs)):
        return False
    story = tell(found.ecs, found.verdicts, asked, functions=settings.functions)
    told = story_told(
        settings.channels,
        settings.record,
        story,
        deployment_arn=found.arn,
        service_arn=found.service_arn,
        service=found.service,
        deadline=deadline,
    )
    if found.is_newest:  # the ends before it were logged in their time
        facts = {"status": story.status, "cause": str(story.cause), "headline": story.headline, "told": told}
        logger.info("a deployment has ended", extra=facts)
    if not told:
        raise UntoldError(f"the end of deployment {found.id} could not be told")
    return True


def _ended_lately(ecs: Mapping[str, Any]) -> bool:
    moments = [ecs.get(key) for key in ("finishedAt", "stoppedAt", "updatedAt")]
    ended = [moment.timestamp() for moment in moments if isinstance(moment, datetime)]
    return not ended or clock.now() - max(ended) < _UNHEARD_SECONDS
