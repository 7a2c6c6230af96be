"""The ``lambda`` check: a function of the team's own, which looks at the deployment and answers.

Lambda has no token that would keep a function from running twice, so that each invocation of the gate calls it once, and
only once: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Final, Self
from urllib.parse import quote

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from greenlight import aws, clock
from greenlight.bounded import Task, TimeIsUpError
from greenlight.checks.base import CheckContext, CheckSettings, Files
from greenlight.checks.external.base import ExternalSettings, aws_trouble, moment, work_settings
from greenlight.checks.external.console import Place
from greenlight.checks.external.function_reply import Reply, UnusableReplyError, read_reply
from greenlight.checks.external.inputs import filled, refuse_unknown_names
from greenlight.checks.external.work import one_line, run_of
from greenlight.checks.moments import span
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.deployment import DeploymentError
from greenlight.documents import duration_text

_OPERATION: Final = "lambda:InvokeFunction"
_MOST_BYTES: Final = 256 * 1024
_MAX_ATTEMPTS: Final = 1_000_000
# As in the API's description of FunctionName.
_PREFIX: Final = r"(arn:[a-z0-9-]+:lambda:[a-z0-9-]+:)?([0-9]{12}:)?(function:)?"
_QUALIFIER: Final = r"\$LATEST|[A-Za-z0-9_-]{1,128}"
_PATTERN: Final = rf"{_PREFIX}[A-Za-z0-9_-]{{1,140}}(:({_QUALIFIER}))?"
_FUNCTION: Final = re.compile(rf"{_PREFIX}(?P<name>[A-Za-z0-9_-]{{1,140}})(:(?P<qualifier>{_QUALIFIER}))?")
_CURE: Final = "write the function's name or ARN, with :VERSION or :ALIAS behind it if need be"
_GIVEN: Final = frozenset(
    {
        "attempt",
        "blue",
        "check",
        "deployment",
        "executionDetails",
        "executionId",
        "green",
        "lifecycleStage",
        "memory",
        "resourceArn",
        "run_id",
        "service",
        "stage",
        "step",
    }
)
"""What every function is given."""


def _function(name: str) -> str:
    if not _FUNCTION.fullmatch(name):
        raise PydanticCustomError(
            "greenlight", "is no name of a function: {found}; {cure}", {"found": name, "cure": _CURE}
        )
    return name


def _qualifier(text: str) -> str:
    if not re.fullmatch(_QUALIFIER, text):
        raise PydanticCustomError(
            "greenlight", "is neither a version nor an alias of a function: {found}", {"found": text}
        )
    return text


def _parts(function: str) -> Mapping[str, str | None]:
    match = _FUNCTION.fullmatch(function)
    return {} if match is None else match.groupdict()


def _payload(payload: dict[str, Any]) -> dict[str, Any]:
    taken = ", ".join(sorted(_GIVEN & payload.keys()))
    if taken:
        problem = f"sets {taken}, which every function is given; choose other keys"
        raise PydanticCustomError("greenlight", "{problem}", {"problem": problem})
    if not isinstance(payload.get("hookDetails", {}), dict):
        raise PydanticCustomError("greenlight", "has hookDetails that are no mapping; hooks of ECS get an object")
    return payload


class LambdaSettings(ExternalSettings):
    """What a gates file says of a function.

    Attributes:
        function: Its name or ARN.
        qualifier: Version or alias, where the name does not say.
        payload: What the function gets besides; templates are filled in.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "name": "write `function`",
        "arn": "write `function`",
        "function_name": "write `function`",
        "functionName": "write `function`",
        "hookTargetArn": "write `function`",
        "alias": "write `qualifier`",
        "version": "write `qualifier`",
        "input": "write `payload`",
        "event": "write `payload`",
        "hookDetails": "write it under `payload`",
    }

    function: Annotated[
        str,
        AfterValidator(_function),
        WithJsonSchema({"type": "string", "pattern": f"^{_PATTERN}$", "patternErrorMessage": _CURE}),
    ]
    qualifier: Annotated[str, AfterValidator(_qualifier)] | None = None
    payload: Annotated[dict[str, Any], AfterValidator(_payload)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_qualifier(self) -> Self:
        named = _parts(self.function)["qualifier"]
        if self.qualifier is not None and named is not None:
            problem = f"names {named} in `function` and {self.qualifier} as `qualifier`; write one of them"
            raise PydanticCustomError("greenlight", "{problem}", {"problem": problem})
        return self


@dataclass(frozen=True)
class _Memory:
    """What is remembered of the earlier invocations.

    Attributes:
        attempt: Number of this one, from 1.
        since: When the first one was, in seconds since the epoch.
        given: What the function wants to be given again.
    """

    attempt: int
    since: float
    given: Mapping[str, Any]

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        before, given = raw.get("attempt"), raw.get("memory")
        attempt = before + 1 if type(before) is int and 0 < before < _MAX_ATTEMPTS else 1
        return cls(attempt, moment(raw.get("since")) or clock.now(), given if isinstance(given, dict) else {})

    def write(self, given: Mapping[str, Any]) -> dict[str, Any]:
        told = {"attempt": self.attempt, "since": int(self.since)}
        return {**told, "memory": dict(given)} if given else told


class _NotCalledError(Exception):
    """The invocation ended before the function's turn came."""


@dataclass(frozen=True)
class _Called:
    """What came of a call."""

    body: bytes
    error: str | None
    request_id: str | None


@dataclass(frozen=True)
class LambdaCheck:
    """A function, ready to be called."""

    kind: ClassVar[str] = "lambda"
    settings: LambdaSettings

    @property
    def name(self) -> str:
        """Return what people call the check."""
        return self.settings.name or self.kind

    def skip_on_create(self) -> str | None:
        """Never: the function is told that there is no blue, and decides itself."""
        return None

    def run(self, context: CheckContext) -> CheckResult:
        """Call the function once, and take its answer; trouble on the way to one is an error, never a failure."""
        memory = _Memory.read(context.memory)
        try:
            called = self._call(context, self._given(context, memory))
            details = self._details(context, called)
            result = self._result(called, memory)
        except TimeIsUpError:
            # To call it again would only run it twice at a time.
            details, result = self._details(context), CheckResult(Outcome.FAILED, self._too_slow(context))
        except _NotCalledError:
            problem = f"function {self._function} was not called: this invocation's time is over"
            details, result = self._details(context), CheckResult(Outcome.ERROR, problem)
        except aws.AwsThrottledError as error:
            problem = (
                f"function {self._function} is throttled ({error.code}): it, or the account, has no concurrency left"
            )
            details, result = self._details(context), CheckResult(Outcome.ERROR, f"{problem}; it is called again")
        except aws.AwsError as error:
            details, result = self._details(context), aws_trouble(error)
        except DeploymentError as error:
            outcome = Outcome.ERROR if error.transient else Outcome.FAILED
            details, result = self._details(context), CheckResult(outcome, str(error))
        if result.outcome is Outcome.ERROR:
            result = replace(result, memory=memory.write(memory.given))
        return replace(result, details=details | {"attempt": memory.attempt})

    @property
    def _function(self) -> str:
        """Return what people call the function."""
        parts = _parts(self.settings.function)
        qualifier = self.settings.qualifier or parts["qualifier"]
        return f"{parts['name']}:{qualifier}" if qualifier else str(parts["name"])

    def _given(self, context: CheckContext, memory: _Memory) -> dict[str, Any]:
        """Make the function's event: Greenlight's own keys, and those of ECS's hooks, so that a hook works as it is."""
        deployment, settings = context.deployment, self.settings
        blue = deployment.blue()
        arn = deployment.deployment_arn
        before, _, names = arn.partition(":service-deployment/")
        cluster_and_service = names.rpartition("/")[0]
        given = {
            **filled(settings.payload, context),
            "deployment": arn,
            "stage": context.stage,
            "step": context.step,
            "service": cluster_and_service.rpartition("/")[2],
            "green": deployment.green().variables(),
            "blue": None if blue is None else blue.variables(),
            "check": self.name,
            "run_id": context.run_id,
            "attempt": memory.attempt,
            "memory": dict(memory.given),
            "executionId": run_of(context, self.name, work_settings(self.kind, settings), 0).short,
            "lifecycleStage": context.stage,
            "resourceArn": arn,
            "executionDetails": {
                "serviceArn": f"{before}:service/{cluster_and_service}",
                "targetServiceRevisionArn": deployment.green_arn,
                "testTrafficWeights": {},
                "productionTrafficWeights": dict(deployment.production_weights),
            },
        }
        return {**given, "hookDetails": {**given.get("hookDetails", {}), **memory.given}}

    def _call(self, context: CheckContext, given: Mapping[str, Any]) -> _Called:
        """Call the function, within what is left of the invocation.

        Raises:
            AwsError: When Lambda did not call it.
            TimeIsUpError: When the function took longer.
            _NotCalledError: When there is no time to call it.
        """
        qualifier = {"Qualifier": self.settings.qualifier} if self.settings.qualifier else {}
        payload, arn = json.dumps(given).encode(), context.deployment.deployment_arn

        def invoke() -> _Called:
            with aws.in_words(_OPERATION):
                client = aws.patient_client("lambda", self._place(context).region_beside(arn))
                reply = client.invoke(FunctionName=self.settings.function, Payload=payload, **qualifier)
                body = aws.read_body(_OPERATION, reply["Payload"], _MOST_BYTES + 1)
                return _Called(body, reply.get("FunctionError"), reply["ResponseMetadata"].get("RequestId"))

        seconds = self._seconds(context)
        if seconds <= 0:
            raise _NotCalledError
        return Task(invoke, f"function {self._function}").result(seconds)

    def _seconds(self, context: CheckContext) -> float:
        return min(context.deadline - time.monotonic(), self.settings.timeout)

    def _result(self, called: _Called, memory: _Memory) -> CheckResult:
        if called.error is not None:
            return CheckResult(Outcome.ERROR, f"function {self._function} failed: {_function_error(called)}")
        if len(called.body) > _MOST_BYTES:
            problem = f"returned more than {_MOST_BYTES // 1024} KB; a sentence in `summary` is enough"
            return CheckResult(Outcome.ERROR, f"function {self._function} {problem}")
        try:
            reply = read_reply(called.body)
        except UnusableReplyError as error:
            return CheckResult(Outcome.ERROR, f"function {self._function} {error}")
        if reply.outcome is not Outcome.INCONCLUSIVE:
            return CheckResult(reply.outcome, self._told(reply))
        waited = clock.now() - memory.since
        if waited >= self.settings.timeout:
            limit = duration_text(self.settings.timeout)
            problem = f"came to no answer in {span(waited)}, longer than its timeout of {limit}"
            return CheckResult(Outcome.FAILED, f"function {self._function} {problem}; last: {reply.summary}")
        return CheckResult(
            Outcome.INCONCLUSIVE, self._told(reply), reply.retry_after, memory=memory.write(reply.memory)
        )

    def _told(self, reply: Reply) -> str:
        return f"{reply.summary} (function {self._function})"

    def _too_slow(self, context: CheckContext) -> str:
        within, raised = "its timeout", "`timeout`"
        if self._seconds(context) <= 0:
            within, raised = "this invocation's time", "the time-out of Greenlight's function"
        return (
            f"function {self._function} did not answer within {within}, and may be at work still; it is not called again, "
            f"because it would run twice: let it answer inconclusive before that, or raise {raised}"
        )

    def _place(self, context: CheckContext) -> Place:
        named = self.settings.function.startswith("arn:")
        return Place.of(self.settings.function if named else context.deployment.deployment_arn)

    def _details(self, context: CheckContext, called: _Called | None = None) -> dict[str, Any]:
        place = self._place(context)
        name = quote(self._function.partition(":")[0], safe="")
        page = f"lambda/home?region={place.region}#/functions/{name}?tab=monitoring"
        told = {"function": self._function, "link": place.console(page), "request": called and called.request_id}
        return {key: value for key, value in told.items() if value is not None}


def _function_error(called: _Called) -> str:
    """Say what escaped a function: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html."""
    try:
        found = json.loads(called.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return one_line(f"{called.error}: {called.body[:1000].decode('utf-8', 'replace')}")
    kind, message = found.get("errorType") or called.error, found.get("errorMessage") or "no message"
    return one_line(f"{kind}: {message}")


def prepare_lambda(settings: CheckSettings, stage: str, files: Files) -> LambdaCheck:  # noqa: ARG001 - see Prepare
    """Make a function ready.

    Raises:
        DocumentError: With every template that names nothing.
    """
    if not isinstance(settings, LambdaSettings):
        raise TypeError(settings)
    refuse_unknown_names(files.here, {"payload": settings.payload})
    return LambdaCheck(settings)
