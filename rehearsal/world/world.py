"""The world of one rehearsal, from its first resource to its last process."""

import contextlib
import random
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from rehearsal.aws import ecs, metric_store
from rehearsal.aws.deployments import DeploymentStore
from rehearsal.aws.server import EVERY_ADDRESS, AwsServer
from rehearsal.clock import Clock
from rehearsal.load_balancer import LoadBalancer
from rehearsal.load_balancer.configuration import Configuration
from rehearsal.load_balancer.metrics import RequestMetrics
from rehearsal.world.applications import Applications
from rehearsal.world.revision import Revision, digest_of, new_id
from rehearsal.world.service import BLUE_GREEN, ServiceOptions, ServiceSetup, build_service, forward
from rehearsal.world.users import Users


class World:
    """The AWS API, the load balancer, the service and its applications, as a context manager. Nothing outlives it.

    Args:
        bind: The address that the API and the listeners listen on.
        public_host: The host under which clients reach them; `bind` when `None`.
        region: The region.
        internal: Whether the load balancer is internal.
        test_rule_conditions: Conditions of the test listener's rule besides the path pattern `/*`, as in CreateRule.
        lifecycle_hooks: The service's lifecycle hooks, as in `deploymentConfiguration`.
        bake_time_in_minutes: The service's bake time, as in `deploymentConfiguration`.
        strategy: The service's strategy and its numbers, as in `deploymentConfiguration`.
        target_timeout: How long an application may be silent before the load balancer answers 504, in seconds.
        rng: Where chance comes from, for the weights of a rule.
        clock: The simulated time, by which metrics are recorded and work is dated; that on the wall when `None`.

    Attributes:
        clock: See above.
        aws: The AWS API.
        store: The service revisions and deployments.
        load_balancer: The load balancer.
        service: The service and what belongs to it.

    Raises:
        AwsServerRunningError: On entry, when another one runs in this process.
        OSError: On entry, when an address cannot be bound.
    """

    aws: AwsServer
    store: DeploymentStore
    load_balancer: LoadBalancer
    service: ServiceSetup

    def __init__(
        self,
        *,
        bind: str = "127.0.0.1",
        public_host: str | None = None,
        region: str = "eu-west-1",
        internal: bool = False,
        test_rule_conditions: Sequence[Mapping[str, Any]] = (),
        lifecycle_hooks: Sequence[Mapping[str, Any]] = (),
        bake_time_in_minutes: int = 0,
        strategy: Mapping[str, Any] | None = None,
        target_timeout: float = 60.0,
        rng: random.Random | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._options = ServiceOptions(
            internal, test_rule_conditions, lifecycle_hooks, bake_time_in_minutes, strategy or BLUE_GREEN
        )
        self._resources = contextlib.ExitStack()
        self._targets: dict[str, tuple[str, tuple[str, int]]] = {}
        self._bind = bind
        self.clock = clock or Clock()
        self.aws = AwsServer(bind, public_host=public_host, region=region, now=self.clock.now)
        configuration = Configuration(self.aws.account_id, region)
        self.load_balancer = LoadBalancer(
            configuration,
            bind=bind,
            rng=rng,
            target_timeout=target_timeout,
            observer=RequestMetrics(metric_store.put, self.clock.now),
        )

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as resources:
            resources.enter_context(self.aws)
            resources.enter_context(self.load_balancer)
            logs = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="rehearsal-")))
            self._applications = Applications(logs)
            resources.callback(self._applications.stop_all)
            self.store = ecs.store(self.aws.account_id, self.aws.region)
            self.service = build_service(self.aws, self.load_balancer, self.aws.public_host, self._options)
            self._resources = resources.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._resources.close()

    def register_revision(
        self,
        version: str,
        *,
        command: Sequence[str] | None = None,
        url: str | None = None,
        fault: str | None = None,
    ) -> Revision:
        """Make a service revision known to ECS, as UpdateService with a new task definition does. Nothing starts.

        Without `command` and `url` the revision runs the built-in orders application.

        Args:
            version: The version, which is also the image's tag.
            command: Runs the application; it has to listen on the port in the environment variable PORT, which also
                takes the place of `{port}` in the command.
            url: Where the application runs already, `http://host:port`.
            fault: A fault of the built-in application, one of `rehearsal.demo_app.FAULTS`.

        Raises:
            ValueError: When the ways to run it contradict each other, or one of them is wrong.
        """
        image = f"{self.aws.account_id}.dkr.ecr.{self.aws.region}.amazonaws.com/{self.service.service_name}:{version}"
        revision_id = new_id()
        revision = Revision(
            arn=f"{self._arn_of('service-revision')}/{revision_id}",
            id=revision_id,
            version=version,
            task_definition_arn=self._register_task_definition(image),
            image=image,
            image_digest=digest_of(image),
            command=tuple(command) if command is not None else None,
            url=url,
            fault=fault,
        )
        service = self.aws.client("ecs").update_service(
            cluster=self.service.cluster_name,
            service=self.service.service_name,
            taskDefinition=revision.task_definition_arn,
        )["service"]
        image_record = {
            "containerName": self.service.container_name,
            "image": image,
            "imageDigest": revision.image_digest,
        }
        self.store.put_revision(
            {
                "serviceRevisionArn": revision.arn,
                "serviceArn": self.service.service_arn,
                "clusterArn": self.service.cluster_arn,
                "taskDefinition": revision.task_definition_arn,
                "launchType": service["launchType"],
                "platformVersion": service["platformVersion"],
                "platformFamily": "Linux",
                "loadBalancers": service["loadBalancers"],
                "networkConfiguration": service["networkConfiguration"],
                "containerImages": [image_record],
                "guardDutyEnabled": False,
                "createdAt": datetime.now(UTC),
            }
        )
        return revision

    def start(self, revision: Revision, target_group_arn: str) -> None:
        """Start a revision's application and register it in a target group. It may not be healthy yet.

        Args:
            revision: The revision.
            target_group_arn: One of the service's target groups.

        Raises:
            ApplicationStartError: When the built-in application does not come up.
            OSError: When a command cannot be started, or a URL's host has no address.
            ValueError: When the revision runs already, or another one in that group.
        """
        taken = {group for group, _ in self._targets.values()}
        if revision.arn in self._targets or target_group_arn in taken:
            raise ValueError(
                f"revision {revision.version} cannot start in {target_group_arn}: it runs, or the group serves another; "
                f"stop that first"
            )
        target = self._applications.start(revision)
        self._targets[revision.arn] = (target_group_arn, target)
        self.aws.client("elbv2").register_targets(TargetGroupArn=target_group_arn, Targets=[_target(target)])
        self._resolve(
            revision,
            [{"targetGroupArn": target_group_arn, "productionListenerRule": self.service.production_rule_arn}],
        )

    def stop(self, revision: Revision) -> None:
        """Take a revision out of its target group and end its process; one that runs elsewhere goes on running.

        Does nothing when the revision was not started.
        """
        if revision.arn not in self._targets:
            return
        target_group_arn, target = self._targets.pop(revision.arn)
        try:
            self.aws.client("elbv2").deregister_targets(TargetGroupArn=target_group_arn, Targets=[_target(target)])
            self._resolve(revision, [])
        finally:
            self._applications.stop(revision)

    def users(self, per_minute: float, **how: Any) -> Users:
        """Users of the service, who ask the production listener while their context lasts.

        Args:
            per_minute: Requests in a simulated minute.
            how: Further arguments of `Users`.
        """
        host = "127.0.0.1" if self._bind in EVERY_ADDRESS else self._bind
        port = urlsplit(self.service.production_url).port
        if port is None:
            raise ValueError(f"the production listener has no port: {self.service.production_url}")
        return Users((host, port), per_minute, self.clock, **how)

    def is_healthy(self, revision: Revision) -> bool:
        """Whether the revision is started and answers its target group's health check."""
        started = self._targets.get(revision.arn)
        return started is not None and self.load_balancer.healthy(started[0])

    def application_log(self, revision: Revision) -> str:
        """What the revision's process has printed, also after it was stopped; empty for one that runs elsewhere."""
        return self._applications.log(revision)

    def set_weights(self, rule_arn: str, weights: Mapping[str, float]) -> None:
        """Share a rule's requests among target groups.

        Args:
            rule_arn: The listener rule.
            weights: Target group ARN to percent, in steps of 0.1 as a canary has them.
        """
        # A rule's weights are whole numbers up to 999, so that tenths of a percent can be written as they are.
        factor = 1 if all(float(weight).is_integer() for weight in weights.values()) else 10
        action = forward({arn: round(weight * factor) for arn, weight in weights.items()})
        self.aws.client("elbv2").modify_rule(RuleArn=rule_arn, Actions=[action])

    def weights(self, rule_arn: str) -> dict[str, float]:
        """A rule's target groups and the percent of the requests that each one gets."""
        rule = self.aws.client("elbv2").describe_rules(RuleArns=[rule_arn])["Rules"][0]
        groups = rule["Actions"][-1]["ForwardConfig"]["TargetGroups"]
        whole = sum(group["Weight"] for group in groups) or 1
        return {group["TargetGroupArn"]: round(100 * group["Weight"] / whole, 1) for group in groups}

    def _register_task_definition(self, image: str) -> str:
        container = {
            "name": self.service.container_name,
            "image": image,
            "essential": True,
            "portMappings": [{"containerPort": self.service.container_port, "protocol": "tcp"}],
        }
        registered = self.aws.client("ecs").register_task_definition(
            family=self.service.service_name,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[container],
        )
        return str(registered["taskDefinition"]["taskDefinitionArn"])

    def _arn_of(self, kind: str) -> str:
        place = f"{self.aws.region}:{self.aws.account_id}"
        return f"arn:aws:ecs:{place}:{kind}/{self.service.cluster_name}/{self.service.service_name}"

    def _resolve(self, revision: Revision, load_balancers: list[dict[str, str]]) -> None:
        """Write what the revision really got; only an active revision has it."""
        record = self.store.revision(revision.arn)
        if record is None:
            raise KeyError(f"the service revision {revision.arn} is not registered")
        record.pop("resolvedConfiguration", None)
        if load_balancers:
            record["resolvedConfiguration"] = {"loadBalancers": load_balancers}
        self.store.put_revision(record)


def _target(target: tuple[str, int]) -> dict[str, Any]:
    return {"Id": target[0], "Port": target[1]}
