"""Sets how much of the production traffic green gets, on the listener rules themselves.

Weights are absolute, blue's and green's together 100, so that it does not matter how often they are written. What is read
here is read anew at each call: a Deployment remembers for a whole invocation, and a rule that was just written is another.

- ModifyRule changes nothing that it is not told, and takes a list of actions whole:
  https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyRule.html
- The default rule of a listener is written with ModifyListener (same page), and so are listeners of Network Load Balancers,
  which hold weighted target groups too:
  https://aws.amazon.com/blogs/networking-and-content-delivery/network-load-balancers-now-support-weighted-target-groups
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from greenlight import aws
from greenlight.deployment.errors import DeploymentError
from greenlight.deployment.listeners import Listeners
from greenlight.deployment.lookup import Deployment
from greenlight.deployment.revisions import LoadBalancer, Revision
from greenlight.deployment.routes import Route, group_name, read_weights, shares

ALL: Final = 100
LONGEST_CALL_SECONDS: Final = aws.MAX_ATTEMPTS * (aws.CONNECT_TIMEOUT_SECONDS + aws.READ_TIMEOUT_SECONDS) + 3.0
"""What one call may take with its repeats, and the pauses of botocore's standard mode between them."""

_PERMISSION: Final = "the stack's parameter TrafficSteps: on grants elasticloadbalancing:ModifyRule and ModifyListener"
_RESTORE_ATTEMPTS: Final = 2


@dataclass(frozen=True)
class ProductionRule:
    """A production rule of the service, as it stands.

    Attributes:
        route: What it does with a request.
        balancer: The load balancer's part in the service's configuration.
        blue_group: Target group that blue really got.
        green_group: Target group that green really got.
        green: Green's share in percent.
    """

    route: Route
    balancer: LoadBalancer
    blue_group: str
    green_group: str
    green: float

    @property
    def is_listener(self) -> bool:
        """Tell whether it is the listener of a Network Load Balancer."""
        return ":listener/net/" in self.route.arn

    @property
    def actions(self) -> Sequence[Mapping[str, Any]]:
        """Return its actions as ELB gives them."""
        return self.route.record.get("DefaultActions" if self.is_listener else "Actions") or ()

    def weights(self, percent: int) -> dict[str, float]:
        """Return what its groups get where green gets so many percent."""
        return {self.blue_group: float(ALL - percent), self.green_group: float(percent)}


@dataclass(frozen=True)
class Shift:
    """What became of a production rule.

    Attributes:
        rule: What people call it.
        before: Green's share in percent as it was found.
        now: Green's share in percent.
        written: Whether it had to be written.
    """

    rule: str
    before: float
    now: int
    written: bool


def read_production(deployment: Deployment) -> list[ProductionRule]:
    """Read all production rules of a service, past what the deployment remembers of them.

    Args:
        deployment: The deployment.

    Returns:
        A rule for each load balancer of the service that has one.

    Raises:
        DeploymentError: When one of them cannot be read, or is none whose weights are blue's and green's alone.
    """
    green, blue = deployment.green(), deployment.blue()
    balancers = _with_production_rule(green)
    if not balancers:
        return []
    if blue is None:
        raise DeploymentError("the service is created, so that there is no blue to share the traffic with")
    listeners = Listeners(list(balancers))
    return [_production_rule(balancer, blue, green, listeners) for balancer in balancers.values()]


def set_green_share(deployment: Deployment, percent: int, *, deadline: float = math.inf) -> list[Shift]:
    """Give green a share of the production traffic, behind all load balancers of the service together.

    Args:
        deployment: The deployment.
        percent: Green's share, 0 to 100; blue gets what is left.
        deadline: Monotonic seconds by which every write has to be over, its repeats included.

    Returns:
        What became of each rule; nothing where the service has no production rule.

    Raises:
        DeploymentError: When a rule could not be read or written. Those that were written before it are put back.
        ValueError: When the share is none.
    """
    return write_green_share(read_production(deployment), percent, deadline=deadline)


def write_green_share(rules: Sequence[ProductionRule], percent: int, *, deadline: float = math.inf) -> list[Shift]:
    """Give green a share on rules that were just read; for parameters and errors see `set_green_share`."""
    if not 0 <= percent <= ALL:
        raise ValueError(percent)
    written: list[ProductionRule] = []
    for rule in rules:
        if rule.green == percent:
            continue
        try:
            _leave_time(rule, deadline)
            _set(rule, percent)
        except DeploymentError as error:
            raise _put_back(written, error) from error
        written.append(rule)
    return [Shift(rule.route.name, rule.green, percent, rule.green != percent) for rule in rules]


