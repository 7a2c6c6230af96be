"""Whole deployments of the examples: their gates, their applications, and the template's own functions."""

import contextlib
import sys
from contextlib import ExitStack

from greenlight import aws
from rehearsal.controller import Controller, Settings, events
from rehearsal.invokers import divided_output, environment, sealed
from tests.rehearsal.promotions import Stack
from tests.rehearsal.test_examples import EXAMPLES
from tests.unit.checks.scenes.furnished import FurnishedWorld

PRE, POST_TEST, BEFORE = "PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"
SHIFT, AFTER = "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"


class Play(Stack):
    """A service that is guarded by an example's gates, from its first version on.

    Args:
        name: The example.
        world: Where it is deployed.
        parameters: The template's.
    """

    def __init__(self, name, world, **parameters):
        super().__init__(world, **parameters)
        self.folder = EXAMPLES / name
        self.gates = f"file:{self.folder / 'gates.yaml'}"

    def app(self, *options):
        """The command that runs the next version of the example's application."""
        path = str(self.folder / "app.py")
        return [sys.executable, path, "--port", "{port}", "--version", str(self.versions + 1), *options]

    def register(self, command):
        """Make the next version known to ECS."""
        self.versions += 1
        return self.world.register_revision(str(self.versions), command=command)

    def release(self, revision, *watchers, users=None, **settings):
        """Deploy a revision; users ask for a path meanwhile."""
        hooks = [
            {**hook, "hookDetails": {"gates": self.gates}} if hook.get("hookTargetArn") else hook
            for hook in self.template.lifecycle_hooks()
        ]
        self.events, self.answers = [], []

        def see(event):
            self.events.append(event)
            if isinstance(event, events.HookAnswered):
                self.answers.append(event)

        controller = Controller(self.world, self.invoker, hooks, clock=self.world.clock, settings=Settings(**settings))
        controller._active = self.running
        try:
            with self.world.users(200, path=users) if users else contextlib.nullcontext():
                return controller.deploy(revision, [see, *watchers])
        finally:
            self.running = controller._active

    @property
    def deployment(self):
        """The identifier of the deployment under way."""
        started = next(each for each in self.events if isinstance(each, events.DeploymentStarted))
        return started.deployment_arn.rpartition("/")[2]

    def outcomes(self, stage):
        """What each check of a stage said in the end."""
        return dict([answer for answer in self.answers if answer.stage == stage][-1].checks)


@contextlib.contextmanager
def playing(world, name, *, kind=Play, **parameters):
    """An example in a world, with the hooks of the template in this process."""
    with ExitStack() as resources:
        resources.enter_context(world)
        resources.enter_context(environment(sealed(world.aws.environment())))
        resources.enter_context(divided_output())
        aws.forget_clients()
        resources.callback(aws.forget_clients)
        yield kind(name, world, **parameters)


def created(play, *options, users=None, **settings):
    """Create the service with a good first version."""
    result = play.release(play.register(play.app(*options)), users=users, **settings)
    assert result.successful, result.explanation


class HeadlessWorld(FurnishedWorld):
    """A world whose service has no load balancer, as ECS tells the functions."""

    def register_revision(self, version, **how):
        """Make a revision known that no load balancer leads to."""
        revision = super().register_revision(version, **how)
        self._without_load_balancer(revision)
        return revision

    def start(self, revision, target_group_arn):
        """Start its application; the load balancer of the rehearsal looks at its health, and ECS tells nothing of it."""
        super().start(revision, target_group_arn)
        self._without_load_balancer(revision)

    def _without_load_balancer(self, revision):
        record = self.store.revision(revision.arn)
        record["loadBalancers"] = []
        record.pop("resolvedConfiguration", None)
        self.store.put_revision(record)
