"""What the controller makes of a hook's answers: IN_PROGRESS, state, time-outs, PAUSE, and answers that are none."""

import threading

import pytest

from rehearsal.controller import Bounds, DetailsMode, HookRegistrationError, events, read_hooks
from rehearsal.invokers import Invocation, InvokerError
from tests.rehearsal.fake_world import PREFIX, Rehearsed, lambda_hook, pause_hook

SUCCEEDED = {"hookStatus": "SUCCEEDED"}
FAILED = {"hookStatus": "FAILED"}


def in_progress(**more):
    """Return an answer that asks to be asked again."""
    return {"hookStatus": "IN_PROGRESS", **more}


def at_post_test(replies, hook=None, **more):
    """Return a rehearsal with one scripted hook at POST_TEST_TRAFFIC_SHIFT."""
    return Rehearsed([hook or lambda_hook("probe", "POST_TEST_TRAFFIC_SHIFT")], {"probe": replies}, **more)


def test_in_progress_is_asked_again_after_its_delay():
    """The hook is asked again after callBackDelay seconds of simulated time, or 30 where it says nothing."""
    rehearsed = at_post_test([in_progress(callBackDelay=120), in_progress(), SUCCEEDED], speed=600)

    result = rehearsed.update()

    invoked = [event.at for event in rehearsed.of(events.HookInvoked)]
    assert "SUCCESSFUL" == result.status
    assert [1, 2, 3] == [event.attempt for event in rehearsed.of(events.HookInvoked)]
    assert 120 <= invoked[1] - invoked[0]
    assert 30 <= invoked[2] - invoked[1]
    assert [120, 30, None] == [answer.delay for answer in result.answers]


def test_an_execution_keeps_its_id():
    """All invocations of one execution carry one executionId."""
    rehearsed = at_post_test([in_progress(), SUCCEEDED])

    rehearsed.update()

    assert 1 == len({event["executionId"] for event in rehearsed.invoker.events_of("probe")})


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (DetailsMode.MERGE, {"bucket": "b", "count": 1}),
        (DetailsMode.REPLACE, {"count": 1}),
    ],
)
def test_returned_details_come_back_merged_or_instead(mode, expected):
    """The details of an IN_PROGRESS reply are merged into the configured ones, or replace them."""
    rehearsed = at_post_test(
        [in_progress(hookDetails={"count": 1}), SUCCEEDED],
        lambda_hook("probe", "POST_TEST_TRAFFIC_SHIFT", hookDetails={"bucket": "b"}),
        details_mode=mode,
    )

    rehearsed.update()

    first, second = rehearsed.invoker.events_of("probe")
    assert {"bucket": "b"} == first["hookDetails"]
    assert expected == second["hookDetails"]


def test_details_live_for_one_hook_in_one_deployment():
    """What a hook returned reaches its later stages, not another hook and not the next deployment."""
    stages = ("POST_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT")
    rehearsed = Rehearsed(
        [lambda_hook("one", *stages), lambda_hook("two", *stages)],
        {"one": [in_progress(hookDetails={"count": 1}), SUCCEEDED], "two": SUCCEEDED},
    )

    rehearsed.update("2")
    rehearsed.create("3")

    assert [None, {"count": 1}, {"count": 1}, None, None] == [
        event.get("hookDetails") for event in rehearsed.invoker.events_of("one")
    ]
    assert [None] * 4 == [event.get("hookDetails") for event in rehearsed.invoker.events_of("two")]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Invocation(None, "Unhandled: boom", 0.1), "HookStatus must not be null."),
        (Invocation(None, None, 0.1), "HookStatus must not be null."),
        ({}, "HookStatus must not be null."),
        (["SUCCEEDED"], "HookStatus must not be null."),
        ({"hookStatus": "succeeded"}, "HookStatus must be SUCCEEDED, FAILED or IN_PROGRESS, not 'succeeded'."),
        ({"hookStatus": "OK"}, "HookStatus must be SUCCEEDED, FAILED or IN_PROGRESS, not 'OK'."),
        (in_progress(callBackDelay="30"), "CallBackDelay must be a number of seconds, not '30'."),
        (in_progress(hookDetails="count"), "HookDetails must be an object, not 'count'."),
    ],
)
def test_an_unusable_answer_rolls_back_at_once(answer, why):
    """A function error or a reply without a valid hookStatus is asked about once, and the reason is ECS's own."""
    rehearsed = at_post_test(answer)

    result = rehearsed.update()

    assert (
        "Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. "
        f"ECS was unable to parse the response from {PREFIX}probe due to: {why}"
    ) == result.status_reason
    assert "ROLLBACK_SUCCESSFUL" == result.status
    assert 1 == len(rehearsed.invoker.events)


