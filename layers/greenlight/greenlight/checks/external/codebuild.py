"""The ``codebuild`` check: a build of a project of CodeBuild.

A token keeps StartBuild from starting a build twice for five minutes, and no build can be looked up by it; so each build
carries an environment variable that says whose it is: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import quote

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from greenlight import aws, clock
from greenlight.checks.base import CheckContext, CheckSettings, Files
from greenlight.checks.external.base import ExternalCheck, ExternalSettings
from greenlight.checks.external.console import Place
from greenlight.checks.external.inputs import (
    RUN_VARIABLE,
    Environment,
    filled_text,
    filled_texts,
    refuse_unknown_names,
)
from greenlight.checks.external.work import NotYetError, Run, State, Work, one_line
from greenlight.deployment import DeploymentError

# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Project.html
_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9_-]{1,254}"
_CURE: Final = "write the project's name, without the rest of its ARN"

_NUMBER: Final = re.compile(r"[0-9a-f-]{1,64}")
_BATCH: Final = 20
_MOST_BUILDS: Final = 500
_LOOK_BACK: Final = timedelta(hours=24)
"""No stage of ECS lasts longer, so that a build that was started before is of no gate that still waits."""

_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_ENDED_BADLY: Final = frozenset({"FAILED", "FAULT", "TIMED_OUT", "STOPPED"})
_BEFORE_COMMANDS: Final = frozenset({"SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE"})
"""Phases in which nothing of the project's own has been run."""

_SAID: Final = {"FAILED": "failed", "TIMED_OUT": "timed out", "STOPPED": "was stopped", "FAULT": "broke"}


def _project(name: str) -> str:
    if not re.fullmatch(_PATTERN, name):
        raise PydanticCustomError(
            "greenlight", "is no name of a project: {found}; {cure}", {"found": name, "cure": _CURE}
        )
    return name


_Project = Annotated[
    str,
    AfterValidator(_project),
    WithJsonSchema({"type": "string", "pattern": f"^{_PATTERN}$", "patternErrorMessage": _CURE}),
]


