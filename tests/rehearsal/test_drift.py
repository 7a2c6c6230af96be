"""Listener weights that somebody changed behind ECS's back: the deployment stops there, for that reason and for no other."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from rehearsal.clock import Clock
from rehearsal.controller import Controller, events
from rehearsal.invokers import InProcessInvoker, divided_output, environment, sealed
from rehearsal.template import Template
from rehearsal.world import World

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
PRE, POST_TEST = "PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT"
SUITE = {
    "version": 1,
    "name": "orders",
    "tests": [{"name": "orders are listed", "path": "/v2/orders", "retries": {"count": 2, "interval": "100ms"}}],
}


class Play:
    """A service that has been deployed twice already, so that blue is in its second target group."""

    def __init__(self, world, **gates):
        self.world = world
        self.first, self.second = world.service.target_group_arns
        template = Template.load(TEMPLATE, region=world.aws.region, account_id=world.aws.account_id)
        checks = {"smoke": {"suite": SUITE}, **gates}
        configured = {"version": 1, **{stage.lower(): checks for stage in (PRE, POST_TEST)}}
        hooks = [
            {**hook, "hookDetails": {"gates": configured}}
            for hook in template.lifecycle_hooks()
            if hook["lifecycleStages"] in ([PRE], [POST_TEST])
        ]
        clock = Clock(600)
        invoker = InProcessInvoker(template.functions.values(), world.aws.environment(), clock)
        self.controller = Controller(world, invoker, hooks, clock=clock)
        self.controller.start(world.register_revision("1"))
        assert self.controller.deploy(world.register_revision("2")).successful

    def drift(self, rule, weights, at=None):
        """Change a rule's weights: now, or at the beginning of a stage."""
        if at is None:
            self.world.set_weights(rule, weights)
        self.watcher = lambda event: (
            self.world.set_weights(rule, weights)
            if isinstance(event, events.StageStarted) and event.stage == at and not event.rollback
            else None
        )

    def deploy(self, *, fault=None):
        """Deploy version 3, and return how it ended."""
        return self.controller.deploy(self.world.register_revision("3", fault=fault), [self.watcher])


@pytest.fixture
def play():
    """Play a deployment on a machine of its own."""
    with ExitStack() as resources:
        world = resources.enter_context(World())
        resources.enter_context(environment(sealed(world.aws.environment())))
        resources.enter_context(divided_output())
        yield lambda **gates: Play(world, **gates)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        pytest.param((100, 0), "Terraform (aws_lb_listener_rule)", id="a tool wrote the first weights again"),
        pytest.param((50, 50), "a canary that was interrupted", id="both groups get traffic"),
    ],
)
def test_production_weights_that_drifted_stop_a_deployment_before_green_starts(play, weights, words):
    """Production does not lead to blue: whatever was measured there would be somebody else's."""
    scene = play()
    scene.drift(scene.world.service.production_rule_arn, dict(zip((scene.first, scene.second), weights, strict=True)))
    result = scene.deploy()
    assert (False, PRE) == (result.successful, result.stage)
    assert result.explanation.startswith("routing: the production listener rule")
    assert words in result.explanation


def test_a_test_rule_that_drifted_stops_a_deployment_though_every_probe_passes(play):
    """Green is broken, and the probe would have hit blue, which is not."""
    scene = play()
    scene.drift(scene.world.service.test_rule_arn, {scene.first: 0, scene.second: 100}, at=POST_TEST)
    result = scene.deploy(fault="http-500")
    assert (False, POST_TEST) == (result.successful, result.stage)
    assert result.explanation.startswith("routing: the test listener rule")
    assert "sends 0 % to orders-1, 100 % to orders-2; expected 100 % to orders-1" in result.explanation


def test_without_the_check_the_same_drift_lets_a_broken_green_through(play):
    """So it was this check that stopped it, and nothing else would have."""
    scene = play(routing=False)
    scene.drift(scene.world.service.test_rule_arn, {scene.first: 0, scene.second: 100}, at=POST_TEST)
    result = scene.deploy(fault="http-500")
    assert result.successful, result.explanation


def test_without_drift_both_gates_pass(play):
    """The weights are those that ECS left there."""
    scene = play()
    scene.drift(scene.world.service.test_rule_arn, {}, at="never")
    result = scene.deploy()
    assert result.successful, result.explanation
