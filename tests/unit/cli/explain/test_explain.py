"""`greenlight explain`, against an AWS API on loopback."""

import json

import pytest

from greenlight_cli.explain.logs import MAX_PAGES
from tests.unit.cli.commands import greenlight_says
from tests.unit.cli.explain.conftest import DEPLOYMENT, FUNCTION, GROUP, UNREADABLE, logged

ID = DEPLOYMENT.rpartition("/")[2]
HEAD = "orders: rolled back by Greenlight at POST_TEST_TRAFFIC_SHIFT: web failed: expected status 2xx, got 500"


@pytest.mark.parametrize("name", [DEPLOYMENT, "shop/orders", f"shop/orders/{ID}", ID])
def test_the_cause_is_told_whatever_the_deployment_is_called(shop, name):
    """By its ARN, its service, its ID: in ten lines, and with exit code 0."""
    shop.deploy()
    shop.verdict()
    result = greenlight_says("explain", name)

    assert 0 == result.exit_code, result.output
    assert [
        HEAD,
        f"deployment: {ID}, ROLLBACK_SUCCESSFUL after 14 min",
        "check: web (smoke), attempt 1",
        "expected: status 2xx",
        "actual: 500",
        "report: https://reports.example.com/1",
    ] == result.stdout.splitlines()[:6]
    assert len(result.stdout.splitlines()) <= 10


def test_a_service_may_be_named_beside_its_cluster(shop):
    """As the AWS CLI does it."""
    shop.deploy()
    shop.verdict()

    assert HEAD in greenlight_says("explain", "orders", "--cluster", "shop").stdout


def test_a_record_that_knows_the_verdict_is_enough(shop):
    """The logs are asked only for what the record leaves open."""
    shop.deploy()
    shop.verdict()
    greenlight_says("explain", DEPLOYMENT)

    assert 0 == shop.api.faults.calls("logs")


def test_without_a_record_the_log_tells(empty_shop):
    """RecordRetentionDays=0: the verdict stands in the function's log, and the story says what is missing."""
    empty_shop.stack(RecordTableName=None)
    empty_shop.deploy()
    empty_shop.log("START RequestId: 1", {"message": "another line", "deployment": ID}, logged())
    result = greenlight_says("explain", DEPLOYMENT)

    assert HEAD == result.stdout.splitlines()[0]
    (missing,) = [line for line in result.stdout.splitlines() if line.startswith("missing: ")]
    assert "RecordRetentionDays" in missing
    assert "from the function's log" in missing


def test_a_crash_is_found_in_the_log_though_the_line_does_not_name_the_deployment(shop):
    """What Lambda writes of a time-out."""
    shop.deploy(reason=UNREADABLE)
    shop.log("2026-01-15T12:01:20.000Z 6d68ca91-49c9-448d-89b8-7ca3e6dc66aa Task timed out after 60.00 seconds")
    result = greenlight_says("explain", DEPLOYMENT)

    assert "found: the function ran out of time: Task timed out after 60.00 seconds" in result.stdout


def test_lines_of_another_time_are_not_looked_at(shop):
    """A time-out of last week says nothing of this deployment."""
    shop.deploy(reason=UNREADABLE)
    shop.ends = shop.ends.replace(year=shop.ends.year - 1)
    shop.api.client("logs").create_log_group(logGroupName="/x")
    shop.log("Task timed out after 60.00 seconds")

    assert "no line of its log says why" in greenlight_says("explain", DEPLOYMENT).stdout


def test_logs_without_end_are_left_at_some_page(shop, monkeypatch):
    """FilterLogEvents may answer with empty pages and a token for long."""
    from greenlight_cli.account import Account

    asked = []
    call = Account.call

    def endless(self, service, operation, **parameters):
        if service != "logs":
            return call(self, service, operation, **parameters)
        asked.append(parameters)
        return {"events": [], "nextToken": str(len(asked))}

    monkeypatch.setattr(Account, "call", endless)
    shop.deploy()
    greenlight_says("explain", DEPLOYMENT)

    assert MAX_PAGES == len(asked)
    assert all(each["endTime"] - each["startTime"] < 3600_000 for each in asked)


