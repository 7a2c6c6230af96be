"""Green's answer beside blue's: what counts as a difference, and what a missing blue means."""

import itertools
import json
import time

import pytest

from greenlight.smoke import NoBlue
from tests.unit.smoke.servers import closed_port, parse_endpoint, run, serving, suite_of
from tests.unit.smoke.test_loader import mistake_of
from tests.unit.smoke.test_runner import in_turn


@pytest.fixture
def blue():
    """The server that production reaches."""
    with serving() as app:
        yield app


def compared(app, blue, compare=None, *, method="GET", **keys):
    """Compare one request, and return the result of the run and of its step."""
    test = {"name": "a", "path": "/orders", "method": method, "compare": compare or {}} | keys
    result = run(app.endpoint, test, blue=blue if isinstance(blue, NoBlue | None) else blue.endpoint)
    return result, result.tests[0].steps[0]


def test_the_same_answer_passes(app, blue):
    """Blue is asked twice, green once; numbers are compared as JSON does."""
    app.answer("/orders", body={"a": 5.0, "b": [1, 2]})
    blue.answer("/orders", body={"b": [1, 2], "a": 5})
    result, step = compared(app, blue)
    assert ("passed", "passed") == (result.outcome, result.tests[0].outcome)
    assert (2, 1) == (len(blue.seen), len(app.seen))
    assert blue.endpoint.url == step.comparison.blue_url == result.blue_url
    assert (200, ()) == (step.comparison.blue_status, step.comparison.differences)
    assert [("answer", "like blue's", "the same", True)] == [
        (a.subject, a.expected, a.actual, a.passed) for a in step.assertions
    ]


def test_every_difference_is_told_side_by_side(app, blue):
    """The first in the sentence, all in the result."""
    blue.answer("/orders", body={"id": 1, "price": 5, "gone": True})
    app.answer("/orders", body={"id": 1, "price": "5", "new": []})
    result, step = compared(app, blue)
    assert "failed" == result.outcome
    assert 'test "a": expected answer like blue\'s, got 3 differences, first: ' in result.reason
    assert {("price", "5", '"5"'), ("gone", "true", "nothing"), ("new", "nothing", "[]")} == {
        (difference.path, difference.blue, difference.green) for difference in step.comparison.differences
    }


def test_at_most_twenty_are_told(app, blue):
    """And how many there are besides."""
    blue.answer("/orders", body={f"key{number}": number for number in range(30)})
    app.answer("/orders", body={f"key{number}": -number - 1 for number in range(30)})
    result, step = compared(app, blue)
    assert (20, 10) == (len(step.comparison.differences), step.comparison.more)
    assert "30 differences" in result.reason


def test_what_blue_itself_changes_is_noise(app, blue):
    """A time of day differs between two answers of blue, so it says nothing about green."""
    clock = itertools.count()
    blue.routes["/orders"] = lambda _: (200, {}, json.dumps({"now": next(clock), "a": 1}).encode())
    app.answer("/orders", body={"now": 99, "a": 1})
    assert "passed" == compared(app, blue)[0].outcome
    app.answer("/orders", body={"now": 99, "a": 2})
    result, step = compared(app, blue)
    assert "failed" == result.outcome
    assert ["a"] == [difference.path for difference in step.comparison.differences]


def test_ignored_paths_and_the_same_types(app, blue):
    """Values may differ where only the types count; what is ignored may be anything."""
    blue.answer("/orders", body={"meta": {"request_id": "x"}, "items": [{"id": 1, "at": 5}]})
    app.answer("/orders", body={"meta": {}, "items": [{"id": 7, "at": "now"}, {"id": 8, "at": "then"}]})
    compare = {"json": "same_types", "ignore": ["meta.request_id", "items[*].at"]}
    assert "passed" == compared(app, blue, compare)[0].outcome
    result, _ = compared(app, blue, compare | {"ignore": ["meta"]})
    assert "failed" == result.outcome
    assert "items[0].at" in result.reason


def test_another_status_is_a_difference(app, blue):
    """Though the expectations allow both."""
    blue.answer("/orders", 200, body={})
    app.answer("/orders", 206, body={})
    result, step = compared(app, blue)
    assert "failed" == result.outcome
    assert [("status", "200", "206")] == [(d.path, d.blue, d.green) for d in step.comparison.differences]


