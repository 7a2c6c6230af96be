"""The ``switch`` check: tells workers without a load balancer which revision is to work.

A queue worker gets no requests that ECS could shift. It reads a parameter of Systems Manager, and this check writes it when ECS
shifts production traffic: forward, at each step of a canary, and on the way back.

It makes the idea of AWS's sample (one parameter for each revision, ``active`` where its weight is 100) fit for canaries,
where no weight is 100, and writes one value in one call, so that there is always exactly one active revision.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from greenlight import aws, clock
from greenlight.checks.base import CheckContext, CheckSettings, Files
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.checks.trouble import trouble
from greenlight.documents import DocumentError, Mistake, shown
from greenlight.stages import Stage

_ALL: Final = 100.0
_TOLERANCE: Final = 0.5
"""Percent that all weights together may be off: each of a canary's has one decimal."""

_NAME: Final = re.compile(r"(?:/[a-zA-Z0-9_.-]+){1,15}")
"""A hierarchy has at most fifteen levels: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html"""

_MAX_NAME: Final = 900
"""1011 with the ARN that stands before it (same page)."""

_RESERVED: Final = re.compile(r"/(?:aws|ssm)", re.IGNORECASE)
_MISSING: Final = "ParameterNotFound"
# Two writers at the same time; the next one reads what the other has written.
_BUSY: Final = frozenset({"TooManyUpdates", "ParameterAlreadyExists", "InternalServerError"})
_DESCRIPTION: Final = (
    "Which revision of {service} works, and in what shares. Written by Greenlight at each shift of production traffic."
)
_PERMISSION: Final = "the stack's parameter SwitchParameterArns grants it"


