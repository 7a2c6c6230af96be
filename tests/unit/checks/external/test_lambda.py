"""The lambda check: what a function is given, what it may answer, and what becomes of it when it does not."""

import json
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.checks import Outcome
from greenlight.checks.external.function import LambdaSettings, prepare_lambda
from greenlight.checks.external.function_reply import UnusableReplyError, read_reply
from tests.unit.checks.external.conftest import BLUE, GREEN, prepared

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders-check"


def check(more="", *, function="orders-check"):
    """A check of the function."""
    return prepared(LambdaSettings, prepare_lambda, f"function: {function}\nname: stock\n{more}")


def answering(world, answer):
    """Let the function answer something, always."""
    world.functions.define("orders-check", lambda _: answer)


def given_last(world):
    """What the function was given last."""
    return world.functions.invocations[-1][1]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [("passed", Outcome.PASSED), ("failed", Outcome.FAILED), ("skipped", Outcome.SKIPPED)],
)
def test_what_the_function_says_is_the_answer(world, outcome, expected):
    """With its own words, and its name for those who look for it."""
    answering(world, {"outcome": outcome, "summary": "12 of 12 warehouses\nagree"})
    result = world.ask(check())
    told = "12 of 12 warehouses agree (function orders-check)"
    assert (expected, told, {}) == (result.outcome, result.summary, result.memory)
    link = (
        "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/orders-check?tab=monitoring"
    )
    assert (link, 1) == (result.details["link"], result.details["attempt"])
    assert result.details["request"]


def test_the_function_is_given_what_there_is_to_know(world):
    """In Greenlight's words, and in those of ECS's own event."""
    answering(world, {"outcome": "passed", "summary": "ok"})
    world.ask(check(), step="at 10 percent")
    event = given_last(world)
    number = world.deployment_arn.rpartition("/")[2]
    assert len(event.pop("executionId")) == 24
    expected_blue = {"image": "repo/orders:v1", "image_tag": "v1", "service_revision": BLUE, "revision": "1"}
    blue, green = event.pop("blue"), event.pop("green")
    assert expected_blue == {key: blue[key] for key in expected_blue}
    assert ("repo/orders:v2", GREEN, "orders:1") == (
        green["image"],
        green["service_revision"],
        green["task_definition"],
    )
    assert {
        "deployment": world.deployment_arn,
        "stage": "POST_TEST_TRAFFIC_SHIFT",
        "step": "at 10 percent",
        "service": "orders",
        "check": "stock",
        "run_id": number,
        "attempt": 1,
        "memory": {},
        "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT",
        "resourceArn": world.deployment_arn,
        "executionDetails": {
            "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders",
            "targetServiceRevisionArn": GREEN,
            "testTrafficWeights": {},
            "productionTrafficWeights": {},
        },
        "hookDetails": {},
    } == event


def test_the_payload_is_given_besides(world):
    """With its templates filled in."""
    answering(world, {"outcome": "passed", "summary": "ok"})
    world.ask(check('payload: {expect: "{{ green.image_tag }}", hookDetails: {limit: 5}}'))
    assert ("v2", {"limit": 5}) == (given_last(world)["expect"], given_last(world)["hookDetails"])


def test_a_function_that_cannot_tell_yet_is_called_again(world):
    """With what it wanted to remember, and the number of the call."""
    answer = {"outcome": "inconclusive", "summary": "3 of 12", "retry_after": 45, "memory": {"seen": 3}}
    answering(world, answer)
    first = world.ask(check())
    told = (Outcome.INCONCLUSIVE, "3 of 12 (function orders-check)", 45)
    assert told == (first.outcome, first.summary, first.retry_after)
    assert {"attempt": 1, "since": int(world.now), "memory": {"seen": 3}} == first.memory
    answering(world, {"outcome": "inconclusive", "summary": "5 of 12"})
    second = world.ask(check(), first.memory)
    assert (2, {"seen": 3}) == (given_last(world)["attempt"], given_last(world)["memory"])
    assert (None, {"attempt": 2, "since": int(world.now)}) == (second.retry_after, second.memory)
    assert 2 == second.details["attempt"]


def test_each_invocation_calls_it_once(world):
    """There is no second attempt behind its back."""
    answering(world, {"outcome": "passed", "summary": "ok"})
    before = len(world.functions.invocations)
    world.ask(check())
    assert 1 == len(world.functions.invocations) - before


