"""The ``ecs_task`` check: a task of ECS, as a migration or a test that comes in the application's own image.

RunTask with a client token that was used starts nothing, and returns the task of the first time, for 24 hours or until an hour
after that task stopped: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from greenlight import aws, clock
from greenlight.checks.base import CheckContext, CheckSettings, Files
from greenlight.checks.external.base import ExternalCheck, ExternalSettings, moment
from greenlight.checks.external.inputs import (
    RUN_VARIABLE,
    Environment,
    PlainText,
    filled_text,
    filled_texts,
    refuse_unknown_names,
)
from greenlight.checks.external.placement import placement
from greenlight.checks.external.stopped_task import work_of
from greenlight.checks.external.work import NotYetError, Run, State, Work, one_line
from greenlight.deployment import DeploymentError
from greenlight.documents import shown

_GREEN: Final = "green"
_ID: Final = re.compile(r"[0-9a-f-]{1,64}")
_SHOWN_SOON_SECONDS: Final = 300
"""How long a task that was started may not be shown yet; ECS's own advice is to be patient for so long:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
"""


def _words(command: Any) -> Any:
    """Refuse a command line, which nobody would take apart, and an empty one, which would leave the image's own."""
    if isinstance(command, str) or command == []:
        problem = 'has to be a list of words, as in ["./migrate", "--check"], found {found}'
        raise PydanticCustomError("greenlight", problem, {"found": shown(command)})
    return command


class EcsTaskSettings(ExternalSettings):
    """What a gates file says of a task.

    Attributes:
        task_definition: ``green`` for green's own, or a family, with or without revision.
        command: What the container runs instead of its own command; templates are filled in.
        container: The container that gets command and environment, and whose exit code counts.
        environment: Environment variables of the container; templates are filled in.
        cluster: Name or ARN of a cluster; the service's own where it is not given.
        launch_type: What runs the task; as green's where it is not given.
        capacity_provider: What runs the task; as green's where it is not given.
        subnets: Where the task is; green's where they are not given, none for other network modes than awsvpc.
        security_groups: Whom the task may speak to; green's where they are not given.
        assign_public_ip: Whether the task gets a public address; as green's where it is not given.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "taskDefinition": "write `task_definition`",
        "task": "write `task_definition`",
        "family": "write `task_definition`",
        "container_name": "write `container`",
        "entrypoint": "ECS lets nobody replace it for one task; write `command`",
        "env": "write `environment`",
        "launchType": "write `launch_type`",
        "capacity_provider_strategy": "write `capacity_provider`, the name of one",
        "securityGroups": "write `security_groups`",
        "assignPublicIp": "write `assign_public_ip`, true or false",
        "network": "write `subnets`, `security_groups` and `assign_public_ip`",
        "image": "the task definition says which image; with `task_definition: green` it is green's",
    }

    task_definition: Annotated[str, Field(min_length=1, max_length=300)] = _GREEN
    command: Annotated[tuple[PlainText, ...], Field(strict=False), BeforeValidator(_words)] | None = None
    container: Annotated[str, Field(min_length=1)] | None = None
    environment: Environment = Field(default_factory=dict)
    cluster: Annotated[str, Field(min_length=1)] | None = None
    launch_type: Literal["FARGATE", "EC2", "EXTERNAL"] | None = None
    capacity_provider: Annotated[str, Field(min_length=1)] | None = None
    subnets: tuple[str, ...] | None = Field(default=None, strict=False, max_length=16)
    security_groups: tuple[str, ...] | None = Field(default=None, strict=False, max_length=5)
    assign_public_ip: bool | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        problem = self._problem()
        if problem:
            raise PydanticCustomError("greenlight", "{problem}", {"problem": problem})
        return self

    def _problem(self) -> str | None:
        if self.task_definition == _GREEN and self.command is None:
            return (
                "needs a `command`: green's own task definition without another one would start the application once more, "
                'and not come to an end, as in `command: ["./migrate", "--check"]`'
            )
        if self.task_definition != _GREEN and self.container is None and (self.command or self.environment):
            return "needs `container`, the name of the one that gets `command` and `environment`"
        if self.launch_type is not None and self.capacity_provider is not None:
            return "has `launch_type` and `capacity_provider`; a task takes one of them"
        if self.subnets == () and (self.security_groups or self.assign_public_ip is not None):
            return "has no subnets, as tasks without awsvpc have; `security_groups` and `assign_public_ip` go with subnets only"
        return None


@dataclass(frozen=True)
class EcsTaskCheck(ExternalCheck):
    """A task, ready to be started."""

    kind: ClassVar[str] = "ecs_task"
    settings: EcsTaskSettings

    def start(self, run: Run) -> Work:
        """Find the run's task, or start it."""
        cluster = self._cluster(run.context)
        found = self._find(run, cluster)
        if found is not None:
            return self._work(found, run)
        request = self._request(run, cluster)
        run.about_to_start()
        try:
            reply = aws.call("ecs", "run_task", **request)
        except aws.AwsRefusedError as error:
            arns = _conflicting(error)
            if not arns:
                # Capacity that is scaled by ECS is refused with this code where there is none just now.
                if error.code == "ClientException" and "capacity" in str(error).lower():
                    raise NotYetError(str(error)) from error
                raise
            return self._work(self._described(cluster, arns)[0], run)
        if not reply.get("tasks"):
            reasons = "; ".join(_reason(each) for each in reply.get("failures") or ()) or "no reason given"
            raise NotYetError(f"ECS found no place for the task ({reasons})")
        return self._work(reply["tasks"][0], run)

    def look(self, run: Run, remembered: str) -> Work | None:
        """Ask how the task stands."""
        if not _ID.fullmatch(remembered):
            return None
        found = self._described(self._cluster(run.context), [remembered])
        if found:
            return self._work(found[0], run) if found[0].get("startedBy") == _started_by(run) else None
        since, what = moment(run.context.memory.get("since")), f"task {remembered}"
        if since is not None and clock.now() - since < _SHOWN_SOON_SECONDS:
            return Work(id=remembered, what=what, state=State.RUNNING, status="not shown by ECS yet")
        why = "ECS shows stopped tasks for an hour"
        return Work(
            id=remembered, what=what, state=State.BROKEN, status="MISSING", said="is not there any more", why=why
        )

    def stop(self, run: Run, work: Work, reason: str) -> None:
        """Stop the task."""
        aws.call("ecs", "stop_task", cluster=self._cluster(run.context), task=work.id, reason=reason)

    def _request(self, run: Run, cluster: str) -> dict[str, Any]:
        settings, context = self.settings, run.context
        override: dict[str, Any] = {}
        container = self._container(context)
        if container is not None:
            texts = filled_texts(list(settings.environment.values()), context)
            variables = dict(zip(settings.environment, texts, strict=True)) | {RUN_VARIABLE: run.short}
            override = {
                "name": container,
                "environment": [{"name": name, "value": value} for name, value in variables.items()],
            }
            if settings.command is not None:
                override["command"] = filled_texts(settings.command, context)
        return {
            "cluster": cluster,
            "taskDefinition": self._task_definition(context),
            "count": 1,
            "clientToken": run.key,
            "startedBy": _started_by(run),
            **({"overrides": {"containerOverrides": [override]}} if override else {}),
            **placement(settings, context.deployment),
        }

    def _find(self, run: Run, cluster: str) -> Mapping[str, Any] | None:
        """Look for a task that says that the run started it, whether it runs or has stopped."""
        for status in ("RUNNING", "STOPPED"):
            arns = _listed(cluster, _started_by(run), status)
            found = self._described(cluster, arns) if arns else []
            if found:
                return found[0]
        return None

    def _described(self, cluster: str, tasks: Sequence[str]) -> list[Mapping[str, Any]]:
        reply = aws.call("ecs", "describe_tasks", cluster=cluster, tasks=list(tasks))
        found: list[Mapping[str, Any]] = reply["tasks"]
        return found

    def _work(self, task: Mapping[str, Any], run: Run) -> Work:
        return work_of(task, self._container(run.context))

    def _cluster(self, context: CheckContext) -> str:
        return self.settings.cluster or _parts(context.deployment.deployment_arn)[1]

    def _task_definition(self, context: CheckContext) -> str:
        if self.settings.task_definition == _GREEN:
            return context.deployment.green().task_definition
        return filled_text(self.settings.task_definition, context)

    def _container(self, context: CheckContext) -> str | None:
        """Return the container that counts: the one that is named, or green's behind the load balancer."""
        if self.settings.container is not None or self.settings.task_definition != _GREEN:
            return self.settings.container
        image = context.deployment.green().main_image
        if image is None or not image.container:
            raise DeploymentError("ECS names no container of green; give the check a `container`")
        return image.container


