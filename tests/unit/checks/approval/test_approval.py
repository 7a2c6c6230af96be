"""The approval check: asked once, answered by people, and never passed by anything else."""

from dataclasses import replace

import pytest

from greenlight.checks import Finding, Outcome
from greenlight.deployment import Deployment
from greenlight.documents import DocumentError
from greenlight.record import ApprovalState, DecisionRefusedError, Waited, approvals
from greenlight.record.table import EXPIRES
from tests.unit.checks.approval.asking import ANN, BOB, DEPLOYMENT, FINDINGS, GREEN, NOON, OTHER, approval

HOUR = 3600.0


def told(result):
    """What a notification is told."""
    return result.details["approval"]


def test_people_are_asked_once_with_everything_that_they_need(world):
    """The question has the findings, what changes and the message, and a second call asks nobody anew."""
    check = approval(message="look at the dashboard")
    first, second = world.ask(check), world.ask(check)

    asked = world.question()
    assert (ApprovalState.OPEN, GREEN, DEPLOYMENT) == (asked.state, asked.green, asked.deployment_arn)
    assert [{"name": "smoke", "outcome": "passed", "summary": "12 of 12 tests passed"}] == asked.evidence["findings"]
    repository = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders"
    assert [
        "task definition: orders:1 -> orders:2",
        f"container app: {repository}:1 (sha256:{'1' * 12}) -> {repository}:2 (sha256:{'2' * 12})",
        "container proxy: proxy:1, as before",
    ] == asked.evidence["changes"]
    assert "look at the dashboard" == asked.evidence["message"] == told(first)["message"]
    assert [True, False] == [told(each)["is_new"] for each in (first, second)]
    assert 4 == len(told(first)["commands"])


def test_while_nobody_has_decided_it_waits_until_its_own_time_is_over(world):
    """Whatever the gate's deadline is; and it says who is asked for what, until when, and how many have answered."""
    result = world.ask(approval(timeout="4h"))

    assert (Outcome.INCONCLUSIVE, NOON + 4 * HOUR) == (result.outcome, result.until)
    expected = (
        "somebody asked to approve orders:2 for orders, until 2027-01-15 12:00 UTC (4 h): 0 of 1 approvals; "
        'greenlight approve d1 --comment "…", or reject'
    )
    assert expected == result.summary


@pytest.mark.parametrize(("minutes", "seconds"), [(0, 10), (2, 12), (5, 30), (30, 60), (239.5, 30)])
def test_it_is_asked_again_soon_at_first_and_then_every_minute(world, minutes, seconds):
    """ECS calls whenever it is told to, and somebody waits for the answer; at the end it is not a minute late."""
    check = approval()
    world.ask(check)
    world.now += minutes * 60

    assert seconds == world.ask(check).retry_after


def test_an_approval_passes_and_says_whose_it_was(world):
    """With the comment, and the time."""
    check = approval()
    world.ask(check)
    world.now += 600
    world.decide(ANN, comment="looks\ngood")
    result = world.ask(check)

    expected = "approved by assumed-role/deployers/ann at 2027-01-15 08:10 UTC (looks good)"
    assert (Outcome.PASSED, expected) == (result.outcome, result.summary)
    assert [ANN] == [each["who"] for each in told(result)["decisions"]]
    assert [] == told(result)["commands"]


def test_a_rejection_fails_and_says_whose_it_was_and_why(world):
    """One is enough, however many were asked."""
    check = approval(approvers=3)
    world.ask(check)
    world.decide(ANN)
    world.now += 60
    world.decide(BOB, approves=False, comment="wrong tag")
    result = world.ask(check)

    expected = "rejected by assumed-role/deployers/bob at 2027-01-15 08:01 UTC (wrong tag); 3 approvals expected"
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


def test_as_many_people_as_were_asked_for_have_to_approve(world):
    """One person twice is one person."""
    check = approval(approvers=2)
    world.ask(check)
    world.decide(ANN)
    waits = world.ask(check)
    world.now += 1
    with pytest.raises(DecisionRefusedError, match="has approved already; 1 more of other people are needed"):
        world.decide(ANN)
    world.decide(BOB)
    passes = world.ask(check)

    assert Outcome.INCONCLUSIVE is waits.outcome
    assert "2 people asked" in waits.summary
    assert "1 of 2 approvals, by assumed-role/deployers/ann;" in waits.summary
    assert (Outcome.PASSED, 2) == (passes.outcome, passes.summary.count("assumed-role"))


