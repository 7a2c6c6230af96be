"""Where scenes are played: a service with blue and green in the rehearsal's AWS API, at a time of its own."""

import functools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self
from unittest.mock import patch

import pytest
from botocore.config import Config
from moto.elbv2.models import FakeHealthStatus, elbv2_backends
from moto.moto_api._internal.models import moto_api_backend

from greenlight import aws, clock
from greenlight.deployment import Deployment
from greenlight.smoke import wire
from rehearsal.aws import calendars, codebuild, ecs, functions, tasks
from rehearsal.aws.server import AwsServer
from rehearsal.invokers import environment, sealed
from rehearsal.load_balancer import LoadBalancer
from rehearsal.load_balancer.configuration import Configuration
from rehearsal.world.service import ServiceOptions, ServiceSetup, build_service, forward
from tests.unit.checks.scenes.making import ACCOUNT, NOON, ROLE
from tests.unit.checks.scenes.names import Names
from tests.unit.smoke.servers import App, RudeServers, serving

if TYPE_CHECKING:
    from greenlight.record import Table

_ARN = f"arn:aws:ecs:eu-west-1:{ACCOUNT}"
CLUSTER = f"{_ARN}:cluster/demo"
DEPLOYMENT = f"{_ARN}:service-deployment/demo/orders/d1"
BLUE = f"{_ARN}:service-revision/demo/orders/7300000000000000001"
GREEN = f"{_ARN}:service-revision/demo/orders/7300000000000000002"
REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
BLUE_DIGEST, GREEN_DIGEST = f"sha256:{'b1' * 32}", f"sha256:{'9e' * 32}"
CONTAINER = {
    "name": "app",
    "user": "1000:1000",
    "readonlyRootFilesystem": True,
    "portMappings": [{"containerPort": 8080}],
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/orders"}},
}
"""A container that keeps all rules."""

_TASK = {
    "family": "orders",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "executionRoleArn": f"{ROLE}-execution",
    "taskRoleArn": f"{ROLE}-task",
}
_BALANCER = "demo.elb.example"


