"""A run as a whole: order, side by side, retries, deadlines, captures, secrets, outcomes."""

import json
import logging
import threading
import time

import pytest

from greenlight import clock
from greenlight.documents import DocumentError
from greenlight.endpoint import parse_endpoint
from greenlight.smoke import run_suite, select, steps
from tests.unit.smoke.servers import closed_port, only_attempt, only_fault, run, suite_of


def in_turn(*replies):
    """Answer with one reply after the other; the last one stays."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def flow(*steps, **keys):
    """A test of several steps."""
    return {"name": "flow", "steps": [{"name": f"step {number}"} | step for number, step in enumerate(steps)], **keys}


def test_every_expectation_of_a_reply_is_told(app):
    """A wrong status hides nothing of what is wrong besides."""
    app.answer("/", 503, {"status": "down", "items": []}, X_Version="7")
    expect = {
        "status": 200,
        "max_latency": "10s",
        "headers": {"X-Version": {"gte": 8}, "X-Missing": {"exists": True}},
        "content_type": "text/html",
        "body": {"contains": "up", "not_contains": "down"},
        "json": {"status": {"one_of": ["ok", "up"]}, "items[0].id": {"type": "integer"}, "length(items)": {"gt": 0}},
    }
    result = run(app.endpoint, {"name": "a", "path": "/", "expect": expect, "warn": {"status": "2xx"}})
    told = [(a.subject, a.expected, a.actual, a.passed, a.severity) for a in only_attempt(result).assertions]
    body = '"{\\"status\\": \\"down\\", \\"items\\": []}"'
    latency = only_attempt(result).assertions[1]
    assert told == [
        ("status", "200", "503", False, "required"),
        ("latency", "at most 10 s", latency.actual, True, "required"),
        ("header X-Version", "at least 8", '"7"', False, "required"),
        ("header X-Missing", "to exist", "nothing", False, "required"),
        ("content type", "text/html", "application/json", False, "required"),
        ("body", 'to contain "up"', body, False, "required"),
        ("body", 'not to contain "down"', body, False, "required"),
        ("json status", 'one of ["ok", "up"]', '"down"', False, "required"),
        ("json items[0].id", "of type integer", "nothing", False, "required"),
        ("json length(items)", "more than 0", "0", False, "required"),
        ("status", "2xx", "503", False, "warning"),
    ]
    assert result.reason == 'test "a": expected status 200, got 503'


def test_a_failure_shows_the_reply_and_a_pass_does_not(app):
    """The body is there when somebody needs it, at most 500 characters of it."""
    app.answer("/", 500, b"x" * 2000, X_Request_Id="r-1")
    attempt = only_attempt(run(app.endpoint, {"name": "a", "path": "/"}))
    assert (500, 500) == (attempt.status, len(attempt.body))
    assert ("X-Request-Id", "r-1") in attempt.headers
    app.answer("/", 200, b"x")
    attempt = only_attempt(run(app.endpoint, {"name": "a", "path": "/"}))
    assert (200, "", ()) == (attempt.status, attempt.body, attempt.headers)


@pytest.mark.parametrize(
    ("expected", "actual", "outcome"),
    [
        ("application/json", "Application/JSON; charset=utf-8", "passed"),
        ("application/json; charset=UTF-8", 'application/json; boundary=x; charset="utf-8"', "passed"),
        ("application/json; charset=utf-8", "application/json", "failed"),
        ("application/json", "application/json5", "failed"),
        ("{{ t }}", "text/plain", "passed"),
    ],
)
def test_content_types_are_compared_without_case_and_parameters(app, expected, actual, outcome):
    """Parameters count only where the suite names them."""
    app.answer("/", 200, b"{}", Content_Type=actual)
    test = {"name": "a", "path": "/", "expect": {"content_type": expected}}
    assert outcome == run(app.endpoint, test, variables={"t": "text/plain"}).outcome


@pytest.mark.parametrize(
    ("status", "expected", "outcome"),
    [
        (204, None, "passed"),
        (302, None, "failed"),
        (404, 404, "passed"),
        (404, "4xx", "passed"),
        (302, [200, "3xx"], "passed"),
        (404, [200, "3xx"], "failed"),
        (500, "any", "passed"),
    ],
)
def test_status_codes(app, status, expected, outcome):
    """2xx unless something else is said."""
    app.answer("/", status)
    expect = {} if expected is None else {"expect": {"status": expected}}
    assert outcome == run(app.endpoint, {"name": "a", "path": "/"} | expect).outcome


def test_a_slow_reply_fails_its_latency(app):
    """The time counts from the start of the exchange to the last byte."""
    app.routes["/"] = lambda _: time.sleep(0.15) or (200, {}, b"")
    result = run(app.endpoint, {"name": "a", "path": "/", "expect": {"max_latency": "100ms"}})
    assert result.outcome == "failed"
    assert result.reason.startswith('test "a": expected latency at most 100 ms, got 1')


def test_a_reply_that_is_no_json_fails_what_looks_into_it(app):
    """An error page in the place of JSON is told as that."""
    app.answer("/", 200, b"<html>")
    result = run(app.endpoint, {"name": "a", "path": "/", "expect": {"json": {"status": "ok", "x": 1}}})
    assert result.outcome == "failed"
    assert result.reason == ('test "a": expected body to be JSON, got no JSON: expecting value in line 1, column 1')


def test_a_path_that_does_not_fit_the_reply_fails(app):
    """A function over the wrong type is no crash."""
    app.answer("/", 200, {"items": 5})
    result = run(app.endpoint, {"name": "a", "path": "/", "expect": {"json": {"length(items)": 1}}})
    assert result.outcome == "failed"
    assert "cannot be worked out here" in result.reason


def test_a_warning_is_told_and_fails_nothing(app):
    """``warn`` takes the words of ``expect``; its failure never fails the test."""
    app.answer("/", 200, {"a": 1})
    result = run(app.endpoint, {"name": "a", "path": "/", "warn": {"json": {"a": 2}, "status": 200}})
    assert (result.outcome, result.tests[0].outcome) == ("passed", "warning")
    assert result.reason == '1 test passed, 1 with warnings: test "a": expected json a 2, got 1'


def test_a_test_that_is_not_required_fails_nothing(app):
    """``severity: warning`` turns its failure into a warning, and its transport trouble counts for nothing."""
    app.answer("/good")
    soft = {"name": "soft", "path": "/bad", "severity": "warning"}
    result = run(app.endpoint, soft, {"name": "good", "path": "/good"})
    assert ["warning", "passed"] == [test.outcome for test in result.tests]
    assert result.outcome == "passed"


def test_steps_run_in_order_and_share_captures(app):
    """Each kind of capture is there for the steps after it, with its JSON type."""
    app.answer("/create", 201, {"id": 7, "inner": {"a": [1]}}, Location="/orders/7", Set_Cookie="sid=s-1; Path=/")
    app.routes["/orders/7"] = lambda _: (200, {}, b"<p>version=1.2.3</p>")
    app.answer("/check", 200, {"id": 7})
    create = {
        "method": "POST",
        "path": "/create",
        "captures": {
            "id": {"json": "id"},
            "inner": {"json": "$.inner"},
            "place": {"header": "location"},
            "sid": {"cookie": "sid"},
        },
        "expect": {"status": 201, "headers": {"Location": "/orders/{{ id }}"}},
    }
    read = {"path": "{{ place }}", "captures": {"version": {"body": r"version=([\d.]+)"}}}
    check = {
        "method": "POST",
        "path": "/check",
        "headers": {"X-Sid": "{{ sid }}", "X-Version": "v{{ version }}"},
        "json": {"id": "{{ id }}", "inner": "{{ inner }}"},
        "expect": {"json": {"id": "{{ id }}"}},
    }
    result = run(app.endpoint, flow(create, read, check))
    assert result.outcome == "passed", result.reason
    assert ["/create", "/orders/7", "/check"] == [seen.path for seen in app.seen]
    assert app.seen[2].body == b'{"id": 7, "inner": {"a": [1]}}'
    assert ("s-1", "v1.2.3") == (app.seen[2].headers["X-Sid"], app.seen[2].headers["X-Version"])


@pytest.mark.parametrize(
    ("capture", "source"),
    [
        ({"json": "id"}, "json id"),
        ({"json": "null"}, "json null"),
        ({"header": "Location"}, "header Location"),
        ({"cookie": "sid"}, "cookie sid"),
        ({"body": "x=(.)"}, "body x=(.)"),
    ],
)
def test_a_capture_that_finds_nothing_fails_the_step(app, capture, source):
    """What later steps rely on has to be there; null is nothing."""
    app.answer("/", 200, {"null": None})
    result = run(app.endpoint, {"name": "a", "path": "/", "captures": {"x": capture}})
    assert result.outcome == "failed"
    assert result.reason == f'test "a": expected capture x from {source}, got nothing'


def test_a_capture_out_of_no_json_fails_the_step(app):
    """With the reason."""
    app.answer("/", 200, b"<html>")
    result = run(app.endpoint, {"name": "a", "path": "/", "captures": {"x": {"json": "id"}}})
    assert result.reason == 'test "a": expected capture x from json id, got expecting value in line 1, column 1'


def test_after_a_failed_step_only_the_cleaning_up_runs(app):
    """always_run steps run with what was captured, the others are told as not run."""
    app.answer("/create", 200, {"id": 7})
    app.answer("/orders/7", 204)
    result = run(
        app.endpoint,
        flow(
            {"path": "/create", "captures": {"id": {"json": "id"}}, "expect": {"status": 201}},
            {"path": "/orders/{{ id }}"},
            {"method": "DELETE", "path": "/orders/{{ id }}", "always_run": True},
        ),
    )
    (test,) = result.tests
    assert ["failed", "not_run", "passed"] == [step.outcome for step in test.steps]
    assert ["/create", "/orders/7"] == [seen.path for seen in app.seen]
    assert test.steps[1].why == 'not run: step "step 0" did not pass'
    assert result.reason == 'test "flow", step "step 0": expected status 201, got 200'


def test_cleaning_up_what_was_never_made_is_not_tried(app):
    """A DELETE of ``/orders/`` could do anything."""
    result = run(
        app.endpoint,
        flow(
            {"path": "/create", "captures": {"id": {"json": "id"}}},
            {"method": "DELETE", "path": "/orders/{{ id }}", "always_run": True},
        ),
    )
    assert result.tests[0].steps[1].why == "not run: needs {{ id }}, which was never captured"
    assert ["/create"] == [seen.path for seen in app.seen]


def test_the_outcome_is_that_of_the_first_trouble(app):
    """Cleaning up that fails because nothing was created does not turn an error into a failure."""
    app.routes["/slow"] = lambda _: time.sleep(0.4) or (200, {}, b"")
    result = run(app.endpoint, flow({"path": "/slow", "timeout": "100ms"}, {"path": "/gone", "always_run": True}))
    assert ["error", "failed"] == [step.outcome for step in result.tests[0].steps]
    assert (result.tests[0].outcome, result.outcome) == ("error", "error")


def test_failed_cleaning_up_fails_the_test(app):
    """What is left behind is somebody's trouble."""
    app.answer("/")
    result = run(app.endpoint, flow({"path": "/"}, {"path": "/gone", "always_run": True}))
    assert result.outcome == "failed"


