"""A suite that goes on in the next invocation: whole tests only, nothing twice, nothing lost, the same verdict."""

import json
import random
import threading
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.smoke import Earlier, decode, encode
from greenlight.smoke.earlier import SETTLED, Proof
from greenlight.smoke.schedule import Schedule
from tests.unit.smoke.servers import only_fault, run, suite_of

OUTCOMES = st.sampled_from([None, "passed", "failed", "warning", "skipped"])


@given(
    st.lists(OUTCOMES, min_size=1, max_size=200),
    st.integers(0, 199),
    st.booleans(),
    st.integers(0, 99),
    st.floats(0, 1000),
    st.text(max_size=300),
)
def test_what_is_written_is_read_again(outcomes, start, proven, streak, waited, words):
    """Through JSON, within 400 bytes and without the words within 200, for 200 tests of any outcomes."""
    proof = Proof(proven=proven, streak=streak, waited=waited)
    earlier = Earlier(outcomes=tuple(outcomes), start=start % len(outcomes), proof=proof, words=words)
    encoded = encode(earlier)
    read = decode(json.loads(json.dumps(encoded)), len(outcomes))
    assert (tuple(outcomes), start % len(outcomes), words[:600]) == (read.outcomes, read.start, read.words)
    assert proven == read.proof.proven
    if not proven:
        assert (streak, round(waited, 1)) == (read.proof.streak, read.proof.waited)
    encoded.pop("words", None)
    assert len(json.dumps(encoded)) <= 200


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("tests", "start", "proven", "streak", "waited", "words"), ANYTHING)
    ),
    st.integers(1, 200),
)
def test_what_makes_no_sense_starts_again(encoded, tests):
    """It comes back from outside; nothing breaks, and nothing but real outcomes is read."""
    read = decode(encoded, tests)
    assert tests == len(read.outcomes)
    assert 0 <= read.start < tests
    assert read.proof.waited >= 0 <= read.proof.streak


def test_the_outcomes_of_a_longer_suite_are_none_of_this_one():
    """A suite that became shorter starts again."""
    encoded = encode(Earlier(outcomes=("passed",) * 50))
    assert (None,) * 3 == decode(encoded, 3).outcomes


def invocations(endpoint, tests, *, seconds, most=60, **keys):
    """Run a suite invocation after invocation, as the smoke check does; give the result of each."""
    memory = {}
    for _ in range(most):
        earlier = decode(json.loads(json.dumps(memory)), len(tests))
        result = run(endpoint, *tests, seconds=seconds, earlier=earlier, **keys)
        yield result
        memory = encode(result.earlier)
        assert len(json.dumps(memory)) <= 500
        if not result.unfinished:
            return
    pytest.fail(f"the suite did not end within {most} invocations")


def counted(app, paths, *, seconds):
    """Let paths answer after a while, with the status of their name's beginning; count the requests."""
    asked, lock = Counter(), threading.Lock()

    def route(seen):
        with lock:
            asked[seen.path] += 1
        time.sleep(seconds)
        return int(seen.path[1:4]), {}, b""

    for path in paths:
        app.routes[path] = route
    return asked


@pytest.mark.parametrize("count", [1, 2, 7, 40, 200])
@pytest.mark.parametrize("seconds", [0.4, 0.7, 30])
def test_every_test_runs_exactly_once_however_little_time_an_invocation_has(app, count, seconds):
    """And the end is that of a run without a limit: passed, with as many tests."""
    paths = [f"/200/{number}" for number in range(count)]
    asked = counted(app, paths, seconds=0.01)
    tests = [{"name": path, "path": path, "timeout": "300ms"} for path in paths]
    *_, last = invocations(app.endpoint, tests, seconds=seconds, concurrency=4)
    assert Counter(dict.fromkeys(paths, 1)) == asked
    assert "passed" == last.outcome, last.reason
    assert {"passed"} == {test.outcome for test in last.tests}