def test_the_same_run_has_the_same_name_each_time(world):
    """So that the function may make its own work happen once."""
    answering(world, {"outcome": "inconclusive", "summary": "not yet"})
    first = world.ask(check())
    name = given_last(world)["executionId"]
    world.ask(check(), first.memory)
    assert name == given_last(world)["executionId"]
    world.ask(check(), stage="PRE_PRODUCTION_TRAFFIC_SHIFT")
    assert name != given_last(world)["executionId"]


def test_a_function_that_never_comes_to_an_answer_fails(world):
    """At its timeout, with the last it said."""
    answering(world, {"outcome": "inconclusive", "summary": "still counting"})
    first = world.ask(check("timeout: 5m"))
    world.now += 299
    second = world.ask(check("timeout: 5m"), first.memory)
    assert Outcome.INCONCLUSIVE is second.outcome
    world.now += 2
    result = world.ask(check("timeout: 5m"), second.memory)
    expected = (
        "function orders-check came to no answer in 5 min, longer than its timeout of 5 min; last: still counting"
    )
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


@pytest.mark.parametrize(
    ("answer", "outcome", "summary"),
    [
        ({"hookStatus": "SUCCEEDED"}, Outcome.PASSED, "answered hookStatus SUCCEEDED (function orders-check)"),
        ({"hookStatus": "FAILED"}, Outcome.FAILED, "answered hookStatus FAILED (function orders-check)"),
        (
            {"hookStatus": "IN_PROGRESS"},
            Outcome.INCONCLUSIVE,
            "answered hookStatus IN_PROGRESS (function orders-check)",
        ),
    ],
)
def test_a_lifecycle_hook_is_understood_as_it_is(world, answer, outcome, summary):
    """So that hooks that are there already can stand beside other checks."""
    answering(world, answer)
    result = world.ask(check())
    assert (outcome, summary) == (result.outcome, result.summary)


def test_a_lifecycle_hook_gets_its_details_again(world):
    """Beside what is configured for it, as ECS does."""
    answering(world, {"hookStatus": "IN_PROGRESS", "callBackDelay": 20, "hookDetails": {"job": "j-1"}})
    made = check("payload: {hookDetails: {limit: 5, job: none}}")
    first = world.ask(made)
    assert {"limit": 5, "job": "none"} == given_last(world)["hookDetails"]
    assert (20, {"job": "j-1"}) == (first.retry_after, first.memory["memory"])
    world.ask(made, first.memory)
    assert {"limit": 5, "job": "j-1"} == given_last(world)["hookDetails"]


MISSING = [f'"{key}" has to be given' for key in ("outcome", "summary")]
UNCLEAR = "returned what cannot be understood: the reply"
SHAPE = 'return {"outcome": "passed", "summary": "…"}'


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (None, f"returned no object but null; {SHAPE}"),
        ("ok", f'returned no object but "ok"; {SHAPE}'),
        (b"", f'returned no JSON but ""; {SHAPE}'),
        (b"<html>", f'returned no JSON but "<html>"; {SHAPE}'),
        (b'{"outcome": NaN}', f'returned no JSON but "{{\\"outcome\\": NaN}}"; {SHAPE}'),
        (
            {},
            f"{UNCLEAR} outcome: is missing; {MISSING[0]}; the reply summary: is missing; {MISSING[1]}; {SHAPE}",
        ),
        (
            {"outcome": "ok", "summary": "fine"},
            f"{UNCLEAR} outcome: has to be 'passed', 'failed', 'inconclusive' or 'skipped', found \"ok\"; {SHAPE}",
        ),
        (
            {"outcome": "passed", "summary": "fine", "retryAfter": 5},
            f'{UNCLEAR} retryAfter: unknown key "retryAfter"; did you mean "retry_after"?; {SHAPE}',
        ),
        (
            {"hookStatus": "DONE"},
            f"{UNCLEAR} hookStatus: has to be 'SUCCEEDED', 'FAILED' or 'IN_PROGRESS', found \"DONE\"; {SHAPE}",
        ),
        (
            {"outcome": "inconclusive", "summary": "s", "memory": {"a": "x" * 500}},
            "returned 509 bytes of memory, and no more than 400 can be carried; store them elsewhere",
        ),
        (
            {"hookStatus": "IN_PROGRESS", "hookDetails": {"a": "x" * 500}},
            "returned 509 bytes of hookDetails, and no more than 400 can be carried; store them elsewhere",
        ),
        (b'"' + b"x" * 300_000 + b'"', "returned more than 256 KB; a sentence in `summary` is enough"),
    ],
)
def test_a_reply_that_is_none_is_an_error(world, answer, problem):
    """It is no verdict of the function's, and never passes."""
    answering(world, answer)
    result = world.ask(check(), {"attempt": 2, "since": int(world.now), "memory": {"seen": 3}})
    assert (Outcome.ERROR, f"function orders-check {problem}") == (result.outcome, result.summary)
    assert {"attempt": 3, "since": int(world.now), "memory": {"seen": 3}} == result.memory


