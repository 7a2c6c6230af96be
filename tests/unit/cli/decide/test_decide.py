"""`greenlight approve` and `greenlight reject`: a question of a check, decided once, and every refusal told in one line."""

from dataclasses import replace

import boto3
import pytest

from greenlight.record import ApprovalState, Waited, approvals
from tests.record_tables import record_table, remove
from tests.unit.checks.approval.asking import ANN, BOB, DEPLOYMENT, GREEN, OTHER, World, approval
from tests.unit.cli.commands import greenlight_says

ME = "arn:aws:sts::123456789012:user/moto"
"""Who moto says is calling."""


@pytest.fixture
def world(module_aws_api):
    """A deployment, a record, and a clock."""
    table = record_table()
    world = World(module_aws_api, table)
    with world.time():
        yield world
    module_aws_api.faults.clear()
    boto3.client("dynamodb").delete_table(TableName=table.name)


@pytest.fixture
def decide(world):
    """Give a command with the table's name."""

    def decide(verb="approve", deployment="d1", *options, stdin=None):
        return greenlight_says(verb, deployment, "--table", world.table.name, *options, stdin=stdin)

    return decide


def line(result):
    """The one line of a refusal."""
    (told,) = result.stderr.splitlines()
    return told


def test_an_approval_is_written_down_with_who_and_why(world, decide):
    """As AWS knows the person."""
    world.ask(approval())
    result = decide("approve", "d1", "--comment", "looks good")

    (decision,) = world.question().decisions
    assert (ME, True, "looks good", "greenlight", world.now) == (
        decision.who,
        decision.approves,
        decision.comment,
        decision.via,
        decision.at,
    )
    assert (0, "") == (result.exit_code, result.stderr)
    last = result.stdout.splitlines()[-1]
    assert "approved: 1 of 1 approvals for approval of deployment d1; its gate hears of it when ECS calls again" in last


def test_a_rejection_needs_no_second(world, decide):
    """One no is a no."""
    world.ask(approval(approvers=3))
    result = decide("reject", DEPLOYMENT, "--comment", "wrong tag")

    assert (0, ApprovalState.REJECTED) == (result.exit_code, world.question().state)
    assert "rejected: approval of deployment d1" in result.stdout


def test_what_is_decided_is_shown(world, decide):
    """Service, revision, what changes, what the checks found, and until when."""
    world.ask(approval(message="look at the dashboard", approvers=2))
    world.decide(ANN, comment="fine")
    told = decide().stdout

    for words in (
        f"deployment  {DEPLOYMENT}",
        "service     orders",
        f"green       {GREEN}",
        "message     look at the dashboard",
        "changes     task definition: orders:1 -> orders:2",
        "checks      smoke passed: 12 of 12 tests passed",
        "expires     2027-01-15 12:00 UTC, in 4 h",
        "approvals   1 of 2",
        f"{ANN}: yes, fine",
        f"you are     {ME}",
    ):
        assert words in told


def test_one_of_two_says_how_many_are_missing(world, decide):
    """And who is done is not asked again."""
    world.ask(approval(approvers=2))
    result = decide()
    assert "1 of 2 approvals for approval of deployment d1; 1 more of other people are needed" in result.stdout


def _approved(world):
    world.decide(ANN, comment="mine")


def _rejected(world):
    world.decide(ANN, approves=False)


def _expired(world):
    world.now += 4 * 3600


def _closed(world):
    approvals.close(world.table, world.question(), Waited.EXPIRED)


def _mine(world):
    world.decide(ME)


def _ended(status):
    return lambda world: world.deployed(status=status)


def _other_green(world):
    world.deployed(targetServiceRevision={"arn": OTHER})


