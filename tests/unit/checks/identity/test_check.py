"""The identity check: whose tasks stand behind green's target group, and what it answers."""

import json

import pytest

from greenlight import aws
from greenlight.checks import CheckSettings, Files, Outcome
from greenlight.checks.identity import prepare_identity
from greenlight.deployment import Deployment
from greenlight.documents import Document, DocumentError
from tests.unit.checks.identity.conftest import (
    BLUE_DIGEST,
    DEPLOYMENT,
    GREEN_DIGEST,
    REVISION,
    ask,
    check,
    group_of,
    name_of,
    short,
)


def targets(*states, first=1):
    """Targets in a row of addresses."""
    return {(f"10.0.0.{number}", 8080): state for number, state in enumerate(states, start=first)}


def greens(world, count, **keys):
    """Run tasks of green in a row of addresses."""
    return [world.task(world.green, f"10.0.0.{number + 1}", digest=GREEN_DIGEST, **keys) for number in range(count)]


def test_green_is_what_it_says(world):
    """Every target is a running task of green, and runs its image."""
    tasks = greens(world, 3)
    deployment = world.release(targets("healthy", "healthy", "healthy"))
    result = ask(deployment)
    told = f"3 of 3 targets are tasks of {name_of(world.green)}, image {GREEN_DIGEST}"
    assert (Outcome.PASSED, told) == (result.outcome, result.summary)
    assert {
        "service_revision": f"{REVISION}2",
        "revision": "2",
        "task_definition": name_of(world.green),
        "image": "app:1",
        "image_tag": "1",
        "image_digest": GREEN_DIGEST,
    } == result.details["green"]
    (group,) = result.details["target_groups"]
    assert ("shop", "orders", group_of(deployment)) == (
        result.details["cluster"],
        result.details["service"],
        group["name"],
    )
    assert {
        "target": "10.0.0.1:8080",
        "state": "healthy",
        "standing": "green",
        "task": tasks[0].rpartition("/")[2],
        "status": "RUNNING",
        "health": "HEALTHY",
        "task_definition": name_of(world.green),
        "images": {"app": GREEN_DIGEST, "proxy": "sha256:pp"},
    } == group["targets"][0]
    assert dict(result.details) == json.loads(json.dumps(dict(result.details)))


def test_a_digest_is_cut_to_what_people_compare(world):
    """Sixty-four characters tell nobody more."""
    digest = "sha256:" + "0123456789abcdef" * 4
    world.task(world.green, "10.0.0.1", digest=digest)
    result = ask(world.release(targets("healthy"), digest=digest))
    assert f"1 of 1 target is a task of {name_of(world.green)}, image sha256:0123456789ab…" == result.summary


def test_a_task_of_blue_behind_greens_target_group(world):
    """The smoke tests would test the outgoing version, now and then."""
    greens(world, 2)
    stranger = world.task(world.blue, "10.0.0.3", digest=BLUE_DIGEST)
    deployment = world.release(targets("healthy", "healthy", "healthy"))
    result = ask(deployment)
    assert Outcome.FAILED is result.outcome
    assert (
        f"1 of 3 targets behind green's target group {group_of(deployment)} is not green's: "
        f"10.0.0.3:8080 is {short(stranger)} of {name_of(world.blue)}, blue's; "
        f"expected tasks of {name_of(world.green)}, image {GREEN_DIGEST}: "
        "find out who registered what is not, before it gets traffic"
    ) == result.summary
    assert ["green", "green", "foreign"] == [each["standing"] for each in result.details["target_groups"][0]["targets"]]


def test_a_task_of_a_third_revision(world):
    """One that a deployment in between has left behind."""
    other = world.server.client("ecs").register_task_definition(
        family="orders-other", containerDefinitions=[{"name": "app", "image": "a", "memory": 1}], networkMode="awsvpc"
    )["taskDefinition"]["taskDefinitionArn"]
    stranger = world.task(other, "10.0.0.1")
    result = ask(world.release(targets("healthy")))
    assert Outcome.FAILED is result.outcome
    assert f"10.0.0.1:8080 is {short(stranger)} of orders-other:1, neither green's nor blue's" in result.summary


