"""The templates as CloudFormation would take them: created, updated and deleted in a stand-in."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.validate import ParamValidator
from click.testing import CliRunner
from moto.ecs.models import ecs_backends
from moto.iam.aws_managed_policies import aws_managed_policies_data

from greenlight.stages import Stage
from greenlight_cli.program import program
from rehearsal.aws import ecs, simulation
from rehearsal.cloudformation import Resolver, read
from tests.stacks.parameters import ParameterError, check_parameters
from tests.stacks.standin import ACCOUNT, REGION, cloudformation

ROOT = Path(__file__).resolve().parents[2]
DEMO = read(ROOT / "stacks" / "demo.yaml")
DEMO_STACK = "greenlight-demo"
TRANSFORM_SECONDS = 120

SWITCHES = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/workers/active"
EVERYTHING = {
    "Gates": "s3://conf/orders/gates.yaml",
    "FurtherGatesArns": "arn:aws:s3:::conf/*",
    "GatesKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/gates",
    "SecretArns": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/orders/*",
    "SecretsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/secrets",
    "LambdaCheckArns": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders-check",
    "StateMachineArns": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:orders",
    "CodeBuildProjectArns": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/orders",
    "TaskDefinitionArns": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/orders:*",
    "TaskClusterArns": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/shop",
    "TaskRoleArns": f"arn:aws:iam::{ACCOUNT}:role/orders",
    "Stages": "PRE_SCALE_UP,POST_TEST_TRAFFIC_SHIFT,PRODUCTION_TRAFFIC_SHIFT,POST_PRODUCTION_TRAFFIC_SHIFT",
    "ApprovalHook": "PAUSE",
    "TrafficSteps": "on",
    "SwitchParameterArns": SWITCHES,
    "ReservedConcurrency": "5",
    "NotificationEmail": "deployments@example.com",
    "ReportRetentionDays": "90",
}
PARAMETERS: dict[str, dict[str, str]] = {
    "defaults": {},
    "everything": EVERYTHING,
    "as little as there can be": {"RecordRetentionDays": "0", "EventBus": "", "Stages": "POST_TEST_TRAFFIC_SHIFT"},
    "gates in Parameter Store": {"Gates": "ssm:/orders/gates", "Architecture": "x86_64"},
}

# Of these moto makes nothing: what they need is resolved all the same, and nobody looks at it but cfn-lint and the tests of the templates.
NOTED_IN_MAIN = {
    "AWS::Lambda::EventInvokeConfig",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}
NOTED_IN_DEMO = NOTED_IN_MAIN - {"AWS::S3::BucketPolicy", "AWS::SNS::Subscription"}


@pytest.fixture(scope="module")
def main_template() -> dict[str, Any]:
    """template.yaml as AWS's transform leaves it."""
    done = subprocess.run(
        [ROOT / ".venv-sam/bin/python", ROOT / "tests/stacks/transform.py", ROOT / "template.yaml"],
        env={"AWS_DEFAULT_REGION": REGION},
        capture_output=True,
        text=True,
        check=False,
        timeout=TRANSFORM_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def stacks():
    """CloudFormation, and nothing in it."""
    with cloudformation() as standin:
        yield standin


class Parent(Resolver):
    """The demo's outermost stack, whose resources are the outputs of others.

    Args:
        outputs: Of the nested stacks that there are.
    """

    def __init__(self, outputs: Mapping[str, Mapping[str, str]], parameters: Mapping[str, str]) -> None:
        super().__init__(DEMO, parameters=parameters, region=REGION, account_id=ACCOUNT)
        self._pseudo = {**self._pseudo, "AWS::StackName": DEMO_STACK}
        self._outputs = outputs

    def _get_att(self, argument: list[str]) -> str:
        return self._outputs[argument[0]][argument[1].removeprefix("Outputs.")]


def references(value: Any) -> set[str]:
    """The stacks whose outputs a value needs."""
    if isinstance(value, list):
        return {name for item in value for name in references(item)}
    if isinstance(value, dict):
        if set(value) == {"Fn::GetAtt"}:
            return {value["Fn::GetAtt"][0]}
        return {name for item in value.values() for name in references(item)}
    return set()


def in_order() -> list[str]:
    """The nested stacks, each behind those that it refers to."""
    needs = {name: references(resource["Properties"]["Parameters"]) for name, resource in DEMO["Resources"].items()}
    ordered: list[str] = []
    while len(ordered) < len(needs):
        ready = [name for name in needs if name not in ordered and needs[name] <= set(ordered)]
        assert ready, "the stacks wait for each other"
        ordered += ready
    return ordered


def deploy_demo(stacks, main_template, **parameters: str) -> dict[str, str]:
    """Deploy the nested stacks as CloudFormation does, and return what the outermost tells."""
    check_parameters(DEMO, parameters)
    outputs: dict[str, dict[str, str]] = {}
    parent = Parent(outputs, parameters)
    for name in in_order():
        properties = DEMO["Resources"][name]["Properties"]
        path = (ROOT / "stacks" / properties["TemplateURL"]).resolve()
        template = main_template if path == ROOT / "template.yaml" else read(path)
        given = {key: str(value) for key, value in parent.resolve(properties["Parameters"]).items()}
        outputs[name] = stacks.deploy(f"{DEMO_STACK}-{name}", template, **given)
    return {name: parent.resolve(output["Value"]) for name, output in DEMO["Outputs"].items()}


def as_the_api_has_it(value: Any) -> Any:
    """CloudFormation's names of properties as the ECS API writes them: the same, but for the first letter."""
    if isinstance(value, list):
        return [as_the_api_has_it(item) for item in value]
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: as_the_api_has_it(item) for name, item in value.items()}
    return value


