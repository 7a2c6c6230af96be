"""What a person may run: the very command that is told, in a shell, does what Greenlight's own command does."""

import json
import os
import shlex
import stat
import subprocess
import sys
from dataclasses import replace

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from greenlight.checks.approval import commands
from greenlight.record import Approval, ApprovalState, DecisionRefusedError, Waited, approvals
from greenlight_cli.program import program
from tests.unit.checks.approval.asking import ANN, BOB, GREEN, NOON, OTHER, approval

_AWS = f"""#!{sys.executable}
import json, sys
if sys.argv[1] == "sts":
    print({BOB!r})
else:
    print(json.dumps(sys.argv[1:]))
"""
_PARAMETERS = {
    "--table-name": "TableName",
    "--key": "Key",
    "--update-expression": "UpdateExpression",
    "--condition-expression": "ConditionExpression",
    "--expression-attribute-names": "ExpressionAttributeNames",
    "--expression-attribute-values": "ExpressionAttributeValues",
}
_JSON = {"--key", "--expression-attribute-names", "--expression-attribute-values"}


@pytest.fixture
def shell(tmp_path):
    """A shell in which `aws` says who calls, and shows what else it is asked, and in which it is some time of day."""

    def run(command, now=NOON):
        for name, text in (("aws", _AWS), ("date", f"#!/bin/sh\necho {int(now)}\n")):
            path = tmp_path / name
            path.write_text(text, encoding="utf-8")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        service, operation, *options = json.loads(done.stdout)
        assert ("dynamodb", "update-item") == (service, operation)
        return dict(zip(options[::2], options[1::2], strict=True))

    return run


def asked_of_dynamodb(options):
    """The parameters of UpdateItem that the AWS CLI makes of its options."""
    assert "eu-west-1" == options.pop("--region")
    return {_PARAMETERS[name]: json.loads(value) if name in _JSON else value for name, value in options.items()}


def update(options):
    """Ask DynamoDB what the AWS CLI asks it."""
    return boto3.client("dynamodb").update_item(**asked_of_dynamodb(options))


@pytest.mark.parametrize(("approves", "state"), [(True, ApprovalState.APPROVED), (False, ApprovalState.REJECTED)])
def test_the_call_of_the_aws_cli_decides(world, shell, approves, state):
    """With the caller as AWS knows them, and the time of their clock."""
    check = approval()
    world.ask(check)
    update(shell(commands.of_aws(world.table, world.question(), approves=approves), now=world.now + 60))
    found = world.question()

    (decision,) = found.decisions
    assert (state, BOB, approves, "why", "aws cli") == (
        found.state,
        decision.who,
        decision.approves,
        decision.comment,
        decision.via,
    )
    assert world.now + 60 == decision.at
    assert world.ask(check).outcome in {"passed", "failed"}


def test_it_asks_what_greenlight_asks(world, shell):
    """Parameter by parameter."""
    world.ask(approval())
    question = world.question()
    options = asked_of_dynamodb(shell(commands.of_aws(world.table, question, approves=True)))
    table_name = options.pop("TableName")
    decision = approvals.Decision(who=BOB, approves=True, at=int(NOON), comment="why", via="aws cli")

    assert (world.table.name, approvals.decision_parameters(question, decision)) == (table_name, options)


def _approved(world):
    world.decide(ANN)


def _closed(world):
    approvals.close(world.table, world.question(), Waited.EXPIRED)


def _late(world):
    world.now += 4 * 3600


@pytest.mark.parametrize("happen", [_approved, _closed, _late])
def test_it_is_refused_where_greenlight_refuses(world, shell, happen):
    """Too late is too late, and the first decision holds."""
    world.ask(approval())
    question = world.question()
    happen(world)
    with pytest.raises(DecisionRefusedError):
        world.decide(BOB, question=question)
    before = world.question()
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        update(shell(commands.of_aws(world.table, question, approves=True), now=world.now))
    assert before == world.question()


def test_it_counts_for_no_other_revision(world, shell):
    """Somebody copied the command of another question."""
    world.ask(approval())
    command = commands.of_aws(world.table, replace(world.question(), green=OTHER), approves=True)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        update(shell(command))


def test_nobody_counts_twice(world, shell):
    """The same command again is refused."""
    world.ask(approval(approvers=2))
    command = commands.of_aws(world.table, world.question(), approves=True)
    update(shell(command))
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        update(shell(command, now=NOON + 1))
    assert 1 == world.question().approvals


@pytest.mark.parametrize("approves", [True, False])
def test_the_command_of_greenlight_decides(world, approves):
    """As it is told, and nothing added."""
    world.ask(approval(name="security"))
    words = shlex.split(commands.of_greenlight(world.table, world.question("security"), approves=approves))
    assert "greenlight" == words.pop(0)
    with world.time():
        result = CliRunner().invoke(program, words)

    assert 0 == result.exit_code, result.output
    expected = ApprovalState.APPROVED if approves else ApprovalState.REJECTED
    assert expected is world.question("security").state


def test_what_stands_in_names_stays_one_word(world, shell):
    """Names of tables and revisions come from elsewhere; a shell takes none of them for its own."""
    hostile = 'x\'; echo $(id) `id` "y"'
    question = Approval(
        deployment=hostile,
        name="approval",
        deployment_arn="arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/d1",
        service="orders",
        green=hostile,
        stage="PRE_SCALE_UP",
        requested_at=NOON,
        expires_at=NOON,
    )
    asked = asked_of_dynamodb(shell(commands.of_aws(replace(world.table, name=hostile), question, approves=True)))

    assert hostile == asked["TableName"] == asked["Key"]["deployment"]["S"]
    assert hostile == asked["ExpressionAttributeValues"][":green"]["S"]
    words = shlex.split(commands.of_greenlight(replace(world.table, name=hostile), question, approves=True))
    assert hostile == words[2] == words[words.index("--table") + 1]


def test_greens_own_question_is_the_one_that_is_told(world):
    """All four commands name the deployment and the table, and those of the AWS CLI the revision."""
    told = world.ask(approval()).details["approval"]["commands"]

    assert ["greenlight approve", "greenlight reject", "aws dynamodb", "aws dynamodb"] == [
        " ".join(command.split()[:2]) for command in told
    ]
    assert all(f"{world.table.name} " in command and "d1" in command for command in told)
    assert all(GREEN in command for command in told[2:])
