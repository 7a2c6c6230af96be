"""The metrics check from invocation to invocation: when it measures, what it asks for, and what it remembers."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from greenlight.checks import Outcome
from greenlight.checks.metrics.window import Window, first_end, until
from rehearsal.aws import metric_store
from tests.unit.checks.metrics.made import Asked
from tests.unit.checks.scenes.of_metrics import dimensions, traffic
from tests.unit.checks.scenes.place import BLUE, GREEN, Place, stage
from tests.unit.checks.scenes.scene import AFTER, BEFORE, POST_TEST, PRE

PASSED, FAILED, INCONCLUSIVE, ERROR, SKIPPED = Outcome
PRESET = "preset: http_health"
NOW = f"{PRESET}\ninitial_delay: 0s"
NEEDS_BLUE = (
    'queries: {l: {namespace: S, metric: L, stat: Sum, dimensions: {T: "{{ blue.revision }}"}}}\n'
    "rules: [{query: l, max: 1}]"
)
LAG = "queries: {lag: {namespace: Shop, metric: Lag, stat: Maximum}}\nrules: [{query: lag, max: 300}]"


@pytest.fixture(scope="module")
def server():
    """The AWS API of all places."""
    with stage() as started:
        yield started


@pytest.fixture
def place(server):
    """A service with blue and green behind a load balancer, and without any data."""
    with Place(server) as made:
        metric_store.clear()
        assert made.service
        yield made
        metric_store.clear()


def good(place, **keys):
    """Traffic of blue and green that is the same."""
    traffic(place, BLUE, 1000, **keys)
    traffic(place, GREEN, 200, **keys)


def lag(place, value, back=240):
    """A value of the team's own metric."""
    metric_store.put("Shop", "Lag", {}, value, place.now - back)


def calls(place):
    """How often CloudWatch was asked for data."""
    return place.faults.calls("cloudwatch", "GetMetricData")


# The window.


@pytest.mark.parametrize(
    ("moment", "window", "expected"),
    [(1000, 300, Window(660, 960)), (960, 300, Window(660, 960)), (1007, 10, Window(990, 1000))],
)
def test_windows_end_where_a_data_point_does(moment, window, expected):
    """On the minute, or where a shorter period ends."""
    assert expected == until(moment, window)


def test_the_first_window_holds_nothing_from_before():
    """It begins with the first whole minute."""
    assert 1320 == first_end(1001, 300)
    assert 1260 == first_end(960, 300)


def test_windows_are_told_in_utc():
    """With seconds only where they matter."""
    noon = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
    assert "2026-01-15 12:00 to 12:05 UTC" == str(Window(noon, noon + 300))
    assert "2026-01-15 12:00:10 to 12:00:20 UTC" == str(Window(noon + 10, noon + 20))


# When it measures.


def test_the_first_measurement_waits_for_a_whole_window_of_this_step(place):
    """Data from before green had this share of the traffic would hide what is wrong with it."""
    place.now += 7
    asked, before = Asked(place, PRESET), calls(place)
    traffic(place, GREEN, 500, errors=400, back=30)
    result = asked.ask()
    assert (INCONCLUSIVE, 53 + 300 + 120) == (result.outcome, result.retry_after)
    assert "p99 of green: first measured in 8 min; a window of 5 min has to pass first" in result.summary
    assert before == calls(place)
    place.now += result.retry_after - 200
    good(place, back=0)
    result = asked.ask(200)
    assert ["2026-01-15T12:01:00+00:00", "2026-01-15T12:06:00+00:00"] == result.details["window"]
    assert {"green": 200, "blue": 1000} == result.details["samples"]


def test_three_measurements_a_minute_apart(place):
    """The preset's; then it has passed."""
    asked = Asked(place, NOW)
    outcomes = []
    for _ in range(3):
        good(place)
        result = asked.ask()
        outcomes.append(result.outcome)
        place.now += 60
    assert [INCONCLUSIVE, INCONCLUSIVE, PASSED] == outcomes
    assert result.summary.endswith("; measurement 3 of 3")
    assert {"count": 3, "failed": 0, "inconclusive": 0, "consecutive_success": 3} == result.details["measurements"]


