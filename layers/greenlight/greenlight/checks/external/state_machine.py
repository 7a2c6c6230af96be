"""The ``state_machine`` check: an execution of a state machine of Step Functions.

A name is given to one execution of a STANDARD state machine within 90 days; StartExecution with a name that is taken returns
the execution while it runs, and ExecutionAlreadyExists after that:
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import quote

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from greenlight import aws
from greenlight.checks.base import CheckSettings, Files
from greenlight.checks.external.base import ExternalCheck, ExternalSettings
from greenlight.checks.external.console import Place
from greenlight.checks.external.inputs import filled, refuse_unknown_names
from greenlight.checks.external.work import NotYetError, Run, State, UnfitError, Work, one_line

_PATTERN: Final = r"arn:[a-z0-9-]+:states:[a-z0-9-]+:[0-9]{12}:stateMachine:[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?"
_ARN: Final = re.compile(_PATTERN)
_EXECUTION: Final = re.compile(r"arn:[^\s':]+:states:[^\s':]*:[^\s':]*:execution:[^\s']+")
_CURE: Final = "write arn:aws:states:REGION:ACCOUNT:stateMachine:NAME, with :VERSION or :ALIAS behind it if need be"
_NAME_PART: Final = 6
# Of what services give as the cause, the words that people wrote.
_WORDS: Final = ("errorMessage", "ErrorMessage", "StoppedReason", "message", "Message")

_STATES: Final = {
    "SUCCEEDED": (State.SUCCEEDED, "succeeded"),
    "FAILED": (State.FAILED, "failed"),
    "TIMED_OUT": (State.FAILED, "timed out"),
    "ABORTED": (State.FAILED, "was aborted"),
}
"""Of ExecutionStatus; any other is one that it is still on its way in."""


def _arn(text: str) -> str:
    if not _ARN.fullmatch(text):
        raise PydanticCustomError(
            "greenlight", "is no ARN of a state machine: {found}; {cure}", {"found": text, "cure": _CURE}
        )
    return text


_Arn = Annotated[
    str,
    AfterValidator(_arn),
    WithJsonSchema({"type": "string", "pattern": f"^{_PATTERN}$", "patternErrorMessage": _CURE}),
]


class StateMachineSettings(ExternalSettings):
    """What a gates file says of a state machine.

    Attributes:
        arn: The state machine, or one of its versions or aliases.
        input: What the execution gets; templates are filled in.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "state_machine": "write `arn`",
        "state_machine_arn": "write `arn`",
        "stateMachineArn": "write `arn`",
        "name": "write `arn`",
        "payload": "write `input`",
        "execution_name": "it is made out of the deployment, so that the work is started once",
    }

    arn: _Arn
    input: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True)
