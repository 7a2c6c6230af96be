"""The ``routing`` check: the listener rules send to blue and to green what they should, and nothing else.

A probe that reaches blue passes a bad green. So before anything is believed that came over a listener, AWS has to say that
the rule really leads where everybody thinks it does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Annotated, Any, ClassVar, Final, TypedDict

from pydantic import Field

from greenlight.checks.base import CheckContext, CheckSettings, Files
from greenlight.checks.drift import culprit, repair
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.deployment import (
    Deployment,
    DeploymentError,
    LoadBalancer,
    Revision,
    Route,
    group_name,
    shares,
)
from greenlight.documents import DocumentError, Mistake
from greenlight.stages import TESTING, Stage

_TOLERANCE: Final = 0.5
"""Percent that a weight may be off: a rule's weights are whole numbers up to 999, a canary's percents have a decimal."""

_ALL: Final = 100.0
_MOVING: Final = frozenset({Stage.TEST_TRAFFIC_SHIFT, Stage.PRODUCTION_TRAFFIC_SHIFT})


class Told(TypedDict):
    """What the report says of one rule."""

    rule: str
    weights: dict[str, float]


class RoutingSettings(CheckSettings):
    """What a gates file says of a routing check.

    Attributes:
        min_healthy: How many targets of each group in question have to be healthy. Where it is not given, one of green's;
            of blue's none, because a broken production must not keep its repair from being deployed.
    """

    min_healthy: Annotated[int, Field(ge=0, le=1000)] | None = None


@dataclass
class _Findings:
    """What came out for all load balancers together."""

    failed: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    proven: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rules: list[Told] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RoutingCheck:
    """The question where the listener rules lead."""

    kind: ClassVar[str] = "routing"
    settings: RoutingSettings
    stage: str

    def skip_on_create(self) -> str | None:
        """Say that before a new service starts there is nothing that traffic could go to."""
        return "nothing runs yet" if self.stage in {Stage.RECONCILE_SERVICE, Stage.PRE_SCALE_UP} else None

    def run(self, context: CheckContext) -> CheckResult:
        """Look at each load balancer of the service."""
        deployment = context.deployment
        try:
            blue = deployment.blue()
            green = deployment.green()
            balancers = [each for each in green.load_balancers if each.production_rule_arn or each.test_rule_arn]
            if not balancers:
                return CheckResult(Outcome.SKIPPED, "the service has no load balancer with listener rules")
            findings = _Findings()
            for balancer in balancers:
                self._look_at(balancer, blue, green, deployment, findings)
        except DeploymentError as error:
            return CheckResult(Outcome.ERROR if error.transient else Outcome.FAILED, str(error))
        return _result(findings)

    def _look_at(
        self,
        balancer: LoadBalancer,
        blue: Revision | None,
        green: Revision,
        deployment: Deployment,
        findings: _Findings,
    ) -> None:
        for target, wanted in self._wanted(balancer, blue, green, deployment):
            route = deployment.route(target, balancer)
            if route is None:
                if isinstance(wanted, str):
                    findings.waiting.append(wanted)
                continue
            findings.rules.append({"rule": route.name, "weights": dict(route.weights)})
            if isinstance(wanted, str):
                findings.waiting.append(wanted)
                continue
            trouble = _trouble(target, route, wanted, balancer)
            if trouble:
                findings.failed.append(trouble)
                findings.repairs.append(repair(route, wanted))
                continue
            findings.proven.append(f"{target}: {shares({arn: weight for arn, weight in wanted.items() if weight})}")
            for arn in (arn for arn, weight in wanted.items() if weight):
                is_green = arn == green.target_group_behind(balancer)
                if is_green or self.stage not in TESTING or self.settings.min_healthy is not None:
                    self._health(arn, deployment, findings, least=1 if is_green else 0)

    def _wanted(
        self, balancer: LoadBalancer, blue: Revision | None, green: Revision, deployment: Deployment
    ) -> Iterator[tuple[Any, Mapping[str, float] | str]]:
        """Give for each listener the shares that it should have, or what is still unknown."""
        blue_group = blue.target_group_behind(balancer) if blue else None
        green_group = green.target_group_behind(balancer)
        if self.stage not in {Stage.RECONCILE_SERVICE, Stage.PRE_SCALE_UP, Stage.POST_SCALE_UP}:
            if green_group is None:
                yield "test", f"ECS does not say yet which target group green {green.id} has"
                return
            if blue_group == green_group:
                yield "test", f"ECS says that blue and green share the target group {group_name(green_group)}"
                return
            if self.stage in TESTING:
                yield "test", {green_group: _ALL}
        if blue is None and self.stage != Stage.POST_PRODUCTION_TRAFFIC_SHIFT:
            return  # in a first deployment production follows when the traffic is shifted
        production = self._production(blue, blue_group, green_group, deployment)
        yield "production", production

    def _production(
        self, blue: Revision | None, blue_group: str | None, green_group: str | None, deployment: Deployment
    ) -> Mapping[str, float] | str:
        if self.stage == Stage.POST_PRODUCTION_TRAFFIC_SHIFT and green_group:
            return {green_group: _ALL}
        if blue is None or blue_group is None:
            return f"ECS does not say which target group blue {blue.id if blue else ''} has".replace("  ", " ")
        share = deployment.production_weights.get(deployment.green_arn, 0.0)
        if not isfinite(share):
            return "the event gives green no weight that makes sense"
        if share and green_group:
            return {green_group: share, blue_group: _ALL - share}
        return {blue_group: _ALL}

    def _health(self, arn: str, deployment: Deployment, findings: _Findings, *, least: int) -> None:
        if self.settings.min_healthy is not None:
            least = self.settings.min_healthy
        health = deployment.health(arn)
        if health.healthy < least:
            wanted = f"at least {least} healthy targets are" if least > 1 else "at least 1 healthy target is"
            findings.waiting.append(f"target group {group_name(arn)} has {health}, and {wanted} expected")
        elif not health.healthy:
            findings.notes.append(f"target group {group_name(arn)} has {health}")


def _trouble(target: str, route: Route, wanted: Mapping[str, float], balancer: LoadBalancer) -> str:
    """Say what is wrong with a rule; empty where it is as it should be."""
    if route.action != "forward":
        problem = f"does not forward but ends in {route.action}"
        return f"the {target} {route.name} {problem}; expected {shares(wanted)}. {culprit(route, balancer)}"
    own = {balancer.target_group_arn, balancer.alternate_target_group_arn}
    foreign = [arn for arn in route.weights if arn not in own]
    # A canary may be smaller than the tolerance, and nothing shifted is not what it should be.
    tolerance = min(_TOLERANCE, *(weight / 2 for weight in wanted.values() if weight))
    off = [arn for arn in {*route.weights, *wanted} if abs(route.weights.get(arn, 0) - wanted.get(arn, 0)) > tolerance]
    if not foreign and not off:
        return ""
    strange = f" (no target group of this service: {', '.join(map(group_name, foreign))})" if foreign else ""
    found = f"the {target} {route.name} sends {shares(route.weights)}{strange}; expected {shares(wanted)}"
    return f"{found}. {culprit(route, balancer)}"


def _result(findings: _Findings) -> CheckResult:
    details = {"rules": findings.rules, **({"repair": findings.repairs} if findings.repairs else {})}
    if findings.failed:
        more = f" ({len(findings.failed) - 1} more)" if len(findings.failed) > 1 else ""
        return CheckResult(Outcome.FAILED, f"{findings.failed[0]}{more}", details=details)
    if findings.waiting:
        return CheckResult(Outcome.INCONCLUSIVE, "; ".join(findings.waiting), retry_after=10, details=details)
    if not findings.proven:
        return CheckResult(
            Outcome.SKIPPED, "no listener rule leads anywhere yet that could be looked at", details=details
        )
    notes = [f"but {note}" for note in findings.notes]
    return CheckResult(Outcome.PASSED, "; ".join([*findings.proven, *notes]), details=details)


def prepare_routing(settings: CheckSettings, stage: str, files: Files) -> RoutingCheck:
    """Make the check ready; it reads no file.

    Raises:
        DocumentError: At a stage at which it could not say anything.
    """
    if not isinstance(settings, RoutingSettings):
        raise TypeError(settings)
    if stage in _MOVING:
        problem = (
            "looks at weights, and at this stage ECS moves them; let it stand at post_test_traffic_shift, "
            "pre_production_traffic_shift or post_production_traffic_shift"
        )
        raise DocumentError([Mistake(files.here.place(()), problem)])
    return RoutingCheck(settings, stage)
