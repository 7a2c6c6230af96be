"""A world without servers, in which deployments are played in milliseconds."""

import copy
import threading
from dataclasses import dataclass, field

from rehearsal.aws.deployments import DeploymentStore
from rehearsal.clock import Clock
from rehearsal.controller import Controller, Settings
from rehearsal.invokers import Invocation

CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/rehearsal"
SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/rehearsal/orders"


@dataclass(frozen=True)
class FakeService:
    cluster_arn: str = CLUSTER
    cluster_name: str = "rehearsal"
    service_arn: str = SERVICE
    service_name: str = "orders"
    target_group_arns: tuple[str, str] = ("tg/one", "tg/two")
    production_rule_arn: str = "rule/production"
    test_rule_arn: str = "rule/test"


@dataclass(frozen=True)
class FakeRevision:
    version: str
    healthy: bool = True

    @property
    def arn(self):
        return f"arn:aws:ecs:eu-west-1:123456789012:service-revision/rehearsal/orders/{self.version}"


@dataclass
class FakeWorld:
    """Remembers what was done to it, in order."""

    service: FakeService = field(default_factory=FakeService)
    store: DeploymentStore = field(default_factory=DeploymentStore)
    did: list = field(default_factory=list)
    rules: dict = field(default_factory=dict)
    running: dict = field(default_factory=dict)

    def start(self, revision, target_group_arn):
        self.did.append(("start", revision.version))
        self.running[revision.version] = target_group_arn

    def stop(self, revision):
        self.did.append(("stop", revision.version))
        del self.running[revision.version]

    def is_healthy(self, revision):
        return revision.healthy

    def application_log(self, revision):
        return "starting\nout of memory\n"

    def set_weights(self, rule_arn, weights):
        self.did.append((rule_arn.removeprefix("rule/"), dict(weights)))
        self.rules[rule_arn] = dict(weights)


PREFIX = "arn:aws:lambda:eu-west-1:123456789012:function:"


class FakeInvoker:
    """Answers with what a test scripted for a function: replies in turn, the last one again and again."""

    def __init__(self, replies):
        self.replies = {name: list(turns) if isinstance(turns, list) else [turns] for name, turns in replies.items()}
        self.events = []
        self._lock = threading.Lock()

    def invoke(self, function_arn, event):
        name = function_arn.removeprefix(PREFIX)
        with self._lock:
            self.events.append((name, copy.deepcopy(event)))
            turns = self.replies[name]
            reply = turns.pop(0) if len(turns) > 1 else turns[0]
        if callable(reply):
            reply = reply(event)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, Invocation) else Invocation(reply, None, 0.01)

    def stages(self, name):
        return [event["lifecycleStage"] for asked, event in self.events if asked == name]

    def events_of(self, name):
        return [event for asked, event in self.events if asked == name]


def lambda_hook(name, *stages, **more):
    """Return the registration of a function."""
    return {"hookTargetArn": PREFIX + name, "roleArn": "role", "lifecycleStages": list(stages), **more}


def pause_hook(*stages, **more):
    """Return the registration of a PAUSE hook."""
    return {"targetType": "PAUSE", "lifecycleStages": list(stages), **more}


class Rehearsed:
    """A controller in a fake world, with everything that it told."""

    def __init__(self, hooks=(), replies=None, *, speed=2000, watchers=(), subscriptions=(), **settings):
        self.world = FakeWorld()
        self.invoker = FakeInvoker(replies or {})
        self.told = []
        self.clock = Clock(speed)
        self.controller = Controller(
            self.world,
            self.invoker,
            hooks,
            clock=self.clock,
            settings=Settings(**settings),
            subscriptions=subscriptions,
        )
        self.watchers = [self.told.append, *watchers]

    def create(self, version="1"):
        return self.controller.deploy(FakeRevision(version), self.watchers)

    def update(self, version="2", **more):
        """Deploy over a version 1 that has been running for long."""
        self.controller.start(FakeRevision("1"))
        self.world.did.clear()
        return self.controller.deploy(FakeRevision(version, **more), self.watchers)

    def record(self, result):
        return self.world.store.deployment(result.deployment_arn)

    def of(self, kind):
        return [event for event in self.told if isinstance(event, kind)]
