"""What a command asks of AWS: which stack, which table, which region, which deployment."""

from datetime import UTC, datetime

import boto3
import click
import pytest
from click.testing import CliRunner

from greenlight import aws
from greenlight.record import Table
from greenlight_cli.account import Account, options_with_record
from greenlight_cli.account.account import in_words
from greenlight_cli.account.finding import UnknownDeploymentError
from greenlight_cli.errors import CannotRunError
from greenlight_cli.program import program
from rehearsal.aws import ecs
from tests.record_tables import record_table

ARN = "arn:aws:ecs:eu-west-1:123456789012"
SERVICE = f"{ARN}:service/shop/orders"
OLD, NEW = (f"{ARN}:service-deployment/shop/orders/d{number}" for number in (1, 2))
TEMPLATE = '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"%s": {"Value": "%s"}}}'


@pytest.fixture
def stack(aws_api):
    """A stack with one output."""

    def make(name="greenlight", output="RecordTableName", value="records"):
        aws_api.client("cloudformation").create_stack(StackName=name, TemplateBody=TEMPLATE % (output, value))

    return make


@pytest.fixture
def deployments(aws_api):
    """A service with two deployments, of which the older one is listed first."""
    client = aws_api.client("ecs")
    client.create_cluster(clusterName="shop")
    client.register_task_definition(family="orders", containerDefinitions=[{"name": "app", "image": "a", "memory": 1}])
    client.create_service(cluster="shop", serviceName="orders", taskDefinition="orders", desiredCount=0)
    store = ecs.store(aws_api.account_id, aws_api.region)
    for day, arn in ((2, NEW), (1, OLD)):
        created = datetime(2026, 1, day, tzinfo=UTC)
        store.put_deployment(
            {"serviceDeploymentArn": arn, "serviceArn": SERVICE, "status": "IN_PROGRESS", "createdAt": created}
        )
    return aws_api


def test_the_table_is_the_stacks(stack):
    """Nobody needs to know its name."""
    stack()
    account = Account()

    assert Table("records") == account.table()
    assert "records" == account.output("RecordTableName")
    assert account.output("Nothing") is None


def test_the_outputs_are_asked_for_once(stack, aws_api):
    """One command asks for several."""
    stack()
    account = Account()
    for name in ("RecordTableName", "Other"):
        account.output(name)
    assert 1 == aws_api.faults.calls("cloudformation", "DescribeStacks")


def test_a_table_that_is_named_needs_no_stack(aws_api):
    """Nor the right to look at one."""
    aws_api.faults.deny("cloudformation", "DescribeStacks")
    assert Table("mine", region="eu-west-1") == Account(table_name="mine", chosen_region="eu-west-1").table()


@pytest.mark.parametrize("of", ["no stack", "no output"])
def test_why_there_is_no_table_is_told_with_the_cure(stack, of):
    """The stack has another name, or the record is turned off."""
    if of == "no output":
        stack(output="Other")
    account = Account(chosen_region="eu-west-1")

    assert account.table() is None
    expected = {
        "no stack": "there is no stack greenlight in eu-west-1; name Greenlight's with --stack",
        "no output": "stack greenlight in eu-west-1 has no output RecordTableName, so it keeps no record",
    }
    assert account.no_table().startswith(expected[of])


def test_trouble_of_aws_is_no_missing_stack(aws_api):
    """Whoever may not look is told so."""
    aws_api.faults.deny("cloudformation", "DescribeStacks")
    with pytest.raises(aws.AwsDeniedError) as error:
        Account().table()
    assert "add cloudformation:DescribeStacks to your role or user" in in_words(error.value)


@pytest.mark.parametrize(
    ("text", "cluster", "expected"),
    [
        (OLD, None, OLD),
        (f"  {NEW}\n", None, NEW),
        (SERVICE, None, NEW),
        ("shop/orders", None, NEW),
        ("orders", "shop", NEW),
        ("orders", f"{ARN}:cluster/shop", NEW),
        ("shop/orders/d1", None, OLD),
    ],
)
def test_a_deployment_is_found_by_what_people_call_it(deployments, text, cluster, expected):
    """Its ARN, its service for the newest one, or the end of its ARN."""
    found = Account().deployment(text, cluster)
    assert (expected, "IN_PROGRESS") == (found["serviceDeploymentArn"], found["status"])


