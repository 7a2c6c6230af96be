"""What the rehearsal's AWS API answers for CloudWatch's metrics."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.aws import metric_store
from rehearsal.aws.metric_math import ExpressionError, evaluate
from rehearsal.aws.server import AwsServer

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
GROUP = {"TargetGroup": "targetgroup/green/1", "LoadBalancer": "app/demo/2"}
NAMESPACE = "AWS/ApplicationELB"


@pytest.fixture(scope="module")
def api():
    """One AWS API for the module."""
    with AwsServer() as server:
        yield server


@pytest.fixture
def cloudwatch(api):
    """CloudWatch without any data."""
    metric_store.clear()
    yield api.client("cloudwatch")
    metric_store.clear()


def put(*values, metric="RequestCount", minute=0.0, dimensions=None):
    """Values at a minute after noon."""
    for value in values:
        at = NOON.timestamp() + minute * 60
        metric_store.put(NAMESPACE, metric, GROUP if dimensions is None else dimensions, value, at)


def stat(name, stat="Sum", *, metric="RequestCount", period=60, dimensions=None, **keys):
    """A query of a metric."""
    listed = [{"Name": key, "Value": value} for key, value in (GROUP if dimensions is None else dimensions).items()]
    asked = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": listed}
    return {"Id": name, "MetricStat": {"Metric": asked, "Period": period, "Stat": stat}, **keys}


def math(name, expression, **keys):
    """A query of metric math."""
    return {"Id": name, "Expression": expression, **keys}


def ask(cloudwatch, *queries, minutes=5, start=0.0, **keys):
    """What CloudWatch answers about some minutes."""
    begin = NOON + timedelta(minutes=start)
    keys.setdefault("ScanBy", "TimestampAscending")
    return cloudwatch.get_metric_data(
        MetricDataQueries=list(queries), StartTime=begin, EndTime=begin + timedelta(minutes=minutes), **keys
    )


def values(cloudwatch, *queries, **keys):
    """The values of each query, by id."""
    return {each["Id"]: each["Values"] for each in ask(cloudwatch, *queries, **keys)["MetricDataResults"]}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sum", 10.0),
        ("Average", 2.5),
        ("Minimum", 1.0),
        ("Maximum", 4.0),
        ("SampleCount", 4.0),
        ("p50", 2.0),
        ("p99", 4.0),
        ("p100", 4.0),
        ("p0", 1.0),
    ],
)
def test_statistics(cloudwatch, name, expected):
    """Of all values of a period."""
    put(3, 1, 4, 2)
    assert {"m": [expected]} == values(cloudwatch, stat("m", name))


def test_dimensions_are_matched_exactly(cloudwatch):
    """A metric with fewer or other dimensions is another metric, as CloudWatch has it."""
    put(1)
    put(10, dimensions={"LoadBalancer": "app/demo/2"})
    put(100, dimensions={**GROUP, "AvailabilityZone": "eu-west-1a"})
    one = {"LoadBalancer": "app/demo/2"}
    asked = (stat("m"), stat("few", dimensions=one), stat("none", dimensions={}), stat("other", metric="Other"))
    assert {"m": [1.0], "few": [10.0], "none": [], "other": []} == values(cloudwatch, *asked)


def test_a_minute_without_values_has_no_point(cloudwatch):
    """Missing data is not zero."""
    put(1, minute=0.5)
    put(2, minute=3.999)
    (result,) = ask(cloudwatch, stat("m"))["MetricDataResults"]
    assert [NOON, NOON + timedelta(minutes=3)] == result["Timestamps"]
    assert ([1.0, 2.0], "Complete", "RequestCount") == (result["Values"], result["StatusCode"], result["Label"])


def test_the_end_is_left_out_and_the_start_is_rounded_down(cloudwatch):
    """To the minute, or to a period that is shorter."""
    put(1, minute=0)
    put(2, minute=1)
    put(4, minute=5)
    assert {"m": [1.0, 2.0]} == values(cloudwatch, stat("m"))
    assert {"m": [1.0, 2.0, 4.0]} == values(cloudwatch, stat("m"), start=0.5, minutes=5)
    assert {"m": [2.0, 4.0]} == values(cloudwatch, stat("m", period=10), start=0.5, minutes=5)


def test_a_period_begins_where_the_time_begins(cloudwatch):
    """One point for a window, wherever on the clock it lies."""
    for minute in range(10):
        put(1, minute=minute)
    (result,) = ask(cloudwatch, stat("m", period=300), start=2)["MetricDataResults"]
    assert ([NOON + timedelta(minutes=2)], [5.0]) == (result["Timestamps"], result["Values"])


def test_newest_first_unless_asked_otherwise(cloudwatch):
    """As CloudWatch's default is."""
    for minute in range(3):
        put(minute, minute=minute)
    assert {"m": [2.0, 1.0, 0.0]} == values(cloudwatch, stat("m"), ScanBy="TimestampDescending")