def test_more_than_three_strangers_are_counted(world):
    """The details have them all."""
    for number in range(5):
        world.task(world.blue, f"10.0.0.{number + 1}", digest=BLUE_DIGEST)
    result = ask(world.release(targets(*["healthy"] * 5)))
    assert "5 of 5 targets" in result.summary
    assert "are not green's" in result.summary
    assert "; and 2 more; expected tasks of" in result.summary


def test_an_image_that_is_not_greens(world):
    """A tag was moved while the tasks started; the sentence says whose image it is."""
    greens(world, 1)
    moved = world.task(world.green, "10.0.0.2", digest="sha256:other")
    blues = world.task(world.green, "10.0.0.3", digest=BLUE_DIGEST)
    result = ask(world.release(targets("healthy", "healthy", "healthy")))
    assert Outcome.FAILED is result.outcome
    runs = f"whose container app runs sha256:other where green has {GREEN_DIGEST}"
    assert f"10.0.0.2:8080 is {short(moved)}, {runs}" in result.summary
    runs = f"whose container app runs blue's image {BLUE_DIGEST} where green has {GREEN_DIGEST}"
    assert f"10.0.0.3:8080 is {short(blues)}, {runs}" in result.summary


def test_every_container_counts(world):
    """The image of a sidecar ships as well."""
    greens(world, 1, proxy="sha256:old")
    result = ask(world.release(targets("healthy")))
    assert Outcome.FAILED is result.outcome
    assert "whose container proxy runs sha256:old where green has sha256:pp" in result.summary


def test_a_target_that_nobody_knows_has_to_be_so_twice(world):
    """ECS's lists lag behind; the same target again is no accident."""
    greens(world, 1)
    deployment = world.release(targets("healthy", "healthy"))
    first = ask(deployment)
    text = "10.0.0.2:8080 is no task of this service that ECS tells of"
    assert (Outcome.INCONCLUSIVE, text, 15) == (first.outcome, first.summary, first.retry_after)
    assert len(json.dumps(dict(first.memory))) < 100
    second = ask(deployment, memory=first.memory)
    assert (Outcome.FAILED, {}) == (second.outcome, second.memory)
    assert (
        f"1 of 2 targets behind green's target group {group_of(deployment)} is not green's: {text};" in second.summary
    )
    other = ask(world.release(targets("healthy") | {("10.0.0.9", 8080): "healthy"}), memory=first.memory)
    assert Outcome.INCONCLUSIVE is other.outcome


def test_many_unknown_targets_fit_into_the_memory(world):
    """It travels through ECS, and is small."""
    result = ask(world.release(targets(*["healthy"] * 40)))
    assert (Outcome.INCONCLUSIVE, True) == (result.outcome, len(json.dumps(dict(result.memory))) < 100)
    assert "; and 37 more" in result.summary


def test_a_task_that_was_just_stopped_is_no_stranger(world):
    """ECS replaces a task of green now and then; its target is on its way out."""
    greens(world, 1)
    world.settle(world.task(world.green, "10.0.0.2", digest=GREEN_DIGEST), "DEACTIVATING")
    deployment = world.release(targets("healthy", "healthy"))
    result = ask(deployment)
    told = f"1 of 1 target is a task of {name_of(world.green)}, image {GREEN_DIGEST}"
    assert (Outcome.PASSED, told) == (result.outcome, result.summary)
    assert ["green", "leaving"] == [each["standing"] for each in result.details["target_groups"][0]["targets"]]


def test_an_address_belongs_to_the_task_that_has_it_now(world):
    """A network gives the address of a stopped task to the next one."""
    world.settle(world.task(world.blue, "10.0.0.1", digest=BLUE_DIGEST), "STOPPED")
    greens(world, 1)
    result = ask(world.release(targets("healthy", "draining")))
    assert ["green", "waiting"] == [each["standing"] for each in result.details["target_groups"][0]["targets"]]


def test_a_task_that_stops_while_it_is_looked_at_need_not_be_registered(world):
    """ECS listed it as running a moment ago."""
    tasks = greens(world, 2)
    world.settle(tasks[1], "STOPPING")
    deployment = world.release(targets("healthy"))
    world.server.faults.garble("ecs", "ListTasks", json.dumps({"taskArns": tasks}).encode())
    assert Outcome.PASSED is ask(deployment).outcome