def test_texts_are_compared_as_a_whole(app, blue):
    """What is no JSON is the same or not; where blue's own answers differ there is nothing to hold green to."""
    blue.answer("/orders", body=b"<h1>Orders</h1>")
    app.answer("/orders", body=b"<h1>Orders</h1>")
    assert "passed" == compared(app, blue)[0].outcome
    app.answer("/orders", body=b"<h1>Order</h1>")
    assert "failed" == compared(app, blue)[0].outcome
    assert "passed" == compared(app, blue, {"json": "any"})[0].outcome
    count = itertools.count()
    blue.routes["/orders"] = lambda _: (200, {}, b"<h1>%d</h1>" % next(count))
    assert "warning" == compared(app, blue)[0].tests[0].outcome
    assert "no baseline: blue's own answers differ" in compared(app, blue)[0].reason
    blue.routes["/orders"] = lambda _: (200, {}, b"%d" % next(count))
    app.answer("/orders", body={})
    assert "no baseline: blue's own answers differ as a whole" in compared(app, blue)[0].reason


def test_an_error_page_in_the_place_of_json_is_a_difference(app, blue):
    """Whatever its status says."""
    blue.answer("/orders", body={"a": 1})
    app.answer("/orders", body=b"<h1>Sorry</h1>")
    result, _ = compared(app, blue)
    assert "failed" == result.outcome
    assert "body is no JSON" in result.reason


def test_a_blue_that_fails_is_a_warning_and_no_verdict_on_green(app, blue):
    """A broken production must not keep its repair from being deployed; it is told that nothing was compared."""
    app.answer("/orders", body={"a": 1})
    blue.answer("/orders", 503)
    result, step = compared(app, blue)
    assert ("passed", "warning") == (result.outcome, result.tests[0].outcome)
    assert "blue answered with status 503, and 2xx was expected" == step.comparison.no_baseline
    assert "no baseline: blue answered with status 503" in result.reason


def test_a_blue_out_of_reach_is_a_warning(app):
    """With the words for what to look at."""
    app.answer("/orders", body={})
    test = {"name": "a", "path": "/orders", "compare": {}}
    result = run(app.endpoint, test, blue=parse_endpoint(f"http://127.0.0.1:{closed_port()}"))
    assert ("passed", "warning") == (result.outcome, result.tests[0].outcome)
    assert "no baseline: blue did not answer: cannot connect" in result.reason


@pytest.mark.parametrize(
    ("why", "outcome"),
    [
        (NoBlue(reason="the service's first deployment", expected=True), "passed"),
        (NoBlue(reason="the production listener cannot be found"), "warning"),
        (None, "warning"),
    ],
)
def test_no_blue_is_told(app, why, outcome):
    """As a matter of course in a first deployment, as a warning otherwise; what is expected is looked at all the same."""
    app.answer("/orders", body={})
    result, step = compared(app, why)
    assert ("passed", outcome) == (result.outcome, result.tests[0].outcome)
    assert step.comparison.no_baseline == (why.reason if why else "nobody said where blue is")
    assert "failed" == compared(app, why, expect={"status": 404})[0].outcome


def test_what_is_expected_comes_first(app, blue):
    """A green that fails by itself is not compared."""
    app.answer("/orders", 500)
    blue.answer("/orders")
    result, step = compared(app, blue)
    assert ("failed", None) == (result.outcome, step.comparison)
    assert [] == blue.seen


def test_expectations_of_green_are_none_of_blue(app, blue):
    """Blue has another version; that does not take the baseline away."""
    app.answer("/orders", body={"version": 2, "a": 1})
    blue.answer("/orders", body={"version": 1, "a": 1})
    result, _ = compared(app, blue, {"ignore": ["version"]}, expect={"json": {"version": 2}})
    assert ("passed", "passed") == (result.outcome, result.tests[0].outcome)


def test_what_blue_answers_is_not_captured(app, blue):
    """Later requests go to green, with green's values."""
    app.answer("/orders", body={"id": "green"})
    blue.answer("/orders", body={"id": "blue"})
    test = {"name": "a", "path": "/orders", "compare": {"json": "same_types"}, "captures": {"id": {"json": "id"}}}
    test |= {"expect": {"body": {"contains": "{{ id }}"}}}
    result = run(app.endpoint, test, blue=blue.endpoint)
    assert "passed" == result.outcome, result.reason


