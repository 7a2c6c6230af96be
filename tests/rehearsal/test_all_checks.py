"""Every kind of check in whole deployments: it lets a first and a second one through, and stops what it is there to stop."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from botocore.config import Config

from greenlight import aws
from greenlight.checks import KINDS
from rehearsal.clock import Clock
from rehearsal.controller import Controller, events
from rehearsal.invokers import InProcessInvoker, divided_output, environment, sealed
from rehearsal.template import Template
from tests.unit.checks.scenes.furnished import CHECKS, SUITE, FurnishedWorld, gate
from tests.unit.checks.scenes.making import alarm, answering, calendar

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
PRE, POST_TEST, BEFORE = "PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"
STAGES = (PRE, POST_TEST, BEFORE)
ONE_ATTEMPT = Config(retries={"mode": "standard", "total_max_attempts": 1})


class Play:
    """A world whose service has all kinds of checks in front of each stage that has a function."""

    def __init__(self, world):
        self.world = world
        self.template = Template.load(TEMPLATE, region=world.aws.region, account_id=world.aws.account_id)
        self.clock = world.clock
        self.invoker = InProcessInvoker(self.template.functions.values(), world.aws.environment(), self.clock)
        self.running = []
        self.versions = 0

    def deploy(self, *watchers, **changed):
        """Deploy the next version; settings of single kinds may be others than in the last one."""
        self.versions += 1
        controller = Controller(self.world, self.invoker, self._hooks(changed), clock=self.clock)
        controller._active = self.running  # a service whose hooks were changed goes on running
        revision = self.world.register_revision(str(self.versions))
        try:
            return controller.deploy(revision, [self._finish_work, *watchers])
        finally:
            self.running = controller._active

    def _finish_work(self, event):
        if isinstance(event, events.HookAnswered):
            self.world.finish_work()

    def _hooks(self, changed):
        gates = {"version": 1, **{stage.lower(): gate(stage, **changed) for stage in STAGES}}
        return [
            {**hook, "hookDetails": {"gates": gates}}
            for hook in self.template.lifecycle_hooks()
            if set(hook["lifecycleStages"]) & set(STAGES)
        ]


def every(stage, **otherwise):
    """Say that every kind passed that stands at a stage, but for some; nobody is there to be asked for approval."""
    return dict.fromkeys(gate(stage), "passed") | {"approval": "skipped"} | otherwise


def outcomes(result):
    """What each check of each stage answered in the end."""
    return {answer.stage: dict(answer.checks) for answer in result.answers}


@pytest.fixture(scope="module")
def first_play():
    """A service that is created; its deployments follow each other."""
    with ExitStack() as resources:
        patched = resources.enter_context(pytest.MonkeyPatch.context())
        patched.setattr(aws, "_CONFIG", aws._CONFIG.merge(ONE_ATTEMPT))
        world = resources.enter_context(FurnishedWorld(clock=Clock(120)))
        resources.enter_context(environment(sealed(world.aws.environment())))
        resources.enter_context(divided_output())
        play = Play(world)
        play.created = play.deploy()
        yield play


@pytest.fixture
def play(first_play):
    """The same without trouble."""
    yield first_play
    first_play.world.aws.faults.clear()


def test_every_kind_is_rehearsed():
    """A new kind gets its place in these deployments, with as little as it takes."""
    assert set(KINDS) == set(CHECKS)


def test_a_service_that_is_created_passes_with_sound_defaults(play):
    """What makes no sense yet is skipped, each for its reason; everything else has to pass."""
    assert play.created.successful, play.created.explanation
    early, late = every(PRE, routing="skipped", smoke="skipped"), every(BEFORE, traffic_steps="skipped")
    assert {PRE: early, POST_TEST: every(POST_TEST), BEFORE: late} == outcomes(play.created)


def test_an_update_passes(play):
    """Blue is there, and nothing is skipped."""
    result = play.deploy()
    assert result.successful, result.explanation
    assert {stage: every(stage) for stage in STAGES} == outcomes(result)


def _closed_calendar(world):
    calendar(world, "audit", default="DEFAULT_CLOSED")


def _loud_alarm(world):
    alarm(world, "orders-latency", "ALARM")


def _drift(world):
    world.set_weights(world.service.production_rule_arn, dict.fromkeys(world.service.target_group_arns, 50))


def _veto(world):
    answering("failed", "7 orders are missing")(world)


def _nothing(_):
    """There is nothing to arrange."""


BROKEN = {
    "freeze": ({"time_zone": "UTC", "windows": [{"from": "2020-01-01 00:00", "to": "2099-01-01 00:00"}]}, _nothing),
    "calendar": ({"names": ["audit"]}, _closed_calendar),
    "alarms": ({"prefix": "orders-"}, _loud_alarm),
    "images": ({"pinned": "digest"}, _nothing),
    "task_definition": ({"rules": {"root_user": "fail"}}, _nothing),
    "routing": (None, _drift),
    "smoke": (
        {"suite": {**SUITE, "tests": [{"name": "teapot", "path": "/health", "expect": {"status": 418}}]}},
        _nothing,
    ),
    "lambda": (CHECKS["lambda"], _veto),
    "state_machine": ({"arn": f"{CHECKS['state_machine']['arn']}-gone"}, _nothing),
    "codebuild": ({"project": "gone"}, _nothing),
    "ecs_task": ({**CHECKS["ecs_task"], "cluster": "gone"}, _nothing),
}
"""What each kind finds wrong before green starts: its settings, and what happens to the world."""


@pytest.mark.parametrize("kind", BROKEN)
def test_each_kind_stops_a_deployment_before_green_starts(play, kind):
    """ECS rolls back, the sentence begins with the kind, and the service is as it was."""
    settings, happen = BROKEN[kind]
    weights = play.world.weights(play.world.service.production_rule_arn)
    happen(play.world)
    result = play.deploy(**{kind: settings})
    assert ("ROLLBACK_SUCCESSFUL", PRE) == (result.status, result.stage)
    assert result.explanation.startswith(f"{kind}: ")
    assert "failed" == outcomes(result)[PRE][kind]
    play.world.set_weights(play.world.service.production_rule_arn, weights)
    answering("passed", "all orders are there")(play.world)


def test_identity_stops_a_deployment_whose_tasks_run_another_image(play):
    """A tag was moved between the push and the start; whatever the tests say, it is not what was to be deployed."""

    def move(event):
        if isinstance(event, events.StageStarted) and event.stage == POST_TEST:
            (*_, task) = (arn for arn, each in play.world.tasks.tasks().items() if "startedBy" not in each)
            play.world.tasks.change(task, containers=[{"name": "app", "imageDigest": "sha256:another"}])

    result = play.deploy(move)
    assert ("ROLLBACK_SUCCESSFUL", POST_TEST) == (result.status, result.stage)
    assert result.explanation.startswith("identity: 1 of 1 target behind green's target group")


def _throttle(faults, service):
    faults.fail(service, "*", "Throttling" if service in {"cloudwatch", "elbv2"} else "ThrottlingException")


def _deny(faults, service):
    faults.deny(service, "*")


def _garble(faults, service):
    faults.garble(service, "*")


SERVICES = ("cloudwatch", "codebuild", "ecr", "ecs", "elbv2", "lambda", "ssm", "stepfunctions")


@pytest.mark.parametrize("trouble", [_throttle, _deny, _garble])
def test_trouble_with_all_of_aws_that_passes_rolls_nothing_back(play, trouble):
    """Every kind that asks AWS is in error once, and smoke waits for routing; ECS asks again, and then all is well."""
    first = []

    def happen(event):
        if isinstance(event, events.StageStarted) and event.stage == POST_TEST:
            for service in SERVICES:
                trouble(play.world.aws.faults, service)
        elif isinstance(event, events.HookAnswered) and event.stage == POST_TEST:
            first.append(dict(event.checks))
            play.world.aws.faults.clear()

    result = play.deploy(happen)
    assert result.successful, result.explanation
    apart = {"freeze": "passed", "smoke": "inconclusive", "approval": "inconclusive"}
    assert dict.fromkeys(gate(POST_TEST), "error") | apart == first[0]
    assert every(POST_TEST) == outcomes(result)[POST_TEST]
