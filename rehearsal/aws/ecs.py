"""What moto lacks of ECS: service deployments, service revisions, and a service's deployment configuration.

The operations are added as moto's own are: methods of an ECS response class, named after the operation, answering with
an `ActionResult` that moto writes in the shape of the botocore model. The records live on moto's ECS backend, so that
moto's reset empties them too.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import moto.ecs.urls
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.ecs.exceptions import ECSException, InvalidParameterException, ServiceNotFoundException
from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse

from rehearsal.aws.deployments import DeploymentStore, HookNotWaitingError, UnknownDeploymentError
from rehearsal.aws.services import merged

__all__ = ["DeploymentStore", "extend_moto", "store"]

_store_lock = threading.Lock()

# botocore model 1.44, ServiceDeploymentStatus: those of a deployment that is still under way and not yet going back.
_STOPPABLE = frozenset({"PENDING", "IN_PROGRESS"})
# botocore model 1.44, ListServiceDeploymentsRequest$maxResults: without it, up to 20 results.
_PAGE = 20


def store(account_id: str = DEFAULT_ACCOUNT_ID, region: str = "eu-west-1") -> DeploymentStore:
    """The service revisions and deployments of an account and region.

    Args:
        account_id: The account, `AwsServer.account_id`.
        region: The region, `AwsServer.region`.
    """
    return _store_of(ecs_backends[account_id][region])


def extend_moto() -> None:
    """Let moto answer ECS calls with the operations of this module. Doing it again changes nothing."""
    moto.ecs.urls.url_paths.update(dict.fromkeys(moto.ecs.urls.url_paths, EcsResponse.dispatch))


def _store_of(backend: EC2ContainerServiceBackend) -> DeploymentStore:
    with _store_lock:
        found = vars(backend).setdefault("greenlight_deployments", DeploymentStore())
        if not isinstance(found, DeploymentStore):
            raise TypeError(f"moto's ECS backend holds a {type(found).__name__} where the deployments are kept")
        return found


class EcsResponse(EC2ContainerServiceResponse):
    """moto's ECS, with deployments. Each method is the API operation of its name."""

    @property
    def deployments(self) -> DeploymentStore:
        return _store_of(self.ecs_backend)

    def create_service(self) -> ActionResult:
        # UpdateService of moto keeps every parameter, CreateService only those it knows.
        created = super().create_service()
        service: Any = created.result
        service["service"].deployment_configuration = self._get_param("deploymentConfiguration")
        return created

    def update_service(self) -> ActionResult:
        wanted = self._get_param("deploymentConfiguration")
        services, _ = self.ecs_backend.describe_services(
            self._get_param("cluster") or "default", [self._get_param("service")]
        )
        there = getattr(services[0], "deployment_configuration", None) if services else None
        configuration = merged(there, wanted)
        updated = super().update_service()
        service: Any = updated.result
        service["service"].deployment_configuration = configuration
        return updated

    def describe_service_revisions(self) -> ActionResult:
        found, failures = _look_up(self.deployments.revision, self._get_param("serviceRevisionArns"))
        return ActionResult({"serviceRevisions": found, "failures": failures})

    def describe_service_deployments(self) -> ActionResult:
        found, failures = _look_up(self.deployments.deployment, self._get_param("serviceDeploymentArns"))
        return ActionResult({"serviceDeployments": found, "failures": failures})

    def list_service_deployments(self) -> ActionResult:
        wanted = self._get_param("status") or []
        created: dict[str, Any] = self._get_param("createdAt") or {}
        found = [
            record
            for record in self.deployments.deployments_of(self._service_arn())
            if (not wanted or record["status"] in wanted) and _is_between(record.get("createdAt"), created)
        ]
        start = int(self._get_param("nextToken") or 0)
        end = start + self._get_int_param("maxResults", _PAGE)
        return ActionResult(
            {
                "serviceDeployments": [
                    {**record, "targetServiceRevisionArn": record.get("targetServiceRevision", {}).get("arn")}
                    for record in found[start:end]
                ],
                "nextToken": str(end) if end < len(found) else None,
            }
        )

    def continue_service_deployment(self) -> ActionResult:
        arn = self._get_param("serviceDeploymentArn")
        try:
            self.deployments.decide(arn, self._get_param("hookId"), self._get_param("action") or "CONTINUE")
        except UnknownDeploymentError as error:
            raise _deployment_not_found(error) from error
        except HookNotWaitingError as error:
            raise InvalidParameterException(str(error)) from error
        return ActionResult({"serviceDeploymentArn": arn})

    def stop_service_deployment(self) -> ActionResult:
        arn = self._get_param("serviceDeploymentArn")
        record = self.deployments.deployment(arn) or {}
        if record and record["status"] not in _STOPPABLE:
            raise ECSException(
                "ConflictException", f"The service deployment is {record['status']} and cannot be stopped."
            )
        try:
            self.deployments.request_stop(arn, self._get_param("stopType") or "ROLLBACK")
        except UnknownDeploymentError as error:
            raise _deployment_not_found(error) from error
        return ActionResult({"serviceDeploymentArn": arn})

    def _service_arn(self) -> str:
        services, _ = self.ecs_backend.describe_services(
            self._get_param("cluster") or "default", [self._get_param("service")]
        )
        if not services:
            raise ServiceNotFoundException
        return str(services[0].arn)


def _look_up(
    find: Callable[[str], dict[str, Any] | None], arns: list[str]
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    found = {arn: find(arn) for arn in arns}
    return (
        [record for record in found.values() if record is not None],
        [{"arn": arn, "reason": "MISSING"} for arn, record in found.items() if record is None],
    )


def _is_between(moment: datetime | float | None, limits: dict[str, Any]) -> bool:
    if moment is None:
        return not limits
    seconds = _epoch(moment)
    return _epoch(limits.get("after", seconds)) <= seconds <= _epoch(limits.get("before", seconds))


def _epoch(moment: datetime | float) -> float:
    if not isinstance(moment, datetime):
        return moment
    # moto reads the times of a request as UTC without saying so.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _deployment_not_found(error: UnknownDeploymentError) -> ECSException:
    return ECSException("ServiceDeploymentNotFoundException", str(error))