class CodeBuildSettings(ExternalSettings):
    """What a gates file says of a build.

    Attributes:
        project: The project's name.
        source_version: Commit, branch or tag to build; templates are filled in.
        environment: Environment variables of the build; templates are filled in.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "name": "write `project`",
        "project_name": "write `project`",
        "projectName": "write `project`",
        "sourceVersion": "write `source_version`",
        "branch": "write `source_version`",
        "env": "write `environment`",
        "variables": "write `environment`",
        "environment_variables": "write `environment`",
        "buildspec": "the project says what a build does; hand it what differs under `environment`",
    }

    project: _Project
    source_version: Annotated[str, Field(min_length=1)] | None = None
    environment: Environment = Field(default_factory=dict)


@dataclass(frozen=True)
class CodeBuildCheck(ExternalCheck):
    """A build, ready to be started."""

    kind: ClassVar[str] = "codebuild"
    settings: CodeBuildSettings

    def start(self, run: Run) -> Work:
        """Find the run's build among those that were started since the deployment began, or start it."""
        found = self._find(run)
        if found is not None:
            return _work(found)
        settings, context = self.settings, run.context
        values = filled_texts(list(settings.environment.values()), context)
        variables = dict(zip(settings.environment, values, strict=True)) | {RUN_VARIABLE: run.short}
        source = settings.source_version and filled_text(settings.source_version, context)
        run.about_to_start()
        try:
            reply = aws.call(
                "codebuild",
                "start_build",
                projectName=settings.project,
                idempotencyToken=run.key,
                environmentVariablesOverride=[
                    {"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()
                ],
                **({"sourceVersion": source} if source else {}),
            )
        except aws.AwsRefusedError:
            # The token may have been used with other values a moment ago.
            found = self._find(run)
            if found is None:
                raise
            return _work(found)
        return _work(reply["build"])

    def look(self, run: Run, remembered: str) -> Work | None:
        """Ask how the build stands."""
        if not _NUMBER.fullmatch(remembered):
            return None
        builds = _builds([f"{self.settings.project}:{remembered}"])
        return next((_work(build) for build in builds if _is_of(build, run)), None)

    def stop(self, run: Run, work: Work, reason: str) -> None:  # noqa: ARG002 - CodeBuild takes no reason
        """Stop the build."""
        aws.call("codebuild", "stop_build", id=f"{self.settings.project}:{work.id}")

    def _find(self, run: Run) -> Mapping[str, Any] | None:
        """Look for a build that carries the run's name, from the newest on."""
        oldest = _oldest(run.context)
        for seen, build in enumerate(self._newest_first(), start=1):
            if _is_of(build, run):
                return build
            if (started := build.get("startTime")) is not None and started < oldest:
                return None
            if seen >= _MOST_BUILDS:
                problem = (
                    f"project {self.settings.project} had more than {_MOST_BUILDS} builds since {oldest:%H:%M} UTC, too many "
                    "to tell whether the check's own is among them; give the check a project of its own"
                )
                raise NotYetError(problem)
        return None

    def _newest_first(self) -> Iterator[Mapping[str, Any]]:
        # No sortOrder: newest first is the default, and saying so is refused for projects with more than 100 builds.
        page: dict[str, Any] = {"projectName": self.settings.project}
        while True:
            reply = aws.call("codebuild", "list_builds_for_project", **page)
            ids = reply["ids"]
            for start in range(0, len(ids), _BATCH):
                batch = ids[start : start + _BATCH]
                builds = {build["id"]: build for build in _builds(batch)}
                yield from (builds[each] for each in batch if each in builds)
            if not reply.get("nextToken"):
                return
            page["nextToken"] = reply["nextToken"]


def _oldest(context: CheckContext) -> datetime:
    """Return when the deployment began, less what clocks differ; or a stage's longest time ago, where ECS does not say."""
    look_back = datetime.fromtimestamp(clock.now(), UTC) - _LOOK_BACK
    try:
        began = context.deployment.record().created_at
    except DeploymentError:
        began = None
    return look_back if began is None else max(look_back, began - _CLOCKS_DIFFER)


def _builds(ids: Sequence[str]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = aws.call("codebuild", "batch_get_builds", ids=ids)["builds"]
    return found


def _is_of(build: Mapping[str, Any], run: Run) -> bool:
    variables = (build.get("environment") or {}).get("environmentVariables") or ()
    return any(each.get("name") == RUN_VARIABLE and each.get("value") == run.short for each in variables)


def _work(build: Mapping[str, Any]) -> Work:
    status, arn = build["buildStatus"], build["arn"]
    project, _, number = build["id"].partition(":")
    phase: Mapping[str, Any] = next(
        (each for each in build.get("phases") or () if each.get("phaseStatus") in _ENDED_BADLY), {}
    )
    name = phase.get("phaseType", "")
    place = Place.of(arn)
    page = f"codesuite/codebuild/{place.account}/projects/{project}/build/{quote(build['id'], safe='')}/?region={place.region}"
    logs = build.get("logs") or {}
    return Work(
        id=number,
        what=f"build {number} of project {project}",
        state=_state(status, name),
        status=f"{status}, {build['currentPhase']}" if build.get("currentPhase") else status,
        said=_SAID.get(status, "") + (f" in phase {name}" if name else ""),
        why=one_line("; ".join(_told(each) for each in phase.get("contexts") or ())),
        started=build.get("startTime"),
        ended=build.get("endTime"),
        # The address of a log leads nowhere before the log is there.
        details={"link": place.console(page), "log": logs.get("deepLink") if logs.get("streamName") else None},
    )


def _state(status: str, phase: str) -> State:
    if status == "SUCCEEDED":
        return State.SUCCEEDED
    if status == "STOPPED":
        return State.FAILED
    if status not in _ENDED_BADLY:
        return State.RUNNING
    if phase in _BEFORE_COMMANDS:
        return State.NOT_BEGUN
    return State.BROKEN if status == "FAULT" else State.FAILED


def _told(context: Mapping[str, Any]) -> str:
    return ": ".join(str(context[key]) for key in ("statusCode", "message") if context.get(key))


def prepare_codebuild(settings: CheckSettings, stage: str, files: Files) -> CodeBuildCheck:  # noqa: ARG001 - see Prepare
    """Make a build ready.

    Raises:
        DocumentError: With every template that names nothing.
    """
    if not isinstance(settings, CodeBuildSettings):
        raise TypeError(settings)
    inputs = {"source_version": settings.source_version, "environment": settings.environment}
    refuse_unknown_names(files.here, inputs)
    return CodeBuildCheck(settings)
