"""What values mean: limits, comparison, too few samples, no data, and what is no number."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.checks.metrics.asking import Reading
from greenlight.checks.metrics.judging import Judgement, Measured, judge, number, worst
from greenlight.checks.metrics.questions import id_of, requests_of
from tests.unit.checks.metrics.made import settings

GOOD, LET_GO, WAITS, UNCLEAR, BAD = Judgement
NO_NUMBER = Reading(is_number=False)
LAG = "queries: {lag: {namespace: Shop, metric: Lag, stat: Maximum}}\n"


def measured(green=1000.0, blue=1000.0, *, past=False, has_blue=True, **values):
    """What CloudWatch has: requests, and other values by side and query."""
    readings = {requests_of("green"): Reading(green), requests_of("blue"): Reading(blue)}
    for name, value in values.items():
        side, _, query = name.partition("_")
        found = value if isinstance(value, Reading) else Reading(value)
        readings[id_of(side, {"errors": "5xx_rate"}.get(query, query))] = found
    return Measured(readings, has_blue=has_blue, blue_is_past=past)


def finding(text, found):
    """What becomes of the only rule."""
    whole = settings(text).complete()
    (only,) = judge(whole.rules, whole, found)
    return only


def judged(text, found):
    """What the only value is."""
    return finding(text, found).judgement


@pytest.mark.parametrize(
    ("limits", "value", "expected"),
    [
        ("max: 1", 1.0, GOOD),
        ("max: 1", 1.01, BAD),
        ("min: 1", 1.0, GOOD),
        ("min: 1", 0.99, BAD),
        ("fail_above: 2", 2.0, GOOD),
        ("fail_above: 2", 2.01, BAD),
        ("fail_below: 2", 1.99, BAD),
        ("fail_below: 2", 2.0, GOOD),
        ("max: 1, fail_above: 2", 1.0, GOOD),
        ("max: 1, fail_above: 2", 1.5, UNCLEAR),
        ("max: 1, fail_above: 2", 2.0, UNCLEAR),
        ("max: 1, fail_above: 2", 2.5, BAD),
        ("min: 1, fail_below: 0", 0.5, UNCLEAR),
        ("min: 1, fail_below: 0", -0.1, BAD),
        ("min: 1, max: 2", 1.5, GOOD),
        ("min: 1, max: 2", 2.5, BAD),
        ("min: 1, max: 2, fail_above: 3", 0.5, BAD),
        ("min: 1, max: 2, fail_above: 3", 2.5, UNCLEAR),
    ],
)
def test_limits(limits, value, expected):
    """A success and a failure threshold have an inconclusive land between them; each side is judged by itself."""
    assert expected is judged(f"{LAG}rules: [{{query: lag, {limits}}}]", measured(green_lag=value))


@pytest.mark.parametrize(
    ("green", "blue", "expected"),
    [(0.25, 0.1, GOOD), (0.26, 0.1, BAD), (0.1, 0.0, GOOD), (0.11, 0.0, BAD), (0.0, 5.0, GOOD)],
)
def test_comparison(green, blue, expected):
    """At most blue's times ratio plus slack: 1.5 and 0.1 s for p95."""
    assert expected is judged("compare_to: blue\nrules: [{query: p95}]", measured(green_p95=green, blue_p95=blue))


def test_how_the_limit_came_about_is_told():
    """For the person at 2 a.m."""
    found = finding("rules: [{query: p95, ratio: 2, slack: 0.05}]", measured(green_p95=0.8, blue_p95=0.1))
    assert "p95 0.8 s, expected at most 0.25 s (2 times blue's 0.1 s, plus 0.05 s)" == found.text
    assert (0.8, 0.1, 0.25) == (found.green, found.blue, found.limit)


def test_a_limit_beside_a_comparison_holds_too():
    """A blue that is bad is no excuse."""
    text = "rules: [{query: p95, compare_to: blue, max: 1}]"
    assert BAD is judged(text, measured(green_p95=1.5, blue_p95=2.0))
    assert GOOD is judged(text, measured(green_p95=0.9, blue_p95=2.0))
    assert BAD is judged(text, measured(green_p95=0.9, blue_p95=0.1))


@pytest.mark.parametrize(("value", "expected"), [(2.0, GOOD), (2.1, BAD)])
def test_without_blue_there_is_a_limit_of_its_own(value, expected):
    """The preset has one for each of its values."""
    text = "rules: [{query: p95, max_without_blue: 2}]"
    assert expected is judged(text, measured(has_blue=False, green_p95=value))


def test_a_blue_of_the_past_that_had_too_little_traffic_is_none():
    """More of it will not come, so that it would be waited for in vain."""
    text = "rules: [{query: p95, max_without_blue: 2}]"
    assert WAITS is judged(text, measured(blue=5.0, green_p95=1.0, blue_p95=0.1))
    assert GOOD is judged(text, measured(blue=5.0, past=True, green_p95=1.0, blue_p95=0.1))
    assert WAITS is judged("rules: [{query: p95, ratio: 2}]", measured(blue=5.0, past=True, green_p95=1.0))


@pytest.mark.parametrize(("choice", "expected"), [("wait", WAITS), ("pass", LET_GO), ("fail", BAD)])
@pytest.mark.parametrize("few", [{"green": 99.0}, {"blue": 99.0}, {"green": None}, {"blue": None}, {"green": math.nan}])
def test_too_few_samples(choice, expected, few):
    """Of green, and of blue where it is compared; where nothing is reported there were none."""
    if few.get("green") is not None and math.isnan(few["green"]):
        few = {"green": None}
    text = f"on_few_samples: {choice}\nrules: [{{query: p95, compare_to: blue}}]"
    assert expected is judged(text, measured(**few, green_p95=0.1, blue_p95=0.1))


