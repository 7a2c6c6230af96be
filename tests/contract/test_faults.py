"""Every function with every fault, on create, update and rollback: a valid reply with the hookStatus that the design demands."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from botocore.config import Config

from greenlight import aws
from greenlight.gates.loading import PROVEN_STAGES
from greenlight.record import Table, verdicts
from rehearsal.aws.told import published
from tests.contract.support import GATES, SITUATIONS, STAGES, SWITCH, Setting
from tests.record_tables import record_table

_numbers = count()
Prepare = Callable[[Setting, dict[str, Any]], Any]


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong, and what the reply to it has to be.

    Attributes:
        prepare: Makes it go wrong; returns the event to send, or None for the one that it was given.
        status: The hookStatus of the first reply; what was not checked never passes.
        words: What the reason has to name.
        seconds: The time that the function has left.
        unless_skipped: Whether a check that is skipped on create never meets the fault.
        gates: The function's environment variable GATES.
        rollback: The hookStatus where ECS is rolling back.
    """

    prepare: Prepare
    status: str
    words: str
    seconds: float = 60
    unless_skipped: bool = False
    gates: str = ""
    rollback: str = "SUCCEEDED"


def _throttle(setting: Setting, _: dict[str, Any]) -> None:
    setting.world.aws.faults.fail("ecs", "*")


def _deny(setting: Setting, _: dict[str, Any]) -> None:
    for operation in ("DescribeServiceDeployments", "DescribeServiceRevisions"):
        setting.world.aws.faults.deny("ecs", operation)


def _deny_rules(setting: Setting, _: dict[str, Any]) -> None:
    setting.world.aws.faults.deny("elbv2", "DescribeRules")


def _hang(setting: Setting, _: dict[str, Any]) -> None:
    setting.world.aws.faults.delay("ecs", "*", 20)


def _garble(setting: Setting, _: dict[str, Any]) -> None:
    setting.world.aws.faults.garble("ecs", "*")


def _no_listener(setting: Setting, _: dict[str, Any]) -> None:
    record = setting.world.store.revision(setting.green.arn)
    for balancer in record["loadBalancers"]:
        del balancer["advancedConfiguration"]["testListenerRule"]
        del balancer["advancedConfiguration"]["productionListenerRule"]
    setting.world.store.put_revision(record)


def _gates(value: Any) -> Prepare:
    def prepare(_: Setting, event: dict[str, Any]) -> None:
        event["hookDetails"]["gates"] = value

    return prepare


def _s3_gates(key: str, body: bytes | None, *, trouble: str = "") -> Prepare:
    def prepare(setting: Setting, event: dict[str, Any]) -> None:
        s3 = setting.world.aws.client("s3")
        place = {"CreateBucketConfiguration": {"LocationConstraint": setting.world.aws.region}}
        if "gates" not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
            s3.create_bucket(Bucket="gates", **place)
        if body is not None:
            s3.put_object(Bucket="gates", Key=key, Body=body)
        if trouble == "denied":
            setting.world.aws.faults.deny("s3", "GetObject")
        elif trouble == "throttled":
            setting.world.aws.faults.fail("s3", "GetObject", "SlowDown", status=503)
        event["hookDetails"]["gates"] = f"s3://gates/{key}"

    return prepare


def _set(key: str, value: Any) -> Prepare:
    def prepare(_: Setting, event: dict[str, Any]) -> None:
        event[key] = value

    return prepare


def _drop(*keys: str) -> Prepare:
    def prepare(_: Setting, event: dict[str, Any]) -> None:
        for key in keys:
            event.pop(key, None)
            event["executionDetails"].pop(key, None) if "executionDetails" in event else None

    return prepare


def _without_gates(_: Setting, event: dict[str, Any]) -> None:
    del event["hookDetails"]["gates"]


