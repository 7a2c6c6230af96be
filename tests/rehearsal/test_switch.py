"""The switch of queue workers in whole deployments: one active revision in each step of a canary, and the old one after a rollback."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from greenlight import aws
from rehearsal.clock import Clock
from rehearsal.controller import Controller, Settings, events
from rehearsal.invokers import InProcessInvoker, divided_output, environment, sealed
from rehearsal.template import Template
from rehearsal.world import World

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
SHIFT, AFTER = "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"
NAME = "/orders/active-revision"
CLOSED = {"time_zone": "UTC", "windows": [{"from": "2020-01-01 00:00", "to": "2099-01-01 00:00"}]}
OPEN = {"time_zone": "UTC", "windows": [{"from": "2020-01-01 00:00", "to": "2020-01-02 00:00"}]}


class Play:
    """A service whose workers go by a parameter; a canary of 10 %."""

    def __init__(self, world):
        self.world, self.clock = world, world.clock
        place = f"{world.aws.region}:{world.aws.account_id}"
        parameters = {"SwitchParameterArns": f"arn:aws:ssm:{place}:parameter{NAME}", "Stages": f"{SHIFT},{AFTER}"}
        self.template = Template.load(
            TEMPLATE, region=world.aws.region, account_id=world.aws.account_id, parameters=parameters
        )
        self.invoker = InProcessInvoker(self.template.functions.values(), world.aws.environment(), self.clock)
        self.versions, self.running = 0, []

    def deploy(self, freeze):
        """Deploy the next version; return how it ended, and who was active after each answer of the hook."""
        self.versions += 1
        gates = {"version": 1, SHIFT.lower(): {"switch": {"parameter": NAME}}, AFTER.lower(): {"freeze": freeze}}
        hooks = [{**hook, "hookDetails": {"gates": gates}} for hook in self.template.lifecycle_hooks()]
        seen = []

        def watch(event):
            if isinstance(event, events.HookAnswered) and event.stage == SHIFT:
                seen.append(self.value())

        settings = Settings(strategy="CANARY", canary_percent=10, canary_bake_minutes=1)
        controller = Controller(self.world, self.invoker, hooks, clock=self.clock, settings=settings)
        controller._active = self.running
        revision = self.world.register_revision(str(self.versions))
        try:
            return revision, controller.deploy(revision, [watch]), seen
        finally:
            self.running = controller._active

    def value(self):
        """What workers read."""
        return json.loads(self.world.aws.client("ssm").get_parameter(Name=NAME)["Parameter"]["Value"])


@pytest.fixture
def play():
    """A service without a deployment."""
    with ExitStack() as resources:
        world = resources.enter_context(World(clock=Clock(600)))
        resources.enter_context(environment(sealed(world.aws.environment())))
        resources.enter_context(divided_output())
        aws.forget_clients()
        resources.callback(aws.forget_clients)
        yield Play(world)


def test_one_revision_is_active_in_every_step_and_after_a_rollback(play):
    """Created, updated as a canary, and rolled back after the shift was over."""
    first, result, seen = play.deploy(OPEN)
    assert result.successful, result.explanation
    assert {first.id} == {value["active"] for value in seen}

    second, result, seen = play.deploy(OPEN)
    assert result.successful, result.explanation
    assert [(10, first.id), (100, second.id)] == [(value["weights"][second.arn], value["active"]) for value in seen]

    third, result, seen = play.deploy(CLOSED)
    assert ("ROLLBACK_SUCCESSFUL", AFTER) == (result.status, result.stage)
    assert [(10, second.id), (100, third.id), (0, second.id)] == [
        (value["weights"][third.arn], value["active"]) for value in seen
    ]
    assert second.id == play.value()["active"]