def is_whole(properties: Any) -> bool:
    """Tell whether nothing was left open in resolved properties."""
    text = json.dumps(properties)
    return "${" not in text and "Fn::" not in text and '"Ref"' not in text and "null" not in text


@pytest.mark.parametrize("name", PARAMETERS)
def test_greenlight_is_created_and_deleted(stacks, main_template, name):
    """Each resource and output that the parameters ask for, everything in it resolved; and nothing is left but what has to be kept."""
    parameters = PARAMETERS[name]
    asked = Resolver(main_template, parameters=parameters, region=REGION, account_id=ACCOUNT)
    outputs = stacks.deploy("greenlight", main_template, **parameters)
    assert asked_names(main_template, asked) == set(stacks.resources("greenlight"))
    assert {
        each
        for each, output in main_template["Outputs"].items()
        if "Condition" not in output or asked.condition(output["Condition"])
    } == set(outputs)
    assert [] == [each for each, made in stacks.properties["greenlight"].items() if not is_whole(made)]
    assert stacks.noted <= NOTED_IN_MAIN
    functions = boto3.client("lambda").list_functions()["Functions"]
    assert {each["FunctionArn"] for each in functions} >= {
        hook["hookTargetArn"] for hook in json.loads(outputs["LifecycleHooks"]) if "hookTargetArn" in hook
    }
    stacks.delete("greenlight")
    assert_nothing_is_left()
    # These two outlive the stack: they say who approved what, and why.
    assert asked.exists("ReportBucket") == any(
        "report" in each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]
    )
    assert asked.exists("RecordTable") == bool(boto3.client("dynamodb").list_tables()["TableNames"])


def asked_names(template: Mapping[str, Any], asked: Resolver) -> set[str]:
    """The resources that certain parameters ask for."""
    return {name for name in template["Resources"] if asked.exists(name)}


def assert_nothing_is_left() -> None:
    """Of what moto deletes with a stack, which managed policies and keys are not."""
    assert [] == boto3.client("lambda").list_functions()["Functions"]
    assert [] == boto3.client("iam").list_roles()["Roles"]
    assert [] == boto3.client("logs").describe_log_groups()["logGroups"]
    assert [] == boto3.client("events").list_rules()["Rules"]
    assert [] == boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert [] == boto3.client("sns").list_topics()["Topics"]


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name != "defaults"])
def test_greenlight_is_updated_there_and_back(stacks, main_template, name):
    """From the defaults to other parameters and back: resources come and go, and the functions stay the same ones."""
    stacks.deploy("greenlight", main_template)
    before = stacks.resources("greenlight")
    properties = dict(stacks.properties["greenlight"])
    stacks.deploy("greenlight", main_template, **PARAMETERS[name])
    asked = Resolver(main_template, parameters=PARAMETERS[name], region=REGION, account_id=ACCOUNT)
    between = stacks.resources("greenlight")
    assert asked_names(main_template, asked) == set(between)
    assert before["PreScaleUpFunction"] == between["PreScaleUpFunction"]
    assert properties != stacks.properties["greenlight"]
    stacks.deploy("greenlight", main_template)
    assert set(before) == set(stacks.resources("greenlight"))
    stacks.delete("greenlight")
    assert_nothing_is_left()


def test_moto_makes_nothing_of_a_few_types(stacks, main_template):
    """And of no others: a new one is noticed."""
    stacks.deploy("greenlight", main_template, **EVERYTHING)
    assert stacks.noted == NOTED_IN_MAIN


