"""A service whose task definitions are in the rehearsal's AWS API."""

import time
from dataclasses import dataclass
from typing import Any

import pytest

from greenlight.checks import CheckContext, Files
from greenlight.checks.task_definition import TaskDefinitionSettings, prepare_task_definition
from greenlight.checks.task_definition.rules import RULES
from greenlight.deployment import Deployment
from greenlight.documents import Document, validate
from rehearsal.aws import ecs
from rehearsal.aws.server import AwsServer

DEPLOYMENT = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/d1"
REVISION = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/1"
ROLE = "arn:aws:iam::123456789012:role/orders"

# What somebody has who follows every rule.
CONTAINER = {
    "name": "app",
    "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:1",
    "user": "1000:1000",
    "readonlyRootFilesystem": True,
    "portMappings": [{"containerPort": 8080}],
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/orders"}},
}
TASK = {
    "family": "orders",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "executionRoleArn": f"{ROLE}-execution",
    "taskRoleArn": f"{ROLE}-task",
}


@dataclass
class World:
    """What AWS knows; every test adds to it."""

    server: AwsServer

    @property
    def store(self):
        return ecs.store(self.server.account_id, self.server.region)

    def register(self, *containers, **task):
        """Register a task definition; a container is told by what is different from one without a fault."""
        made = [_given(CONTAINER | container) for container in containers or ({},)]
        given = _given(TASK | task)
        client = self.server.client("ecs")
        return client.register_task_definition(containerDefinitions=made, **given)["taskDefinition"][
            "taskDefinitionArn"
        ]

    def revision(self, number, definition, *, digest=None, served=("app",)):
        """Let a service revision have a task definition."""
        image: dict[str, Any] = {"containerName": "app", "image": "orders:1"}
        balancers = [{"targetGroupArn": GROUP, "containerName": name, "containerPort": 8080} for name in served]
        self.store.put_revision(
            {
                "serviceRevisionArn": f"{REVISION}{number}",
                "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders",
                "taskDefinition": definition,
                "containerImages": [image | ({"imageDigest": digest} if digest else {})],
                "loadBalancers": balancers,
            }
        )

    def deployment(self, *, sources=("1",)):
        """Let the service be deployed from the first revision to the second one."""
        self.store.put_deployment(
            {
                "serviceDeploymentArn": DEPLOYMENT,
                "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders",
                "status": "IN_PROGRESS",
                "sourceServiceRevisions": [{"arn": f"{REVISION}{number}"} for number in sources],
                "targetServiceRevision": {"arn": f"{REVISION}2"},
            }
        )
        return Deployment(DEPLOYMENT, f"{REVISION}2")

    def release(self, blue, green, **keys):
        """Let one task definition be replaced by another one."""
        self.revision("1", blue)
        self.revision("2", green, **keys)
        return self.deployment()

    def create(self, *containers, served=("app",), **task):
        """Let the service be created with a task definition."""
        self.revision("2", self.register(*containers, **task), served=served)
        return self.deployment(sources=())

    def found(self, *containers, rules, served=("app",), **task):
        """Return what a rule finds, as the details tell it."""
        only = {rule: "fail" if rule in rules else "off" for rule in RULES}
        result = ask(self.create(*containers, served=served, **task), rules=only)
        return [f"{each['where']} {each['found']}; {each['cure']}" for each in result.details["failures"]]


def _given(record):
    return {key: value for key, value in record.items() if value is not None}


def check(**settings):
    """A check with settings as they stand in a gates file."""
    document = Document("gates.yaml", settings)
    return prepare_task_definition(
        validate(TaskDefinitionSettings, document), "PRE_SCALE_UP", Files(document, lambda _: document)
    )


def ask(deployment, **settings):
    """Ask it once."""
    context = CheckContext("PRE_SCALE_UP", deployment, time.monotonic() + 20, "d1", {})
    return check(**settings).run(context)


@pytest.fixture
def world(module_aws_api):
    """That API without faults."""
    yield World(module_aws_api)
    module_aws_api.faults.clear()
