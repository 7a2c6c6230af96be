"""`greenlight status`: one screen."""

from datetime import timedelta

import pytest

from greenlight.record import Answer
from tests.unit.cli.commands import greenlight_says
from tests.unit.cli.explain.conftest import BLUE, DEPLOYMENT, FUNCTION, GREEN

ID = DEPLOYMENT.rpartition("/")[2]


def revision(arn, test, production, running=2):
    """A revision as DescribeServiceDeployments shows it."""
    return {
        "arn": arn,
        "requestedTaskCount": 2,
        "runningTaskCount": running,
        "requestedTestTrafficWeight": float(test),
        "requestedProductionTrafficWeight": float(production),
    }


def under_way(shop, **more):
    """A canary at 10 percent, with a hook of ours at work and one of somebody else."""
    hooks = [
        {
            "hookId": "ecs-lambda-1",
            "targetType": "AWS_LAMBDA",
            "targetArn": FUNCTION,
            "status": "IN_PROGRESS",
            "expiresAt": shop.ends + timedelta(hours=1),
            "timeoutAction": "ROLLBACK",
        },
        {
            "hookId": "ecs-lambda-2",
            "targetType": "AWS_LAMBDA",
            "targetArn": FUNCTION.replace("greenlight-PostTest", "partner"),
            "status": "SUCCEEDED",
        },
    ]
    shop.deploy(
        "IN_PROGRESS",
        None,
        sourceServiceRevisions=[revision(BLUE, 0, 90)],
        targetServiceRevision=revision(GREEN, 100, 10, running=1),
        deploymentConfiguration={
            "strategy": "CANARY",
            "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5},
            "bakeTimeInMinutes": 15,
        },
        lifecycleHookDetails=hooks,
        **more,
    )


def told(result):
    """The screen as pairs of title and text."""
    return [(line[:11].strip(), line[12:]) for line in result.stdout.splitlines()]


def test_one_screen_says_how_it_stands(shop):
    """Strategy, stage, weights, hooks with attempt and expiry, the last verdict of each gate, who is waited for."""
    under_way(shop)
    passed = Answer(name="images", kind="images", outcome="passed", summary="fine")
    shop.verdict("SUCCEEDED", stage="PRE_SCALE_UP", gate="PRE", reason="images passed (fine)", checks=(passed,))
    shop.verdict("IN_PROGRESS", attempt=1, reason="waiting for web: not yet")
    shop.verdict("IN_PROGRESS", attempt=2, reason="waiting for approval: 0 of 2", at=shop.ends.timestamp())
    shop.ask(needed=2)
    result = greenlight_says("status", "shop/orders")
    lines = told(result)
    expires = (shop.ends + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M UTC")

    assert 0 == result.exit_code, result.output
    assert ("service", "shop/orders, CANARY, 10 percent a step, bakes 15 min") in lines
    assert ("deployment", ID) in lines
    assert dict(lines)["status"].startswith("IN_PROGRESS at POST_TEST_TRAFFIC_SHIFT, since ")
    assert ("blue", "revision 1: production 90 percent, test 0 percent, 2 of 2 tasks run") in lines
    assert ("green", "revision 2: production 10 percent, test 100 percent, 1 of 2 tasks run") in lines
    assert (
        "hook",
        f"greenlight-PostTestTrafficShiftFunction-3LcH9uYbXe7N: IN_PROGRESS, attempt 2, until {expires}, then it rolls back",
    ) in lines
    assert any(title == "hook" and "not Greenlight's: SUCCEEDED" in text for title, text in lines)
    assert ("gate", "PRE_SCALE_UP: SUCCEEDED, attempt 1: images passed (fine)") in lines
    assert (
        "gate",
        "POST_TEST_TRAFFIC_SHIFT: IN_PROGRESS, attempt 2: waiting for approval: 0 of 2",
    ) in lines
    assert any(
        title == "waits for" and text.startswith("approval at PRE_PRODUCTION_TRAFFIC_SHIFT: 0 of 2")
        for title, text in lines
    )
    assert (
        "answer",
        f"greenlight approve shop/orders/{ID} --comment … or greenlight reject shop/orders/{ID} --comment …",
    ) in lines


def test_a_pause_hook_is_told_with_the_command_that_answers_it(shop):
    """Also where nothing is recorded of it."""
    shop.deploy(
        "IN_PROGRESS",
        None,
        lifecycleHookDetails=[
            {
                "hookId": "p",
                "targetType": "PAUSE",
                "status": "AWAITING_ACTION",
                "expiresAt": shop.ends,
                "timeoutAction": "CONTINUE",
            }
        ],
    )
    lines = told(greenlight_says("status", DEPLOYMENT))

    assert any(
        title == "hook" and text.startswith("PAUSE: AWAITING_ACTION") and text.endswith("then it goes on")
        for title, text in lines
    )
    assert any(title == "answer" and "greenlight approve" in text for title, text in lines)
    assert ("gates", "no verdict yet") in lines


def test_one_that_has_ended_says_so(shop):
    """Nobody is waited for any more."""
    shop.deploy()
    shop.verdict()
    shop.ask()
    lines = told(greenlight_says("status", DEPLOYMENT))

    assert dict(lines)["status"].startswith("ROLLBACK_SUCCESSFUL, since ")
    assert dict(lines)["status"].endswith("after 14 min")
    assert dict(lines)["ECS says"].startswith("Service deployment rolled back because")
    assert "answer" not in dict(lines)


@pytest.mark.parametrize(("service", "operation"), [("dynamodb", "Query"), ("cloudformation", "DescribeStacks")])
def test_what_may_not_be_read_is_named_and_the_rest_is_shown(shop, service, operation):
    """Weights and hooks are ECS's to tell."""
    under_way(shop)
    shop.api.faults.deny(service, operation)
    lines = told(greenlight_says("status", DEPLOYMENT))

    assert f"add {service}:{operation} to your role or user" in dict(lines)["trouble"]
    assert "green" in dict(lines)


def test_nobody_knows_it(shop):
    """Exit code 2."""
    result = greenlight_says("status", "shop/nothing")

    assert 2 == result.exit_code
    assert "ECS knows no service shop/nothing" in result.stderr