def _leave_time(rule: ProductionRule, deadline: float) -> None:
    """Keep a write from going on after the reply: Lambda would freeze it, and let it go on in another deployment."""
    if time.monotonic() + LONGEST_CALL_SECONDS > deadline:
        problem = "was not written, because too little is left of this invocation; raise the function's time-out"
        raise DeploymentError(f"the production {rule.route.name} {problem}", transient=True)


def restore_blue(deployment: Deployment) -> list[Shift]:
    """Give all production traffic back to blue, behind as many load balancers as can be reached.

    Where AWS does not answer it is tried once more, with nothing remembered of the first time.

    Args:
        deployment: The deployment.

    Returns:
        What became of each rule; nothing for a service that has no production rule, or no blue yet.

    Raises:
        DeploymentError: When a rule may not be back at blue; it names each of them. `transient` where asking again may help.
    """
    for attempt in range(1, _RESTORE_ATTEMPTS + 1):
        try:
            return _restore(deployment)
        except DeploymentError as error:
            if attempt == _RESTORE_ATTEMPTS or not error.transient:
                raise
        deployment = Deployment(
            deployment.deployment_arn, deployment.green_arn, production_weights=deployment.production_weights
        )
    raise AssertionError  # the loop returns or raises


def _restore(deployment: Deployment) -> list[Shift]:
    green, blue = deployment.green(), deployment.blue()
    balancers = _with_production_rule(green)
    if blue is None:
        return []
    listeners = Listeners(list(balancers))
    done, errors = [], []
    for balancer in balancers.values():
        try:
            rule = _production_rule(balancer, blue, green, listeners, stopped=True)
            if rule.green:
                _set(rule, 0)
            done.append(Shift(rule.route.name, rule.green, 0, bool(rule.green)))
        except DeploymentError as error:
            errors.append(error)
    if errors:
        problem = "; ".join(str(error) for error in errors)
        raise DeploymentError(problem, transient=any(error.transient for error in errors)) from errors[0]
    return done


def _with_production_rule(revision: Revision) -> dict[str, LoadBalancer]:
    return {each.production_rule_arn: each for each in revision.load_balancers if each.production_rule_arn}


def _production_rule(
    balancer: LoadBalancer, blue: Revision, green: Revision, listeners: Listeners, *, stopped: bool = False
) -> ProductionRule:
    """Read a production rule.

    Args:
        balancer: The load balancer's part in the service's configuration.
        blue: The blue revision.
        green: The green revision.
        listeners: The rules.
        stopped: Whether green may have stopped already. ECS says of running revisions only which group they got; what is not
            blue's was green's then.
    """
    arn = balancer.production_rule_arn or ""
    try:
        return _read(listeners.route(arn), balancer, blue, green, stopped=stopped)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        problem = f"ELB's reply makes no sense ({type(error).__name__}: {error})"
        raise DeploymentError(problem, transient=True, looked_at=[arn]) from error


def _read(route: Route, balancer: LoadBalancer, blue: Revision, green: Revision, *, stopped: bool) -> ProductionRule:
    place = f"the production {route.name}"
    if route.action != "forward":
        problem = f"{place} does not forward but ends in {route.action}, so that it has no weights to set"
        raise DeploymentError(f"{problem}; let it forward to the service's target groups, and deploy again")
    own = {balancer.target_group_arn, balancer.alternate_target_group_arn}
    foreign = [arn for arn in route.weights if arn not in own]
    if foreign:
        named = ", ".join(f'"{group_name(arn)}"' for arn in foreign)
        problem = f"{place} forwards to {named}, which is no target group of this service"
        raise DeploymentError(f"{problem}; give each service a rule of its own")
    groups = [revision.target_group_behind(balancer) for revision in (blue, green)]
    if stopped and groups[0] and groups[1] is None:
        groups[1] = next((arn for arn in own if arn and arn != groups[0]), None)
    for name, revision, group in zip(("blue", "green"), (blue, green), groups, strict=True):
        if group is None:
            raise DeploymentError(
                f"ECS does not say which target group {name} {revision.id} has behind {place}", transient=True
            )
    blue_group, green_group = (str(group) for group in groups)
    if blue_group == green_group:
        problem = f"blue and green share the target group {group_name(blue_group)} behind {place}"
        raise DeploymentError(f"{problem}, expected one for each, because weights cannot tell them apart")
    weights = _final_weights(route.record.get("Actions") or route.record.get("DefaultActions") or ())
    whole = sum(weights.values())
    percent = 100 * weights.get(green_group, 0) / whole if whole else math.nan
    return ProductionRule(route, balancer, blue_group, green_group, percent)