def test_a_rule_may_want_more_samples():
    """A p99 of a hundred requests is the slowest of them."""
    text = "rules: [{query: p99, max: 1, min_samples: 500, on_few_samples: pass}]"
    found = finding(text, measured(green=200.0, green_p99=9.0))
    assert LET_GO is found.judgement
    assert "p99: 200 requests of green, expected at least 500, so that it is not judged" == found.text
    assert BAD is judged(text, measured(green=500.0, green_p99=9.0))


def test_the_count_of_requests_needs_no_samples():
    """It is what they are counted by; where nothing is reported it is 0."""
    text = "rules: [{query: request_count, min: 10}]"
    assert BAD is judged(text, measured(green=9.0, green_request_count=9.0))
    assert BAD is judged(text, measured(green=None))
    assert GOOD is judged(text, measured(green=10.0, green_request_count=10.0))


def test_other_samples_than_requests():
    """For a service that is no web service."""
    text = (
        "queries: {lag: {namespace: S, metric: L, stat: Maximum}, done: {namespace: S, metric: D, stat: Sum}}\n"
        "samples: done\nmin_samples: 50\nrules: [{query: lag, max: 1}]"
    )
    assert WAITS is judged(text, measured(green_lag=0.5, green_done=49.0))
    assert WAITS is judged(text, measured(green_lag=0.5, green_done=None))
    assert WAITS is judged(text, measured(green_lag=0.5, green_done=NO_NUMBER))
    assert GOOD is judged(text, measured(green_lag=0.5, green_done=50.0))


@pytest.mark.parametrize(("choice", "expected"), [("wait", WAITS), ("pass", LET_GO), ("fail", BAD), ("zero", GOOD)])
def test_missing_data(choice, expected):
    """It never passes by itself."""
    assert expected is judged(f"{LAG}missing_data: {choice}\nrules: [{{query: lag, max: 1}}]", measured())


@pytest.mark.parametrize(("choice", "expected"), [("wait", WAITS), ("fail", BAD)])
@pytest.mark.parametrize("missing", ["wait", "pass", "fail", "zero"])
def test_what_is_no_number(choice, expected, missing):
    """It is not missing, and no rule for missing data lets it through."""
    text = f"{LAG}not_a_number: {choice}\nmissing_data: {missing}\nrules: [{{query: lag, max: 1}}]"
    assert expected is judged(text, measured(green_lag=NO_NUMBER))


def test_no_errors_with_requests_are_no_errors():
    """The load balancer reports HTTPCode_Target_5XX_Count only where there are some."""
    assert GOOD is judged("rules: [{query: 5xx_rate, max: 0}]", measured(green_errors=None))
    assert BAD is judged("rules: [{query: 5xx_rate, max: 0}]", measured(green_errors=1.0))
    assert 2.5 == finding("rules: [{query: 5xx_rate, max: 3}]", measured(green_errors=25.0)).green


def test_no_errors_without_requests_are_nothing():
    """A rate of nothing is no rate, even where nobody asks for samples."""
    text = "on_few_samples: pass\nrules: [{query: 5xx_rate, max: 1}]"
    assert LET_GO is judged(text, measured(green=None))
    found = Measured({}, has_blue=True).value("green", "5xx_rate")
    assert Reading() == found


def test_the_worst_rule_counts():
    """A value that waits does not hide one that is bad."""
    text = f"{LAG}rules: [{{query: lag, max: 1}}, {{query: p95, max: 1}}]"
    whole = settings(text).complete()
    assert BAD is worst(judge(whole.rules, whole, measured(green=1.0, green_lag=5.0)))
    assert WAITS is worst(judge(whole.rules, whole, measured(green=1.0, green_lag=0.5)))


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.0, "%", "0 %"),
        (0.123456, "s", "0.123 s"),
        (1234.5678, "", "1235"),
        (12.0, "s", "12 s"),
        (1e22, "", f"{1e22:.0f}"),
    ],
)
def test_numbers_are_written_as_people_do(value, unit, expected):
    """Three digits, and none after the point of large ones."""
    assert expected == number(value, unit)


_ANY = st.one_of(
    st.just(Reading()),
    st.just(NO_NUMBER),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(Reading),
)
_FEW = st.one_of(st.just(Reading()), st.just(NO_NUMBER), st.floats(-1e6, 99.99, allow_nan=False).map(Reading))
_PRESET = settings("preset: http_health").complete()
_NAMES = ("5xx_rate", "connection_error_rate", "p95", "p99")


@given(
    green=_FEW,
    blue=_ANY,
    values=st.fixed_dictionaries({id_of(side, name): _ANY for side in ("green", "blue") for name in _NAMES}),
    has_blue=st.booleans(),
    past=st.booleans(),
)
def test_no_series_whatever_passes_without_enough_samples(green, blue, values, has_blue, past):
    """Nor fails: where there are too few to tell, nothing is told."""
    readings = {**values, requests_of("green"): green, requests_of("blue"): blue}
    found = judge(_PRESET.rules, _PRESET, Measured(readings, has_blue=has_blue, blue_is_past=past))
    assert WAITS is worst(found)


@given(
    green=_ANY,
    blue=_ANY,
    values=st.fixed_dictionaries({id_of(side, name): _ANY for side in ("green", "blue") for name in _NAMES}),
)
def test_what_passes_was_measured(green, blue, values):
    """With a value of each side that is compared, and within its limit."""
    readings = {**values, requests_of("green"): green, requests_of("blue"): blue}
    for found in judge(_PRESET.rules, _PRESET, Measured(readings, has_blue=True)):
        if found.judgement is GOOD:
            assert found.green is not None
            assert found.blue is not None
            assert found.green <= found.limit
