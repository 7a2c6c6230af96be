"""The checks of a gate, side by side inside the time that there is."""

import threading
import time

import pytest

from greenlight.checks import CheckResult, Outcome
from greenlight.deployment import Deployment
from greenlight.gates import CheckProgress, Progress, run_gate
from tests.unit.fakes import DEPLOYMENT_ARN, GREEN_ARN, check, deployment, gate, proof

START = Progress(since=1_700_000_000.0)


def run(made, *, progress=START, about=None, seconds=20.0):
    """The records of a gate, by the name of their check."""
    deadline = time.monotonic() + seconds
    found = run_gate(made, about or deployment(), progress, deadline=deadline, run_id="d1")
    return {record.named.name: record for record in found}


def outcomes(records):
    """What each check answered."""
    return {name: str(record.result.outcome) for name, record in records.items()}


class Panic(BaseException):
    """What an extension module raises when it panics; not an Exception."""


@pytest.fixture
def stuck():
    """A check's work that does not end before the test does."""
    released = threading.Event()

    def work(_):
        released.wait(30)
        return CheckResult(Outcome.PASSED, "late")

    yield work
    released.set()


def test_every_check_is_asked_in_the_order_of_the_file():
    """And each record has its check's answer."""
    made = gate(b=check(Outcome.PASSED), a=check(Outcome.FAILED), c=check(Outcome.INCONCLUSIVE))
    records = run(made)
    assert ["b", "a", "c"] == list(records)
    assert {"b": "passed", "a": "failed", "c": "inconclusive"} == outcomes(records)
    assert all(record.fresh and record.seconds < 5 for record in records.values())


def test_checks_run_side_by_side():
    """Each of them waits for the others, so one after the other would never end."""
    together = threading.Barrier(3)

    def meet(_):
        together.wait(10)
        return CheckResult(Outcome.PASSED, "met")

    assert {"a": "passed", "b": "passed", "c": "passed"} == outcomes(
        run(gate(a=check(meet), b=check(meet), c=check(meet)))
    )


def test_a_check_is_told_what_it_may_know():
    """Its stage, the deployment, a deadline that leaves time for the rest, the run's name and its own memory."""
    asked = check(Outcome.PASSED)
    about = deployment()
    progress = Progress(since=1.0, checks={"a": CheckProgress(Outcome.INCONCLUSIVE, memory={"seen": 5})})
    before = time.monotonic()
    run(gate(a=asked), progress=progress, about=about, seconds=20)
    (context,) = asked.asked
    assert ("POST_TEST_TRAFFIC_SHIFT", about, "d1", {"seen": 5}) == (
        context.stage,
        context.deployment,
        context.run_id,
        context.memory,
    )
    assert before + 15 < context.deadline < before + 20


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED])
def test_an_answer_that_settled_is_kept(outcome):
    """It is not asked for again, and it is known to be an earlier invocation's."""
    asked = check(Outcome.ERROR)
    stood = CheckProgress(outcome, 0, "as before", {"seen": 5})
    record = run(gate(a=asked), progress=Progress(since=1.0, checks={"a": stood}))["a"]
    assert [] == asked.asked
    assert (outcome, "as before", {"seen": 5}) == (record.result.outcome, record.result.summary, record.result.memory)
    assert (stood, False, True, 0.0) == (record.progress, record.fresh, record.settled, record.seconds)


@pytest.mark.parametrize("outcome", [Outcome.ERROR, Outcome.INCONCLUSIVE])
def test_an_answer_that_did_not_settle_is_asked_for_again(outcome):
    """And errors in a row are counted on."""
    asked = check(Outcome.ERROR)
    progress = Progress(since=1.0, checks={"a": CheckProgress(outcome, 2 if outcome is Outcome.ERROR else 0)})
    record = run(gate(a=asked), progress=progress)["a"]
    assert 1 == len(asked.asked)
    assert (3 if outcome is Outcome.ERROR else 1) == record.progress.errors


def test_answers_of_checks_that_are_gone_are_dropped():
    """Only what stands in the gate has a say."""
    progress = Progress(since=1.0, checks={"old": CheckProgress(Outcome.FAILED)})
    assert {"a": "passed"} == outcomes(run(gate(a=check(Outcome.PASSED)), progress=progress))


def test_a_slow_check_is_an_error_and_the_others_keep_their_answers(stuck):
    """It could not be asked in time; what it remembered is not lost, and nobody waits for it."""
    progress = Progress(since=1.0, checks={"slow": CheckProgress(Outcome.ERROR, 1, "before", {"seen": 5})})
    started = time.monotonic()
    records = run(gate(slow=check(stuck), quick=check(Outcome.PASSED)), progress=progress, seconds=1.0)
    assert time.monotonic() - started < 10
    assert {"slow": "error", "quick": "passed"} == outcomes(records)
    assert (2, {"seen": 5}) == (records["slow"].progress.errors, records["slow"].progress.memory)
    assert "did not answer within the 1 s left in this invocation; raise the function's time-out" == (
        records["slow"].result.summary
    )