@pytest.mark.parametrize("state", ["draining", "unhealthy.draining"])
def test_a_draining_target_of_green_is_left_out(world, state):
    """It gets no new requests."""
    greens(world, 2)
    result = ask(world.release(targets("healthy", state)))
    assert Outcome.PASSED is result.outcome
    assert result.summary.startswith("1 of 1 target is a task of")


def test_a_draining_target_of_blue_is_waited_for(world):
    """Requests of kept connections may still reach it."""
    greens(world, 1)
    old = world.task(world.blue, "10.0.0.2", digest=BLUE_DIGEST)
    gone = {("10.0.0.9", 8080): "draining"}
    result = ask(world.release(targets("healthy", "draining") | gone))
    assert (Outcome.INCONCLUSIVE, 15, {}) == (result.outcome, result.retry_after, result.memory)
    assert (
        f"10.0.0.2:8080 is {short(old)} of {name_of(world.blue)}, blue's, and is still on its way out; "
        "10.0.0.9:8080 is no task of this service that ECS tells of, and still draining"
    ) == result.summary


def test_a_task_that_does_not_run_yet(world):
    """Its target is there before its last container is."""
    greens(world, 1)
    starting = world.task(world.green, "10.0.0.2", digest=GREEN_DIGEST, status="ACTIVATING")
    result = ask(world.release(targets("healthy", "initial")))
    told = f"10.0.0.2:8080 ({short(starting)}) is ACTIVATING, not RUNNING yet"
    assert (Outcome.INCONCLUSIVE, told) == (result.outcome, result.summary)


def test_a_task_that_is_not_registered_yet(world):
    """All tasks of green belong behind its target group."""
    greens(world, 1)
    pending = world.task(world.green, "10.0.0.2", status="PENDING")
    deployment = world.release(targets("healthy"))
    result = ask(deployment)
    told = f"{short(pending)} of {name_of(world.green)} is PENDING and not in target group {group_of(deployment)} yet"
    assert (Outcome.INCONCLUSIVE, told) == (result.outcome, result.summary)


def test_a_target_group_without_a_target(world):
    """What was not checked never passes."""
    deployment = world.release({})
    result = ask(deployment)
    told = (
        f"no target of {name_of(world.green)} can serve in target group {group_of(deployment)} (no target at all), "
        "and at least 1 is expected"
    )
    assert (Outcome.INCONCLUSIVE, told) == (result.outcome, result.summary)


def test_targets_that_are_all_unhealthy(world):
    """They are green's, and none of them serves."""
    greens(world, 2)
    deployment = world.release(targets("unhealthy", "unhealthy"))
    result = ask(deployment)
    assert Outcome.INCONCLUSIVE is result.outcome
    assert (
        f"no target of {name_of(world.green)} can serve in target group {group_of(deployment)} (2 unhealthy), "
        "and at least 1 is expected"
    ) == result.summary


def test_a_target_that_is_not_healthy_is_told(world):
    """Who it is does not depend on it."""
    greens(world, 3)
    deployment = world.release(targets("healthy", "initial", "unhealthy"))
    result = ask(deployment)
    assert Outcome.PASSED is result.outcome
    assert (
        f"3 of 3 targets are tasks of {name_of(world.green)}, image {GREEN_DIGEST}; "
        f"not all are healthy ({group_of(deployment)}: 1 healthy, 1 initial, 1 unhealthy)"
    ) == result.summary


def test_an_image_that_ecs_does_not_tell_yet(world):
    """A task is believed when all of it is known."""
    untold = world.task(world.green, "10.0.0.1")
    result = ask(world.release(targets("healthy")))
    told = f"ECS does not say yet which image container app of {short(untold)} (10.0.0.1:8080) runs"
    assert (Outcome.INCONCLUSIVE, told) == (result.outcome, result.summary)


