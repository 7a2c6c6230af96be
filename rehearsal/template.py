"""The functions that a SAM template declares and the hooks it offers, read without deploying it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from rehearsal.cloudformation import NO_VALUE, Resolver, TemplateError, is_expression, read
from rehearsal.eventbridge import DEFAULT_RETRIES, PatternError, Subscription

__all__ = ["DeclaredFunction", "DeclaredResource", "Template", "TemplateError"]

FUNCTION_TYPE = "AWS::Serverless::Function"
HOOKS_OUTPUT = "LifecycleHooks"
# The first is SAM's older name of the second:
# https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventbridgerule.html
RULE_TYPES = frozenset({"CloudWatchEvent", "EventBridgeRule"})
# AWS services tell their events on this one.
DEFAULT_BUS = "default"

# Lambda's own defaults: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
DEFAULT_TIMEOUT = 3
DEFAULT_MEMORY = 128


@dataclass(frozen=True)
class DeclaredFunction:
    """A Lambda function as the template declares it, its ``Globals`` merged in.

    Attributes:
        logical_id: Its name in the template; the rehearsal calls the function so too.
        arn: What it is called in the rehearsal's account.
        handler: ``module.function``.
        code_folder: The folder that ``CodeUri`` names.
        timeout: Seconds one invocation may last.
        memory: Megabytes.
        variables: Its environment variables, expressions and all.
        resolver: Works out the expressions.
        events: What invokes it besides, expressions and all.
        retries: How often an invocation by an event is tried again when it fails.
    """

    logical_id: str
    arn: str
    handler: str
    code_folder: Path
    timeout: float
    memory: int
    variables: Mapping[str, Any]
    resolver: Resolver
    events: Mapping[str, Any] = field(default_factory=dict)
    retries: int = DEFAULT_RETRIES

    def environment(self) -> dict[str, str]:
        """Return the environment variables as the function sees them.

        Raises:
            TemplateError: When one needs something that only exists once the template is deployed.
        """
        environment = {}
        for name, value in self.resolver.resolve(dict(self.variables)).items():
            environment[name] = str(value).lower() if isinstance(value, bool) else str(value)
        return environment


@dataclass(frozen=True)
class DeclaredResource:
    """A resource as the template declares it.

    Attributes:
        name: What it is called in the rehearsal's account.
        properties: Its properties, expressions and all.
        resolver: Works out the expressions.
    """

    name: str
    properties: Mapping[str, Any]
    resolver: Resolver

    def get(self, name: str) -> Any:
        """Return a property, worked out; None where it has none.

        Raises:
            TemplateError: When it needs something that only exists once the template is deployed.
        """
        value = self.resolver.resolve(self.properties.get(name))
        return None if value is NO_VALUE else value


class Template:
    """A SAM template.

    Args:
        path: The file.
        document: What it holds.
        resolver: Works out its expressions.
    """

    def __init__(self, path: Path, document: Mapping[str, Any], resolver: Resolver) -> None:
        self.path = path
        self._document = document
        self._resolver = resolver
        self.functions = {
            logical_id: self._function(logical_id, resource.get("Properties") or {})
            for logical_id, resource in self._of(FUNCTION_TYPE)
        }

    @classmethod
    def load(cls, path: Path, *, region: str, account_id: str, parameters: Mapping[str, str] | None = None) -> Self:
        """Read a template.

        Args:
            path: The file.
            region: Region of the rehearsal, for ARNs.
            account_id: Account of the rehearsal, for ARNs.
            parameters: Values of parameters, instead of their defaults.

        Raises:
            TemplateError: When it cannot be read, or a function lacks what is needed to run it.
        """
        document = read(path)
        resolver = Resolver(document, parameters=parameters or {}, region=region, account_id=account_id)
        return cls(path, document, resolver)

    def lifecycle_hooks(self) -> list[dict[str, Any]]:
        """Return what the template's output tells a user to paste into ``deploymentConfiguration.lifecycleHooks``.

        Raises:
            TemplateError: When there is no such output or it is not a JSON list of objects.
        """
        output = (self._document.get("Outputs") or {}).get(HOOKS_OUTPUT)
        if output is None:
            raise TemplateError(f"the template {self.path} has no output {HOOKS_OUTPUT}")
        text = self._resolver.resolve(output.get("Value"))
        try:
            hooks = json.loads(text)
        except (TypeError, ValueError) as error:
            raise TemplateError(f"the output {HOOKS_OUTPUT} of {self.path} is not JSON: {error}") from error
        if not isinstance(hooks, list) or not all(isinstance(hook, dict) for hook in hooks):
            raise TemplateError(f"the output {HOOKS_OUTPUT} of {self.path} is not a JSON list of objects")
        return hooks

    def resources(self, kind: str) -> list[DeclaredResource]:
        """Return the resources of a type, without those whose condition does not hold.

        Args:
            kind: The type, such as ``AWS::SNS::Topic``.
        """
        return [
            DeclaredResource(self._resolver.name(logical_id), resource.get("Properties") or {}, self._resolver)
            for logical_id, resource in self._of(kind)
        ]

    def subscriptions(self) -> list[Subscription]:
        """Return which functions wait for which events of AWS services.

        Raises:
            TemplateError: When a pattern cannot be worked out, or filters in a way that the rehearsal does not know.
        """
        return [
            self._subscription(function, name, properties)
            for function in self.functions.values()
            for name, properties in self._rules(function)
        ]

    def _rules(self, function: DeclaredFunction) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The enabled rules on the default bus that invoke a function."""
        for name, event in function.events.items():
            properties = event.get("Properties") or {}
            state = self._resolver.resolve({key: properties.get(key) for key in ("EventBusName", "State", "Enabled")})
            on_default = state.get("EventBusName") in {None, DEFAULT_BUS}
            disabled = state.get("State") == "DISABLED" or str(state.get("Enabled")).lower() == "false"
            if event.get("Type") in RULE_TYPES and on_default and not disabled:
                yield name, properties

    def _subscription(self, function: DeclaredFunction, name: str, properties: Mapping[str, Any]) -> Subscription:
        try:
            return Subscription(
                function.arn, self._resolver.resolve(properties.get("Pattern")), retries=function.retries
            )
        except PatternError as error:
            raise TemplateError(f"event {name} of function {function.logical_id} of {self.path}: {error}") from error

    def _of(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for logical_id, resource in (self._document.get("Resources") or {}).items():
            if resource.get("Type") == kind and self._resolver.exists(logical_id):
                yield logical_id, resource

    def _function(self, logical_id: str, own: Mapping[str, Any]) -> DeclaredFunction:
        properties = _merged((self._document.get("Globals") or {}).get("Function") or {}, own)
        known = {}
        for name in ("Handler", "CodeUri"):
            known[name] = self._resolver.resolve(properties.get(name))
            if not isinstance(known[name], str):
                raise TemplateError(f"function {logical_id} of {self.path} has no {name} that is a local name")
        asynchronous = properties.get("EventInvokeConfig") or {}
        return DeclaredFunction(
            logical_id=logical_id,
            arn=self._resolver.resolve({"Fn::GetAtt": [logical_id, "Arn"]}),
            handler=known["Handler"],
            code_folder=self.path.parent / known["CodeUri"],
            timeout=float(self._resolver.resolve(properties.get("Timeout", DEFAULT_TIMEOUT))),
            memory=int(self._resolver.resolve(properties.get("MemorySize", DEFAULT_MEMORY))),
            variables=(properties.get("Environment") or {}).get("Variables") or {},
            resolver=self._resolver,
            events=properties.get("Events") or {},
            retries=int(self._resolver.resolve(asynchronous.get("MaximumRetryAttempts", DEFAULT_RETRIES))),
        )


def _merged(general: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Merge as SAM merges Globals: mappings key by key, lists end to end, the rest replaced.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
    """
    merged = dict(general)
    for key, value in own.items():
        before = merged.get(key)
        if is_expression(before) or is_expression(value):
            merged[key] = value
        elif isinstance(before, dict) and isinstance(value, dict):
            merged[key] = _merged(before, value)
        elif isinstance(before, list) and isinstance(value, list):
            merged[key] = [*before, *value]
        else:
            merged[key] = value
    return merged
