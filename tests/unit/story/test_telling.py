"""What a story is made of, beyond the recorded endings."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.record import Answer, Approval, VerdictEntry
from greenlight.story import MAX_LINES, Cause, tell
from tests.unit.story.recorded import every

BY_NAME = {ending.name: ending for ending in every()}
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:greenlight-PostTestTrafficShiftFunction-3LcH9uYbXe7N"
FAILED = "Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. "


def record(**more):
    """A deployment that went back, as boto3 returns it."""
    deployment = BY_NAME["ours-post-test-traffic-shift"].deployment
    deployment.pop("rollback")
    return {**deployment, **more}


def entry(status="FAILED", **more):
    """A verdict of POST_TEST_TRAFFIC_SHIFT."""
    told = {
        "deployment": "4kRvX3bQ2aM6ERMvsxuLd",
        "deployment_arn": "",
        "service": "orders",
        "service_arn": "",
        "green": "",
        "stage": "POST_TEST_TRAFFIC_SHIFT",
        "step": "",
        "gate": "",
        "function": FUNCTION,
        "attempt": 1,
        "status": status,
        "reason": "web: expected status 2xx, got 500",
        "at": 1_768_478_400.0,
        "checks": (Answer(name="web", kind="smoke", outcome="failed", summary="expected status 2xx, got 500"),),
    }
    return VerdictEntry(**{**told, **more})


def test_a_reason_that_ecs_has_not_written_yet_is_taken_from_the_record():
    """While it goes back, statusReason may be empty; the verdict is known already."""
    story = tell(record(status="ROLLBACK_IN_PROGRESS", statusReason=""), [entry()], [])

    assert Cause.GREENLIGHT == story.cause
    assert story.headline.startswith("orders: is going back by Greenlight at POST_TEST_TRAFFIC_SHIFT: web failed")


def test_a_second_gate_that_failed_is_told_though_ecs_names_one():
    """All hooks of a stage run side by side."""
    text = f"{FAILED}Lifecycle hook target {FUNCTION} returned FAILED status."
    alarms = Answer(name="alarms", kind="alarms", outcome="failed", summary="in ALARM")
    other = entry(function=f"{FUNCTION}-2", reason="alarms: in ALARM", checks=(alarms,))
    story = tell(record(statusReason=text), [entry(), other], [], functions=[FUNCTION, f"{FUNCTION}-2"])

    assert "web failed" in story.headline
    assert any(line.startswith("also: by Greenlight") and "alarms failed" in line for line in story.lines)


def test_a_hook_that_failed_beside_the_named_one_is_told():
    """LifecycleHookDetails may say more than the sentence."""
    text = f"{FAILED}Lifecycle hook target {FUNCTION} returned FAILED status."
    hooks = [{"hookId": "h", "targetType": "AWS_LAMBDA", "targetArn": f"{FUNCTION[:-4]}other", "status": "TIMED_OUT"}]
    story = tell(record(statusReason=text, lifecycleHookDetails=hooks), [entry()], [], functions=[FUNCTION])

    assert any("had no final answer before its time was up" in line for line in story.lines)


def test_a_rejected_pause_is_told_with_who_rejected_it():
    """The record holds the decision that ECS does not show."""
    hooks = [{"hookId": "h", "targetType": "PAUSE", "status": "FAILED"}]
    approval = Approval(
        deployment="d",
        name="pause",
        deployment_arn="",
        service="orders",
        green="arn:x/7",
        stage="POST_TEST_TRAFFIC_SHIFT",
        requested_at=0,
        expires_at=60,
        rejected=True,
    )
    with_record = tell(record(statusReason="", lifecycleHookDetails=hooks), [], [approval])
    without = tell(record(statusReason="", lifecycleHookDetails=hooks), [], [])

    assert Cause.APPROVAL == with_record.cause
    assert Cause.PAUSE_REFUSED == without.cause
    assert any("RecordRetentionDays=0" in line for line in without.lines)


def test_a_function_whose_log_quotes_a_time_out_did_not_run_out_of_time():
    """What a lambda check found in somebody else's function stands in our own log lines."""
    text = f"{FAILED}ECS was unable to parse the response from {FUNCTION} due to: HookStatus must not be null."
    line = {"service": "greenlight", "message": "a check broke", "details": "Task timed out after 3.00 seconds"}
    story = tell(record(statusReason=text), [], [], log_lines=[line], functions=[FUNCTION])

    assert Cause.HOOK_CRASHED == story.cause
    assert "it crashed or ran out of time" in story.headline


@pytest.mark.parametrize(
    "line",
    [
        {"type": "platform.report", "record": {"status": "timeout", "metrics": {}}},
        {"message": "2026-01-15T12:01:20.000Z 6d68ca91 Task timed out after 60.00 seconds\n\n"},
    ],
    ids=["json", "text"],
)
def test_a_time_out_is_read_in_both_formats(line):
    """Lambda writes its own lines as JSON or as text."""
    text = f"{FAILED}ECS was unable to parse the response from {FUNCTION} due to: HookStatus must not be null."
    other = {**line, "function": "another"}
    story = tell(record(statusReason=text), [], [], log_lines=[line], functions=[FUNCTION])
    elsewhere = tell(record(statusReason=text), [], [], log_lines=[other], functions=[FUNCTION])

    assert "the function ran out of time" in story.headline
    assert "the function ran out of time" not in elsewhere.headline


