"""A service with tasks behind target groups, in the rehearsal's AWS API."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto.elbv2.models import FakeHealthStatus, elbv2_backends

from greenlight.checks import CheckContext, Files
from greenlight.checks.identity import IdentitySettings, prepare_identity
from greenlight.deployment import Deployment
from greenlight.documents import Document, validate
from rehearsal.aws import ecs, tasks
from rehearsal.aws.server import AwsServer

DEPLOYMENT = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/d1"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"
REVISION = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/"
BLUE_DIGEST = "sha256:b1b1b1b1b1b1"
GREEN_DIGEST = "sha256:9e9e9e9e9e9e"
CONTAINERS = [{"name": "app", "image": "orders:1", "memory": 128}, {"name": "proxy", "image": "envoy:1", "memory": 64}]


@dataclass
class World:
    """What AWS knows; every test adds to it."""

    server: AwsServer
    vpc: str
    blue: str = ""
    green: str = ""
    groups: int = field(default=0)

    @property
    def tasks(self):
        return tasks.store(self.server.account_id, self.server.region)

    @property
    def store(self):
        return ecs.store(self.server.account_id, self.server.region)

    def group(self, kind="ip"):
        """Make a target group, and return its ARN."""
        self.groups += 1
        made = self.server.client("elbv2").create_target_group(
            Name=f"orders-{self.groups}", Protocol="HTTP", Port=8080, VpcId=self.vpc, TargetType=kind
        )
        return made["TargetGroups"][0]["TargetGroupArn"]

    def targets(self, group, targets):
        """Let a group have targets: (ID, port) → state. moto knows only healthy ones, and one port of each."""
        statuses = [FakeHealthStatus(name, str(port), None, state) for (name, port), state in targets.items()]
        (made,) = [
            each
            for each in elbv2_backends[self.server.account_id][self.server.region].target_groups.values()
            if each.arn == group
        ]
        made.targets = {number: {"Id": status.instance_id, "Port": number} for number, status in enumerate(statuses)}
        made.health_for = lambda target, _: statuses[target["Port"]]

    def revision(self, number, definition, groups, *, digest=None, proxy=None, wanted=None):
        """Add a service revision that got target groups."""
        digests = {"app": digest, "proxy": proxy}
        images = [
            {"containerName": name, "image": f"{name}:1"} | ({"imageDigest": found} if found else {})
            for name, found in digests.items()
        ]
        self.store.put_revision(
            {
                "serviceRevisionArn": f"{REVISION}{number}",
                "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders",
                "taskDefinition": definition,
                "containerImages": images,
                "loadBalancers": [
                    {"targetGroupArn": group, "containerName": "app", "containerPort": 8080}
                    for group in (groups if wanted is None else wanted)
                ],
                "resolvedConfiguration": {"loadBalancers": [{"targetGroupArn": group} for group in groups]},
            }
        )

    def task(self, definition, address=None, *, digest=None, proxy="sha256:pp", status="RUNNING"):
        """Run a task of the service, and return its ARN."""
        digests = {"app": digest, "proxy": proxy}
        key = "ipv6Address" if ":" in (address or "") else "privateIPv4Address"
        details = [{"name": key, "value": address}] if address else []
        record = {
            "clusterArn": CLUSTER,
            "taskDefinitionArn": definition,
            "group": "service:orders",
            "healthStatus": "HEALTHY",
            "attachments": [{"type": "ElasticNetworkInterface", "details": details}],
            "containers": [
                {"name": name} | ({"imageDigest": found} if found else {}) for name, found in digests.items()
            ],
        }
        ((made,), _) = self.tasks.run(record, None, None)
        self.settle(made["taskArn"], status)
        return made["taskArn"]

    def settle(self, task, status):
        """Let a task stand somewhere."""
        leaving = status in {"DEACTIVATING", "STOPPING", "STOPPED"}
        self.tasks.change(task, lastStatus=status, desiredStatus="STOPPED" if leaving else "RUNNING")

    def instance(self):
        """Register an EC2 instance, and return its ID and the ARN of its container instance."""
        made = self.server.client("ec2").run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)
        instance = made["Instances"][0]["InstanceId"]
        registered = self.server.client("ecs").register_container_instance(
            cluster="shop", instanceIdentityDocument=json.dumps({"instanceId": instance})
        )
        return instance, registered["containerInstance"]["containerInstanceArn"]

    def on_instance(self, definition, instance_arn, port, *, digest=GREEN_DIGEST):
        """Run a task on an instance, with its port bound to one of the instance, and return its ARN."""
        task = self.task(definition)
        bound = {"name": "app", "imageDigest": digest, "networkBindings": [{"containerPort": 8080, "hostPort": port}]}
        proxy = {"name": "proxy", "imageDigest": "sha256:pp"}
        self.tasks.change(task, attachments=[], containerInstanceArn=instance_arn, containers=[bound, proxy])
        return task

    def deployment(self, *, sources=("1",)):
        """The deployment from blue to green, of which nothing has been asked yet."""
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

    def release(self, targets, **green):
        """Blue and green with a target group each, and those targets in green's."""
        group = self.group()
        self.targets(group, targets)
        self.revision("1", self.blue, [self.group()], digest=BLUE_DIGEST)
        self.revision("2", self.green, [group], **{"digest": GREEN_DIGEST, "proxy": "sha256:pp"} | green)
        return self.deployment()


def group_of(deployment):
    """What people call green's target group."""
    return deployment.green().target_group_arns[0].split("/")[1]


def short(task):
    """What a task is called in a sentence."""
    return f"task {task.rpartition('/')[2][:8]}"


def name_of(definition):
    """Family and revision."""
    return definition.rpartition("/")[2]


def check(stage="POST_TEST_TRAFFIC_SHIFT", **settings):
    """A check with settings as they stand in a gates file."""
    document = Document("gates.yaml", settings)
    return prepare_identity(validate(IdentitySettings, document), stage, Files(document, lambda _: document))


def ask(deployment, *, memory=None, **settings):
    """Ask it once."""
    context = CheckContext("POST_TEST_TRAFFIC_SHIFT", deployment, time.monotonic() + 20, "d1", memory or {})
    return check(**settings).run(context)


@pytest.fixture(scope="module")
def shared_world(module_aws_api):
    """A cluster in a network, for all tests of a module."""
    client = module_aws_api.client("ecs")
    vpc = module_aws_api.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    client.create_cluster(clusterName="shop")
    world = World(module_aws_api, vpc)
    given: dict[str, Any] = {"family": "orders", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512"}
    world.blue, world.green = [
        client.register_task_definition(containerDefinitions=CONTAINERS, **given)["taskDefinition"]["taskDefinitionArn"]
        for _ in range(2)
    ]
    return world


@pytest.fixture
def world(shared_world):
    """That cluster without tasks and faults."""
    yield shared_world
    shared_world.server.faults.clear()
    shared_world.tasks.forget_tasks()