def test_the_demo_is_created_updated_and_deleted(stacks, main_template):
    """All its stacks, wired by their outputs; release 2 is a new task definition in the last of them, and it goes first."""
    told = deploy_demo(stacks, main_template)
    assert f"{DEMO_STACK}/shop" == told["Service"]
    assert told["Url"].startswith("http://")
    assert [] == [
        (stack, name)
        for stack, made in stacks.properties.items()
        for name, properties in made.items()
        if not is_whole(properties)
    ]
    assert stacks.noted == NOTED_IN_DEMO
    before = json.loads(json.dumps(stacks.properties))

    deploy_demo(stacks, main_template, Release="2")
    changed = {
        (stack, name)
        for stack, made in stacks.properties.items()
        for name, properties in made.items()
        if properties != before[stack][name]
    }
    assert {(f"{DEMO_STACK}-Shop", "TaskDefinition"), (f"{DEMO_STACK}-Shop", "Service")} == changed

    order = in_order()
    assert ("Network", "Shop") == (order[0], order[-1])
    for name in reversed(order):
        stacks.delete(f"{DEMO_STACK}-{name}")
    assert_nothing_is_left()
    ec2 = boto3.client("ec2")
    assert [] == ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]
    assert [] == boto3.client("elbv2").describe_load_balancers()["LoadBalancers"]
    (cluster,) = boto3.client("ecs").describe_clusters(clusters=[DEMO_STACK])["clusters"]
    assert "INACTIVE" == cluster["status"]


@pytest.mark.parametrize("strategy", ["BLUE_GREEN", "LINEAR", "CANARY"])
@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_the_service_is_what_ecs_takes(stacks, main_template, strategy, architecture):
    """The deployment configuration with hooks, alarms and strategy, and the task definition, by botocore's model of the API."""
    deploy_demo(stacks, main_template, Strategy=strategy, Architecture=architecture)
    made = stacks.properties[f"{DEMO_STACK}-Shop"]
    configuration = as_the_api_has_it(made["Service"]["DeploymentConfiguration"])
    model = boto3.client("ecs").meta.service_model
    for hook in configuration["lifecycleHooks"]:
        hook["hookDetails"] = json.loads(hook["hookDetails"])
    assert "" == ParamValidator().validate(configuration, model.shape_for("DeploymentConfiguration")).generate_report()
    balancers = as_the_api_has_it(made["Service"]["LoadBalancers"])
    assert "" == ParamValidator().validate(balancers, model.shape_for("LoadBalancers")).generate_report()
    task = as_the_api_has_it(made["TaskDefinition"])
    shape = model.shape_for("RegisterTaskDefinitionRequest")
    assert "" == ParamValidator().validate(task, shape).generate_report()
    assert {"arm64": "ARM64", "x86_64": "X86_64"}[architecture] == task["runtimePlatform"]["cpuArchitecture"]

    assert strategy == configuration["strategy"]
    assert ("linearConfiguration" in configuration) == (strategy == "LINEAR")
    assert ("canaryConfiguration" in configuration) == (strategy == "CANARY")
    assert ("deploymentCircuitBreaker" in configuration) == (strategy == "BLUE_GREEN")
    known = {alarm["AlarmName"] for alarm in boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]}
    assert set(configuration["alarms"]["alarmNames"]) <= known
    assert len(configuration["alarms"]["alarmNames"]) == 2
    assert [[Stage.PRE_SCALE_UP], [Stage.POST_TEST_TRAFFIC_SHIFT], [Stage.PRE_PRODUCTION_TRAFFIC_SHIFT]] == [
        hook["lifecycleStages"] for hook in configuration["lifecycleHooks"]
    ]
    functions = boto3.client("lambda").list_functions()["Functions"]
    assert {hook["hookTargetArn"] for hook in configuration["lifecycleHooks"]} <= {
        function["FunctionArn"] for function in functions
    }


