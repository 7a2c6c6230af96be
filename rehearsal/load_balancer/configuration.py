"""What moto's elbv2 backend holds about listeners, rules and targets.

Read in the process, not through the API: the data plane of a load balancer works when its control plane does not, and a
fault that a test puts on DescribeRules must not reach the requests.
"""

from dataclasses import dataclass
from typing import Any

from moto.elbv2.models import ELBv2Backend, elbv2_backends

from rehearsal.load_balancer.rules import Rule


@dataclass(frozen=True)
class HealthCheck:
    """How a target group asks its targets.

    Attributes:
        path: What to GET.
        port: The port, or `None` for the port that gets the traffic.
        codes: The status codes that mean healthy, such as `200` or `200-299,304`.
        timeout: How long to wait for the answer, in seconds.
    """

    path: str
    port: int | None
    codes: str
    timeout: float


class Configuration:
    """The load balancers of an account and region, as they are at the moment of each call.

    Args:
        account_id: The account.
        region: The region.
    """

    def __init__(self, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region

    @property
    def _backend(self) -> ELBv2Backend:
        return elbv2_backends[self._account_id][self._region]

    def rules(self, listener_arn: str) -> list[Rule]:
        """The listener's rules in the shape of DescribeRules, the default rule among them; none if it is gone."""
        for load_balancer in list(self._backend.load_balancers.values()):
            listener = load_balancer.listeners.get(listener_arn)
            if listener is not None:
                return [
                    {
                        "RuleArn": rule.arn,
                        "Priority": str(rule.priority),
                        "Conditions": rule.conditions,
                        "Actions": [action.data for action in rule.actions],
                    }
                    for rule in listener.rules.values()
                ]
        return []

    def targets(self, target_group_arn: str) -> list[tuple[str, int]]:
        """Address and port of each registered target; none if the group is gone."""
        group = self._backend.target_groups.get(target_group_arn)
        return [] if group is None else [(str(t["Id"]), int(t["Port"])) for t in list(group.targets.values())]

    def health_check(self, target_group_arn: str) -> HealthCheck:
        """The target group's health check.

        Raises:
            KeyError: When there is no such target group.
        """
        group: Any = self._backend.target_groups[target_group_arn]
        port = str(group.health_check_port)
        return HealthCheck(
            path=group.health_check_path or "/",
            port=int(port) if port.isdigit() else None,
            codes=group.matcher["HttpCode"],
            timeout=float(group.health_check_timeout_seconds),
        )

    def set_dns_name(self, load_balancer_arn: str, host: str) -> None:
        """Give a load balancer the name under which this machine really reaches it.

        Raises:
            KeyError: When there is no such load balancer.
        """
        self._backend.load_balancers[load_balancer_arn].dns_name = host
