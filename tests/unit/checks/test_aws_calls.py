"""What one invocation costs of AWS's API: counted, bounded, shared among checks, tried again in time, page by page.

The configurations are those of benchmarks/aws_calls.py.
"""

import time
from pathlib import Path

import pytest
from moto.cloudwatch.models import cloudwatch_backends

from greenlight.checks import KINDS, Outcome
from greenlight.gates import HookStatus
from rehearsal.aws import ecr
from tests.unit.checks.scenes.calls import CONFIGURATIONS, counting, row
from tests.unit.checks.scenes.making import NOON, alarm
from tests.unit.checks.scenes.of_images import pushed
from tests.unit.checks.scenes.place import GREEN, Place, stage
from tests.unit.checks.scenes.playing import Playing
from tests.unit.checks.scenes.scene import PRE, Scene, Situation, scenes_of

BENCHMARKS = Path(__file__).parents[3] / "benchmarks" / "README.md"
MOST = 8
"""Calls of AWS for routing and smoke together; a certificate whose name nobody gives is looked up besides."""


@pytest.fixture(scope="module")
def counted():
    """The calls of each configuration, by operation."""
    with counting() as service:
        return {configuration.name: configuration.count(service) for configuration in CONFIGURATIONS}


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda each: each.name)
def test_an_invocation_makes_as_many_calls_as_are_written_down(counted, configuration):
    """A call more is a look-up that was not shared, and one less is worth a line in the changelog."""
    assert configuration.calls == sum(counted[configuration.name].values()), counted[configuration.name]


def test_the_table_of_the_benchmark_is_current(counted):
    """Whoever changes what is asked runs `python benchmarks/aws_calls.py`, and writes down what it prints."""
    readme = BENCHMARKS.read_text(encoding="utf-8")
    assert [] == [line for each in CONFIGURATIONS if (line := row(each, counted[each.name])) not in readme]


@pytest.mark.parametrize("name", [each.name for each in CONFIGURATIONS if each.name.startswith("routing")])
def test_routing_and_smoke_are_bounded(counted, name):
    """Whatever the listeners speak and whatever is compared; files, names of certificates and the record are no look-ups of theirs."""
    made = counted[name]
    besides = made["s3:GetObject"] + made["acm:DescribeCertificate"]
    besides += sum(count for call, count in made.items() if call.startswith(("dynamodb:", "events:")))
    assert sum(made.values()) - besides <= MOST


def test_what_all_checks_need_is_looked_up_once(counted):
    """Deployment, revisions, rules and listeners: once for all kinds together, and once for each revision and group."""
    made = counted["every kind of check"]
    shared = {
        "ecs:DescribeServiceDeployments": 1,
        "ecs:DescribeServiceRevisions": 2,
        "elbv2:DescribeRules": 1,
        "elbv2:DescribeListeners": 1,
        "elbv2:DescribeLoadBalancers": 1,
        "elbv2:DescribeTargetHealth": 1,
    }
    assert shared == {operation: made[operation] for operation in shared}


# A call that is throttled once, of each service that checks ask.
THROTTLED = {
    "calendar": ("ssm", "GetCalendarState", "ThrottlingException"),
    "alarms": ("cloudwatch", "DescribeAlarms", "Throttling"),
    "images": ("ecr", "DescribeImages", "ThrottlingException"),
    "task_definition": ("ecs", "DescribeTaskDefinition", "ThrottlingException"),
    "routing": ("elbv2", "DescribeRules", "Throttling"),
    "identity": ("ecs", "ListTasks", "ThrottlingException"),
    "smoke": ("elbv2", "DescribeListeners", "Throttling"),
    "metrics": ("cloudwatch", "GetMetricData", "Throttling"),
    "state_machine": ("stepfunctions", "StartExecution", "ThrottlingException"),
    "codebuild": ("codebuild", "StartBuild", "ThrottlingException"),
    "ecs_task": ("ecs", "RunTask", "ThrottlingException"),
    "traffic_steps": ("elbv2", "DescribeRules", "Throttling"),
    "switch": ("ssm", "GetParameter", "ThrottlingException"),
    "approval": ("dynamodb", "GetItem", "ThrottlingException"),
}
ONCE_ONLY = {
    "freeze": "it asks nothing of AWS",
    "lambda": "a second attempt could run the function twice, so that the next invocation calls it again",
}


def test_every_kind_is_throttled_once():
    """Or has a reason why it is not tried again within one invocation."""
    assert set(KINDS) == set(THROTTLED) | set(ONCE_ONLY)


@pytest.fixture(scope="module")
def server():
    """The AWS API, asked as often as it is in Lambda."""
    with stage(attempts=None) as started:
        yield started


