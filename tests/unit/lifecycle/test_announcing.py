"""What a call came to is told within its time, people first, and whatever happens the verdict stands."""

import json
import threading
import time
from itertools import count

import boto3
import pytest

from greenlight import clock
from greenlight.checks import CheckResult, Files, Outcome
from greenlight.checks.approval import ApprovalSettings, prepare_approval
from greenlight.documents import Document
from greenlight.gates import CheckProgress, HookStatus, Record, Verdict
from greenlight.gates.loading import NamedCheck
from greenlight.lifecycle import announcing
from greenlight.lifecycle.event import parse_event
from greenlight.lifecycle.invocation import Caller, HookSettings, answer
from greenlight.lifecycle.remembering import entry_of
from greenlight.record import Approval, approvals
from greenlight.telling import Channels
from rehearsal.aws import told
from tests.record_tables import record_table
from tests.unit.lifecycle.calls import BLUE, FUNCTION, GREEN, POST_TEST, call

EVENT = parse_event(call())
_numbers = count()


@pytest.fixture
def table(module_aws_api):
    """A table of the test's own."""
    yield record_table(f"announced-{next(_numbers)}")
    module_aws_api.faults.clear()


def record(name):
    """An approval check that was just asked and has no answer."""
    document = Document("gates.yaml", {})
    check = prepare_approval(ApprovalSettings(name=name), POST_TEST, Files(document, lambda _: document))
    return Record(NamedCheck(name, check), CheckResult(Outcome.INCONCLUSIVE, "somebody asked"), CheckProgress())


def ask_people(table, name):
    """Let the record know of a question."""
    now = clock.now()
    question = Approval(
        deployment=EVENT.deployment_id,
        name=name,
        deployment_arn=EVENT.deployment_arn,
        service="orders",
        green=GREEN,
        stage=POST_TEST,
        requested_at=now,
        expires_at=now + 3600,
    )
    approvals.request(table, question)


def announce(channels, table, names, *, seconds):
    """Tell of a gate with approvals that wait; return how long it took."""
    verdict = Verdict(HookStatus.IN_PROGRESS, "waiting", 30, [record(name) for name in names])
    entry = entry_of(EVENT, None, verdict, attempt=1, function=FUNCTION, report="", state={})
    started = time.monotonic()
    announcing.announce(channels, table, verdict, entry, None, deadline=started + seconds)
    return time.monotonic() - started


@pytest.mark.parametrize("seconds", [-5.0, 0.0, 0.3])
def test_many_things_that_hang_do_not_add_up(table, monkeypatch, seconds):
    """Together they end before the handler gives the invocation up, which would be FAILED."""
    silent = threading.Event()
    for name in ("verdict_told", "approval_asked"):
        monkeypatch.setattr(announcing, name, lambda *_, **__: silent.wait(60))
    names = [f"team-{number}" for number in range(8)]
    took = announce(Channels("topic", "bus"), table, names, seconds=seconds)
    silent.set()
    assert took < max(seconds, 0.0) + 0.5


def test_people_are_asked_though_nobody_reaches_the_bus(module_aws_api, table):
    """A subnet without an endpoint for EventBridge must not keep the question from people."""
    module_aws_api.faults.delay("events", "*", 30)
    topic = boto3.client("sns").create_topic(Name=f"people-{next(_numbers)}")["TopicArn"]
    ask_people(table, "team")
    announce(Channels(topic, "default"), table, ["team"], seconds=3.0)
    (message,) = told.published(topic)
    assert "approval wanted" in message.subject


@pytest.mark.parametrize("values", [{}, {"needed": "many"}, {"decisions": ["x"]}])
def test_an_entry_that_makes_no_sense_is_no_verdict(table, log, values):
    """Somebody wrote it by hand; what was judged stays, and the log says what is wrong."""
    table.put_new(EVENT.deployment_id, "approval#team", values)
    announce(Channels("arn:aws:sns:eu-west-1:123456789012:people"), table, ["team"], seconds=5.0)
    assert any("cannot be read" in line.get("problem", "") for line in log())


def test_a_defect_does_not_get_out(table, monkeypatch, log):
    """Neither here."""
    monkeypatch.setattr(announcing, "verdict_told", lambda *_, **__: 1 / 0)
    announce(Channels("topic", "bus"), table, [], seconds=5.0)
    assert any("a defect in Greenlight" in line["message"] for line in log())


@pytest.mark.parametrize(
    ("gates", "subjects"),
    [
        ("file:/no/gates.yaml", ["Greenlight: orders: SUCCEEDED with a warning at PRODUCTION_TRAFFIC_SHIFT"]),
        ({"version": 1, "pre_scale_up": {"alarms": {"names": ["x"]}}}, []),
    ],
)
def test_people_hear_of_what_did_not_follow_the_traffic_back(module_aws_api, table, gates, subjects):
    """Workers may still be with the revision that was given up; a way back on which nothing was left is an event alone."""
    topic = boto3.client("sns").create_topic(Name=f"people-{next(_numbers)}")["TopicArn"]
    deployment = f"back-{next(_numbers)}"
    event = call(
        "PRODUCTION_TRAFFIC_SHIFT",
        deployment=deployment,
        production={GREEN: 0, BLUE: 100},
        details={"gates": gates},
    )
    settings = HookSettings("PRODUCTION_TRAFFIC_SHIFT", record=table, channels=Channels(topic, "default"))
    reply = answer(event, settings, Caller(FUNCTION, time.monotonic() + 20.0))

    assert "SUCCEEDED" == reply["hookStatus"]
    assert subjects == [each.subject for each in told.published(topic)]
    events = told.events_put(module_aws_api.account_id, module_aws_api.region)
    details = [json.loads(each["Detail"]) for each in events]
    assert ["SUCCEEDED"] == [each["status"] for each in details if each["deployment"] == deployment]
