"""What a listener rule does with a request: which target groups get it, in what shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Route:
    """A listener rule, or the listener of a Network Load Balancer.

    Attributes:
        arn: What ECS calls ``productionListenerRule`` or ``testListenerRule``.
        name: What people call it.
        weights: Target group ARN → percent of the requests; empty where it forwards to none.
        action: What it does: ``forward``, or something else.
    """

    arn: str
    name: str
    weights: Mapping[str, float]
    action: str = "forward"
    record: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


def read_weights(actions: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, float]]:
    """Return what the last action of a rule does, and the share of each target group in percent.

    The last one is what happens to a request; those before it only let it through (authentication).
    """
    if not actions:
        return "nothing", {}
    last = max(actions, key=lambda action: action.get("Order") or 0) if len(actions) > 1 else actions[0]
    if last.get("Type") != "forward":
        return str(last.get("Type")), {}
    groups = (last.get("ForwardConfig") or {}).get("TargetGroups") or [{"TargetGroupArn": last.get("TargetGroupArn")}]
    # A group alone gets everything, and its weight may be left out.
    weights = {group["TargetGroupArn"]: float(group.get("Weight", 1) if len(groups) > 1 else 1) for group in groups}
    whole = sum(weights.values())
    return "forward", {arn: round(100 * weight / whole, 1) if whole else 0.0 for arn, weight in weights.items()}


def shares(weights: Mapping[str, float]) -> str:
    """Write shares as people do: ``100 % to orders-1, 0 % to orders-2``."""
    return ", ".join(f"{weight:g} % to {group_name(arn)}" for arn, weight in weights.items()) or "nothing to any group"


def group_name(arn: str) -> str:
    """Return the name in the ARN of a target group."""
    return arn.rpartition(":targetgroup/")[2].partition("/")[0] or arn