def test_where_nobody_decides_on_timeout_does(world):
    """It is closed, so that nobody decides afterwards; and asked again, it says the same."""
    check = approval(timeout="4h")
    world.ask(check)
    asked = world.question()
    world.now += 4 * HOUR
    first, second = world.ask(check), world.ask(check)

    expected = "nobody decided about orders:2 within 4 h (until 2027-01-15 12:00 UTC), expected an approval"
    for result in (first, second):
        assert (Outcome.INCONCLUSIVE, expected) == (result.outcome, result.summary)
        assert world.now >= result.until
    assert Waited.EXPIRED == world.question().closed
    world.now -= 60
    with pytest.raises(DecisionRefusedError, match=r"too late: .* is closed: expired"):
        world.decide(ANN, question=asked)


def test_one_of_two_approvals_is_none(world):
    """And it is told that it came."""
    check = approval(timeout="1h", approvers=2)
    world.ask(check)
    world.decide(ANN)
    world.now += HOUR
    result = world.ask(check)

    assert Outcome.INCONCLUSIVE is result.outcome
    assert result.summary.endswith("; 1 of 2 approvals had come")


@pytest.mark.parametrize(("approves", "outcome"), [(True, Outcome.PASSED), (False, Outcome.FAILED)])
def test_a_decision_that_comes_between_looking_and_closing_holds(world, monkeypatch, approves, outcome):
    """Whoever was first is right: the person wrote before the time-out did."""
    check = approval(timeout="1h")
    world.ask(check)
    close = approvals.close

    def late(table, found, why):
        world.now -= 120
        world.decide(ANN, approves=approves)
        world.now += 120
        return close(table, found, why)

    monkeypatch.setattr(approvals, "close", late)
    world.now += HOUR
    assert outcome is world.ask(check).outcome


def test_two_hooks_that_ask_at_the_same_moment_ask_one_question(world, monkeypatch):
    """One of them is the first, and the other finds what it wrote."""
    check = approval()
    find = approvals.find

    def slow(table, deployment, name):
        monkeypatch.setattr(approvals, "find", find)
        world.ask(check)
        world.decide(ANN)

    monkeypatch.setattr(approvals, "find", slow)
    assert Outcome.PASSED is world.ask(check).outcome
    assert 1 == len(approvals.every(world.table, "d1"))


def test_it_waits_no_longer_than_ecs_does(world):
    """Three minutes before ECS gives up, because the answer has to be handed over."""
    result = world.ask(approval(timeout="4h"), hook_expires_at=NOON + HOUR)
    assert NOON + HOUR - 180 == result.until == world.question().expires_at


def test_nobody_is_asked_who_could_not_answer_in_time(world):
    """And on_timeout decides."""
    result = world.ask(approval(), hook_expires_at=NOON + 60)
    assert (Outcome.INCONCLUSIVE, None) == (result.outcome, world.question())
    assert NOON >= result.until


def test_at_a_hook_that_ends_before_the_question_does_nobody_is_waited_for(world):
    """A later step's hook may have less time than the one that asked."""
    check = approval()
    world.ask(check)
    result = world.ask(check, hook_expires_at=NOON + 100)

    assert Outcome.INCONCLUSIVE is result.outcome
    assert NOON >= result.until
    assert Waited.EXPIRED == world.question().closed


def test_nobody_approves_what_ecs_does_not_wait_for_any_more(world):
    """The question is closed with the hook's time, though its own is not over, and people are told so."""
    check = approval(timeout="4h")
    world.ask(check)
    asked = world.question()
    world.now += HOUR
    result = world.ask(check, hook_expires_at=world.now + 100)

    assert (
        "nobody decided about orders:2 within 1 h (until 2027-01-15 09:00 UTC), expected an approval" == result.summary
    )
    assert "closed" == told(result)["state"]
    with pytest.raises(DecisionRefusedError, match=r"too late: .* is closed: expired"):
        world.decide(ANN, question=asked)
    assert Outcome.INCONCLUSIVE is world.ask(check).outcome


@pytest.mark.parametrize("approved", [True, False])
def test_a_question_for_fewer_people_is_no_answer(world, approved):
    """Of another stage, or of the gates file as it was: one yes does not pass where two are demanded now."""
    world.ask(approval())
    if approved:
        world.decide(ANN)
    result = world.ask(approval(approvers=2))

    assert Outcome.FAILED is result.outcome
    assert "was asked of 1 at PRE_PRODUCTION_TRAFFIC_SHIFT, expected 2 approvals" in result.summary


def test_a_rejection_is_one_however_many_were_asked(world):
    """And that is what is told."""
    world.ask(approval())
    world.decide(ANN, approves=False)
    result = world.ask(approval(approvers=2))
    assert (Outcome.FAILED, True) == (result.outcome, result.summary.startswith("rejected by "))


def test_a_question_for_more_people_is_an_answer(world):
    """Two have agreed where one is demanded."""
    world.ask(approval(approvers=2))
    world.decide(ANN)
    world.decide(BOB)
    assert Outcome.PASSED is world.ask(approval()).outcome


