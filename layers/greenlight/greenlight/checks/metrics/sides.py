"""Green and blue as CloudWatch knows them: the dimensions of their target groups, and what placeholders name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from greenlight.deployment import Deployment, DeploymentError, LoadBalancer, Revision

_RULE: Final = re.compile(r":listener(?:-rule)?/((?P<kind>app|net)/[^/]+/[^/]+)/")
_GROUP: Final = "targetgroup/"


class NotYetKnownError(Exception):
    """When ECS does not say yet which target group a revision has."""


@dataclass(frozen=True)
class Side:
    """A revision.

    Attributes:
        name: ``green`` or ``blue``.
        values: What placeholders name, by the word after the dot; None where it has no such thing.
        is_network: Whether a Network Load Balancer stands before it, which counts no requests.
    """

    name: str
    values: Mapping[str, Any]
    is_network: bool = False

    def dimensions(self) -> dict[str, str]:
        """Return the dimensions that the load balancer's metrics of this revision have.

        The final portions of the ARNs:
        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html

        Raises:
            DeploymentError: When it is not behind an Application Load Balancer.
            NotYetKnownError: When ECS does not say yet which target group it has.
        """
        if self.is_network:
            cure = "write rules for `queries` of your own, and name one of them as `samples`"
            raise DeploymentError(f"{self.name} is behind a Network Load Balancer, which counts no requests; {cure}")
        return {"TargetGroup": self.value("target_group"), "LoadBalancer": self.value("load_balancer")}

    def value(self, key: str) -> str:
        """Return what a placeholder names.

        Args:
            key: The word after the dot.

        Raises:
            DeploymentError: When there is nothing of the kind.
            NotYetKnownError: When ECS does not say it yet.
        """
        found = self.values.get(key)
        if found is not None:
            return str(found)
        if key == "target_group" and "load_balancer" in self.values:
            raise NotYetKnownError(f"ECS does not say yet which target group {self.name} has")
        if key in {"target_group", "load_balancer"}:
            cure = (
                "write `queries` and `rules` of your own, or set productionListenerRule in the service's loadBalancers"
            )
            raise DeploymentError(f"{self.name} is behind no load balancer with listener rules; {cure}")
        raise DeploymentError(f"{{{{ {self.name}.{key} }}}} has no value in this deployment; use another one")


def look_up(deployment: Deployment, name: str, container: str | None) -> Side | None:
    """Return a revision; None for blue where there is none.

    Args:
        deployment: What AWS says.
        name: ``green`` or ``blue``.
        container: The container behind the load balancer to look at; the first one that has a rule where it is not given.

    Raises:
        DeploymentError: When ECS does not tell.
    """
    revision = deployment.green() if name == "green" else deployment.blue()
    if revision is None:
        return None
    balancer, place = _behind(deployment.green(), container)
    if balancer is None or place is None:
        return Side(name, revision.variables())
    group = revision.target_group_behind(balancer)
    values = {"load_balancer": place[1], "target_group": None if group is None else _final(group)}
    return Side(name, {**revision.variables(), **values}, is_network=place["kind"] == "net")


def _behind(green: Revision, container: str | None) -> tuple[LoadBalancer | None, re.Match[str] | None]:
    balancers = [each for each in green.load_balancers if container in (None, each.container)]
    if container is not None and not balancers:
        there = ", ".join(str(each.container) for each in green.load_balancers) or "none"
        raise DeploymentError(f'no load balancer sends to a container "{container}"; there are: {there}')
    for each in balancers:
        place = _RULE.search(each.production_rule_arn or each.test_rule_arn or "")
        if place is not None:
            return each, place
    return None, None


def _final(group_arn: str) -> str:
    return _GROUP + group_arn.rpartition(f":{_GROUP}")[2]
