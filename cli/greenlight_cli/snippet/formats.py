"""A configuration as text, in the words of each tool."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from greenlight_cli.snippet.configuration import Configuration
from greenlight_cli.snippet.terraform import as_hcl
from greenlight_cli.snippet.words import capitalised, respelt
from greenlight_cli.snippet.writing import as_json, as_yaml

_PROPERTY: Final = "DeploymentConfiguration"
_WITHOUT_ATTACH: Final = "this replaces the service's hooks; greenlight attach keeps those of others"


@dataclass(frozen=True, kw_only=True)
class Format:
    """How a configuration is written.

    Attributes:
        write: Gives the lines.
        comment: What begins a comment; None where the format has none, and notes go to standard error.
        notes: What whoever pastes it has to know.
        by_cloudformation: Whether CloudFormation deploys it, with its bound on all time-outs together.
        usual_timeouts: Whether hooks get a time-out where nobody asks for one.
    """

    write: Callable[[Configuration], Iterator[str]]
    comment: str | None
    notes: tuple[str, ...]
    by_cloudformation: bool = False
    usual_timeouts: bool = True


def _as_yaml(configuration: Configuration) -> Iterator[str]:
    document = {_PROPERTY: respelt(configuration.document(), capitalised)}
    yield from as_yaml(document).splitlines()


def _as_typescript(configuration: Configuration) -> Iterator[str]:
    yield "const cfnService = service.node.defaultChild as ecs.CfnService;"
    for key, value in respelt(configuration.document(), capitalised).items():
        yield f"cfnService.addPropertyOverride('{_PROPERTY}.{key}', {as_json(value)});"


def _as_python(configuration: Configuration) -> Iterator[str]:
    yield "cfn_service = service.node.default_child"
    for key, value in respelt(configuration.document(), capitalised).items():
        yield f'cfn_service.add_property_override("{_PROPERTY}.{key}", {as_json(value, 4)})'


def _as_service_definition(configuration: Configuration) -> Iterator[str]:
    yield as_json({"deploymentConfiguration": configuration.document()})


def _as_command(configuration: Configuration) -> Iterator[str]:
    document = as_json(configuration.document())
    yield "aws ecs update-service --cluster CLUSTER --service SERVICE \\"
    yield f"  --deployment-configuration {shlex.quote(document)}"


_CDK_NOTES: Final = (
    "below the service, an ecs.FargateService or ecs.Ec2Service. addLifecycleHook knows neither hookDetails nor time-outs nor PAUSE, so",
    "the properties are set past it; hooks that were added with it are replaced, so put them into the list",
)
_TEMPLATE_NOTES: Final = (
    "into the Properties of the AWS::ECS::Service, which stands in another stack than Greenlight: a service that waits for",
    "hooks of its own stack never gets ready",
)

FORMATS: Final[Mapping[str, Format]] = {
    "cloudformation": Format(write=_as_yaml, comment="#", notes=_TEMPLATE_NOTES, by_cloudformation=True),
    "sam": Format(write=_as_yaml, comment="#", notes=_TEMPLATE_NOTES, by_cloudformation=True),
    "cdk": Format(write=_as_typescript, comment="//", notes=_CDK_NOTES, by_cloudformation=True),
    "cdk-python": Format(write=_as_python, comment="#", notes=_CDK_NOTES, by_cloudformation=True),
    "terraform": Format(
        write=as_hcl,
        comment="#",
        notes=(
            'into the resource "aws_ecs_service". ECS moves the weights of the listener rules: let these ignore_changes = [action]',
            "target_type and timeout_configuration, where they stand below, need a provider that has",
            "https://github.com/hashicorp/terraform-provider-aws/pull/48128",
        ),
        usual_timeouts=False,
    ),
    "ecspresso": Format(
        write=_as_service_definition,
        comment=None,
        notes=("into the service definition (ecs-service-def.json), beside what stands there",),
    ),
    "cli": Format(write=_as_command, comment="#", notes=(_WITHOUT_ATTACH,)),
}