def test_the_problem_of_a_function_error_is_told():
    """Who watches sees the function's error, which ECS keeps to itself."""
    rehearsed = at_post_test(Invocation(None, "ValueError: boom", 0.1, ["a line"]))

    (answer,) = rehearsed.update().answers

    assert ("FAILED", "ValueError: boom", ("a line",)) == (answer.status, answer.problem, answer.log_lines)


def test_a_clean_failure_rolls_back_with_ecs_s_words():
    """FAILED gives the statusReason that was seen in real deployments."""
    result = at_post_test(FAILED).update()

    assert (
        "Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. "
        f"Lifecycle hook target {PREFIX}probe returned FAILED status."
    ) == result.status_reason
    assert result.explanation == result.status_reason


def test_our_hooks_explain_themselves():
    """The reason and the outcomes that one of our hooks puts into its details reach who watches."""
    reason = 'smoke: test "order can be created" expected status 201, got 500'
    ours = {"v": 1, "attempt": 1, "reason": reason, "checks": {"smoke": {"outcome": "failed"}}}
    rehearsed = at_post_test({"hookStatus": "FAILED", "hookDetails": {"greenlight": ours}})

    result = rehearsed.update()

    (answer,) = result.answers
    assert reason == result.explanation
    assert (reason, {"smoke": "failed"}) == (answer.reason, answer.checks)


def test_a_function_that_cannot_be_invoked_rolls_back():
    """Where there is no function to invoke, the deployment goes back and says why."""
    result = at_post_test(InvokerError("no such function")).update()

    assert "ROLLBACK_SUCCESSFUL" == result.status
    assert f"{PREFIX}probe could not be invoked: no such function" in result.status_reason


@pytest.mark.parametrize(("action", "status"), [("ROLLBACK", "ROLLBACK_SUCCESSFUL"), ("CONTINUE", "SUCCESSFUL")])
def test_a_hook_that_never_ends_times_out(action, status):
    """After timeoutInMinutes of simulated time the timeout action decides."""
    hook = lambda_hook(
        "probe", "POST_TEST_TRAFFIC_SHIFT", timeoutConfiguration={"timeoutInMinutes": 2, "action": action}
    )
    rehearsed = at_post_test(in_progress(callBackDelay=50), hook, speed=600)

    result = rehearsed.update()

    assert status == result.status
    *before, last = [answer.status for answer in result.answers]
    assert ({"IN_PROGRESS"}, "TIMED_OUT") == (set(before), last)
    assert 120 <= result.seconds


def test_the_last_reason_explains_a_time_out():
    """A hook of ours that waited for something until its time was up says what for."""
    ours = {"v": 1, "reason": "waiting for smoke", "checks": {}}
    hook = lambda_hook("probe", "POST_TEST_TRAFFIC_SHIFT", timeoutConfiguration={"timeoutInMinutes": 1})

    result = at_post_test(in_progress(callBackDelay=50, hookDetails={"greenlight": ours}), hook).update()

    assert "waiting for smoke (until its time was up)" == result.explanation


def test_an_answer_after_the_time_is_up_comes_too_late():
    """SUCCEEDED from a hook whose time is up does not count."""
    pause = threading.Event()
    hook = lambda_hook("probe", "POST_TEST_TRAFFIC_SHIFT", timeoutConfiguration={"timeoutInMinutes": 1})
    rehearsed = at_post_test(lambda _: pause.wait(0.2) or SUCCEEDED, hook, speed=600)

    result = rehearsed.update()

    assert "ROLLBACK_SUCCESSFUL" == result.status
    assert f"Lifecycle hook target {PREFIX}probe timed out." in result.status_reason


def test_one_failure_ends_the_waiting_of_the_other_hooks():
    """When one hook fails, another that would be asked again in a day is not waited for."""
    rehearsed = Rehearsed(
        [lambda_hook("slow", "POST_SCALE_UP"), lambda_hook("bad", "POST_SCALE_UP")],
        {"slow": in_progress(callBackDelay=86000), "bad": FAILED},
        speed=100,
    )

    result = rehearsed.update()

    assert f"{PREFIX}bad returned FAILED" in result.status_reason
    assert 1 >= len(rehearsed.invoker.events_of("slow"))
    assert result.seconds < 86000


def test_a_deployment_cannot_go_on_for_ever():
    """A hook that is always IN_PROGRESS is stopped by the bound on invocations."""
    result = at_post_test(in_progress(callBackDelay=0), bounds=Bounds(invocations=7)).update()

    assert "ROLLBACK_SUCCESSFUL" == result.status
    assert 7 == len(result.answers)
    assert "the rehearsal ends after 7 hook invocations" in result.status_reason
    assert result.explanation == result.status_reason


