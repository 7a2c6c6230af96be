"""What moto gets wrong of ECS's UpdateService: how a deployment configuration is merged, and what ECS refuses of it.

moto puts a new deployment configuration in the place of the old one. ECS keeps what is not named: a service keeps its
lifecycle hooks until an empty list is sent (https://github.com/hashicorp/terraform-provider-aws/pull/47096). A service never
starts a deployment for it: "This parameter doesn't trigger a new service deployment"
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html).
"""

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.ecs.exceptions import InvalidParameterException

if TYPE_CHECKING:
    from rehearsal.aws.server import AwsServer


def merged(there: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a service's deployment configuration after an update.

    Args:
        there: What it has; None for nothing.
        wanted: What the update says; None where it says nothing.

    Raises:
        InvalidParameterException: When ECS would refuse its hooks.
    """
    # The controller builds on the world, and the world on this API.
    from rehearsal.controller.hooks import HookRegistrationError, read_hooks  # noqa: PLC0415

    if wanted is None:
        return copy.deepcopy(dict(there)) if there is not None else None
    try:
        read_hooks(wanted.get("lifecycleHooks") or ())
    except HookRegistrationError as error:
        raise InvalidParameterException(str(error)) from error
    return copy.deepcopy({**(there or {}), **wanted})


def hooks_of(aws: "AwsServer", cluster: str, service: str) -> list[dict[str, Any]]:
    """Return the hooks that are registered with a service, as DescribeServices shows them.

    Args:
        aws: The AWS API.
        cluster: Name or ARN of its cluster.
        service: Its name or ARN.

    Raises:
        LookupError: When there is no such service.
    """
    found = aws.client("ecs").describe_services(cluster=cluster, services=[service])["services"]
    if not found:
        raise LookupError(f"there is no service {service} in cluster {cluster}")
    return list((found[0].get("deploymentConfiguration") or {}).get("lifecycleHooks") or ())
