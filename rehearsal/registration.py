"""The hooks of the demo's service: what the template offers, and the user's own."""

import time
from typing import Any, TextIO

from moto.core.models import DEFAULT_ACCOUNT_ID

from rehearsal.arguments import Options
from rehearsal.clock import Clock
from rehearsal.inline import inline_gates
from rehearsal.invokers import (
    CallableInvoker,
    InProcessInvoker,
    Invoker,
    InvokerError,
    LambdaEndpointInvoker,
    Router,
    function_arn,
    load_callable,
)
from rehearsal.resources import create_resources
from rehearsal.sam_template import write_sam_template
from rehearsal.template import Template
from rehearsal.world import World

REGION = "eu-west-1"
ACCOUNT_ID = DEFAULT_ACCOUNT_ID

ENDPOINT_WAIT = 180.0
"""Real seconds to start ``sam local start-lambda`` in."""


class SetupError(Exception):
    """When a rehearsal cannot be set up."""


class RegisteredHooks:
    """The hooks of the demo's service.

    Args:
        options: What the command line asks for.

    Attributes:
        registrations: What goes into ``deploymentConfiguration.lifecycleHooks``.
        subscriptions: Functions of the template that wait for ECS's events.

    Raises:
        SetupError: When the gates file is not there.
        TemplateError: When the template cannot be read or offers no hooks.
        InvokerError: When a hook of the user's cannot be loaded.
        DocumentError: When the gates file is to be inlined and is not strict YAML.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._template = Template.load(
            options.template, region=REGION, account_id=ACCOUNT_ID, parameters=dict(options.parameters)
        )
        self._own = [
            (stage, function_arn(reference, region=REGION, account_id=ACCOUNT_ID), load_callable(reference))
            for stage, reference in options.hooks
        ]
        self.registrations = [*self._offered(), *self._users()]
        self.subscriptions = self._template.subscriptions()

    def create_resources(self, world: World) -> None:
        """Make what the template's functions need in the world's AWS API.

        Raises:
            TemplateError: When that needs something that only exists once the template is deployed.
        """
        create_resources(self._template, world.aws)

    def invoker(self, world: World, clock: Clock, out: TextIO) -> Invoker:
        """Return what invokes these hooks.

        Args:
            world: Whose AWS API the hooks talk to.
            clock: The time of day inside hooks of this process.
            out: Where to tell what is waited for.

        Raises:
            InvokerError: When the Lambda endpoint is not there.
        """
        functions = self._template.functions.values()
        declared: Invoker
        if self._options.lambda_endpoint is None:
            declared = InProcessInvoker(functions, world.aws.environment(), clock)
        else:
            declared = self._endpoint(world, out)
        own = CallableInvoker({arn: handler for _, arn, handler in self._own}, clock)
        routes = {function.arn: declared for function in functions}
        return Router({**routes, **{arn: own for _, arn, _ in self._own}})

    def _offered(self) -> list[dict[str, Any]]:
        gates = self._gates()
        return [
            # A PAUSE hook is nobody who could read gates.
            {**hook, "hookDetails": {**(hook.get("hookDetails") or {}), "gates": gates}}
            if hook.get("hookTargetArn")
            else hook
            for hook in self._template.lifecycle_hooks()
        ]

    def _users(self) -> list[dict[str, Any]]:
        role = f"arn:aws:iam::{ACCOUNT_ID}:role/hooks"
        return [{"hookTargetArn": arn, "roleArn": role, "lifecycleStages": [stage]} for stage, arn, _ in self._own]

    def _gates(self) -> Any:
        path = self._options.gates
        if not path.is_file():
            raise SetupError(f"no gates file {path}; name one with --gates")
        if not self._options.inline:
            return f"file:{path.resolve()}"
        try:
            return inline_gates(path)
        except OSError as error:
            raise SetupError(f"cannot hand over the gates file: {error}") from error

    def _endpoint(self, world: World, out: TextIO) -> LambdaEndpointInvoker:
        url = str(self._options.lambda_endpoint)
        endpoint = LambdaEndpointInvoker(self._template.functions.values(), url, region=REGION)
        if self._options.sam_template is None:
            endpoint.check_reachable()
            return endpoint
        copy = write_sam_template(self._options.sam_template, world.aws.environment())
        out.write(f"start within {ENDPOINT_WAIT:g} s: sam local start-lambda --template {copy}\n")
        out.flush()
        _await(endpoint)
        return endpoint


def _await(endpoint: LambdaEndpointInvoker) -> None:
    deadline = time.monotonic() + ENDPOINT_WAIT
    while True:
        try:
            endpoint.check_reachable()
        except InvokerError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.5)
        else:
            return
