"""Services that do work, in the rehearsal's AWS API, and a deployment that has some done."""

import itertools
import time
from dataclasses import dataclass, field

import pytest
from moto.codebuild.models import codebuild_backends
from moto.ecs.models import ecs_backends
from moto.stepfunctions.models import stepfunctions_backends

from greenlight import clock
from greenlight.checks import CheckContext, Files
from greenlight.deployment import Deployment
from greenlight.documents import parse, validate
from rehearsal.aws import codebuild, ecs, functions, tasks
from rehearsal.aws.server import AwsServer

STAGE = "POST_TEST_TRAFFIC_SHIFT"
BLUE = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/1"
GREEN = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/2"
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:orders-e2e"
ROLE = "arn:aws:iam::123456789012:role/e2e"
NETWORK = {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
_numbers = itertools.count(1)


def prepared(settings, prepare, text, *, name="gates.yaml"):
    """A check out of the YAML of its settings, as the gates file's reader makes it."""
    document = parse(text, name)
    return prepare(validate(settings, document), STAGE, Files(document, lambda _: document))


@dataclass
class World:
    """What AWS knows; every test has a deployment of its own."""

    server: AwsServer
    deployment_arn: str = ""
    now: float = field(default_factory=time.time)

    def __post_init__(self):
        number = f"d{next(_numbers)}"
        self.deployment_arn = f"arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/{number}"
        self.deployed()
        self.revision(BLUE, image="repo/orders:v1")
        self.revision(GREEN)

    def deployed(self, *, create=False):
        """Say what ECS knows of the deployment."""
        record = {
            "serviceDeploymentArn": self.deployment_arn,
            "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders",
            "status": "IN_PROGRESS",
            "sourceServiceRevisions": [] if create else [{"arn": BLUE}],
            "targetServiceRevision": {"arn": GREEN},
        }
        ecs.store(self.server.account_id, self.server.region).put_deployment(record)

    def revision(self, arn=GREEN, *, image="repo/orders:v2", **fields):
        """Say what ECS knows of a revision."""
        record = {
            "serviceRevisionArn": arn,
            "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders",
            "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/orders:1",
            "containerImages": [{"containerName": "app", "image": image}, {"containerName": "log", "image": "log:1"}],
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "networkConfiguration": {"awsvpcConfiguration": NETWORK},
        }
        ecs.store(self.server.account_id, self.server.region).put_revision({**record, **fields})

    def ask(self, check, memory=None, *, seconds=20.0, **fields):
        """Ask a check once, as a fresh invocation does."""
        context = CheckContext(
            **{
                "stage": STAGE,
                "deployment": Deployment(self.deployment_arn, GREEN),
                "deadline": time.monotonic() + seconds,
                "run_id": self.deployment_arn.rpartition("/")[2],
                "memory": memory or {},
                **fields,
            }
        )
        return check.run(context)

    @property
    def executions(self):
        """The executions of all state machines, the oldest first."""
        machines = stepfunctions_backends[self.server.account_id][self.server.region].state_machines
        return [execution for machine in machines for execution in machine.executions]

    @property
    def tasks(self):
        """The store of tasks."""
        return tasks.store(self.server.account_id, self.server.region)

    @property
    def builds(self):
        """The store of builds."""
        return codebuild.store(self.server.account_id, self.server.region)

    @property
    def functions(self):
        """The store of functions."""
        return functions.store(self.server.account_id, self.server.region)

    def last_task(self):
        """The ARN of the task that was started last."""
        return list(self.tasks.tasks())[-1]

    def last_build(self):
        """The build that was started last."""
        return self.builds.builds()[0]


@pytest.fixture(scope="module")
def services(module_aws_api):
    """A cluster with a task definition, state machines and a project."""
    client = module_aws_api.client
    client("ecs").create_cluster(clusterName="shop")
    client("ecs").create_cluster(clusterName="tests")
    for family in ("orders", "checks"):
        containers = [{"name": name, "image": name, "memory": 128} for name in ("app", "log")]
        client("ecs").register_task_definition(family=family, containerDefinitions=containers)
    for name, kind in (("orders-e2e", "STANDARD"), ("orders-fast", "EXPRESS")):
        client("stepfunctions").create_state_machine(name=name, definition="{}", roleArn=ROLE, type=kind)
    client("codebuild").create_project(
        name="orders-e2e",
        source={"type": "S3", "location": "bucket/source.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "COLOR", "value": "none"}],
        },
        serviceRole=ROLE,
    )
    return module_aws_api


@pytest.fixture
def world(services):
    """Those services without faults, and a deployment from blue to green."""
    for backends, key in ((ecs_backends, "greenlight_tasks"), (codebuild_backends, "greenlight_builds")):
        vars(backends[services.account_id][services.region]).pop(key, None)
    for machine in stepfunctions_backends[services.account_id][services.region].state_machines:
        machine.executions.clear()
    world = World(services)
    token = clock.source.set(lambda: world.now)
    yield world
    clock.source.reset(token)
    services.faults.clear()
