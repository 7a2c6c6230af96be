"""The functions that a SAM template declares and the hooks it offers, read without deploying it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from rehearsal.cloudformation import Resolver, TemplateError, is_expression, read

__all__ = ["DeclaredFunction", "Template", "TemplateError"]

FUNCTION_TYPE = "AWS::Serverless::Function"
HOOKS_OUTPUT = "LifecycleHooks"

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
    """

    logical_id: str
    arn: str
    handler: str
    code_folder: Path
    timeout: float
    memory: int
    variables: Mapping[str, Any]
    resolver: Resolver

    def environment(self) -> dict[str, str]:
        """Return the environment variables as the function sees them.

        Raises:
            TemplateError: When one needs something that only exists once the template is deployed.
        """
        environment = {}
        for name, value in self.resolver.resolve(dict(self.variables)).items():
            environment[name] = str(value).lower() if isinstance(value, bool) else str(value)
        return environment


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
            for logical_id, resource in (document.get("Resources") or {}).items()
            if resource.get("Type") == FUNCTION_TYPE
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

    def _function(self, logical_id: str, own: Mapping[str, Any]) -> DeclaredFunction:
        properties = _merged((self._document.get("Globals") or {}).get("Function") or {}, own)
        known = {}
        for name in ("Handler", "CodeUri"):
            known[name] = self._resolver.resolve(properties.get(name))
            if not isinstance(known[name], str):
                raise TemplateError(f"function {logical_id} of {self.path} has no {name} that is a local name")
        return DeclaredFunction(
            logical_id=logical_id,
            arn=self._resolver.resolve({"Fn::GetAtt": [logical_id, "Arn"]}),
            handler=known["Handler"],
            code_folder=self.path.parent / known["CodeUri"],
            timeout=float(self._resolver.resolve(properties.get("Timeout", DEFAULT_TIMEOUT))),
            memory=int(self._resolver.resolve(properties.get("MemorySize", DEFAULT_MEMORY))),
            variables=(properties.get("Environment") or {}).get("Variables") or {},
            resolver=self._resolver,
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
