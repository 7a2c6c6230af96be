"""A request that is repeated: success ratio, percentiles, side by side, and what counts as what."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.smoke.repeating import latency
from tests.unit.smoke.servers import answering, closed_port, parse_endpoint, run, suite_of
from tests.unit.smoke.test_loader import mistake_of

OK, BAD = (200, {}, b""), (500, {}, b"out of order")


def every(number, bad, good=OK):
    """A route that gives a bad reply every so many times."""
    count = iter(range(1, 10_000))
    lock = threading.Lock()

    def route(_):
        with lock:
            return bad if next(count) % number == 0 else good

    return route


def repeated(app, repeat, **keys):
    """Repeat one request, and return the result of the run and of its step."""
    result = run(app.endpoint, {"name": "a", "path": "/", "repeat": repeat} | keys)
    return result, result.tests[0].steps[0]


def test_a_request_is_sent_as_often_as_it_says(app):
    """A number alone is the count."""
    app.answer("/")
    result, step = repeated(app, 25)
    assert ("passed", 25) == (result.outcome, len(app.seen))
    assert (25, 0, 0) == (step.repetition.passed, step.repetition.failed, step.repetition.errors)
    assert 25 == len(step.repetition.seconds)
    assert [("success rate", "at least 100%", "100% (25 of 25)", True)] == [
        (a.subject, a.expected, a.actual, a.passed) for a in step.assertions
    ]


def test_as_many_at_a_time_as_it_says(app):
    """Each waits for the others to arrive."""
    barrier = threading.Barrier(4, timeout=5)
    app.routes["/"] = lambda _: (barrier.wait() and OK) or OK
    result, _ = repeated(app, {"count": 20, "concurrency": 4})
    assert "passed" == result.outcome, result.reason
    assert 4 == len({seen.connection for seen in app.seen})


def test_a_test_that_repeats_never_makes_more_than_the_limit_of_all(app):
    """Five tests of twenty at a time are twenty at a time, not a hundred."""
    running, most, lock = [0], [0], threading.Lock()

    def route(_):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        with lock:
            running[0] -= 1
        return OK

    app.routes["/"] = route
    tests = [{"name": str(n), "path": "/", "repeat": {"count": 30, "concurrency": 20}} for n in range(5)]
    assert "passed" == run(app.endpoint, *tests).outcome
    assert most[0] <= 20


def test_a_few_failures_may_be_allowed(app):
    """99 % of 200 allows two, and not three."""
    app.routes["/"] = every(100, BAD)
    result, step = repeated(app, {"count": 200, "min_success": "99%"})
    assert ("passed", 2) == (result.outcome, step.repetition.failed)
    app.routes["/"] = every(66, BAD)
    result, step = repeated(app, {"count": 200, "min_success": "99%"})
    assert ("failed", 3) == (result.outcome, step.repetition.failed)
    assert (
        'test "a": expected success rate at least 99%, got 98.5% (197 of 200); as in: expected status 2xx, got 500'
        == result.reason
    )


def test_what_went_wrong_is_shown_and_not_a_thousand_times(app):
    """Samples of what failed, with the body, at most twenty."""
    app.routes["/"] = lambda _: BAD
    _, step = repeated(app, {"count": 100, "concurrency": 5})
    assert 20 == len(step.attempts)
    assert {("failed", "out of order")} == {(attempt.outcome, attempt.body) for attempt in step.attempts}


def test_faults_on_the_way_alone_are_an_error(rude):
    """Whether the application would have answered nobody knows."""
    result = run(rude.start(answering(b"HTTP/1.1 200")), {"name": "a", "path": "/", "repeat": 5})
    assert "error" == result.outcome
    assert "expected success rate at least 100%, got 0% (0 of 5); as in: the connection ended" in result.reason


def test_failures_that_alone_are_too_many_fail_whatever_else_went_wrong(rude):
    """A fault on the way does not excuse a wrong answer."""
    replies = iter([b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", *[b"HTTP/1.1 200"] * 20])

    def behave(connection):
        answering(next(replies))(connection)

    result = run(rude.start(behave), {"name": "a", "path": "/", "repeat": 5})
    assert "failed" == result.outcome


def test_percentiles_are_looked_at(app):
    """Each limit is told with what was measured; one that is broken fails."""
    slow = every(4, True, good=False)
    app.routes["/"] = lambda seen: (slow(seen) and time.sleep(0.12)) or OK
    result, step = repeated(app, {"count": 8, "latency": {"p50": "100ms", "p90": "100ms", "max": "10s"}})
    assert "failed" == result.outcome
    assert [("latency p50", True), ("latency p90", False), ("latency max", True)] == [
        (a.subject, a.passed) for a in step.assertions[1:]
    ]
    assert result.reason.startswith('test "a": expected latency p90 at most 100 ms, got 1')


def test_a_time_out_counts_as_the_slowest(app):
    """It is not left out of the percentiles, though a failure more may be allowed."""
    hang = every(10, True, good=False)
    app.routes["/"] = lambda seen: (hang(seen) and time.sleep(0.6)) or OK
    repeat = {"count": 10, "min_success": "90%", "latency": {"p90": "300ms", "max": "300ms"}}
    result, step = repeated(app, repeat, timeout="300ms")
    assert (9, 1) == (step.repetition.passed, step.repetition.errors)
    assert [("latency p90", True), ("latency max", False)] == [(a.subject, a.passed) for a in step.assertions[1:]]
    assert "no reply in time" == step.assertions[2].actual
    assert "error" == result.outcome  # without the time-out it would have passed


def test_an_endpoint_out_of_reach_is_an_error():
    """And says where to look."""
    endpoint = parse_endpoint(f"http://127.0.0.1:{closed_port()}")
    result = run(endpoint, {"name": "a", "path": "/", "repeat": {"count": 3, "latency": {"p95": "1s"}}})
    assert "error" == result.outcome
    assert "security group" in result.reason


def test_it_ends_with_the_time_and_says_how_far_it_came(app):
    """What was not sent was not passed."""
    app.routes["/"] = lambda _: time.sleep(0.1) or OK
    test = {"name": "a", "path": "/", "repeat": 1000}
    result = run(app.endpoint, test, seconds=0.5)
    assert "error" == result.outcome
    assert "requests were sent: no time was left" in result.reason
    assert result.seconds < 1.5


def test_warnings_stay_warnings(app):
    """What stands under warn never fails a repetition."""
    app.answer("/")
    result, _ = repeated(app, 5, warn={"headers": {"X-Build": {"exists": True}}})
    assert ("passed", "warning") == (result.outcome, result.tests[0].outcome)


def test_retries_of_the_defaults_do_not_apply(app):
    """A retry would hide what the repetition counts."""
    app.routes["/"] = lambda _: BAD
    run(app.endpoint, {"name": "a", "path": "/", "repeat": 3}, defaults={"retries": 5})
    assert 3 == len(app.seen)


@pytest.mark.parametrize(
    ("repeat", "words"),
    [
        (
            {"count": 20, "min_success": "99%"},
            "99% of 20 requests allows no failure; write min_success: 100%, or a count of at least 100",
        ),
        ({"count": 0}, "1, found 0"),
        (1001, "1000, found 1001"),
        ({"count": 5, "concurrency": 21}, "20, found 21"),
        ({"count": 5, "min_success": 99}, "write a number from 0 to 100 with its sign"),
        ({"count": 5, "min_success": "101%"}, "is no percentage"),
        ({"count": 5, "latency": {}}, "limits nothing; give p50"),
        ({"count": 5, "latency": {"p95": 300}}, "write a number with a unit"),
        ({"count": 5, "p95": "1s"}, "write it under latency"),
        ({"times": 5}, "write count"),
    ],
)
def test_mistakes_are_told_with_their_cure(repeat, words):
    """Each with what to write instead."""
    told = [str(mistake) for mistake in mistakes(repeat)]
    assert any(words in mistake for mistake in told), told


def mistakes(repeat):
    """Load a suite with a repetition that is wrong."""
    from tests.unit.smoke.test_loader import mistakes_of

    return mistakes_of(tests=[{"name": "a", "path": "/", "repeat": repeat}])


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ({"repeat": 5, "retries": 1}, "tests[0].retries: stands beside repeat"),
        ({"repeat": 5, "captures": {"a": {"json": "a"}}}, "tests[0].captures: stands beside repeat"),
        ({"repeat": 5, "compare": {}}, "tests[0].compare: stands beside repeat: make two tests of it"),
    ],
)
def test_what_does_not_go_with_a_repetition(test, words):
    """Two keys that contradict each other are a mistake."""
    assert words in mistake_of(test)


def test_a_fraction_allows_what_it_says():
    """Not one less for the sake of binary fractions."""
    repeat = (
        suite_of({"name": "a", "path": "/", "repeat": {"count": 100, "min_success": "99%"}}).tests[0].steps[0].repeat
    )
    assert 1 == repeat.allowed


@pytest.mark.parametrize(
    ("name", "expected"), [("avg", 3.0), ("max", 7.0), ("p50", 1.0)], ids=["average", "slowest", "median"]
)
def test_what_latency_is_called(name, expected):
    """The average is told from the median by one slow attempt."""
    assert expected == latency(name, (1.0, 7.0, 1.0))


def test_an_average_counts_an_attempt_without_a_reply():
    """It counts as the slowest there can be, so that no limit holds."""
    assert float("inf") == latency("avg", (0.1, None))


def test_an_average_is_looked_at(app):
    """One slow attempt of four is well within the median, and too much on average."""
    slow = every(4, True, good=False)
    app.routes["/"] = lambda seen: (slow(seen) and time.sleep(0.6)) or OK
    result, step = repeated(app, {"count": 4, "latency": {"avg": "100ms", "max": "10s"}})
    assert "failed" == result.outcome
    assert [("latency max", True), ("latency avg", False)] == [(a.subject, a.passed) for a in step.assertions[1:]]


@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=1, max_size=200), st.sampled_from([50, 90, 95, 99]))
def test_a_percentile_is_the_nearest_rank(seconds, percent):
    """At least so many percent of the attempts are not slower, and one less would be too few."""
    found = latency(f"p{percent}", tuple(seconds))
    ranked = sorted(float("inf") if each is None else each for each in seconds)
    assert sum(each <= found for each in ranked) * 100 >= percent * len(ranked)
    assert sum(each < found for each in ranked) * 100 < percent * len(ranked)
    assert found in ranked