def test_a_failed_attempt_is_repeated(app):
    """Until one passes, and the result says which."""
    app.routes["/"] = in_turn((500, {}, b""), (503, {}, b""), (200, {}, b""))
    result = run(app.endpoint, {"name": "a", "path": "/", "retries": {"count": 3, "interval": "10ms"}})
    (step,) = result.tests[0].steps
    assert result.outcome == "passed"
    assert [500, 503, 200] == [attempt.status for attempt in step.attempts]
    assert ["failed", "failed", "passed"] == [attempt.outcome for attempt in step.attempts]
    assert step.why == "passed on attempt 3 of 4"


def test_transport_trouble_is_repeated_as_well(rude):
    """A cold listener that hangs up once must not cost a deployment."""
    connections = []

    def behave(connection):
        connections.append(connection)
        connection.recv(4096)
        if len(connections) > 1:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    result = run(rude.start(behave), {"name": "a", "path": "/", "retries": {"count": 1, "interval": "10ms"}})
    assert result.tests[0].why == "passed on attempt 2 of 2"


def test_attempts_are_counted_and_pauses_grow(app):
    """After the last attempt the step has failed; backoff multiplies the pause."""
    app.answer("/", 500)
    started = time.monotonic()
    retries = {"count": 3, "interval": "50ms", "backoff": 2}
    result = run(app.endpoint, {"name": "a", "path": "/", "retries": retries})
    assert time.monotonic() - started >= 0.35
    assert result.reason == 'test "a": expected status 2xx, got 500 (attempt 4 of 4)'
    assert len(app.seen) == 4


