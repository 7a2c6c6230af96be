"""PAUSE hooks: the same commands let ECS go on or roll back, and write down who decided where there is a record."""

from dataclasses import replace
from datetime import UTC, datetime

import boto3
import pytest

from greenlight.record import Approval, approvals
from rehearsal.aws.deployments import DeploymentStore
from tests.record_tables import record_table
from tests.unit.checks.approval.asking import ANN, DEPLOYMENT, GREEN, NOON, World, approval
from tests.unit.cli.commands import greenlight_says

ME = "arn:aws:sts::123456789012:user/moto"
EXPIRES = datetime.fromtimestamp(NOON + 3600, UTC)


def hook(name="h1", status="AWAITING_ACTION"):
    """A PAUSE hook as ECS tells of it."""
    return {
        "hookId": name,
        "targetType": "PAUSE",
        "status": status,
        "expiresAt": EXPIRES,
        "timeoutAction": "ROLLBACK",
    }


@pytest.fixture
def world(module_aws_api):
    """A deployment that waits at a PAUSE hook."""
    table = record_table()
    world = World(module_aws_api, table)
    world.store._decisions.clear()
    world.deployed(lifecycleHookDetails=[hook()])
    with world.time():
        yield world
    module_aws_api.faults.clear()
    boto3.client("dynamodb").delete_table(TableName=table.name)


@pytest.fixture
def decide(world):
    """Give a command with the table's name."""

    def decide(verb="approve", deployment=DEPLOYMENT, *options):
        return greenlight_says(verb, deployment, "--table", world.table.name, *options)

    return decide


def line(result):
    """The one line of a refusal."""
    (told,) = result.stderr.splitlines()
    return told


@pytest.mark.parametrize(
    ("verb", "action", "words"),
    [
        ("approve", "CONTINUE", "approved: ECS goes on with deployment d1"),
        ("reject", "ROLLBACK", "rejected: ECS rolls deployment d1 back"),
    ],
)
def test_ecs_is_told_and_it_is_written_down(world, decide, verb, action, words):
    """The entry `pause` is made where nobody has made it."""
    result = decide(verb, DEPLOYMENT, "--comment", "because")

    assert (0, "") == (result.exit_code, result.stderr)
    assert {"h1": action} == world.store.decisions
    assert result.stdout.splitlines()[-1] == words
    found = world.question("pause")
    (decision,) = found.decisions
    assert (ME, verb == "approve", "because") == (decision.who, decision.approves, decision.comment)
    assert (GREEN, DEPLOYMENT, "h1") == (found.green, found.deployment_arn, found.evidence["hook_id"])


def test_what_is_decided_is_shown(decide):
    """The hook, and what ECS does when nobody decides."""
    told = decide().stdout
    assert "waits at    PAUSE hook h1" in told
    assert "expires     2027-01-15 09:00 UTC, in 1 h, then ECS decides: ROLLBACK" in told


def _asked(**more):
    known = {
        "deployment": "d1",
        "name": "pause",
        "deployment_arn": DEPLOYMENT,
        "service": "orders",
        "green": GREEN,
        "stage": "POST_TEST_TRAFFIC_SHIFT",
        "requested_at": NOON - 60,
        "expires_at": NOON + 3600,
    }
    return Approval(**{**known, **more})


def test_the_entry_that_was_made_with_the_notification_is_used(world, decide):
    """It says when people were told."""
    approvals.request(world.table, _asked(evidence={"hook_id": "h1"}))
    decide()

    assert NOON - 60 == world.question("pause").requested_at
    assert 1 == world.question("pause").approvals


def test_every_step_of_a_canary_has_an_entry_of_its_own(world, decide):
    """Each has a new hook."""
    decide()
    world.deployed(lifecycleHookDetails=[hook(status="SUCCEEDED"), hook("h2")])
    result = decide("reject")

    assert (0, {"h1": "CONTINUE", "h2": "ROLLBACK"}) == (result.exit_code, world.store.decisions)
    assert (1, True) == (world.question("pause").approvals, world.question("pause-h2").rejected)


def test_it_works_without_any_record(world):
    """With the whole ARN, or the service."""
    told = greenlight_says("approve", DEPLOYMENT)
    assert (0, {"h1": "CONTINUE"}) == (told.exit_code, world.store.decisions)
    assert "will not be written into a record: there is no stack greenlight" in line(told)


def test_who_may_not_look_at_the_stack_decides_all_the_same(world):
    """ECS is what counts."""
    world.server.faults.deny("cloudformation", "DescribeStacks")
    told = greenlight_says("approve", DEPLOYMENT)
    assert (0, {"h1": "CONTINUE"}) == (told.exit_code, world.store.decisions)
    assert "cloudformation:DescribeStacks was denied; add cloudformation:DescribeStacks to your role" in line(told)


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMED_OUT"])
def test_a_hook_that_does_not_wait_any_more_is_told(world, decide, status):
    """With who decided, where the record knows."""
    decide()
    world.deployed(lifecycleHookDetails=[hook(status=status)])
    result = decide()

    assert 1 == result.exit_code
    assert f"too late: PAUSE hook h1 does not wait any more (it is {status}, approved by {ME})" in line(result)