def test_green_without_digests_is_known_by_its_task_definition(world):
    """And the sentence says that no image was compared."""
    greens(world, 2)
    result = ask(world.release(targets("healthy", "healthy"), digest=None, proxy=None))
    told = (
        f"2 of 2 targets are tasks of {name_of(world.green)}; "
        "ECS names no image digest for app, proxy, so none was compared"
    )
    assert (Outcome.PASSED, told) == (result.outcome, result.summary)


def test_tasks_of_green_that_run_different_images(world):
    """Where ECS names none, they have to agree with each other."""
    world.task(world.green, "10.0.0.1", digest="sha256:1")
    world.task(world.green, "10.0.0.2", digest="sha256:2")
    result = ask(world.release(targets("healthy", "healthy"), digest=None))
    assert Outcome.FAILED is result.outcome
    assert (
        f"container app of {name_of(world.green)} runs different images (sha256:1, sha256:2): "
        "name the image by digest, or let versionConsistency be enabled"
    ) == result.summary


def test_a_digest_may_be_required(world):
    """Then a task definition is not enough."""
    greens(world, 1)
    result = ask(world.release(targets("healthy"), digest=None), digest="required")
    told = "ECS does not say yet which image digest container app of green has"
    assert (Outcome.INCONCLUSIVE, told) == (result.outcome, result.summary)
    assert Outcome.PASSED is ask(world.release(targets("healthy")), digest="required").outcome


def test_a_digest_may_be_ignored(world):
    """For images that are found by another way."""
    world.task(world.green, "10.0.0.1", digest="sha256:1")
    world.task(world.green, "10.0.0.2")
    result = ask(world.release(targets("healthy", "healthy")), digest="ignored")
    assert (Outcome.PASSED, f"2 of 2 targets are tasks of {name_of(world.green)}") == (result.outcome, result.summary)


def test_more_targets_may_be_demanded(world):
    """Where one is not enough to believe in."""
    greens(world, 2)
    deployment = world.release(targets("healthy", "healthy"))
    result = ask(deployment, min_targets=3)
    told = (
        f"2 targets of {name_of(world.green)} can serve in target group {group_of(deployment)} (2 healthy), "
        "and at least 3 are expected"
    )
    assert (Outcome.INCONCLUSIVE, told) == (result.outcome, result.summary)
    assert Outcome.PASSED is ask(deployment, min_targets=2).outcome


def test_a_release_of_another_image_under_the_same_task_definition(world):
    """A forced deployment: the digest tells green from blue, and blue's tasks need not be in green's group."""
    blue = world.blue
    world.blue = world.green
    try:
        greens(world, 1)
        world.task(world.green, "10.0.0.7", digest=BLUE_DIGEST)
        result = ask(world.release(targets("healthy")))
        told = (
            f"1 of 1 target is a task of {name_of(world.green)}, image {GREEN_DIGEST}; "
            f"blue runs {name_of(world.green)} as well"
        )
        assert (Outcome.PASSED, told) == (result.outcome, result.summary)
        unproven = ask(world.release(targets("healthy"), digest=None, proxy=None))
        told = (
            f"blue runs {name_of(world.green)} as well, and ECS names no image digest to tell them by; "
            "set `digest: ignored` if that does not matter"
        )
        assert (Outcome.INCONCLUSIVE, told) == (unproven.outcome, unproven.summary)
    finally:
        world.blue = blue


def test_every_target_group_of_green_is_looked_at(world):
    """A service may be behind two load balancers."""
    groups = [world.group(), world.group()]
    world.revision("1", world.blue, [world.group(), world.group()])
    world.revision("2", world.green, groups, digest=GREEN_DIGEST, proxy="sha256:pp")
    (task,) = greens(world, 1)
    world.targets(groups[0], targets("healthy"))
    world.targets(groups[1], {})
    result = ask(world.deployment())
    missing = groups[1].split("/")[1]
    told = f"{short(task)} of {name_of(world.green)} is RUNNING and not in target group {missing} yet"
    assert (Outcome.INCONCLUSIVE, told) == (result.outcome, result.summary)
    world.targets(groups[1], {("10.0.0.1", 9090): "healthy"})
    result = ask(world.deployment())
    told = f"2 of 2 targets in 2 target groups are tasks of {name_of(world.green)}, image {GREEN_DIGEST}"
    assert (Outcome.PASSED, told) == (result.outcome, result.summary)