def test_results_come_in_the_order_of_the_queries_unless_they_are_held_back(cloudwatch):
    """ReturnData false is for what only expressions need."""
    put(4)
    queries = (math("twice", "m*2"), stat("m", ReturnData=False), math("half", "m/2", Label="a half"))
    results = ask(cloudwatch, *queries)["MetricDataResults"]
    assert [("twice", "twice", [8.0]), ("half", "a half", [2.0])] == [
        (each["Id"], each["Label"], each["Values"]) for each in results
    ]


def test_pages(cloudwatch):
    """A series that goes on is partial, and each point comes once."""
    for minute in range(5):
        put(minute, minute=minute)
    queries = (stat("a"), stat("none", metric="Other"), stat("b", "SampleCount"))
    found, statuses, token = {"a": [], "b": [], "none": []}, [], None
    while True:
        page = ask(cloudwatch, *queries, MaxDatapoints=3, **({"NextToken": token} if token else {}))
        for each in page["MetricDataResults"]:
            found[each["Id"]] += each["Values"]
            statuses.append((each["Id"], len(each["Values"]), each["StatusCode"]))
        token = page.get("NextToken")
        if not token:
            break
    assert {"a": [0.0, 1.0, 2.0, 3.0, 4.0], "b": [1.0] * 5, "none": []} == found
    assert [("a", 3, "PartialData"), ("a", 2, "Complete")] == statuses[:2]
    assert {("none", 0, "Complete"), ("b", 1, "PartialData"), ("b", 3, "PartialData"), ("b", 1, "Complete")} == set(
        statuses[2:]
    )
    assert 1 == [name for name, *_ in statuses].count("none")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("100*errors/requests", [50.0, 25.0]),
        ("(errors + 1) * -2", [-4.0, -4.0]),
        ("requests - errors - 1", [0.0, 2.0]),
        ("2 ^ 3 ^ 0 + 0 * errors", [2.0, 2.0]),
        ("errors + requests / 2", [2.0, 3.0]),
        ("errors > 0.5 && requests >= 4", [0.0, 1.0]),
        ("IF(requests > 3, errors, 0)", [0.0, 1.0]),
        ("IF(requests == 2 || requests != 4, 7, requests)", [7.0, 4.0]),
        ("FILL(late, 0) + errors", [1.0, 10.0]),
        ("FILL(errors, REPEAT)", [1.0, 1.0, 1.0, 1.0, 1.0]),
        ("late + errors", [10.0]),
        ("ABS(0 - errors) + CEIL(1.2) + FLOOR(1.8)", [4.0, 4.0]),
    ],
)
def test_metric_math(cloudwatch, expression, expected):
    """Where all series have a value; FILL gives one where there is none."""
    put(1, metric="errors", minute=0)
    put(1, metric="errors", minute=1)
    put(2, metric="requests", minute=0)
    put(4, metric="requests", minute=1)
    put(9, metric="late", minute=1)
    queries = [stat(name, metric=name, ReturnData=False) for name in ("errors", "requests", "late")]
    assert {"e": expected} == values(cloudwatch, *queries, math("e", expression))


def test_expressions_of_expressions(cloudwatch):
    """In any order."""
    put(4)
    assert {"b": [16.0], "a": [8.0], "m": [4.0]} == values(cloudwatch, math("b", "a*2"), math("a", "m*2"), stat("m"))


def test_what_is_no_number_is_left_out_and_told(cloudwatch):
    """A division by zero gives no point, and a message at the series."""
    put(0, metric="zero")
    put(5, metric="zero", minute=1)
    put(1, metric="one")
    put(1, metric="one", minute=1)
    queries = [stat(name, metric=name, ReturnData=False) for name in ("zero", "one")]
    (result,) = ask(cloudwatch, *queries, math("e", "one/zero"))["MetricDataResults"]
    assert ([0.2], "Complete") == (result["Values"], result["StatusCode"])
    assert ["ArithmeticError"] == [message["Code"] for message in result["Messages"]]
    (nan,) = ask(cloudwatch, *queries, math("e", "zero/zero"), minutes=1)["MetricDataResults"]
    assert ([], ["ArithmeticError"]) == (nan["Values"], [message["Code"] for message in nan["Messages"]])


