"""Attach, deploy, detach in the rehearsal: the hooks that ECS calls are those that the service has at that moment."""

import io
import json
import zipfile
from contextlib import ExitStack
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner

from greenlight import aws
from greenlight_cli.program import program
from rehearsal.clock import Clock
from rehearsal.controller import Controller
from rehearsal.invokers import (
    CallableInvoker,
    InProcessInvoker,
    Router,
    divided_output,
    environment,
    function_arn,
    sealed,
)
from rehearsal.template import Template
from rehearsal.world import World

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
PRE, TEST, BEFORE = "PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"
GATES = "s3://shop-deploy/orders/gates.yaml"
HEALTHY = {
    "version": 1,
    "name": "orders",
    "tests": [{"name": "orders are listed", "path": "/v2/orders", "expect": {"status": 200}}],
}
SUITE = {"smoke": {"suite": HEALTHY}}


def allowing(*actions):
    """A policy that allows something everywhere."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


class Shop:
    """A service of the rehearsal, with Greenlight's stack beside it and a hook of somebody else's."""

    def __init__(self, world):
        self.world, self.asked, self.versions = world, [], 0
        self.template = Template.load(TEMPLATE, region=world.aws.region, account_id=world.aws.account_id)
        self.theirs = function_arn("load_test:run", region=world.aws.region, account_id=world.aws.account_id)
        declared = InProcessInvoker(self.template.functions.values(), world.aws.environment(), world.clock)
        own = CallableInvoker({self.theirs: self._load_test}, world.clock)
        routes = {function.arn: declared for function in self.template.functions.values()}
        self.controller = Controller(world, Router({**routes, self.theirs: own}), None, clock=world.clock)
        self._furnish()

    def _load_test(self, event, _context):
        self.asked.append(event["lifecycleStage"])
        return {"hookStatus": "SUCCEEDED"}

    def _furnish(self):
        """Make what there is in an account, and what the rehearsal alone does without."""
        iam, function = self.world.aws.client("iam"), self.world.aws.client("lambda")
        hook_role = self.template.lifecycle_hooks()[0]["roleArn"]
        for name, service, actions in (
            (hook_role.rpartition("/")[2], "ecs", ["lambda:InvokeFunction"]),
            ("orders-ecs-load-balancer", "ecs", ["elasticloadbalancing:*"]),
            ("functions", "lambda", ["s3:GetObject"]),
        ):
            statement = {
                "Effect": "Allow",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
            trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(allowing(*actions)))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("app.py", "")
        for arn in (*(each.arn for each in self.template.functions.values()), self.theirs):
            function.create_function(
                FunctionName=arn.rpartition(":")[2],
                Runtime="python3.13",
                Role=f"arn:aws:iam::{self.world.aws.account_id}:role/functions",
                Handler="app.lambda_handler",
                Code={"ZipFile": packed.getvalue()},
            )
        ec2 = self.world.aws.client("ec2")
        group = next(each for each in ec2.describe_security_groups()["SecurityGroups"] if each["GroupName"] == "demo")
        everybody = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[everybody])
        s3 = self.world.aws.client("s3")
        s3.create_bucket(Bucket="shop-deploy", CreateBucketConfiguration={"LocationConstraint": self.world.aws.region})
        gates = {"version": 1, PRE.lower(): {"routing": True}, TEST.lower(): SUITE, BEFORE.lower(): SUITE}
        s3.put_object(Bucket="shop-deploy", Key="orders/gates.yaml", Body=json.dumps(gates).encode())
        outputs = {
            f"{name}Arn": function.arn
            for name, function in self.template.functions.items()
            if name != "DeploymentEventsFunction"
        }
        outputs |= {"EcsHookRoleArn": hook_role, "LifecycleHooks": json.dumps(self.template.lifecycle_hooks())}
        body = {
            "Resources": {"Nothing": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {key: {"Value": value} for key, value in outputs.items()},
        }
        self.world.aws.client("cloudformation").create_stack(StackName="greenlight", TemplateBody=json.dumps(body))

    def deploy(self, fault=None):
        """Deploy the next version; return how it ended, and at which stages Greenlight was asked."""
        self.versions += 1
        self.asked.clear()
        result = self.controller.deploy(self.world.register_revision(str(self.versions), fault=fault))
        ours = [answer.stage for answer in result.answers if answer.checks]
        return result.status, list(dict.fromkeys(ours))

    def hooks(self):
        """The service's hooks."""
        found = self.world.aws.client("ecs").describe_services(cluster="demo", services=["orders"])["services"][0]
        return found["deploymentConfiguration"]["lifecycleHooks"]

    @staticmethod
    def says(*arguments):
        """Give a command, and return its output."""
        result = CliRunner().invoke(program, [*arguments])
        assert 0 == result.exit_code, result.output
        return result.output


@pytest.fixture
def shop(monkeypatch):
    """A service that runs its first version."""
    theirs = {
        "hookTargetArn": function_arn("load_test:run", region="eu-west-1", account_id="123456789012"),
        "roleArn": "arn:aws:iam::123456789012:role/EcsHookRole",
        "lifecycleStages": ["POST_SCALE_UP"],
    }
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with ExitStack() as resources:
        world = resources.enter_context(World(clock=Clock(240), lifecycle_hooks=[theirs]))
        resources.enter_context(environment(sealed(world.aws.environment())))
        resources.enter_context(divided_output())
        aws.forget_clients()
        resources.callback(aws.forget_clients)
        shop = Shop(world)
        shop.controller.start(world.register_revision("0"))
        yield shop


def test_attach_deploy_detach(shop):
    """A broken release is stopped as long as the hooks are there, and by nobody before and after; the hook of others is asked always."""
    before = shop.hooks()
    assert ("SUCCESSFUL", []) == shop.deploy("http-500")
    assert ["POST_SCALE_UP"] == shop.asked

    shop.says("attach", "orders", "--cluster", "demo", "--gates", GATES, "--yes")
    assert ("SUCCESSFUL", [PRE, TEST, BEFORE]) == shop.deploy()
    assert ["POST_SCALE_UP"] == shop.asked
    assert ("ROLLBACK_SUCCESSFUL", [PRE, TEST]) == shop.deploy("http-500")

    assert "nothing to change" in shop.says("attach", "orders", "--cluster", "demo", "--gates", GATES)
    assert "0 errors" in shop.says("doctor", "demo/orders")

    shop.says("detach", "demo/orders", "--yes")
    assert before == shop.hooks()
    assert ("SUCCESSFUL", []) == shop.deploy("http-500")