def test_what_escapes_the_function_is_an_error(world):
    """With its type and its message."""

    def broken(_):
        raise LookupError("no table\norders")

    world.functions.define("orders-check", broken)
    result = world.ask(check())
    assert (Outcome.ERROR, "function orders-check failed: LookupError: no table orders") == (
        result.outcome,
        result.summary,
    )
    assert 1 == result.memory["attempt"]


def test_a_function_error_without_words_is_told_all_the_same():
    """Runtimes differ in what they say."""
    from greenlight.checks.external.function import _Called, _function_error

    assert "Unhandled: no message" == _function_error(_Called(b"{}", "Unhandled", None))
    assert "Unhandled: out of memory" == _function_error(_Called(b"out of memory", "Unhandled", None))
    body = b'{"errorMessage": "Task timed out after 3.00 seconds"}'
    assert "Unhandled: Task timed out after 3.00 seconds" == _function_error(_Called(body, "Unhandled", None))


@pytest.fixture
def stuck(world):
    """A function that does not answer until the test ends."""
    release = threading.Event()
    world.functions.define("orders-check", lambda _: release.wait(10) and {"outcome": "passed", "summary": "late"})
    yield
    release.set()


def test_a_function_that_is_slower_than_the_invocation_fails(world, stuck):
    """It is given up in time, and not called again, because it may be at work still: it would run twice at a time."""
    began = time.monotonic()
    result = world.ask(check(), seconds=0.4)
    assert time.monotonic() - began < 5
    expected = "function orders-check did not answer within this invocation's time, and may be at work still"
    assert Outcome.FAILED is result.outcome
    assert expected == result.summary.partition(";")[0]
    assert "let it answer inconclusive before that, or raise the time-out of Greenlight's function" in result.summary
    assert {} == result.memory


def test_a_function_that_is_slower_than_its_own_timeout_fails(world, stuck):
    """No call lasts longer than the whole check may."""
    result = world.ask(check("timeout: 1s"))
    assert Outcome.FAILED is result.outcome
    assert "did not answer within its timeout, and may be at work still" in result.summary
    assert result.summary.endswith("or raise `timeout`")


def test_no_time_is_no_call(world):
    """What could not be waited for is not begun."""
    answering(world, {"outcome": "passed", "summary": "ok"})
    before = len(world.functions.invocations)
    result = world.ask(check(), seconds=-1)
    assert (Outcome.ERROR, "function orders-check was not called: this invocation's time is over") == (
        result.outcome,
        result.summary,
    )
    assert before == len(world.functions.invocations)


def test_a_slow_function_is_waited_for(world, monkeypatch):
    """Longer than any other call of AWS: those give up after seconds, and would have called it three times."""
    from botocore.config import Config

    from greenlight import aws

    impatient = {"read_timeout": 0.2, "retries": {"mode": "standard", "total_max_attempts": 3}}
    monkeypatch.setattr(aws, "_CONFIG", aws._CONFIG.merge(Config(**impatient)))
    aws.forget_clients()
    before = len(world.functions.invocations)
    world.functions.define("orders-check", lambda _: time.sleep(0.7) or {"outcome": "passed", "summary": "slow"})
    try:
        assert "slow (function orders-check)" == world.ask(check()).summary
    finally:
        aws.forget_clients()
    assert 1 == len(world.functions.invocations) - before


def test_a_throttled_function_is_an_error_and_is_not_called_in_a_row(world):
    """Its concurrency comes back, but not within this invocation."""
    before = world.server.faults.calls("lambda", "Invoke")
    world.server.faults.fail("lambda", "Invoke", "TooManyRequestsException", status=429)
    result = world.ask(check())
    expected = (
        "function orders-check is throttled (TooManyRequestsException): it, or the account, has no concurrency left; it is "
        "called again"
    )
    assert (Outcome.ERROR, expected) == (result.outcome, result.summary)
    assert 1 == world.server.faults.calls("lambda", "Invoke") - before


def test_a_denied_call_is_an_error_with_the_action(world):
    """IAM needs a while to spread."""
    world.server.faults.deny("lambda", "Invoke")
    result = world.ask(check())
    assert Outcome.ERROR is result.outcome
    assert "add lambda:InvokeFunction to the function's role" in result.summary


