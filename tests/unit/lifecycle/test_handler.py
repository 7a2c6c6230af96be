"""What Lambda calls: whatever happens, ECS gets a valid reply, and in time."""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlight import aws
from greenlight.lifecycle import handler, invocation, measures
from greenlight.lifecycle.handler import hook
from greenlight.lifecycle.observability import logger
from greenlight.lifecycle.state import WarmMemory
from greenlight.stages import Stage
from tests.unit.lifecycle.calls import (
    BLUE,
    EVENT,
    GREEN,
    POST_TEST,
    Context,
    assert_valid,
    call,
    gates,
    suite,
)

ROOT = Path(__file__).resolve().parents[3]
ROLLBACKS = [
    call("TEST_TRAFFIC_SHIFT", test={GREEN: 0, BLUE: 100}, details={"team": "orders"}),
    call("PRODUCTION_TRAFFIC_SHIFT", production={GREEN: 0, BLUE: 100}, details={"team": "orders"}),
]


@pytest.fixture(autouse=True)
def new_process(monkeypatch):
    """A function that was started anew, with nothing in its memory and nothing in its environment."""
    monkeypatch.setattr(invocation, "_memory", WarmMemory())
    for name in ("GATES", "AWS_LAMBDA_INITIALIZATION_TYPE"):
        monkeypatch.delenv(name, raising=False)


def ask(event, context=None, *, stage=POST_TEST):
    """One call of a function; its reply is always valid."""
    reply = hook(stage)(event, Context() if context is None else context)
    assert_valid(reply)
    return reply


def reason(reply):
    """Why, in words."""
    return reply["hookDetails"]["greenlight"]["reason"]


def test_a_hook_answers(green):
    """From Lambda's event to ECS's reply."""
    assert "SUCCEEDED" == ask(call(details={"gates": gates(green.url)}))["hookStatus"]


def test_the_environment_is_read_once(green, monkeypatch, tmp_path):
    """When the function is made, and never again."""
    file = tmp_path / "gates.yaml"
    file.write_text(json.dumps(gates(green.url)))
    monkeypatch.setenv("GATES", f" file:{file}\n")
    made = hook(POST_TEST)
    monkeypatch.setenv("GATES", "file:/no/gates.yaml")
    assert "SUCCEEDED" == made(call(), Context())["hookStatus"]


@pytest.mark.parametrize("event", ROLLBACKS)
def test_a_rollback_is_let_through(event):
    """It must never end at a gate."""
    assert "SUCCEEDED" == ask(event)["hookStatus"]


