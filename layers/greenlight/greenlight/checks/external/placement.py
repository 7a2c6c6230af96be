"""Where a task runs: as green does, but for what the settings say."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from greenlight.deployment import Deployment


class Wanted(Protocol):
    """What settings say about where a task runs; None leaves it to green."""

    @property
    def launch_type(self) -> str | None: ...  # noqa: D102 - as in EcsTaskSettings
    @property
    def capacity_provider(self) -> str | None: ...  # noqa: D102
    @property
    def subnets(self) -> Sequence[str] | None: ...  # noqa: D102
    @property
    def security_groups(self) -> Sequence[str] | None: ...  # noqa: D102
    @property
    def assign_public_ip(self) -> bool | None: ...  # noqa: D102


def placement(wanted: Wanted, deployment: Deployment) -> dict[str, Any]:
    """Return what RunTask is told about capacity and network.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html

    Args:
        wanted: The settings.
        deployment: Whose green revision says the rest.

    Raises:
        DeploymentError: When ECS does not tell how green runs.
    """
    green = deployment.green().placement
    return {**_capacity(wanted, green), **_network(wanted, green)}


def _capacity(wanted: Wanted, green: Mapping[str, Any]) -> dict[str, Any]:
    if wanted.launch_type is not None:
        return {"launchType": wanted.launch_type}
    if wanted.capacity_provider is not None:
        return {"capacityProviderStrategy": [{"capacityProvider": wanted.capacity_provider, "weight": 1}]}
    # A platform version is Fargate's own, and green has none elsewhere.
    version = {"platformVersion": green["platformVersion"]} if green.get("platformVersion") else {}
    if green.get("capacityProviderStrategy"):
        return {"capacityProviderStrategy": list(green["capacityProviderStrategy"]), **version}
    return {"launchType": green["launchType"], **version} if green.get("launchType") else {}


def _network(wanted: Wanted, green: Mapping[str, Any]) -> dict[str, Any]:
    """Return the network of a task of mode awsvpc; the others are refused any, and so is an empty list of subnets."""
    of_green = (green.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    subnets = of_green.get("subnets") if wanted.subnets is None else wanted.subnets
    if not subnets:
        return {}
    groups = of_green.get("securityGroups") if wanted.security_groups is None else wanted.security_groups
    public = of_green.get("assignPublicIp")
    if wanted.assign_public_ip is not None:
        public = "ENABLED" if wanted.assign_public_ip else "DISABLED"
    configuration = {
        "subnets": list(subnets),
        **({"securityGroups": list(groups)} if groups else {}),
        **({"assignPublicIp": public} if public else {}),
    }
    return {"networkConfiguration": {"awsvpcConfiguration": configuration}}