def test_a_later_step_finds_the_answer_of_the_first(world):
    """Once a deployment, and not once a step of a canary; even when the time to answer is over."""
    check = approval()
    world.ask(check)
    world.decide(ANN)
    world.now += 9 * HOUR
    result = world.ask(check, step="at-10-percent")

    assert Outcome.PASSED is result.outcome
    assert result.summary.endswith("; asked once for this deployment, at PRE_PRODUCTION_TRAFFIC_SHIFT")


def test_checks_of_other_names_ask_questions_of_their_own(world):
    """Two approvals of one gate are two."""
    world.ask(approval())
    world.decide(ANN)
    result = world.ask(approval(name="security"))

    assert Outcome.INCONCLUSIVE is result.outcome
    assert "--name security" in told(result)["commands"][0]


@pytest.mark.parametrize(
    "deployment", [Deployment(DEPLOYMENT, OTHER), Deployment(DEPLOYMENT.replace("orders", "carts"), GREEN)]
)
def test_an_answer_about_something_else_decides_nothing(world, deployment):
    """Not even a yes."""
    check = approval()
    world.ask(check)
    world.decide(ANN)
    for arn in (OTHER,):
        world.store.put_revision({"serviceRevisionArn": arn, "taskDefinition": "x:3"})
    result = world.ask(check, deployment=deployment)

    assert Outcome.FAILED is result.outcome
    assert "it decides nothing here" in result.summary


def test_a_question_that_was_closed_with_its_deployment_fails(world):
    """Nobody can answer it any more."""
    check = approval()
    world.ask(check)
    approvals.close(world.table, world.question(), Waited.ENDED)
    result = world.ask(check)

    assert Outcome.FAILED is result.outcome
    assert "nobody can decide any more: the deployment ended" in result.summary


def test_without_a_record_it_fails_with_the_cure(world):
    """There would be no place for an answer."""
    result = world.ask(approval(), record=None)

    assert Outcome.FAILED is result.outcome
    assert "RecordRetentionDays" in result.summary
    assert "PAUSE" in result.summary


def test_a_dry_run_bothers_nobody(world):
    """Whatever they said would not count."""
    result = world.ask(approval(dry_run=True))
    assert (Outcome.SKIPPED, None) == (result.outcome, world.question())


def test_a_warning_asks_all_the_same(world):
    """The engine lets a no of it pass."""
    check = approval(severity="warning")
    world.ask(check)
    world.decide(ANN, approves=False)
    assert (Outcome.FAILED, False) == (world.ask(check).outcome, check.settings.blocking)


@pytest.mark.parametrize("operation", ["GetItem", "PutItem"])
def test_what_keeps_the_record_from_answering_never_passes(world, operation):
    """It is an error, and people keep their own time: a gate's deadline that is over does not cut it short."""
    world.server.faults.fail("dynamodb", operation, "ThrottlingException")
    result = world.ask(approval(timeout="4h"))

    assert (Outcome.ERROR, NOON + 4 * HOUR) == (result.outcome, result.until)
    assert " throttled " in result.summary


def test_an_error_keeps_to_the_time_that_the_question_has(world):
    """It is remembered, because the record cannot be asked."""
    check = approval(timeout="4h")
    memory = world.ask(check).memory
    world.now += HOUR
    world.server.faults.deny("dynamodb", "GetItem")
    result = world.ask(check, memory=memory)

    assert (Outcome.ERROR, NOON + 4 * HOUR) == (result.outcome, result.until)
    assert memory.items() <= result.memory.items()


def test_minutes_of_trouble_do_not_undo_what_people_are_about_to_decide(world):
    """The gate bears four errors in a row; they are spread over more than five minutes, and end with the question."""
    check = approval(timeout="4h")
    memory = world.ask(check).memory
    world.server.faults.fail("dynamodb", "GetItem")
    waits = []
    for _ in range(4):
        result = world.ask(check, memory=memory)
        memory = result.memory
        waits.append(result.retry_after)
    world.now = NOON + 4 * HOUR - 20
    last = world.ask(check, memory=memory)

    assert ([15, 60, 240, 240], 20) == (waits, last.retry_after)
    world.server.faults.clear()
    assert "errors" not in world.ask(check, memory=memory).memory


@pytest.mark.parametrize(
    "body", [b"\x00", b"{}", b'{"Item": 5}', b'{"Item": {"name": {"?": "x"}}}', b'{"Item": {"n": {"N": "x"}}}']
)
def test_a_reply_that_makes_no_sense_is_an_error(world, body):
    """One garbled reply rolls nothing back, and passes nothing."""
    check = approval()
    world.ask(check)
    world.decide(ANN)
    world.server.faults.garble("dynamodb", "GetItem", body)
    result = world.ask(check)
    world.server.faults.clear()

    assert Outcome.ERROR is result.outcome
    assert Outcome.PASSED is world.ask(check).outcome


