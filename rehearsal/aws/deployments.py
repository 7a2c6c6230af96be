"""What ECS keeps about service revisions and service deployments, and what operators asked of them."""

import copy
import threading
from typing import Any

_AWAITING_ACTION = "AWAITING_ACTION"


class UnknownDeploymentError(LookupError):
    """When an operator acts on a service deployment that is not there."""


class HookNotWaitingError(ValueError):
    """When an operator decides about a hook that the deployment does not have, or that waits for nobody."""


class DeploymentStore:
    """Records of one account and region, in the API's own shape. All methods may be called from any thread.

    A record is what DescribeServiceRevisions or DescribeServiceDeployments shows: a dict with camelCase keys, times as
    aware `datetime` or epoch seconds. It is copied on its way in and on its way out, so that nobody else changes it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revisions: dict[str, dict[str, Any]] = {}
        self._deployments: dict[str, dict[str, Any]] = {}
        self._decisions: dict[str, str] = {}
        self._stop_requests: dict[str, str] = {}

    def put_revision(self, record: dict[str, Any]) -> None:
        """Add or replace a service revision; its key is `serviceRevisionArn`."""
        with self._lock:
            self._revisions[record["serviceRevisionArn"]] = copy.deepcopy(record)

    def put_deployment(self, record: dict[str, Any]) -> None:
        """Add or replace a service deployment; its key is `serviceDeploymentArn`."""
        with self._lock:
            self._deployments[record["serviceDeploymentArn"]] = copy.deepcopy(record)

    def revision(self, arn: str) -> dict[str, Any] | None:
        """The service revision of this ARN."""
        with self._lock:
            return copy.deepcopy(self._revisions.get(arn))

    def deployment(self, arn: str) -> dict[str, Any] | None:
        """The service deployment of this ARN."""
        with self._lock:
            return copy.deepcopy(self._deployments.get(arn))

    def deployments_of(self, service_arn: str) -> list[dict[str, Any]]:
        """The service's deployments, the newest first."""
        with self._lock:
            of_service = [record for record in self._deployments.values() if record["serviceArn"] == service_arn]
            return copy.deepcopy(of_service[::-1])

    @property
    def decisions(self) -> dict[str, str]:
        """What operators decided with ContinueServiceDeployment: hookId to CONTINUE or ROLLBACK."""
        with self._lock:
            return dict(self._decisions)

    @property
    def stop_requests(self) -> dict[str, str]:
        """What operators asked for with StopServiceDeployment: deployment ARN to ABORT or ROLLBACK."""
        with self._lock:
            return dict(self._stop_requests)

    def decide(self, deployment_arn: str, hook_id: str, action: str) -> None:
        """Note the decision about a hook that awaits one. The first decision stands.

        Args:
            deployment_arn: The service deployment.
            hook_id: The hook, from the deployment's `lifecycleHookDetails`.
            action: CONTINUE or ROLLBACK.

        Raises:
            UnknownDeploymentError: When there is no such deployment.
            HookNotWaitingError: When the hook is not there, does not wait, or has its decision.
        """
        with self._lock:
            hooks = self._known(deployment_arn).get("lifecycleHookDetails", [])
            status = next((hook["status"] for hook in hooks if hook["hookId"] == hook_id), None)
            if status is None:
                known = ", ".join(hook["hookId"] for hook in hooks) or "none"
                raise HookNotWaitingError(f"The hook {hook_id} was not found. The hooks of the deployment: {known}.")
            if status != _AWAITING_ACTION:
                raise HookNotWaitingError(
                    f"The hook {hook_id} is {status}; only a hook that is {_AWAITING_ACTION} can be acted on."
                )
            if hook_id in self._decisions:
                raise HookNotWaitingError(f"The hook {hook_id} was already acted on: {self._decisions[hook_id]}.")
            self._decisions[hook_id] = action

    def request_stop(self, deployment_arn: str, stop_type: str) -> None:
        """Note that the deployment shall stop.

        Args:
            deployment_arn: The service deployment.
            stop_type: ABORT or ROLLBACK.

        Raises:
            UnknownDeploymentError: When there is no such deployment.
        """
        with self._lock:
            self._known(deployment_arn)
            self._stop_requests[deployment_arn] = stop_type

    def _known(self, deployment_arn: str) -> dict[str, Any]:
        try:
            return self._deployments[deployment_arn]
        except KeyError:
            raise UnknownDeploymentError(f"The service deployment {deployment_arn} was not found.") from None
