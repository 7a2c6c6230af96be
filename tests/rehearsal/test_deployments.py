"""Whole deployments in the real world of the rehearsal: servers, load balancer, AWS API, and hooks of the test's own."""

import sys
import threading
from datetime import datetime

import pytest
import requests

from rehearsal.clock import Clock
from rehearsal.controller import Controller, Settings, events
from rehearsal.invokers import CallableInvoker
from rehearsal.world import World
from tests.rehearsal.fake_world import PREFIX, lambda_hook, pause_hook

SUCCEEDED = {"hookStatus": "SUCCEEDED"}
FAILED = {"hookStatus": "FAILED"}


class Played:
    """A world in which deployments with the test's hooks are played."""

    def __init__(self, world, hooks, registrations, **settings):
        self.world = world
        self.ecs = world.aws.client("ecs")
        clock = Clock(600)
        invoker = CallableInvoker({PREFIX + name: hook for name, hook in hooks.items()}, clock)
        self.controller = Controller(world, invoker, registrations, clock=clock, settings=Settings(**settings))

    def update(self, *watchers, **more):
        """Deploy version 2 over version 1."""
        self.controller.start(self.world.register_revision("1"))
        return self.deploy("2", *watchers, **more)

    def deploy(self, version, *watchers, **more):
        """Deploy a version."""
        return self.controller.deploy(self.world.register_revision(version, **more), watchers)

    def answers(self):
        """Return the versions that answer on the production and the test listener."""
        service = self.world.service
        return tuple(version_at(url) for url in (service.production_url, service.test_url))

    def described(self, arn):
        """Return the deployment as the AWS API shows it."""
        (deployment,) = self.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
        return deployment


def version_at(url):
    """Return the version that answers at a listener; the status where none does."""
    response = requests.get(f"{url}/version", timeout=5, headers={"Connection": "close"})
    return response.json()["version"] if response.ok else response.status_code


@pytest.fixture
def world():
    """Give a world of its own to a test."""
    with World() as world:
        yield world


def test_traffic_really_moves(world):
    """Hooks at each stage reach blue and green over real sockets, just as the stage promises."""
    seen = {}
    stages = ("POST_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT")

    def look(event, _context):
        seen[event["lifecycleStage"]] = played.answers()
        return SUCCEEDED

    played = Played(world, {"look": look}, [lambda_hook("look", *stages)])

    result = played.update()

    assert "SUCCESSFUL" == result.status
    assert {
        "POST_SCALE_UP": ("1", "1"),
        "POST_TEST_TRAFFIC_SHIFT": ("1", "2"),
        "POST_PRODUCTION_TRAFFIC_SHIFT": ("2", "2"),
    } == seen
    assert ("2", "2") == played.answers()


def test_a_rollback_brings_blue_back_and_ends_green(world):
    """After a failure behind both shifts, version 1 answers everywhere and version 2 no longer runs."""
    played = Played(
        world, {"bad": lambda _event, _context: FAILED}, [lambda_hook("bad", "POST_PRODUCTION_TRAFFIC_SHIFT")]
    )
    played.controller.start(world.register_revision("1"))
    green = world.register_revision("2")

    result = played.controller.deploy(green)

    assert "ROLLBACK_SUCCESSFUL" == result.status
    assert ("1", "1") == played.answers()
    assert not world.is_healthy(green)


def test_deployments_follow_one_another(world):
    """A create, an update and another update: each finds a free target group and takes production over."""
    played = Played(world, {}, [])

    results = [played.deploy(version).status for version in ("1", "2", "3")]

    assert ["SUCCESSFUL"] * 3 == results
    assert ("3", "3") == played.answers()