def _name(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        problem = f"is no name of a parameter: {shown(name)}; write it with its path, as /orders/active-revision"
    elif _RESERVED.match(name):
        problem = (
            f"begins with what AWS keeps for itself: {shown(name)}; choose another name, as /orders/active-revision"
        )
    else:
        return name
    raise PydanticCustomError("greenlight", "{problem}", {"problem": problem})


class SwitchSettings(CheckSettings):
    """What a gates file says of a switch.

    Attributes:
        parameter: Name of the parameter, with its path.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "name_of_parameter": "write `parameter`",
        "ssm": "write `parameter`",
        "parameter_name": "write `parameter`",
        "prefix": "write `parameter`, one for all revisions",
        "path": "write `parameter`",
        "key": "write `parameter`",
    }

    parameter: Annotated[str, Field(max_length=_MAX_NAME), AfterValidator(_name)]


class SwitchError(Exception):
    """When it cannot be told, or must not be written, which revision is to work."""


@dataclass(frozen=True)
class SwitchCheck:
    """A parameter that workers go by, ready to be written."""

    kind: ClassVar[str] = "switch"
    runs_on_rollback: ClassVar[bool] = True
    settings: SwitchSettings

    def skip_on_create(self) -> str | None:
        """Never: a new service's workers wait for their word, too."""
        return None

    def run(self, context: CheckContext) -> CheckResult:
        """Write what the event says, unless it stands there already."""
        deployment = context.deployment
        try:
            wanted = value_of(deployment.production_weights, deployment.green_arn, deployment.deployment_arn)
        except SwitchError as error:
            cure = f"nothing was written to {self.settings.parameter}, so that the workers go on as they are"
            return CheckResult(Outcome.FAILED, f"{error}; {cure}")
        told = _told(wanted)
        details = {"parameter": self.settings.parameter, **wanted}
        if self.settings.dry_run:
            return CheckResult(Outcome.SKIPPED, f"dry_run: nothing was written; it would be: {told}", details=details)
        try:
            there = self._read()
            if there is not None and _same(there, wanted):
                return CheckResult(
                    Outcome.PASSED, f"{told} ({self.settings.parameter} says so already)", details=details
                )
            self._write({**wanted, "at": _now()}, context.service, create=there is None)
        except SwitchError as error:
            return CheckResult(Outcome.FAILED, str(error), details=details)
        except aws.AwsError as error:
            return self._trouble(error)
        return CheckResult(Outcome.PASSED, f"{told} ({self.settings.parameter})", details=details)

    def _read(self) -> str | None:
        """Return what the parameter holds; None where there is none."""
        try:
            reply = aws.call("ssm", "get_parameter", Name=self.settings.parameter)
        except aws.AwsRefusedError as error:
            if error.code == _MISSING:
                return None
            raise
        found = reply.get("Parameter")
        if not isinstance(found, Mapping) or not isinstance(found.get("Value"), str):
            raise aws.AwsUnreachableError("ssm:GetParameter", "got a reply that is not AWS's: it has no value")
        if found.get("Type") not in {"String", None}:
            problem = f"the parameter {self.settings.parameter} is a {found['Type']}, expected a String"
            raise SwitchError(f"{problem}; delete it, and it is created, or name another one")
        return str(found["Value"])

    def _write(self, value: Mapping[str, Any], service: str, *, create: bool) -> None:
        # The type and the description are said once: who changes them afterwards wants them so.
        made = {"Type": "String", "Description": _DESCRIPTION.format(service=service or "a service")} if create else {}
        aws.call(
            "ssm",
            "put_parameter",
            Name=self.settings.parameter,
            Value=json.dumps(value),
            Overwrite=not create,
            **made,
        )

    def _trouble(self, error: aws.AwsError) -> CheckResult:
        what = f"the parameter {self.settings.parameter}"
        if error.code in _BUSY:
            return CheckResult(Outcome.ERROR, f"{what}: {error}")
        result = trouble(error, what)
        cure = f"; {_PERMISSION}" if isinstance(error, aws.AwsDeniedError) else ""
        return CheckResult(result.outcome, f"{result.summary}{cure}")


def prepare_switch(settings: CheckSettings, stage: str, files: Files) -> SwitchCheck:
    """Make the check ready; it reads no file.

    Raises:
        DocumentError: At a stage at which ECS does not shift production traffic.
    """
    if not isinstance(settings, SwitchSettings):
        raise TypeError(settings)
    if stage != Stage.PRODUCTION_TRAFFIC_SHIFT:
        problem = "follows production traffic, which ECS shifts at one stage, forward and back; let it stand at production_traffic_shift"
        raise DocumentError([Mistake(files.here.place(()), problem)])
    return SwitchCheck(settings)


def value_of(weights: Mapping[str, float], green_arn: str, deployment_arn: str) -> dict[str, Any]:
    """Return what the parameter shall say, but for the time.

    Args:
        weights: Service revision ARN → percent of the production traffic, as the event tells.
        green_arn: The revision that is deployed, on the way back, too.
        deployment_arn: The service deployment.

    Raises:
        SwitchError: When the weights make no sense.
    """
    if not weights:
        raise SwitchError("the event says nothing of production weights, expected a percent for each revision")
    strange = {arn: weight for arn, weight in weights.items() if not math.isfinite(weight) or not 0 <= weight <= _ALL}
    if strange:
        told = ", ".join(f"{weight:g} for {_id(arn)}" for arn, weight in strange.items())
        raise SwitchError(f"the event's production weights make no sense: {told}, expected 0 to 100")
    whole = sum(weights.values())
    if abs(whole - _ALL) > _TOLERANCE:
        raise SwitchError(f"the event's production weights are {whole:g} % together, expected 100 %")
    # Whoever works already goes on at a tie: handing over has to be worth it.
    active = max(weights, key=lambda arn: (weights[arn], arn != green_arn, arn))
    return {
        "active": _id(active),
        "active_arn": active,
        "weights": {arn: _plain(weights[arn]) for arn in sorted(weights)},
        "deployment": deployment_arn,
    }


def _same(text: str, wanted: Mapping[str, Any]) -> bool:
    """Tell whether a parameter says the same already, whenever that was written."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and {key: value for key, value in found.items() if key != "at"} == wanted


def _told(value: Mapping[str, Any]) -> str:
    weights = sorted(value["weights"].items(), key=lambda each: -each[1])
    listed = ", ".join(f"{weight:g} % {_id(arn)}" for arn, weight in weights)
    return f"revision {value['active']} is the active one ({listed})"


def _id(arn: str) -> str:
    return arn.rpartition("/")[2]


def _plain(weight: float) -> float:
    return int(weight) if float(weight).is_integer() else round(weight, 1)


def _now() -> str:
    return datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="seconds")