def test_a_deployment_has_only_so_much_time():
    """Simulated time is bounded too."""
    result = at_post_test(in_progress(callBackDelay=60), bounds=Bounds(seconds=300), speed=600).update()

    assert "ROLLBACK_SUCCESSFUL" == result.status
    assert "a deployment ends after" in result.status_reason


@pytest.mark.parametrize(("action", "status"), [("CONTINUE", "SUCCESSFUL"), ("ROLLBACK", "ROLLBACK_SUCCESSFUL")])
def test_a_pause_hook_waits_for_an_operator(action, status):
    """A PAUSE hook awaits ContinueServiceDeployment under the hookId that the record shows."""
    seen = []

    def answer(event):
        if isinstance(event, events.HookWaiting):
            (arn,) = [record["serviceDeploymentArn"] for record in rehearsed.world.store.deployments_of(service_arn)]
            seen.extend(rehearsed.world.store.deployment(arn)["lifecycleHookDetails"])
            rehearsed.world.store.decide(arn, event.hook_id, action)

    rehearsed = Rehearsed([pause_hook("POST_TEST_TRAFFIC_SHIFT")], watchers=[answer], speed=100)
    service_arn = rehearsed.world.service.service_arn

    result = rehearsed.update()

    (shown,) = seen
    assert status == result.status
    assert ("PAUSE", "AWAITING_ACTION") == (shown["targetType"], shown["status"])
    assert "targetArn" not in shown


@pytest.mark.parametrize(("action", "status"), [("ROLLBACK", "ROLLBACK_SUCCESSFUL"), ("CONTINUE", "SUCCESSFUL")])
def test_a_pause_hook_that_nobody_answers_times_out(action, status):
    """Without an answer the timeout action decides, after the configured time."""
    hook = pause_hook("PRE_PRODUCTION_TRAFFIC_SHIFT", timeoutConfiguration={"timeoutInMinutes": 5, "action": action})

    result = Rehearsed([hook]).update()

    assert status == result.status
    assert ["TIMED_OUT"] == [answer.status for answer in result.answers]


@pytest.mark.parametrize(
    ("hook", "complaint"),
    [
        (lambda_hook("probe", "SCALE_UP"), 'no hook attaches to "SCALE_UP"'),
        (lambda_hook("probe"), "needs lifecycleStages"),
        (lambda_hook("probe", "POST_SCALE_UP", stage="x"), "has no stage"),
        (pause_hook("PRODUCTION_TRAFFIC_SHIFT"), "PAUSE hook cannot attach to PRODUCTION_TRAFFIC_SHIFT"),
        (pause_hook("POST_SCALE_UP", hookTargetArn="arn"), "a PAUSE hook has no hookTargetArn"),
        ({"lifecycleStages": ["POST_SCALE_UP"]}, "a AWS_LAMBDA hook needs a hookTargetArn"),
        (lambda_hook("probe", "POST_SCALE_UP", targetType="SNS"), 'targetType is "SNS"'),
        (
            lambda_hook("probe", "POST_SCALE_UP", timeoutConfiguration={"timeoutInMinutes": 1441}),
            "timeoutInMinutes of a AWS_LAMBDA hook is 1441; ECS takes 1 to 1440",
        ),
        (
            lambda_hook("probe", "POST_SCALE_UP", timeoutConfiguration={"action": "RETRY"}),
            'the action of a timeoutConfiguration is "RETRY"',
        ),
    ],
)
def test_registrations_that_ecs_refuses_are_refused(hook, complaint):
    """A hook that ECS would not take is refused with what is wrong."""
    with pytest.raises(HookRegistrationError, match=complaint.replace("(", r"\(")):
        read_hooks([hook])


def test_a_service_has_at_most_ten_hooks_of_a_type():
    """The eleventh Lambda hook is refused."""
    hooks = [lambda_hook(f"probe{number}", "POST_SCALE_UP") for number in range(11)]

    assert 10 == len(read_hooks(hooks[:10]))
    with pytest.raises(HookRegistrationError, match="11 AWS_LAMBDA hooks"):
        read_hooks(hooks)


def test_a_pause_hook_may_wait_two_weeks():
    """20160 minutes are too long for a function and right for a PAUSE hook."""
    (hook,) = read_hooks([pause_hook("POST_SCALE_UP", timeoutConfiguration={"timeoutInMinutes": 20160})])

    assert 14 * 86400 == hook.timeout
