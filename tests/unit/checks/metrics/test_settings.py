"""What a gates file may say of metrics, and what is said of its mistakes."""

import pytest

from greenlight.documents import DocumentError
from tests.unit.checks.metrics.made import settings

LAG = "queries: {lag: {namespace: Shop, metric: Lag, stat: Maximum}}\n"


def mistake(text):
    """What is wrong with the settings."""
    with pytest.raises(DocumentError) as error:
        settings(text)
    return str(error.value)


def rules(text):
    """The rules that follow from the settings, by query."""
    return {rule.query: rule for rule in settings(text).complete().rules}


def test_the_preset_needs_nothing():
    """Error rates and latencies of green against blue, with limits where there is no blue."""
    whole = settings("preset: http_health").complete()
    told = {rule.query: (rule.times, rule.plus, rule.max_without_blue) for rule in whole.rules}
    assert {
        "5xx_rate": (1.5, 0.5, 2),
        "connection_error_rate": (1.5, 0.5, 1),
        "p95": (1.5, 0.1, 2),
        "p99": (2, 0.25, 5),
    } == told
    assert (3, 100, "wait", 300.0, 120.0, 60.0, 0) == (
        whole.most,
        whole.min_samples,
        whole.on_few_samples,
        whole.window,
        whole.delay,
        whole.interval,
        whole.failure_limit,
    )
    assert all(rule.compares for rule in whole.rules)


def test_whatever_stands_beside_the_preset_wins():
    """Of a rule only the keys that are written; a rule of another value comes on top."""
    text = "preset: http_health\ncount: 5\nmin_samples: 20\nrules: [{query: p95, ratio: 3}, {query: p50, max: 1}]"
    whole = settings(text).complete()
    assert (5, 20) == (whole.most, whole.min_samples)
    found = rules(text)
    assert (3, 0.1, 2) == (found["p95"].times, found["p95"].plus, found["p95"].max_without_blue)
    assert ["5xx_rate", "connection_error_rate", "p95", "p99", "p50"] == list(found)
    assert not found["p50"].compares


def test_one_metric_in_two_lines():
    """The least that can be written of a metric of one's own."""
    whole = settings(f"{LAG}rules: [{{query: lag, max: 300}}]").complete()
    assert (1, 300, False) == (whole.most, whole.rules[0].max, whole.rules[0].compares)


def test_compare_to_is_for_rules_without_limits():
    """A measure has a ratio and a slack that suit it; request_count is never compared."""
    found = rules("compare_to: blue\nrules: [{query: p95}, {query: p50, max: 1}, {query: request_count, min: 10}]")
    assert (True, False, False) == tuple(found[name].compares for name in ("p95", "p50", "request_count"))
    assert (1.5, 0.1) == (found["p95"].times, found["p95"].plus)


def test_own_queries_have_a_ratio_too():
    """And no slack, because nobody knows their unit."""
    text = (
        'queries: {e: {namespace: S, metric: E, stat: Sum, dimensions: {R: "{{ green.revision }}"}}}\n'
        "rules: [{query: e, compare_to: blue}]"
    )
    assert (1.2, 0.0) == (rules(text)["e"].times, rules(text)["e"].plus)