def test_a_call_that_comes_early_takes_no_measurement(place):
    """ECS calls when another check of the gate wants to be asked, and for reasons of its own."""
    asked = Asked(place, NOW)
    good(place)
    assert 60 == asked.ask().retry_after
    before = calls(place)
    early = asked.ask(20)
    assert (INCONCLUSIVE, 40, 0) == (early.outcome, early.retry_after, calls(place) - before)
    assert early.summary.startswith("measurement 1 of 3; the next one is taken in 40 s; last: 5xx_rate 0 %")
    assert asked.ask(39.5).details["measurements"]["count"] == 2


def test_an_own_metric_is_looked_at_at_once(place):
    """It does not begin with the step, and a window of the past is as good as any."""
    lag(place, 20)
    assert PASSED is Asked(place, LAG, stage=PRE, weight=None, step="").ask().outcome


def test_an_initial_delay_may_be_given(place):
    """Where a bake time has passed before the hook is called, or where the application warms up."""
    asked = Asked(place, f"{PRESET}\ninitial_delay: 10m")
    result = asked.ask()
    assert 600 == result.retry_after
    assert result.summary.endswith("p99 of green: first measured in 10 min; initial_delay is 10 min")


# What it looks at.


def test_one_call_asks_for_everything(place):
    """Of green and of blue."""
    good(place)
    before = calls(place)
    result = Asked(place, NOW).ask()
    assert 1 == calls(place) - before
    assert {f"greenlight_{side}_{name}" for side in ("green", "blue") for name in ("requests", "p95")} < set(
        result.details["series"]
    )
    assert [["2026-01-15T11:53:00+00:00", 200.0]] == result.details["series"]["greenlight_green_requests"]


def test_pages_are_put_together(place, monkeypatch):
    """However many there are."""
    good(place)
    asked = Asked(place, NOW)
    paged = CloudWatchResponse.get_metric_data

    def small_pages(response):
        given = response._get_params()
        monkeypatch.setattr(response, "_get_params", lambda: {**given, "MaxDatapoints": 1})
        return paged(response)

    monkeypatch.setattr(CloudWatchResponse, "get_metric_data", small_pages)
    before = calls(place)
    assert {"green": 200, "blue": 1000} == asked.ask().details["samples"]
    assert calls(place) - before > 3


def test_after_the_shift_blue_is_what_it_was_before(place):
    """It has no traffic any more that green could be held against."""
    good(place, back=60)
    asked = Asked(place, f"{PRESET}\ncount: 1", stage=AFTER, weight=None, step="")
    result = asked.ask()
    place.now += result.retry_after - 180
    traffic(place, GREEN, 900, errors=30, back=0)
    result = asked.ask(180)
    assert (FAILED, {"green": 900, "blue": 1000}) == (result.outcome, result.details["samples"])
    assert result.summary.startswith(
        "5xx_rate 3.33 %, expected at most 0.5 % (1.5 times blue's 0 %, plus 0.5 %) (900 o"
    )
    assert "2026-01-15 12:00 to 12:05 UTC, blue 2026-01-15 11:55 to 12:00 UTC" in result.summary


def test_after_the_shift_a_blue_that_had_no_traffic_is_none(place):
    """Then the limits hold that are for no blue."""
    traffic(place, GREEN, 900, errors=30)
    result = Asked(place, NOW, stage=AFTER, weight=None, step="").ask()
    assert (FAILED, True) == (
        result.outcome,
        "5xx_rate 3.33 %, expected at most 2 % (max_without_blue)" in result.summary,
    )