def test_a_warning_is_not_repeated(app):
    """It is not a failure."""
    app.answer("/")
    run(app.endpoint, {"name": "a", "path": "/", "retries": 3, "warn": {"status": 204}})
    assert len(app.seen) == 1


def test_no_attempt_is_made_beyond_the_deadline(app):
    """A pause that would last longer than the run ends it: an error, because a later attempt might have passed."""
    app.answer("/", 500)
    started = time.monotonic()
    result = run(app.endpoint, {"name": "a", "path": "/", "retries": {"count": 5, "interval": "10s"}}, seconds=1)
    assert time.monotonic() - started < 1
    assert (result.outcome, len(app.seen)) == ("error", 1)
    assert result.reason.endswith("got 500 (attempt 1 of 6; no time was left for another)")


def test_the_deadline_of_the_run_cuts_a_request(app):
    """The time-out of a request counts only as far as the run reaches, and that is said."""
    app.routes["/"] = lambda _: time.sleep(1) or (200, {}, b"")
    result = run(app.endpoint, {"name": "a", "path": "/"}, seconds=0.3)
    fault = only_fault(result)
    assert result.outcome == "error"
    assert fault.kind == "deadline"
    assert fault.text.startswith("timed out after ")
    assert fault.text.endswith("; no more time was left for the run")
    assert result.seconds < 0.9