def test_failures_warnings_and_skipped_tests_are_kept(app):
    """The sentence of the end is that of the first failure, though it was invocations ago."""
    random.seed(5)
    statuses = [random.choice([200] * 8 + [500]) for _ in range(60)]
    statuses[2], statuses[50] = 500, 200
    paths = [f"/{status}/{number}" for number, status in enumerate(statuses)]
    asked = counted(app, paths, seconds=0.02)
    tests = [{"name": path, "path": path, "timeout": "300ms"} for path in paths]
    tests[0] |= {"warn": {"status": 404}}
    tests[1] |= {"skip": "not today"}
    unlimited = run(app.endpoint, *tests, concurrency=4)
    asked.clear()
    results = list(invocations(app.endpoint, tests, seconds=0.45, concurrency=4))
    assert len(results) > 2
    assert Counter(dict.fromkeys([path for path in paths if path != "/200/1" and path != paths[1]], 1)) == asked
    last = results[-1]
    assert "failed" == unlimited.outcome == last.outcome
    assert [test.outcome for test in unlimited.tests] == [test.outcome for test in last.tests]
    assert unlimited.reason == last.reason
    assert any(test.earlier for test in last.tests)


def test_a_test_is_not_begun_where_it_could_be_cut(app):
    """What needs longer than what is left waits, and shorter ones go before it."""
    app.routes["/slow"] = lambda _: time.sleep(0.3) or (200, {}, b"")
    app.answer("/quick")
    slow = {"name": "slow", "path": "/slow", "timeout": "700ms"}
    long = {"name": "long", "path": "/quick", "timeout": "900ms"}
    quick = {"name": "quick", "path": "/quick", "timeout": "200ms"}
    result = run(app.endpoint, slow, long, quick, concurrency=1, seconds=1)
    assert ["passed", "not_run", "passed"] == [test.outcome for test in result.tests]
    assert (1, 1) == (result.unfinished, result.earlier.start)


def test_a_test_too_long_for_any_invocation_gets_all_the_time_there_is(app):
    """It is not put off for ever; should it be cut, it says that time was what it lacked."""
    app.routes["/"] = lambda _: time.sleep(0.1) or (200, {}, b"")
    assert "passed" == run(app.endpoint, {"name": "a", "path": "/", "timeout": "1h"}, seconds=1).outcome
    app.routes["/"] = lambda _: time.sleep(1) or (200, {}, b"")
    result = run(app.endpoint, {"name": "a", "path": "/", "timeout": "1h"}, seconds=0.3)
    assert ("error", 0, (None,)) == (result.outcome, result.unfinished, result.earlier.outcomes)
    assert "deadline" == only_fault(result).kind


def test_tests_in_error_come_last_in_the_next_invocation(app):
    """Otherwise those that never end would take the time of all others."""
    order = []
    app.answer("/")

    def route(seen):
        order.append(seen.path)
        time.sleep(0.2)
        return 200, {}, b""

    tests = [{"name": str(n), "path": f"/{n}", "timeout": "150ms" if n < 3 else "300ms"} for n in range(6)]
    for test in tests:
        app.routes[test["path"]] = route
    first = run(app.endpoint, *tests, seconds=0.7, concurrency=1)
    assert (None,) * 6 == first.earlier.outcomes
    order.clear()
    second = run(app.endpoint, *tests, seconds=0.7, concurrency=1, earlier=first.earlier)
    assert "/3" == order[0]
    assert "passed" == second.earlier.outcomes[3]


def test_nothing_but_errors_is_no_progress(rude):
    """An endpoint that is dead uses up the error budget, not the gate's deadline."""
    endpoint = rude.start(lambda connection: time.sleep(0.5))
    tests = [{"name": str(n), "path": "/", "timeout": "200ms"} for n in range(10)]
    result = run(endpoint, *tests, concurrency=1, seconds=0.5)
    assert ("error", 0) == (result.outcome, result.unfinished)