def test_hooks_find_their_deployment_in_the_aws_api(world):
    """During a create and an update, DescribeServiceDeployments shows what hooks have to know."""
    seen = []

    def look(event, _context):
        seen.append(played.described(event["resourceArn"]))
        return SUCCEEDED

    played = Played(world, {"look": look}, [lambda_hook("look", "POST_TEST_TRAFFIC_SHIFT")])
    results = [played.deploy("1"), played.deploy("2")]

    created, updated = seen
    assert [] == created["sourceServiceRevisions"]
    assert [created["targetServiceRevision"]["arn"]] == [source["arn"] for source in updated["sourceServiceRevisions"]]
    assert 100.0 == updated["targetServiceRevision"]["requestedTestTrafficWeight"]
    assert ("IN_PROGRESS", "POST_TEST_TRAFFIC_SHIFT") == (updated["status"], updated["lifecycleStage"])
    (hook,) = updated["lifecycleHookDetails"]
    assert (PREFIX + "look", "IN_PROGRESS") == (hook["targetArn"], hook["status"])
    assert isinstance(hook["expiresAt"], datetime)
    assert "BLUE_GREEN" == updated["deploymentConfiguration"]["strategy"]
    finished = played.described(results[1].deployment_arn)
    assert ("SUCCESSFUL", 100.0) == (
        finished["status"],
        finished["targetServiceRevision"]["requestedProductionTrafficWeight"],
    )


def test_the_reason_of_a_failure_is_in_the_aws_api(world):
    """Pipelines that poll the deployment read ECS's own words."""
    played = Played(world, {"bad": lambda _event, _context: {}}, [lambda_hook("bad", "PRE_SCALE_UP")])

    result = played.update()

    assert (
        "Service deployment rolled back because PRE_SCALE_UP lifecycle hook(s) failed. "
        f"ECS was unable to parse the response from {PREFIX}bad due to: HookStatus must not be null."
    ) == played.described(result.deployment_arn)["statusReason"]


def test_an_operator_answers_a_pause_hook_through_the_api(world):
    """ContinueServiceDeployment lets a waiting deployment go on."""

    def answer(event):
        if isinstance(event, events.HookWaiting):
            (deployment,) = played.ecs.list_service_deployments(
                cluster=world.service.cluster_name, service=world.service.service_name
            )["serviceDeployments"]
            played.ecs.continue_service_deployment(
                serviceDeploymentArn=deployment["serviceDeploymentArn"], hookId=event.hook_id, action="CONTINUE"
            )

    played = Played(world, {}, [pause_hook("PRE_PRODUCTION_TRAFFIC_SHIFT")])

    result = played.update(answer)

    assert "SUCCESSFUL" == result.status
    assert ["SUCCEEDED"] == [hook.status for hook in result.answers]


def test_an_operator_stops_a_deployment_through_the_api(world):
    """StopServiceDeployment takes a deployment back while a hook makes it wait."""
    asked = threading.Event()

    def wait(event, _context):
        if not asked.is_set():
            asked.set()
            played.ecs.stop_service_deployment(serviceDeploymentArn=event["resourceArn"], stopType="ROLLBACK")
        return {"hookStatus": "IN_PROGRESS", "callBackDelay": 80000}

    played = Played(world, {"wait": wait}, [lambda_hook("wait", "POST_TEST_TRAFFIC_SHIFT")])

    result = played.update()

    assert "ROLLBACK_SUCCESSFUL" == result.status
    assert ("1", "1") == played.answers()


@pytest.mark.parametrize(
    ("command", "explanation"),
    [
        (
            [sys.executable, "-c", "raise SystemExit('no database')"],
            "version 2 did not become healthy within 3 s; its last words: no database",
        ),
        (["/nowhere/to/be/found"], "version 2 did not start: "),
    ],
)
def test_an_application_that_does_not_come_up_goes_back(world, command, explanation):
    """Green that dies at its start or cannot be started is the circuit breaker's business, and blue stays."""
    played = Played(world, {}, [], scale_up_timeout=3)
    played.controller.start(world.register_revision("1"))

    result = played.controller.deploy(world.register_revision("2", command=command))

    assert "Service deployment rolled back because the circuit breaker threshold was exceeded." == result.status_reason
    assert result.explanation.startswith(explanation)
    assert ("1", "1") == played.answers()


def test_the_first_deployment_leaves_nothing_behind_when_it_fails(world):
    """A failed create ends in ROLLBACK_FAILED, and nothing answers."""
    played = Played(world, {"bad": lambda _event, _context: FAILED}, [lambda_hook("bad", "POST_SCALE_UP")])

    result = played.deploy("1")

    assert "ROLLBACK_FAILED" == result.status
    assert (503, 503) == played.answers()
