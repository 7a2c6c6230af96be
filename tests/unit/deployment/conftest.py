"""A service behind a load balancer, in the rehearsal's AWS API."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from moto.elbv2.models import elbv2_backends

from greenlight.deployment import Deployment
from rehearsal.aws import ecs
from rehearsal.aws.server import AwsServer

DEPLOYMENT = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/d1"
BLUE = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/1"
GREEN = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/2"
ACTION = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}


@dataclass
class World:
    """What AWS knows; every test adds to it."""

    server: AwsServer
    balancer: dict[str, Any]
    listener_arn: str
    rules: int = field(default=0)

    @property
    def backend(self):
        return elbv2_backends[self.server.account_id][self.server.region]

    def rule(self, *conditions):
        """Add a rule with certain conditions; those that moto does not take are put in behind its back."""
        self.rules += 1
        anything = [{"Field": "path-pattern", "Values": ["*"]}]
        elb = self.server.client("elbv2")
        created = elb.create_rule(
            ListenerArn=self.listener_arn, Priority=self.rules, Conditions=anything, Actions=[ACTION]
        )
        arn = created["Rules"][0]["RuleArn"]
        (rule,) = self.backend.describe_rules(None, [arn])
        rule.conditions = list(conditions)
        return arn

    def listener(self, protocol, port):
        elb = self.server.client("elbv2")
        created = elb.create_listener(
            LoadBalancerArn=self.balancer["LoadBalancerArn"], Protocol=protocol, Port=port, DefaultActions=[ACTION]
        )
        return created["Listeners"][0]["ListenerArn"]

    def revision(self, arn=GREEN, *, load_balancers=(), images=()):
        record = {
            "serviceRevisionArn": arn,
            "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders",
            "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/orders:42",
            "containerImages": list(images),
            "loadBalancers": list(load_balancers),
        }
        ecs.store(self.server.account_id, self.server.region).put_revision(record)

    def deployment(self, **record):
        ecs.store(self.server.account_id, self.server.region).put_deployment(
            {
                "serviceDeploymentArn": DEPLOYMENT,
                "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders",
                "status": "IN_PROGRESS",
                "targetServiceRevision": {"arn": GREEN},
                **record,
            }
        )


@pytest.fixture(scope="module")
def shared_world(module_aws_api):
    """A load balancer with one listener, for all tests of a module."""
    ec2, elb = module_aws_api.client("ec2"), module_aws_api.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")
        for n, zone in enumerate("ab")
    ]
    balancer = elb.create_load_balancer(Name="orders", Subnets=[made["Subnet"]["SubnetId"] for made in subnets])
    world = World(module_aws_api, balancer["LoadBalancers"][0], "")
    world.listener_arn = world.listener("HTTP", 8080)
    return world


@pytest.fixture
def world(shared_world):
    """That API without faults, and with a deployment from blue to green."""
    shared_world.deployment(sourceServiceRevisions=[{"arn": BLUE, "requestedProductionTrafficWeight": 100.0}])
    shared_world.revision(BLUE)
    shared_world.revision(GREEN)
    yield shared_world
    shared_world.server.faults.clear()


@pytest.fixture
def deployment(world):
    """The deployment, of which nothing has been asked yet."""
    return Deployment(DEPLOYMENT, GREEN)
