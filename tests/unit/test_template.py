"""What template.yaml deploys, worked out for the parameters that people give."""

import json
import logging
import re
import warnings
from pathlib import Path
from typing import Any

import boto3
import pytest
from aws_lambda_powertools import Logger
from botocore.validate import ParamValidator

from greenlight.gates.progress import ERROR_BUDGET
from greenlight.lifecycle import measures
from greenlight.record.table import EXPIRES, PARTITION, SORT
from rehearsal.cloudformation import Resolver, read

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = read(ROOT / "template.yaml")
PARAMETERS = TEMPLATE["Parameters"]
VPC = {"VpcSubnetIds": "subnet-0123abcd,subnet-4567abcd", "VpcSecurityGroupIds": "sg-0123abcd"}
WORK = {
    "LambdaCheckArns": "arn:aws:lambda:eu-central-1:123456789012:function:orders-check",
    "StateMachineArns": "arn:aws:states:eu-central-1:123456789012:stateMachine:orders-e2e",
    "CodeBuildProjectArns": "arn:aws:codebuild:eu-central-1:123456789012:project/orders-e2e",
    "TaskDefinitionArns": "arn:aws:ecs:eu-central-1:123456789012:task-definition/orders:*",
    "TaskClusterArns": "arn:aws:ecs:eu-central-1:123456789012:cluster/shop",
    "TaskRoleArns": "arn:aws:iam::123456789012:role/orders-task",
}
STAGES = {
    "PreScaleUp": "PRE_SCALE_UP",
    "PostTestTrafficShift": "POST_TEST_TRAFFIC_SHIFT",
    "PreProductionTrafficShift": "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "ProductionTrafficShift": "PRODUCTION_TRAFFIC_SHIFT",
    "PostProductionTrafficShift": "POST_PRODUCTION_TRAFFIC_SHIFT",
}
ALWAYS = [stage for stage in STAGES if stage != "ProductionTrafficShift"]
OFFERED = ["PreScaleUp", "PostTestTrafficShift", "PreProductionTrafficShift"]
FUNCTIONS = [*STAGES, "DeploymentEvents"]
SWITCHES = "arn:aws:ssm:eu-central-1:123456789012:parameter/workers/active"
PLACE = "eu-central-1:123456789012"
ANY_RESOURCE = {
    "ReadLoadBalancers": "the Describe actions of Elastic Load Balancing know no resource-level permissions",
    "WriteTraces": "traces are no resources",
    "ReadMetrics": "GetMetricData knows no resource-level permissions",
    "ReadAlarms": "CloudWatch tells composite alarms only to those who may ask for all",
    "ReadTaskDefinitions": "DescribeTaskDefinition knows no resource-level permissions",
    "ListTasks": "ListTasks knows clusters only as a condition",
    "ReadInspectorFindings": "the List actions of Inspector know no resources",
    "ReadNetwork": "the Describe actions of EC2 know no resource-level permissions",
    "NotFromFunctionCode": "it denies",
}


class Stack(Resolver):
    """The stack that certain parameters make: the rehearsal's resolver, with what only permissions and rules need."""

    def __init__(self, **parameters: str) -> None:
        super().__init__(TEMPLATE, parameters=parameters, region="eu-central-1", account_id="123456789012")
        self._functions = {
            **self._functions,
            "Fn::Select": lambda args: self.resolve(args[1])[int(args[0])],
            "Fn::Split": lambda args: self.resolve(args[1]).split(args[0]),
            "Fn::EachMemberEquals": lambda args: all(member == args[1] for member in self.resolve(args[0])),
        }

    def _get_att(self, argument: list[str]) -> str:
        if argument[0] == "DeploymentEventsFunctionEcsEvents":  # the rule that SAM makes of the function's event
            return f"arn:aws:events:{PLACE}:rule/EcsEvents"
        kind = TEMPLATE["Resources"][argument[0]]["Type"]
        made = {
            "AWS::Logs::LogGroup": f"log-group {argument[0]}",
            "AWS::S3::Bucket": f"arn:aws:s3:::{argument[0]}",
            "AWS::KMS::Key": f"arn:aws:kms:{PLACE}:key/{argument[0]}",
            "AWS::SQS::Queue": argument[0] if argument[1] == "QueueName" else f"arn:aws:sqs:{PLACE}:{argument[0]}",
        }
        return made.get(kind) or super()._get_att(argument)

    def resource(self, name: str) -> dict[str, Any]:
        return self.resolve(TEMPLATE["Resources"][name]["Properties"])

    def hooks(self) -> list[dict[str, Any]]:
        """What the output LifecycleHooks holds."""
        return json.loads(self.resolve(TEMPLATE["Outputs"]["LifecycleHooks"]["Value"]))

    def statements(self, role: str) -> dict[str, dict[str, Any]]:
        """The statements of a role by Sid, those of the stack's managed policies included."""
        properties = self.resource(role)
        documents = [policy["PolicyDocument"] for policy in properties["Policies"]]
        documents += [self.resource(name)["PolicyDocument"] for name in properties.get("ManagedPolicyArns", [])]
        return {statement["Sid"]: statement for document in documents for statement in document["Statement"]}

    def allows_parameters(self) -> bool:
        """Whether the Rules section lets the parameters through."""
        return all(
            self.resolve(assertion["Assert"])
            for rule in TEMPLATE["Rules"].values()
            if self.resolve(rule["RuleCondition"])
            for assertion in rule["Assertions"]
        )


def of_type(kind: str) -> list[str]:
    """Name the resources of a type."""
    return [name for name, resource in TEMPLATE["Resources"].items() if resource["Type"] == kind]