def test_own_queries_with_placeholders(place):
    """For blue's value blue stands where green stands."""
    text = (
        "queries:\n"
        '  e: {namespace: Shop, metric: E, stat: Sum, dimensions: {Group: "{{ green.target_group }}"}}\n'
        '  n: {namespace: Shop, metric: N, stat: Sum, dimensions: {Group: "{{ green.target_group }}"}}\n'
        "  rate: {expression: 100*e/n}\n"
        "samples: n\ninitial_delay: 0s\n"
        "rules: [{query: rate, ratio: 2, slack: 1}]"
    )
    for revision, errors in ((GREEN, 30), (BLUE, 5)):
        group = {"Group": dimensions(place, revision)["TargetGroup"]}
        metric_store.put("Shop", "E", group, errors, place.now - 240)
        for _ in range(200):
            metric_store.put("Shop", "N", group, 1, place.now - 240)
    result = Asked(place, text).ask()
    assert FAILED is result.outcome
    assert result.summary.startswith(
        '"rate" 15, expected at most 6 (2 times blue\'s 2.5, plus 1) (200 of green and 200 of b'
    )
    assert {"e", "n", "rate", "greenlight_blue_e", "greenlight_blue_n", "greenlight_blue_rate"} == set(
        result.details["series"]
    )


@pytest.mark.parametrize(("stat", "expected"), [("Sum", 9), ("Average", 3), ("Maximum", 5), ("Minimum", 1)])
def test_a_shorter_period_makes_one_value_of_the_window(place, stat, expected):
    """Counts are added, the least stays the least, and so on."""
    for value, back in ((1, 400), (5, 300), (3, 180)):
        lag(place, value, back)
    text = f"queries: {{l: {{namespace: Shop, metric: Lag, stat: {stat}, period: 1m}}}}\nrules: [{{query: l, max: 0}}]"
    result = Asked(place, text, stage=PRE, weight=None, step="").ask()
    assert result.summary.startswith(f'"l" {expected}, expected at most 0')


# Green's share of the traffic.


@pytest.mark.parametrize(
    ("stage", "weight"), [(BEFORE, 0), (PRE, None), (POST_TEST, None), ("TEST_TRAFFIC_SHIFT", None)]
)
def test_without_traffic_there_is_nothing_to_look_at(place, stage, weight):
    """So that the first step of a canary and a blue/green deployment do not wait for what cannot come."""
    before = calls(place)
    result = Asked(place, NOW, stage=stage, weight=weight, step="").ask()
    assert (SKIPPED, 0) == (result.outcome, calls(place) - before)
    assert result.summary.startswith("5xx_rate, connection_error_rate, p95, p99 not looked at: green has ")


def test_without_traffic_own_metrics_are_looked_at_all_the_same(place):
    """And what was left out is told."""
    lag(place, 20)
    text = LAG.replace("rules: [", "rules: [{query: p95, max: 1}, ")
    result = Asked(place, text, weight=0, step="").ask()
    assert PASSED is result.outcome
    assert result.summary.endswith("; p95 not looked at: green has 0 % of the production traffic yet")


@pytest.mark.parametrize("weight", [float("nan"), 0.1])
def test_a_share_that_makes_no_sense_is_no_reason_to_skip(place, weight):
    """What is not known is waited for."""
    assert INCONCLUSIVE is Asked(place, NOW, weight=weight).ask().outcome


def test_weights_that_got_lost_are_no_reason_to_skip(place):
    """In a canary green may well have traffic."""
    assert INCONCLUSIVE is Asked(place, NOW, weight=None, step="").ask().outcome


# First deployments.