@pytest.mark.parametrize(
    ("happen", "words"),
    [
        (_approved, f"too late: approval of deployment d1 is approved by {ANN} (mine)"),
        (_rejected, f"too late: approval of deployment d1 is rejected by {ANN}"),
        (_expired, "too late: approval of deployment d1 has expired"),
        (_closed, "too late: approval of deployment d1 is closed: expired"),
        (_mine, "too late: approval of deployment d1 is approved"),
        (_ended("SUCCESSFUL"), "deployment d1 has ended (SUCCESSFUL); nothing is left to decide"),
        (_ended("ROLLBACK_IN_PROGRESS"), "deployment d1 is being rolled back; nothing is left to decide"),
        (_ended("STOPPED"), "deployment d1 was stopped"),
        (_other_green, "approval was asked about revision 2, and the deployment's is 3"),
    ],
)
@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_a_decision_that_does_not_count_is_refused_in_one_line(world, decide, happen, words, verb):
    """Late, repeated, about an older deployment or another revision: nothing changes, and nobody is asked."""
    world.ask(approval())
    happen(world)
    before = world.question()
    result = decide(verb)

    assert (1, "") == (result.exit_code, result.stdout)
    assert line(result).startswith(f"greenlight: refused: {words}")
    assert before == world.question()


def test_nobody_approves_twice(world, decide):
    """Though more approvals are needed."""
    world.ask(approval(approvers=2))
    assert 0 == decide().exit_code
    world.now += 1
    again = decide()
    assert (1, 1) == (again.exit_code, world.question().approvals)
    assert f"{ME} has approved already; 1 more of other people are needed" in line(again)


def test_nobody_has_been_asked_yet(world, decide):
    """The other checks are not done."""
    result = decide("approve", DEPLOYMENT)
    assert 1 == result.exit_code
    assert "nobody has been asked about deployment d1 yet (it is at POST_TEST_TRAFFIC_SHIFT)" in line(result)


@pytest.mark.parametrize("name", ["d7", DEPLOYMENT.replace("d1", "d7")])
def test_a_deployment_that_nobody_knows(world, decide, name):
    """Neither the record nor ECS."""
    result = decide("approve", name)
    assert 1 == result.exit_code
    assert "knows no deployment" in line(result)


def test_a_question_about_another_deployment_of_that_id_is_foreign(world, decide):
    """An ID is that of one service; the ARN says which."""
    world.ask(approval())
    found = world.question()
    remove(world.table, "d1", "approval#approval")
    approvals.request(world.table, replace(found, deployment_arn=DEPLOYMENT.replace("orders", "carts")))
    result = decide("approve", DEPLOYMENT)

    assert 1 == result.exit_code
    assert "was asked about arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/carts/d1" in line(result)


def test_several_questions_are_told_apart_by_name(world, decide):
    """And it is not guessed which one is meant."""
    world.ask(approval())
    world.ask(approval(name="security"))
    unclear = decide()
    named = decide("approve", "d1", "--name", "security")

    assert (2, 0) == (unclear.exit_code, named.exit_code)
    assert "waits for several decisions: approval, security; choose one with --name" in line(unclear)
    assert [0, 1] == [world.question(name).approvals for name in ("approval", "security")]


def test_a_name_that_nobody_asked_under(world, decide):
    """It is no approval of something else."""
    world.ask(approval())
    result = decide("approve", "d1", "--name", "legal")
    assert (1, 0) == (result.exit_code, world.question().approvals)
    assert "nobody has asked for legal of deployment d1 yet" in line(result)


def test_where_ecs_cannot_be_asked_the_records_word_counts(world, decide):
    """And the person is told so."""
    world.ask(approval())
    world.server.faults.deny("ecs", "DescribeServiceDeployments")
    result = decide()

    assert (0, 1) == (result.exit_code, world.question().approvals)
    assert "ECS cannot be asked whether the deployment still goes on, so that the record's word counts" in line(result)
    assert "to your role or user" in line(result)


@pytest.mark.parametrize("operation", ["Query", "UpdateItem"])
def test_while_aws_throttles_nothing_is_decided_and_that_is_told(world, decide, operation):
    """With the exit code of what could not be done."""
    world.ask(approval())
    world.server.faults.fail("dynamodb", operation, "ThrottlingException")
    result = decide()

    world.server.faults.clear()
    assert (2, 0) == (result.exit_code, world.question().approvals)
    assert "nothing was decided: dynamodb:" in line(result)
    assert "throttled" in line(result)


