"""What moto lacks of CodeBuild: builds that take their time, carry their environment, and are started once for a token.

moto's own builds have succeeded as soon as somebody looks, and forget what they were started with.
"""

import copy
import threading
import time
import uuid
from typing import Any

import moto.codebuild.urls
from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException
from moto.codebuild.models import CodeBuildBackend, codebuild_backends
from moto.codebuild.responses import CodeBuildResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult

from rehearsal.aws import moment

__all__ = ["BuildStore", "extend_moto", "store"]

# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html: a token is valid for 5 minutes.
TOKEN_SECONDS = 300
# botocore model 1.44, ListBuildsForProject: at most 100 a page.
_PAGE = 100
_RUNNING = "IN_PROGRESS"
_store_lock = threading.Lock()


class BuildStore:
    """Builds of one account and region, in the API's own shape. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._builds: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, tuple[float, Any, str]] = {}

    def start(self, record: dict[str, Any], token: str | None, request: Any) -> dict[str, Any]:
        """Start a build, or return the one that a token has started already.

        Args:
            record: What the build is made of, without what is its own.
            token: The idempotency token.
            request: What was asked for; the same for the same token.

        Raises:
            InvalidInputException: When the token was used for another request.
        """
        with self._lock:
            when, before, known = self._tokens.get(token or "", (0.0, None, ""))
            if token and time.monotonic() - when < TOKEN_SECONDS:
                if before != request:
                    raise InvalidInputException("The idempotency token was used with other parameters")
                return copy.deepcopy(self._builds[known])
            number = str(uuid.uuid4())
            build_id = f"{record['projectName']}:{number}"
            self._builds[build_id] = {
                **record,
                "id": build_id,
                "arn": f"{record['arn']}:{number}",
                "buildNumber": len(self._builds) + 1,
                "startTime": moment.now(),
                "currentPhase": "QUEUED",
                "buildStatus": _RUNNING,
                "phases": [{"phaseType": "SUBMITTED", "phaseStatus": "SUCCEEDED"}, {"phaseType": "QUEUED"}],
            }
            if token:
                self._tokens[token] = (time.monotonic(), request, build_id)
            return copy.deepcopy(self._builds[build_id])

    def forget_tokens(self) -> None:
        """Let five minutes pass for the tokens."""
        with self._lock:
            self._tokens.clear()

    def change(self, build_id: str, **fields: Any) -> None:
        """Replace fields of a build."""
        with self._lock:
            self._builds[build_id].update(copy.deepcopy(fields))

    def end(self, build_id: str, status: str, *, phase: str = "BUILD", context: tuple[str, str] = ("", "")) -> None:
        """Let a build end.

        Args:
            build_id: The build.
            status: SUCCEEDED, FAILED, FAULT, TIMED_OUT or STOPPED.
            phase: In which phase, unless it succeeded.
            context: Status code and message of that phase.
        """
        ended: dict[str, Any] = {"phaseType": phase, "phaseStatus": status}
        if context[0]:
            ended["contexts"] = [{"statusCode": context[0], "message": context[1]}]
        self.change(build_id, buildStatus=status, currentPhase="COMPLETED", endTime=moment.now(), phases=[ended])

    def builds(self, project: str | None = None) -> list[dict[str, Any]]:
        """The builds, of one project or all, the newest first."""
        with self._lock:
            found = [build for build in self._builds.values() if project in {None, build["projectName"]}]
            return copy.deepcopy(found[::-1])


def store(account_id: str = DEFAULT_ACCOUNT_ID, region: str = "eu-west-1") -> BuildStore:
    """The builds of an account and region.

    Args:
        account_id: The account, `AwsServer.account_id`.
        region: The region, `AwsServer.region`.
    """
    return _store_of(codebuild_backends[account_id][region])


def extend_moto() -> None:
    """Let moto answer CodeBuild calls with the operations of this module. Doing it again changes nothing."""
    moto.codebuild.urls.url_paths.update(dict.fromkeys(moto.codebuild.urls.url_paths, _CodeBuildResponse.dispatch))


def _store_of(backend: CodeBuildBackend) -> BuildStore:
    with _store_lock:
        found = vars(backend).setdefault("greenlight_builds", BuildStore())
        if not isinstance(found, BuildStore):
            raise TypeError(f"moto's CodeBuild backend holds a {type(found).__name__} where the builds are kept")
        return found


class _CodeBuildResponse(CodeBuildResponse):
    """moto's CodeBuild, with builds. Each method is the API operation of its name."""

    @property
    def builds(self) -> BuildStore:
        return _store_of(self.codebuild_backend)

    def start_build(self) -> ActionResult:
        project = self._project()
        request = self._get_params()
        variables = {each["name"]: each for each in project["environment"].get("environmentVariables") or ()}
        variables |= {each["name"]: each for each in self._get_param("environmentVariablesOverride") or ()}
        record = {
            "projectName": project["name"],
            "arn": f"{project['arn'].partition(':project/')[0]}:build/{project['name']}",
            "sourceVersion": self._get_param("sourceVersion"),
            "environment": {**project["environment"], "environmentVariables": list(variables.values())},
        }
        return ActionResult({"build": self.builds.start(record, self._get_param("idempotencyToken"), request)})

    def batch_get_builds(self) -> ActionResult:
        wanted = self._get_param("ids")
        if any(":" not in each for each in wanted):
            raise InvalidInputException("Invalid build ID provided")
        found = [build for build in self.builds.builds() if build["id"] in wanted]
        missing = [each for each in wanted if each not in {build["id"] for build in found}]
        return ActionResult({"builds": found, "buildsNotFound": missing})

    def list_builds_for_project(self) -> ActionResult:
        ids = [build["id"] for build in self.builds.builds(self._project()["name"])]
        start = int(self._get_param("nextToken") or 0)
        end = start + _PAGE
        return ActionResult({"ids": ids[start:end], "nextToken": str(end) if end < len(ids) else None})

    def stop_build(self) -> ActionResult:
        build_id = self._get_param("id")
        found = next((build for build in self.builds.builds() if build["id"] == build_id), None)
        if found is None:
            raise ResourceNotFoundException(f"Build {build_id} does not exist")
        if found["buildStatus"] == _RUNNING:
            self.builds.end(build_id, "STOPPED")
        return ActionResult({"build": next(build for build in self.builds.builds() if build["id"] == build_id)})

    def _project(self) -> dict[str, Any]:
        name = self._get_param("projectName")
        found = self.codebuild_backend.batch_get_projects([name])
        if not found:
            arn = f"arn:aws:codebuild:{self.region}:{self.current_account}:project/{name}"
            raise ResourceNotFoundException(f"Project cannot be found: {arn}")
        return found[0]