def test_without_blue(place):
    """Where somebody wants it asked: the limits that are for no blue, and nothing where there are none."""
    place.created()
    traffic(place, GREEN, 900, errors=9)
    result = Asked(place, f"{NOW}\ncount: 1", stage=AFTER, weight=None, step="").ask()
    assert PASSED is result.outcome
    assert result.summary.startswith("5xx_rate 1 %, expected at most 2 % (max_without_blue); connection_error_rate 0 %")
    text = "rules: [{query: p95, ratio: 2}]\ninitial_delay: 0s"
    result = Asked(place, text, stage=AFTER, weight=None, step="").ask()
    assert (SKIPPED, "p95 not looked at: there is no blue to compare with") == (result.outcome, result.summary)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PRESET, "there is nothing to compare with"),
        ("compare_to: blue\nrules: [{query: p95}]", "there is nothing to compare with"),
        ("rules: [{query: p95, max: 1}]", None),
        (LAG, None),
        (NEEDS_BLUE, "there is nothing to compare with"),
    ],
)
def test_on_create(place, text, expected):
    """Only what needs blue is skipped."""
    assert expected == Asked(place, text).check.skip_on_create()


# Limits over several measurements.


def test_failures_within_the_limit(place):
    """One bad measurement of three is let through where the file says so."""
    asked = Asked(place, f"{LAG}\ncount: 3\nfailure_limit: 1", stage=PRE, weight=None, step="")
    told = []
    for value in (20, 400, 30):
        metric_store.clear()
        lag(place, value)
        told.append(asked.ask())
        place.now += 60
    assert [INCONCLUSIVE, INCONCLUSIVE, PASSED] == [each.outcome for each in told]
    assert (
        '"lag" 400, expected at most 300 (2026-01-15 11:54 to 11:59 UTC); measurement 2 of 3, 1 failed'
        in told[1].summary
    )
    assert told[2].summary.endswith("measurement 3 of 3, 1 failed")


def test_failures_beyond_the_limit(place):
    """The measurement that breaks it ends it."""
    asked = Asked(place, f"{LAG}\ncount: 5\nfailure_limit: 1", stage=PRE, weight=None, step="")
    lag(place, 400)
    assert INCONCLUSIVE is asked.ask().outcome
    place.now += 60
    lag(place, 400)
    result = asked.ask()
    assert FAILED is result.outcome
    assert "measurement 2 of 5, 2 failed, failure_limit: 1; find the cause, and deploy again when" in result.summary


def test_a_row_of_good_ones(place):
    """Waits for a condition to hold, as long as the gate does."""
    asked = Asked(place, f"{LAG}\nfailure_limit: -1\nconsecutive_success_limit: 2", stage=PRE, weight=None, step="")
    outcomes = []
    for value in (400, 20, 400, 20, 20):
        metric_store.clear()
        lag(place, value)
        outcomes.append(asked.ask().outcome)
        place.now += 60
    assert [INCONCLUSIVE] * 4 + [PASSED] == outcomes


def test_an_end_before_the_row_is_complete(place):
    """Nobody knows whether it would have come: that is no pass."""
    text = f"{LAG}\nfailure_limit: -1\nconsecutive_success_limit: 2\ncount: 2"
    asked = Asked(place, text, stage=PRE, weight=None, step="")
    lag(place, 400)
    assert INCONCLUSIVE is asked.ask().outcome
    metric_store.clear()
    place.now += 60
    lag(place, 20)
    result = asked.ask()
    assert FAILED is result.outcome
    assert "and never 2 good ones in a row (consecutive_success_limit)" in result.summary


def test_waiting_is_no_measurement(place):
    """Too few requests do not count, and when they are there the measurements go on."""
    asked = Asked(place, NOW)
    for _ in range(4):
        result = asked.ask()
        assert (INCONCLUSIVE, 60) == (result.outcome, result.retry_after)
        assert 0 == result.details["measurements"]["count"]
        place.now += 60
    good(place)
    assert 1 == asked.ask().details["measurements"]["count"]


# Trouble.


def test_errors_in_a_row_are_the_gates_to_count(place):
    """Each is an error of the check, so that on_error decides as for any other kind; they count as no measurement."""
    asked = Asked(place, NOW)
    good(place)
    place.faults.fail("cloudwatch", "GetMetricData", "Throttling")
    assert [ERROR] * 4 == [asked.ask(5).outcome for _ in range(4)]
    place.faults.clear()
    assert 1 == asked.ask(5).details["measurements"]["count"]