@pytest.mark.parametrize("kind", THROTTLED)
def test_a_throttled_call_is_tried_again_in_the_same_invocation(server, kind):
    """ECS does not hear of it, and no error is counted."""
    service, operation, code = THROTTLED[kind]
    scene = next(each for each in scenes_of(kind) if each.situation is Situation.PASSED)
    with Place(server) as place:
        playing = Playing(place, scene)
        place.faults.fail(service, operation, code, times=1)
        before = place.faults.calls(service, operation)
        told = playing.invoke()
        assert 2 <= place.faults.calls(service, operation) - before
    expected = Outcome.INCONCLUSIVE if scene.later else Outcome.PASSED
    assert (expected, [0]) == (told.outcome, [check.errors for check in playing.progress.checks.values()])


def test_a_function_that_is_throttled_is_called_in_the_next_invocation(server):
    """Once in each."""
    scene = next(each for each in scenes_of("lambda") if each.situation is Situation.PASSED)
    with Place(server) as place:
        playing = Playing(place, scene)
        place.faults.fail("lambda", "Invoke", "TooManyRequestsException", status=429, times=1)
        told = [playing.invoke(), playing.invoke()]
        assert 2 == place.faults.calls("lambda", "Invoke")
    assert [HookStatus.IN_PROGRESS, HookStatus.SUCCEEDED] == [each.status for each in told]


def test_throttling_that_lasts_ends_with_the_invocation(server):
    """The attempts have to fit into the time that there is; what is over then is an error, and ECS asks again."""
    scene = next(each for each in scenes_of("routing") if each.situation is Situation.THROTTLED)
    with Place(server) as place:
        place.faults.delay("elbv2", "DescribeRules", 0.5)
        playing = Playing(place, Scene("routing", scene.situation, "", "", scene.arrange, seconds=0.8))
        started = time.monotonic()
        told = playing.invoke()
        waited = time.monotonic() - started
    assert (Outcome.ERROR, HookStatus.IN_PROGRESS) == (told.outcome, told.status)
    assert waited < 1.5
    assert "did not answer within the 1 s left in this invocation" in told.message


def asked(server, scene, service, operation):
    """What a check answers, and how many calls of an operation that takes."""
    with Place(server) as place:
        playing = Playing(place, scene)
        before = place.faults.calls(service, operation)
        told = playing.invoke()
        return told, place.faults.calls(service, operation) - before


def _many_alarms(place):
    """Make 250 alarms, the last of which is in ALARM."""
    alarm(place)
    alarms = cloudwatch_backends[place.server.account_id][place.server.region].alarms
    for number in range(249):
        alarms[f"orders-{number:03}"] = _renamed(alarms["orders-5xx"], f"orders-{number:03}")
    alarm(place, "orders-zzz", "ALARM")


def _renamed(made, name):
    copied = object.__new__(type(made))
    vars(copied).update(vars(made), name=name, alarm_arn=made.alarm_arn.replace("orders-5xx", name))
    return copied


def test_alarms_of_a_prefix_are_read_page_by_page(server):
    """The one that is in ALARM is on the third page."""
    scene = Scene("alarms", Situation.FAILED, "", "prefix: orders-", _many_alarms, stage=PRE)
    told, calls = asked(server, scene, "cloudwatch", "DescribeAlarms")
    assert (Outcome.FAILED, 3) == (told.outcome, calls)
    assert told.message.startswith('1 of 251 alarms is in ALARM: "orders-zzz"')


def _many_findings(place):
    """Let a scan have 700 findings, the last of which is a critical one."""
    digest = pushed(place)
    found = [{"name": f"CVE-2026-{number}", "severity": "LOW"} for number in range(1000, 1699)]
    found.append({"name": "CVE-2026-9999", "severity": "CRITICAL"})
    scan = {"imageScanCompletedAt": NOON, "findingSeverityCounts": {"LOW": 699, "CRITICAL": 1}, "findings": found}
    ecr.put_scan("orders", digest, {"imageScanStatus": {"status": "COMPLETE"}, "imageScanFindings": scan})


def test_findings_of_a_scan_are_read_page_by_page(server):
    """The one that counts is named, though it is on the second page."""
    scene = Scene("images", Situation.FAILED, "", "scan: {max: low}", _many_findings, stage=PRE)
    told, calls = asked(server, scene, "ecr", "DescribeImageScanFindings")
    assert (Outcome.FAILED, 2) == (told.outcome, calls)
    assert "CVE-2026-9999" in told.message


def _many_tasks(place):
    """Let 120 tasks stand behind green's target group, the last of which is blue's."""
    _ = place.service
    addresses = [f"10.0.1.{number}" for number in range(120)]
    place.targets(place.groups[GREEN], dict.fromkeys(addresses, "healthy"))
    for address in addresses[:-1]:
        place.task(address)
    place.task(addresses[-1], 1)


def test_tasks_are_described_a_hundred_at_a_time(server):
    """The stranger among them is in the second hundred."""
    told, calls = asked(server, Scene("identity", Situation.FAILED, "", "", _many_tasks), "ecs", "DescribeTasks")
    assert (Outcome.FAILED, 2) == (told.outcome, calls)
    assert told.message.startswith("1 of 120 targets behind green's target group")