def policy_documents() -> list[dict[str, Any]]:
    """Every policy of the stack with all that is optional switched on."""
    full = [
        Stack(
            **VPC,
            Gates=gates,
            FurtherGatesArns="arn:aws:s3:::b/*",
            GatesKeyArn="arn:aws:kms:eu-central-1:123456789012:key/k",
            SecretArns="arn:aws:ssm:eu-central-1:123456789012:parameter/orders/*",
            SecretsKeyArn="arn:aws:kms:eu-central-1:123456789012:key/s",
            ReportRetentionDays="90",
            ApprovalHook="PAUSE",
            TrafficSteps="on",
            SwitchParameterArns=SWITCHES,
            **WORK,
        )
        for gates in ("s3://bucket/gates.yaml", "ssm:/gates")
    ]
    documents = []
    for stack in full:
        documents += [stack.resource(name)["PolicyDocument"] for name in of_type("AWS::IAM::ManagedPolicy")]
        for role in of_type("AWS::IAM::Role"):
            documents += [policy["PolicyDocument"] for policy in stack.resource(role)["Policies"]]
    return documents


def listed(value: str | list[str]) -> list[str]:
    """IAM takes one value for a list of one."""
    return [value] if isinstance(value, str) else value


def test_there_is_one_function_for_each_folder_of_hooks():
    """Every folder under hooks/ is deployed, and nothing else."""
    folders = {path.parent.name for path in (ROOT / "hooks").glob("*/app.py")}
    deployed = {TEMPLATE["Resources"][name]["Properties"]["CodeUri"] for name in of_type("AWS::Serverless::Function")}
    assert {f"hooks/{folder}/" for folder in folders} == deployed
    assert {f"{name}Function" for name in FUNCTIONS} == set(of_type("AWS::Serverless::Function"))


@pytest.mark.parametrize("stage", STAGES)
def test_a_function_has_its_own_role_log_group_time_out_and_no_build(stage):
    """Nothing of a function is shared with another one except the layer; one file of pure Python needs no build."""
    function = TEMPLATE["Resources"][f"{stage}Function"]
    properties = function["Properties"]
    assert {"SkipBuild": True} == function["Metadata"]
    assert {"Fn::GetAtt": [f"{stage}Role", "Arn"]} == properties["Role"]
    assert {"LogGroup": {"Ref": f"{stage}LogGroup"}} == properties["LoggingConfig"]
    assert {"Ref": f"{stage}Timeout"} == properties["Timeout"]
    assert (15, 900) == (PARAMETERS[f"{stage}Timeout"]["MinValue"], PARAMETERS[f"{stage}Timeout"]["MaxValue"])


def test_the_functions_get_what_they_read_from_their_environment():
    """Gates file, record, topic and bus, and the two settings of the Powertools Logger."""
    variables = Stack(Gates="ssm:/orders/gates", LogLevel="DEBUG", NotificationLevel="info").resolve(
        TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    )
    assert {
        "GATES": "ssm:/orders/gates",
        "REPORTS": "",
        "RECORD": "RecordTable",
        "RECORD_DAYS": "90",
        "NOTIFICATION_TOPIC": f"arn:aws:sns:{PLACE}:NotificationTopic",
        "NOTIFICATION_LEVEL": "info",
        "EVENT_BUS": "default",
        "METRICS": "on",
        "POWERTOOLS_SERVICE_NAME": "greenlight",
        "POWERTOOLS_LOG_LEVEL": "DEBUG",
    } == variables


@pytest.mark.parametrize("level", PARAMETERS["LogLevel"]["AllowedValues"])
def test_lambda_and_the_logger_agree_on_the_log_level(level, monkeypatch):
    """Lambda's own filter and the Logger get one level, so that the Logger does not warn that lines will be lost."""
    settings = Stack(LogLevel=level).resolve(TEMPLATE["Globals"]["Function"])
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", settings["LoggingConfig"]["ApplicationLogLevel"])
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", settings["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Logger(service=f"template-test-{level}")
    assert getattr(logging, level) == logging.getLogger(f"template-test-{level}").level


@pytest.mark.parametrize("stage", FUNCTIONS)
def test_logs_are_json_and_kept_for_a_time(stage):
    """A log group of the stack's own has the retention that was asked for."""
    assert "JSON" == TEMPLATE["Globals"]["Function"]["LoggingConfig"]["LogFormat"]
    assert "400" == Stack(LogRetentionDays="400").resource(f"{stage}LogGroup")["RetentionInDays"]


def test_every_statement_says_what_it_is_and_why():
    """A Sid, which a policy has once, and a comment above it."""
    for document in policy_documents():
        sids = [statement["Sid"] for statement in document["Statement"]]
        assert len(set(sids)) == len(sids)
    lines = (ROOT / "template.yaml").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if "- Sid:" in line:
            above = [text.strip() for text in lines[:number] if not re.fullmatch(r"\s*- (!If|[A-Z]\w+)", text)]
            assert above[-1].startswith("# "), f"line {number + 1}: {line.strip()} has no comment"


def test_no_action_is_a_wildcard_and_no_resource_is_without_a_reason():
    """Actions are named one by one; "*" as a resource only where AWS offers nothing narrower."""
    statements = [statement for document in policy_documents() for statement in document["Statement"]]
    assert [] == [statement for statement in statements if any("*" in action for action in listed(statement["Action"]))]
    assert set(ANY_RESOURCE) == {statement["Sid"] for statement in statements if "*" in listed(statement["Resource"])}