def test_a_lower_limit_of_errors_fails_sooner(place):
    """More of them than the limit says."""
    asked = Asked(place, f"{NOW}\nconsecutive_error_limit: 1")
    place.faults.fail("cloudwatch", "GetMetricData", "Throttling")
    assert ERROR is asked.ask().outcome
    result = asked.ask(10)
    assert FAILED is result.outcome
    assert result.summary.endswith("2 errors in a row, consecutive_error_limit: 1")
    lenient = Asked(place, f"{NOW}\nconsecutive_error_limit: 0\non_error: pass")
    assert ERROR is lenient.ask().outcome


def test_an_error_ends_a_row_of_good_ones(place):
    """As in Argo Rollouts."""
    asked = Asked(place, f"{LAG}\nfailure_limit: -1\nconsecutive_success_limit: 2", stage=PRE, weight=None, step="")
    lag(place, 20)
    assert INCONCLUSIVE is asked.ask().outcome
    place.faults.fail("cloudwatch", "GetMetricData", "Throttling")
    assert ERROR is asked.ask(60).outcome
    place.faults.clear()
    assert INCONCLUSIVE is asked.ask().outcome
    lag(place, 20)
    assert PASSED is asked.ask(60).outcome


def _answering(monkeypatch, **reply):
    base = {"Id": "lag", "Label": "Lag", "Timestamps": [], "Values": [], "StatusCode": "Complete", "Messages": []}
    results = [{**base, **each} for each in reply.pop("results", [{}])]
    told = {"MetricDataResults": results, "NextToken": None, "Messages": [], **reply}
    monkeypatch.setattr(CloudWatchResponse, "get_metric_data", lambda _: ActionResult(told))


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"results": [{"StatusCode": "PartialData"}]}, 'has only a part of the query "lag" (PartialData)'),
        (
            {"results": [{"StatusCode": "InternalError", "Messages": [{"Code": "Oops", "Value": "try\nagain"}]}]},
            'could not answer the query "lag" (InternalError) (Oops: try again)',
        ),
        ({"results": [{"StatusCode": "Forbidden"}]}, 'could not answer the query "lag" (Forbidden)'),
        ({"results": []}, 'does not have the query "lag" that was asked for'),
        ({"results": [{"Id": "other"}]}, 'nobody asked for "other"'),
        ({"results": [{"Timestamps": [1.0], "Values": []}]}, "reply makes no sense (ValueError"),
        (
            {"Messages": [{"Code": "MaxMetricsExceeded", "Value": "Maximum number of allowed metrics exceeded"}]},
            "answered with reservations: MaxMetricsExceeded: Maximum number of allowed metrics exceeded",
        ),
        ({"NextToken": "more"}, "has more than 20 pages; look at a shorter window"),
    ],
)
def test_an_answer_that_is_not_whole_is_an_error(place, monkeypatch, reply, expected):
    """A part of the data may be the good part."""
    _answering(monkeypatch, **reply)
    result = Asked(place, LAG, stage=PRE, weight=None, step="").ask()
    assert (ERROR, True) == (result.outcome, expected in result.summary), result.summary


def test_several_series_are_refused(place, monkeypatch):
    """As SEARCH gives them: nobody said which one is meant."""
    _answering(monkeypatch, results=[{"Label": "a"}, {"Label": "b"}])
    result = Asked(place, LAG, stage=PRE, weight=None, step="").ask()
    assert (FAILED, True) == (result.outcome, 'the query "lag" gives 2 series (a, b …)' in result.summary)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_values_that_are_no_numbers(place, monkeypatch, value):
    """CloudWatch leaves them out; should one come all the same, it does not pass."""
    _answering(monkeypatch, results=[{"Timestamps": [datetime.fromtimestamp(place.now, UTC)], "Values": [value]}])
    result = Asked(place, LAG, stage=PRE, weight=None, step="").ask()
    assert (INCONCLUSIVE, True) == (result.outcome, "is no number (a division by zero?)" in result.summary)


