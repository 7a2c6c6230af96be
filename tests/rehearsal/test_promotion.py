"""The promotion gate in whole deployments: people decide, numbers decide, and everybody is told once."""

import pytest

from greenlight.record import ApprovalState, approvals
from tests.rehearsal.promotions import AFTER, BEFORE, HEALTH, METRICS, deployed

APPROVAL = {BEFORE: {"approval": {"timeout": "1h"}}}
BACK = ("ROLLBACK_SUCCESSFUL", BEFORE)
WELL = ("SUCCESSFUL", "CLEAN_UP")
ASKED, DECIDED = "approval wanted", (": approved", ": rejected", ": closed")
LINEAR = {"strategy": "LINEAR", "step_percent": 34, "step_bake_minutes": 0}


@pytest.fixture(scope="module")
def stack():
    """A service that runs its first version, guarded by the template's functions."""
    with deployed() as stack:
        created = stack.deploy(APPROVAL)
        assert WELL == created.ending, created.result.explanation
        assert [] == created.subjects(ASKED), "nobody is asked about a service's first deployment"
        yield stack


@pytest.fixture(autouse=True)
def no_faults(stack):
    """Each test begins with an AWS that works."""
    yield
    stack.world.aws.faults.clear()


def first_time(act):
    """Do something when the gate before production waits for the first time."""
    done = []

    def when(answer):
        if answer.waits and not done:
            done.append(act(answer))

    when.done = done
    return when


def approving(answer):
    """Somebody runs ``greenlight approve``."""
    outcome = answer.stack.decide("approve", answer.deployment)
    assert 0 == outcome.exit_code, outcome.output
    return outcome.output


def test_somebody_approves(stack):
    """Asked once, answered once, told once each; and the end of the deployment, too."""
    played = stack.deploy(APPROVAL, when=first_time(approving))
    assert WELL == played.ending
    assert 1 == len(played.subjects(ASKED))
    assert 1 == len(played.subjects(*DECIDED))
    assert 1 == len(played.subjects("orders: SUCCESSFUL"))
    assert 3 == len(played.messages)
    assert ["IN_PROGRESS", "SUCCEEDED"] == [each.status for each in played.verdicts()]
    assert [1, 2] == [each.attempt for each in played.verdicts()]
    (decision,) = played.question().decisions
    assert ("as I see it", True) == (decision.comment, decision.approves)
    assert "approved by" in played.verdicts()[-1].reason
    (asked,) = [each for each in played.messages if ASKED in each.subject]
    assert f"greenlight approve {played.id}" in asked.message
    assert "aws dynamodb update-item" in asked.message


def test_somebody_rejects(stack):
    """The deployment goes back, and the comment says why."""
    when = first_time(
        lambda answer: answer.stack.decide("reject", answer.deployment, comment="the migration has not run")
    )
    played = stack.deploy(APPROVAL, when=when)
    assert BACK == played.ending
    assert "rejected by" in played.result.explanation
    assert "the migration has not run" in played.result.explanation
    assert ApprovalState.REJECTED is played.question().state
    assert 1 == len(played.subjects(": rejected"))


def test_nobody_decides(stack):
    """The time that people have is over, and silence is no yes."""
    played = stack.deploy({BEFORE: {"approval": {"timeout": "5m"}}})
    assert BACK == played.ending
    assert "nobody decided" in played.result.explanation
    assert "expired" == played.question().closed
    late = stack.decide("approve", played.id)
    assert (1, True) == (late.exit_code, "nothing is left to decide" in late.output)


def test_somebody_approves_twice(stack):
    """The second time counts for nothing, and it is told."""
    outputs = []

    def twice(answer):
        approving(answer)
        outputs.append(answer.stack.decide("approve", answer.deployment))
        outputs.append(answer.stack.decide("reject", answer.deployment))

    played = stack.deploy(APPROVAL, when=first_time(twice))
    assert WELL == played.ending
    assert [1, 1] == [output.exit_code for output in outputs]
    assert all("too late" in output.output for output in outputs)
    assert 1 == len(played.question().decisions)


def test_an_approval_of_an_older_deployment_is_none_of_this_one(stack):
    """Each decision is bound to its deployment."""
    reject = first_time(lambda answer: answer.stack.decide("reject", answer.deployment))
    older = stack.deploy(APPROVAL, when=reject)
    refused = []

    def older_first(answer):
        refused.append(answer.stack.decide("approve", older.id))
        assert ApprovalState.OPEN is approvals.find(answer.stack.table, answer.deployment, "approval").state
        approving(answer)

    played = stack.deploy(APPROVAL, when=first_time(older_first))
    assert WELL == played.ending
    assert 1 == refused[0].exit_code
    assert ApprovalState.REJECTED is older.question().state


def test_two_have_to_approve(stack):
    """One alone is not enough, not even twice; the other one uses the plain AWS CLI's call."""
    seen = []

    def when(answer):
        if not answer.waits:
            return
        seen.append(answer.number)
        if len(seen) == 1:
            approving(answer)
            again = answer.stack.decide("approve", answer.deployment)
            assert (1, True) == (again.exit_code, "more of other people" in again.output), again.output
        if len(seen) == 3:
            answer.stack.by_hand(answer.deployment, "arn:aws:sts::123456789012:assumed-role/deployers/bob")

    played = stack.deploy({BEFORE: {"approval": {"timeout": "1h", "approvers": 2}}}, when=when)
    assert WELL == played.ending
    assert len(seen) >= 3
    assert 2 == len(played.question().decisions)