FAULTS = {
    "AWS throttled": Fault(_throttle, "IN_PROGRESS", "was throttled"),
    "access denied": Fault(_deny, "IN_PROGRESS", "to the function's role"),
    "access denied to the load balancer": Fault(
        _deny_rules, "IN_PROGRESS", "elasticloadbalancing:DescribeRules", unless_skipped=True
    ),
    "AWS does not answer": Fault(_hang, "IN_PROGRESS", "did not answer within", seconds=3),
    "malformed reply": Fault(_garble, "IN_PROGRESS", "makes no sense"),
    "no listener rule": Fault(_no_listener, "FAILED", "ListenerRule", unless_skipped=True),
    "gates file missing": Fault(_gates("file:nowhere.yaml"), "FAILED", "file:nowhere.yaml: cannot be read"),
    "gates file missing in S3": Fault(
        _s3_gates("nowhere.yaml", None), "FAILED", "s3://gates/nowhere.yaml: cannot be read"
    ),
    "gates file unreadable": Fault(_s3_gates("a.yaml", b"", trouble="denied"), "FAILED", "s3:GetObject"),
    "gates file throttled": Fault(_s3_gates("a.yaml", b"", trouble="throttled"), "IN_PROGRESS", "was throttled"),
    "gates file not text": Fault(_s3_gates("b.yaml", b"name: \xff\xfe"), "FAILED", "is not UTF-8 text"),
    "gates file not YAML": Fault(_s3_gates("c.yaml", b"version: [1"), "FAILED", "is not valid YAML"),
    "gates file wrong": Fault(
        _s3_gates("d.yaml", b"version: 1\nstages: {}\n"), "FAILED", 'd.yaml:2 stages: unknown key "stages"'
    ),
    "gates neither object nor location": Fault(_gates(7), "FAILED", "hookDetails.gates: is neither"),
    "gates location of no known form": Fault(
        _gates("http://x/y"), "FAILED", 'hookDetails.gates: "http://x/y" is no location'
    ),
    "function's GATES of no known form": Fault(_without_gates, "FAILED", "the function's GATES", gates="gates.yaml"),
    "no gate for the stage": Fault(
        _gates({"version": 1, "post_scale_up": {"smoke": {"suite": {}}}}), "FAILED", "has no gate for"
    ),
    "gate without checks": Fault(
        _gates({"version": 1} | {stage.lower(): {} for stage in STAGES}), "FAILED", "has no checks"
    ),
    "event cut short": Fault(
        _drop("targetServiceRevisionArn"), "FAILED", "targetServiceRevisionArn", rollback="FAILED"
    ),
    "event without stage": Fault(_drop("lifecycleStage"), "FAILED", "lifecycleStage", rollback="FAILED"),
    "event without details": Fault(_drop("executionDetails"), "FAILED", "serviceArn", rollback="FAILED"),
    "unknown stage": Fault(_set("lifecycleStage", "TEA_BREAK"), "FAILED", "TEA_BREAK", rollback="FAILED"),
    "hookDetails mangled": Fault(_set("hookDetails", '{"gates": '), "FAILED", "hookDetails is text that is not JSON"),
    "hookDetails no object": Fault(_set("hookDetails", [1]), "FAILED", "hookDetails is no object"),
    "deadline near": Fault(_hang, "IN_PROGRESS", "did not answer within", seconds=0.8),
}


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_never_passes_and_never_blocks_a_rollback(setting, function, stage, situation, fault):
    """Whatever goes wrong, the reply is valid, says what it was, and is SUCCEEDED only for a rollback."""
    event = setting.event(stage, situation)
    skipped = stage == "PRE_SCALE_UP" and situation == "create" and fault.unless_skipped
    fault.prepare(setting, event)

    reply = function(stage, fault.gates)(event, seconds=fault.seconds)

    if situation == "rollback":
        expected, words = fault.rollback, fault.words if fault.rollback == "FAILED" else "going back"
    elif skipped:
        expected, words = "SUCCEEDED", "smoke skipped: the service's first deployment"
    else:
        expected, words = fault.status, fault.words
    reason = reply["hookDetails"]["greenlight"]["reason"]
    assert (expected, True) == (reply["hookStatus"], words in reason), reason


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("stage", STAGES)
def test_without_a_fault_everything_passes_and_every_key_comes_back(setting, function, stage, situation):
    """The same service without a fault passes each stage, and what was configured for the hook is returned."""
    reply = function(stage)(setting.event(stage, situation))

    assert reply["hookStatus"] == "SUCCEEDED", reply
    assert {"gates": GATES, "team": "orders"}.items() <= reply["hookDetails"].items()