def test_a_row_of_good_ones_needs_no_count():
    """As in Argo Rollouts, where a count that is not given is no end."""
    text = "rules: [{query: p95, max: 1}]\nfailure_limit: -1\nconsecutive_success_limit: 3"
    assert settings(text).complete().most is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", "has no rule; write `preset: http_health`, or `rules: [{query: p95, max: 0.5}]`"),
        ("name: web", "(`name` is what the check is called)"),
        ("preset: http", "has to be 'http_health', found \"http\""),
        ("rules: [{query: p95}]", 'the rule for "p95" says nothing; write `max`, `min` or `compare_to: blue`'),
        (
            "rules: [{query: 5xx_rat, max: 1}]",
            'names the query "5xx_rat", which is not there; did you mean "5xx_rate"?',
        ),
        ("rules: [{query: zzz, max: 1}]", "there are: 5xx_rate, connection_error_rate, p50"),
        ("rules: [{query: p95, max: 1}, {query: p95, min: 0}]", 'there are 2 rules for "p95"'),
        ("rules: [{query: p95, max: 2, fail_above: 1}]", "`max` 2 is above `fail_above` 1"),
        ("rules: [{query: p95, max: 1, min: 2}]", "`min` 2 is above `max` 1, so that nothing could pass"),
        ("rules: [{query: p95, above: 1}]", 'unknown key "above"; write `fail_above`, or `max`'),
        ("rules: [{query: p95, max: .inf}]", "has to be a number"),
        ("rules: [{query: p95, ratio: 0}]", "has to be more than 0"),
        ("rules: [{query: request_count, ratio: 1}]", "request_count cannot be compared"),
        (f"{LAG}rules: [{{query: p95, max: 1}}]", 'no rule uses the query "lag"; write a rule for it, or take it out'),
        (f"{LAG}rules: [{{query: lag, ratio: 2}}]", '"lag" cannot be compared, because it is the same for green and'),
        ("queries: {p95: {namespace: S, metric: L, stat: Sum}}", '"p95" is a measure that is there already'),
        ("queries: {Lag: {namespace: S, metric: L, stat: Sum}}", '"Lag" is no name of a query; start with a small'),
        ("queries: {greenlight_x: {namespace: S, metric: L, stat: Sum}}", "and not greenlight_ in front"),
        ("queries: {lag: {namespace: S, metric: L}}", "has no stat; write namespace, metric and stat, or an `express"),
        (
            "queries: {lag: {namespace: S, metric: L, stat: sum}}",
            'no statistic of CloudWatch: "sum"; did you mean "Sum',
        ),
        ("queries: {lag: {namespace: S, metric: L, stat: Total}}", "write Sum, Average, Minimum, Maximum"),
        ("queries: {lag: {expression: 1/2, stat: Sum}}", "has an `expression` and a metric"),
        ("queries: {lag: {expression: SUM(METRICS())}}", "METRICS() takes in the queries that Greenlight adds"),
        ("queries: {lag: {namespace: S, metric: L, statistic: Sum}}", 'unknown key "statistic"; write `stat`'),
        ("queries: {lag: {namespace: S, metric: L, stat: Sum, period: 90s}}", "`period` has to be 1s, 5s, 10s, 20s"),
        (
            "queries: {l: {namespace: S, metric: L, stat: Sum, period: 2m}}\nrules: [{query: l, max: 1}]",
            'the window has to be a multiple of the `period` of "l"',
        ),
        (
            'queries: {l: {namespace: S, metric: L, stat: Sum, dimensions: {A: "{{ green.group }}"}}}',
            "{{ green.group }} names nothing; did you mean",
        ),
        (
            'queries: {l: {namespace: S, metric: L, stat: Sum, dimensions: {A: "{{ green"}}}',
            "opens a placeholder that is none",
        ),
        (
            "queries: {a: {expression: b+1}, b: {expression: a+1}}\nrules: [{query: a, max: 1}]",
            'the expression of "a" needs itself',
        ),
        (f"{LAG}rules: [{{query: lag, max: 1}}]\nsamples: leg", '`samples` names "leg", which is no query of this che'),
        ("preset: http_health\nwindow: 90s", "`window` has to be 1s, 5s, 10s, 20s, 30s or whole minutes"),
        ("preset: http_health\nfailure_limit: -1", "lets any failure through; write `consecutive_success_limit`"),
        ("preset: http_health\nfailure_limit: 3", "lets all 3 measurements through; write a higher `count`"),
        ("preset: http_health\ninconclusive_limit: 3", "`inconclusive_limit` 3 lets all 3 measurements through"),
        ("preset: http_health\nconsecutive_success_limit: 4", "cannot be reached with `count` 3"),
        ("preset: http_health\nconsecutive_error_limit: 4", "has to be at most 3, found 4"),
        ("preset: http_health\ncount: 0", "has to be at least 1, found 0"),
        ("preset: http_health\nmin_samples: 0", "has to be at least 1, found 0"),
        ("preset: http_health\nnot_a_number: pass", "has to be 'wait' or 'fail'"),
        ("preset: http_health\ninterval: 60", "is no duration: 60"),
        ("preset: http_health\nperiod: 1m", 'unknown key "period"; write `window`'),
    ],
)
def test_mistakes_are_told_with_their_cure(text, expected):
    """When the file is read, not in the middle of a deployment."""
    assert expected in mistake(text)


def test_names_in_expressions():
    """Functions, exponents and texts in quotes are no names of queries."""
    text = (
        "queries:\n"
        "  errors: {namespace: S, metric: E, stat: Sum}\n"
        "  rate: {expression: \"IF(errors > 1e3, FILL(errors, 0) * 1.5, SEARCH('{S,a} b', 'Sum', 60))\"}\n"
        "rules: [{query: rate, max: 1}]"
    )
    assert ["errors"] == settings(text).queries["rate"].uses()


def test_a_query_of_metrics_insights_names_no_queries():
    """Its words are names of metrics and dimensions."""
    text = (
        "queries: {slow: {expression: 'SELECT MAX(latency) FROM SCHEMA(\"Shop\", service)'}}\n"
        "rules: [{query: slow, max: 1}]"
    )
    assert [] == settings(text).queries["slow"].uses()
