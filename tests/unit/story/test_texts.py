"""What ECS says is read as what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.story.texts import Fault, What, faults_in, function_name, role_name

HOOK = "arn:aws:lambda:us-west-2:123456789012:function:myHook"
BACK = "Service deployment rolled back because "
FAILED = f"{BACK}TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. "
STAGE = "TEST_TRAFFIC_SHIFT"
LISTENER = "arn:aws:elasticloadbalancing:us-west-2:123456789012:listener/app/my-alb/abc123/def456"

# Word for word from https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshooting-blue-green.html
PUBLISHED = {
    f"{FAILED}Lifecycle hook target {HOOK} returned FAILED status.": Fault(
        what=What.RETURNED_FAILED, stage=STAGE, target=HOOK
    ),
    f"{FAILED}ECS was unable to parse the response from {HOOK} due to HookStatus must not be null": Fault(
        what=What.UNREADABLE, stage=STAGE, target=HOOK, detail="HookStatus must not be null"
    ),
    f"{FAILED}ECS was unable to assume role arn:aws:iam::123456789012:role/Admin": Fault(
        what=What.ROLE_NOT_ASSUMED, stage=STAGE, role="arn:aws:iam::123456789012:role/Admin"
    ),
    f"{FAILED}User: arn:aws:sts::123456789012:assumed-role/myELBRole/ECSNetworkingWithELB is not authorized to perform: "
    f"elasticloadbalancing:ModifyListener on resource: {LISTENER} because no identity-based policy allows the "
    "elasticloadbalancing:ModifyListener action": Fault(
        what=What.DENIED,
        stage=STAGE,
        role="myELBRole",
        action="elasticloadbalancing:ModifyListener",
        resource=LISTENER,
    ),
    f"{BACK}POST_TEST_TRAFFIC_SHIFT pause hook timed out.": Fault(
        what=What.PAUSE_TIMED_OUT, stage="POST_TEST_TRAFFIC_SHIFT"
    ),
    "Service deployment rolled back because of invalid networking configuration. ECS was unable to manage the ELB resources due "
    "to missing permissions on ECS Infrastructure Role 'arn:aws:iam::123456789012:role/Admin'.": Fault(
        what=What.DENIED, role="arn:aws:iam::123456789012:role/Admin", detail="trust"
    ),
    "Service deployment rolled back because of invalid networking configuration: Target group tg/a is not associated with "
    "either productionListenerRule or testListenerRule.": Fault(
        what=What.NETWORKING,
        detail="Target group tg/a is not associated with either productionListenerRule or testListenerRule.",
    ),
}


@pytest.mark.parametrize(("text", "fault"), PUBLISHED.items(), ids=[str(fault.what) for fault in PUBLISHED.values()])
def test_what_aws_publishes_is_read(text, fault):
    """Kind, stage, function, role, permission: nothing of it is lost."""
    assert [fault] == faults_in(text)


def test_a_denied_invocation_is_not_ecs_lacking_a_permission_of_its_own():
    """The same words stand in both: here the sentence names the function that was to be invoked."""
    text = (
        f"{FAILED}ECS was unable to invoke hook target {HOOK} due to User: "
        "arn:aws:sts::123456789012:assumed-role/myLambdaRole/ECS-Lambda-Execution is not authorized to perform: "
        f"lambda:InvokeFunction on resource: {HOOK} because no identity-based policy allows the lambda:InvokeFunction action"
    )
    (fault,) = faults_in(text)

    assert (What.NOT_INVOKED, HOOK, "myLambdaRole", "lambda:InvokeFunction") == (
        fault.what,
        fault.target,
        fault.role,
        fault.action,
    )


def test_each_of_several_hooks_is_a_fault():
    """However ECS joins them."""
    text = (
        f"{FAILED}Lifecycle hook target {HOOK} returned FAILED status. Lifecycle hook target {HOOK}2 returned FAILED status. "
        f"ECS was unable to parse the response from {HOOK}3 due to: HookStatus must not be null."
    )

    assert [HOOK, f"{HOOK}2", f"{HOOK}3"] == [fault.target for fault in faults_in(text)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("No rollback candidate was found to run the rollback.", What.NO_CANDIDATE),
        (f"{BACK}the circuit breaker threshold was exceeded.", What.BREAKER),
        ("ECS deployment circuit breaker: tasks failed to start.", What.BREAKER),
        ("(service orders) (task abc) failed container health checks.", What.TASKS),
        ("deployment failed: alarm detected.", What.ALARM),
    ],
)
def test_ecs_own_ways_to_fail_are_told_apart(text, what):
    """By the words that the sentence cannot do without."""
    assert [what] == [fault.what for fault in faults_in(text)]


@pytest.mark.parametrize("text", ["", "All is well.", "rolled back because of an internal condition", "User: none"])
def test_what_nobody_has_seen_is_not_guessed_at(text):
    """No fault is better than a wrong one."""
    assert [] == faults_in(text)


@given(st.text())
def test_any_text_is_read(text):
    """ECS may say what it likes."""
    for fault in faults_in(f"X_STAGE lifecycle hook(s) failed. {text}"):
        assert fault.what


def test_names_are_taken_out_of_arns():
    """With or without a version; what is no ARN stays."""
    assert ["f", "f", "f"] == [function_name(f"arn:aws:lambda:r:1:function:f{more}") for more in ("", ":7", ":live")]
    assert "f" == function_name("f")
    assert "release" == role_name("arn:aws:sts::1:assumed-role/release/alice")
    assert "path/release" == role_name("arn:aws:iam::1:role/path/release")
