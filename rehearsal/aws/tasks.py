"""What moto lacks of ECS's tasks: containers with exit codes, the reason why a task stopped, and one task for a token.

moto's own tasks stop by being looked at.
"""

import copy
import threading
import uuid
from typing import Any

import moto.ecs.urls
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.ecs.exceptions import ECSException, InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends

from rehearsal.aws import moment
from rehearsal.aws.ecs import EcsResponse

__all__ = ["TaskStore", "extend_moto", "store"]

_store_lock = threading.Lock()


class TokenUsedError(ValueError):
    """When a client token comes with another request than the one that it was used for."""

    def __init__(self, arn: str) -> None:
        self.arn = arn
        super().__init__(f"The client token was used for {arn}, with other parameters.")


class TaskStore:
    """Tasks of one account and region, in the API's own shape. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: dict[str, dict[str, Any]] = {}
        self._tokens: dict[tuple[str, str], tuple[Any, str]] = {}
        self._failure: dict[str, str] | None = None

    def refuse(self, reason: str, detail: str = "") -> None:
        """Find no place for any task from now on; an empty reason ends that."""
        with self._lock:
            self._failure = {"reason": reason, "detail": detail} if reason else None

    def run(self, record: dict[str, Any], token: str | None, request: Any) -> tuple[list[Any], list[Any]]:
        """Start a task, or return the one that a token has started already; tasks and failures.

        Args:
            record: What the task is made of, without what is its own.
            token: The client token.
            request: What was asked for; the same for the same token.

        Raises:
            TokenUsedError: When the token was used for another request.
        """
        with self._lock:
            cluster = record["clusterArn"]
            before, known = self._tokens.get((cluster, token or ""), (None, ""))
            if token and known:
                if before != request:
                    raise TokenUsedError(known)
                return [copy.deepcopy(self._tasks[known])], []
            if self._failure:
                return [], [{"arn": cluster, **self._failure}]
            number = uuid.uuid4().hex
            arn = f"{cluster.replace(':cluster/', ':task/')}/{number}"
            self._tasks[arn] = {
                **record,
                "taskArn": arn,
                "createdAt": moment.now(),
                "lastStatus": "PROVISIONING",
                "desiredStatus": "RUNNING",
            }
            if token:
                self._tokens[cluster, token] = (request, arn)
            return [copy.deepcopy(self._tasks[arn])], []

    def forget_tokens(self) -> None:
        """Let the time pass for which client tokens are known."""
        with self._lock:
            self._tokens.clear()

    def forget_tasks(self) -> None:
        """Let an hour pass after the tasks stopped."""
        with self._lock:
            self._tasks.clear()

    def change(self, arn: str, **fields: Any) -> None:
        """Replace fields of a task."""
        with self._lock:
            self._tasks[arn].update(copy.deepcopy(fields))

    def end(
        self,
        arn: str,
        exit_codes: dict[str, int],
        *,
        code: str | None = "EssentialContainerExited",
        reason: str = "Essential container in task exited",
        reasons: dict[str, str] | None = None,
    ) -> None:
        """Let a task stop.

        Args:
            arn: The task.
            exit_codes: By container; the others have none.
            code: The stop code.
            reason: Why the task stopped.
            reasons: Why a container stopped, by its name.
        """
        now = moment.now()
        containers = [
            {
                **each,
                "lastStatus": "STOPPED",
                **({"exitCode": exit_codes[each["name"]]} if each["name"] in exit_codes else {}),
                **({"reason": (reasons or {})[each["name"]]} if each["name"] in (reasons or {}) else {}),
            }
            for each in self.tasks()[arn]["containers"]
        ]
        began = {"startedAt": now} if exit_codes else {}
        self.change(
            arn,
            lastStatus="STOPPED",
            desiredStatus="STOPPED",
            containers=containers,
            stopCode=code,
            stoppedReason=reason,
            stoppedAt=now,
            **began,
        )

    def tasks(self) -> dict[str, dict[str, Any]]:
        """The tasks by their ARN, the oldest first."""
        with self._lock:
            return copy.deepcopy(self._tasks)


def store(account_id: str = DEFAULT_ACCOUNT_ID, region: str = "eu-west-1") -> TaskStore:
    """The tasks of an account and region.

    Args:
        account_id: The account, `AwsServer.account_id`.
        region: The region, `AwsServer.region`.
    """
    return _store_of(ecs_backends[account_id][region])


def extend_moto() -> None:
    """Let moto answer ECS calls with the operations of this module and of `rehearsal.aws.ecs`."""
    moto.ecs.urls.url_paths.update(dict.fromkeys(moto.ecs.urls.url_paths, _TaskResponse.dispatch))


def _store_of(backend: EC2ContainerServiceBackend) -> TaskStore:
    with _store_lock:
        found = vars(backend).setdefault("greenlight_tasks", TaskStore())
        if not isinstance(found, TaskStore):
            raise TypeError(f"moto's ECS backend holds a {type(found).__name__} where the tasks are kept")
        return found


class _TaskResponse(EcsResponse):
    """moto's ECS, with tasks. Each method is the API operation of its name."""

    @property
    def tasks(self) -> TaskStore:
        return _store_of(self.ecs_backend)

    def run_task(self) -> ActionResult:
        definition: Any = self.ecs_backend.describe_task_definition(self._get_param("taskDefinition"))
        containers = definition.container_definitions
        record = {
            "clusterArn": self._cluster_arn(),
            "taskDefinitionArn": definition.arn,
            "startedBy": self._get_param("startedBy"),
            "launchType": self._get_param("launchType"),
            "overrides": self._get_param("overrides"),
            "containers": [{"name": each["name"], "lastStatus": "PENDING"} for each in containers],
        }
        try:
            tasks, failures = self.tasks.run(record, self._get_param("clientToken"), self._get_params())
        except TokenUsedError as error:
            raise _ConflictError(error.arn, str(error)) from error
        return ActionResult({"tasks": tasks, "failures": failures})

    def describe_tasks(self) -> ActionResult:
        known = self.tasks.tasks()
        cluster = self._cluster_arn().rpartition("/")[2]
        found, missing = [], []
        for wanted in self._get_param("tasks"):
            task = next((each for arn, each in known.items() if wanted in {arn, arn.rpartition("/")[2]}), None)
            if task is None:
                missing.append({"arn": f"task/{cluster}/{wanted.rpartition('/')[2]}", "reason": "MISSING"})
            else:
                found.append(task)
        return ActionResult({"tasks": found, "failures": missing})

    def list_tasks(self) -> ActionResult:
        wanted = {"clusterArn": self._cluster_arn(), "desiredStatus": self._get_param("desiredStatus") or "RUNNING"}
        if self._get_param("startedBy"):
            wanted["startedBy"] = self._get_param("startedBy")
        if self._get_param("serviceName"):
            wanted["group"] = f"service:{self._get_param('serviceName').rpartition('/')[2]}"
        arns = [
            arn
            for arn, task in self.tasks.tasks().items()
            if all(task.get(key) == value for key, value in wanted.items())
        ]
        return ActionResult({"taskArns": arns})

    def stop_task(self) -> ActionResult:
        wanted = self._get_param("task")
        known = self.tasks.tasks()
        arn = next((arn for arn in known if wanted in {arn, arn.rpartition("/")[2]}), None)
        if arn is None:
            raise InvalidParameterException("The referenced task was not found.")
        if known[arn]["lastStatus"] != "STOPPED":
            self.tasks.end(arn, {}, code="UserInitiated", reason=self._get_param("reason") or "")
        return ActionResult({"task": self.tasks.tasks()[arn]})

    def _cluster_arn(self) -> str:
        cluster: Any = self.ecs_backend._get_cluster(self._get_param("cluster", "default"))  # noqa: SLF001
        return str(cluster.arn)


class _ConflictError(ECSException):
    """ConflictException of RunTask, which names the tasks."""

    def __init__(self, arn: str, message: str) -> None:
        super().__init__("ConflictException", message)
        self.resource_ids = [arn]
