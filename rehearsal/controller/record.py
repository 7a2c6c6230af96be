"""The service deployment as the AWS API shows it while it goes on."""

import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rehearsal.clock import Clock
from rehearsal.controller.hooks import Hook
from rehearsal.controller.plan import Listener
from rehearsal.controller.traffic import Placed

if TYPE_CHECKING:
    from rehearsal.world import World

# The ids of service deployments in published logs have 21 characters.
_ID_LENGTH = 21
_WEIGHT_KEYS = {Listener.TEST: "requestedTestTrafficWeight", Listener.PRODUCTION: "requestedProductionTrafficWeight"}


class DeploymentRecord:
    """Keeps one record of DescribeServiceDeployments true. Any thread may change it.

    The shape is that of the botocore model 1.44, ServiceDeployment.

    Args:
        world: Where the record is shown.
        sources: The revisions that run when the deployment starts; none on a create.
        target: What is deployed.
        configuration: The ``deploymentConfiguration``.
        clock: Simulated time.

    Attributes:
        arn: The service deployment.
    """

    def __init__(
        self,
        world: "World",
        *,
        sources: Sequence[Placed],
        target: Placed,
        configuration: Mapping[str, Any],
        clock: Clock,
    ) -> None:
        service = world.service
        self._store = world.store
        self._lock = threading.Lock()
        self._clock = clock
        now = clock.now()
        kind = service.service_arn.replace(":service/", ":service-deployment/")
        self.arn = f"{kind}/{uuid.uuid4().hex[:_ID_LENGTH]}"
        self._record: dict[str, Any] = {
            "serviceDeploymentArn": self.arn,
            "serviceArn": service.service_arn,
            "clusterArn": service.cluster_arn,
            "createdAt": now,
            "startedAt": now,
            "updatedAt": now,
            "sourceServiceRevisions": [
                _revision(placed, tasks=1, percent=100 if placed is sources[-1] else 0) for placed in sources
            ],
            "targetServiceRevision": _revision(target, tasks=0, percent=0),
            "status": "IN_PROGRESS",
            "lifecycleHookDetails": [],
            "deploymentConfiguration": dict(configuration),
            "deploymentCircuitBreaker": {"status": "MONITORING", "failureCount": 0, "threshold": 3},
            "alarms": {"status": "DISABLED", "alarmNames": [], "triggeredAlarmNames": []},
        }
        self._store.put_deployment(self._record)

    def update(self, **fields: Any) -> None:
        """Set fields of the record, under their names in the API."""
        with self._changed():
            self._record |= fields

    def running(self, arn: str, tasks: int) -> None:
        """Show how many tasks of a revision run."""
        with self._changed():
            for revision in self._revisions(arn):
                revision |= {"requestedTaskCount": tasks, "runningTaskCount": tasks}

    def weights(self, listener: Listener, weights: Mapping[str, float]) -> None:
        """Show the percent of a listener's traffic that each revision ARN has."""
        with self._changed():
            for arn, percent in weights.items():
                for revision in self._revisions(arn):
                    revision[_WEIGHT_KEYS[listener]] = float(percent)

    def hook(self, hook_id: str, hook: Hook, status: str, *, expires_at: float) -> None:
        """Show the state of a hook of the present stage."""
        entry: dict[str, Any] = {
            "hookId": hook_id,
            "targetType": hook.target_type,
            "status": status,
            "expiresAt": expires_at,
            "timeoutAction": hook.timeout_action,
        }
        if hook.target_arn is not None:
            entry["targetArn"] = hook.target_arn
        with self._changed():
            others = [other for other in self._record["lifecycleHookDetails"] if other["hookId"] != hook_id]
            self._record["lifecycleHookDetails"] = [*others, entry]

    @contextmanager
    def _changed(self) -> Iterator[None]:
        with self._lock:
            yield
            self._record["updatedAt"] = self._clock.now()
            self._store.put_deployment(self._record)

    def _revisions(self, arn: str) -> list[dict[str, Any]]:
        every: list[dict[str, Any]] = [self._record["targetServiceRevision"], *self._record["sourceServiceRevisions"]]
        return [revision for revision in every if revision["arn"] == arn]


def _revision(placed: Placed, *, tasks: int, percent: float) -> dict[str, Any]:
    return {
        "arn": placed.revision.arn,
        "requestedTaskCount": tasks,
        "runningTaskCount": tasks,
        "pendingTaskCount": 0,
        **{key: float(percent) for key in _WEIGHT_KEYS.values()},
    }
