"""What the rehearsal's AWS API says about services and roles, where moto says something else or nothing."""

import json

import pytest
from botocore.exceptions import ClientError

from rehearsal.aws.server import AwsServer
from rehearsal.aws.services import hooks_of

HOOK = {
    "hookTargetArn": "arn:aws:lambda:eu-west-1:123456789012:function:gate",
    "roleArn": "arn:aws:iam::123456789012:role/hooks",
    "lifecycleStages": ["PRE_SCALE_UP"],
    "hookDetails": {"gates": "s3://bucket/gates.yaml", "deep": {"list": [1, 2.5, None]}},
}
INVOKE = "lambda:InvokeFunction"
ROLE = "arn:aws:iam::123456789012:role/hooks"


@pytest.fixture(scope="module")
def server():
    """One API for all tests; each makes a service or a role of its own."""
    with AwsServer() as server:
        server.client("ecs").create_cluster(clusterName="shop")
        yield server


@pytest.fixture
def service(server):
    """A service with a hook; returns how to update it."""
    ecs = server.client("ecs")
    ecs.register_task_definition(family="orders", containerDefinitions=[{"name": "app", "image": "a", "memory": 1}])
    configuration = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5, "lifecycleHooks": [HOOK]}
    made = {"cluster": "shop", "serviceName": "orders", "taskDefinition": "orders", "desiredCount": 0}
    ecs.create_service(**made, deploymentConfiguration=configuration)

    def update(**changed):
        reply = ecs.update_service(cluster="shop", service="orders", **changed)
        return reply["service"]["deploymentConfiguration"]

    yield update
    ecs.delete_service(cluster="shop", service="orders", force=True)


def test_what_an_update_does_not_name_stays(service):
    """Of the deployment configuration, and of the service."""
    assert [HOOK] == service(deploymentConfiguration={"bakeTimeInMinutes": 7})["lifecycleHooks"]
    configuration = service(desiredCount=1)
    assert (7, "BLUE_GREEN") == (configuration["bakeTimeInMinutes"], configuration["strategy"])


def test_an_empty_list_clears_the_hooks(service, server):
    """Nothing else does."""
    assert [HOOK] == hooks_of(server, "shop", "orders")
    assert [] == service(deploymentConfiguration={"lifecycleHooks": []})["lifecycleHooks"]
    assert [] == hooks_of(server, "shop", "orders")


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        ({**HOOK, "lifecycleStages": []}, "needs lifecycleStages"),
        ({"targetType": "PAUSE", "lifecycleStages": ["TEST_TRAFFIC_SHIFT"]}, "cannot attach to TEST_TRAFFIC_SHIFT"),
        ({**HOOK, "timeoutConfiguration": {"timeoutInMinutes": 1441}}, "ECS takes 1 to 1440"),
    ],
)
def test_hooks_that_ecs_refuses_are_refused(service, server, hook, words):
    """And the service keeps those that it has."""
    with pytest.raises(ClientError, match=words) as error:
        service(deploymentConfiguration={"lifecycleHooks": [hook]})
    assert "InvalidParameterException" == error.value.response["Error"]["Code"]
    assert [HOOK] == hooks_of(server, "shop", "orders")


def test_a_service_that_is_not_there(server):
    """Is told as such."""
    with pytest.raises(LookupError, match="no service carts in cluster shop"):
        hooks_of(server, "shop", "carts")
    with pytest.raises(ClientError, match="ServiceNotFoundException"):
        server.client("ecs").update_service(cluster="shop", service="carts", desiredCount=1)


def policy(effect="Allow", action=INVOKE, resource="*"):
    """A policy of one statement."""
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def role(server):
    """A role that may nothing; returns how to simulate it."""
    iam = server.client("iam")
    iam.create_role(RoleName="hooks", AssumeRolePolicyDocument=policy(action="sts:AssumeRole"))

    def decisions(*resources, action=INVOKE):
        reply = iam.simulate_principal_policy(
            PolicySourceArn=ROLE, ActionNames=[action], ResourceArns=list(resources) or ["*"]
        )
        return [each["EvalDecision"] for each in reply["EvaluationResults"]]

    yield decisions
    for name in iam.list_role_policies(RoleName="hooks")["PolicyNames"]:
        iam.delete_role_policy(RoleName="hooks", PolicyName=name)
    for each in iam.list_attached_role_policies(RoleName="hooks")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="hooks", PolicyArn=each["PolicyArn"])
        iam.delete_policy(PolicyArn=each["PolicyArn"])
    iam.delete_role(RoleName="hooks")


def test_what_no_policy_allows_is_denied(role, server):
    """Resource by resource."""
    assert ["implicitDeny"] == role()
    allowed = policy(resource="arn:aws:lambda:*:*:function:gate*")
    server.client("iam").put_role_policy(RoleName="hooks", PolicyName="own", PolicyDocument=allowed)
    gate, other = (f"arn:aws:lambda:eu-west-1:123456789012:function:{name}" for name in ("gate-1", "other"))
    assert ["allowed", "implicitDeny"] == role(gate, other)
    assert ["implicitDeny"] == role(gate, action="lambda:GetFunction")


def test_a_managed_policy_allows_and_a_denial_goes_first(role, server):
    """As IAM weighs them."""
    iam = server.client("iam")
    arn = iam.create_policy(PolicyName="invoke", PolicyDocument=policy())["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="hooks", PolicyArn=arn)
    assert ["allowed"] == role()
    iam.put_role_policy(RoleName="hooks", PolicyName="not", PolicyDocument=policy("Deny"))
    assert ["explicitDeny"] == role()


def test_a_boundary_bounds(role, server):
    """What it does not allow, no policy gives."""
    iam = server.client("iam")
    iam.put_role_policy(RoleName="hooks", PolicyName="own", PolicyDocument=policy())
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=policy(action="s3:GetObject"))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="hooks", PermissionsBoundary=boundary)
    assert ["implicitDeny"] == role()
    iam.delete_role_permissions_boundary(RoleName="hooks")
    iam.delete_policy(PolicyArn=boundary)
    assert ["allowed"] == role()


def test_a_role_that_is_not_there(server):
    """Cannot be simulated."""
    with pytest.raises(ClientError, match="NoSuchEntity"):
        server.client("iam").simulate_principal_policy(PolicySourceArn=ROLE, ActionNames=[INVOKE])