def _started_by(run: Run) -> str:
    """Name the run; in at most 36 characters, as the API's older descriptions have it."""
    return f"greenlight/{run.short}"


def _listed(cluster: str, started_by: str, status: str) -> list[str]:
    page: dict[str, Any] = {"cluster": cluster, "startedBy": started_by, "desiredStatus": status}
    arns: list[str] = []
    while True:
        try:
            reply = aws.call("ecs", "list_tasks", **page)
        except aws.AwsRefusedError as error:
            # The API's description allows no filter beside startedBy; the client token finds the task then.
            if error.code == "InvalidParameterException":
                return arns
            raise
        arns += reply["taskArns"]
        if not reply.get("nextToken"):
            return arns
        page["nextToken"] = reply["nextToken"]


def _conflicting(error: aws.AwsError) -> list[str]:
    """Return the tasks that a client token has already started, with other parameters."""
    response = getattr(error.__cause__, "response", None) or {}
    arns: list[str] = response.get("resourceIds") or []
    return arns if error.code == "ConflictException" else []


def _reason(failure: Mapping[str, Any]) -> str:
    return one_line(": ".join(str(failure[key]) for key in ("reason", "detail") if failure.get(key)))


def _parts(deployment_arn: str) -> list[str]:
    """Split ``…:service-deployment/CLUSTER/SERVICE/ID``."""
    return deployment_arn.rpartition(":")[2].split("/")


def prepare_ecs_task(settings: CheckSettings, stage: str, files: Files) -> EcsTaskCheck:  # noqa: ARG001 - see Prepare
    """Make a task ready.

    Raises:
        DocumentError: With every template that names nothing.
    """
    if not isinstance(settings, EcsTaskSettings):
        raise TypeError(settings)
    command = None if settings.command is None else list(settings.command)
    inputs = {"task_definition": settings.task_definition, "command": command, "environment": settings.environment}
    refuse_unknown_names(files.here, inputs)
    return EcsTaskCheck(settings)