def test_targets_by_ipv6_address(world):
    """In whichever of its spellings."""
    world.task(world.green, "2001:db8:0:0::9", digest=GREEN_DIGEST)
    result = ask(world.release({("2001:0db8::0009", 8080): "healthy"}))
    assert Outcome.PASSED is result.outcome
    assert "[2001:0db8::0009]:8080" == result.details["target_groups"][0]["targets"][0]["target"]


def test_addresses_of_the_containers(world):
    """ECS tells a task's address in two places."""
    (task,) = greens(world, 1)
    app = {"name": "app", "imageDigest": GREEN_DIGEST, "networkInterfaces": [{"privateIpv4Address": "10.0.0.1"}]}
    world.tasks.change(task, attachments=[], containers=[app, {"name": "proxy", "imageDigest": "sha256:pp"}])
    assert Outcome.PASSED is ask(world.release(targets("healthy"))).outcome


def test_targets_that_are_ports_of_instances(world):
    """With bridge networks the tasks of blue and green share their instances, and only the port tells them apart."""
    instance, arn = world.instance()
    world.on_instance(world.green, arn, 32768)
    world.on_instance(world.green, arn, 32769)
    blue = world.on_instance(world.blue, arn, 32770, digest=BLUE_DIGEST)
    result = ask(world.release({(instance, 32768): "healthy", (instance, 32769): "healthy"}))
    told = f"2 of 2 targets are tasks of {name_of(world.green)}, image {GREEN_DIGEST}"
    assert (Outcome.PASSED, told) == (result.outcome, result.summary)
    ports = {(instance, port): "healthy" for port in (32768, 32769, 32770)}
    result = ask(world.release(ports))
    assert Outcome.FAILED is result.outcome
    assert f"{instance}:32770 is {short(blue)} of {name_of(world.blue)}, blue's" in result.summary


def test_instances_are_asked_for_where_there_are_any(world):
    """On Fargate the permission is not needed."""
    greens(world, 1)
    world.server.faults.deny("ecs", "DescribeContainerInstances")
    assert Outcome.PASSED is ask(world.release(targets("healthy"))).outcome
    world.on_instance(world.green, "arn:aws:ecs:eu-west-1:123456789012:container-instance/shop/1", 80)
    result = ask(world.release({("i-12345678", 80): "healthy"}))
    assert Outcome.ERROR is result.outcome
    assert "add ecs:DescribeContainerInstances to the function's role" in result.summary
    world.server.faults.clear()
    world.server.faults.garble("ecs", "DescribeContainerInstances", b'{"containerInstances": []}')
    result = ask(world.release({("i-12345678", 80): "healthy"}))
    assert Outcome.INCONCLUSIVE is result.outcome
    assert "i-12345678:80 is no task of this service that ECS tells of" in result.summary


def test_a_service_without_a_load_balancer(world):
    """There are no targets to look at, which is no fault."""
    world.revision("1", world.blue, [])
    world.revision("2", world.green, [])
    result = ask(world.deployment())
    told = "the service has no load balancer, so there are no targets to look at"
    assert (Outcome.SKIPPED, told) == (result.outcome, result.summary)


def test_a_target_group_that_ecs_does_not_tell_yet(world):
    """Which of the two green got is known when it runs."""
    world.revision("1", world.blue, [])
    world.revision("2", world.green, [], wanted=[world.group()])
    result = ask(world.deployment())
    told = "ECS does not say yet which target group green 2 has"
    assert (Outcome.INCONCLUSIVE, told, 15) == (result.outcome, result.summary, result.retry_after)


def test_blue_and_green_in_one_target_group(world):
    """Then nothing could tell them apart, whatever the tasks."""
    group = world.group()
    world.revision("1", world.blue, [group])
    world.revision("2", world.green, [group])
    result = ask(world.deployment())
    told = f"ECS says that blue and green share the target group {group.split('/')[1]}"
    assert (Outcome.INCONCLUSIVE, told) == (result.outcome, result.summary)


