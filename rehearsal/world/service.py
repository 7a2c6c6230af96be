"""The service under deployment, and the AWS resources around it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rehearsal.aws.server import AwsServer
from rehearsal.load_balancer import LoadBalancer

_NAME = "orders"
_CLUSTER = "demo"
_CONTAINER = "app"
_CONTAINER_PORT = 8080
BLUE_GREEN: Mapping[str, Any] = {"strategy": "BLUE_GREEN"}
_ANY_PATH = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}
# What no rule takes is told apart from what an application says it does not have.
_NO_RULE = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no rule"},
}


@dataclass(frozen=True)
class ServiceSetup:
    """The service of the rehearsal and what its deployments act upon.

    Attributes:
        cluster_arn: The cluster.
        cluster_name: Its name.
        service_arn: The service.
        service_name: Its name.
        target_group_arns: The two target groups; both rules start with all weight on the first.
        production_rule_arn: The production listener's rule.
        test_rule_arn: The test listener's rule.
        production_listener_arn: The production listener.
        test_listener_arn: The test listener.
        production_url: Where the production listener answers, `http://host:port`.
        test_url: Where the test listener answers.
        container_name: The container that the load balancer talks to.
        container_port: Its port, as the task definition has it.
    """

    cluster_arn: str
    cluster_name: str
    service_arn: str
    service_name: str
    target_group_arns: tuple[str, str]
    production_rule_arn: str
    test_rule_arn: str
    production_listener_arn: str
    test_listener_arn: str
    production_url: str
    test_url: str
    container_name: str
    container_port: int


@dataclass(frozen=True)
class ServiceOptions:
    """What a rehearsal may want otherwise.

    Attributes:
        internal: Whether the load balancer's scheme is `internal` instead of `internet-facing`.
        test_rule_conditions: Conditions of the test listener's rule besides the path pattern `/*`, as in CreateRule.
        lifecycle_hooks: `deploymentConfiguration.lifecycleHooks` of the service.
        bake_time_in_minutes: `deploymentConfiguration.bakeTimeInMinutes` of the service.
        strategy: `strategy` of its `deploymentConfiguration`, and the numbers that belong to it.
    """

    internal: bool = False
    test_rule_conditions: Sequence[Mapping[str, Any]] = ()
    lifecycle_hooks: Sequence[Mapping[str, Any]] = ()
    bake_time_in_minutes: int = 0
    strategy: Mapping[str, Any] = field(default_factory=lambda: BLUE_GREEN)


def build_service(
    aws: AwsServer, load_balancer: LoadBalancer, public_host: str, options: ServiceOptions
) -> ServiceSetup:
    """Create the network, the load balancer, the cluster and the service.

    Args:
        aws: The AWS API.
        load_balancer: Where the listeners get their ports.
        public_host: The host under which clients reach those ports.
        options: What may differ.
    """
    vpc, subnets, security_group = _network(aws)
    elbv2 = aws.client("elbv2")
    balancer = elbv2.create_load_balancer(
        Name=_CLUSTER,
        Subnets=subnets,
        SecurityGroups=[security_group],
        Scheme="internal" if options.internal else "internet-facing",
        Type="application",
    )["LoadBalancers"][0]["LoadBalancerArn"]
    load_balancer.configuration.set_dns_name(balancer, public_host)
    groups = (_target_group(elbv2, vpc, f"{_NAME}-1"), _target_group(elbv2, vpc, f"{_NAME}-2"))

    def listen(conditions: Sequence[Mapping[str, Any]]) -> tuple[str, int, str]:
        listener, port = load_balancer.listen(lambda free: _listener(elbv2, balancer, free))
        rule = elbv2.create_rule(
            ListenerArn=listener, Priority=10, Conditions=conditions, Actions=[forward({groups[0]: 100, groups[1]: 0})]
        )
        return listener, port, rule["Rules"][0]["RuleArn"]

    production_listener, production_port, production_rule = listen([_ANY_PATH])
    test_listener, test_port, test_rule = listen([_ANY_PATH, *options.test_rule_conditions])
    ecs = aws.client("ecs")
    cluster = ecs.create_cluster(clusterName=_CLUSTER)["cluster"]["clusterArn"]
    service = ecs.create_service(
        cluster=_CLUSTER,
        serviceName=_NAME,
        desiredCount=1,
        launchType="FARGATE",
        platformVersion="1.4.0",
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [security_group]}},
        loadBalancers=[
            {
                "targetGroupArn": groups[0],
                "containerName": _CONTAINER,
                "containerPort": _CONTAINER_PORT,
                "advancedConfiguration": {
                    "alternateTargetGroupArn": groups[1],
                    "productionListenerRule": production_rule,
                    "testListenerRule": test_rule,
                    "roleArn": f"arn:aws:iam::{aws.account_id}:role/{_NAME}-ecs-load-balancer",
                },
            }
        ],
        deploymentConfiguration={
            **options.strategy,
            "bakeTimeInMinutes": options.bake_time_in_minutes,
            "lifecycleHooks": [dict(hook) for hook in options.lifecycle_hooks],
        },
    )["service"]["serviceArn"]
    return ServiceSetup(
        cluster_arn=cluster,
        cluster_name=_CLUSTER,
        service_arn=service,
        service_name=_NAME,
        target_group_arns=groups,
        production_rule_arn=production_rule,
        test_rule_arn=test_rule,
        production_listener_arn=production_listener,
        test_listener_arn=test_listener,
        production_url=f"http://{public_host}:{production_port}",
        test_url=f"http://{public_host}:{test_port}",
        container_name=_CONTAINER,
        container_port=_CONTAINER_PORT,
    )


def forward(weights: Mapping[str, int]) -> dict[str, Any]:
    """A forward action that shares requests among target groups.

    Args:
        weights: Target group ARN to weight, 0 to 999.
    """
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


def _network(aws: AwsServer) -> tuple[str, list[str], str]:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=aws.region + zone)["Subnet"]["SubnetId"]
        for zone, block in (("a", "10.0.0.0/24"), ("b", "10.0.1.0/24"))
    ]
    group = ec2.create_security_group(GroupName=_CLUSTER, Description="rehearsal", VpcId=vpc)["GroupId"]
    return vpc, subnets, group


def _target_group(elbv2: Any, vpc: str, name: str) -> str:
    group = elbv2.create_target_group(
        Name=name,
        Protocol="HTTP",
        Port=_CONTAINER_PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=5,
        HealthCheckTimeoutSeconds=2,
    )
    return str(group["TargetGroups"][0]["TargetGroupArn"])


def _listener(elbv2: Any, balancer: str, port: int) -> str:
    listener = elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[_NO_RULE])
    return str(listener["Listeners"][0]["ListenerArn"])
