"""The events that ECS sends to EventBridge.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_hook_state_change_events.html and
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from rehearsal.clock import Clock
from rehearsal.controller.hooks import Hook

IN_PROGRESS = "SERVICE_DEPLOYMENT_IN_PROGRESS"
COMPLETED = "SERVICE_DEPLOYMENT_COMPLETED"
FAILED = "SERVICE_DEPLOYMENT_FAILED"
DEPLOYMENT_CHANGE = "ECS Deployment State Change"
HOOK_CHANGE = "ECS Hook State Change"
SERVICE_ACTION = "ECS Service Action"
STEADY_STATE = "SERVICE_STEADY_STATE"

# Of hooks AWS shows an event of the type INFO alone; that these two are errors is ours.
_ERRORS_OF_HOOKS = frozenset({"FAILED", "TIMED_OUT"})

Send = Callable[[Mapping[str, Any]], None]
"""Takes a whole event, as EventBridge hands it to a target."""


class Announcer:
    """Tells what becomes of one service deployment and its hooks.

    Args:
        cluster_arn: The cluster.
        service_arn: The service; region and account are its own.
        deployment_arn: The service deployment.
        clock: Simulated time.
        send: Where events go.
    """

    def __init__(self, *, cluster_arn: str, service_arn: str, deployment_arn: str, clock: Clock, send: Send) -> None:
        self._cluster_arn = cluster_arn
        self._service_arn = service_arn
        self._deployment_arn = deployment_arn
        self._clock = clock
        self._send = send

    def deployment(self, name: str, revision_arn: str, reason: str) -> None:
        """Tell that the deployment has a new state.

        Args:
            name: The event's name: one of IN_PROGRESS, COMPLETED, FAILED.
            revision_arn: What is deployed, or gone back to. Its id stands in ``deploymentId``, of which AWS documents only the
                form.
            reason: Why, as ECS says it.
        """
        detail = {
            "eventType": "ERROR" if name == FAILED else "INFO",
            "eventName": name,
            "deploymentId": deployment_id(revision_arn),
            "updatedAt": self._now(),
            "reason": reason,
        }
        self._tell(DEPLOYMENT_CHANGE, self._service_arn, detail)

    def hook(self, hook: Hook, hook_id: str, *, stage: str, status: str, expires_at: float) -> None:
        """Tell that a hook has a new state.

        Args:
            hook: The hook.
            hook_id: Its execution.
            stage: Where it is.
            status: As in ``lifecycleHookDetails``.
            expires_at: When its time is up, in simulated seconds since the epoch.
        """
        detail = {
            "eventType": "ERROR" if status in _ERRORS_OF_HOOKS else "INFO",
            "eventName": f"HOOK_{status}",
            "hookId": hook_id,
            "hookType": hook.target_type,
            "expiresAt": _written(expires_at),
            "lifecycleStage": stage,
            "clusterArn": self._cluster_arn,
            "serviceArn": self._service_arn,
            "serviceDeploymentArn": self._deployment_arn,
            "updatedAt": self._now(),
        }
        self._tell(HOOK_CHANGE, self._deployment_arn, detail)

    def steady(self) -> None:
        """Tell that the service has the tasks that it shall have. ECS says so again from time to time; here it does once."""
        created = datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="milliseconds")
        detail = {
            "eventType": "INFO",
            "eventName": STEADY_STATE,
            "clusterArn": self._cluster_arn,
            "createdAt": created.replace("+00:00", "Z"),
        }
        self._tell(SERVICE_ACTION, self._service_arn, detail)

    def _tell(self, kind: str, resource: str, detail: dict[str, Any]) -> None:
        _, _, _, region, account_id, *_ = self._service_arn.split(":")
        self._send(
            {
                "version": "0",
                "id": str(uuid.uuid4()),
                "detail-type": kind,
                "source": "aws.ecs",
                "account": account_id,
                "time": self._now(),
                "region": region,
                "resources": [resource],
                "detail": detail,
            }
        )

    def _now(self) -> str:
        return _written(self._clock.now())


def deployment_id(revision_arn: str) -> str:
    """Return a ``deploymentId`` for what becomes of a revision."""
    return f"ecs-svc/{revision_arn.rpartition('/')[2]}"


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
