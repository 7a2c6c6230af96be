"""The service that is looked at, and everything that AWS said about it, each asked once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from greenlight import aws
from greenlight_cli.account import Account
from greenlight_cli.account.stack import Stack
from greenlight_cli.doctor.guards import Guard, read_guards
from greenlight_cli.doctor.hook import Hook, read_hooks

# botocore's model of ECS, ServiceDeploymentStatus: those of a deployment that has not ended.
UNDER_WAY: Final = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")


# What a reply has to hold: one without it tells nothing, and nothing found must not mean that all is well.
_HELD: Final[Mapping[str, tuple[str, ...]]] = {
    "describe_alarms": ("MetricAlarms", "CompositeAlarms", "LogAlarms"),
    "describe_listeners": ("Listeners",),
    "describe_load_balancers": ("LoadBalancers",),
    "describe_rules": ("Rules",),
    "describe_security_groups": ("SecurityGroups",),
    "describe_subnets": ("Subnets",),
    "describe_target_groups": ("TargetGroups",),
    "get_function_configuration": ("FunctionName",),
    "get_role": ("Role",),
    "list_service_deployments": ("serviceDeployments",),
    "simulate_principal_policy": ("EvaluationResults",),
}


def _whole(service: str, operation: str, reply: dict[str, Any]) -> dict[str, Any]:
    held = _HELD[operation]
    if not any(key in reply for key in held):
        name = f"{service}:{''.join(word.capitalize() for word in operation.split('_'))}"
        raise aws.AwsUnreachableError(name, f"got a reply that is not AWS's: it has no {' or '.join(held)}")
    return reply


@dataclass
class Subject:
    """A service, with its surroundings.

    Attributes:
        account: Where to look.
        service: As DescribeServices tells it.
        stack: Greenlight's; None where it could not be read.
    """

    account: Account
    service: Mapping[str, Any]
    stack: Stack | None
    _replies: dict[str, dict[str, Any] | aws.AwsError] = field(default_factory=dict, repr=False)

    def ask(self, service: str, operation: str, /, *, region: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Call AWS, once for the same question.

        Args:
            service: boto3's name of the service.
            operation: boto3's name of the method.
            region: Another region than that of the service.
            parameters: Passed on.

        Raises:
            AwsError: When AWS does not answer, or says no.
        """
        key = json.dumps([service, operation, region, parameters], sort_keys=True, default=str)
        account = self.account if region is None else replace(self.account, chosen_region=region)
        if key not in self._replies:
            try:
                self._replies[key] = _whole(service, operation, account.call(service, operation, **parameters))
            except aws.AwsError as error:
                self._replies[key] = error
        reply = self._replies[key]
        if isinstance(reply, aws.AwsError):
            raise reply
        return reply

    def find(self, missing: Sequence[str], service: str, operation: str, /, **parameters: Any) -> dict[str, Any] | None:
        """Call AWS for something that may not be there; None where it is not.

        Args:
            missing: The codes by which AWS says so.
            service: boto3's name of the service.
            operation: boto3's name of the method.
            parameters: Passed on.

        Raises:
            AwsError: When AWS does not answer, or says no for another reason.
        """
        try:
            return self.ask(service, operation, **parameters)
        except aws.AwsRefusedError as error:
            if error.code not in missing:
                raise
            return None

    @property
    def configuration(self) -> Mapping[str, Any]:
        """Return its deployment configuration."""
        return self.service.get("deploymentConfiguration") or {}

    @property
    def strategy(self) -> str:
        """Return how it is deployed; ROLLING is ECS's default."""
        return str(self.configuration.get("strategy") or "ROLLING")

    @property
    def region(self) -> str:
        """Return the region of the service."""
        return str(self.service["serviceArn"]).split(":")[3]

    @property
    def partition(self) -> str:
        """Return the partition of the service, as in ``aws``."""
        return str(self.service["serviceArn"]).split(":")[1]

    @property
    def account_id(self) -> str:
        """Return the number of its AWS account."""
        return str(self.service["serviceArn"]).split(":")[4]

    @cached_property
    def hooks(self) -> tuple[Hook, ...]:
        """Return its hooks."""
        return read_hooks(self.service, self.stack)

    @property
    def ours(self) -> tuple[Hook, ...]:
        """Return the hooks that are functions of Greenlight's stack."""
        return tuple(hook for hook in self.hooks if hook.made_for)

    @cached_property
    def guards(self) -> tuple[Guard, ...]:
        """Return the gates behind the hooks of Greenlight."""
        return read_guards(self)

    @property
    def balancers(self) -> tuple[Mapping[str, Any], ...]:
        """Return its load balancers with their target groups; Classic ones have none."""
        return tuple(each for each in self.service.get("loadBalancers") or () if each.get("targetGroupArn"))

    def function(self, arn: str) -> dict[str, Any] | None:
        """Return the configuration of a function; None where there is none.

        https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html

        Raises:
            AwsError: When Lambda does not tell.
        """
        return self.find(("ResourceNotFoundException",), "lambda", "get_function_configuration", FunctionName=arn)

    def variables(self, arn: str) -> Mapping[str, str]:
        """Return the environment variables of a function; none where it is missing.

        Raises:
            AwsError: When Lambda does not tell.
        """
        found: Mapping[str, str] = ((self.function(arn) or {}).get("Environment") or {}).get("Variables") or {}
        return found

    def under_way(self) -> str | None:
        """Return the ARN of a deployment that has not ended; None where there is none.

        Raises:
            AwsError: When ECS does not tell.
        """
        reply = self.ask(
            "ecs",
            "list_service_deployments",
            service=self.service["serviceArn"],
            cluster=self.service["clusterArn"],
            status=list(UNDER_WAY),
        )
        return next((str(each["serviceDeploymentArn"]) for each in reply.get("serviceDeployments") or ()), None)

    def tags(self) -> Iterator[tuple[str, str]]:
        """Give the tags of the service."""
        for tag in self.service.get("tags") or ():
            yield str(tag.get("key") or ""), str(tag.get("value") or "")

    @property
    def cloudformation(self) -> str | None:
        """Return the CloudFormation stack that the service belongs to; its tag is CloudFormation's own.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html
        """
        return next((value for key, value in self.tags() if key == "aws:cloudformation:stack-name"), None)

    @property
    def terraform(self) -> str | None:
        """Return the tag that hints at Terraform, which leaves none of its own."""
        return next((f"{key}={value}" for key, value in self.tags() if "terraform" in f"{key} {value}".lower()), None)
