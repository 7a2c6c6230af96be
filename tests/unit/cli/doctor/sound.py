"""An account in which everything is as it should be: a service that deploys by BLUE_GREEN, and Greenlight's stack beside it."""

import copy
import io
import json
import zipfile
from dataclasses import dataclass, field

ACCOUNT, REGION = "123456789012", "eu-west-1"
SERVICE = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/shop/orders"
HOOK_ROLE = f"arn:aws:iam::{ACCOUNT}:role/greenlight-EcsHookRole"
BALANCER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecs-load-balancers"
PRE, TEST, BEFORE = "PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"
SWITCH, AFTER = "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"
STAGES = (PRE, TEST, BEFORE)
GATES = "s3://shop-deploy/orders/gates.yaml"
SUITE = {"version": 1, "name": "orders", "tests": [{"name": "health", "path": "/health", "expect": {"status": 200}}]}
SOUND_GATES = {
    "version": 1,
    "service": "orders",
    "pre_scale_up": {"alarms": {"names": ["orders-5xx"]}},
    "post_test_traffic_shift": {"smoke": {"suite": SUITE}},
    "pre_production_traffic_shift": {"approval": {"timeout": "2h"}},
}


def name_of(stage):
    """The name of a stage's function."""
    return f"greenlight-{''.join(word.capitalize() for word in stage.split('_'))}Function"


def arn_of(stage):
    """The ARN of a stage's function."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name_of(stage)}"


def hook_at(stage, **more):
    """A hook of Greenlight's, as the stack offers it."""
    return {"hookTargetArn": arn_of(stage), "roleArn": HOOK_ROLE, "lifecycleStages": [stage], **more}


def attached(stage, **more):
    """A hook of Greenlight's, as it is attached with a gates file."""
    return hook_at(stage, hookDetails={"gates": GATES}, **more)


def trust(service="ecs.amazonaws.com", **more):
    """A trust policy."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allowing(*actions, on="*"):
    """A policy that allows something."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": on}]})