def test_a_decision_whose_reply_got_lost_counts(world, decide, monkeypatch):
    """It is read back, and stands in the record."""
    world.ask(approval())
    decided = approvals.decide

    def lost(table, question, decision):
        decided(table, question, decision)
        world.server.faults.fail("dynamodb", "UpdateItem", "InternalServerError", times=1, status=500)
        return decided(table, question, decision)

    monkeypatch.setattr(approvals, "decide", lost)
    result = decide()

    assert (0, 1) == (result.exit_code, world.question().approvals)
    assert "approved: 1 of 1" in result.stdout


def test_where_nobody_knows_what_became_of_it_that_is_told(world, decide, monkeypatch):
    """Neither yes nor no."""
    world.ask(approval())
    world.server.faults.garble("dynamodb", "UpdateItem")
    world.server.faults.garble("dynamodb", "GetItem")
    result = decide()

    assert 2 == result.exit_code
    assert "it is not known whether the decision was written down" in line(result)


def test_two_people_at_the_same_moment(world, decide, monkeypatch):
    """The second one is told who was first."""
    world.ask(approval())
    decided = approvals.decide

    def second(table, question, decision):
        monkeypatch.setattr(approvals, "decide", decided)
        world.decide(BOB, approves=False, comment="no")
        return decided(table, question, decision)

    monkeypatch.setattr(approvals, "decide", second)
    result = decide()

    assert (1, ApprovalState.REJECTED) == (result.exit_code, world.question().state)
    assert f"too late: approval of deployment d1 is rejected by {BOB} (no)" in line(result)


def test_without_a_record_the_cure_is_told(world):
    """No stack of that name, and no table."""
    result = greenlight_says("approve", DEPLOYMENT, "--stack", "nothing")
    assert 2 == result.exit_code
    assert "no decision can be written down: there is no stack nothing in eu-west-1" in result.stderr


def test_the_table_is_found_in_the_stack(world):
    """The default way: nobody names a table."""
    world.ask(approval())
    cloudformation = world.server.client("cloudformation")
    template = '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"RecordTableName": {"Value": "%s"}}}'
    cloudformation.create_stack(StackName="gates", TemplateBody=template % world.table.name)
    result = greenlight_says("approve", "d1", env={"GREENLIGHT_STACK": "gates"})
    cloudformation.delete_stack(StackName="gates")

    assert (0, 1) == (result.exit_code, world.question().approvals)


def test_a_comment_that_would_be_cut_is_refused(world, decide):
    """Before anything is asked."""
    result = decide("approve", "d1", "--comment", "x" * 1001)
    assert 2 == result.exit_code
    assert "1000 are kept" in result.stderr


def test_what_others_wrote_does_not_steer_the_terminal(world, decide):
    """Comments and messages are shown, and nothing else."""
    world.ask(approval(approvers=2))
    world.decide(ANN, comment="\x1b[2Jgone\nnew line")
    told = decide().stdout
    assert "\x1b" not in told
    assert " [2Jgone new line" in told


@pytest.mark.parametrize(("answer", "state", "code"), [("y\n", "approved", 0), ("n\n", "open", 1), ("\n", "open", 1)])
def test_somebody_at_a_terminal_is_asked_once_more(world, decide, monkeypatch, answer, state, code):
    """And whoever only presses Enter has decided nothing."""
    world.ask(approval())
    _at_a_terminal(monkeypatch)
    result = decide(stdin=answer)

    assert (state, code) == (world.question().state, result.exit_code)
    assert "Approve this deployment? [y/N]" in result.stdout


def test_yes_asks_nothing(world, decide, monkeypatch):
    """For those who have looked already."""
    world.ask(approval())
    _at_a_terminal(monkeypatch)
    result = decide("approve", "d1", "--yes")
    assert (0, "approved") == (result.exit_code, world.question().state)


def _at_a_terminal(monkeypatch):
    """What click's runner reads from is one."""
    from click.testing import _NamedTextIOWrapper

    monkeypatch.setattr(_NamedTextIOWrapper, "isatty", lambda _: True, raising=False)


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_the_commands_explain_themselves(verb):
    """With examples and exit codes."""
    told = greenlight_says(verb, "--help").output
    assert f"examples:\n    greenlight {verb} " in told
    assert "Exit codes: 0 " in told


def test_the_longest_comment_is_the_records():
    """It is written down twice, because help must not import the record."""
    from greenlight_cli.decide.command import MAX_COMMENT

    assert approvals.MAX_COMMENT == MAX_COMMENT