def test_ecs_may_invoke_exactly_the_hooks():
    """The role that ECS assumes invokes the hooks and does nothing else, on behalf of this account only."""
    role = Stack().resource("EcsHookRole")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert {"Service": "ecs.amazonaws.com"} == trust["Principal"]
    assert {"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}} == trust["Condition"]
    (invoke,) = Stack().statements("EcsHookRole").values()
    assert "lambda:InvokeFunction" == invoke["Action"]
    assert {f"arn:aws:lambda:{PLACE}:function:{stage}Function" for stage in ALWAYS} == set(invoke["Resource"])
    (invoke,) = Stack(SwitchParameterArns=SWITCHES).statements("EcsHookRole").values()
    assert {f"arn:aws:lambda:{PLACE}:function:{stage}Function" for stage in STAGES} == set(invoke["Resource"])


TELLING = {
    "KeepRecord": (
        [f"dynamodb:{action}" for action in ("GetItem", "PutItem", "UpdateItem", "Query")],
        f"arn:aws:dynamodb:{PLACE}:table/RecordTable",
    ),
    "TellPeople": (["sns:Publish"], f"arn:aws:sns:{PLACE}:NotificationTopic"),
    "EncryptMessages": (["kms:GenerateDataKey", "kms:Decrypt"], f"arn:aws:kms:{PLACE}:key/NotificationKey"),
    "SendEvents": (["events:PutEvents"], f"arn:aws:events:{PLACE}:event-bus/default"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_function_may_read_deployments_and_write_its_own_log(stage):
    """With default parameters a role allows these actions and no others."""
    statements = Stack().statements(f"{stage}Role")
    arns = "arn:aws:ecs:eu-central-1:123456789012"
    assert {
        "WriteOwnLog": (["logs:CreateLogStream", "logs:PutLogEvents"], f"log-group {stage}LogGroup"),
        "ReadServiceDeployments": (["ecs:DescribeServiceDeployments"], f"{arns}:service-deployment/*"),
        "ReadServiceRevisions": (["ecs:DescribeServiceRevisions"], f"{arns}:service-revision/*"),
        "ReadLoadBalancers": (
            [
                f"elasticloadbalancing:Describe{what}"
                for what in ("Listeners", "LoadBalancers", "Rules", "TargetHealth")
            ],
            "*",
        ),
        "ReadCertificates": (["acm:DescribeCertificate"], "arn:aws:acm:eu-central-1:123456789012:certificate/*"),
        **TELLING,
        "ReadAlarms": (["cloudwatch:DescribeAlarms"], "*"),
        "ReadMetrics": (["cloudwatch:GetMetricData"], "*"),
        "ReadChangeCalendars": (["ssm:GetCalendarState"], "arn:aws:ssm:eu-central-1:*:document/*"),
        "ReadTaskDefinitions": (["ecs:DescribeTaskDefinition"], "*"),
        "ListTasks": (["ecs:ListTasks"], "*"),
        "ReadTasks": (
            ["ecs:DescribeTasks", "ecs:DescribeContainerInstances"],
            [f"{arns}:task/*", f"{arns}:container-instance/*"],
        ),
        "ReadImages": (
            ["ecr:DescribeImages", "ecr:BatchGetImage", "ecr:DescribeImageScanFindings"],
            "arn:aws:ecr:*:*:repository/*",
        ),
        "ReadInspectorFindings": (["inspector2:ListFindings", "inspector2:ListCoverage"], "*"),
        "WriteTraces": (["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
    } == {sid: (listed(statement["Action"]), statement["Resource"]) for sid, statement in statements.items()}
    assert "Active" == TEMPLATE["Globals"]["Function"]["Tracing"]


@pytest.mark.parametrize(
    ("gates", "sid", "actions", "resource"),
    [
        (
            "s3://conf/orders/gates.yaml",
            "ReadGatesObject",
            ["s3:GetObject", "s3:GetObjectVersion"],
            "arn:aws:s3:::conf/orders/gates.yaml",
        ),
        (
            "s3://conf/g.yaml?versionId=3HL4k.x_y-Z",
            "ReadGatesObject",
            ["s3:GetObject", "s3:GetObjectVersion"],
            "arn:aws:s3:::conf/g.yaml",
        ),
        (
            "s3://conf/a:b/s3.yaml",
            "ReadGatesObject",
            ["s3:GetObject", "s3:GetObjectVersion"],
            "arn:aws:s3:::conf/a:b/s3.yaml",
        ),
        (
            "ssm:/orders/gates",
            "ReadGatesParameter",
            ["ssm:GetParameter"],
            "arn:aws:ssm:eu-central-1:123456789012:parameter/orders/gates",
        ),
    ],
)
@pytest.mark.parametrize("stage", STAGES)
def test_a_function_may_read_the_gates_file_and_nothing_beside_it(stage, gates, sid, actions, resource):
    """The permission to read is made from the parameter Gates: this object or this parameter."""
    statements = Stack(Gates=gates).statements(f"{stage}Role")
    assert {sid} == set(statements) - set(Stack().statements(f"{stage}Role"))
    assert (actions, resource) == (listed(statements[sid]["Action"]), statements[sid]["Resource"])


def test_a_gates_file_in_the_package_needs_no_permission():
    """file: and the packaged default are read from the function's own disk."""
    assert set(Stack().statements("PreScaleUpRole")) == set(
        Stack(Gates="file:/opt/gates.yaml").statements("PreScaleUpRole")
    )


def test_further_gates_files_and_their_key_can_be_allowed():
    """What services name in hookDetails is read with a parameter's leave; a key is used only through S3 and SSM."""
    arns = "arn:aws:s3:::conf/teams/*,arn:aws:ssm:eu-central-1:123456789012:parameter/gates/web"
    key = "arn:aws:kms:eu-central-1:123456789012:key/0a1b"
    statements = Stack(FurtherGatesArns=arns, GatesKeyArn=key).statements("PreScaleUpRole")
    assert arns.split(",") == statements["ReadFurtherGates"]["Resource"]
    assert key == statements["DecryptGates"]["Resource"]
    via = {"kms:ViaService": ["s3.eu-central-1.amazonaws.com", "ssm.eu-central-1.amazonaws.com"]}
    assert {"StringEquals": via} == statements["DecryptGates"]["Condition"]


def test_secrets_and_their_key_can_be_allowed():
    """What suites name under secrets is read with a parameter's leave; a key is used only through both services."""
    arns = "arn:aws:ssm:eu-central-1:123456789012:parameter/orders/*,arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders-??????"
    key = "arn:aws:kms:eu-central-1:123456789012:key/0a1b"
    statements = Stack(SecretArns=arns, SecretsKeyArn=key).statements("PreScaleUpRole")
    assert (["ssm:GetParameter", "secretsmanager:GetSecretValue"], arns.split(",")) == (
        statements["ReadSecrets"]["Action"],
        statements["ReadSecrets"]["Resource"],
    )
    assert key == statements["DecryptSecrets"]["Resource"]
    via = {"kms:ViaService": ["ssm.eu-central-1.amazonaws.com", "secretsmanager.eu-central-1.amazonaws.com"]}
    assert {"StringEquals": via} == statements["DecryptSecrets"]["Condition"]


def test_nothing_may_be_started_unless_a_parameter_names_it():
    """Every right that changes something is bound to what the operator of the stack wrote down."""
    assert not Stack().exists("ExternalWorkPolicy")
    reading = set(Stack().statements("PreScaleUpRole"))
    statements = Stack(**WORK).statements("PreScaleUpRole")
    started = {sid: (listed(each["Action"]), listed(each["Resource"])) for sid, each in statements.items()}
    arns = {name: [arn] for name, arn in WORK.items()}
    assert {
        "InvokeChecks": (["lambda:InvokeFunction"], arns["LambdaCheckArns"]),
        "StartExecutions": (["states:DescribeStateMachine", "states:StartExecution"], arns["StateMachineArns"]),
        "WatchExecutions": (
            ["states:DescribeExecution", "states:StopExecution"],
            ["arn:aws:states:*:123456789012:execution:*:greenlight-*"],
        ),
        "BuildProjects": (
            [f"codebuild:{action}" for action in ("StartBuild", "BatchGetBuilds", "ListBuildsForProject", "StopBuild")],
            arns["CodeBuildProjectArns"],
        ),
        "RunTasks": (["ecs:RunTask"], arns["TaskDefinitionArns"]),
        "StopTasks": (["ecs:StopTask"], ["arn:aws:ecs:eu-central-1:123456789012:task/*"]),
        "PassTaskRoles": (["iam:PassRole"], arns["TaskRoleArns"]),
    } == {sid: each for sid, each in started.items() if sid not in reading}
    for sid in ("RunTasks", "StopTasks"):
        assert {"ArnEquals": {"ecs:cluster": arns["TaskClusterArns"]}} == statements[sid]["Condition"]
    assert {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}} == statements["PassTaskRoles"][
        "Condition"
    ]


@pytest.mark.parametrize("name", [name for name in WORK if name != "TaskClusterArns"])
def test_each_kind_of_work_is_allowed_alone(name):
    """A parameter brings its own rights and no others."""
    alone = set(Stack(**{name: WORK[name]}).statements("PreScaleUpRole")) - set(Stack().statements("PreScaleUpRole"))
    together = set(Stack(**WORK).statements("PreScaleUpRole"))
    assert alone
    assert alone < together


def test_without_a_retention_there_is_no_bucket():
    """No resource, no permission, and functions that know of no place for reports."""
    stack = Stack()
    assert not stack.exists("ReportBucket")
    assert not stack.exists("ReportBucketPolicy")
    assert "KeepReports" not in stack.statements("PreScaleUpRole")


def test_reports_are_kept_private_and_for_a_time():
    """No public access, encrypted, TLS only, dropped after the days; the functions write and read reports and no more."""
    stack = Stack(ReportRetentionDays="30")
    assert stack.exists("ReportBucket")
    bucket = stack.resource("ReportBucket")
    assert {True} == set(bucket["PublicAccessBlockConfiguration"].values())
    assert 4 == len(bucket["PublicAccessBlockConfiguration"])
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert {"SSEAlgorithm": "AES256"} == encryption["ServerSideEncryptionByDefault"]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert ("Enabled", "30") == (rule["Status"], str(rule["ExpirationInDays"]))
    (tls,) = stack.resource("ReportBucketPolicy")["PolicyDocument"]["Statement"]
    assert ("Deny", "*", {"Bool": {"aws:SecureTransport": "false"}}) == (
        tls["Effect"],
        tls["Principal"],
        tls["Condition"],
    )
    assert ["arn:aws:s3:::ReportBucket", "arn:aws:s3:::ReportBucket/*"] == tls["Resource"]
    assert "Retain" == TEMPLATE["Resources"]["ReportBucket"]["DeletionPolicy"]
    for stage in STAGES:
        keep = stack.statements(f"{stage}Role")["KeepReports"]
        assert (["s3:PutObject", "s3:GetObject"], "arn:aws:s3:::ReportBucket/reports/*") == (
            keep["Action"],
            keep["Resource"],
        )
    variables = stack.resolve(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])
    assert re.fullmatch(r"s3://[^/]+/reports", variables["REPORTS"])


@pytest.mark.parametrize(
    ("parameters", "inside"),
    [
        ({}, set()),
        (VPC, set(STAGES)),  # and never the function on the events of ECS
        (VPC | {"VpcFunctions": "test-traffic"}, {"PostTestTrafficShift", "PreProductionTrafficShift"}),
        ({"VpcFunctions": "all"}, set()),
    ],
)
def test_functions_run_in_the_vpc_by_rule(parameters, inside):
    """Without subnets nobody; else all, or those that talk to the test listener. Only they may make network interfaces."""
    stack = Stack(**parameters)
    assert inside == {name for name in FUNCTIONS if "VpcConfig" in stack.resource(f"{name}Function")}
    assert inside == {name for name in FUNCTIONS if "ManageNetworkInterfaces" in stack.statements(f"{name}Role")}
    assert bool(inside) == stack.exists("VpcPolicy")
    for stage in inside:
        assert {
            "SubnetIds": VPC["VpcSubnetIds"].split(","),
            "SecurityGroupIds": [VPC["VpcSecurityGroupIds"]],
        } == stack.resource(f"{stage}Function")["VpcConfig"]


@pytest.mark.parametrize(
    ("parameters", "is_on"),
    [({}, False), (VPC, False), ({"VpcIpv6": "on"}, False), (VPC | {"VpcIpv6": "on"}, True)],
)
def test_ipv6_in_the_vpc_leads_to_dual_stack_endpoints(parameters, is_on, monkeypatch):
    """Only where the functions are in subnets; boto3 then asks ECS and EventBridge where these answer over IPv6, and SNS as ever."""
    stack = Stack(**parameters)
    function = stack.resource("PostTestTrafficShiftFunction")
    assert is_on == function.get("VpcConfig", {}).get("Ipv6AllowedForDualStack", False)
    variables = stack.resolve(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])
    for name in set(variables) & {"AWS_ENDPOINT_URL_ECS", "AWS_ENDPOINT_URL_EVENTBRIDGE"}:
        monkeypatch.setenv(name, variables[name])
    asked = {
        name: boto3.client(name, region_name="eu-central-1").meta.endpoint_url for name in ("ecs", "events", "sns")
    }
    place = "eu-central-1.api.aws" if is_on else "eu-central-1.amazonaws.com"
    assert {
        "ecs": f"https://ecs.{place}",
        "events": f"https://events.{place}",
        "sns": "https://sns.eu-central-1.amazonaws.com",
    } == asked


def test_code_in_a_function_cannot_use_the_rights_that_lambda_needs_for_the_vpc():
    """Whatever the policy for the VPC allows it denies to calls from inside a function."""
    statements = Stack(**VPC).statements("PreScaleUpRole")
    allowed = statements["ManageNetworkInterfaces"]["Action"] + statements["ReadNetwork"]["Action"]
    denied = statements["NotFromFunctionCode"]
    assert "Deny" == denied["Effect"]
    assert sorted(allowed) == sorted(denied["Action"])
    assert {"lambda:SourceFunctionArn": "arn:aws:lambda:*:123456789012:function:*"} == denied["Condition"]["ArnLike"]


@pytest.mark.parametrize(
    ("parameters", "allowed"),
    [
        ({}, True),
        (VPC, True),
        ({"VpcSubnetIds": "subnet-0123abcd"}, False),
        ({"VpcSecurityGroupIds": "sg-0123abcd"}, False),
    ],
)
def test_subnets_and_security_groups_come_together(parameters, allowed):
    """The stack is refused before anything is made where one of the two is missing."""
    assert allowed == Stack(**parameters).allows_parameters()


@pytest.mark.parametrize(("given", "properties"), [("0", {}), ("5", {"ReservedConcurrentExecutions": "5"})])
def test_concurrency_is_reserved_only_where_asked_for(given, properties):
    """0 means none reserved; as a reservation it would stop the functions altogether."""
    settings = Stack(ReservedConcurrency=given).resolve(TEMPLATE["Globals"]["Function"])
    assert properties == {key: value for key, value in settings.items() if key == "ReservedConcurrentExecutions"}


def test_a_permissions_boundary_bounds_every_role():
    """None by default; the one that is given, on each role."""
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    bounds = {
        Stack(PermissionsBoundary=boundary).resource(role)["PermissionsBoundary"] for role in of_type("AWS::IAM::Role")
    }
    assert {boundary} == bounds
    assert not any("PermissionsBoundary" in Stack().resource(role) for role in of_type("AWS::IAM::Role"))


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_has_a_default_bounds_and_a_description(name):
    """Nobody has to give a parameter, and a wrong value is refused before anything is deployed."""
    parameter = PARAMETERS[name]
    assert {"Type", "Default", "Description"} <= set(parameter)
    if parameter["Type"] == "Number":
        assert {"MinValue", "MaxValue"} <= set(parameter) or "AllowedValues" in parameter
    elif "AllowedPattern" in parameter:
        assert "ConstraintDescription" in parameter
        assert re.fullmatch(parameter["AllowedPattern"], parameter["Default"]) is not None
    if "AllowedValues" in parameter:
        is_list = parameter["Type"] == "CommaDelimitedList"
        defaults = parameter["Default"].split(",") if is_list else [parameter["Default"]]
        assert set(defaults) <= set(parameter["AllowedValues"])
    else:
        assert {"AllowedPattern", "MinValue"} & set(parameter)


def test_every_parameter_stands_in_one_group_of_the_console():
    """AWS::CloudFormation::Interface names each parameter once."""
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(PARAMETERS) == sorted(name for group in groups for name in group["Parameters"])


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("Gates", "s3://my-bucket/orders/gates.yaml", True),
        ("Gates", "s3://my-bucket/gates.yaml?versionId=3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY", True),
        ("Gates", "ssm:/orders/gates", True),
        ("Gates", "file:gates.yaml", True),
        ("Gates", "s3://my-bucket", False),
        ("Gates", "s3://my-bucket/*", False),
        ("Gates", "s3://my-bucket/gates.yaml?version=1", False),
        ("Gates", "ssm:orders", False),
        ("Gates", "https://example.com/gates.yaml", False),
        ("Gates", "gates.yaml", False),
        ("FurtherGatesArns", "arn:aws:s3:::conf/teams/*", True),
        ("FurtherGatesArns", "arn:aws:ssm:eu-central-1:123456789012:parameter/gates/*", True),
        ("FurtherGatesArns", "*", False),
        ("FurtherGatesArns", "arn:aws:s3:::conf", False),
        ("FurtherGatesArns", "arn:aws:dynamodb:eu-central-1:123456789012:table/x", False),
        ("GatesKeyArn", "arn:aws:kms:eu-central-1:123456789012:key/mrk-0a1b", True),
        ("GatesKeyArn", "alias/conf", False),
        ("SecretArns", "arn:aws:ssm:eu-central-1:123456789012:parameter/orders/smoke/*", True),
        ("SecretArns", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders/smoke-??????", True),
        *((name, arn, True) for name, arn in WORK.items()),
        *((name, "*", False) for name in WORK),
        ("LambdaCheckArns", "arn:aws:lambda:eu-central-1:123456789012:function:orders-check:live", True),
        ("LambdaCheckArns", "arn:aws:lambda:eu-central-1:123456789012:function:*", False),
        ("SecretArns", "*", False),
        ("SecretArns", "/orders/smoke", False),
        ("SecretsKeyArn", "arn:aws:kms:eu-central-1:123456789012:key/0a1b", True),
        ("SecretsKeyArn", "alias/secrets", False),
        ("VpcSubnetIds", "subnet-0123456789abcdef0", True),
        ("VpcSubnetIds", "vpc-0123456789abcdef0", False),
        ("VpcSecurityGroupIds", "sg-01234567", True),
        ("VpcSecurityGroupIds", "default", False),
        ("PermissionsBoundary", "arn:aws:iam::123456789012:policy/team/boundary", True),
        ("PermissionsBoundary", "boundary", False),
        ("SwitchParameterArns", SWITCHES, True),
        ("SwitchParameterArns", "/workers/active", False),
        ("NotificationEmail", "deployments@example.com", True),
        ("NotificationEmail", "deployments", False),
        ("NotificationEmail", "a@example.com,b@example.com", False),
        ("EventBus", "shop/deployments", True),
        ("EventBus", "arn:aws:events:eu-central-1:123456789012:event-bus/shop", False),
    ],
)
def test_a_pattern_accepts_what_is_meant_and_refuses_the_rest(name, value, accepted):
    """CloudFormation matches the whole value, or each member of a list."""
    assert accepted == bool(re.fullmatch(PARAMETERS[name]["AllowedPattern"], value))


def lambda_hook(name):
    """A hook as the output has it."""
    return {
        "hookTargetArn": f"arn:aws:lambda:{PLACE}:function:{name}Function",
        "roleArn": "arn:aws:iam::123456789012:role/EcsHookRole",
        "lifecycleStages": [STAGES[name]],
    }


PAUSE_HOOK = {
    "targetType": "PAUSE",
    "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
    "timeoutConfiguration": {"timeoutInMinutes": 90, "action": "ROLLBACK"},
}
ASKED_TO_PAUSE = {
    "ApprovalHook": "PAUSE",
    "ApprovalHookStage": "POST_TEST_TRAFFIC_SHIFT",
    "ApprovalHookTimeoutMinutes": "90",
}


@pytest.mark.parametrize(
    ("parameters", "hooks"),
    [
        ({}, [lambda_hook(name) for name in OFFERED]),
        ({"Stages": ",".join(STAGES.values())}, [lambda_hook(name) for name in STAGES]),
        ({"Stages": "PRODUCTION_TRAFFIC_SHIFT"}, [lambda_hook("ProductionTrafficShift")]),
        ({"Stages": "POST_PRODUCTION_TRAFFIC_SHIFT"}, [lambda_hook("PostProductionTrafficShift")]),
        ({"Stages": "PRE_PRODUCTION_TRAFFIC_SHIFT"}, [lambda_hook("PreProductionTrafficShift")]),
        ({"SwitchParameterArns": SWITCHES}, [lambda_hook(name) for name in OFFERED]),
        (ASKED_TO_PAUSE, [*(lambda_hook(name) for name in OFFERED), PAUSE_HOOK]),
        (ASKED_TO_PAUSE | {"Stages": "PRE_SCALE_UP"}, [lambda_hook("PreScaleUp"), PAUSE_HOOK]),
    ],
)
def test_the_output_goes_as_it_is_into_a_service(parameters, hooks):
    """LifecycleHooks is what the ECS API takes: one hook for each stage that was asked for, and the PAUSE hook."""
    offered = Stack(**parameters).hooks()
    assert hooks == offered
    model = boto3.client("ecs", region_name="eu-central-1").meta.service_model
    report = ParamValidator().validate(offered, model.shape_for("DeploymentLifecycleHookList"))
    assert "" == report.generate_report()
    assert set(STAGES.values()) <= set(model.shape_for("DeploymentLifecycleHookStage").enum)


def test_stages_are_those_that_there_is_a_function_for():
    """Whoever names one gets its hook, and nobody can name another."""
    assert list(STAGES.values()) == PARAMETERS["Stages"]["AllowedValues"]
    assert [STAGES[name] for name in OFFERED] == PARAMETERS["Stages"]["Default"].split(",")


def test_a_pause_hook_waits_nowhere_where_ecs_refuses_it():
    """ECS has no PAUSE at the two shift stages."""
    stages = set(PARAMETERS["ApprovalHookStage"]["AllowedValues"])
    assert not stages & {"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"}


@pytest.mark.parametrize(
    ("parameters", "exists"),
    [
        ({}, False),
        ({"SwitchParameterArns": SWITCHES}, True),
        ({"Stages": "PRE_SCALE_UP,PRODUCTION_TRAFFIC_SHIFT"}, True),
        ({"Stages": "PRE_PRODUCTION_TRAFFIC_SHIFT,POST_PRODUCTION_TRAFFIC_SHIFT"}, False),
    ],
)
def test_the_function_for_switches_is_there_where_it_is_of_use(parameters, exists):
    """With all that belongs to it, and known to the function that has to tell deployments of ours from others."""
    stack = Stack(**parameters)
    made = [name for name in TEMPLATE["Resources"] if name.startswith("ProductionTrafficShift")]
    assert {f"ProductionTrafficShift{what}" for what in ("Function", "LogGroup", "Role", "Alarm")} == set(made)
    assert {exists} == {stack.exists(name) for name in made}
    known = stack.resource("DeploymentEventsFunction")["Environment"]["Variables"]["OUR_FUNCTIONS"].split(",")
    names = STAGES if exists else ALWAYS
    assert [f"arn:aws:lambda:{PLACE}:function:{name}Function" for name in names] == known
    groups = stack.resolve(TEMPLATE["Outputs"]["HookLogGroups"]["Value"]).split(",")
    assert [f"{name}LogGroup" for name in names] == groups


def test_only_the_function_for_switches_may_write_parameters():
    """Those that are named, and nobody else may."""
    stack = Stack(SwitchParameterArns=SWITCHES)
    assert {"ProductionTrafficShift"} == {name for name in FUNCTIONS if "Switch" in stack.statements(f"{name}Role")}
    switch = stack.statements("ProductionTrafficShiftRole")["Switch"]
    assert (["ssm:GetParameter", "ssm:PutParameter"], [SWITCHES]) == (switch["Action"], switch["Resource"])
    named = Stack(Stages="PRODUCTION_TRAFFIC_SHIFT")
    assert "Switch" not in named.statements("ProductionTrafficShiftRole")


def test_traffic_is_moved_only_where_that_is_turned_on():
    """By the hook before production, and by the function that puts right what is left of it; rules and listeners only."""
    assert not Stack().exists("ShiftingPolicy")
    stack = Stack(TrafficSteps="on")
    movers = {name for name in FUNCTIONS if "ShiftTraffic" in stack.statements(f"{name}Role")}
    assert {"PreProductionTrafficShift", "DeploymentEvents"} == movers
    shift = stack.statements("DeploymentEventsRole")["ShiftTraffic"]
    arn = f"arn:aws:elasticloadbalancing:{PLACE}"
    assert [f"elasticloadbalancing:Modify{what}" for what in ("Rule", "Listener")] == shift["Action"]
    assert [f"{arn}:listener-rule/app/*", f"{arn}:listener/*"] == shift["Resource"]
    assert "ReadLoadBalancers" in stack.statements("DeploymentEventsRole")
    assert "ReadLoadBalancers" not in Stack().statements("DeploymentEventsRole")
    for name in FUNCTIONS:
        assert "ShiftTraffic" not in Stack().statements(f"{name}Role")


def test_the_function_on_events_may_look_and_tell():
    """With default parameters nothing else; with a PAUSE hook it hands ECS what people decided."""
    arns = f"arn:aws:ecs:{PLACE}"
    statements = Stack().statements("DeploymentEventsRole")
    assert {
        **TELLING,
        "WriteOwnLog": (["logs:CreateLogStream", "logs:PutLogEvents"], "log-group DeploymentEventsLogGroup"),
        "ListServiceDeployments": (["ecs:ListServiceDeployments"], f"{arns}:service/*"),
        "ReadServiceDeployments": (["ecs:DescribeServiceDeployments"], f"{arns}:service-deployment/*"),
        "ReadServiceRevisions": (["ecs:DescribeServiceRevisions"], f"{arns}:service-revision/*"),
        "KeepWhatFailed": (["sqs:SendMessage"], f"arn:aws:sqs:{PLACE}:DeploymentEventsQueue"),
        "WriteTraces": (["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
    } == {sid: (listed(each["Action"]), each["Resource"]) for sid, each in statements.items()}
    more = Stack(ApprovalHook="PAUSE").statements("DeploymentEventsRole")
    assert {"AnswerPauseHooks"} == set(more) - set(statements)
    assert ("ecs:ContinueServiceDeployment", f"{arns}:service-deployment/*") == (
        more["AnswerPauseHooks"]["Action"],
        more["AnswerPauseHooks"]["Resource"],
    )


def test_events_of_ecs_are_not_lost():
    """Three attempts, then an encrypted queue, which EventBridge may fill too, and an alarm looks at."""
    stack = Stack()
    function = stack.resource("DeploymentEventsFunction")
    queue = f"arn:aws:sqs:{PLACE}:DeploymentEventsQueue"
    assert 2 == function["EventInvokeConfig"]["MaximumRetryAttempts"]
    assert {"OnFailure": {"Type": "SQS", "Destination": queue}} == function["EventInvokeConfig"]["DestinationConfig"]
    (rule,) = function["Events"].values()
    assert queue == rule["Properties"]["DeadLetterConfig"]["Arn"]
    assert ["aws.ecs"] == rule["Properties"]["Pattern"]["source"]
    assert stack.resource("DeploymentEventsQueue")["SqsManagedSseEnabled"]
    fill, tls = stack.resource("DeploymentEventsQueuePolicy")["PolicyDocument"]["Statement"]
    assert ({"Service": "events.amazonaws.com"}, "sqs:SendMessage") == (fill["Principal"], fill["Action"])
    assert {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:{PLACE}:rule/EcsEvents"}} == fill["Condition"]
    assert ("Deny", {"Bool": {"aws:SecureTransport": "false"}}) == (tls["Effect"], tls["Condition"])
    (dimension,) = stack.resource("DeploymentEventsAlarm")["Dimensions"]
    assert "DeploymentEventsQueue" == dimension["Value"]


def test_without_days_there_is_no_record():
    """No table, no permission, no output, and functions that know of none."""
    stack = Stack(RecordRetentionDays="0")
    assert not stack.exists("RecordTable")
    assert all("KeepRecord" not in stack.statements(f"{name}Role") for name in FUNCTIONS)
    assert "" == stack.resolve(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])["RECORD"]
    assert "HasRecord" == TEMPLATE["Outputs"]["RecordTableName"]["Condition"]


def test_the_record_is_kept_as_the_library_has_it():
    """Its keys and its time to live; encrypted, paid by use, kept when the stack goes."""
    table = Stack().resource("RecordTable")
    assert [(PARTITION, "HASH"), (SORT, "RANGE")] == [
        (key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]
    ]
    assert {"AttributeName": EXPIRES, "Enabled": True} == table["TimeToLiveSpecification"]
    assert ("PAY_PER_REQUEST", {"SSEEnabled": True}) == (table["BillingMode"], table["SSESpecification"])
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert "RetainExceptOnCreate" == TEMPLATE["Resources"]["RecordTable"]["DeletionPolicy"]
    used = {action.split(":")[1] for action in TELLING["KeepRecord"][0]}
    source = "".join(path.read_text() for path in (ROOT / "layers/greenlight/greenlight/record").glob("*.py"))
    called = set(re.findall(r'_call\(\s*"(\w+)"', source))
    # What can delete an entry is for tools: no function does.
    assert {"".join(word.capitalize() for word in name.split("_")) for name in called - {"delete_item"}} == used


def test_what_people_are_told_is_encrypted():
    """With a key of the stack's own, which the alarms of this account may use too; over TLS only."""
    stack = Stack()
    assert "NotificationKey" == stack.resource("NotificationTopic")["KmsMasterKeyId"]
    key = stack.resource("NotificationKey")
    assert key["EnableKeyRotation"]
    account, alarms = key["KeyPolicy"]["Statement"]
    assert {"AWS": "arn:aws:iam::123456789012:root"} == account["Principal"]
    own = {"aws:SourceAccount": "123456789012"}
    assert ({"Service": "cloudwatch.amazonaws.com"}, own) == (alarms["Principal"], alarms["Condition"]["StringEquals"])
    publish, tls = stack.resource("NotificationTopicPolicy")["PolicyDocument"]["Statement"]
    assert ({"Service": "cloudwatch.amazonaws.com"}, own) == (
        publish["Principal"],
        publish["Condition"]["StringEquals"],
    )
    assert {"aws:SourceArn": f"arn:aws:cloudwatch:{PLACE}:alarm:*"} == publish["Condition"]["ArnLike"]
    assert ("Deny", {"Bool": {"aws:SecureTransport": "false"}}) == (tls["Effect"], tls["Condition"])
    via = stack.statements("PreScaleUpRole")["EncryptMessages"]["Condition"]
    assert {"StringEquals": {"kms:ViaService": "sns.eu-central-1.amazonaws.com"}} == via


def test_messages_and_events_go_where_the_parameters_say():
    """A subscription only with an address; no right to a bus where there is none."""
    assert not Stack().exists("NotificationSubscription")
    stack = Stack(NotificationEmail="ops@example.com", EventBus="")
    assert stack.exists("NotificationSubscription")
    subscription = stack.resource("NotificationSubscription")
    assert ("email", "ops@example.com") == (subscription["Protocol"], subscription["Endpoint"])
    assert all("SendEvents" not in stack.statements(f"{name}Role") for name in FUNCTIONS)
    named = Stack(EventBus="shop").statements("PreScaleUpRole")["SendEvents"]["Resource"]
    assert f"arn:aws:events:{PLACE}:event-bus/shop" == named


@pytest.mark.parametrize("name", STAGES)
def test_an_alarm_looks_at_every_hook(name):
    """Errors and throttles together, told through the topic."""
    alarm = Stack(SwitchParameterArns=SWITCHES).resource(f"{name}Alarm")
    assert [f"arn:aws:sns:{PLACE}:NotificationTopic"] == alarm["AlarmActions"]
    metrics = [each["MetricStat"]["Metric"] for each in alarm["Metrics"] if "MetricStat" in each]
    assert ["Errors", "Throttles"] == [metric["MetricName"] for metric in metrics]
    assert {f"{name}Function"} == {metric["Dimensions"][0]["Value"] for metric in metrics}
    assert "notBreaching" == alarm["TreatMissingData"]


def test_an_alarm_looks_at_greenlight_s_own_errors():
    """At all stages together, by the name and the dimension that the library writes."""
    alarm = Stack().resource("CheckErrorsAlarm")
    metrics = [each["MetricStat"]["Metric"] for each in alarm["Metrics"] if "MetricStat" in each]
    assert {(measures.NAMESPACE, measures.ERRORS)} == {(each["Namespace"], each["MetricName"]) for each in metrics}
    dimensions = [(each["Dimensions"][0]["Name"], each["Dimensions"][0]["Value"]) for each in metrics]
    assert [("stage", stage) for stage in STAGES.values()] == dimensions
    assert ERROR_BUDGET == alarm["Threshold"]


def test_the_outputs_tell_every_arn():
    """The functions and the role can be attached by hand as well, and the topic subscribed to."""
    values = {Stack().resolve(output["Value"]) for name, output in TEMPLATE["Outputs"].items() if name.endswith("Arn")}
    functions = {f"arn:aws:lambda:{PLACE}:function:{stage}Function" for stage in STAGES}
    others = {"arn:aws:iam::123456789012:role/EcsHookRole", f"arn:aws:sns:{PLACE}:NotificationTopic"}
    assert functions | others == values


def test_one_layer_serves_both_architectures_and_leaves_no_old_versions():
    """Architecture can change without a build, and a deployment removes the layer version that it replaces."""
    layer = TEMPLATE["Resources"]["LibraryLayer"]
    assert {"BuildMethod": "makefile"} == layer["Metadata"]
    assert set(PARAMETERS["Architecture"]["AllowedValues"]) == set(layer["Properties"]["CompatibleArchitectures"])
    assert "Delete" == layer["Properties"]["RetentionPolicy"]
