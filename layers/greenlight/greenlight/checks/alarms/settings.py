"""What a gates file says of alarms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from greenlight.checks.base import CheckSettings
from greenlight.documents import Duration, shown

MAX_NAMES: Final = 500
_ARN_PARTS: Final = 7


def _mistake(problem: str) -> PydanticCustomError:
    return PydanticCustomError("greenlight", "{problem}", {"problem": problem})


@dataclass(frozen=True)
class AlarmArn:
    """The parts of an alarm's ARN that matter.

    Attributes:
        text: All of it.
        region: Where the alarm is.
        name: Its name, which may hold colons.
    """

    text: str
    region: str
    name: str


def parse_arn(text: str) -> AlarmArn:
    """Read an ARN, ``arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME``.

    Raises:
        PydanticCustomError: When it is none of an alarm.
    """
    parts = text.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS or not all(parts) or (parts[0], parts[2], parts[5]) != ("arn", "cloudwatch", "alarm"):
        raise _mistake(f"is no ARN of an alarm: {shown(text)}; write arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME")
    return AlarmArn(text, region=parts[3], name=parts[6])


def _name(name: str) -> str:
    if name.startswith("arn:"):
        raise _mistake(f"is an ARN: {shown(name)}; write it under `arns`")
    if name.endswith("*"):
        raise _mistake(
            f"is taken to the letter: {shown(name)}; for all alarms that begin so write `prefix: {name[:-1]}`"
        )
    return name


def _prefix(prefix: str) -> str:
    if prefix.endswith("*"):
        raise _mistake(
            f"is taken to the letter: {shown(prefix)}; write it without the asterisk: `prefix: {prefix[:-1]}`"
        )
    return prefix


def _arn(arn: str) -> str:
    parse_arn(arn)
    return arn


# botocore's model of CloudWatch, AlarmName: 1 to 255 characters; AlarmArn: up to 1600.
_AlarmText = Annotated[str, Field(min_length=1, max_length=255)]
_AlarmName = Annotated[_AlarmText, AfterValidator(_name)]
_AlarmPrefix = Annotated[_AlarmText, AfterValidator(_prefix)]
_AlarmArn = Annotated[str, Field(min_length=1, max_length=1600), AfterValidator(_arn)]


class AlarmsSettings(CheckSettings):
    """What a gates file says of an alarms check.

    Attributes:
        names: Alarms by their whole names.
        prefix: All alarms whose names begin so; at least one has to be there.
        arns: Alarms by their ARNs, in any Region of the function's own account.
        missing_data: What an alarm means that has no data to judge by.
        ok_for: Seconds for which every alarm must have been OK.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "alarms": "write `names`, a list",
        "alarm_names": "write `names`",
        "alarmNames": "write `names`",
        "name_prefix": "write `prefix`",
        "alarm_name_prefix": "write `prefix`",
        "prefixes": "write `prefix`, and a second check with a `name` of its own for another one",
        "arn": "write `arns`, a list",
        "alarm_arns": "write `arns`",
        "treat_missing_data": "write `missing_data: fail`, `wait` or `pass`",
        "insufficient_data": "write `missing_data: fail`, `wait` or `pass`",
    }

    names: list[_AlarmName] = Field(default=[], max_length=MAX_NAMES)
    prefix: _AlarmPrefix | None = None
    arns: list[_AlarmArn] = Field(default=[], max_length=MAX_NAMES)
    missing_data: Literal["fail", "wait", "pass"] = "pass"
    ok_for: Duration = 0.0

    @model_validator(mode="after")
    def _some_alarm(self) -> Self:
        if not self.names and not self.arns and self.prefix is None:
            beside = "" if self.name is None else " (`name` is what the check is called)"
            problem = f"names no alarm{beside}; write `names: [orders-5xx]`, `prefix: orders-` or `arns: […]`"
            raise _mistake(problem)
        return self