def test_an_identity_that_is_proven_again_is_no_progress(app):
    """Otherwise a green whose tests all hang would wait for the gate's deadline."""
    app.answer("/version")
    app.routes["/"] = lambda _: time.sleep(0.5) or (200, {}, b"")
    tests = [{"name": str(n), "path": "/", "timeout": "200ms"} for n in range(10)]
    identity = {"path": "/version", "expect": {"status": 200}, "consecutive": 1, "timeout": "50ms", "interval": "10ms"}
    proven = Earlier(proof=Proof(proven=True))
    result = run(app.endpoint, *tests, concurrency=1, seconds=0.5, identity=identity, earlier=proven)
    assert ("error", 0) == (result.outcome, result.unfinished)


def test_a_setup_that_leaves_no_time_for_tests_is_an_error_in_words(app):
    """Waiting would not help: the next invocation would have no more."""
    app.routes["/login"] = lambda _: time.sleep(0.5) or (200, {}, b"")
    app.answer("/")
    result = run(app.endpoint, {"name": "a", "path": "/"}, setup=[{"name": "log in", "path": "/login"}], seconds=0.45)
    assert ("error", 0) == (result.outcome, result.unfinished)


def test_the_setup_runs_in_every_invocation_for_its_captures_do_not_travel(app):
    """They may be secrets, and hookDetails are no place for secrets."""
    app.answer("/login", body={"token": "t0ken-0f-the-day"})
    app.routes["/a"] = lambda _: time.sleep(0.1) or (200, {}, b"")
    login = {"name": "log in", "path": "/login", "captures": {"token": {"json": "token"}}}
    tests = [{"name": str(n), "path": "/a", "timeout": "200ms", "query": {"t": "{{ token }}"}} for n in range(8)]
    results = list(invocations(app.endpoint, tests, seconds=0.5, concurrency=1, setup=[login]))
    assert "passed" == results[-1].outcome
    assert len(results) == sum(seen.path == "/login" for seen in app.seen) > 1
    assert "t0ken" not in json.dumps([encode(result.earlier) for result in results])


def worst(test):
    """How long a test may take at the very worst."""
    return suite_of({"name": "a", "path": "/"} | test).tests[0].worst_seconds


@pytest.mark.parametrize(
    ("test", "seconds"),
    [
        ({}, 5),
        ({"timeout": "2s", "retries": {"count": 2, "interval": "1s", "backoff": 3}}, 3 * 2 + 1 + 3),
        ({"timeout": "2s", "repeat": {"count": 25, "concurrency": 10}}, 3 * 2),
        ({"timeout": "2s", "compare": {"samples": 3}}, 4 * 2),
        ({"timeout": "2s", "compare": {"samples": 3, "latency": {"max_ratio": 2}}}, 7 * 2),
        ({"timeout": "2s", "skip": "not today"}, 0),
    ],
)
def test_how_long_a_test_may_take(test, seconds):
    """All attempts in full, and the pauses between them."""
    assert seconds == worst(test)


def test_how_long_steps_may_take():
    """One after the other."""
    steps = [{"name": "a", "path": "/", "timeout": "2s"}, {"name": "b", "path": "/", "timeout": "3s"}]
    assert 5 == suite_of({"name": "a", "steps": steps}).tests[0].worst_seconds


def test_a_schedule_that_is_stopped_begins_nothing():
    """Whoever watched gave up."""
    tests = suite_of({"name": "a", "path": "/"}, {"name": "b", "path": "/"}).tests
    schedule = Schedule(tests, [0, 1], deadline=time.monotonic() + 60, workers=1, hopeful=False)
    assert 0 == schedule.next()
    schedule.stop()
    assert schedule.next() is None


def test_what_is_settled_is_what_travels():
    """An error, or a test that was not run, is asked again."""
    assert {"passed", "failed", "warning", "skipped"} == SETTLED