def test_every_slow_check_tells_how_long_it_had(stuck):
    """The second one had as long as the first: they run side by side."""
    records = run(gate(a=check(stuck), b=check(stuck)), seconds=1.0)
    assert records["a"].result.summary == records["b"].result.summary
    assert records["b"].seconds == pytest.approx(1.0, abs=0.3)


def broken(error):
    """The work of a check that raises."""

    def work(_):
        raise error

    return work


@pytest.mark.parametrize("error", [ValueError("secret"), KeyError("a"), RecursionError(), Panic("!"), SystemExit(1)])
def test_a_check_that_breaks_has_failed(error):
    """With the kind of trouble and its place, and without its text; the others keep their answers."""
    records = run(gate(a=check(broken(error)), b=check(Outcome.PASSED)))
    assert {"a": "failed", "b": "passed"} == outcomes(records)
    summary = records["a"].result.summary
    assert f"broke: {type(error).__name__} at test_engine.py:" in summary
    assert "secret" not in summary
    assert error is records["a"].error


def test_a_record_says_whether_it_blocks():
    """As its settings have it."""
    records = run(gate(a=check(Outcome.FAILED), b=check(Outcome.FAILED, severity="warning")))
    assert (True, False) == (records["a"].blocking, records["b"].blocking)


@pytest.mark.parametrize(
    ("on_create", "no_sense", "is_create", "expected"),
    [
        (None, None, True, "passed"),
        (None, None, False, "passed"),
        (None, "there is no blue", True, "skipped"),
        (None, "there is no blue", False, "passed"),
        ("run", "there is no blue", True, "passed"),
        ("skip", None, True, "skipped"),
        ("skip", None, False, "passed"),
    ],
)
def test_a_first_deployment_may_leave_a_check_out(on_create, no_sense, is_create, expected):
    """As the settings say, else as the kind of check knows; an update never does."""
    asked = check(Outcome.PASSED, no_sense_on_create=no_sense, on_create=on_create)
    record = run(gate(a=asked), about=deployment(is_create=is_create))["a"]
    assert expected == record.result.outcome
    assert (0 if expected == "skipped" else 1) == len(asked.asked)
    if expected == "skipped":
        assert f"the service's first deployment ({no_sense or 'on_create: skip'})" == record.result.summary


def test_whether_it_is_a_create_is_asked_only_where_it_matters(aws_api):
    """A check that runs in any case costs no call of AWS."""
    about = Deployment(DEPLOYMENT_ARN, GREEN_ARN)
    made = gate(a=check(Outcome.PASSED), b=check(Outcome.PASSED, on_create="run", no_sense_on_create="why"))
    assert {"a": "passed", "b": "passed"} == outcomes(run(made, about=about))
    assert (False, 0) == (about.asked, aws_api.faults.calls())


@pytest.mark.parametrize(("denied", "outcome"), [(True, "error"), (False, "failed")])
def test_not_knowing_whether_it_is_a_create_is_no_pass(aws_api, denied, outcome):
    """Passing trouble is an error; a deployment that ECS does not know is a failure; the check is not run on a guess."""
    if denied:
        aws_api.faults.deny("ecs", "DescribeServiceDeployments")
    asked = check(Outcome.PASSED, on_create="skip")
    record = run(gate(a=asked), about=Deployment(DEPLOYMENT_ARN, GREEN_ARN))["a"]
    assert (outcome, []) == (record.result.outcome, asked.asked)
    assert record.result.summary.startswith("cannot tell whether this is the service's first deployment: ")


@pytest.mark.parametrize(
    ("outcome", "settings", "asked"),
    [
        (Outcome.PASSED, {}, 1),
        (Outcome.SKIPPED, {}, 1),
        (Outcome.FAILED, {}, 0),
        (Outcome.INCONCLUSIVE, {}, 0),
        (Outcome.ERROR, {}, 0),
        (Outcome.ERROR, {"on_error": "pass"}, 1),
        (Outcome.FAILED, {"severity": "warning"}, 1),
        (Outcome.ERROR, {"dry_run": True}, 1),
    ],
)
def test_nobody_asks_over_a_listener_before_it_is_known_where_it_leads(outcome, settings, asked):
    """An answer of blue would settle, and pass for green's when the rule is mended."""
    web = check(Outcome.PASSED)
    records = run(gate(web=web, routing=proof(outcome, **settings)))
    assert asked == len(web.asked)
    assert ["web", "routing"] == list(records)
    if not asked:
        assert ("inconclusive", "waits until routing has passed") == (
            str(records["web"].result.outcome),
            records["web"].result.summary,
        )


def test_a_check_that_waits_forgets_nothing():
    """Neither what it had found out, nor an answer that was settled."""
    before = {
        "web": CheckProgress(Outcome.ERROR, 2, "", {"tests": "AQ"}),
        "api": CheckProgress(Outcome.PASSED, 0, "4 of 4"),
    }
    made = gate(routing=proof(Outcome.ERROR), web=check(Outcome.PASSED), api=check(Outcome.FAILED))
    records = run(made, progress=Progress(since=1_700_000_000.0, checks=before))
    assert {"tests": "AQ"} == records["web"].progress.memory
    assert {"routing": "error", "web": "inconclusive", "api": "passed"} == outcomes(records)
