"""What probably changed a listener rule behind ECS's back, and the command that mends it."""

import json
from collections.abc import Mapping
from typing import Final

from greenlight.deployment import LoadBalancer, Route

_ALL: Final = 100.0
_TENTHS: Final = 9.99


def culprit(route: Route, balancer: LoadBalancer) -> str:
    """Name what has probably written a rule as it stands.

    Infrastructure tools know the rule's first weights and write them again at every run unless they are told not to.
    """
    first, second = balancer.target_group_arn, balancer.alternate_target_group_arn
    if route.action != "forward":
        return (
            "Somebody replaced the rule's action, in the console or by a tool; ECS only changes weights of a forward."
        )
    if any(arn not in {first, second} for arn in route.weights):
        return "Another stack or service uses the same rule; give each service a rule of its own."
    if route.weights.get(first or "") == _ALL:
        return (
            "These are the weights that Terraform (aws_lb_listener_rule) or CloudFormation (ListenerRule) starts with: it "
            "ran since ECS last set them. Let it ignore them: lifecycle { ignore_changes = [action] } in Terraform; in "
            "CloudFormation change the rule in no update."
        )
    if route.weights and all(0 < weight < _ALL for weight in route.weights.values()):
        return "Both groups get traffic: a canary that was interrupted, or weights set by hand or by another tool."
    return "Somebody or some tool other than ECS set them since ECS last did."


def repair(route: Route, wanted: Mapping[str, float]) -> str:
    """Return the command that sets a rule's weights right."""
    if len(route.record.get("Actions") or route.record.get("DefaultActions") or ()) > 1:
        return f"set the weights of the forward action of {route.arn} by hand, and leave its other actions as they are"
    every = [*wanted, *(arn for arn in route.weights if arn not in wanted)]
    # A rule's weights are whole numbers up to 999, so that a canary's tenths of a percent need another scale.
    scale = 1 if all(float(weight).is_integer() for weight in wanted.values()) else _TENTHS
    groups = [{"TargetGroupArn": arn, "Weight": min(999, round(wanted.get(arn, 0.0) * scale))} for arn in every]
    actions = json.dumps([{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}])
    if ":listener-rule/" in route.arn:
        return f"aws elbv2 modify-rule --rule-arn {route.arn} --actions '{actions}'"
    return f"aws elbv2 modify-listener --listener-arn {route.arn} --default-actions '{actions}'"