def test_what_there_was_no_time_for_is_not_run_and_never_passed(app):
    """One worker, one slow test: the others are told, and the suite is no pass."""
    app.routes["/"] = lambda _: time.sleep(0.4) or (200, {}, b"")
    tests = [{"name": str(number), "path": "/"} for number in range(3)]
    result = run(app.endpoint, *tests, concurrency=1, seconds=0.6)
    assert ["passed", "not_run", "not_run"] == [test.outcome for test in result.tests]
    assert (result.outcome, result.unfinished) == ("error", 2)
    assert result.tests[1].reason == 'test "1": not run in this invocation: no time was left'


def test_steps_there_was_no_time_for_are_not_run(app):
    """Not even the cleaning up, whatever it is worth: nothing outlives the run."""
    app.routes["/"] = lambda _: time.sleep(0.3) or (200, {}, b"")
    late = {"path": "/", "always_run": True}
    result = run(app.endpoint, flow({"path": "/", "timeout": "200ms"}, late, late), seconds=0.35)
    assert [1, 1, 0] == [len(step.attempts) for step in result.tests[0].steps]
    assert result.tests[0].steps[2].why == "not run: no time was left"


def test_tests_run_side_by_side(app):
    """As many at a time as the suite says: each waits for the others to arrive."""
    barrier = threading.Barrier(5, timeout=5)
    app.routes["/"] = lambda _: (200, {"X-Place": str(barrier.wait())}, b"")
    result = run(app.endpoint, *[{"name": str(n), "path": "/"} for n in range(10)], concurrency=5)
    assert result.outcome == "passed", result.reason
    assert len({seen.connection for seen in app.seen}) == 5


def test_no_more_tests_run_at_a_time_than_the_suite_says(app):
    """The server never sees more at once."""
    running, most, lock = [0], [0], threading.Lock()

    def route(_):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1
        return 200, {}, b""

    app.routes["/"] = route
    run(app.endpoint, *[{"name": str(n), "path": "/"} for n in range(12)], concurrency=3)
    assert most == [3]


