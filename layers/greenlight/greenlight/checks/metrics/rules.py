"""Rules of a gates file: what a value has to be."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from greenlight.checks.metrics.measures import COUNTS_REQUESTS, MEASURES, OWN_RATIO
from greenlight.checks.metrics.queries import mistake
from greenlight.documents import Strict

Few = Literal["wait", "pass", "fail"]
Missing = Literal["wait", "pass", "fail", "zero"]
NotANumber = Literal["wait", "fail"]
_Number = Annotated[float, Field(allow_inf_nan=False)]
Samples = Annotated[int, Field(ge=1, le=1_000_000_000)]


class Rule(Strict):
    """What one value has to be: within limits of its own, or not much worse than blue's.

    Attributes:
        query: A measure (5xx_rate, connection_error_rate, p50, p95, p99, request_count) or a query of this check.
        max: The most that is good.
        min: The least that is good.
        fail_above: The value above which it is bad; between max and this the measurement is inconclusive.
        fail_below: The value below which it is bad; between this and min the measurement is inconclusive.
        compare_to: ``blue`` holds green's value against blue's: at most blue's times ratio plus slack.
        ratio: How many times blue's value green may have.
        slack: How much may come on top, in the value's own unit.
        max_without_blue: The most that is good where there is no blue to compare with.
        min_samples: Wins over the check's.
        on_few_samples: Wins over the check's.
        missing_data: Wins over the check's.
        not_a_number: Wins over the check's.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "measure": "write `query`",
        "metric": "write `query`, a measure like p95 or the name of one of `queries`",
        "above": "write `fail_above`, or `max`",
        "below": "write `fail_below`, or `min`",
        "threshold": "write `max` or `min`",
        "success": "write `max` or `min`",
        "failure": "write `fail_above` or `fail_below`",
        "success_condition": "write `max` or `min`",
        "failure_condition": "write `fail_above` or `fail_below`",
        "tolerance": "write `ratio` and `slack`",
    }

    query: str
    max: _Number | None = None
    min: _Number | None = None
    fail_above: _Number | None = None
    fail_below: _Number | None = None
    compare_to: Literal["blue"] | None = None
    ratio: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] | None = None
    slack: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    max_without_blue: _Number | None = None
    min_samples: Samples | None = None
    on_few_samples: Few | None = None
    missing_data: Missing | None = None
    not_a_number: NotANumber | None = None

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        low = [("fail_below", self.fail_below), ("min", self.min)]
        ordered = [*low, ("max", self.max), ("fail_above", self.fail_above)]
        given = [(name, value) for name, value in ordered if value is not None]
        for (name, value), (following, other) in pairwise(given):
            if value > other:
                raise mistake(f"`{name}` {value:g} is above `{following}` {other:g}, so that nothing could pass")
        if self.compares and self.query == COUNTS_REQUESTS:
            raise mistake("request_count cannot be compared: blue and green get other shares of the requests")
        return self

    @property
    def has_limits(self) -> bool:
        """Tell whether it has limits that hold whatever blue does."""
        return any(limit is not None for limit in (self.max, self.min, self.fail_above, self.fail_below))

    @property
    def compares(self) -> bool:
        """Tell whether it needs blue."""
        return any(key is not None for key in (self.compare_to, self.ratio, self.slack, self.max_without_blue))

    @property
    def times(self) -> float:
        """Return how many times blue's value is let through."""
        if self.ratio is not None:
            return self.ratio
        return MEASURES[self.query].ratio if self.query in MEASURES else OWN_RATIO

    @property
    def plus(self) -> float:
        """Return what is let through on top of that."""
        if self.slack is not None:
            return self.slack
        return MEASURES[self.query].slack if self.query in MEASURES else 0.0

    @property
    def called(self) -> str:
        """Return what people call its value; a query of their own in quotes."""
        return self.query if self.query in MEASURES else f'"{self.query}"'

    @property
    def unit(self) -> str:
        """Return what stands behind its numbers; empty where nobody knows."""
        return MEASURES[self.query].unit if self.query in MEASURES else ""

    def with_words_of(self, written: "Rule") -> "Rule":
        """Return it with everything that another rule says itself."""
        return self.model_copy(update={key: getattr(written, key) for key in written.model_fields_set})
