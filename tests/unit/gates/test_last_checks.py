"""People, and then users' traffic, come last: when everything that a machine can tell has passed."""

import threading
import time
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from greenlight import clock
from greenlight.checks import CheckResult, CheckSettings, Outcome
from greenlight.gates import (
    ERROR_BUDGET,
    Around,
    CheckProgress,
    HookStatus,
    Progress,
    decide,
    run_gate,
    run_on_rollback,
)
from tests.unit.fakes import FakeCheck, check, deployment, gate

NOW = 1_700_000_000.0
START = Progress(since=NOW)


@dataclass
class Approval(FakeCheck):
    """A check that asks people."""

    kind: ClassVar[str] = "approval"


@dataclass
class TrafficSteps(FakeCheck):
    """A check that moves traffic."""

    kind: ClassVar[str] = "traffic_steps"
    moves_traffic: ClassVar[bool] = True


@dataclass
class Follower(FakeCheck):
    """A check that has work to do on the way back."""

    runs_on_rollback: ClassVar[bool] = True


@pytest.fixture
def now():
    """A clock that the test sets."""
    time_of_day = [NOW]
    token = clock.source.set(lambda: time_of_day[0])
    yield time_of_day
    clock.source.reset(token)


def answering(kind, outcome, **result):
    """A check of one of the last kinds."""
    made = CheckResult(outcome, f"it {outcome}", **result)
    return kind(lambda _: made, CheckSettings())


def run(made, *, progress=START, seconds=20.0, **around):
    """The records of a gate, in its order."""
    deadline = time.monotonic() + seconds
    return run_gate(made, deployment(), progress, deadline=deadline, run_id="d1", around=Around(**around))


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.ERROR])
def test_nobody_is_asked_before_the_others_passed(outcome):
    """Nor is any traffic moved."""
    approval, steps = answering(Approval, Outcome.PASSED), answering(TrafficSteps, Outcome.PASSED)
    records = run(gate(steps=steps, approval=approval, web=check(outcome)))
    assert ["steps", "approval", "web"] == [record.named.name for record in records]
    assert [] == approval.asked + steps.asked
    assert "waits until the other checks have passed" == records[0].result.summary == records[1].result.summary


def test_traffic_waits_for_people():
    """And people for machines."""
    steps = answering(TrafficSteps, Outcome.PASSED)
    records = run(gate(steps=steps, approval=answering(Approval, Outcome.INCONCLUSIVE), web=check(Outcome.PASSED)))
    assert [] == steps.asked
    assert ["inconclusive", "inconclusive", "passed"] == [str(record.result.outcome) for record in records]


def test_whoever_is_asked_last_sees_what_the_others_said():
    """The evidence that a person decides on."""
    approval = answering(Approval, Outcome.PASSED)
    run(
        gate(approval=approval, web=check(Outcome.PASSED), cpu=check(Outcome.FAILED, severity="warning")),
        service="orders",
    )
    context = approval.asked[0]
    assert "orders" == context.service
    assert [("web", "passed", True), ("cpu", "failed", False)] == [
        (each.name, str(each.outcome), each.blocking) for each in context.findings
    ]


@pytest.mark.parametrize(
    ("outcome", "settings", "over", "errors", "asked"),
    [
        (Outcome.SKIPPED, {}, False, 0, True),
        (Outcome.FAILED, {"severity": "warning"}, False, 0, True),
        (Outcome.FAILED, {"dry_run": True}, False, 0, True),
        (Outcome.INCONCLUSIVE, {"severity": "warning"}, False, 0, False),
        (Outcome.INCONCLUSIVE, {"severity": "warning"}, True, 0, True),
        (Outcome.INCONCLUSIVE, {"on_timeout": "pass"}, False, 0, False),
        (Outcome.INCONCLUSIVE, {"on_timeout": "pass"}, True, 0, True),
        (Outcome.INCONCLUSIVE, {"on_timeout": "fail"}, True, 0, False),
        (Outcome.ERROR, {"on_error": "pass"}, False, 0, False),
        (Outcome.ERROR, {"on_error": "pass"}, False, ERROR_BUDGET - 1, True),
        (Outcome.ERROR, {"on_error": "fail"}, False, ERROR_BUDGET - 1, False),
        (Outcome.ERROR, {"severity": "warning"}, False, ERROR_BUDGET - 1, True),
    ],
)
def test_what_keeps_people_from_being_asked(outcome, settings, over, errors, asked):
    """Whatever the verdict itself would wait for, or fail by."""
    approval = answering(Approval, Outcome.PASSED)
    progress = replace(START, checks={"web": CheckProgress(Outcome.ERROR, errors)})
    run(gate(approval=approval, web=check(outcome, **settings)), progress=progress, over=over)
    assert asked is bool(approval.asked)


def test_a_doomed_check_lets_nobody_be_asked():
    """It can only end in a failure."""
    approval = answering(Approval, Outcome.PASSED)
    doomed = CheckResult(Outcome.INCONCLUSIVE, "one test failed", doomed=True)
    run(gate(approval=approval, web=check(doomed, on_timeout="pass")), over=True)
    assert [] == approval.asked


