"""Traffic in steps in whole deployments: ECS calls again and again, and shifts the rest, or rolls back."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from greenlight import aws
from rehearsal.clock import Clock
from rehearsal.controller import Controller, events
from rehearsal.invokers import InProcessInvoker, divided_output, environment, sealed
from rehearsal.template import Template
from rehearsal.world import World

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
BEFORE, SHIFT = "PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"
STEPS = {"steps": [5, 25, 50], "bake": "30s", "metrics": False}
SWITCH = {"switch": {"parameter": "/orders/active-revision"}}


class Play:
    """A service whose gate before the production shift goes in steps."""

    def __init__(self, world):
        self.world, self.clock = world, world.clock
        template = Template.load(TEMPLATE, region=world.aws.region, account_id=world.aws.account_id)
        self.invoker = InProcessInvoker(template.functions.values(), world.aws.environment(), self.clock)
        self.hooks, self.versions, self.running = template.lifecycle_hooks(), 0, []

    def deploy(self, happen=lambda _event, _green: None, **gate):
        """Deploy the next version; something may happen after each answer of the gate, told green's share."""
        self.versions += 1
        self.seen = []
        gates = {"version": 1, BEFORE.lower(): {"traffic_steps": {**STEPS, **gate}}, SHIFT.lower(): SWITCH}
        hooks = [
            {**hook, "hookDetails": {"gates": gates}}
            for hook in self.hooks
            if set(hook["lifecycleStages"]) <= {BEFORE, SHIFT}
        ]
        revision = self.world.register_revision(str(self.versions))

        def watch(event):
            if isinstance(event, events.HookAnswered) and event.stage == BEFORE:
                green = next((share for arn, share in self.weights().items() if arn != self.blue), 0)
                self.seen.append(green)
                happen(event, green)

        self.blue = next((arn for arn, share in self.weights().items() if share), None)
        controller = Controller(self.world, self.invoker, hooks, clock=self.clock)
        controller._active = self.running
        try:
            return controller.deploy(revision, [watch])
        finally:
            self.running = controller._active

    def weights(self):
        """What the production rule says."""
        return self.world.weights(self.world.service.production_rule_arn)


@pytest.fixture(scope="module")
def play():
    """A service that runs its first version."""
    with ExitStack() as resources:
        world = resources.enter_context(World(clock=Clock(120)))
        resources.enter_context(environment(sealed(world.aws.environment())))
        resources.enter_context(divided_output())
        aws.forget_clients()
        resources.callback(aws.forget_clients)
        play = Play(world)
        created = play.deploy()
        assert created.successful, created.explanation
        yield play


def test_green_gets_its_share_in_steps_and_ecs_takes_the_rest(play):
    """The next deployment goes the other way round: blue is in the other group."""
    for _ in range(2):
        result = play.deploy()
        assert result.successful, result.explanation
        assert [0, 5, 25, 50] == list(dict.fromkeys(play.seen))
        assert play.blue not in {arn for arn, share in play.weights().items() if share}


def test_a_foreign_hand_rolls_back_and_users_are_at_blue(play):
    """Somebody runs Terraform in the middle."""

    def meddle(_event, green):
        if green == 25:
            play.world.set_weights(
                play.world.service.production_rule_arn, {arn: 60 if arn == play.blue else 40 for arn in play.weights()}
            )

    result = play.deploy(meddle)
    assert ("ROLLBACK_SUCCESSFUL", BEFORE) == (result.status, result.stage)
    assert "somebody else set it" in result.explanation
    assert "production is back at blue 100 %" in result.explanation
    assert {play.blue: 100.0} == {arn: share for arn, share in play.weights().items() if share}


def test_a_dry_run_moves_nobody(play):
    """ECS shifts everything at once, as without the check."""
    result = play.deploy(dry_run=True)
    assert result.successful, result.explanation
    assert {0} == set(play.seen)
