"""Resources that moto's CloudFormation does not make, and attributes that those it makes do not have."""

from typing import Any

import boto3
import pytest
from moto.awslambda.models import LayerVersion
from moto.core.common_models import CloudFormationModel
from moto.ec2.models import ec2_backends
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.vpcs import VPC
from moto.ecs.models import Cluster, Service, ecs_backends
from moto.elbv2.models import FakeLoadBalancer, FakeTargetGroup


class InUseError(Exception):
    """When AWS would not delete a resource that others need."""


class Noted(CloudFormationModel):
    """A resource of a type that moto does not know: it has a name and attributes, and does nothing."""

    def __init__(self, name: str) -> None:
        self.physical_resource_id = name

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        return "Noted"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return bool(attr)

    def get_cfn_attribute(self, attribute: str) -> str:
        return f"{self.physical_resource_id}.{attribute}"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        return cls(resource_name)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        return None

    def delete(self, account_id: str, region_name: str) -> None:
        """Nothing was made, and nothing is taken away."""


class EgressOnlyGateway(Noted):
    """moto has these gateways, and routes check that they are there; its CloudFormation does not make them."""

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        vpc = cloudformation_json["Properties"]["VpcId"]
        return cls(ec2_backends[account_id][region_name].create_egress_only_internet_gateway(vpc).id)

    def delete(self, account_id: str, region_name: str) -> None:
        ec2_backends[account_id][region_name].delete_egress_only_internet_gateway(self.physical_resource_id)


class VpcCidrBlock(Noted):
    """As well."""

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        vpc = cloudformation_json["Properties"]["VpcId"]
        made = ec2_backends[account_id][region_name].associate_vpc_cidr_block(
            vpc, None, amazon_provided_ipv6_cidr_block=True
        )
        return cls(made["association_id"])


class Alarm(Noted):
    """moto has alarms, and its CloudFormation does not make them; they are made through the API, whose model checks their properties."""

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        boto3.client("cloudwatch", region_name=region_name).put_metric_alarm(
            AlarmName=resource_name, **cloudformation_json["Properties"]
        )
        return cls(resource_name)

    def delete(self, account_id: str, region_name: str) -> None:
        boto3.client("cloudwatch", region_name=region_name).delete_alarms(AlarmNames=[self.physical_resource_id])


MADE_HERE = {
    "AWS::CloudWatch::Alarm": Alarm,
    "AWS::EC2::EgressOnlyInternetGateway": EgressOnlyGateway,
    "AWS::EC2::VPCCidrBlock": VpcCidrBlock,
}


def complete(patch: pytest.MonkeyPatch) -> None:
    """Give resources of moto's what the templates ask of them."""
    of_network, of_balancer = VPC.get_cfn_attribute, FakeLoadBalancer.get_cfn_attribute

    def network_attribute(vpc: VPC, name: str) -> Any:
        if name == "Ipv6CidrBlocks":
            return [each["cidr_block"] for each in vpc.get_cidr_block_association_set(ipv6=True)]
        return of_network(vpc, name)

    def full_name(balancer: FakeLoadBalancer | FakeTargetGroup) -> str:
        return balancer.arn.rpartition(":")[2].removeprefix("loadbalancer/")

    def balancer_attribute(balancer: FakeLoadBalancer, name: str) -> Any:
        return full_name(balancer) if name == "LoadBalancerFullName" else of_balancer(balancer, name)

    def delete_routes(routes: RouteTable, account_id: str, region_name: str) -> None:
        routes.associations.clear()
        ec2_backends[account_id][region_name].delete_route_table(routes.id)

    def delete_service(service: Service, account_id: str, region_name: str) -> None:
        ecs_backends[account_id][region_name].delete_service(service.cluster_name, service.name, force=True)

    def delete_cluster(cluster: Cluster, account_id: str, region_name: str) -> None:
        ecs = ecs_backends[account_id][region_name]
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html: ClusterContainsServicesException
        if any(
            service.cluster_name == cluster.name and service.status == "ACTIVE" for service in ecs.services.values()
        ):
            raise InUseError(f"cluster {cluster.name} has services")
        ecs.delete_cluster(cluster.name)

    patch.setattr(Service, "delete", delete_service, raising=False)
    patch.setattr(Cluster, "delete", delete_cluster, raising=False)
    patch.setattr(VPC, "get_cfn_attribute", network_attribute)
    patch.setattr(FakeLoadBalancer, "get_cfn_attribute", balancer_attribute)
    # TargetGroupFullName is the only attribute of one that the templates ask for.
    patch.setattr(FakeTargetGroup, "get_cfn_attribute", lambda group, _: full_name(group), raising=False)
    patch.setattr(LayerVersion, "physical_resource_id", property(lambda layer: layer.arn), raising=False)
    patch.setattr(RouteTable, "delete", delete_routes, raising=False)
