"""How the service is deployed: controller, strategy, where its tasks run, and what stops a deployment that fails."""

from collections.abc import Iterator
from typing import Final

from greenlight_cli.doctor.finding import Finding, error, fine, warning
from greenlight_cli.doctor.subject import Subject

PLACE: Final = "service"
STRATEGIES: Final = frozenset({"BLUE_GREEN", "LINEAR", "CANARY"})
_STRATEGY_CURE: Final = (
    "set deploymentConfiguration.strategy to BLUE_GREEN, LINEAR or CANARY "
    "(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/migrate-deployment-strategies.html)"
)


def look_at_deploying(subject: Subject) -> Iterator[Finding]:
    """Look at the service itself.

    Raises:
        AwsError: When ECS does not tell of its deployments.
    """
    found = [*_basics(subject), *_breaker(subject)]
    yield from found
    if not found:
        tasks = subject.service.get("launchType") or "capacity providers"
        breaker = (
            ", with a circuit breaker"
            if (subject.configuration.get("deploymentCircuitBreaker") or {}).get("enable")
            else ""
        )
        yield fine(PLACE, f"deploys by {subject.strategy}, on {tasks}{breaker}")
    under_way = subject.under_way()
    if under_way:
        yield warning(
            PLACE,
            f"a deployment is under way ({under_way.rpartition('/')[2]}), so that weights are not those of rest",
            "look again when it has ended: greenlight watch",
        )


def _basics(subject: Subject) -> Iterator[Finding]:
    service = subject.service
    status = service.get("status") or "ACTIVE"
    if status != "ACTIVE":
        yield error(PLACE, f"it is {status}, so that nothing is deployed any more", "name a service that is ACTIVE")
    controller = (service.get("deploymentController") or {}).get("type") or "ECS"
    if controller != "ECS":
        yield error(
            PLACE,
            f"its deployment controller is {controller}, which calls no lifecycle hooks of ECS",
            "move it to the controller ECS with a strategy of BLUE_GREEN, LINEAR or CANARY",
        )
    elif subject.strategy not in STRATEGIES:
        yield error(
            PLACE,
            f"its strategy is {subject.strategy}, in which no green stands beside blue to be looked at",
            _STRATEGY_CURE,
        )
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere.html
    if service.get("launchType") == "EXTERNAL" and subject.balancers:
        yield error(
            PLACE,
            "its tasks run on external instances, which no load balancer serves",
            "run it on Fargate, EC2 or managed instances",
        )


def _breaker(subject: Subject) -> Iterator[Finding]:
    breaker = subject.configuration.get("deploymentCircuitBreaker") or {}
    cure = "set deploymentCircuitBreaker to enable: true, rollback: true"
    if not breaker.get("enable"):
        # AWS documents it for no other: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-failure-detection.html
        if subject.strategy in {"LINEAR", "CANARY"}:
            return
        yield warning(PLACE, "its circuit breaker is off: a green whose tasks do not start is tried on and on", cure)
    elif not breaker.get("rollback"):
        yield warning(PLACE, "its circuit breaker does not roll back: a deployment that it stops stays as it is", cure)
