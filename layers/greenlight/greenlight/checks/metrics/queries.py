"""Queries of a gates file: a metric with a statistic, or metric math over others.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Final, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from greenlight.checks.metrics.measures import MEASURES
from greenlight.documents import Duration, Strict, shown
from greenlight.smoke.templates import names, with_samples

OURS: Final = "greenlight_"
"""What the ids of our own queries begin with."""

PLACEHOLDERS: Final = tuple(
    f"{side}.{key}"
    for side in ("green", "blue")
    for key in ("target_group", "load_balancer", "revision", "task_definition", "image_tag", "image_digest")
)
TRAFFIC: Final = frozenset({"target_group", "load_balancer"})
"""What a placeholder names whose metrics are of the traffic that a revision gets."""

_MINUTE: Final = 60
_SHORT_PERIODS: Final = frozenset({1, 5, 10, 20, 30})
_ID: Final = re.compile(r"[a-z][A-Za-z0-9_]*")
# Statistics: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
_STAT: Final = re.compile(
    r"Sum|Average|Minimum|Maximum|SampleCount|IQM|(?:p|tm|tc|ts|wm)(?:100|\d{1,2}(?:\.\d{1,10})?)"
    r"|(?:PR|TM|TC|TS|WM)\([^()]{1,40}\)"
)
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
# A word of metric math that is an id and not a function, a number's exponent or an attribute.
_WORD: Final = re.compile(r"(?<![A-Za-z0-9_.])[a-z][A-Za-z0-9_]*(?![A-Za-z0-9_(])")


def mistake(problem: str) -> PydanticCustomError:
    """Return what a validator raises."""
    return PydanticCustomError("greenlight", "{problem}", {"problem": problem})


def is_period(seconds: float) -> bool:
    """Tell whether CloudWatch takes so many seconds for a period.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html
    """
    return seconds > 0 and (seconds in _SHORT_PERIODS or seconds % _MINUTE == 0)


def _id(name: str) -> str:
    if name in MEASURES:
        raise mistake(f"{shown(name)} is a measure that is there already; choose another name")
    if not _ID.fullmatch(name) or name.startswith(OURS):
        problem = f"{shown(name)} is no name of a query; start with a small letter, use letters, digits and _"
        raise mistake(f"{problem}, and not greenlight_ in front")
    return name


def _stat(stat: str) -> str:
    if not _STAT.fullmatch(stat):
        close = difflib.get_close_matches(stat, ("Sum", "Average", "Minimum", "Maximum", "SampleCount", "p99"), n=1)
        cure = f'did you mean "{close[0]}"?' if close else "write Sum, Average, Minimum, Maximum, SampleCount or p99"
        raise mistake(f"is no statistic of CloudWatch: {shown(stat)}; {cure}")
    return stat


def _value(text: str) -> str:
    if "{{" in with_samples(text):
        raise mistake(f"opens a placeholder that is none: {shown(text)}; write {{{{ green.target_group }}}}")
    for name in names(text):
        if name not in PLACEHOLDERS:
            close = difflib.get_close_matches(name, PLACEHOLDERS, n=1)
            cure = f"did you mean {close[0]}?" if close else f"there are: {', '.join(PLACEHOLDERS)}"
            raise mistake(f"{{{{ {name} }}}} names nothing; {cure}")
    return text


def _expression(text: str) -> str:
    if re.search(r"\bMETRICS\(", _QUOTED.sub("", text)):
        raise mistake("METRICS() takes in the queries that Greenlight adds, too; name the queries one by one")
    return text


QueryName = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_id)]
_Name = Annotated[str, Field(min_length=1, max_length=255)]


class Query(Strict):
    """One value of CloudWatch: of a metric, or worked out from other queries.

    Attributes:
        namespace: The metric's namespace, like ``AWS/SQS``.
        metric: The name of the metric.
        dimensions: All of its dimensions; ``{{ green.target_group }}`` and the like are filled in.
        stat: The statistic of it, as Sum, Average or p99.
        period: Seconds of one data point; the whole window where it is not given.
        expression: Metric math over other queries by their names, instead of a metric.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "metric_name": "write `metric`",
        "name": "write `metric`; what the query is called stands before it",
        "statistic": "write `stat`",
        "statistics": "write `stat`, one of them",
        "dimension": "write `dimensions`",
        "math": "write `expression`",
    }

    namespace: _Name | None = None
    metric: _Name | None = None
    # botocore's model of CloudWatch, Dimensions: 30 at most.
    dimensions: dict[_Name, Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(_value)]] = Field(
        default={}, max_length=30
    )
    stat: Annotated[str, AfterValidator(_stat)] | None = None
    period: Duration | None = None
    # botocore's model of CloudWatch, MetricExpression.
    expression: Annotated[str, Field(min_length=1, max_length=2048), AfterValidator(_expression)] | None = None

    @model_validator(mode="after")
    def _metric_or_math(self) -> Self:
        if self.expression is not None:
            if self.namespace or self.metric or self.dimensions or self.stat:
                raise mistake("has an `expression` and a metric; make a query of its own for each")
        elif self.namespace is None or self.metric is None or self.stat is None:
            missing = [key for key in ("namespace", "metric", "stat") if getattr(self, key) is None]
            raise mistake(f"has no {', '.join(missing)}; write namespace, metric and stat, or an `expression`")
        if self.period is not None and not is_period(self.period):
            raise mistake("`period` has to be 1s, 5s, 10s, 20s, 30s or whole minutes")
        return self

    @property
    def is_insight(self) -> bool:
        """Tell whether it is a query of Metrics Insights, whose words are no names of queries."""
        return self.expression is not None and self.expression.lstrip().upper().startswith("SELECT")

    def placeholders(self) -> set[str]:
        """Return what its dimensions take from the deployment."""
        return {name for value in self.dimensions.values() for name in names(value)}

    def uses(self) -> list[str]:
        """Return the names in its expression, which should be those of queries."""
        if self.expression is None or self.is_insight:
            return []
        return list(dict.fromkeys(_WORD.findall(_QUOTED.sub(" ", self.expression))))

    def renamed(self, change: Mapping[str, str]) -> str:
        """Return its expression with other names of queries; what stands in quotes stays.

        Args:
            change: Old names → new ones.
        """
        text, done, parts = self.expression or "", 0, []
        for quoted in _QUOTED.finditer(text):
            parts += [_renamed(text[done : quoted.start()], change), quoted[0]]
            done = quoted.end()
        return "".join([*parts, _renamed(text[done:], change)])


def _renamed(text: str, change: Mapping[str, str]) -> str:
    return _WORD.sub(lambda word: change.get(word[0], word[0]), text)


def closure(name: str, queries: Mapping[str, Query]) -> Iterator[str]:
    """Yield a query and all that it is worked out from, each once.

    Args:
        name: The query.
        queries: All of them, by name.
    """
    seen, left = set(), [name]
    while left:
        here = left.pop()
        if here in seen or here not in queries:
            continue
        seen.add(here)
        yield here
        left += queries[here].uses()
