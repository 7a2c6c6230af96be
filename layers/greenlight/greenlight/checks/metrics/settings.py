"""What a gates file says of metrics."""

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from greenlight.checks.base import CheckSettings
from greenlight.checks.metrics.measures import COUNTS_REQUESTS, MEASURES
from greenlight.checks.metrics.preset import defaults_of, with_preset
from greenlight.checks.metrics.queries import TRAFFIC, Query, QueryName, closure, is_period, mistake
from greenlight.checks.metrics.rules import Few, Missing, NotANumber, Rule, Samples
from greenlight.documents import Duration

MAX_QUERIES: Final = 50
MAX_RULES: Final = 50
MAX_COUNT: Final = 1000
MAX_SPAN_SECONDS: Final = 24 * 60 * 60.0
"""A stage lasts no longer."""

MOST_ERRORS: Final = 3
"""With the fourth error in a row a gate gives up on any check, so that a higher limit would never be reached."""

_Limit = Annotated[int, Field(ge=0, le=MAX_COUNT)]


class MetricsSettings(CheckSettings):
    """What a gates file says of a metrics check.

    Attributes:
        preset: ``http_health`` holds error rates and latencies of green against blue; every key beside it wins.
        compare_to: ``blue`` compares every rule with blue that has no limits of its own.
        queries: Values of CloudWatch by a name, for rules and for expressions.
        rules: What the values have to be.
        samples: The query that counts samples; the requests of the target group where it is not given.
        min_samples: How many samples of green there have to be, and of blue where it is compared.
        on_few_samples: What fewer samples mean.
        missing_data: What a value means that CloudWatch does not have.
        not_a_number: What a value means that is no number, as after a division by zero.
        window: How far back one measurement looks.
        delay: The newest data that is left out, because CloudWatch is late with it.
        initial_delay: How long after this check's first look at the step the first measurement is taken.
        interval: From one measurement to the next.
        count: How many measurements there are.
        failure_limit: How many of them may fail; -1 for any number.
        inconclusive_limit: How many of them may be inconclusive.
        consecutive_error_limit: How many errors there may be in a row.
        consecutive_success_limit: How many good ones in a row are enough; 0 for as many as count says.
        on_inconclusive: What follows when more are inconclusive than may be.
        container: The container behind the load balancer to look at, where the service has several.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "metrics": "write `queries`",
        "thresholds": "write `rules`, a list",
        "rule": "write `rules`, a list",
        "compare": "write `compare_to: blue`",
        "period": "write `window`; a query may have a `period` of its own",
        "lookback": "write `window`",
        "measurements": "write `count`",
        "successCondition": "write `max` or `min` in a rule",
        "failureCondition": "write `fail_above` or `fail_below` in a rule",
        "failureLimit": "write `failure_limit`",
        "inconclusiveLimit": "write `inconclusive_limit`",
        "consecutiveErrorLimit": "write `consecutive_error_limit`",
        "consecutiveSuccessLimit": "write `consecutive_success_limit`",
        "initialDelay": "write `initial_delay`",
        "treat_missing_data": "write `missing_data: wait`, `pass`, `fail` or `zero`",
    }

    preset: Literal["http_health"] | None = None
    compare_to: Literal["blue"] | None = None
    queries: dict[QueryName, Query] = Field(default={}, max_length=MAX_QUERIES)
    rules: list[Rule] = Field(default=[], max_length=MAX_RULES)
    samples: str | None = None
    min_samples: Samples = 100
    on_few_samples: Few = "wait"
    missing_data: Missing = "wait"
    not_a_number: NotANumber = "wait"
    window: Annotated[Duration, Field(le=MAX_SPAN_SECONDS)] = 300.0
    delay: Annotated[Duration, Field(le=MAX_SPAN_SECONDS)] = 120.0
    initial_delay: Annotated[Duration, Field(le=MAX_SPAN_SECONDS)] | None = None
    interval: Annotated[Duration, Field(ge=1, le=MAX_SPAN_SECONDS)] = 60.0
    count: Annotated[int, Field(ge=1, le=MAX_COUNT)] | None = None
    failure_limit: Annotated[int, Field(ge=-1, le=MAX_COUNT)] = 0
    inconclusive_limit: _Limit = 0
    consecutive_error_limit: Annotated[int, Field(ge=0, le=MOST_ERRORS)] = MOST_ERRORS
    consecutive_success_limit: _Limit = 0
    on_inconclusive: Literal["fail", "pass"] = "fail"
    container: str | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        problem = next(self._problems(), None)
        if problem is not None:
            raise mistake(problem)
        return self

    def complete(self) -> "MetricsSettings":
        """Return the settings with all that the preset says, and with every rule that compares saying so."""
        given = {key: value for key, value in defaults_of(self.preset).items() if key not in self.model_fields_set}
        rules = [
            rule.model_copy(update={"compare_to": "blue"}) if rule.compares or self._compares(rule) else rule
            for rule in with_preset(self.preset, self.rules)
        ]
        return self.model_copy(update={**given, "rules": rules, "preset": None})

    def follows_traffic(self, rule: Rule) -> bool:
        """Tell whether a rule is about traffic that a revision gets, and says nothing before it gets any."""
        if rule.compares or rule.query in MEASURES:
            return True
        used = {name for query in closure(rule.query, self.queries) for name in self.queries[query].placeholders()}
        return any(name.partition(".")[2] in TRAFFIC for name in used)

    @property
    def most(self) -> int | None:
        """Return how many measurements there are; None for as many as it takes.

        Argo Rollouts goes on without end where no count is given; here one measurement is enough unless several in a row
        are wanted.
        """
        return self.count if self.count is not None or self.consecutive_success_limit else 1

    def _compares(self, rule: Rule) -> bool:
        return self.compare_to is not None and not rule.has_limits and rule.query != COUNTS_REQUESTS

    def _problems(self) -> Iterator[str]:
        whole = self.complete()
        if not whole.rules:
            beside = "" if self.name is None else " (`name` is what the check is called)"
            yield f"has no rule{beside}; write `preset: http_health`, or `rules: [{{query: p95, max: 0.5}}]`"
        yield from self._problems_of_queries(whole.rules)
        for rule in whole.rules:
            yield from self._problems_of(rule)
        yield from self._problems_of_times(whole)

    def _problems_of_queries(self, rules: list[Rule]) -> Iterator[str]:
        for name in self.queries:
            yield from self._problems_of_query(name)
        if self.samples is not None and self.samples not in self.queries:
            cure = _meant(self.samples, self.queries, "name one of `queries`")
            yield f'`samples` names "{self.samples}", which is no query of this check; {cure}'
        starts = [rule.query for rule in rules] + ([self.samples] if self.samples else [])
        used = {name for start in starts for name in closure(start, self.queries)}
        for name in self.queries:
            if name not in used:
                yield f'no rule uses the query "{name}"; write a rule for it, or take it out'
        for name, times in Counter(rule.query for rule in self.rules).items():
            if times > 1:
                yield f'there are {times} rules for "{name}"; write all that it has to be into one'

    def _problems_of_query(self, name: str) -> Iterator[str]:
        query = self.queries[name]
        for word in query.uses():
            if word not in self.queries:
                cure = _meant(word, self.queries, "metric math knows the names of `queries` only")
                yield f'the expression of "{name}" names "{word}", which is no query of this check; {cure}'
            elif name in closure(word, self.queries):
                yield f'the expression of "{name}" needs itself; take it out of the expression'
        if query.period is not None and (query.period > self.window or self.window % query.period):
            yield f'the window has to be a multiple of the `period` of "{name}"'

    def _problems_of(self, rule: Rule) -> Iterator[str]:
        if rule.query not in MEASURES and rule.query not in self.queries:
            known = {**self.queries, **MEASURES}
            cure = _meant(rule.query, known, f"there are: {', '.join(known)}")
            yield f'a rule names the query "{rule.query}", which is not there; {cure}'
        elif not rule.compares and not rule.has_limits:
            yield f'the rule for "{rule.query}" says nothing; write `max`, `min` or `compare_to: blue`'
        elif rule.compares and rule.query in self.queries and not self._is_greens(rule.query):
            cure = "write {{ green.target_group }} or the like into the dimensions; blue's takes its place for blue"
            yield f'"{rule.query}" cannot be compared, because it is the same for green and blue; {cure}'

    def _is_greens(self, name: str) -> bool:
        names = {each for query in closure(name, self.queries) for each in self.queries[query].placeholders()}
        return any(each.startswith("green.") for each in names)

    def _problems_of_times(self, whole: "MetricsSettings") -> Iterator[str]:
        if not is_period(self.window):
            yield "`window` has to be 1s, 5s, 10s, 20s, 30s or whole minutes, as CloudWatch's periods are; write `window: 5m`"
        limit, most = whole.consecutive_success_limit, whole.most
        if whole.failure_limit < 0 and not limit:
            yield "`failure_limit: -1` lets any failure through; write `consecutive_success_limit` beside it"
        if most is None:
            return
        for key in ("failure_limit", "inconclusive_limit"):
            if getattr(whole, key) >= most:
                yield f"`{key}` {getattr(whole, key)} lets all {most} measurements through; write a higher `count`"
        if limit > most:
            yield f"`consecutive_success_limit` {limit} cannot be reached with `count` {most}; write a higher `count`"


def _meant(word: str, known: Mapping[str, object], otherwise: str) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f'did you mean "{close[0]}"?' if close else otherwise