def test_json_is_for_programs(shop):
    """The same, in one document."""
    shop.deploy()
    shop.verdict()
    told = json.loads(greenlight_says("explain", DEPLOYMENT, "--json").stdout)

    assert ("greenlight", False, "ROLLBACK_SUCCESSFUL", HEAD) == (
        told["cause"],
        told["good"],
        told["status"],
        told["headline"],
    )
    assert DEPLOYMENT == told["deployment"]
    assert HEAD == told["lines"][0]
    assert [] == told["trouble"]


@pytest.mark.parametrize(
    ("service", "operation", "words"),
    [
        ("dynamodb", "Query", "add dynamodb:Query to your role or user"),
        ("cloudformation", "DescribeStacks", "add cloudformation:DescribeStacks to your role or user"),
        ("logs", "FilterLogEvents", "add logs:FilterLogEvents to your role or user"),
    ],
)
def test_what_may_not_be_read_is_named_and_the_rest_is_told(shop, service, operation, words):
    """One permission less is no reason to tell nothing."""
    shop.deploy()
    shop.log(logged())
    shop.api.faults.deny(service, operation)
    result = greenlight_says("explain", DEPLOYMENT)

    assert 0 == result.exit_code
    assert words in result.stdout
    assert "at POST_TEST_TRAFFIC_SHIFT" in result.stdout.splitlines()[0]
    assert len(result.stdout.splitlines()) <= 10


def test_where_ecs_may_not_be_asked_the_record_tells(shop):
    """The verdict is known, and how the deployment ended is not."""
    shop.deploy()
    shop.verdict()
    shop.api.faults.deny("ecs", "DescribeServiceDeployments")
    result = greenlight_says("explain", DEPLOYMENT)

    assert 0 == result.exit_code
    assert "orders: was told to roll back by Greenlight at POST_TEST_TRAFFIC_SHIFT" in result.stdout
    assert "add ecs:DescribeServiceDeployments to your role or user" in result.stdout


def test_where_nobody_answers_nothing_is_made_up(shop):
    """No status, no verdict: that is what is told."""
    shop.deploy()
    shop.api.faults.deny("ecs", "*")
    result = greenlight_says("explain", DEPLOYMENT)

    assert "orders: ECS did not say how it stands; nothing is recorded of it" == result.stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name a deployment or a service, as in: greenlight explain CLUSTER/SERVICE"),
        ([DEPLOYMENT], "ECS knows no deployment"),
        (["shop/nothing"], "ECS knows no service shop/nothing"),
        (["nobody"], 'the record (table greenlight-record) knows no deployment "nobody"'),
        (["a b/c"], '"a b/c" names no deployment'),
    ],
)
def test_what_nobody_knows_is_told_apart_from_what_failed(shop, arguments, words):
    """Exit code 2: there is nothing to explain."""
    result = greenlight_says("explain", *arguments)

    assert 2 == result.exit_code
    assert words in result.stderr


def test_a_service_that_cannot_be_looked_up_is_told(shop):
    """Which deployment is meant, only ECS knows."""
    shop.api.faults.deny("ecs", "ListServiceDeployments")
    result = greenlight_says("explain", "shop/orders")

    assert 2 == result.exit_code
    assert "add ecs:ListServiceDeployments to your role or user" in result.stderr


def test_what_others_wrote_steers_no_terminal(shop):
    """A summary may hold what an application answered."""
    shop.deploy()
    shop.verdict(reason="web: \x1b[2J", checks=())
    result = greenlight_says("explain", DEPLOYMENT)

    assert "\x1b" not in result.stdout


def test_the_functions_are_those_of_the_stack(shop):
    """A hook of the stack is ours though the record is empty; its log is the one that is asked."""
    from greenlight_cli.account import Account
    from greenlight_cli.explain.facts import functions_of

    assert {GROUP: FUNCTION} == functions_of(Account(usual_region="eu-west-1"))