def test_a_warning_holds_nobody_up_beyond_the_deadline():
    """Not even one that can only end in a failure, which would only be reported."""
    approval = answering(Approval, Outcome.PASSED)
    doomed = CheckResult(Outcome.INCONCLUSIVE, "one test failed", doomed=True)
    made = gate(approval=approval, web=check(doomed, severity="warning"))
    run(made)
    assert [] == approval.asked
    run(made, over=True)
    assert 1 == len(approval.asked)


def test_traffic_has_the_time_that_people_have(now):
    """The gate's deadline is long over while somebody still thinks."""
    steps = answering(TrafficSteps, Outcome.PASSED)
    made = gate(steps=steps, approval=answering(Approval, Outcome.INCONCLUSIVE, until=NOW + 7200))
    now[0] = NOW + 3600
    records = run(made, over=True)
    assert [] == steps.asked
    assert HookStatus.IN_PROGRESS is decide(records, now=NOW + 3600, deadline=NOW + 1800).status


@pytest.mark.parametrize(("on_timeout", "asked", "status"), [("pass", 1, "SUCCEEDED"), ("fail", 0, "FAILED")])
def test_when_peoples_time_is_over_on_timeout_says_whether_traffic_moves(now, on_timeout, asked, status):
    """Silence is a yes only where the gates file says so."""
    steps = answering(TrafficSteps, Outcome.PASSED)
    waits = CheckResult(Outcome.INCONCLUSIVE, "nobody decided", until=NOW + 7200)
    made = gate(steps=steps, approval=Approval(lambda _: waits, CheckSettings(on_timeout=on_timeout)))
    now[0] = NOW + 7200
    records = run(made, over=True)
    assert asked == len(steps.asked)
    assert status == decide(records, now=NOW + 7200, deadline=NOW + 1800).status


def test_with_little_time_the_next_call_asks():
    """A question that is cut off would count as an error."""
    approval = answering(Approval, Outcome.PASSED)
    records = run(gate(approval=approval, web=check(Outcome.PASSED)), seconds=1.0)
    assert [] == approval.asked
    assert (Outcome.INCONCLUSIVE, 0.0) == (records[0].result.outcome, records[0].result.retry_after)
    assert 5 == decide(records, now=NOW, deadline=NOW + 1800).delay


def test_what_was_remembered_is_kept_while_it_waits():
    """A traffic step that waits for another check again must not lose what it moved."""
    steps = answering(TrafficSteps, Outcome.PASSED)
    progress = replace(START, checks={"steps": CheckProgress(Outcome.INCONCLUSIVE, memory={"shifted": True})})
    records = run(gate(steps=steps, web=check(Outcome.ERROR)), progress=progress)
    assert {"shifted": True} == records[0].progress.memory


def test_a_question_that_was_cut_off_keeps_its_time():
    """The gate's deadline is long over, and people still have theirs."""
    stuck = threading.Event()
    approval = Approval(lambda _: stuck.wait(10), CheckSettings())
    progress = replace(START, checks={"approval": CheckProgress(Outcome.INCONCLUSIVE, until=NOW + 7200)})
    records = run(gate(approval=approval, web=check(Outcome.PASSED)), progress=progress, seconds=2.2)
    stuck.set()
    assert Outcome.ERROR is records[0].result.outcome
    assert HookStatus.IN_PROGRESS is decide(records, now=NOW + 3600, deadline=NOW + 1800).status


def test_a_time_of_its_own_outlives_the_gates_deadline():
    """People take longer than machines; the gate's deadline is for those."""
    records = run(gate(approval=answering(Approval, Outcome.INCONCLUSIVE, until=NOW + 7200), web=check(Outcome.PASSED)))
    assert HookStatus.IN_PROGRESS is decide(records, now=NOW + 3600, deadline=NOW + 1800).status
    late = decide(records, now=NOW + 7200, deadline=NOW + 1800)
    assert (HookStatus.FAILED, "approval had no answer by the deadline, on_timeout: fail; last: it inconclusive") == (
        late.status,
        late.reason,
    )


def test_the_next_call_comes_before_a_time_of_its_own_is_over():
    """The delay is bounded by whatever comes first."""
    result = {"until": NOW + 40, "retry_after": 60.0}
    records = run(gate(approval=answering(Approval, Outcome.INCONCLUSIVE, **result), web=check(Outcome.PASSED)))
    assert 40 == decide(records, now=NOW, deadline=NOW + 1800).delay


def test_on_the_way_back_only_what_follows_the_traffic_is_asked():
    """A rollback is no time for questions."""
    follower = Follower(lambda _: CheckResult(Outcome.PASSED, "written"))
    other = check(Outcome.FAILED)
    records = run_on_rollback(
        gate(switch=follower, web=other), deployment(), deadline=time.monotonic() + 5, run_id="d1", around=Around()
    )
    assert ["switch"] == [record.named.name for record in records]
    assert [] == other.asked
