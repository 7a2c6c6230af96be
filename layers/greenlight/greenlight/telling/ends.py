"""Telling how a deployment ended."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from greenlight.record import Table
from greenlight.telling.channels import Channels, Level
from greenlight.telling.notices import Notice
from greenlight.telling.sending import send

if TYPE_CHECKING:
    from greenlight.story import Story

DETAIL_TYPE: Final = "Greenlight Deployment"

_WANTED: Final[Mapping[str, Level]] = dict.fromkeys(("manual-stop", "manual-rollback", "superseded"), Level.WARNING)
"""Ends that somebody asked for; every other end that is not good is an error."""


def story_told(
    channels: Channels,
    table: Table | None,
    story: "Story",
    *,
    deployment_arn: str,
    service_arn: str,
    service: str = "",
    deadline: float,
) -> bool:
    """Tell how a deployment ended, once and whatever the level; return whether it is told. It never raises.

    Args:
        channels: Where to.
        table: The record; None where there is none, and the caller sees to it that this is called once.
        story: How it ended, and why.
        deployment_arn: ARN of the service deployment.
        service_arn: ARN of the service.
        service: What people call the service; empty for the last part of its ARN.
        deadline: Monotonic seconds by which it has to be done.
    """
    called = service or service_arn.rpartition("/")[2]
    deployment = deployment_arn.rpartition("/")[2]
    severity = Level.INFO if story.good else _WANTED.get(str(story.cause), Level.ERROR)
    notice = Notice(
        kind="deployment",
        deployment=deployment,
        service=called,
        severity=severity,
        event="deployment#ended",
        message="deployment#ended",
        detail_type=DETAIL_TYPE,
        detail={
            "kind": "deployment",
            "deployment": deployment,
            "deployment_arn": deployment_arn,
            "service": called,
            "service_arn": service_arn,
            "status": story.status,
            "good": story.good,
            "cause": str(story.cause),
            "severity": str(severity),
            "headline": story.headline,
            "lines": list(story.lines),
        },
        resources=[arn for arn in (deployment_arn, service_arn) if arn],
        subject=f"Greenlight: {called}: {story.status}" + ("" if story.good else f" ({story.cause})"),
        lines=[
            *(story.lines or (story.headline,)),
            "",
            f"Service:    {service_arn}",
            f"Deployment: {deployment}",
            "",
            f"More: greenlight explain {deployment}",
        ],
    )
    return send(channels, table, notice, deadline=deadline)