@pytest.mark.parametrize(
    ("environment", "clients"),
    [
        ({}, set()),
        ({"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}, {"ecs", "elbv2"}),
        ({"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "GATES": "s3://conf/gates.yaml"}, {"ecs", "elbv2", "s3"}),
        ({"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "GATES": "ssm:/gates"}, {"ecs", "elbv2", "ssm"}),
    ],
)
def test_clients_are_built_while_lambda_starts_the_function(fresh_clients, monkeypatch, environment, clients):
    """Only there, where it costs nothing, and only those that are needed."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    hook(POST_TEST)
    assert clients == set(aws._clients)


class Panic(BaseException):
    """What an extension module raises when it panics; not an Exception."""


class UnprintableError(Exception):
    """An exception whose text cannot be had."""

    def __str__(self):
        raise ValueError("no text")


ERRORS = [ValueError("no such thing"), RecursionError(), MemoryError(), SystemExit(3), Panic("!"), UnprintableError()]


def breaking(error):
    """A function that raises, whatever it is called with."""

    def broken(*_, **__):
        raise error

    return broken


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_unforeseen_error_fails_with_its_kind(error, monkeypatch, capfd):
    """Nothing was checked; the reply names the kind of trouble, and the log has the trace and the verdict."""
    monkeypatch.setattr(handler, "answer", breaking(error))
    reply = ask(call(details={"team": "orders"}))
    assert ("FAILED", "orders") == (reply["hookStatus"], reply["hookDetails"]["team"])
    assert f"unforeseen {type(error).__name__}" in reason(reply)
    line, counted = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert ("verdict", "FAILED", "ERROR", "greenlight", reason(reply)) == (
        line["message"],
        line["hook_status"],
        line["level"],
        line["service"],
        line["reason"],
    )
    assert any("test_handler.py" in part for part in line["exception"])
    assert ("d1", POST_TEST) == (line["deployment"], line["stage"])
    assert (1, "orders", POST_TEST) == (counted[measures.ERRORS], counted["service"], counted["stage"])
    (metrics,) = counted["_aws"]["CloudWatchMetrics"]
    assert (measures.NAMESPACE, [["service", "stage"], ["stage"]]) == (metrics["Namespace"], metrics["Dimensions"])
    assert [{"Name": measures.ERRORS, "Unit": "Count"}] == metrics["Metrics"]
    assert datetime.fromisoformat(line["timestamp"]).utcoffset() is not None


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("event", ROLLBACKS)
def test_an_unforeseen_error_does_not_hold_a_rollback(event, error, monkeypatch):
    """It would end in "Rollback failed", which no human wants to see."""
    monkeypatch.setattr(handler, "answer", breaking(error))
    reply = ask(event)
    assert ("SUCCEEDED", "orders") == (reply["hookStatus"], reply["hookDetails"]["team"])
    assert f"unforeseen {type(error).__name__}" in reason(reply)


def test_half_a_character_does_not_break_the_last_words(monkeypatch):
    """Neither in what came nor in what the error says."""
    monkeypatch.setattr(handler, "answer", breaking(ValueError("cut \ud83d")))
    assert "FAILED" == ask(call(details={"team": "cut \ud83d"}))["hookStatus"]


@pytest.mark.parametrize("raw", [None, [], "text", {}, call(details="not JSON")])
def test_an_unforeseen_error_with_a_broken_event_fails(raw, monkeypatch):
    """Two troubles at once are still one reply."""
    monkeypatch.setattr(handler, "answer", breaking(ValueError("no such thing")))
    assert "FAILED" == ask(raw)["hookStatus"]


def test_an_endless_loop_is_left_in_time(monkeypatch):
    """Not even work that never ends keeps the reply from ECS; the reason says what to do."""
    stop = []

    def spin(*_):
        while not stop:
            pass

    monkeypatch.setattr(handler, "answer", spin)
    started = time.monotonic()
    reply = ask(call(), Context(seconds=1.5))
    assert time.monotonic() - started < 1.5
    stop.append(True)
    assert "FAILED" == reply["hookStatus"]
    assert "no verdict before the function's time-out; raise the time-out" in reason(reply)


@pytest.mark.parametrize("seconds", [1.5, 3.0])
def test_a_silent_green_is_left_in_time(green, seconds):
    """The check could not be asked within what is left, and the reply still goes out."""
    green.silent = threading.Event()
    configured = gates(green.url)
    configured["post_test_traffic_shift"]["smoke"]["suite"]["tests"][0]["timeout"] = "60s"
    started = time.monotonic()
    reply = ask(call(details={"gates": configured}), Context(seconds=seconds))
    assert time.monotonic() - started < seconds
    assert ("IN_PROGRESS", "error") == (
        reply["hookStatus"],
        reply["hookDetails"]["greenlight"]["checks"]["smoke"]["outcome"],
    )


@pytest.mark.parametrize(("left", "works"), [(10, 7.5), (40, 31.5), (900, 889.5)])
def test_a_share_of_the_time_is_kept_for_the_reply(monkeypatch, left, works):
    """A fifth and ten seconds at most; half a second more goes to the verdict."""
    deadlines = []

    def answer(_, __, caller):
        deadlines.append(caller.deadline - time.monotonic())
        return {"hookStatus": "FAILED", "hookDetails": {"greenlight": {"reason": "not asked"}}}

    monkeypatch.setattr(handler, "answer", answer)
    ask(call(), Context(seconds=left))
    assert [pytest.approx(works, abs=0.4)] == deadlines


@pytest.mark.parametrize("seconds", [0.0, -5.0, 0.001])
def test_no_time_at_all_is_a_reply_at_once(green, seconds):
    """FAILED, because nothing was checked."""
    reply = ask(call(details={"gates": gates(green.url)}), Context(seconds=seconds))
    assert reply["hookStatus"] in ("FAILED", "IN_PROGRESS")


@pytest.mark.parametrize(
    "context",
    [
        object(),
        SimpleNamespace(get_remaining_time_in_millis=None, invoked_function_arn=None),
        SimpleNamespace(get_remaining_time_in_millis=lambda: None),
        SimpleNamespace(get_remaining_time_in_millis=lambda: "30000"),
        SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000),
    ],
)
def test_a_strange_context_does_no_harm(green, context):
    """Emulators and tests of other people hand over what they like."""
    reply = hook(POST_TEST)(call(details={"gates": gates(green.url)}), context)
    assert_valid(reply)
    assert "SUCCEEDED" == reply["hookStatus"]


@pytest.mark.parametrize("left", [float("nan"), float("inf"), float("-inf")])
def test_a_time_that_is_no_number_is_a_reply_all_the_same(green, left):
    """Valid, and never a pass for something that was not checked."""
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: left)
    reply = ask(call(details={"gates": gates(green.url)}), context)
    assert ("SUCCEEDED" == reply["hookStatus"]) == bool(green.paths)


class BrokenStream:
    """A standard output that was closed."""

    def write(self, _):
        raise OSError(9, "Bad file descriptor")

    def flush(self):
        raise OSError(9, "Bad file descriptor")


class BrokenHandler(logging.Handler):
    """A handler with a defect of its own."""

    def emit(self, _):
        raise RuntimeError("the log is broken")


@pytest.fixture(params=["stream", "formatter", "handler"])
def broken_log(request, monkeypatch):
    """A logger that breaks in one of three places."""
    monkeypatch.setattr(logging, "raiseExceptions", False)
    if request.param == "stream":
        monkeypatch.setattr(logger.registered_handler, "stream", BrokenStream())
    elif request.param == "formatter":
        monkeypatch.setattr(logger.registered_handler.formatter, "format", breaking(RuntimeError("the log is broken")))
    else:
        handlers = logging.getLogger("greenlight").handlers
        monkeypatch.setattr(logging.getLogger("greenlight"), "handlers", [*handlers, BrokenHandler()])


def test_a_verdict_stands_whether_or_not_it_can_be_told(green, broken_log):
    """A broken log neither lets anything pass nor rolls anything back."""
    event = call(details={"gates": gates(green.url)})
    assert "SUCCEEDED" == ask(event)["hookStatus"]
    green.status = 500
    assert "FAILED" == ask(event)["hookStatus"]


@pytest.mark.parametrize(
    ("event", "statuses"),
    [
        (ROLLBACKS[0], {"SUCCEEDED"}),
        ({"lifecycleStage": POST_TEST}, {"FAILED"}),
        (call(details=5), {"FAILED"}),
        (call("PRE_SCALE_UP"), {"IN_PROGRESS", "FAILED"}),
    ],
)
def test_every_path_survives_a_broken_log(event, statuses, broken_log):
    """Those with warnings on the way as well; nobody answers where AWS should be."""
    assert ask(event)["hookStatus"] in statuses


def test_a_closed_standard_output_does_not_break_the_last_words(monkeypatch):
    """The last resort writes to it, and answers whether or not that works."""
    monkeypatch.setattr(handler, "answer", breaking(ValueError("no such thing")))
    monkeypatch.setattr(sys, "stdout", BrokenStream())
    assert "FAILED" == ask(call())["hookStatus"]


def test_log_keys_of_one_deployment_do_not_reach_the_next(green, verdicts):
    """One process serves them all, one after the other, and a broken event has no deployment."""
    ask(call(deployment="d1", details={"gates": gates(green.url)}))
    ask({"lifecycleStage": POST_TEST})
    ask(call(deployment="d2", details={"gates": gates(green.url)}))
    assert ["d1", None, "d2"] == [line.get("deployment") for line in verdicts()]


def test_a_check_that_breaks_is_in_the_log_with_its_trace(green, monkeypatch, log):
    """ECS hears the kind and the place; whoever mends it finds the rest here."""
    monkeypatch.setattr("greenlight.checks.smoke.run_suite", breaking(ZeroDivisionError("division by zero")))
    reply = ask(call(details={"gates": gates(green.url)}))
    assert "FAILED" == reply["hookStatus"]
    assert "smoke: broke: ZeroDivisionError at test_handler.py:" in reason(reply)
    (line,) = [line for line in log() if line["message"] == "a check broke"]
    assert ("smoke", "ZeroDivisionError") == (line["check"], line["exception_name"])
    assert "division by zero" in line["exception"]


HALF_A_PAIR = '{"name": "cut \\ud83d"}'


def test_half_a_character_in_what_came_does_no_harm(green):
    """JSON can carry half a surrogate pair, Lambda's runtime cannot write it, and ECS would hear nothing at all."""
    details = json.loads(HALF_A_PAIR) | {"gates": gates(green.url)}
    assert "SUCCEEDED" == ask(call(details=details))["hookStatus"]


def test_half_a_character_in_what_green_answers_does_no_harm(green, verdicts):
    """Programs that cut texts by UTF-16 units write it every day; it must not turn a warning into a rollback."""
    green.body = HALF_A_PAIR.encode()
    configured = gates(green.url, severity="warning")
    configured["post_test_traffic_shift"]["smoke"]["suite"]["tests"][0]["expect"] = {"json": {"name": "whole"}}
    reply = ask(call(details={"gates": configured}))
    assert ("SUCCEEDED", 1) == (reply["hookStatus"], len(verdicts()))
    assert "failed, only reported (severity: warning)" in reason(reply)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
SUITES = st.just(suite("/")) | JSON
SMOKE = st.fixed_dictionaries({"endpoint": st.just("http://127.0.0.1:1"), "suite": SUITES}) | JSON
GATES = (
    st.fixed_dictionaries(
        {"version": st.sampled_from([1, 2, "1", None])},
        optional={"post_test_traffic_shift": st.fixed_dictionaries({"smoke": SMOKE}) | JSON, "extra": JSON},
    )
    | JSON
    | st.sampled_from(["ssm:/gates", "file:/no", "s3://conf/gates.yaml", "nonsense"])
)
STATE = JSON | st.fixed_dictionaries({"v": st.just(1), "checks": JSON}, optional={"since": JSON, "attempt": JSON})
DETAILS = (
    JSON
    | st.fixed_dictionaries({}, optional={"gates": GATES, "greenlight": STATE, "team": JSON})
    | st.fixed_dictionaries({"gates": GATES}).map(json.dumps)
)
WEIGHTS = st.dictionaries(st.sampled_from([GREEN, BLUE]), st.integers(0, 100) | JSON, max_size=2) | JSON
EXECUTION = st.fixed_dictionaries(
    {key: st.just(value) for key, value in EVENT["executionDetails"].items() if key.endswith("Arn")},
    optional={"testTrafficWeights": WEIGHTS, "productionTrafficWeights": WEIGHTS},
)
EVENTS = JSON | st.fixed_dictionaries(
    {
        "lifecycleStage": st.sampled_from([*Stage, "SOME_NEW_STAGE"]) | JSON,
        "resourceArn": st.just(EVENT["resourceArn"]) | JSON,
        "executionDetails": EXECUTION | JSON,
    },
    optional={"executionId": JSON, "hookDetails": DETAILS},
)


@settings(max_examples=150)
@given(EVENTS)
def test_any_json_gets_a_valid_reply(event):
    """And none of them a pass, because nobody answers: neither green nor AWS; only a rollback is let through."""
    reply = hook(POST_TEST)(event, Context())
    assert_valid(reply)
    if reply["hookStatus"] == "SUCCEEDED":
        assert "the deployment is going back" in reason(reply)


def in_a_process_of_its_own(tmp_path, stub, event):
    """Import the function beside a module that is broken, call it, and return what it replied and wrote."""
    name, code = stub
    (tmp_path / f"{name}.py").write_text(code)
    script = (
        "import json, sys, app\n"
        "reply = app.lambda_handler(json.loads(sys.argv[1]), None)\n"
        "sys.stderr.write(json.dumps(reply))\n"
    )
    paths = [tmp_path, ROOT / "hooks" / "post_test_traffic_shift", ROOT / "layers" / "greenlight"]
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(event)],
        env={"PYTHONPATH": os.pathsep.join(map(str, paths)), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stderr), [json.loads(line) for line in done.stdout.splitlines()]


BROKEN_IMPORTS = [
    ("pydantic_core", "raise ImportError('wrong ELF class: ELFCLASS64')"),
    ("boto3", "raise ModuleNotFoundError(\"No module named 'botocore'\")"),
    ("re2", "1 / 0"),
    ("requests", "class Panic(BaseException): pass\nraise Panic('!')"),
    ("aws_lambda_powertools", "raise SystemExit(1)"),
]


@pytest.mark.parametrize("stub", BROKEN_IMPORTS, ids=lambda stub: stub[0])
def test_a_layer_that_cannot_be_imported_fails_in_words(tmp_path, stub):
    """Wheels for another architecture, a layer that was cut: ECS and the log hear of it."""
    reply, lines = in_a_process_of_its_own(tmp_path, stub, call(details={"team": "orders"}))
    assert_valid(reply)
    assert ("FAILED", "orders") == (reply["hookStatus"], reply["hookDetails"]["team"])
    assert "unforeseen " in reason(reply)
    assert ["verdict", "metrics"] == [line["message"] for line in lines]
    assert any(f"{stub[0]}.py" in part for part in lines[0]["exception"])


@pytest.mark.parametrize("stub", BROKEN_IMPORTS, ids=lambda stub: stub[0])
def test_a_layer_that_cannot_be_imported_does_not_hold_a_rollback(tmp_path, stub):
    """The rollback may well be the cure."""
    reply, _ = in_a_process_of_its_own(tmp_path, stub, ROLLBACKS[1])
    assert_valid(reply)
    assert "SUCCEEDED" == reply["hookStatus"]


def test_settings_that_cannot_be_read_are_answered(monkeypatch):
    """An exception while the function is imported would leave ECS without a reply."""
    monkeypatch.setattr(handler, "_settings", lambda _: 1 / 0)
    reply = handler.hook(POST_TEST)(call(), Context())
    assert_valid(reply)
    assert ("FAILED", True) == (
        reply["hookStatus"],
        "ZeroDivisionError" in reply["hookDetails"]["greenlight"]["reason"],
    )