class StateMachineCheck(ExternalCheck):
    """An execution, ready to be started."""

    kind: ClassVar[str] = "state_machine"
    settings: StateMachineSettings

    def start(self, run: Run) -> Work:
        """Start the execution, or find the one that has its name."""
        self._refuse_express(run)
        given = json.dumps(filled(self.settings.input, run.context), sort_keys=True)
        run.about_to_start()
        try:
            started = self._call(
                run,
                "start_execution",
                stateMachineArn=self.settings.arn,
                name=self._execution_name(run),
                input=given,
            )
        except aws.AwsRefusedError as error:
            if error.code != "ExecutionAlreadyExists":
                raise
            return self._taken(run, str(error))
        return self._work(run, {"status": "RUNNING", **started})

    def look(self, run: Run, remembered: str) -> Work | None:
        """Ask how the execution stands; what is remembered is only that there is one, as its name can be worked out."""
        if remembered != run.short:
            return None
        try:
            return self._described(run, self._execution_arn(run))
        except aws.AwsRefusedError as error:
            if error.code == "ExecutionDoesNotExist":
                return None  # not shown yet, or under an ARN of another form; starting it again finds it
            raise

    def stop(self, run: Run, work: Work, reason: str) -> None:
        """Stop the execution."""
        arn = work.details.get("execution", self._execution_arn(run))
        try:
            self._call(run, "stop_execution", executionArn=arn, error="Greenlight.Timeout", cause=reason)
        except aws.AwsRefusedError as error:
            if not error.code.startswith("Kms"):
                raise
            # Of an encrypted execution, words need rights on the key, and stopping it needs none.
            self._call(run, "stop_execution", executionArn=arn)

    def _taken(self, run: Run, problem: str) -> Work:
        """Ask about the execution that has the name already; StartExecution says which one that is."""
        named = _EXECUTION.search(problem)
        arn = named[0] if named else self._execution_arn(run)
        try:
            return self._described(run, arn)
        except aws.AwsRefusedError as error:
            if error.code != "ExecutionDoesNotExist":
                raise
            # DescribeExecution is eventually consistent.
            raise NotYetError(f"execution {arn} was started, and Step Functions does not show it yet") from error

    def _refuse_express(self, run: Run) -> None:
        # Without the definition, which may need a key of KMS; and of the state machine itself, whose type is its versions'.
        arn = ":".join(self.settings.arn.split(":")[:7])
        found = self._call(run, "describe_state_machine", stateMachineArn=arn, includedData="METADATA_ONLY")
        if found["type"] != "STANDARD":
            problem = (
                f"state machine {self._machine} is of type {found['type']}, which can neither be started just once nor be "
                "asked how an execution stands; use one of type STANDARD"
            )
            raise UnfitError(problem)

    def _described(self, run: Run, arn: str) -> Work:
        return self._work(run, self._call(run, "describe_execution", executionArn=arn))

    def _work(self, run: Run, record: Mapping[str, Any]) -> Work:
        arn, status = record["executionArn"], record["status"]
        state, said = _STATES.get(status, (State.RUNNING, ""))
        error, cause = one_line(record.get("error") or ""), _words(record.get("cause"))
        page = f"states/home?region={Place.of(arn).region}#/v2/executions/details/{quote(arn, safe=':')}"
        return Work(
            id=run.short,
            what=f"execution {self._execution_name(run)} of state machine {self._machine}",
            state=state,
            status=status,
            said=said,
            why=": ".join(part for part in (error, cause) if part),
            started=record.get("startDate"),
            ended=record.get("stopDate"),
            details={"execution": arn, "link": Place.of(arn).console(page)},
        )

    def _call(self, run: Run, operation: str, **parameters: Any) -> dict[str, Any]:
        region = Place.of(self.settings.arn).region_beside(run.context.deployment.deployment_arn)
        return aws.call("stepfunctions", operation, region=region, **parameters)

    @property
    def _machine(self) -> str:
        return self.settings.arn.split(":", _NAME_PART)[_NAME_PART]

    def _execution_name(self, run: Run) -> str:
        return f"greenlight-{self.name}-{run.short}"

    def _execution_arn(self, run: Run) -> str:
        machine = ":".join(self.settings.arn.split(":")[: _NAME_PART + 1])
        return f"{machine.replace(':stateMachine:', ':execution:', 1)}:{self._execution_name(run)}"


def _words(cause: Any) -> str:
    """Return the words of a cause, which is often JSON that a service gave."""
    try:
        found = json.loads(cause) if isinstance(cause, str) else None
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        words = next((found[key] for key in _WORDS if isinstance(found.get(key), str)), None)
        if words is not None:
            return one_line(words)
    return one_line(cause or "")


def prepare_state_machine(settings: CheckSettings, stage: str, files: Files) -> StateMachineCheck:  # noqa: ARG001 - see Prepare
    """Make a state machine's check ready.

    Raises:
        DocumentError: With every template that names nothing.
    """
    if not isinstance(settings, StateMachineSettings):
        raise TypeError(settings)
    refuse_unknown_names(files.here, {"input": settings.input})
    return StateMachineCheck(settings)