def test_the_second_of_two_people_is_told(world, decide, monkeypatch):
    """ECS takes the first decision, and refuses the second."""
    decided = DeploymentStore.decide

    def late(store, arn, name, action):
        monkeypatch.setattr(DeploymentStore, "decide", decided)
        decided(store, arn, name, "ROLLBACK")
        world.deployed(lifecycleHookDetails=[hook(status="FAILED")])
        return decided(store, arn, name, action)

    monkeypatch.setattr(DeploymentStore, "decide", late)
    result = decide()

    assert (1, {"h1": "ROLLBACK"}) == (result.exit_code, world.store.decisions)
    assert "too late: PAUSE hook h1 does not wait any more (it is FAILED)" in line(result)
    assert world.question("pause") is None


def test_ecs_that_refuses_though_it_waits_is_told_in_its_words(world, decide):
    """A decision is on its way already."""
    decide()
    result = decide("reject")
    assert (1, {"h1": "CONTINUE"}) == (result.exit_code, world.store.decisions)
    assert "was already acted on" in line(result)


def test_throttled_nothing_is_decided(world, decide):
    """And nothing is written down."""
    world.server.faults.fail("ecs", "ContinueServiceDeployment", "ThrottlingException")
    result = decide()
    assert (2, {}, None) == (result.exit_code, world.store.decisions, world.question("pause"))
    assert "nothing was decided: ecs:ContinueServiceDeployment was throttled" in line(result)


def test_without_the_permission_nothing_is_decided(world, decide):
    """It is the person's own that is missing."""
    world.server.faults.deny("ecs", "ContinueServiceDeployment")
    result = decide()
    assert (2, {}) == (result.exit_code, world.store.decisions)
    assert "add ecs:ContinueServiceDeployment to your role or user" in line(result)


def test_where_ecs_does_not_answer_it_is_told_how_the_hook_stands(world, decide):
    """Nobody knows whether it took the decision."""
    world.server.faults.fail("ecs", "ContinueServiceDeployment", "ServerException", status=500)
    result = decide()
    assert (2, None) == (result.exit_code, world.question("pause"))
    assert "it is not known whether ECS took the decision" in line(result)
    assert "PAUSE hook h1 is AWAITING_ACTION; look at the deployment" in line(result)


def test_a_record_that_cannot_be_written_changes_nothing(world, decide):
    """ECS went on; the person is told what the record lacks."""
    world.server.faults.fail("dynamodb", "PutItem", "ThrottlingException")
    result = decide()
    assert (0, {"h1": "CONTINUE"}) == (result.exit_code, world.store.decisions)
    assert "the record does not know of it: dynamodb:PutItem was throttled" in line(result)


def test_a_record_that_says_something_else_is_told(world, decide):
    """Somebody wrote into it by hand."""
    approvals.request(world.table, _asked())
    world.decide(ANN, approves=False, question=world.question("pause"))
    result = decide()
    assert 0 == result.exit_code
    assert f"the record says something else: too late: pause of deployment d1 is rejected by {ANN}" in line(result)


def test_hooks_side_by_side_are_told_apart(world, decide):
    """By their IDs."""
    world.deployed(lifecycleHookDetails=[hook(), hook("h2")])
    unclear, named = decide(), decide("approve", DEPLOYMENT, "--name", "h2")

    assert (2, 0, {"h2": "CONTINUE"}) == (unclear.exit_code, named.exit_code, world.store.decisions)
    assert "waits for several decisions: h1 (PAUSE hook), h2 (PAUSE hook); choose one with --name" in line(unclear)


def test_the_name_that_a_notification_gives_a_later_hook_is_understood(world, decide):
    """It is that of the hook's entry in the record."""
    world.deployed(lifecycleHookDetails=[hook("h1"), hook("h2")])
    result = decide("approve", DEPLOYMENT, "--name", "pause-h2")
    assert (0, {"h2": "CONTINUE"}) == (result.exit_code, world.store.decisions)


def test_a_hook_and_a_check_that_wait_at_once(world, decide):
    """A name says which of the two."""
    world.ask(approval())
    unclear = decide()
    check, pause = decide("approve", "d1", "--name", "approval"), decide("approve", "d1", "--name", "pause")

    assert [2, 0, 0] == [each.exit_code for each in (unclear, check, pause)]
    assert ({"h1": "CONTINUE"}, 1) == (world.store.decisions, world.question().approvals)


def test_an_ended_deployment_is_refused(world, decide):
    """Whatever its hooks say."""
    world.deployed(lifecycleHookDetails=[hook()], status="STOPPED")
    result = decide()
    assert (1, {}) == (result.exit_code, world.store.decisions)


def test_hooks_of_functions_are_not_decided_here(world, decide):
    """They are Greenlight's own, or others'."""
    world.deployed(lifecycleHookDetails=[{**hook(), "targetType": "AWS_LAMBDA", "status": "IN_PROGRESS"}])
    result = decide()
    assert (1, {}) == (result.exit_code, world.store.decisions)
    assert "nobody has been asked" in line(result)


def test_an_entry_about_another_hook_is_left_alone(world, decide):
    """It belongs to a step before."""
    other = _asked(evidence={"hook_id": "h0"})
    approvals.request(world.table, other)
    decide()
    assert (0, 1) == (world.question("pause").approvals, world.question("pause-h1").approvals)
    assert replace(other) == world.question("pause")
