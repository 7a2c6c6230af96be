"""Whatever people, hooks and time do, and in whatever order, a question has one answer, and keeps it."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenlight.checks import Outcome
from greenlight.record import ApprovalState, DecisionRefusedError, Waited, approvals
from tests.record_tables import remove
from tests.unit.checks.approval.asking import NOON, PEOPLE, approval

_DECIDED = {ApprovalState.APPROVED: Outcome.PASSED, ApprovalState.REJECTED: Outcome.FAILED}

_moves = st.one_of(
    st.tuples(st.just("ask"), st.none()),
    st.tuples(st.just("approve"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("reject"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("close"), st.none()),
    st.tuples(st.just("wait"), st.sampled_from([1, 1800, 3600])),
)


class _Play:
    """A question, and what was made of it so far."""

    def __init__(self, world, needed):
        self.world, self.check = world, approval(timeout="1h", approvers=needed)
        self.accepted, self.answers, self.new = [], [], 0

    def move(self, what, argument):
        """Do one thing, a second after the one before."""
        self.world.now += 1
        question = self.world.question()
        if what == "ask":
            result = self.world.ask(self.check)
            self.new += bool(result.details["approval"]["is_new"])
            if result.outcome in {Outcome.PASSED, Outcome.FAILED}:
                self.answers.append(result.outcome)
        elif what == "wait":
            self.world.now += argument
        elif question is not None and what == "close":
            approvals.close(self.world.table, question, Waited.EXPIRED)
        elif question is not None:
            with suppress(DecisionRefusedError):
                self.world.decide(argument, approves=what == "approve", question=question)
                self.accepted.append((argument, what == "approve"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(needed=st.integers(1, 3), moves=st.lists(_moves, max_size=14))
def test_any_order_has_one_answer(world, needed, moves):
    """People are asked once; nobody counts twice; nothing counts after the answer; and the check says what holds."""
    for entry in world.table.query("d1"):
        remove(world.table, "d1", entry["entry"])
    world.now = NOON
    play = _Play(world, needed)
    states = []
    for what, argument in [("ask", None), *moves]:
        play.move(what, argument)
        states.append(world.question().state)

    found = world.question()
    settled = [state for state in states if state is not ApprovalState.OPEN]
    assert 1 >= len(set(settled))
    assert settled == states[len(states) - len(settled) :]
    assert 1 == play.new
    assert play.accepted == [(each.who, each.approves) for each in found.decisions]
    assert len({who for who, _ in play.accepted}) == len(play.accepted)
    yes = sum(approves for _, approves in play.accepted)
    assert (found.approvals, found.rejected) == (yes, len(play.accepted) > yes)
    assert needed >= yes
    assert (ApprovalState.APPROVED is found.state) == (yes == needed)
    assert [_DECIDED.get(found.state)] * len(play.answers) == play.answers