@dataclass
class Sound:
    """The account. Everything in it is made by ``build``; what a test wants otherwise it says there, or breaks it afterwards.

    Attributes:
        api: The AWS API.
    """

    api: object
    ids: dict = field(default_factory=dict)

    def build(self, *, hooks=None, gates=None, scheme="internal", vpc=True, tags=(), balanced=True, **service):
        """Make everything."""
        self.network()
        self.balancer(scheme)
        self.roles()
        self.functions(vpc=vpc)
        self.stack()
        self.gates(SOUND_GATES if gates is None else gates)
        self.alarm("orders-5xx")
        self.service(
            [attached(stage) for stage in STAGES] if hooks is None else hooks, tags, balanced=balanced, **service
        )
        return self

    def network(self):
        ec2 = self.api.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"]
            for zone, block in (("a", "10.0.0.0/24"), ("b", "10.0.1.0/24"))
        ]
        groups = {
            name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
            for name in ("balancer", "functions")
        }
        self.ids = {"vpc": vpc, "subnets": subnets, **groups}
        for port in (80, 8443):
            self.admit(port, UserIdGroupPairs=[{"GroupId": groups["functions"]}])

    def admit(self, port, **whom):
        """Let the load balancer's security group admit somebody."""
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **whom}
        self.api.client("ec2").authorize_security_group_ingress(
            GroupId=self.ids["balancer"], IpPermissions=[permission]
        )

    def shut(self, port):
        """Let the load balancer's security group admit nobody on a port."""
        ec2 = self.api.client("ec2")
        found = ec2.describe_security_groups(GroupIds=[self.ids["balancer"]])["SecurityGroups"][0]["IpPermissions"]
        closed = [each for each in found if each.get("FromPort") == port]
        ec2.revoke_security_group_ingress(GroupId=self.ids["balancer"], IpPermissions=closed)

    def balancer(self, scheme, name="shop"):
        elbv2 = self.api.client("elbv2")
        arn = elbv2.create_load_balancer(
            Name=name,
            Subnets=self.ids["subnets"],
            SecurityGroups=[self.ids["balancer"]],
            Scheme=scheme,
            Type="application",
        )["LoadBalancers"][0]["LoadBalancerArn"]
        first, second = self.group("orders-1"), self.group("orders-2")
        production, test = self.rule(arn, 80, {first: 1, second: 0}), self.rule(arn, 8443, {first: 1, second: 0})
        self.ids |= {"lb": arn, "first": first, "second": second, "production": production, "test": test}

    def group(self, name, **more):
        """Make a target group."""
        settings = {"Protocol": "HTTP", "Port": 8080, "TargetType": "ip", "HealthCheckPath": "/health", **more}
        made = self.api.client("elbv2").create_target_group(Name=name, VpcId=self.ids["vpc"], **settings)
        return made["TargetGroups"][0]["TargetGroupArn"]

    def rule(self, balancer, port, weights):
        """Make a listener with a rule."""
        elbv2 = self.api.client("elbv2")
        fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        listener = elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[fixed])
        rule = elbv2.create_rule(
            ListenerArn=listener["Listeners"][0]["ListenerArn"],
            Priority=10,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[self.forward(weights)],
        )
        return rule["Rules"][0]["RuleArn"]

    @staticmethod
    def forward(weights):
        """A forward action."""
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
        return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}

    def weigh(self, which, weights, *before):
        """Set the actions of a rule."""
        actions = [*before, {**self.forward({self.ids[name]: weight for name, weight in weights.items()}), "Order": 9}]
        self.api.client("elbv2").modify_rule(RuleArn=self.ids[which], Actions=actions)

    def roles(self):
        iam = self.api.client("iam")
        elb = ["RegisterTargets", "DeregisterTargets", "ModifyListener", "ModifyRule"]
        policies = {
            "greenlight-EcsHookRole": allowing(
                "lambda:InvokeFunction", on=[arn_of(stage) for stage in (*STAGES, SWITCH, AFTER)]
            ),
            "ecs-load-balancers": allowing(*(f"elasticloadbalancing:{each}" for each in elb)),
        }
        for name, policy in policies.items():
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust())
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
        iam.create_role(RoleName="greenlight-function", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))
        reading = allowing("s3:GetObject", on="arn:aws:s3:::shop-deploy/orders/*")
        iam.put_role_policy(RoleName="greenlight-function", PolicyName="own", PolicyDocument=reading)

    def functions(self, *, vpc=True, stages=(*STAGES, SWITCH, AFTER)):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("app.py", "")
        network = {"SubnetIds": self.ids["subnets"], "SecurityGroupIds": [self.ids["functions"]]}
        for stage in stages:
            self.api.client("lambda").create_function(
                FunctionName=name_of(stage),
                Runtime="python3.13",
                Role=f"arn:aws:iam::{ACCOUNT}:role/greenlight-function",
                Handler="app.lambda_handler",
                Code={"ZipFile": packed.getvalue()},
                Environment={"Variables": {"GATES": "", "RECORD": "greenlight-record"}},
                **({"VpcConfig": network} if vpc else {}),
            )

    def configure(self, stage, **variables):
        """Set the environment variables of a function."""
        self.api.client("lambda").update_function_configuration(
            FunctionName=name_of(stage), Environment={"Variables": {"RECORD": "greenlight-record", **variables}}
        )

    def stack(self, name="greenlight", *, offered=STAGES, pause=(), traffic_steps="off", **outputs):
        """Deploy Greenlight: a stack with outputs, as template.yaml has them."""
        told = {
            **{f"{name_of(stage).removeprefix('greenlight-')}Arn": arn_of(stage) for stage in (*STAGES, SWITCH, AFTER)},
            "EcsHookRoleArn": HOOK_ROLE,
            "LifecycleHooks": json.dumps([*(hook_at(stage) for stage in offered), *pause]),
            **outputs,
        }
        template = {
            "Parameters": {"TrafficSteps": {"Type": "String", "Default": traffic_steps}},
            "Resources": {"Nothing": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {key: {"Value": value} for key, value in told.items() if value},
        }
        self.api.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))

    def gates(self, gates, key="orders/gates.yaml"):
        """Put a gates file into the bucket."""
        s3 = self.api.client("s3")
        if not s3.list_buckets()["Buckets"]:
            s3.create_bucket(Bucket="shop-deploy", CreateBucketConfiguration={"LocationConstraint": REGION})
        body = gates if isinstance(gates, str) else json.dumps(gates)
        s3.put_object(Bucket="shop-deploy", Key=key, Body=body.encode())

    def alarm(self, name):
        """Make an alarm."""
        self.api.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            MetricName="Errors",
            Namespace="shop",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )

    def service(self, hooks, tags, *, balanced=True, **changed):
        ecs = self.api.client("ecs")
        ecs.create_cluster(clusterName="shop")
        ecs.register_task_definition(family="orders", containerDefinitions=[{"name": "app", "image": "a", "memory": 1}])
        subnets = {"subnets": self.ids["subnets"], "securityGroups": [self.ids["balancer"]]}
        balancer = {
            "targetGroupArn": self.ids["first"],
            "containerName": "app",
            "containerPort": 8080,
            "advancedConfiguration": {
                "alternateTargetGroupArn": self.ids["second"],
                "productionListenerRule": self.ids["production"],
                "testListenerRule": self.ids["test"],
                "roleArn": BALANCER_ROLE,
            },
        }
        configuration = {
            "strategy": "BLUE_GREEN",
            "bakeTimeInMinutes": 5,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "lifecycleHooks": hooks,
        }
        settings = {
            "taskDefinition": "orders",
            "desiredCount": 1,
            "launchType": "FARGATE",
            "networkConfiguration": {"awsvpcConfiguration": subnets},
            "deploymentConfiguration": configuration,
            **({"loadBalancers": [balancer]} if balanced else {}),
            **changed,
        }
        made = ecs.create_service(
            cluster="shop", serviceName="orders", tags=[{"key": key, "value": value} for key, value in tags], **settings
        )
        return made["service"]

    def configuration(self):
        """The service's deployment configuration, as ECS tells it."""
        found = self.api.client("ecs").describe_services(cluster="shop", services=["orders"])["services"][0]
        return found["deploymentConfiguration"]

    def hooks(self):
        """The service's hooks, as ECS tells them."""
        return self.configuration()["lifecycleHooks"]

    def reconfigure(self, **changed):
        """Change the service's deployment configuration."""
        wanted = {**self.configuration(), **changed}
        self.api.client("ecs").update_service(cluster="shop", service="orders", deploymentConfiguration=wanted)

    def rebalance(self, **advanced):
        """Change the advancedConfiguration of the service's load balancer; None takes a key out."""
        ecs = self.api.client("ecs")
        balancer = ecs.describe_services(cluster="shop", services=["orders"])["services"][0]["loadBalancers"][0]
        changed = copy.deepcopy(balancer)
        changed["advancedConfiguration"] |= advanced
        kept = {key: value for key, value in changed["advancedConfiguration"].items() if value is not None}
        changed["advancedConfiguration"] = kept
        ecs.update_service(cluster="shop", service="orders", loadBalancers=[changed])