def test_a_decision_while_aws_throttles(stack):
    """The command says that nothing was decided; the gate asks again, and never takes silence for a yes."""
    outputs = []

    def when(answer):
        if not answer.waits or len(outputs) > 1:
            return
        if not outputs:
            answer.stack.world.aws.faults.fail("dynamodb", "UpdateItem", times=3)
            outputs.append(answer.stack.decide("approve", answer.deployment))
            answer.stack.world.aws.faults.clear()
            answer.stack.world.aws.faults.fail("dynamodb", "GetItem", times=6)
        else:
            answer.stack.world.aws.faults.clear()
            outputs.append(answer.stack.decide("approve", answer.deployment))

    played = stack.deploy(APPROVAL, when=when)
    assert WELL == played.ending
    assert [2, 0] == [output.exit_code for output in outputs], [output.output for output in outputs]
    assert "throttled" in outputs[0].output
    assert any("throttled" in verdict.reason for verdict in played.verdicts())


def test_nobody_is_asked_about_what_a_machine_already_refused(stack):
    """People are not bothered for nothing."""
    broken = {**HEALTH, "tests": [{"name": "is ill", "path": "/health", "expect": {"status": 418}}]}
    played = stack.deploy({BEFORE: {"smoke": {"suite": broken}, "approval": {"timeout": "1h"}}})
    assert BACK == played.ending
    assert [] == played.subjects(ASKED)
    assert played.question() is None


def test_a_canary_of_three_steps_asks_people_once_and_cloudwatch_at_each(stack):
    """The first step has no production traffic to be measured; the others have."""
    gates = {BEFORE: {"smoke": {"suite": HEALTH}, "metrics": METRICS, "approval": {"timeout": "1h"}}}
    played = stack.deploy(gates, when=first_time(approving), users=200, **LINEAR)
    assert WELL == played.ending, played.result.explanation
    assert 1 == len(played.subjects(ASKED))
    final = [each for each in played.verdicts() if each.status == "SUCCEEDED"]
    assert ["", "at-34-percent", "at-68-percent"] == [each.step for each in final]
    metrics = [next(check for check in each.checks if check.kind == "metrics") for each in final]
    assert ["skipped", "passed", "passed"] == [check.outcome for check in metrics]
    assert all("measurement 2 of 2" in check.summary for check in metrics[1:])


def test_bad_numbers_at_the_second_step_roll_back(stack):
    """One customer in ten gets an error, which no smoke test sees."""
    gates = {BEFORE: {"smoke": {"suite": HEALTH}, "metrics": METRICS}}
    played = stack.deploy(gates, users=200, fault="errors-10-percent", **LINEAR)
    assert BACK == played.ending
    assert "5xx_rate" in played.result.explanation
    assert ["", "at-34-percent"] == list(dict.fromkeys(each.step for each in played.verdicts()))
    assert 1 == len(stack.weights())
    (failed,) = [each for each in played.messages if f"FAILED at {BEFORE}" in each.subject]
    assert "5xx_rate" in failed.message


def test_without_data_nothing_passes(stack):
    """Nobody uses the service, so that nobody knows."""
    played = stack.deploy({BEFORE: {"deadline": "10m", "metrics": METRICS}}, **LINEAR)
    assert BACK == played.ending
    assert "had no answer by the deadline" in played.result.explanation
    assert "expected at least 10" in played.result.explanation
    assert 1 == len(stack.weights())


def test_steps_of_our_own_are_watched_by_metrics(stack):
    """A BLUE_GREEN service in steps, with numbers that turn bad: blue has all traffic again."""
    steps = {"traffic_steps": {"steps": [40, 80], "bake": "2m", "metrics": METRICS}}
    good = stack.deploy({BEFORE: steps}, users=200)
    assert WELL == good.ending, good.result.explanation
    bad = stack.deploy({BEFORE: steps}, users=200, fault="errors-10-percent")
    assert BACK == bad.ending
    assert "5xx_rate" in bad.result.explanation
    assert "production is back at blue 100 %" in bad.result.explanation
    (share,) = stack.weights().values()
    assert 100 == share


def test_after_the_shift_the_production_listener_is_asked(stack):
    """Green answers users by now; a failure brings blue back."""
    good = stack.deploy({AFTER: {"smoke": {"suite": HEALTH}}})
    assert WELL == good.ending, good.result.explanation
    broken = {**HEALTH, "tests": [{"name": "is ill", "path": "/health", "expect": {"status": 418}}]}
    bad = stack.deploy({AFTER: {"smoke": {"suite": broken}}})
    assert ("ROLLBACK_SUCCESSFUL", AFTER) == bad.ending
    assert 1 == len(bad.subjects(f"FAILED at {AFTER}"))


def test_a_deployment_that_is_stopped_between_steps_gives_users_back_to_blue(stack):
    """Nobody calls the gate any more; the function on ECS's events sees to it."""
    (blue,) = stack.weights()

    def stop(answer):
        if len(stack.weights()) > 1:
            stack.world.aws.client("ecs").stop_service_deployment(
                serviceDeploymentArn=answer.deployment_arn, stopType="ROLLBACK"
            )

    steps = {"traffic_steps": {"steps": [40, 80], "bake": "2m", "metrics": False}}
    played = stack.deploy({BEFORE: steps}, when=stop)
    assert "ROLLBACK_SUCCESSFUL" == played.result.status
    assert {blue: 100.0} == stack.weights()
