"""What Elastic Load Balancing says about the listener rules of a service, in as few calls as there can be.

An ARN of a rule holds those of its listener and its load balancer; where ECS wants a rule of a Network Load Balancer, it
gets a listener: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from greenlight import aws
from greenlight.deployment.certificates import host_of
from greenlight.deployment.conditions import CURE, demands
from greenlight.deployment.errors import DeploymentError
from greenlight.deployment.health import Health, read_health
from greenlight.deployment.routes import Route, read_weights
from greenlight.endpoint import Endpoint

_PLACE = re.compile(
    r"(?P<prefix>arn:[^:]+:elasticloadbalancing:[^:]*:[^:]*:)"
    r"(?:listener-rule/(?P<app>app/[^/]+/[^/]+)/(?P<app_listener>[^/]+)/[^/]+"
    r"|listener/(?P<net>net/[^/]+/[^/]+)/(?P<net_listener>[^/]+))"
)
_SCHEMES: Final = {"HTTP": "http", "HTTPS": "https"}
_HTTPS_PORTS: Final = frozenset({443, 8443, 9443})
_MISSING: Final = frozenset({"RuleNotFound", "ListenerNotFound", "LoadBalancerNotFound"})


@dataclass(frozen=True)
class _Place:
    """Where a rule stands: its listener and its load balancer."""

    arn: str
    listener_arn: str
    balancer_arn: str
    is_network: bool

    @property
    def name(self) -> str:
        kind = "listener" if self.is_network else "listener rule"
        return f"{kind} {self.arn.partition('/')[2]}"


class _Kind(NamedTuple):
    """How ELB is asked for records of a kind."""

    operation: str
    parameter: str
    key: str
    name: str


_RULES: Final = _Kind("describe_rules", "RuleArns", "Rules", "RuleArn")
_LISTENERS: Final = _Kind("describe_listeners", "ListenerArns", "Listeners", "ListenerArn")
_BALANCERS: Final = _Kind("describe_load_balancers", "LoadBalancerArns", "LoadBalancers", "LoadBalancerArn")


class Listeners:
    """The listener rules of one service. Each question is asked once, for all rules together.

    Args:
        arns: Of rules of Application Load Balancers, or of listeners of Network Load Balancers.
    """

    def __init__(self, arns: Sequence[str]) -> None:
        self._places = {arn: _locate(arn) for arn in arns}
        self._found: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._health: dict[str, Health] = {}
        self._hosts: dict[str, str | None] = {}

    def route(self, arn: str) -> Route:
        """Return what a rule does with a request.

        Raises:
            DeploymentError: When it cannot be found.
        """
        place = self._place(arn)
        record = self._listener(place) if place.is_network else self._rule(place)
        action, weights = read_weights(record.get("DefaultActions" if place.is_network else "Actions") or ())
        return Route(arn, place.name, weights, action, record)

    def endpoint(self, arn: str, *, named: bool = False) -> Endpoint:
        """Return where a rule listens and what it demands of a request.

        Args:
            arn: The rule.
            named: Whether a client knows the name that users ask for, so that the certificate need not be asked.

        Raises:
            DeploymentError: When the rule, its listener or its load balancer cannot be found, or no client can meet it.
        """
        place = self._place(arn)
        wanted = {} if place.is_network else demands(self._rule(place).get("Conditions") or (), place.name)
        listener, balancer = self._listener(place), self._balancer(place)
        scheme = _scheme(listener, place)
        if scheme == "https" and not named and "host" not in wanted:
            certificates = str(listener.get("Certificates"))  # both listeners often share one
            if certificates not in self._hosts:
                self._hosts[certificates] = host_of(listener)
            wanted["host"] = self._hosts[certificates]
        internal = " of an internal load balancer" if balancer.get("Scheme") == "internal" else ""
        return Endpoint(
            scheme=scheme,
            address=_name(balancer),
            port=int(listener["Port"]),
            source=f"{place.name}{internal}",
            **wanted,
        )

    def health(self, group_arn: str) -> Health:
        """Return how the targets of a group are.

        Raises:
            DeploymentError: When ELB does not tell.
        """
        if group_arn not in self._health:
            reply = _ask("describe_target_health", [group_arn], TargetGroupArn=group_arn)
            self._health[group_arn] = read_health(_complete(reply, "TargetHealthDescriptions", [group_arn]))
        return self._health[group_arn]

    def _place(self, arn: str) -> _Place:
        place = self._places.get(arn)
        if place is None:
            problem = (
                f"{arn} is neither a rule of an Application Load Balancer nor a listener of a Network Load Balancer"
            )
            raise DeploymentError(f"{problem}; {CURE}")
        return place

    def _rule(self, place: _Place) -> Mapping[str, Any]:
        arns = [each.arn for each in self._places.values() if each and not each.is_network]
        return self._one(_RULES, arns, place.arn)

    def _listener(self, place: _Place) -> Mapping[str, Any]:
        return self._one(_LISTENERS, [each.listener_arn for each in self._places.values() if each], place.listener_arn)

    def _balancer(self, place: _Place) -> Mapping[str, Any]:
        return self._one(_BALANCERS, [each.balancer_arn for each in self._places.values() if each], place.balancer_arn)

    def _one(self, kind: _Kind, arns: Sequence[str], wanted: str) -> Mapping[str, Any]:
        """Return one record; all of its kind are asked for together, and alone only where one of them is missing."""
        found = self._found.setdefault(kind.operation, {})
        if wanted not in found:
            arns = list(dict.fromkeys(arns))
            try:
                reply = _ask(kind.operation, arns, **{kind.parameter: arns})
            except DeploymentError as error:
                if len(arns) == 1 or not _is_missing(error):
                    raise
                reply = _ask(kind.operation, [wanted], **{kind.parameter: [wanted]})
            found.update({record[kind.name]: record for record in _complete(reply, kind.key, arns)[kind.key]})
        if wanted not in found:
            raise DeploymentError("does not exist", looked_at=[wanted])
        return found[wanted]


def _locate(arn: str) -> _Place | None:
    parts = _PLACE.fullmatch(arn)
    if parts is None:
        return None
    balancer, listener = parts["app"] or parts["net"], parts["app_listener"] or parts["net_listener"]
    return _Place(
        arn=arn,
        listener_arn=f"{parts['prefix']}listener/{balancer}/{listener}",
        balancer_arn=f"{parts['prefix']}loadbalancer/{balancer}",
        is_network=parts["net"] is not None,
    )


def _scheme(listener: Mapping[str, Any], place: _Place) -> str:
    """Return the scheme to speak: of a TCP listener only the port tells, as the target ends the TLS."""
    protocol = str(listener.get("Protocol"))
    if protocol in _SCHEMES:
        return _SCHEMES[protocol]
    if place.is_network and protocol in {"TLS", "TCP", "TCP_UDP"}:
        return "https" if protocol == "TLS" or listener.get("Port") in _HTTPS_PORTS else "http"
    raise DeploymentError(f"{place.name} speaks {protocol}, and only HTTP and HTTPS can be asked; {CURE}")


def _name(balancer: Mapping[str, Any]) -> str:
    """Return the name under which a load balancer has all of its addresses.

    AWS names the IPv6 ones of an Application Load Balancer by a prefix (https://repost.aws/knowledge-center/elb-configure-with-ipv6),
    and does not say whether the name without it has them, too. A function in a VPC without NAT has no way to the others.
    """
    name = str(balancer["DNSName"])
    dual = balancer.get("Type") == "application" and str(balancer.get("IpAddressType")).startswith("dualstack")
    return f"dualstack.{name}" if dual else name


def _ask(operation: str, looked_at: Sequence[str], **parameters: Any) -> dict[str, Any]:
    try:
        return aws.call("elbv2", operation, **parameters)
    except aws.AwsError as error:
        raise DeploymentError.of(error, ", ".join(looked_at)) from error


def _complete(reply: dict[str, Any], key: str, looked_at: Sequence[str]) -> dict[str, Any]:
    if key not in reply:
        raise DeploymentError(f"ELB's reply makes no sense: it has no {key}", transient=True, looked_at=looked_at)
    return reply


def _is_missing(error: DeploymentError) -> bool:
    return isinstance(error.__cause__, aws.AwsRefusedError) and error.__cause__.code in _MISSING