def test_too_much_to_tell_is_cut_from_the_least_worth():
    """What to do next stays, whatever else there is."""
    checks = tuple(
        Answer(name=f"c{number}", kind="smoke", outcome="failed", summary="expected a, got b") for number in range(30)
    )
    text = f"{FAILED}Lifecycle hook target {FUNCTION} returned FAILED status."
    story = tell(record(statusReason=text), [entry(checks=checks)], [], functions=[FUNCTION])

    assert MAX_LINES - 1 == len(story.lines)
    assert story.lines[-1].startswith("next: ")
    assert "check: c0 (smoke), attempt 1" in story.lines


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
TIMES = st.none() | st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
STATUSES = ["PENDING", "SUCCESSFUL", "STOPPED", "STOP_REQUESTED", "IN_PROGRESS", "ROLLBACK_REQUESTED"]
WORDS = st.sampled_from(
    [
        "X_Y lifecycle hook(s) failed. ",
        "Lifecycle hook target ",
        FUNCTION,
        " returned FAILED",
        "ECS was unable to ",
        "pause hook ",
        *["alarm ", "circuit breaker", " due to: ", "User: a is not authorized to perform: b", "\n", "requested"],
    ]
)
HOOK = st.fixed_dictionaries(
    {},
    optional={
        "hookId": st.text(max_size=5),
        "targetType": st.sampled_from(["PAUSE", "AWS_LAMBDA"]),
        "targetArn": st.sampled_from([FUNCTION, "x"]),
        "status": st.sampled_from(["AWAITING_ACTION", "IN_PROGRESS", "SUCCEEDED", "FAILED", "TIMED_OUT"]),
        "expiresAt": TIMES,
        "timeoutAction": st.sampled_from(["CONTINUE", "ROLLBACK"]),
    },
)
RECORD = st.fixed_dictionaries(
    {},
    optional={
        "serviceDeploymentArn": st.text(max_size=20),
        "serviceArn": st.text(max_size=20),
        "status": st.sampled_from([*STATUSES, "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "NEW"]),
        "statusReason": st.lists(WORDS | st.text(max_size=10), max_size=6).map("".join),
        "rollback": st.fixed_dictionaries({}, optional={"reason": st.lists(WORDS, max_size=4).map("".join)}),
        "lifecycleStage": st.sampled_from(["POST_TEST_TRAFFIC_SHIFT", "SCALE_UP"]),
        "lifecycleHookDetails": st.lists(HOOK, max_size=3),
        "createdAt": TIMES,
        "finishedAt": TIMES,
    },
)
ENTRIES = st.lists(
    st.builds(
        entry,
        st.sampled_from(["SUCCEEDED", "FAILED", "IN_PROGRESS"]),
        reason=st.text(max_size=30),
        step=st.sampled_from(["", "at-10-percent", "odd"]),
        at=st.floats(0, 2e9),
        attempt=st.integers(1, 9),
    ),
    max_size=4,
)


@given(RECORD, ENTRIES, st.lists(st.dictionaries(st.text(max_size=12), JSON, max_size=4), max_size=3))
def test_any_deployment_has_a_story(deployment, entries, lines):
    """Never an exception, never more than ten lines, and nothing that breaks a line."""
    story = tell(deployment, entries, [], log_lines=lines, functions=[FUNCTION])

    assert 2 <= len(story.lines) <= MAX_LINES
    assert all(len(line.splitlines()) == 1 for line in story.lines)


@given(
    ENTRIES,
    st.dictionaries(st.sampled_from(["message", "deployment", "hook_status", "checks", "attempt", "timestamp"]), JSON),
)
def test_any_line_of_a_log_is_read(entries, line):
    """A log holds what others write, too."""
    mangled = {"message": "verdict", "deployment": "4kRvX3bQ2aM6ERMvsxuLd", **line}
    text = f"{FAILED}Lifecycle hook target {FUNCTION} returned FAILED status."

    assert tell(record(statusReason=text), entries, [], log_lines=[mangled], functions=[FUNCTION]).lines


def question(**more):
    """A question to people that nobody answered."""
    known = {
        "deployment": "4kRvX3bQ2aM6ERMvsxuLd",
        "name": "approval",
        "deployment_arn": "",
        "service": "orders",
        "green": "revision/5550002",
        "stage": "POST_TEST_TRAFFIC_SHIFT",
        "requested_at": 1_768_478_400.0 - 3600,
        "expires_at": 1_768_478_400.0 + 3 * 3600,
        "closed": "the deployment ended",
    }
    return Approval(**{**known, **more})


def unanswered(outcome, summary):
    """A verdict that an approval made fail."""
    check = Answer(name="approval", kind="approval", outcome=outcome, summary=summary)
    return entry(reason=f"approval: {summary}", checks=(check,))


def test_a_record_that_did_not_answer_is_not_people_s_fault():
    """They had hours left; who reads it has to look at DynamoDB, and not for whoever was too slow."""
    failed = unanswered("error", "dynamodb:GetItem was throttled 3 times")
    story = tell(record(statusReason=""), [failed], [question()])

    assert "approval: dynamodb:GetItem was throttled 3 times" in story.headline
    assert "not approved by" not in story.headline


def test_a_question_that_was_given_up_early_names_that_moment():
    """ECS stopped waiting for the hook before the question's own time was over."""
    failed = unanswered("inconclusive", "nobody decided about orders:2 within 1 h")
    story = tell(record(statusReason=""), [failed], [question(closed="expired")])

    assert "not approved by 2026-01-15 12:00 UTC" in story.headline