def test_a_green_much_slower_than_blue_fails(app, blue):
    """Both are asked the same number of times in turn, and the fastest of each count."""
    blue.answer("/orders", body={})
    app.routes["/orders"] = lambda _: time.sleep(0.15) or (200, {}, b"{}")
    compare = {"latency": {"max_ratio": 1.5, "min_delta": "50ms"}, "samples": 3}
    result, step = compared(app, blue, compare)
    assert "failed" == result.outcome
    assert (3, 4) == (len(blue.seen), len(app.seen))
    assert step.comparison.green_seconds >= 0.15 > step.comparison.blue_seconds
    assert "expected latency beside blue's at most 1.5 times blue's" in result.reason


def test_one_slow_answer_of_green_is_no_slower_green(app, blue):
    """A cold start is not held against it, nor a difference that nobody would notice."""
    blue.answer("/orders", body={})
    slow = in_turn(True, False)
    app.routes["/orders"] = lambda seen: (slow(seen) and time.sleep(0.2)) or (200, {}, b"{}")
    assert "passed" == compared(app, blue, {"latency": {"max_ratio": 1.5, "min_delta": "100ms"}})[0].outcome
    app.routes["/orders"] = lambda _: time.sleep(0.02) or (200, {}, b"{}")
    assert "passed" == compared(app, blue, {"latency": {"max_ratio": 1, "min_delta": "500ms"}})[0].outcome


def test_other_methods_only_when_allowed(app, blue):
    """It goes to production as well."""
    app.answer("/orders", body={})
    blue.answer("/orders", body={})
    result, _ = compared(app, blue, {"allow_unsafe": True}, method="POST")
    assert "passed" == result.outcome
    assert {"POST"} == {seen.method for seen in blue.seen}
    assert "would send POST to production as well; write allow_unsafe: true" in mistake_of(
        {"method": "POST", "compare": {}}
    )


def test_secrets_are_in_no_difference(app, blue):
    """Neither in what blue has, nor in what green has."""
    blue.answer("/orders", body={"key": "s3cret-of-the-house"})
    app.answer("/orders", body={"key": "s3cret-of-the-house!"})
    result = run(
        app.endpoint,
        {"name": "a", "path": "/orders", "compare": {}},
        blue=blue.endpoint,
        secrets={"key": {"ssm": "/key"}},
        namespaces={"secrets": {"key": "s3cret-of-the-house"}},
    )
    assert "failed" == result.outcome
    assert "s3cret" not in repr(result)


@pytest.mark.parametrize(
    ("compare", "words"),
    [
        ({"json": "equal"}, "'same'"),
        ({"ignore": ["$..id"]}, ".."),
        ({"ignore": "id"}, "has to be a list"),
        ({"samples": 0}, "1, found 0"),
        ({"latency": {"ratio": 2}}, "write max_ratio"),
        ({"latency": {"min_delta": "1s"}}, '"max_ratio" has to be given'),
        ({"exclude": ["id"]}, "write ignore"),
        ({"max_ratio": 2}, "write it under latency"),
    ],
)
def test_mistakes_are_told_with_their_cure(compare, words):
    """Each with what to write instead."""
    from tests.unit.smoke.test_loader import mistakes_of

    told = mistakes_of(tests=[{"name": "a", "path": "/", "compare": compare}])
    assert any(words in mistake for mistake in told), told


def test_the_least_is_an_empty_mapping():
    """The same JSON, two answers of blue."""
    suite = suite_of({"name": "a", "path": "/", "compare": {}})
    compare = suite.tests[0].steps[0].compare
    assert ("same", 2, [], None, True) == (
        compare.json_,
        compare.samples,
        compare.ignore,
        compare.latency,
        suite.compares,
    )


def test_a_long_secret_in_a_text_is_in_no_difference(app, blue):
    """Cut before it was looked for, its beginning would be shown."""
    secret = "eyJ" + "hbGciOi" * 120
    blue.answer("/orders", body=f"token={secret}".encode())
    app.answer("/orders", body=f"token={secret}!".encode())
    test = {"name": "a", "path": "/orders", "compare": {}}
    places = {"secrets": {"key": {"ssm": "/key"}}, "namespaces": {"secrets": {"key": secret}}}
    result = run(app.endpoint, test, blue=blue.endpoint, **places)
    assert "failed" == result.outcome
    assert "hbGciOi" not in repr(result)


def test_a_redirect_is_compared_like_any_answer(app, blue):
    """Its status is 3xx on both sides."""
    app.answer("/orders", 302, Location="/new")
    blue.answer("/orders", 302, Location="/new")
    result, step = compared(app, blue, expect={"redirect_to": "/new"})
    assert ("passed", "") == (result.outcome, step.comparison.no_baseline)
