"""What ECS tells EventBridge, turned into one value.

- deployments: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html; they name the
  service, and a ``deploymentId`` (``ecs-svc/…``) that is not the service deployment's
- hooks: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_hook_state_change_events.html
- services: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

COMPLETED: Final = "SERVICE_DEPLOYMENT_COMPLETED"
FAILED: Final = "SERVICE_DEPLOYMENT_FAILED"
STEADY: Final = "SERVICE_STEADY_STATE"
HOOK_AWAITS: Final = "HOOK_AWAITING_ACTION"
HOOK_SUCCEEDED: Final = "HOOK_SUCCEEDED"
HOOK_FAILED: Final = "HOOK_FAILED"
HOOK_TIMED_OUT: Final = "HOOK_TIMED_OUT"

_PAUSE: Final = "PAUSE"
_SERVICE, _DEPLOYMENT = ":service/", ":service-deployment/"
_PARTS_WITH_CLUSTER: Final = 3


class ForeignEventError(Exception):
    """When an event is none that ECS sends about a service; trying again would not help."""


@dataclass(frozen=True, kw_only=True)
class EcsEvent:
    """An event of ECS.

    Attributes:
        name: The event's name, as in ``SERVICE_DEPLOYMENT_COMPLETED``.
        service_arn: ARN of the service.
        cluster: ARN or name of its cluster.
        deployment_arn: ARN of the service deployment; empty where the event names only the service.
        hook_id: ECS's identifier of the hook; empty where it is not about one.
        is_pause: Whether the hook is a PAUSE hook.
        stage: The hook's lifecycle stage.
        expires_at: When the hook's time is up, in seconds since the epoch; None where the event does not say.
    """

    name: str
    service_arn: str
    cluster: str
    deployment_arn: str = ""
    hook_id: str = ""
    is_pause: bool = False
    stage: str = ""
    expires_at: float | None = None

    @property
    def is_of_use(self) -> bool:
        """Tell whether something may have to be done; that a function succeeded is no news to anybody."""
        return self.is_pause or self.name != HOOK_SUCCEEDED


def parse_ecs_event(raw: Any) -> EcsEvent:
    """Read an event.

    Args:
        raw: What EventBridge handed over.

    Raises:
        ForeignEventError: When it is not from ECS, or names neither service nor deployment.
    """
    if not isinstance(raw, Mapping) or raw.get("source") != "aws.ecs" or not isinstance(raw.get("detail"), Mapping):
        raise ForeignEventError("the event is none of ECS's: its source is not aws.ecs, or it has no detail")
    detail: Mapping[str, Any] = raw["detail"]
    resources = raw.get("resources")
    named = [each for each in (resources if isinstance(resources, list) else []) if isinstance(each, str)]
    deployment = _text(detail, "serviceDeploymentArn") or next((arn for arn in named if _DEPLOYMENT in arn), "")
    service = _text(detail, "serviceArn") or next((arn for arn in named if _SERVICE in arn), "")
    service = service or _service_of(deployment)
    cluster = _text(detail, "clusterArn") or _cluster_of(service)
    name = _text(detail, "eventName")
    if not (name and service and cluster):
        missing = [
            what for what, value in (("eventName", name), ("service", service), ("cluster", cluster)) if not value
        ]
        raise ForeignEventError(f"the event names no {' and no '.join(missing)}; is it of another version?")
    return EcsEvent(
        name=name,
        service_arn=service,
        cluster=cluster,
        deployment_arn=deployment,
        hook_id=_text(detail, "hookId"),
        is_pause=_text(detail, "hookType") == _PAUSE,
        stage=_text(detail, "lifecycleStage"),
        expires_at=_moment(_text(detail, "expiresAt")),
    )


def _text(detail: Mapping[str, Any], key: str) -> str:
    value = detail.get(key)
    return value.strip() if isinstance(value, str) else ""


def _service_of(deployment_arn: str) -> str:
    """Return the service of a deployment: ``…:service-deployment/CLUSTER/SERVICE/ID`` has its name."""
    account, found, path = deployment_arn.partition(_DEPLOYMENT)
    return f"{account}{_SERVICE}{path.rpartition('/')[0]}" if found and path.count("/") > 1 else ""


def _cluster_of(service_arn: str) -> str:
    """Return the cluster of a service; ARNs of the old format do not have it."""
    parts = service_arn.partition(_SERVICE)[2].split("/")
    return parts[0] if len(parts) == _PARTS_WITH_CLUSTER - 1 else ""


def _moment(text: str) -> float | None:
    """Read a time, of which ECS writes up to nine digits behind the second."""
    whole, dot, rest = text.partition(".")
    digits = rest.rstrip("Z")[:6] if dot else ""
    fraction = f".{digits.ljust(6, '0')}" if digits else ""
    try:
        moment = datetime.fromisoformat(whole.rstrip("Z") + fraction)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
