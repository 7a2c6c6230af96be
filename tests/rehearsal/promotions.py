"""Whole deployments through the template's own functions, with a record, a topic, users and people who decide."""

import json
from contextlib import ExitStack, contextmanager

from click.testing import CliRunner

from greenlight import aws, clock
from greenlight.record import Table, approvals, verdicts
from greenlight_cli.program import program
from rehearsal.aws.told import events_put, published
from rehearsal.clock import Clock
from rehearsal.controller import Controller, Settings, events
from rehearsal.invokers import InProcessInvoker, divided_output, environment, sealed
from rehearsal.resources import create_resources
from rehearsal.template import Template
from rehearsal.world import World
from tests.rehearsal.test_drift import TEMPLATE

BEFORE, AFTER = "PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"
HEALTH = {"version": 1, "name": "health", "tests": [{"name": "is well", "path": "/health"}]}
METRICS = {
    "rules": [{"query": "5xx_rate", "compare_to": "blue", "slack": 3.0}],
    "window": "1m",
    "delay": "1s",
    "interval": "30s",
    "count": 2,
    "min_samples": 10,
}
"""Short windows, so that a rehearsal takes seconds; 3 % of slack, because few users make a coarse rate."""

_ALL_STAGES = f"PRE_SCALE_UP,POST_TEST_TRAFFIC_SHIFT,{BEFORE},{AFTER}"


class Stack:
    """The deployed template: its functions, its table and its topic, in a world.

    Args:
        world: Where it is deployed.
        parameters: The template's, besides those that turn on what is played here.
    """

    def __init__(self, world, **parameters):
        parameters = {"Stages": _ALL_STAGES, "TrafficSteps": "on", **parameters}
        self.world = world
        self.template = Template.load(
            TEMPLATE, region=world.aws.region, account_id=world.aws.account_id, parameters=parameters
        )
        create_resources(self.template, world.aws)
        self.invoker = InProcessInvoker(self.template.functions.values(), world.aws.environment(), world.clock)
        self.topic = f"arn:aws:sns:{world.aws.region}:{world.aws.account_id}:{self._one('AWS::SNS::Topic')}"
        self.table = Table(self._one("AWS::DynamoDB::Table") or "")
        self.versions = 0
        self.running = []

    def _one(self, kind):
        """The name of the only resource of a type; None where there is none."""
        return next((resource.name for resource in self.template.resources(kind)), None)

    def deploy(self, gates, *, when=lambda answer: None, watch=lambda event: None, fault=None, users=0, **settings):
        """Deploy the next version.

        Args:
            gates: The gates by stage.
            when: Called after each answer of a hook, from the deployment's own thread.
            watch: Called with everything that happens.
            fault: Of the demo application.
            users: Requests in a simulated minute.
            settings: Of the deployment.
        """
        self.versions += 1
        gates_file = {"version": 1, "service": "orders", **{stage.lower(): gate for stage, gate in gates.items()}}
        hooks = [
            {**hook, "hookDetails": {"gates": gates_file}} if hook.get("hookTargetArn") else hook
            for hook in self.template.lifecycle_hooks()
            if "hookTargetArn" not in hook or set(hook["lifecycleStages"]) <= set(gates)
        ]
        self.events, answers = [], []

        def seen(event):
            self.events.append(event)
            if isinstance(event, events.HookAnswered):
                answers.append(event)
                when(Answer(self, event, len([each for each in answers if each.stage == event.stage])))
            watch(event)

        controller = Controller(
            self.world,
            self.invoker,
            hooks,
            clock=self.world.clock,
            settings=Settings(**settings),
            subscriptions=self.template.subscriptions(),
        )
        controller._active = self.running
        before, events_before = len(self.messages()), len(self.put())
        revision = self.world.register_revision(str(self.versions), fault=fault)
        try:
            with self._users(users):
                result = controller.deploy(revision, [seen])
        finally:
            self.running = controller._active
        told = self.messages()[before:]
        return Played(self, result, answers, told, self.put()[events_before:])

    @contextmanager
    def _users(self, per_minute):
        if not per_minute:
            yield
            return
        with self.world.users(per_minute) as users:
            yield
        assert users.answers, "the users were never answered"

    def messages(self):
        """All messages of the topic."""
        return published(self.topic)

    def put(self):
        """All events of Greenlight's own."""
        return list(events_put(self.world.aws.account_id, self.world.aws.region))

    def decide(self, verb, deployment, *options, comment="as I see it"):
        """Run ``greenlight approve`` or ``greenlight reject``, in the rehearsal's time."""
        table = ["--table", self.table.name] if self.table.name else []
        region = ["--region", self.world.aws.region]
        token = clock.source.set(self.world.clock.now)
        try:
            return CliRunner().invoke(
                program, [verb, deployment, *table, *region, "--comment", comment, "--yes", *options]
            )
        finally:
            clock.source.reset(token)

    def by_hand(self, deployment, who, *, approves=True):
        """Decide as somebody else with what the plain AWS CLI would send."""
        token = clock.source.set(self.world.clock.now)
        try:
            question = approvals.find(self.table, deployment, "approval")
            decision = approvals.Decision(who=who, approves=approves, at=clock.now(), comment="by hand")
            aws.client("dynamodb").update_item(
                TableName=self.table.name, **approvals.decision_parameters(question, decision)
            )
        finally:
            clock.source.reset(token)

    def weights(self):
        """What the production rule says, without those that get nothing."""
        shares = self.world.weights(self.world.service.production_rule_arn)
        return {arn: share for arn, share in shares.items() if share}


class Answer:
    """An answer of a hook, while the deployment goes on."""

    def __init__(self, stack, event, number):
        self.stack, self.event, self.number = stack, event, number
        self.stage, self.status = event.stage, event.status

    @property
    def deployment_arn(self):
        """The ARN of the deployment."""
        started = next(each for each in self.stack.events if isinstance(each, events.DeploymentStarted))
        return started.deployment_arn

    @property
    def deployment(self):
        """The identifier of the deployment."""
        return self.deployment_arn.rpartition("/")[2]

    @property
    def waits(self):
        """Whether it is the gate before production that waits."""
        return (BEFORE, "IN_PROGRESS") == (self.stage, self.status)


class Played:
    """A deployment that was played, and all that was told of it."""

    def __init__(self, stack, result, answers, messages, put):
        self.stack, self.result, self.answers = stack, result, answers
        self.messages, self.put = messages, put

    @property
    def id(self):
        """The identifier of the deployment."""
        return self.result.deployment_arn.rpartition("/")[2]

    @property
    def ending(self):
        """How it ended, and where."""
        return self.result.status, self.result.stage

    def subjects(self, *words):
        """Subjects of messages with one of some words."""
        return [each.subject for each in self.messages if any(word in each.subject for word in words)]

    def verdicts(self, stage=BEFORE):
        """What the record has of a stage."""
        return [each for each in verdicts.every(self.stack.table, self.id) if each.stage == stage]

    def question(self, name="approval"):
        """What people were asked."""
        return approvals.find(self.stack.table, self.id, name)

    def events(self, kind):
        """Details of our own events of a type."""
        return [json.loads(each["Detail"]) for each in self.put if each["DetailType"] == kind]


@contextmanager
def deployed(**parameters):
    """A stack with some parameters, whose service runs its first version."""
    with ExitStack() as resources:
        world = resources.enter_context(World(clock=Clock(60)))
        resources.enter_context(environment(sealed(world.aws.environment())))
        resources.enter_context(divided_output())
        aws.forget_clients()
        resources.callback(aws.forget_clients)
        yield Stack(world, **parameters)
