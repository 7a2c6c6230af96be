"""What CloudWatch is asked for one revision: the measures and queries that rules need, with its dimensions filled in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from greenlight.checks.metrics.measures import MEASURES, NAMESPACE, REQUESTS
from greenlight.checks.metrics.queries import OURS, Query, closure
from greenlight.checks.metrics.sides import Side
from greenlight.deployment import DeploymentError
from greenlight.smoke.templates import fill

_REQUESTS: Final = "requests"


@dataclass(frozen=True)
class Question:
    """One query of GetMetricData.

    Attributes:
        id: What CloudWatch calls it in this call.
        stat: The statistic; empty for an expression.
        record: It, in the words of the API.
    """

    id: str
    stat: str
    record: Mapping[str, Any]


@dataclass(frozen=True)
class Sides:
    """The revision that a value is of, and the other one.

    Attributes:
        name: Whose value it is, ``green`` or ``blue``.
        green: What ``{{ green.* }}`` names: blue itself, where blue's value is to be held against green's.
        blue: What ``{{ blue.* }}`` names.
    """

    name: str
    green: Side | None
    blue: Side | None

    def of(self, place: str) -> Side:
        """Return what stands in a place.

        Args:
            place: ``green`` or ``blue``.

        Raises:
            DeploymentError: When there is nothing.
        """
        side = self.green if place == "green" else self.blue
        if side is None:
            cure = "there is no blue in a first deployment; set on_create: skip"
            raise DeploymentError(f"the queries use {{{{ {place}.* }}}}, and {cure}")
        return side


def id_of(side: str, query: str) -> str:
    """Return what a measure or query is called in a call.

    Args:
        side: ``green`` or ``blue``.
        query: As it stands in a rule.
    """
    if query in MEASURES:
        return f"{OURS}{side}_{query}"
    # For green a query keeps its name, which is what messages of CloudWatch name.
    return query if side == "green" else f"{OURS}{side}_{query}"


def requests_of(side: str) -> str:
    """Return what the count of a revision's requests is called in a call."""
    return f"{OURS}{side}_{_REQUESTS}"


def questions(
    wanted: Iterable[str], queries: Mapping[str, Query], sides: Sides, window: float, *, counted: bool
) -> list[Question]:
    """Return what is asked for one revision.

    Args:
        wanted: Measures and queries, as they stand in rules.
        queries: Those of the gates file.
        sides: The revision, and what else placeholders may name.
        window: Seconds that one measurement looks at.
        counted: Whether the requests of its target group are asked for.

    Raises:
        DeploymentError: When a dimension has no value.
        NotYetKnownError: When ECS does not say yet what a dimension is.
    """
    wanted = list(dict.fromkeys(wanted))
    measures = [name for name in wanted if name in MEASURES]
    asked = []
    if measures or counted:
        dimensions = sides.of("green").dimensions()
        asked = [_question(requests_of(sides.name), (NAMESPACE, *REQUESTS), dimensions, window)]
        for name in measures:
            metric = (NAMESPACE, MEASURES[name].metric, MEASURES[name].stat)
            asked.append(_question(id_of(sides.name, name), metric, dimensions, window))
    own = dict.fromkeys(each for name in wanted for each in closure(name, queries))
    ids = {name: id_of(sides.name, name) for name in queries}
    return [*asked, *(_own(name, queries[name], ids, sides, window) for name in own)]


def _own(name: str, query: Query, ids: Mapping[str, str], sides: Sides, window: float) -> Question:
    period = query.period or window
    if query.expression is not None:
        record = {"Id": ids[name], "Expression": query.renamed(ids), "Period": int(period)}
        return Question(ids[name], "", record)
    values = {each: sides.of(each.partition(".")[0]).value(each.partition(".")[2]) for each in query.placeholders()}
    metric = (query.namespace or "", query.metric or "", query.stat or "")
    return _question(ids[name], metric, fill(dict(query.dimensions), values), period)


def _question(name: str, metric: tuple[str, str, str], dimensions: Mapping[str, str], period: float) -> Question:
    namespace, called, stat = metric
    listed = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    asked = {"Namespace": namespace, "MetricName": called, "Dimensions": listed}
    return Question(name, stat, {"Id": name, "MetricStat": {"Metric": asked, "Period": int(period), "Stat": stat}})