def test_results_stand_in_the_order_of_the_suite(app):
    """Whatever was done first."""
    app.routes["/slow"] = lambda _: time.sleep(0.1) or (200, {}, b"")
    app.answer("/fast")
    done = []
    tests = [{"name": "slow", "path": "/slow"}, {"name": "fast", "path": "/fast"}]
    result = run(app.endpoint, *tests, on_test=lambda test: done.append((test.name, threading.current_thread())))
    assert ["slow", "fast"] == [test.name for test in result.tests]
    assert done == [("fast", threading.current_thread()), ("slow", threading.current_thread())]


def test_no_thread_outlives_a_run(app):
    """Lambda freezes the process right after."""
    app.routes["/"] = lambda _: time.sleep(0.3) or (200, {}, b"")
    run(app.endpoint, *[{"name": str(n), "path": "/", "timeout": "100ms"} for n in range(5)])
    assert [] == [thread.name for thread in threading.enumerate() if thread.name.startswith("smoke")]


def test_a_watcher_that_fails_ends_the_run_and_leaves_nothing_behind(app):
    """The caller hears of its own mistake, after the workers have stopped."""
    app.answer("/")

    def watch(_):
        raise RuntimeError("the caller's own")

    with pytest.raises(RuntimeError, match="the caller's own"):
        run(app.endpoint, *[{"name": str(n), "path": "/"} for n in range(100)], on_test=watch, concurrency=1)
    assert len(app.seen) < 100
    assert [] == [thread.name for thread in threading.enumerate() if thread.name.startswith("smoke")]


def test_a_skipped_test_is_told_with_its_reason(app):
    """It is not run, and alone it makes no pass."""
    app.answer("/")
    skipped = {"name": "a", "path": "/", "skip": "waiting for ORD-7"}
    result = run(app.endpoint, skipped, {"name": "b", "path": "/"})
    assert (result.outcome, result.tests[0].outcome) == ("passed", "skipped")
    assert result.tests[0].why == "waiting for ORD-7"
    assert len(app.seen) == 1
    assert run(app.endpoint, skipped).outcome == "skipped"


def test_tags_select_tests(app):
    """A test with one of the tags is run; tests without tags are not."""
    app.answer("/")
    tests = [
        {"name": "a", "path": "/", "tags": ["critical", "read"]},
        {"name": "b", "path": "/", "tags": ["baseline"]},
        {"name": "c", "path": "/"},
    ]
    assert ["a", "b"] == [t.name for t in run(app.endpoint, *tests, tags=["critical", "baseline"]).tests]
    assert ["a", "b", "c"] == [t.name for t in run(app.endpoint, *tests).tests]
    assert ["a"] == [t.name for t in select(suite_of(*tests), ["read"])]


@pytest.mark.parametrize(("tags", "there"), [(["a", "b"], "a, b"), ([], "no tags at all")])
def test_tags_that_select_nothing_are_a_mistake(app, tags, there):
    """Running nothing is never a pass."""
    test = {"name": "x", "path": "/", "tags": tags}
    with pytest.raises(DocumentError) as caught:
        run(app.endpoint, test, tags=["critical"])
    assert str(caught.value) == f"smoke.yaml tests: no test of smoke.yaml has the tag critical; it has {there}"


def test_values_of_the_deployment_are_filled_in(app):
    """green, blue and run are there for templates; the id of the run always is."""
    app.answer("/", 200, {"tag": "v7", "n": 3})
    test = {
        "name": "a",
        "path": "/",
        "headers": {"X-Run": "{{ run.id }}", "X-Blue": "{{ blue.image }}"},
        "expect": {"json": {"tag": "{{ green.image_tag }}", "n": "{{ n }}"}},
    }
    namespaces = {"green": {"image_tag": "v7"}, "blue": {"image": "orders:1"}}
    result = run(app.endpoint, test, variables={"n": 3}, namespaces=namespaces)
    assert result.outcome == "passed", result.reason
    assert ("dep-1", "orders:1") == (app.seen[0].headers["X-Run"], app.seen[0].headers["X-Blue"])