def test_all_pages_are_read(deployments):
    """A service that is deployed every hour has more than one, and their order is nobody's promise."""
    store = ecs.store(deployments.account_id, deployments.region)
    for number in range(120):
        arn = f"{ARN}:service-deployment/shop/orders/x{number}"
        created = datetime(2025, 1, 1, tzinfo=UTC)
        store.put_deployment(
            {"serviceDeploymentArn": arn, "serviceArn": SERVICE, "status": "SUCCESSFUL", "createdAt": created}
        )
    assert NEW == Account().deployment("shop/orders")["serviceDeploymentArn"]


def test_the_record_knows_the_arn_of_an_id(deployments):
    """As a notification tells it."""
    table = record_table()
    table.put_new("d1", "verdict#a#000001", {"deployment_arn": OLD})
    assert OLD == Account(table_name=table.name).deployment("d1")["serviceDeploymentArn"]


@pytest.mark.parametrize(
    ("text", "cluster", "words"),
    [
        ("nothing", None, 'knows no deployment "nothing"; give the ARN'),
        (OLD.replace("d1", "d9"), None, "ECS knows no deployment"),
        ("shop/carts", None, "ECS knows no service shop/carts"),
        ("market/orders", None, "ECS knows no service market/orders"),
        ("shop/orders/d9", None, "service shop/orders has no deployment d9"),
    ],
)
def test_what_nobody_knows_is_told(deployments, text, cluster, words):
    """With the name that was looked for."""
    table = record_table()
    with pytest.raises(UnknownDeploymentError, match=words):
        Account(table_name=table.name).deployment(text, cluster)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no deployment; give the ARN"),
        ("arn:aws:ecs:eu-west-1:123456789012:task/shop/1", "names no deployment"),
        ("a/b/c/d", "names no deployment"),
        ("orders", "can only be looked up in a record, and there is no stack greenlight"),
    ],
)
def test_a_name_that_says_too_little(aws_api, text, words):
    """And how to say more."""
    with pytest.raises(CannotRunError, match=words):
        Account().deployment(text)


def test_an_arn_says_where_to_look(aws_api):
    """Wherever the person is at home; two regions that contradict each other are told."""
    arn = OLD.replace("eu-west-1", "us-east-2")
    assert "us-east-2" == Account(usual_region="eu-west-1").beside(arn).region
    assert "eu-west-1" == Account(usual_region="eu-west-1").beside("d1").region
    with pytest.raises(CannotRunError, match="is in us-east-2, and not in eu-west-1; leave out --region"):
        Account(chosen_region="eu-west-1").beside(arn)


def test_a_profile_is_taken(aws_api, monkeypatch, tmp_path):
    """Its region and its credentials; and one that does not exist is told."""
    config = tmp_path / "config"
    config.write_text(
        "[profile ops]\nregion = eu-north-1\naws_access_key_id = ops\naws_secret_access_key = ops\n", encoding="utf-8"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    account = Account(profile="ops")

    assert account.call("sts", "get_caller_identity")["Account"]
    assert "eu-north-1" == aws.client("sts").meta.region_name
    with pytest.raises(CannotRunError, match="aws configure list-profiles"):
        Account(profile="nobody").call("sts", "get_caller_identity")


def test_the_options_become_an_account(monkeypatch):
    """Each of them, or what the surroundings say."""
    got = []

    @click.command()
    @options_with_record
    def command(account):
        got.append(account)

    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    monkeypatch.setenv("GREENLIGHT_STACK", "gates")
    runner = CliRunner()
    runner.invoke(command, [])
    runner.invoke(command, ["--stack", "a", "--table", "b", "--region", "c", "--profile", "d"])

    assert [
        Account(stack="gates", usual_region="eu-west-3"),
        Account(stack="a", table_name="b", chosen_region="c", usual_region="eu-west-3", profile="d"),
    ] == got
    assert ["eu-west-3", "c"] == [each.region for each in got]


def test_who_named_no_region_is_told_how(fresh_clients, monkeypatch):
    """Botocore says that one has to be specified, and not where."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(aws.AwsRefusedError) as told:
        Account().call("ecs", "list_clusters")

    assert "ecs:ListClusters has no Region to be asked in; name one with --region, or set AWS_REGION" == in_words(
        told.value
    )


def test_a_region_that_can_be_none_is_a_mistake_and_no_trouble_on_the_way(fresh_clients):
    """Nobody looks at the network for it."""
    with pytest.raises(aws.AwsRefusedError, match="'eu west'"):
        Account(chosen_region="eu west").call("ecs", "list_clusters")


def test_only_commands_that_read_the_record_take_its_table():
    """An option that does nothing is a promise that is not kept."""
    taking = {
        name for name, command in program.commands.items() if "--table" in {o for p in command.params for o in p.opts}
    }

    assert {"approve", "explain", "reject", "status", "watch"} == taking