@contextmanager
def stage(*, attempts: int | None = 1) -> Iterator[AwsServer]:
    """Start the rehearsal's AWS API, with the library's clients pointing to it.

    Args:
        attempts: How often a client tries a call; None leaves it as it is in Lambda.
    """
    with ExitStack() as resources:
        patched = resources.enter_context(pytest.MonkeyPatch.context())
        # moto would read the images of EC2 instances, which takes longer than a scene.
        resources.enter_context(environment({"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}))
        server = resources.enter_context(AwsServer())
        resources.enter_context(environment(sealed(server.environment())))
        if attempts is not None:
            retries = {"mode": "standard", "total_max_attempts": attempts}
            patched.setattr(aws, "_CONFIG", aws._CONFIG.merge(Config(retries=retries)))
        aws.forget_clients()
        yield server
        aws.forget_clients()


class Place:
    """A service as a deployment meets it, as a context manager; each one starts with nothing but this.

    Blue is version 1 and green version 2 of the task definition ``orders``, both keep all rules.

    Args:
        server: The AWS API, which is emptied.
    """

    def __init__(self, server: AwsServer) -> None:
        self.server, self.faults, self.client = server, server.faults, server.client
        self.names = Names()
        self.settings: dict[str, str] = {}
        self.record: Table | None = None
        self.now = NOON.timestamp()
        self._resources = ExitStack()
        self._tasks = 0

    def __enter__(self) -> Self:
        self.faults.clear()
        moto_api_backend.reset()
        with ExitStack() as resources:
            token = clock.source.set(lambda: self.now)
            resources.callback(clock.source.reset, token)
            # The calendars of the AWS API live in the same time.
            resources.enter_context(patch.object(calendars, "time", SimpleNamespace(time=lambda: self.now)))
            self.client("ecs").create_cluster(clusterName="demo")
            self.definitions = [self.define(image=f"{REGISTRY}/orders:{version}") for version in (1, 2)]
            self.records = {
                BLUE: _revision(BLUE, self.definitions[0], 1, BLUE_DIGEST),
                GREEN: _revision(GREEN, self.definitions[1], 2, GREEN_DIGEST),
            }
            for arn in self.records:
                self.revise(arn)
            self.deployed()
            self._resources = resources.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()
        self.faults.clear()

    # What ECS says.

    @property
    def store(self) -> Any:
        """The service revisions and deployments."""
        return ecs.store(self.server.account_id, self.server.region)

    def define(self, *containers: dict[str, Any], image: str = f"{REGISTRY}/orders:2", **task: Any) -> str:
        """Register a task definition; a container is told by what is different from one that keeps all rules."""
        made = [{**CONTAINER, "image": image, **container} for container in containers or ({},)]
        given = {key: value for key, value in {**_TASK, **task}.items() if value is not None}
        registered = self.client("ecs").register_task_definition(
            containerDefinitions=[{key: value for key, value in each.items() if value is not None} for each in made],
            **given,
        )
        return str(registered["taskDefinition"]["taskDefinitionArn"])

    def revise(self, arn: str = GREEN, **fields: Any) -> None:
        """Let ECS say something else of a revision; what is None is not said."""
        record = self.records[arn] = {**self.records[arn], **fields}
        self.store.put_revision({key: value for key, value in record.items() if value is not None})

    def deployed(self, *, create: bool = False) -> None:
        """Let ECS deploy green over blue, or create the service with it."""
        self.store.put_deployment(
            {
                "serviceDeploymentArn": DEPLOYMENT,
                "serviceArn": f"{_ARN}:service/demo/orders",
                "status": "IN_PROGRESS",
                "sourceServiceRevisions": [] if create else [{"arn": BLUE}],
                "targetServiceRevision": {"arn": GREEN},
            }
        )

    def created(self) -> None:
        """Let the service be deployed for the first time."""
        self.deployed(create=True)

    def deployment(self, green_percent: float | None = None) -> Deployment:
        """Return the deployment as one invocation sees it."""
        weights = {} if green_percent is None else {GREEN: green_percent, BLUE: 100 - green_percent}
        return Deployment(DEPLOYMENT, GREEN, production_weights=weights)

    # What stands behind a load balancer.

    @functools.cached_property
    def service(self) -> ServiceSetup:
        """The service behind a load balancer: blue in the first target group, green in the second."""
        balancer = LoadBalancer(Configuration(self.server.account_id, self.server.region))
        self._resources.enter_context(balancer)
        service = build_service(self.server, balancer, "127.0.0.1", ServiceOptions())
        self.groups = dict(zip((BLUE, GREEN), service.target_group_arns, strict=True))
        self.apps: dict[str, App] = {}
        (balancers,) = self.client("ecs").describe_services(cluster="demo", services=["orders"])["services"]
        for number, (arn, group) in enumerate(self.groups.items(), start=1):
            self.apps[arn] = self._resources.enter_context(serving())
            self.apps[arn].answer("/health", body={"status": "ok", "version": str(number)})
            target = {"Id": "127.0.0.1", "Port": self.apps[arn].port}
            self.client("elbv2").register_targets(TargetGroupArn=group, Targets=[target])
            self.targets(group, {f"10.0.0.{number}": "healthy"})
            self.revise(
                arn,
                loadBalancers=balancers["loadBalancers"],
                resolvedConfiguration={"loadBalancers": [{"targetGroupArn": group}]},
            )
        self._rename(service)
        self.weigh(service.test_rule_arn, {self.groups[BLUE]: 0, self.groups[GREEN]: 100})
        return service

    def _rename(self, service: ServiceSetup) -> None:
        for rule, number in ((service.production_rule_arn, 1), (service.test_rule_arn, 2)):
            shown = ("50dc6c495c0c9188", f"{number}f2f7dc8efc522ab", f"{number}683b2d02a6cabee")
            for part, name in zip(rule.split("/")[-3:], shown, strict=True):
                self.names.say(part, name)
        for url, port in ((service.production_url, 80), (service.test_url, 9000)):
            self.names.say(url.removeprefix("http://"), f"{_BALANCER}:{port}")
        self.names.say("127.0.0.1", _BALANCER)
        for group in service.target_group_arns:
            self.names.say(group.rpartition("/")[2], "73e2d6bc24d8a067")

    def weigh(self, rule: str, weights: dict[str, float]) -> None:
        """Share a rule's requests among target groups."""
        action = forward({arn: int(weight) for arn, weight in weights.items()})
        self.client("elbv2").modify_rule(RuleArn=rule, Actions=[action])

    def group(self, name: str) -> str:
        """Make another target group."""
        (first, *_) = self.service.target_group_arns
        elb = self.client("elbv2")
        vpc = elb.describe_target_groups(TargetGroupArns=[first])["TargetGroups"][0]["VpcId"]
        made = elb.create_target_group(Name=name, Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip")
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def targets(self, group: str, states: dict[str, str], reason: str | None = None) -> None:
        """Let ELB say which targets a group has, by address; requests go to the application all the same."""
        statuses = [FakeHealthStatus(address, "8080", None, state, None, reason) for address, state in states.items()]
        made = elbv2_backends[self.server.account_id][self.server.region].target_groups[group]
        (first, *_) = made.targets.values()
        made.targets = {number: {**first, "Number": number} for number, _ in enumerate(statuses)}
        made.health_for = lambda target, _: statuses[target["Number"]]

    def task(self, address: str, definition: int = 2, *, digest: str = "", status: str = "RUNNING") -> str:
        """Run a task of the service at an address; its image is that of its version, unless it is told."""
        found = digest or (GREEN_DIGEST, BLUE_DIGEST)[definition == 1]
        ((made,), _) = self.tasks.run(
            {
                "clusterArn": CLUSTER,
                "taskDefinitionArn": self.definitions[definition - 1],
                "group": "service:orders",
                "healthStatus": "HEALTHY",
                "attachments": [{"details": [{"name": "privateIPv4Address", "value": address}]}],
                "containers": [{"name": "app", "imageDigest": found}],
            },
            None,
            None,
        )
        self.tasks.change(made["taskArn"], lastStatus=status)
        self.name_task(made["taskArn"])
        return str(made["taskArn"])

    def name_task(self, arn: str) -> str:
        """Let a task have a stable number in messages."""
        self._tasks += 1
        number, shown = arn.rpartition("/")[2], f"{self._tasks}c0ffee{self._tasks}4b5a49788796a5b4c3d2e1f0"
        self.names.say(number, shown)
        self.names.say(number[:8], shown[:8])
        return arn

    # Servers beside it.

    def serve(self, name: str, context: Any = None) -> App:
        """Start another server, which settings call ``$name``."""
        app = self._resources.enter_context(serving(context))
        self.call(name, app.port)
        return app

    def rude(self, name: str, behave: Any) -> None:
        """Start a server that writes what it likes, which settings call ``$name``."""
        servers = RudeServers()
        self._resources.callback(servers.stop)
        self.call(name, servers.start(behave).port)

    def call(self, name: str, port: int) -> None:
        """Let settings call a port of this machine ``$name``, and messages ``10.0.0.9:8080``."""
        self.settings[name] = self.names.say(f"127.0.0.1:{port}", "10.0.0.9:8080")
        self.names.say("127.0.0.1", "10.0.0.9")

    def trust(self, authority: Any) -> None:
        """Let clients trust an authority, as long as this place is there."""
        authority.configure_trust(wire.tls_context(None))
        self._resources.callback(wire._read_context.cache_clear)

    # Services that do work.

    @property
    def tasks(self) -> tasks.TaskStore:
        """The tasks."""
        return tasks.store(self.server.account_id, self.server.region)

    @property
    def builds(self) -> codebuild.BuildStore:
        """The builds."""
        return codebuild.store(self.server.account_id, self.server.region)

    @property
    def functions(self) -> functions.FunctionStore:
        """The functions."""
        return functions.store(self.server.account_id, self.server.region)


def _revision(arn: str, definition: str, version: int, digest: str) -> dict[str, Any]:
    image = {"containerName": "app", "image": f"{REGISTRY}/orders:{version}", "imageDigest": digest}
    return {
        "serviceRevisionArn": arn,
        "serviceArn": f"{_ARN}:service/demo/orders",
        "clusterArn": CLUSTER,
        "taskDefinition": definition,
        "containerImages": [image],
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "networkConfiguration": {
            "awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
        },
    }