def test_a_first_deployment_has_no_blue(world):
    """A stranger is one all the same."""
    assert check().skip_on_create() is None
    greens(world, 1)
    world.release(targets("healthy"))
    assert Outcome.PASSED is ask(world.deployment(sources=())).outcome
    stranger = world.task(world.blue, "10.0.0.2")
    world.release(targets("healthy", "healthy"))
    result = ask(world.deployment(sources=()))
    assert Outcome.FAILED is result.outcome
    assert f"10.0.0.2:8080 is {short(stranger)} of {name_of(world.blue)}, not green's" in result.summary


def test_blue_is_only_needed_for_its_name(world):
    """That it cannot be had is no reason against green."""
    greens(world, 1)
    deployment = world.release(targets("healthy"))
    world.server.faults.deny("ecs", "DescribeServiceDeployments")
    assert Outcome.PASSED is ask(deployment).outcome


@pytest.mark.parametrize(
    ("service", "operation", "garbled"),
    [
        ("ecs", "ListTasks", "ecs:ListTasks"),
        ("ecs", "DescribeTasks", "ecs:DescribeTasks"),
        ("ecs", "DescribeServiceRevisions", "it has no serviceRevisions"),
        ("elbv2", "DescribeTargetHealth", "DescribeTargetHealth"),
    ],
)
def test_trouble_with_aws(world, service, operation, garbled):
    """Throttled, denied or garbled, it is an error and never an answer; what was remembered stays."""
    greens(world, 1)
    memory, faults = {"unknown": ["0a0b0c0d"]}, world.server.faults
    throttling = "Throttling" if service == "elbv2" else "ThrottlingException"
    for trouble, told in (
        (lambda: faults.fail(service, operation, throttling), "was throttled"),
        (lambda: faults.deny(service, operation), "was denied"),
        (lambda: faults.garble(service, operation), garbled),
    ):
        deployment = world.release(targets("healthy"))
        trouble()
        result = ask(deployment, memory=memory)
        faults.clear()
        assert (Outcome.ERROR, memory) == (result.outcome, result.memory)
        assert told in result.summary


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("ListTasks", b"{}"),
        ("ListTasks", b'{"taskArns": null}'),
        ("DescribeTasks", b"{}"),
        ("DescribeTasks", b'{"tasks": [null]}'),
        ("DescribeTasks", b'{"tasks": "none"}'),
    ],
)
def test_a_reply_that_makes_no_sense_never_passes(world, operation, body):
    """Not even one that is well-formed."""
    greens(world, 1)
    deployment = world.release(targets("healthy"))
    world.server.faults.garble("ecs", operation, body)
    result = ask(deployment)
    assert Outcome.ERROR is result.outcome
    assert f"ecs:{operation}" in result.summary


@pytest.mark.parametrize(
    "task",
    [{}, {"containers": [None], "attachments": [None]}, {"attachments": [{"details": [None]}], "containers": [{}]}],
)
def test_a_task_of_which_ecs_tells_next_to_nothing(world, task):
    """It is nobody's target."""
    greens(world, 1)
    deployment = world.release(targets("healthy"))
    world.server.faults.garble("ecs", "DescribeTasks", json.dumps({"tasks": [task]}).encode())
    result = ask(deployment)
    told = "10.0.0.1:8080 is no task of this service that ECS tells of"
    assert (Outcome.INCONCLUSIVE, told) == (result.outcome, result.summary)


def test_all_pages_are_read(world):
    """A service may have more tasks than one answer holds."""
    tasks = greens(world, 2)
    deployment = world.release(targets("healthy", "healthy"))
    page = {"taskArns": [tasks[0]], "nextToken": "2"}
    world.server.faults.garble("ecs", "ListTasks", json.dumps(page).encode(), times=1)
    before = world.server.faults.calls("ecs", "ListTasks")
    assert Outcome.PASSED is ask(deployment).outcome
    assert before + 2 == world.server.faults.calls("ecs", "ListTasks")