def complete_what_moto_left_out(stacks) -> None:
    """What the templates say, and moto's CloudFormation passes over: hooks, networks, the policy that AWS manages."""
    made = stacks.properties[f"{DEMO_STACK}-Shop"]["Service"]
    service = ecs_backends[ACCOUNT][REGION].services[f"{DEMO_STACK}:shop"]
    service.load_balancers = as_the_api_has_it(made["LoadBalancers"])
    service.network_configuration = as_the_api_has_it(made["NetworkConfiguration"])
    configuration = as_the_api_has_it(made["DeploymentConfiguration"])
    boto3.client("ecs").update_service(cluster=DEMO_STACK, service="shop", deploymentConfiguration=configuration)
    functions = stacks.resources(f"{DEMO_STACK}-Greenlight")
    for name, properties in stacks.properties[f"{DEMO_STACK}-Greenlight"].items():
        if "VpcConfig" in properties:
            boto3.client("lambda").update_function_configuration(
                FunctionName=functions[name], VpcConfig=properties["VpcConfig"]
            )
    balancer = stacks.resources(f"{DEMO_STACK}-Balancer")["LoadBalancer"]
    kind = stacks.properties[f"{DEMO_STACK}-Balancer"]["LoadBalancer"]["IpAddressType"]
    boto3.client("elbv2").set_ip_address_type(LoadBalancerArn=balancer, IpAddressType=kind)
    policy = json.loads(aws_managed_policies_data)["AmazonECSInfrastructureRolePolicyForLoadBalancers"]["Document"]
    boto3.client("iam").put_role_policy(
        RoleName=stacks.resources(f"{DEMO_STACK}-Cluster")["InfrastructureRole"],
        PolicyName="managed",
        PolicyDocument=json.dumps(policy),
    )


@pytest.mark.parametrize("strategy", ["BLUE_GREEN", "LINEAR", "CANARY"])
def test_doctor_finds_nothing_wrong_with_the_demo(stacks, main_template, strategy):
    """By the outputs that the outermost stack tells. The rights of the functions are left open: moto's CloudFormation makes no document of their policy."""
    ecs.extend_moto()
    simulation.extend_moto()
    told = deploy_demo(stacks, main_template, Strategy=strategy)
    stacks.deploy(
        DEMO_STACK,
        {
            "Resources": {"Nothing": {"Type": "AWS::SNS::Topic", "Properties": {}}},
            "Outputs": {name: {"Value": value} for name, value in told.items()},
        },
    )
    complete_what_moto_left_out(stacks)

    result = CliRunner().invoke(
        program, ["doctor", told["Service"], "--stack", DEMO_STACK, "--json", "--region", REGION]
    )

    assert result.stdout, (result.stderr, result.exc_info)
    findings = json.loads(result.stdout)["findings"]
    assert [("unknown", "roles of the hooks")] == [
        (each["level"], each["place"]) for each in findings if each["level"] != "ok"
    ]


def test_the_hooks_reach_the_test_listener_and_aws(stacks, main_template):
    """By IPv6, and through two endpoints; those that talk to production alone are outside of the VPC."""
    deploy_demo(stacks, main_template)
    network = stacks.resources(f"{DEMO_STACK}-Network")
    functions = {
        name: properties
        for name, properties in stacks.properties[f"{DEMO_STACK}-Greenlight"].items()
        if name.endswith("Function")
    }
    inside = {name for name, properties in functions.items() if "VpcConfig" in properties}
    assert {"PostTestTrafficShiftFunction", "PreProductionTrafficShiftFunction"} == inside
    for name in inside:
        assert {
            "SubnetIds": [network["HookSubnetA"], network["HookSubnetB"]],
            "SecurityGroupIds": [network["HookSecurityGroup"]],
            "Ipv6AllowedForDualStack": True,
        } == functions[name]["VpcConfig"]
    ec2 = boto3.client("ec2")
    route = stacks.properties[f"{DEMO_STACK}-Network"]["HookIpv6Route"]
    assert (network["HookRoutes"], "::/0", network["EgressOnlyGateway"]) == (
        route["RouteTableId"],
        route["DestinationIpv6CidrBlock"],
        route["EgressOnlyInternetGatewayId"],
    )
    assert {f"com.amazonaws.{REGION}.{name}" for name in ("dynamodb", "elasticloadbalancing")} == {
        endpoint["ServiceName"] for endpoint in ec2.describe_vpc_endpoints()["VpcEndpoints"]
    }


@pytest.mark.parametrize("name", ["Network", "Balancer", "Cluster", "Greenlight", "Shop"])
def test_a_nested_stack_gets_parameters_that_it_has(main_template, name):
    """None that its template does not know."""
    properties = DEMO["Resources"][name]["Properties"]
    path = (ROOT / "stacks" / properties["TemplateURL"]).resolve()
    template = main_template if path == ROOT / "template.yaml" else read(path)
    assert set(properties.get("Parameters", {})) <= set(template["Parameters"])


def test_what_cloudformation_refuses_is_refused_here():
    """Or the tests above would pass with parameters that no deployment takes."""
    with pytest.raises(ParameterError, match="Strategy may not be ROLLING"):
        check_parameters(DEMO, {"Strategy": "ROLLING"})
    with pytest.raises(ParameterError, match="unknown"):
        check_parameters(DEMO, {"Strateggy": "LINEAR"})
    with pytest.raises(ParameterError, match="StepPercent may not be 5"):
        check_parameters(DEMO, {"StepPercent": "5"})