def test_green_without_a_target_group_yet(place):
    """ECS says it when the revision is active."""
    place.revise(GREEN, resolvedConfiguration=None)
    result = Asked(place, NOW).ask()
    assert (INCONCLUSIVE, 10) == (result.outcome, result.retry_after)
    assert "ECS does not say yet which target group green has" == result.summary


def test_a_service_without_a_load_balancer(place):
    """It has no such measures, and is told what to write instead."""
    place.revise(GREEN, loadBalancers=[])
    result = Asked(place, NOW).ask()
    assert FAILED is result.outcome
    assert (
        "green is behind no load balancer with listener rules; write `queries` and `rules` of your own"
        in result.summary
    )


def test_a_network_load_balancer_counts_no_requests(place):
    """Only queries of one's own help."""
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/net/demo/1/2"
    (balancer,) = place.records[GREEN]["loadBalancers"]
    advanced = {**balancer["advancedConfiguration"], "productionListenerRule": arn}
    place.revise(GREEN, loadBalancers=[{**balancer, "advancedConfiguration": advanced}])
    result = Asked(place, NOW).ask()
    assert (FAILED, True) == (result.outcome, "green is behind a Network Load Balancer" in result.summary)


def test_no_such_container(place):
    """What there is instead is told."""
    result = Asked(place, f"{NOW}\ncontainer: proxy").ask()
    assert (FAILED, 'no load balancer sends to a container "proxy"; there are: app') == (result.outcome, result.summary)


# What it remembers.


def test_the_memory_is_small(place):
    """All checks of a gate share two kilobytes, and the words are given up first."""
    asked = Asked(place, NOW)
    good(place)
    asked.ask()
    assert {"step", "began", "due", "tally", "words"} == set(asked.memory)
    assert [1, 0, 0, 0, 1] == asked.memory["tally"]
    asked.memory.pop("words")
    assert asked.ask(20).summary == "measurement 1 of 3; the next one is taken in 40 s"


@pytest.mark.parametrize(
    "memory",
    [
        {},
        {"step": "at-5-percent"},
        {"tally": [2, 0, 0, 0, 3]},
        {"tally": [3, 0, 0, 0, 3]},
        {"tally": [2, 0, 0, 2]},
        {"tally": "2"},
        {"tally": [2, 0, 0, True, 2]},
        {"tally": [2, -1, 0, 0, 2]},
        {"due": None},
        {"due": 1e12},
        {"due": 10**12},
        {"began": 10**12},
        {"began": "1"},
    ],
)
def test_lost_memory_starts_again(place, memory):
    """And never passes: what is of another step, cut or made up counts for nothing."""
    asked = Asked(place, NOW)
    good(place)
    now = int(place.now)
    kept = {"step": "at-10-percent", "began": now - 120, "due": now, "tally": [2, 0, 0, 0, 2], "words": "x"}
    asked.memory = {**kept, **memory} if memory else {}
    result = asked.ask()
    assert (INCONCLUSIVE, 1) == (result.outcome, result.details["measurements"]["count"])


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_MEMORY = st.fixed_dictionaries({}, optional=dict.fromkeys(("step", "began", "due", "tally", "words"), _JSON))


@given(memory=_MEMORY, requests=st.integers(0, 99), errors=st.integers(0, 99), weight=st.floats(0.1, 100))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_passes_without_enough_requests(place, memory, requests, errors, weight):
    """Whatever was remembered, whatever CloudWatch has."""
    metric_store.clear()
    traffic(place, BLUE, 1000)
    traffic(place, GREEN, requests, errors=errors)
    asked = Asked(place, NOW, weight=weight)
    asked.memory = memory
    assert all(asked.ask(60).outcome is INCONCLUSIVE for _ in range(4))
