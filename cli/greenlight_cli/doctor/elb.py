"""The load balancer of a service: its rules, listeners and target groups, as Elastic Load Balancing tells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from greenlight.deployment.routes import read_weights
from greenlight_cli.doctor.subject import Subject

_RULE: Final = ":listener-rule/"
_LISTENER: Final = ":listener/"
_FORWARD: Final = "forward"


@dataclass(frozen=True)
class Rule:
    """A listener rule, or the listener of a Network Load Balancer, which stands for one.

    Attributes:
        arn: As the service names it.
        record: As ELB tells it.
        weights: Target group ARN → percent of the requests; empty where it forwards to none.
    """

    arn: str
    record: Mapping[str, Any]
    weights: Mapping[str, float]

    @property
    def is_listener(self) -> bool:
        """Tell whether it is the listener of a Network Load Balancer, whose groups ECS sets itself."""
        return _RULE not in self.arn

    @property
    def actions(self) -> tuple[str, ...]:
        """Return the types of its actions."""
        actions = self.record.get("Actions") or self.record.get("DefaultActions") or ()
        return tuple(str(action.get("Type")) for action in actions)

    @property
    def forwards_only(self) -> bool:
        """Tell whether it does nothing but forward."""
        return bool(self.actions) and set(self.actions) == {_FORWARD}


def listener_of(arn: str) -> str:
    """Return the ARN of the listener of a rule; that of a Network Load Balancer's listener is its own.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
    """
    return arn.replace(_RULE, _LISTENER).rpartition("/")[0] if _RULE in arn else arn


def balancer_of(arn: str) -> str:
    """Return the ARN of the load balancer of a rule or listener."""
    return listener_of(arn).replace(_LISTENER, ":loadbalancer/").rpartition("/")[0]


def short(arn: str) -> str:
    """Return the end of an ARN, from the name on."""
    return arn.rpartition(":")[2].partition("/")[2] or arn


def read_rule(subject: Subject, arn: str) -> Rule | None:
    """Ask for a rule; None where there is none.

    Raises:
        AwsError: When ELB does not tell.
    """
    if _RULE in arn:
        reply = subject.find(("RuleNotFound",), "elbv2", "describe_rules", RuleArns=[arn])
        found = (reply or {}).get("Rules") or ()
        actions = "Actions"
    else:
        found, actions = [listener] if (listener := read_listener(subject, arn)) else [], "DefaultActions"
    if not found:
        return None
    _, weights = read_weights(found[0].get(actions) or ())
    return Rule(arn, found[0], weights)


def read_listener(subject: Subject, arn: str) -> Mapping[str, Any] | None:
    """Ask for a listener; None where there is none.

    Raises:
        AwsError: When ELB does not tell.
    """
    reply = subject.find(("ListenerNotFound",), "elbv2", "describe_listeners", ListenerArns=[arn])
    return next(iter((reply or {}).get("Listeners") or ()), None)


def read_balancer(subject: Subject, arn: str) -> Mapping[str, Any] | None:
    """Ask for a load balancer; None where there is none.

    Raises:
        AwsError: When ELB does not tell.
    """
    reply = subject.find(("LoadBalancerNotFound",), "elbv2", "describe_load_balancers", LoadBalancerArns=[arn])
    return next(iter((reply or {}).get("LoadBalancers") or ()), None)


def read_group(subject: Subject, arn: str) -> Mapping[str, Any] | None:
    """Ask for a target group; None where there is none.

    Raises:
        AwsError: When ELB does not tell.
    """
    reply = subject.find(("TargetGroupNotFound",), "elbv2", "describe_target_groups", TargetGroupArns=[arn])
    return next(iter((reply or {}).get("TargetGroups") or ()), None)
