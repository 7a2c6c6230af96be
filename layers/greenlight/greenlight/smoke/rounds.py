"""How often a request is sent, as people write it: again after a failure, many times, and to blue as well."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from greenlight.documents import Percentage, Strict
from greenlight.smoke.differences import Ignored, IgnoredPathError, compile_ignored
from greenlight.smoke.fields import Given, Span, mistake, or_mapping

MAX_CONCURRENCY: Final = 20
MAX_RETRIES: Final = 20
MAX_REPEAT: Final = 1000
MAX_SAMPLES: Final = 5


class Retries(Strict):
    """How often a failed attempt is repeated."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("attempts", "times", "max", "n"), "write count"),
        **dict.fromkeys(("delay", "wait", "sleep", "pause", "every"), "write interval"),
        "factor": "write backoff",
    }

    count: Annotated[int, Field(ge=0, le=MAX_RETRIES)] = 0
    interval: Span = 1.0
    backoff: Annotated[float, Field(ge=1, le=10)] = 1.0

    @property
    def pauses(self) -> float:
        """Return the seconds that all pauses take together."""
        return sum(self.interval * self.backoff**number for number in range(self.count))


class LatencyLimits(Strict):
    """How long the requests may take: percentiles by the nearest rank, over all attempts."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("median", "p50th"), "write p50"),
        **dict.fromkeys(("mean", "average"), "write avg"),
        **dict.fromkeys(("p100", "maximum", "max_latency"), "write max"),
    }

    p50: Given[Span] = None
    p90: Given[Span] = None
    p95: Given[Span] = None
    p99: Given[Span] = None
    max: Given[Span] = None
    avg: Given[Span] = None

    @model_validator(mode="after")
    def _something(self) -> "LatencyLimits":
        if not self.model_fields_set:
            raise mistake("limits nothing; give p50, p90, p95, p99, max or avg")
        return self


class Repeat(Strict):
    """A request that is sent many times, and judged over all replies."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("times", "n", "requests", "iterations"), "write count"),
        **dict.fromkeys(("parallel", "workers", "threads", "users", "vus"), "write concurrency"),
        **dict.fromkeys(("success_rate", "min_success_rate", "success", "threshold"), "write min_success: 99%"),
        **dict.fromkeys(("max_failures", "failures", "error_rate"), "write min_success: 99%"),
        **dict.fromkeys(("p50", "p90", "p95", "p99", "max", "avg"), "write it under latency"),
        **dict.fromkeys(("max_latency", "duration_limits"), "write latency: {p95: 300ms}"),
    }

    count: Annotated[int, Field(ge=1, le=MAX_REPEAT)]
    concurrency: Annotated[int, Field(ge=1, le=MAX_CONCURRENCY)] = 1
    min_success: Percentage = 1.0
    latency: Given[LatencyLimits] = None

    @property
    def allowed(self) -> int:
        """Return how many requests may go wrong."""
        # A hair more than the fraction, because 0.01 x 100 is a hair less than 1.
        return math.floor(self.count * (1 - self.min_success) + 1e-9)

    @model_validator(mode="after")
    def _possible(self) -> "Repeat":
        if self.min_success < 1 and not self.allowed:
            least = math.ceil(1 / (1 - self.min_success) - 1e-9)
            raise mistake(
                f"{_percent(self.min_success)} of {self.count} requests allows no failure; write min_success: 100%, "
                f"or a count of at least {least}"
            )
        return self


class LatencyBesideBlue(Strict):
    """How much slower than blue green may be: only what is beyond both bounds counts."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("ratio", "max_factor", "factor"), "write max_ratio"),
        **dict.fromkeys(("delta", "slack", "max_delta", "tolerance"), "write min_delta"),
    }

    max_ratio: Annotated[float, Field(ge=1, le=100)]
    min_delta: Span = 0.05


def _ignored(value: Any) -> Ignored:
    if not isinstance(value, str):
        raise mistake("has to be a path as meta.request_id or items[*].id")
    try:
        return compile_ignored(value)
    except IgnoredPathError as error:
        raise mistake(str(error)) from error


class Compare(Strict):
    """The same request on the production listener, where blue answers."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("exclude", "except", "skip", "ignored", "ignore_paths"), "write ignore"),
        **dict.fromkeys(("body", "mode", "with", "strict"), "write json: same or json: same_types"),
        **dict.fromkeys(("max_ratio", "min_delta"), "write it under latency"),
        **dict.fromkeys(("count", "n", "times"), "write samples"),
        **dict.fromkeys(("unsafe", "allow_post"), "write allow_unsafe: true"),
    }

    json_: Literal["same", "same_types", "any"] = Field(default="same", alias="json")
    ignore: list[Annotated[Ignored, PlainValidator(_ignored), WithJsonSchema({"type": "string"})]] = Field(
        default_factory=list, max_length=100
    )
    latency: Given[LatencyBesideBlue] = None
    samples: Annotated[int, Field(ge=1, le=MAX_SAMPLES)] = 2
    allow_unsafe: bool = False


def _percent(fraction: float) -> str:
    return f"{fraction * 100:.6g}%"


RetriesField = Annotated[Retries, or_mapping(lambda count: {"count": count})]
RepeatField = Annotated[Repeat, or_mapping(lambda count: {"count": count})]
