"""As much of CloudFormation's language as a template needs to say how its functions run."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

NO_VALUE = object()
"""What ``Ref: AWS::NoValue`` stands for: the key that holds it is left out."""

_PLACEHOLDER = re.compile(r"\$\{(!?[^}]*)}")


@dataclass(frozen=True)
class _Kind:
    """How resources of a type are called.

    Attributes:
        arn: The ARN, with places for region, account and name.
        name_property: The property that names it, instead of its logical id.
        ref: What ``Ref`` returns: the attribute, or None for the name.
        arn_attribute: What ``GetAtt`` calls the ARN.
        name_attribute: What ``GetAtt`` calls the name.
    """

    arn: str
    name_property: str | None = None
    ref: str | None = None
    arn_attribute: str = "Arn"
    name_attribute: str | None = None


_FUNCTION = _Kind("arn:aws:lambda:{region}:{account}:function:{name}")
# "Return values" of each type's page below
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
_KINDS = {
    "AWS::Serverless::Function": _FUNCTION,
    "AWS::Lambda::Function": _FUNCTION,
    "AWS::IAM::Role": _Kind("arn:aws:iam::{account}:role/{name}"),
    "AWS::DynamoDB::Table": _Kind("arn:aws:dynamodb:{region}:{account}:table/{name}", "TableName"),
    "AWS::SNS::Topic": _Kind(
        "arn:aws:sns:{region}:{account}:{name}",
        "TopicName",
        ref="TopicArn",
        arn_attribute="TopicArn",
        name_attribute="TopicName",
    ),
    "AWS::Events::EventBus": _Kind("arn:aws:events:{region}:{account}:event-bus/{name}", "Name", name_attribute="Name"),
}


class TemplateError(Exception):
    """When a template cannot be read, or what is asked of it cannot be worked out without deploying it."""


class _Loader(yaml.SafeLoader):
    """Reads the short forms (``!Ref``, ``!Sub`` …) as the long ones."""


def _long_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # the third and last kind of node
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _long_form)


def read(path: Path) -> dict[str, Any]:
    """Read a template.

    Raises:
        TemplateError: When there is no such file or it is not YAML with a mapping at the top.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # a SafeLoader underneath
    except OSError as error:
        raise TemplateError(f"cannot read the template {path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise TemplateError(f"the template {path} is not YAML: {error}") from error
    if not isinstance(document, dict):
        raise TemplateError(f"the template {path} holds no mapping")
    return document


def is_expression(value: Any) -> bool:
    """Tell whether a value has to be worked out: ``{"Ref": …}`` or ``{"Fn::…": …}``."""
    return isinstance(value, dict) and len(value) == 1 and str(next(iter(value))).startswith(("Ref", "Fn::"))


class Resolver:
    """Works out the value of an expression from parameters, conditions and what the account is called.

    Args:
        document: The template.
        parameters: Values of parameters, instead of their defaults.
        region: For ``AWS::Region`` and ARNs.
        account_id: For ``AWS::AccountId`` and ARNs.
    """

    def __init__(
        self, document: Mapping[str, Any], *, parameters: Mapping[str, str], region: str, account_id: str
    ) -> None:
        self._parameters: Mapping[str, Any] = document.get("Parameters") or {}
        self._conditions: Mapping[str, Any] = document.get("Conditions") or {}
        self._resources: Mapping[str, Any] = document.get("Resources") or {}
        self._given = dict(parameters)
        self._region = region
        self._account_id = account_id
        self._pseudo: Mapping[str, Any] = {
            "AWS::Region": region,
            "AWS::AccountId": account_id,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": "rehearsal",
            "AWS::NoValue": NO_VALUE,
        }
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Condition": self.condition,
            "Fn::Sub": self._sub,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::Join": lambda args: str(args[0]).join(str(part) for part in self.resolve(args[1])),
            "Fn::Select": lambda args: self.resolve(args[1])[int(self.resolve(args[0]))],
            "Fn::Split": lambda args: str(self.resolve(args[1])).split(args[0]),
            "Fn::Equals": lambda args: self.resolve(args[0]) == self.resolve(args[1]),
            "Fn::Not": lambda args: not self.resolve(args[0]),
            "Fn::And": lambda args: all(self.resolve(arg) for arg in args),
            "Fn::Or": lambda args: any(self.resolve(arg) for arg in args),
        }
        unknown = sorted(set(parameters) - set(self._parameters))
        if unknown:
            raise TemplateError(f"the template has no parameter {unknown[0]}; it has {', '.join(self._parameters)}")

    def resolve(self, value: Any) -> Any:
        """Return a value with every expression in it worked out.

        Raises:
            TemplateError: When that needs something that only exists once the template is deployed.
        """
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name in self._functions:
                return self._functions[name](argument)
            if str(name).startswith("Fn::"):
                raise TemplateError(f"the rehearsal cannot work out {name}; it knows {', '.join(self._functions)}")
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def condition(self, name: str) -> bool:
        """Tell whether a condition of the template holds."""
        if name not in self._conditions:
            raise TemplateError(f"the template has no condition {name}")
        return bool(self.resolve(self._conditions[name]))

    def name(self, logical_id: str) -> str:
        """Return what a resource is called: the name that it gives itself, or its logical id.

        CloudFormation makes a name of stack, logical id and chance of the latter.
        """
        resource = self._resources[logical_id]
        kind = _KINDS.get(resource.get("Type"))
        given = (resource.get("Properties") or {}).get(kind.name_property) if kind and kind.name_property else None
        resolved = self.resolve(given)
        return logical_id if resolved is None or resolved is NO_VALUE else str(resolved)

    def exists(self, logical_id: str) -> bool:
        """Tell whether a resource is made: it has no condition, or one that holds."""
        condition = self._resources[logical_id].get("Condition")
        return condition is None or self.condition(condition)

    def _ref(self, name: str) -> Any:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._given:
            return self._typed(name, self._given[name])
        if name in self._parameters:
            if "Default" not in self._parameters[name]:
                raise TemplateError(f"parameter {name} has no default and was given no value")
            return self._typed(name, self._parameters[name]["Default"])
        if name in self._resources:
            kind = _KINDS.get(self._resources[name].get("Type"))
            return self._get_att([name, kind.ref]) if kind and kind.ref else self.name(name)
        raise TemplateError(f"the template has neither a parameter nor a resource {name}")

    def _typed(self, name: str, value: Any) -> Any:
        kind = str(self._parameters[name].get("Type", "String"))
        if kind.startswith("AWS::SSM::Parameter::Value"):
            raise TemplateError(f"parameter {name} is read from Parameter Store at deployment; give it a value")
        if kind.startswith("List<") or kind == "CommaDelimitedList":
            return [part.strip() for part in str(value).split(",")] if value else []
        return value if isinstance(value, str) else str(value)

    def _sub(self, argument: Any) -> str:
        text, local = (argument, {}) if isinstance(argument, str) else argument

        def replaced(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in local:
                return str(self.resolve(local[name]))
            return str(self._get_att(name.split(".", 1)) if "." in name else self._ref(name))

        return _PLACEHOLDER.sub(replaced, text)

    def _get_att(self, argument: list[str]) -> str:
        name, attribute = argument
        kind = _KINDS.get(self._resources.get(name, {}).get("Type"))
        if kind is not None and attribute == kind.arn_attribute:
            return kind.arn.format(region=self._region, account=self._account_id, name=self.name(name))
        if kind is not None and attribute == kind.name_attribute:
            return self.name(name)
        raise TemplateError(f"{name}.{attribute} exists only once the template is deployed")

    def _if(self, argument: list[Any]) -> Any:
        name, then, otherwise = argument
        return self.resolve(then if self.condition(name) else otherwise)