def test_only_the_services_own_tasks_are_asked_for(world):
    """Those that ECS keeps running; those that it stops only for a target that is nobody's."""
    greens(world, 1)
    asked = []

    def note(params, **_):
        asked.append({key: params[key] for key in ("cluster", "serviceName", "desiredStatus")})

    events = aws.client("ecs").meta.events
    events.register("provide-client-params.ecs.ListTasks", note)
    running = {"cluster": "shop", "serviceName": "orders", "desiredStatus": "RUNNING"}
    try:
        assert Outcome.PASSED is ask(world.release(targets("healthy"))).outcome
        assert [running] == asked
        asked.clear()
        ask(world.release(targets("healthy", "healthy")))
        assert [running, running | {"desiredStatus": "STOPPED"}] == asked
    finally:
        events.unregister("provide-client-params.ecs.ListTasks", note)


def test_pages_without_an_end(world):
    """The same page again is no next one."""
    deployment = world.release(targets("healthy"))
    world.server.faults.garble("ecs", "ListTasks", b'{"taskArns": [], "nextToken": "2"}')
    result = ask(deployment)
    told = "ecs:ListTasks's reply makes no sense: its next page is the same one again"
    assert (Outcome.ERROR, told) == (result.outcome, result.summary)


def test_tasks_are_described_a_hundred_at_a_time(world):
    """More are refused by ECS."""
    deployment = world.release(targets("healthy", "healthy"))
    first, last = greens(world, 2)
    arns = {"taskArns": [last] + [first] * 249}
    world.server.faults.garble("ecs", "ListTasks", json.dumps(arns).encode())
    before = world.server.faults.calls("ecs", "DescribeTasks")
    assert Outcome.PASSED is ask(deployment).outcome
    assert before + 3 == world.server.faults.calls("ecs", "DescribeTasks")


def test_a_target_group_that_is_gone_fails(world):
    """ELB will say so again."""
    deployment = world.release(targets("healthy"))
    world.server.client("elbv2").delete_target_group(TargetGroupArn=deployment.green().target_group_arns[0])
    result = ask(deployment)
    assert Outcome.FAILED is result.outcome
    assert "DescribeTargetHealth was refused" in result.summary


def test_a_revision_whose_arn_names_no_service():
    """Cluster and service come from nowhere else."""
    arn = "arn:aws:ecs:eu-west-1:123456789012:service-revision/2"
    result = ask(Deployment(DEPLOYMENT, arn))
    told = f"{arn} is no ARN of a service revision, which names cluster and service"
    assert (Outcome.FAILED, told) == (result.outcome, result.summary)


@pytest.mark.parametrize("stage", ["RECONCILE_SERVICE", "PRE_SCALE_UP"])
def test_before_green_runs_the_check_is_a_mistake(stage):
    """It would wait until its deadline, and then roll back every release."""
    document = Document("gates.yaml", {"pre_scale_up": {"identity": {}}}, {("pre_scale_up", "identity"): 3})
    here = document.at(("pre_scale_up", "identity"))
    with pytest.raises(DocumentError) as caught:
        prepare_identity(check().settings, stage, Files(here, lambda _: here))
    assert (
        "gates.yaml:3 pre_scale_up.identity: "
        f"asks for green's tasks, and at {stage} none runs yet; let it stand at post_scale_up or later"
    ) == str(caught.value)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"digest": "always"}, "gates.yaml digest: has to be 'when_known', 'required' or 'ignored', found \"always\""),
        ({"min_targets": 0}, "gates.yaml min_targets: has to be at least 1, found 0"),
        ({"cluster": "shop"}, 'gates.yaml cluster: unknown key "cluster"; ECS names it'),
        (
            {"path": "/version"},
            (
                'gates.yaml path: unknown key "path"; '
                "this check asks AWS; what asks the application is `identity` in a smoke suite"
            ),
        ),
    ],
)
def test_a_mistake_is_told_with_its_cure(settings, told):
    """When the file is loaded, so that nobody waits for a deployment to learn of it."""
    with pytest.raises(DocumentError) as caught:
        check(**settings)
    assert told == str(caught.value)


def test_settings_of_another_kind_are_refused():
    """A mistake in the table of kinds would go unnoticed otherwise."""
    document = Document("gates.yaml", {})
    with pytest.raises(TypeError):
        prepare_identity(CheckSettings(), "POST_SCALE_UP", Files(document, lambda _: document))
