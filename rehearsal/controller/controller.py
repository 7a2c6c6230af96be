"""The stand-in for the ECS deployment controller."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rehearsal.aws.services import hooks_of
from rehearsal.clock import Clock
from rehearsal.controller import events
from rehearsal.controller.deployment import Deployment
from rehearsal.controller.hooks import read_hooks
from rehearsal.controller.plan import Listener
from rehearsal.controller.result import DeploymentResult
from rehearsal.controller.scale_up import start_and_wait
from rehearsal.controller.settings import Settings
from rehearsal.controller.traffic import Placed, Traffic
from rehearsal.eventbridge import Subscription
from rehearsal.invokers import Invoker

if TYPE_CHECKING:
    from rehearsal.world import Revision, World


class Controller:
    """Deploys revisions of one service, one after the other, as ECS would.

    Args:
        world: What is deployed to.
        invoker: Invokes hooks.
        hooks: The service's hooks, in the shape of ``deploymentConfiguration.lifecycleHooks``; None for those that the service
            has when a deployment begins, as ECS has it, so that they can be changed in between.
        clock: Simulated time.
        settings: How deployments go.
        subscriptions: Functions that wait for ECS's events; invoked as hooks are, and waited for before a deployment's
            result is returned.

    Raises:
        HookRegistrationError: When ECS would refuse the hooks.
    """

    def __init__(
        self,
        world: "World",
        invoker: Invoker,
        hooks: Iterable[Mapping[str, Any]] | None,
        *,
        clock: Clock,
        settings: Settings | None = None,
        subscriptions: Iterable[Subscription] = (),
    ) -> None:
        self._world = world
        self._invoker = invoker
        self._registrations = None if hooks is None else [dict(hook) for hook in hooks]
        read_hooks(self._registrations or ())
        self._clock = clock
        self._settings = settings or Settings()
        self._subscriptions = tuple(subscriptions)
        self._active: list[Placed] = []

    def deploy(self, revision: "Revision", watchers: Sequence[events.Watcher] = ()) -> DeploymentResult:
        """Play a deployment: the service's creation when nothing runs yet, else an update.

        Args:
            revision: What to deploy.
            watchers: Are told what happens.
        """
        deployment = self._deployment(revision, watchers)
        try:
            return deployment.play()
        finally:
            self._active = deployment.running

    def start(self, revision: "Revision") -> None:
        """Put a revision into production without a deployment, as if it had run for long.

        Args:
            revision: What shall run.

        Raises:
            StageFailedError: When it does not become healthy.
        """
        placed = self._placed(revision)
        start_and_wait(self._world, placed, self._settings.scale_up_timeout)
        traffic = Traffic(self._world, blue=None, green=placed)
        for listener in Listener:
            traffic.shift(listener, 100)
        self._active = [placed]

    def _deployment(self, revision: "Revision", watchers: Sequence[events.Watcher]) -> Deployment:
        registrations = self._registrations
        if registrations is None:
            service = self._world.service
            registrations = hooks_of(self._world.aws, service.cluster_name, service.service_name)
        return Deployment(
            world=self._world,
            invoker=self._invoker,
            hooks=read_hooks(registrations),
            settings=self._settings,
            clock=self._clock,
            active=self._active,
            green=self._placed(revision),
            configuration={**self._settings.configuration(), "lifecycleHooks": registrations},
            watchers=watchers,
            subscriptions=self._subscriptions,
        )

    def _placed(self, revision: "Revision") -> Placed:
        first, second = self._world.service.target_group_arns
        taken = self._active[-1].target_group_arn if self._active else second
        return Placed(revision, second if taken == first else first)
