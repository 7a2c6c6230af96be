"""What AWS says about one deployment: looked up when first asked for, once, and shared by all checks."""

from collections.abc import Callable
from datetime import datetime
from threading import RLock
from typing import Any, Literal, TypeVar

from greenlight import aws
from greenlight.deployment.errors import DeploymentError
from greenlight.deployment.listeners import find_endpoint
from greenlight.deployment.revisions import Revision, ServiceDeployment, read_deployment, read_revision
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
    """

    def __init__(self, deployment_arn: str, green_arn: str, *, is_create: bool | None = None) -> None:
        self.deployment_arn = deployment_arn
        self.green_arn = green_arn
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

    def endpoint(self, target: Target) -> Endpoint:
        """Return where a listener is, as green's revision names it.

        Raises:
            DeploymentError: When it cannot be found; it says what was looked at.
        """
        return self._once(f"endpoint {target}", lambda: self._ask_endpoint(target))

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

    def _ask_endpoint(self, target: Target) -> Endpoint:
        green = self.green()
        rules = [
            balancer.test_rule_arn if target == "test" else balancer.production_rule_arn
            for balancer in green.load_balancers
        ]
        rule = next((rule for rule in rules if rule), None)
        if rule is None:
            key = "testListenerRule" if target == "test" else "productionListenerRule"
            looked_at = [
                f"service revision {green.id} loadBalancers[{index}].advancedConfiguration.{key}"
                for index in range(len(rules))
            ] or [f"service revision {green.id} loadBalancers, which is empty"]
            problem = (
                f"the service has no {target} listener rule; set {key} in the service's loadBalancers, "
                "or give the check an explicit `endpoint` in the gates file"
            )
            raise DeploymentError(problem, looked_at=looked_at)
        return find_endpoint(rule)


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
