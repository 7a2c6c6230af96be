"""The demo: a service is created with version 1, then version 2 is deployed over it."""

import shlex
from contextlib import ExitStack
from typing import TextIO

from greenlight.documents import DocumentError
from rehearsal import demo_app
from rehearsal.arguments import FLAKY, Options
from rehearsal.clock import Clock
from rehearsal.controller import (
    Controller,
    DeploymentResult,
    HookRegistrationError,
    StageFailedError,
    events,
    plan,
)
from rehearsal.invokers import InvokerError, divided_output, environment, sealed
from rehearsal.registration import REGION, RegisteredHooks, SetupError
from rehearsal.template import TemplateError
from rehearsal.view import HookLog, closing_lines, open_view
from rehearsal.world import Revision, World

BLUE_VERSION, GREEN_VERSION = "1", "2"

BROKEN_CONNECTIONS = 30
"""How many connections break under ``flaky`` at most, so that gates of the user's own are not held up for long. The demo's
open fewer in one invocation, and so do not get through; once the hook has answered, all is healed."""


def play(options: Options, out: TextIO) -> int:
    """Play the demo and return the exit code.

    Args:
        options: What the command line asks for.
        out: Where to tell what happens.

    Raises:
        SetupError: When it cannot be set up.
    """
    try:
        with ExitStack() as resources:
            result = _Demo(options, out, resources).play()
    except StageFailedError as error:
        raise SetupError(error.reason or error.cause) from error
    except (TemplateError, HookRegistrationError, InvokerError, DocumentError) as error:
        raise SetupError(str(error)) from error
    # Only now, so that nothing that ends can write after it.
    out.writelines(f"{line}\n" for line in closing_lines(result))
    out.flush()
    return 0 if result.successful else 1


class _Demo:
    def __init__(self, options: Options, out: TextIO, resources: ExitStack) -> None:
        self._options = options
        self._out = out
        self._clock = Clock(options.speed)
        self._watchers: list[events.Watcher] = _hook_log(options, resources)
        hooks = RegisteredHooks(options)
        self._world = _world(options, hooks, self._clock, resources)
        hooks.create_resources(self._world)
        resources.enter_context(environment(sealed(self._world.aws.environment())))
        resources.enter_context(divided_output())
        self._controller = Controller(
            self._world,
            hooks.invoker(self._world, self._clock, out),
            hooks.registrations,
            clock=self._clock,
            settings=options.settings(),
            subscriptions=hooks.subscriptions,
        )

    def play(self) -> DeploymentResult:
        """Create the service as the options ask for it, and deploy version 2."""
        if self._options.show_api:
            self._out.write(f"AWS_ENDPOINT_URL={self._world.aws.url} AWS_REGION={REGION}\n")
            self._out.flush()
        if self._options.create == "skip":
            self._controller.start(self._blue())
        elif self._options.create == "quietly":
            created = self._controller.deploy(self._blue(), self._watchers)
            if not created.successful:
                self._out.write(
                    f"the service was not created with version {BLUE_VERSION}: it failed at {created.stage}\n"
                )
                return created
            self._out.write(f"created the service with version {BLUE_VERSION}\n")
            self._out.flush()
        if not self._options.users:
            return self._deploy()
        with self._world.users(self._options.users, path=self._options.users_path) as users:
            result = self._deploy()
        answers = ", ".join(f"{count} {kind}" for kind, count in users.answers.items())
        self._out.write(f"users were answered: {answers or 'never'}\n")
        return result

    def _deploy(self) -> DeploymentResult:
        with open_view(self._out, self._clock, plain=self._options.plain) as view:
            return self._controller.deploy(self._green(), [self._break_connections, *self._watchers, view])

    def _blue(self) -> Revision:
        return self._revision(BLUE_VERSION, self._options.blue, None)

    def _green(self) -> Revision:
        fault = self._options.fault if self._options.fault in demo_app.FAULTS else None
        return self._revision(GREEN_VERSION, self._options.green, fault)

    def _revision(self, version: str, given: str | None, fault: str | None) -> Revision:
        try:
            if given is None:
                return self._world.register_revision(version, fault=fault)
            if given.startswith(("http://", "https://")):
                return self._world.register_revision(version, url=given)
            return self._world.register_revision(version, command=shlex.split(given))
        except ValueError as error:
            raise SetupError(str(error)) from error

    def _break_connections(self, event: events.Event) -> None:
        """Break connections while the hooks at POST_TEST_TRAFFIC_SHIFT ask for the first time, where that is the fault."""
        if self._options.fault != FLAKY:
            return
        listener = self._world.service.test_listener_arn
        match event:
            case events.StageStarted(stage=plan.POST_TEST_TRAFFIC_SHIFT):
                self._world.load_balancer.reset_next(listener, BROKEN_CONNECTIONS)
            case events.HookAnswered(stage=plan.POST_TEST_TRAFFIC_SHIFT):
                self._world.load_balancer.reset_next(listener, 0)


def _hook_log(options: Options, resources: ExitStack) -> list[events.Watcher]:
    if options.log is None:
        return []
    try:
        return [HookLog(resources.enter_context(options.log.open("w", encoding="utf-8")))]
    except OSError as error:
        raise SetupError(f"cannot write the log {options.log}: {error.strerror}") from error


def _world(options: Options, hooks: RegisteredHooks, clock: Clock, resources: ExitStack) -> World:
    world = World(
        bind=options.bind,
        public_host=options.public_host,
        region=REGION,
        lifecycle_hooks=hooks.registrations,
        bake_time_in_minutes=options.bake_minutes,
        strategy=options.settings().strategy_configuration(),
        clock=clock,
    )
    try:
        return resources.enter_context(world)
    except OSError as error:
        raise SetupError(f"cannot listen on {options.bind}: {error}") from error
