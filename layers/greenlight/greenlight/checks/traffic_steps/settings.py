"""What a gates file says of traffic in steps."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from greenlight.checks.base import CheckSettings
from greenlight.checks.metrics import MetricsSettings
from greenlight.documents import Duration, duration_text

MAX_STEPS: Final = 20
_DEFAULT_STEPS: Final = (1, 5, 25, 50)
_DEFAULT_BAKE_SECONDS: Final = 300.0
_SPARE_SECONDS: Final = 15 * 60.0
_LONGEST_SECONDS: Final = 24 * 60 * 60.0
"""A stage lasts no longer: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html"""

_PRESET: Final = "http_health"
_Percent = Annotated[int, Field(ge=1, le=99)]


def _mistake(problem: str) -> PydanticCustomError:
    return PydanticCustomError("greenlight", "{problem}", {"problem": problem})


def _metrics(value: Any) -> Any:
    """Take false for no metrics, and nothing or true for the preset."""
    if value is False:
        return None
    return MetricsSettings(preset=_PRESET) if value is None or value is True else value


class _OnOrOff:
    """Lets an editor know that true and false may stand there, too."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        forms = handler(schema).get("anyOf", [])
        return {"anyOf": [*(form for form in forms if "$ref" in form), {"enum": [True, False, None]}]}


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class TrafficStepsSettings(CheckSettings):
    """What a gates file says of traffic in steps.

    Attributes:
        steps: Percent of the production traffic that green gets, one after the other; ECS shifts the rest.
        bake: Seconds that each step lasts at least.
        metrics: What is watched during each step; None for nothing.
        timeout: Seconds after which all steps have to be through; None for twice as long as they bake, and 15 minutes.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "weights": "write `steps`, a list of percents",
        "percents": "write `steps`",
        "stepWeights": "write `steps`",
        "setWeight": "write `steps`, a list of percents",
        "max_weight": "write `steps`, a list of percents",
        "step_percent": "write `steps`, a list of percents",
        "stepPercent": "write `steps`, a list of percents; or use LINEAR, which is ECS's own",
        "canaryPercent": "write `steps`; or use CANARY, which is ECS's own",
        "interval": "write `bake`",
        "pause": "write `bake`",
        "duration": "write `bake`",
        "bake_time": "write `bake`",
        "deadline": "write `timeout`",
        "smoke": "it stands beside this check, and is asked before any traffic is moved",
        "alarms": "it stands beside this check, and is asked before any traffic is moved; `metrics` is watched meanwhile",
        "preset": "write `metrics: {preset: http_health}`",
    }

    steps: Annotated[tuple[_Percent, ...], Field(min_length=1, max_length=MAX_STEPS), BeforeValidator(_tuple)] = (
        _DEFAULT_STEPS
    )
    bake: Annotated[Duration, Field(ge=1, le=_LONGEST_SECONDS)] = _DEFAULT_BAKE_SECONDS
    metrics: Annotated[MetricsSettings | None, BeforeValidator(_metrics), _OnOrOff()] = MetricsSettings(preset=_PRESET)
    timeout: Annotated[Duration, Field(le=_LONGEST_SECONDS)] | None = None

    @property
    def longest(self) -> float:
        """Return the seconds within which all steps have to be through."""
        return self.baking * 2 + _SPARE_SECONDS if self.timeout is None else self.timeout

    @property
    def baking(self) -> float:
        """Return the seconds that all steps take at least."""
        return self.bake * len(self.steps)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        for step, following in zip(self.steps, self.steps[1:], strict=False):
            if following <= step:
                raise _mistake(
                    f"has to give green more with each step, found {following} % after {step} %; write them in ascending order"
                )
        return self

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        baking = f"{len(self.steps)} steps of {duration_text(self.bake)}"
        if self.baking >= _LONGEST_SECONDS:
            raise _mistake(f"takes longer than the 24 h that ECS gives a stage: {baking}; shorten `bake`")
        if self.baking >= self.longest:
            raise _mistake(
                f"cannot be through within its `timeout` of {duration_text(self.longest)}: {baking}; shorten `bake`, or raise `timeout`"
            )
        return self

    @model_validator(mode="after")
    def _can_stop(self) -> Self:
        """Refuse everything that would leave users with a revision that was found wanting, or that nobody looked at."""
        soft = {
            "severity: warning": self.severity == "warning",
            "on_error: pass": self.on_error == "pass",
            "on_timeout: pass": self.on_timeout == "pass",
        }
        for words, given in soft.items():
            if given:
                problem = f"moves users, and has to move them back when something is wrong; take out `{words}`"
                raise _mistake(f"{problem}, or write `dry_run: true`, with which no traffic is moved")
        if self.on_create == "run":
            raise _mistake("has nobody to share the traffic with on a first deployment; take out `on_create: run`")
        return self

    @model_validator(mode="after")
    def _metrics_of_its_own(self) -> Self:
        if self.metrics is not None:
            for key in sorted(self.metrics.model_fields_set & set(CheckSettings.model_fields)):
                raise _mistake(
                    f"is a part of traffic_steps, and `metrics` in it has no `{key}` of its own; take it out"
                )
        return self