def _final_weights(actions: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return the weights of a forward to the digit; a route's percents are rounded."""
    config = _final(actions).get("ForwardConfig") or {}
    groups = config.get("TargetGroups") or [{"TargetGroupArn": _final(actions).get("TargetGroupArn")}]
    return {each["TargetGroupArn"]: int(each.get("Weight", 1)) if len(groups) > 1 else 1 for each in groups}


def _final(actions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return max(actions, key=lambda action: action.get("Order") or 0)


def _actions(rule: ProductionRule, percent: int) -> list[dict[str, Any]]:
    """Return the rule's actions with other weights, and nothing else changed."""
    wanted = rule.weights(percent)
    order = [*rule.route.weights, *(arn for arn in wanted if arn not in rule.route.weights)]
    groups = [{"TargetGroupArn": arn, "Weight": int(wanted[arn])} for arn in order if arn in wanted]
    final = _final(rule.actions)
    config = {key: value for key, value in (final.get("ForwardConfig") or {}).items() if key != "TargetGroups"}
    # Beside several groups TargetGroupArn must not stand: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html
    kept = {key: value for key, value in final.items() if key not in {"TargetGroupArn", "ForwardConfig"}}
    forward = {**kept, "ForwardConfig": {**config, "TargetGroups": groups}}
    return [forward if action is final else _again(action) for action in rule.actions]


def _again(action: Mapping[str, Any]) -> dict[str, Any]:
    """Return an action as it may be sent back: ELB keeps a client secret to itself, and takes a word for it instead.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AuthenticateOidcActionConfig.html
    """
    oidc = action.get("AuthenticateOidcConfig")
    if not oidc:
        return dict(action)
    kept = {key: value for key, value in oidc.items() if key != "ClientSecret"}
    return {**action, "AuthenticateOidcConfig": {**kept, "UseExistingClientSecret": True}}


def _set(rule: ProductionRule, percent: int) -> None:
    _write(rule, _actions(rule, percent), rule.weights(percent))


def _write(rule: ProductionRule, actions: list[dict[str, Any]], wanted: Mapping[str, float]) -> None:
    """Write a rule's actions, and believe it only when ELB says them back."""
    place = f"the production {rule.route.name}"
    arn = rule.route.arn
    try:
        if rule.is_listener:
            reply = aws.call("elbv2", "modify_listener", ListenerArn=arn, DefaultActions=actions)
        elif rule.route.record.get("IsDefault"):
            listener = arn.replace(":listener-rule/", ":listener/").rpartition("/")[0]
            reply = aws.call("elbv2", "modify_listener", ListenerArn=listener, DefaultActions=actions)
        else:
            reply = aws.call("elbv2", "modify_rule", RuleArn=arn, Actions=actions)
    except aws.AwsError as error:
        cure = f"; {_PERMISSION}" if isinstance(error, aws.AwsDeniedError) else ""
        raise DeploymentError(f"{error}{cure}", transient=error.may_pass, looked_at=[place]) from error
    said: Mapping[str, Any] = next(iter(reply.get("Rules") or reply.get("Listeners") or ()), {})
    _, found = read_weights(said.get("Actions") or said.get("DefaultActions") or ())
    if {arn: weight for arn, weight in found.items() if weight} != {arn: each for arn, each in wanted.items() if each}:
        problem = f"ELB was told to send {shares(wanted)} and says that it sends {shares(found)}"
        raise DeploymentError(problem, transient=True, looked_at=[place])


def _put_back(written: Sequence[ProductionRule], error: DeploymentError) -> DeploymentError:
    """Put rules back to where they were, because another one could not be written; return what is to be told."""
    lost: list[str] = []
    for rule in written:
        try:
            _write(rule, [_again(action) for action in rule.actions], rule.route.weights)
        except DeploymentError as again:
            lost.append(f"{rule.route.name} could not be put back to {shares(rule.route.weights)}: {again}")
    if not lost:
        return error
    return DeploymentError(f"{error}; {'; '.join(lost)}", transient=error.transient)