@pytest.mark.parametrize(
    "query",
    [
        math("e", "m +"),
        math("e", "m + other"),
        math("e", "(m"),
        math("e", "m ? 1"),
        math("e", "m m"),
        math("e", "5"),
        math("e", "e + m"),
        math("e", "SUM(m)"),
        math("e", "FILL(1, 2)"),
        math("e", "IF(m, 1)"),
        math("e", "(" * 200 + "m" + ")" * 200),
        math("E", "m"),
        math("m", "m"),
        {"Id": "e"},
        {**stat("e"), "Expression": "m"},
        stat("e", period=7),
        stat("e", period=90),
        stat("e", "Total"),
        stat("e", "p101"),
    ],
)
def test_what_makes_no_sense_is_refused(cloudwatch, query):
    """With the code of CloudWatch."""
    with pytest.raises(ClientError, match="ValidationError"):
        ask(cloudwatch, stat("m"), query)


@pytest.mark.parametrize("keys", [{"minutes": 0}, {"minutes": -1}, {"NextToken": "next"}])
def test_times_and_tokens_that_make_no_sense(cloudwatch, keys):
    """The end comes after the start."""
    with pytest.raises(ClientError, match="ValidationError"):
        ask(cloudwatch, stat("m"), **keys)


def test_what_is_put_can_be_asked_for(cloudwatch):
    """Single values, values with counts, and sets of statistics."""
    listed = [{"Name": key, "Value": value} for key, value in GROUP.items()]
    base = {"MetricName": "RequestCount", "Dimensions": listed, "Timestamp": NOON}
    data = [
        {**base, "Value": 1},
        {**base, "Values": [2.0, 3.0], "Counts": [2.0, 1.0]},
        {**base, "StatisticValues": {"SampleCount": 4, "Sum": 40, "Minimum": 5, "Maximum": 15}},
        {**base, "StatisticValues": {"SampleCount": 1, "Sum": 7, "Minimum": 7, "Maximum": 7}},
    ]
    cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)
    asked = [stat(each.lower(), each) for each in ("Sum", "SampleCount", "Minimum", "Maximum")]
    assert {"sum": [55.0], "samplecount": [9.0], "minimum": [1.0], "maximum": [15.0]} == values(cloudwatch, *asked)
    assert {"RequestCount"} == {each["MetricName"] for each in cloudwatch.list_metrics()["Metrics"]}
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=[{**base, "Values": [1.0], "Counts": [1e9]}])


def test_the_store_is_bounded():
    """The oldest value makes room, and a series without values is gone."""
    metric_store.clear()
    put(1, metric="old")
    for number in range(metric_store.MAX_POINTS):
        put(number)
    assert ["RequestCount"] == [each.metric for each in metric_store.series()]
    wanted = metric_store.Series(NAMESPACE, "RequestCount", frozenset(GROUP.items()))
    assert metric_store.MAX_POINTS == len(metric_store.points(wanted, 0, NOON.timestamp() + 1))
    metric_store.clear()
    assert [] == metric_store.series()


def test_many_threads_lose_nothing():
    """Each request of a load balancer is recorded on a thread of its own."""
    metric_store.clear()
    threads = [Thread(target=lambda: [put(1) for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = metric_store.Series(NAMESPACE, "RequestCount", frozenset(GROUP.items()))
    assert 4000 == len(metric_store.points(wanted, 0, NOON.timestamp() + 1))
    metric_store.clear()


@given(expression=st.text(alphabet="mn12.+-*/^()<>=!&|, IFLREPATab", max_size=30))
def test_any_expression_gives_a_series_or_is_refused(expression):
    """Nothing that people write breaks the rehearsal."""
    try:
        found = evaluate(expression, {"m": {0.0: 1.0, 60.0: 0.0}, "n": {60.0: 2.0}}, [0.0, 60.0])
    except ExpressionError:
        return
    assert set(found) <= {0.0, 60.0}
    assert all(isinstance(value, float) for value in found.values())