def test_attempts_carry_the_time_of_day_of_the_run(app):
    """The rehearsal's clock reaches the workers."""
    app.answer("/")
    token = clock.source.set(lambda: 1000.0)
    try:
        result = run(app.endpoint, {"name": "a", "path": "/"})
    finally:
        clock.source.reset(token)
    assert only_attempt(result).started == 1000.0


def test_a_defect_of_this_program_is_an_error_with_a_traceback(app, monkeypatch, caplog):
    """Nothing escapes from a test into the run, and nothing is swallowed."""

    def broken(*_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(steps, "prepare", broken)
    with caplog.at_level(logging.ERROR, logger="greenlight.smoke"):
        result = run(app.endpoint, {"name": "a", "path": "/"})
    assert result.outcome == "error"
    assert "broke down inside Greenlight (ZeroDivisionError)" in result.reason
    assert "a bug" in caplog.text


SECRET = "hunter2-correct/horse+battery=staple"


def test_secrets_are_in_no_text_of_a_result(app):
    """Neither those handed in, nor those captured, nor credentials of headers, however the server echoes them."""

    def echo(seen):
        token = {"token": "t0ken/" + "a" * 30, "seen": [seen.path, dict(seen.headers), seen.body.decode()]}

        return (
            500,
            {"X-Echo": seen.headers["Authorization"], "Set-Cookie": "sid=c00kie-of-the-day; Path=/"},
            json.dumps(token).encode(),
        )

    app.routes["/echo"] = echo
    told = []
    step = {
        "method": "POST",
        "path": "/echo?q={{ secrets.password }}",
        "query": {"again": "{{ secrets.password }}"},
        "headers": {"Authorization": "Bearer of-good-news", "Cookie": "session=my-own-session-id"},
        "body": "password={{ secrets.password }}",
        "captures": {"token": {"json": "token", "secret": True}},
        "expect": {
            "headers": {"X-Echo": "{{ secrets.password }}", "Set-Cookie": {"exists": False}},
            "json": {"token": {"length": 1}, "@": {"equals": "{{ token }}"}},
            "body": {"not_contains": "{{ secrets.password }}", "matches": "^{{ token }}$"},
        },
    }
    result = run(
        app.endpoint,
        flow(step, step | {"always_run": True, "path": "/echo/{{ token }}", "expect": {"status": 200}}),
        secrets={"password": {"ssm": "/orders/password"}},
        namespaces={"secrets": {"password": SECRET}},
        on_test=lambda test: told.append(repr(test)),
    )
    assert result.outcome == "failed"
    shown = repr(result) + result.reason + "".join(told)
    assert app.seen[0].body.decode() == f"password={SECRET}"
    for fragment in ("hunter2", "correct%2Fhorse", "battery", "t0ken", "c00kie", "my-own-session", "good-news"):
        assert fragment not in shown, fragment
    assert "***" in shown


def test_a_secret_captured_later_is_hidden_in_what_came_before(app):
    """Another test may have shown the same value before anybody knew that it is a secret."""
    app.answer("/early", 500, b"the token is s3cret-of-the-day")
    app.answer("/late", 200, {"token": "s3cret-of-the-day"})
    tests = [
        {"name": "early", "path": "/early"},
        {"name": "late", "path": "/late", "captures": {"token": {"json": "token", "secret": True}}},
    ]
    result = run(app.endpoint, *tests, concurrency=1)
    assert result.tests[0].steps[0].attempts[0].body == "the token is ***"


def test_a_run_needs_no_request_to_say_that_it_has_no_time(app):
    """A deadline in the past runs nothing."""
    suite = suite_of({"name": "a", "path": "/"})
    result = run_suite(suite, app.endpoint, namespaces={}, deadline=time.monotonic() - 1, run_id="r")
    assert (result.outcome, app.seen) == ("error", [])


def test_many_errors_are_counted():
    """One reason, and how many more."""
    endpoint = parse_endpoint(f"http://127.0.0.1:{closed_port()}")
    result = run(endpoint, *[{"name": str(n), "path": "/"} for n in range(3)])
    assert result.reason.endswith(", and 2 more tests did not pass")
