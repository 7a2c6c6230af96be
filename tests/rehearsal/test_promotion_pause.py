"""The promotion gate as a PAUSE hook of ECS."""

import pytest

from greenlight.record import ApprovalState
from rehearsal.controller import events
from tests.rehearsal.promotions import BEFORE, HEALTH, deployed
from tests.rehearsal.test_promotion import ASKED, BACK, DECIDED, LINEAR, WELL

GATES = {BEFORE: {"smoke": {"suite": HEALTH}}}


class Person:
    """Somebody who answers whatever question reaches the topic, with the command that it tells."""

    def __init__(self, stack, verb="approve"):
        self.stack, self.verb = stack, verb
        self.seen, self.outputs = len(stack.messages()), []

    def __call__(self, event):
        """Look at the topic."""
        if not isinstance(event, events.EventDelivered):
            return
        for message in self.stack.messages()[self.seen :]:
            self.seen += 1
            if ASKED in message.subject:
                deployment = next(
                    word.rpartition("/")[2] for word in message.message.split() if ":service-deployment/" in word
                )
                self.outputs.append(self.stack.decide(self.verb, deployment))


@pytest.fixture(scope="module")
def stack():
    """One whose service waits at a PAUSE hook of ECS."""
    with deployed(ApprovalHook="PAUSE", ApprovalHookTimeoutMinutes="10") as stack:
        created = stack.deploy(GATES, watch=Person(stack))
        assert WELL == created.ending, created.result.explanation
        yield stack


def test_somebody_lets_ecs_go_on(stack):
    """The same notification, the same command; ECS is told, and the record knows who."""
    person = Person(stack)
    played = stack.deploy(GATES, watch=person)
    assert WELL == played.ending
    assert 1 == len(played.subjects(ASKED))
    assert [0] == [output.exit_code for output in person.outputs], person.outputs[0].output
    question = played.question("pause")
    assert (ApprovalState.APPROVED, 1) == (question.state, len(question.decisions))
    assert 1 == len(played.subjects(*DECIDED))


def test_somebody_lets_ecs_roll_back(stack):
    """With a reason that the record keeps."""
    played = stack.deploy(GATES, watch=Person(stack, "reject"))
    assert BACK == played.ending
    question = played.question("pause")
    assert (ApprovalState.REJECTED, "as I see it") == (question.state, question.decisions[0].comment)


def test_each_step_of_a_canary_pauses_and_people_are_asked_once(stack):
    """ECS pauses anew at each step; what was decided at the first one answers the others."""
    person = Person(stack)
    played = stack.deploy(GATES, watch=person, **LINEAR)
    assert WELL == played.ending, played.result.explanation
    assert 1 == len(person.outputs)
    assert 1 == len(played.subjects(ASKED))


def test_nobody_answers_ecs(stack):
    """ECS's own time-out rolls back, and the question is closed."""
    played = stack.deploy(GATES)
    assert BACK == played.ending
    assert ApprovalState.CLOSED is played.question("pause").state