@pytest.mark.parametrize("stage", STAGES)
def test_the_error_budget_ends_in_a_rollback(setting, function, stage):
    """Four errors in a row are three times IN_PROGRESS, each later than the one before, and then FAILED."""
    setting.world.aws.faults.deny("ecs", "*")
    hook, event, replies = function(stage), setting.event(stage, "update"), []
    for _ in range(4):
        replies.append(hook(event))
        event["hookDetails"] = replies[-1]["hookDetails"]

    assert ["IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "FAILED"] == [reply["hookStatus"] for reply in replies]
    assert [10, 20, 40] == [reply["callBackDelay"] for reply in replies[:3]]
    # The listener is asked for first, and the other checks wait for it.
    first = "routing" if stage in PROVEN_STAGES else "smoke"
    assert (
        f"{first} could not be asked 4 times in a row, on_error: fail" in event["hookDetails"]["greenlight"]["reason"]
    )


@pytest.mark.parametrize("details", [None, "", {}, "{}", "null", {"greenlight": "nonsense"}, {"greenlight": {"v": 1}}])
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("stage", STAGES)
def test_missing_details_mean_the_packaged_default(setting, function, stage, situation, details):
    """Without hookDetails, or with state that makes no sense, the packaged default runs; it has no gate after the shift."""
    event = setting.event(stage, situation) | {"hookDetails": details}
    guarded = stage in ("PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT")
    expected = "SUCCEEDED" if guarded or situation == "rollback" else "FAILED"

    assert function(stage)(event)["hookStatus"] == expected


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("stage", STAGES)
def test_details_as_text_are_read(setting, function, stage, situation):
    """Some tools hand hookDetails over as JSON text; the gates in it run, here none, and come back as an object."""
    event = setting.event(stage, situation)
    event["hookDetails"] = '{"gates": {"version": 1}, "team": "orders"}'

    reply = function(stage)(event)

    expected = "SUCCEEDED" if situation == "rollback" else "FAILED"
    assert (expected, "orders") == (reply["hookStatus"], reply["hookDetails"]["team"])


def _trouble(setting: Setting, service: str, kind: str) -> None:
    faults = setting.world.aws.faults
    match kind:
        case "throttled":
            faults.fail(service, "*")
        case "denied":
            faults.deny(service, "*")
        case "broken":
            faults.fail(service, "*", "InternalServerError", status=500)
        case "garbled":
            faults.garble(service, "*")
        case "hangs":
            faults.delay(service, "*", 30)


BESIDE = ("dynamodb", "sns", "events")
"""What a hook remembers in and tells by: no trouble there is a verdict's."""


@pytest.fixture
def one_attempt(monkeypatch):
    """Clients that do not try again: boto3's pauses would be most of these tests."""
    monkeypatch.setattr(aws, "_CONFIG", aws._CONFIG.merge(Config(retries={"total_max_attempts": 1})))
    aws.forget_clients()
    yield
    aws.forget_clients()


@pytest.fixture
def told(setting) -> dict[str, str]:
    """The environment of a function with a record, a topic and a bus."""
    name = f"beside-{next(_numbers)}"
    topic = setting.world.aws.client("sns").create_topic(Name=name)["TopicArn"]
    return {
        "RECORD": record_table(name).name,
        "NOTIFICATION_TOPIC": topic,
        "EVENT_BUS": "default",
        "NOTIFICATION_LEVEL": "info",
    }


@pytest.mark.usefixtures("one_attempt")
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("kind", ["throttled", "denied", "broken", "garbled"])
def test_trouble_with_remembering_and_telling_changes_no_verdict(setting, function, told, stage, situation, kind):
    """What passes passes all the same; neither is a good release rolled back for it, nor a rollback held up."""
    for service in BESIDE:
        _trouble(setting, service, kind)

    reply = function(stage, **told)(setting.event(stage, situation))

    assert ("SUCCEEDED", GATES) == (reply["hookStatus"], reply["hookDetails"]["gates"]), reply


@pytest.mark.usefixtures("one_attempt")
@pytest.mark.parametrize("kind", ["throttled", "denied", "broken", "garbled"])
@pytest.mark.parametrize("service", BESIDE)
def test_trouble_with_one_of_them_changes_no_verdict_either(setting, function, told, service, kind):
    """The others work, and meet what is left behind."""
    _trouble(setting, service, kind)

    reply = function(STAGES[-1], **told)(setting.event(STAGES[-1], "update"))

    assert "SUCCEEDED" == reply["hookStatus"], reply


@pytest.mark.usefixtures("one_attempt")
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("kind", ["throttled", "denied", "broken", "garbled"])
def test_nothing_passes_because_it_cannot_be_written_down_or_told(setting, function, told, stage, kind):
    """What cannot be told yet stays IN_PROGRESS, and FAILED stays FAILED."""
    event = setting.event(stage, "update")
    for service in (*BESIDE, "ecs"):
        _trouble(setting, service, kind)
    waits = function(stage, **told)(event)
    setting.world.aws.faults.clear()
    for service in BESIDE:
        _trouble(setting, service, kind)
    _no_listener(setting, event)
    fails = function(stage, **told)(event | {"hookDetails": waits["hookDetails"]})

    assert ("IN_PROGRESS", "FAILED") == (waits["hookStatus"], fails["hookStatus"])
    assert "ListenerRule" in fails["hookDetails"]["greenlight"]["reason"]


@pytest.mark.parametrize(("stage", "situation"), [(STAGES[-1], "update"), ("PRODUCTION_TRAFFIC_SHIFT", "rollback")])
def test_a_function_that_reaches_nobody_to_tell_answers_in_its_time(setting, function, told, stage, situation):
    """A subnet without endpoints for them, and the shortest time-out that the template allows."""
    for service in BESIDE:
        _trouble(setting, service, "hangs")

    reply = function(stage, **told)(setting.event(stage, situation), seconds=15)

    assert "SUCCEEDED" == reply["hookStatus"], reply


@pytest.mark.parametrize("stage", STAGES)
def test_without_trouble_it_is_written_down_and_told(setting, function, told, stage):
    """So that the tests above meet what they are about."""
    event = setting.event(stage, "update")
    function(stage, **told)(event)

    (entry,) = verdicts.every(Table(told["RECORD"]), event["resourceArn"].rpartition("/")[2])
    (message,) = published(told["NOTIFICATION_TOPIC"])
    assert (stage, "SUCCEEDED") == (entry.stage, entry.status)
    assert f"SUCCEEDED at {stage}" in message.subject


@pytest.mark.usefixtures("one_attempt")
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("kind", ["throttled", "denied", "broken", "garbled"])
def test_a_switch_that_cannot_be_written_passes_nothing_and_holds_no_rollback(setting, function, situation, kind):
    """The workers' word follows the traffic, and where it cannot, that is said."""
    stage = "PRODUCTION_TRAFFIC_SHIFT"
    setting.world.aws.client("ssm").put_parameter(Name=SWITCH, Value="{}", Type="String", Overwrite=True)
    _trouble(setting, "ssm", kind)

    reply = function(stage)(setting.event(stage, situation))

    expected = "SUCCEEDED" if situation == "rollback" else "IN_PROGRESS"
    reason = reply["hookDetails"]["greenlight"]["reason"]
    assert (expected, True) == (reply["hookStatus"], "switch" in reason), reason


def test_a_passed_check_in_mangled_state_is_asked_again(setting, function):
    """State that claims a pass for another gate counts for nothing: the check is asked, and here it fails."""
    stage = "POST_TEST_TRAFFIC_SHIFT"
    event = setting.event(stage, "update")
    passed = function(stage)(event)["hookDetails"]["greenlight"]
    _no_listener(setting, event)
    event["hookDetails"]["greenlight"] = passed | {"gate": "0" * 12}

    assert function(stage)(event)["hookStatus"] == "FAILED"


def test_another_functions_stage_runs_its_own_gate(setting, function):
    """The gate is that of the stage in the event, whichever function ECS called."""
    event = setting.event("POST_TEST_TRAFFIC_SHIFT", "update")
    event["hookDetails"]["gates"] = {"version": 1, "post_test_traffic_shift": GATES["post_test_traffic_shift"]}

    assert function("PRE_SCALE_UP")(event)["hookStatus"] == "SUCCEEDED"
