"""What AWS says about one deployment: looked up when first asked for, once, and shared by all checks."""

from collections.abc import Callable, Mapping
from datetime import datetime
from threading import RLock
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from greenlight import aws
from greenlight.deployment.errors import DeploymentError
from greenlight.deployment.health import Health
from greenlight.deployment.listeners import Listeners
from greenlight.deployment.revisions import LoadBalancer, Revision, ServiceDeployment, read_deployment, read_revision
from greenlight.deployment.routes import Route
from greenlight.endpoint import Endpoint

T = TypeVar("T")
Target = Literal["test", "production"]


class Deployment:
    """The deployment that an event is about.

    Nothing is asked of AWS before it is needed. What was found, or why it was not, holds for the whole invocation.

    Args:
        deployment_arn: ARN of the service deployment.
        green_arn: ARN of the green service revision.
        is_create: Whether this is the service's first deployment, where the event tells; None to ask ECS.
        production_weights: Service revision ARN → percent of the production traffic, where the event tells.
    """

    def __init__(
        self,
        deployment_arn: str,
        green_arn: str,
        *,
        is_create: bool | None = None,
        production_weights: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self.deployment_arn = deployment_arn
        self.green_arn = green_arn
        self.production_weights = production_weights
        self._is_create = is_create
        self._lock = RLock()
        self._found: dict[str, Any] = {}

    @property
    def asked(self) -> bool:
        """Tell whether anything has been asked of AWS."""
        return bool(self._found)

    def is_create(self) -> bool:
        """Tell whether the service is deployed for the first time.

        Raises:
            DeploymentError: When ECS does not tell.
        """
        return self._is_create if self._is_create is not None else not self.record().source_arns

    def expires_at(self, function_arn: str) -> datetime | None:
        """Return when ECS stops waiting for a hook; None where it does not say.

        Raises:
            DeploymentError: When ECS does not tell.
        """
        return self.record().hook_expiries.get(function_arn)

    def record(self) -> ServiceDeployment:
        """Return what ECS says about the service deployment.

        Raises:
            DeploymentError: When ECS does not tell.
        """
        return self._once("record", self._ask_record)

    def green(self) -> Revision:
        """Return the green revision.

        Raises:
            DeploymentError: When ECS does not tell.
        """
        return self._once("green", lambda: self._ask_revision(self.green_arn))

    def blue(self) -> Revision | None:
        """Return the blue revision; None when the service is created.

        Raises:
            DeploymentError: When ECS does not tell.
        """
        sources = self.record().source_arns
        return self._once("blue", lambda: self._ask_revision(sources[0])) if sources else None

    def endpoint(self, target: Target, *, container: str | None = None, named: bool = False) -> Endpoint:
        """Return where a listener is, as green's revision names it.

        Args:
            target: Which listener.
            container: The container behind the load balancer to ask, where the service has several of them.
            named: Whether the client knows the name that users ask for, so that no certificate need be asked for one.

        Raises:
            DeploymentError: When it cannot be found; it says what was looked at.
        """
        return self._once(
            f"endpoint {target} {container} {named}", lambda: self._ask_endpoint(target, container, named=named)
        )

    def route(self, target: Target, balancer: LoadBalancer) -> Route | None:
        """Return what a listener does with a request; None where the load balancer has no such rule.

        Raises:
            DeploymentError: When it cannot be found.
        """
        arn = _rule_of(target, balancer)
        return None if arn is None else self._once(f"route {arn}", lambda: self._listeners().route(arn))

    def health(self, group_arn: str) -> Health:
        """Return how the targets of a group are.

        Raises:
            DeploymentError: When ELB does not tell.
        """
        return self._once(f"health {group_arn}", lambda: self._listeners().health(group_arn))

    def _once(self, name: str, ask: Callable[[], T]) -> T:
        with self._lock:
            if name not in self._found:
                try:
                    self._found[name] = ask()
                except DeploymentError as error:
                    self._found[name] = error
                except (AttributeError, KeyError, TypeError, ValueError) as error:
                    problem = f"AWS's reply about the {name} makes no sense ({type(error).__name__}: {error})"
                    self._found[name] = DeploymentError(problem, transient=True)
            found = self._found[name]
        if isinstance(found, DeploymentError):
            raise found
        answer: T = found
        return answer

    def _ask_record(self) -> ServiceDeployment:
        reply = _ecs("describe_service_deployments", "serviceDeploymentArns", self.deployment_arn)
        return read_deployment(_single(reply, "serviceDeployments", self.deployment_arn))

    def _ask_revision(self, arn: str) -> Revision:
        return read_revision(
            _single(_ecs("describe_service_revisions", "serviceRevisionArns", arn), "serviceRevisions", arn)
        )

    def _listeners(self) -> Listeners:
        """All rules of the service together, so that one call asks for all of them."""
        balancers = self.green().load_balancers
        arns = [balancer.production_rule_arn for balancer in balancers]
        arns += [balancer.test_rule_arn for balancer in balancers]
        return self._once("listeners", lambda: Listeners([arn for arn in arns if arn]))

    def _ask_endpoint(self, target: Target, container: str | None, *, named: bool) -> Endpoint:
        green = self.green()
        balancers = [each for each in green.load_balancers if container in (None, each.container)]
        if container is not None and not balancers:
            there = ", ".join(str(each.container) for each in green.load_balancers) or "none"
            raise DeploymentError(f'no load balancer sends to a container "{container}"; there are: {there}')
        arn = next((arn for each in balancers if (arn := _rule_of(target, each))), None)
        if arn is None:
            raise _no_rule(green, target)
        return self._listeners().endpoint(arn, named=named)


def _rule_of(target: Target, balancer: LoadBalancer) -> str | None:
    return balancer.test_rule_arn if target == "test" else balancer.production_rule_arn


def _no_rule(green: Revision, target: Target) -> DeploymentError:
    key = "testListenerRule" if target == "test" else "productionListenerRule"
    looked_at = [
        f"service revision {green.id} loadBalancers[{index}].advancedConfiguration.{key}"
        for index in range(len(green.load_balancers))
    ] or [f"service revision {green.id} loadBalancers, which is empty"]
    if green.test_headers and not green.load_balancers:
        problem = (
            "the service is reached through Service Connect, whose names only the tasks of its namespace can resolve; "
            "give the check an `endpoint` that leads there, and `service_connect: true` for the test header"
        )
        return DeploymentError(problem, looked_at=looked_at)
    problem = (
        f"the service has no {target} listener rule; set {key} in the service's loadBalancers, "
        "or give the check an explicit `endpoint` in the gates file"
    )
    return DeploymentError(problem, looked_at=looked_at)


def _ecs(operation: str, key: str, arn: str) -> dict[str, Any]:
    try:
        return aws.call("ecs", operation, **{key: [arn]})
    except aws.AwsError as error:
        raise DeploymentError.of(error, arn) from error


def _single(reply: dict[str, Any], key: str, arn: str) -> dict[str, Any]:
    found = reply.get(key) or []
    if len(found) == 1 and isinstance(found[0], dict):
        record: dict[str, Any] = found[0]
        return record
    if key not in reply and not reply.get("failures"):
        raise DeploymentError(f"ECS's reply makes no sense: it has no {key}", transient=True, looked_at=[arn])
    reasons = ", ".join(str(failure.get("reason")) for failure in reply.get("failures") or ()) or "no reason given"
    raise DeploymentError(f"ECS knows no such thing ({reasons})", looked_at=[arn])
