"""Asks ELB for the targets behind green's target groups and ECS for the service's tasks, and compares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from greenlight import aws
from greenlight.checks.base import CheckContext
from greenlight.checks.identity.answer import RETRY_SECONDS, Answer, Group, Service
from greenlight.checks.identity.judging import Judge
from greenlight.checks.identity.settings import IdentitySettings
from greenlight.checks.identity.tasks import GarbledError, Place, Task, by_place, instance_ids, list_tasks
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.checks.trouble import trouble
from greenlight.deployment import Deployment, DeploymentError, Health, Revision, group_name


@dataclass(frozen=True)
class IdentityCheck:
    """The question whether green's targets are green."""

    kind: ClassVar[str] = "identity"
    settings: IdentitySettings

    def skip_on_create(self) -> str | None:
        """Say nothing: a first deployment has its tasks and its target groups, too."""
        return None

    def run(self, context: CheckContext) -> CheckResult:
        """Look at every target group of green."""
        try:
            return self._ask(context)
        except DeploymentError as error:
            return CheckResult(Outcome.ERROR if error.transient else Outcome.FAILED, str(error), memory=context.memory)
        except aws.AwsError as error:
            result = trouble(error, "the service's tasks cannot be looked at")
            return CheckResult(result.outcome, result.summary, memory=context.memory)
        except GarbledError as error:
            return CheckResult(Outcome.ERROR, str(error), memory=context.memory)

    def _ask(self, context: CheckContext) -> CheckResult:
        deployment = context.deployment
        service = _service(deployment)
        green, blue = deployment.green(), _blue(deployment)
        arns = green.target_group_arns
        if not arns and not _groups_wanted(green):
            return CheckResult(Outcome.SKIPPED, "the service has no load balancer, so there are no targets to look at")
        if why := _not_settled(green, blue):
            return CheckResult(
                Outcome.INCONCLUSIVE, why, retry_after=RETRY_SECONDS, details={"green": green.variables()}
            )
        healths = {arn: deployment.health(arn) for arn in arns}
        tasks = list_tasks(service.cluster, service.name, "RUNNING")
        judge = Judge(green, blue, self.settings.digest)
        groups = _judge(judge, service, healths, tasks)
        return Answer(self.settings, judge, service, groups, tuple(tasks)).result(context.memory)


def _service(deployment: Deployment) -> Service:
    parts = deployment.green_arn.partition(":service-revision/")[2].split("/")
    if len(parts) != len(("cluster", "service", "id")) or not all(parts):
        raise DeploymentError(
            f"{deployment.green_arn} is no ARN of a service revision, which names cluster and service"
        )
    return Service(parts[0], parts[1])


def _blue(deployment: Deployment) -> Revision | None:
    """Return blue, to name its tasks; without it they are still known not to be green's."""
    try:
        return None if deployment.is_create() else deployment.blue()
    except DeploymentError:
        return None


def _groups_wanted(green: Revision) -> int:
    return sum(balancer.target_group_arn is not None for balancer in green.load_balancers)


def _not_settled(green: Revision, blue: Revision | None) -> str:
    """Say what ECS does not tell yet about the target groups; empty where it tells all."""
    if len(green.target_group_arns) < _groups_wanted(green):
        return f"ECS does not say yet which target group green {green.id} has"
    shared = [arn for arn in green.target_group_arns if blue and arn in blue.target_group_arns]
    return f"ECS says that blue and green share the target group {group_name(shared[0])}" if shared else ""


def _judge(judge: Judge, service: Service, healths: Mapping[str, Health], tasks: Sequence[Task]) -> tuple[Group, ...]:
    """Find each target's task; where one is missing, look at those that ECS stops as well."""
    on_instances = any(target.id.startswith("i-") for health in healths.values() for target in health.targets)
    places = _places(service, tasks, on_instances=on_instances)
    groups = _groups(judge, healths, places)
    if any(each.task is None for group in groups for each in group.judged):
        stopping = list_tasks(service.cluster, service.name, "STOPPED")
        groups = _groups(judge, healths, {**_places(service, stopping, on_instances=on_instances), **places})
    return groups


def _places(service: Service, tasks: Sequence[Task], *, on_instances: bool) -> dict[Place, Task]:
    return by_place(tasks, instance_ids(service.cluster, tasks) if on_instances else {})


def _groups(judge: Judge, healths: Mapping[str, Health], places: Mapping[Place, Task]) -> tuple[Group, ...]:
    return tuple(
        Group(arn, health, tuple(judge.judge(target, places) for target in health.targets))
        for arn, health in healths.items()
    )