def test_half_a_character_in_a_finding_keeps_nobody_from_being_asked(world):
    """What an application answers may hold it, and DynamoDB would refuse it."""
    half = Finding("smoke", "smoke", Outcome.PASSED, "cut \ud83d", blocking=True)
    assert Outcome.INCONCLUSIVE is world.ask(approval(), findings=[half]).outcome
    assert "cut ?" == world.question().evidence["findings"][0]["summary"]


def test_a_second_thought_of_the_same_moment_is_refused(world):
    """Who approved is not told that the rejection counts."""
    world.ask(approval(approvers=2))
    world.decide(ANN, comment="good")
    for changed in ({"approves": False, "comment": "good"}, {"comment": "bad"}):
        with pytest.raises(DecisionRefusedError, match="has approved already"):
            world.decide(ANN, **changed)
    assert 1 == world.decide(ANN, comment="good").approvals


def test_a_long_comment_counts_where_the_reply_got_lost(world):
    """It is compared as it is kept."""
    world.ask(approval())
    for _ in range(2):
        assert ApprovalState.APPROVED is world.decide(ANN, comment="x" * 2000).state


def test_a_question_outlives_a_record_of_one_day(world):
    """The last step of a canary finds the answer of the first."""
    world.table = replace(world.table, keep_days=1)
    world.ask(approval())
    item = world.table.get("d1", "approval#approval")
    assert NOON + 31 * 24 * HOUR == item[EXPIRES]


@pytest.mark.parametrize(
    ("written", "otherwise"), [({}, None), ({"on_timeout": "pass"}, "goes on"), ({"severity": "warning"}, "goes on")]
)
def test_people_are_told_what_becomes_of_it_without_them(world, written, otherwise):
    """It does not always go back."""
    world.ask(approval(**written))
    assert otherwise == world.question().evidence.get("otherwise")


def test_a_question_that_cannot_be_closed_does_not_pass(world):
    """Then it is not over yet: somebody may still decide."""
    check = approval(timeout="1h")
    world.ask(check)
    world.now += HOUR
    world.server.faults.fail("dynamodb", "UpdateItem")
    assert Outcome.ERROR is world.ask(check).outcome


def test_people_are_not_asked_about_what_nobody_can_tell_them(world):
    """What changes belongs to the question."""
    world.server.faults.fail("ecs", "DescribeServiceRevisions")
    result = world.ask(approval())

    assert (Outcome.ERROR, None) == (result.outcome, world.question())
    assert "people cannot be told what changes" in result.summary


def test_a_revision_that_is_gone_fails(world):
    """ECS would say the same again."""
    result = world.ask(approval(), deployment=Deployment(DEPLOYMENT, OTHER + "9"))
    assert Outcome.FAILED is result.outcome


def test_what_people_are_shown_stays_small(world):
    """A few KB, whatever the checks had to say."""
    many = [type(FINDINGS[0])(f"c{number}", "smoke", Outcome.PASSED, "x" * 5000, blocking=True) for number in range(50)]
    world.ask(approval(), findings=many)
    evidence = world.question().evidence

    assert "and 30 more" == evidence["findings"][-1]
    assert 10_000 > len(str(evidence))


def test_a_first_deployment_asks_nobody():
    """Unless the file says so: the engine asks the check for its opinion."""
    assert "nobody uses the service yet" == approval().skip_on_create()


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"timeout": "24h"}, "has to be from 1m to 23h"),
        ({"timeout": "59s"}, "has to be from 1m to 23h"),
        ({"timeout": 3600}, "is no duration"),
        ({"approvers": 0}, "has to be at least 1"),
        ({"approvers": 11}, "has to be at most 10"),
        ({"message": ""}, "it needs 1 or more characters"),
        ({"message": "x" * 501}, "at most 500"),
        ({"name": "pause"}, "choose another `name`"),
        ({"deadline": "4h"}, "write `timeout`"),
        ({"users": ["ann"]}, "a matter of IAM"),
    ],
)
def test_settings_that_make_no_sense_are_told(written, words):
    """Before anything is deployed."""
    with pytest.raises(DocumentError) as error:
        approval(**written)
    assert words in str(error.value)


def test_it_asks_dynamodb_as_little_as_it_can(world):
    """ECS calls every minute, for hours."""
    check = approval()
    world.ask(check)
    before = world.server.faults.calls()
    world.ask(check)
    assert 1 == world.server.faults.calls() - before