def test_a_function_that_is_not_there_fails(world):
    """AWS would say so again."""
    result = world.ask(check(function="orders-chek"))
    expected = "lambda:InvokeFunction was refused (ResourceNotFoundException): Function not found: "
    assert Outcome.FAILED is result.outcome
    assert result.summary.startswith(expected)


def test_a_function_that_is_just_being_changed_is_no_failure(world):
    """It is there in a moment."""
    world.server.faults.fail("lambda", "Invoke", "ResourceConflictException", message="update in progress", status=409)
    assert Outcome.ERROR is world.ask(check()).outcome


def test_rubbish_instead_of_a_reply_is_an_error(world):
    """It may come from something between here and AWS."""
    world.server.faults.garble("lambda", "Invoke")
    result = world.ask(check())
    assert Outcome.ERROR is result.outcome
    assert result.summary.startswith("function orders-check returned no JSON but ")


@pytest.mark.parametrize(
    ("function", "qualifier", "called", "told"),
    [
        ("orders-check", None, "orders-check", "orders-check"),
        ("orders-check:LIVE", None, "orders-check:LIVE", "orders-check:LIVE"),
        ("orders-check", "LIVE", "orders-check:LIVE", "orders-check:LIVE"),
        (ARN, None, "orders-check", "orders-check"),
        (f"{ARN}:7", None, "orders-check:7", "orders-check:7"),
        (ARN, "LIVE", "orders-check:LIVE", "orders-check:LIVE"),
        ("123456789012:function:orders-check", None, "orders-check", "orders-check"),
        ("my-function:LIVE", None, "my-function:LIVE", "my-function:LIVE"),
    ],
)
def test_every_way_to_name_a_function(world, function, qualifier, called, told):
    """As Lambda takes them."""
    for name in ("orders-check", "my-function"):
        world.functions.define(name, lambda _: {"outcome": "passed", "summary": "ok"})
    more = f"qualifier: {qualifier}" if qualifier else ""
    result = world.ask(check(more, function=function))
    assert (Outcome.PASSED, f"ok (function {told})") == (result.outcome, result.summary)
    assert called == world.functions.invocations[-1][0]
    assert told.partition(":")[0] == result.details["link"].rpartition("/")[2].partition("?")[0]


def test_a_first_deployment_has_no_blue(world):
    """The function is told, and decides."""
    world.deployed(create=True)
    answering(world, {"outcome": "passed", "summary": "ok"})
    assert check().skip_on_create() is None
    assert Outcome.PASSED is world.ask(check()).outcome
    assert given_last(world)["blue"] is None


def test_ecs_that_does_not_tell_is_an_error_and_nothing_is_called(world):
    """The function would be told nonsense."""
    answering(world, {"outcome": "passed", "summary": "ok"})
    before = len(world.functions.invocations)
    world.server.faults.fail("ecs", "DescribeServiceDeployments")
    result = world.ask(check())
    assert Outcome.ERROR is result.outcome
    assert before == len(world.functions.invocations)


@pytest.mark.parametrize(
    "memory",
    [{"attempt": -1}, {"attempt": True}, {"attempt": "2"}, {"attempt": 10**9}, {"since": "x"}, {"memory": [1]}],
)
def test_mangled_memory_is_survived(world, memory):
    """The function starts from nothing."""
    answering(world, {"outcome": "passed", "summary": "ok"})
    assert Outcome.PASSED is world.ask(check(), memory).outcome
    assert (1, {}) == (given_last(world)["attempt"], given_last(world)["memory"])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
replies = st.fixed_dictionaries(
    {},
    optional={
        "outcome": st.sampled_from(["passed", "failed", "inconclusive", "skipped", "PASSED", ""]) | values,
        "summary": st.text(max_size=30) | values,
        "retry_after": st.floats() | values,
        "memory": values,
        "hookStatus": st.sampled_from(["SUCCEEDED", "FAILED", "IN_PROGRESS", "succeeded"]) | values,
        "callBackDelay": st.floats() | values,
        "hookDetails": values,
    },
)


@given(st.binary(max_size=200) | replies.map(lambda reply: json.dumps(reply).encode()))
def test_no_reply_passes_by_accident(body):
    """Whatever comes, it is understood as what it says, or refused."""
    try:
        reply = read_reply(body)
    except UnusableReplyError:
        return
    data = json.loads(body)
    assert isinstance(data, dict)
    if reply.outcome is Outcome.PASSED:
        assert data.get("hookStatus") == "SUCCEEDED" or ("hookStatus" not in data and data["outcome"] == "passed")
    assert reply.summary == " ".join(reply.summary.split())
    assert reply.retry_after is None or 0 <= reply.retry_after < float("inf")
    json.dumps(dict(reply.memory))
