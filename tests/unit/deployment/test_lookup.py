"""What is asked about a deployment: once, when it is needed, and with an error that says what was looked at."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from greenlight.deployment import Deployment, DeploymentError

DEPLOYMENT = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/d1"
BLUE = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/1"
GREEN = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/2"
HOOK = "arn:aws:lambda:eu-west-1:123456789012:function:hook"


@pytest.fixture
def count(world):
    """How many calls there were since the test began."""
    before = world.server.faults.calls()

    def counted():
        return world.server.faults.calls() - before

    return counted


def behind(production=None, test=None):
    """A load balancer of a revision, with the rules that are given."""
    rules = {"productionListenerRule": production, "testListenerRule": test}
    return {
        "targetGroupArn": "tg-one",
        "containerName": "app",
        "containerPort": 80,
        "advancedConfiguration": {name: arn for name, arn in rules.items() if arn},
    }


def test_nothing_is_asked_before_it_is_needed(deployment, count):
    """A gate with an explicit endpoint makes no call at all."""
    assert (False, 0) == (deployment.asked, count())
    deployment.green()
    assert (True, 1) == (deployment.asked, count())


def test_everything_is_asked_once(world, deployment):
    """However many checks ask, and side by side."""
    world.revision(GREEN, load_balancers=[behind(world.rule(), world.rule())])
    before = world.server.faults.calls()
    together = Barrier(4)

    def ask(_):
        together.wait(10)
        return (
            deployment.is_create(),
            deployment.blue(),
            deployment.green(),
            deployment.endpoint("test"),
            deployment.endpoint("production"),
            deployment.expires_at(HOOK),
        )

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(ask, range(4)))
    assert [answers[0]] * 4 == answers
    # The deployment, two revisions, and the rules, listeners and load balancers of both endpoints together.
    assert before + 1 + 2 + 3 == world.server.faults.calls()


def test_an_error_holds_for_the_whole_invocation(world, deployment, count):
    """Four checks that need green do not make four times three attempts at a throttled API."""
    world.server.faults.deny("ecs", "DescribeServiceRevisions")
    with pytest.raises(DeploymentError) as first:
        deployment.green()
    world.server.faults.clear()
    with pytest.raises(DeploymentError) as second:
        deployment.green()
    with pytest.raises(DeploymentError) as third:
        deployment.endpoint("test")
    assert str(first.value) == str(second.value) == str(third.value)
    assert 1 == count()


def test_blue_and_green_are_read(world, deployment):
    """With what they are made of."""
    world.revision(GREEN, images=[{"containerName": "app", "image": "orders:2", "imageDigest": "sha256:2"}])
    world.revision(BLUE, images=[{"containerName": "app", "image": "orders:1", "imageDigest": "sha256:1"}])
    assert (GREEN, "2") == (deployment.green().arn, deployment.green().main_image.tag)
    assert (BLUE, "1") == (deployment.blue().arn, deployment.blue().main_image.tag)


def test_a_deployment_without_a_source_is_a_create(world, deployment, count):
    """The only sound sign of it; there is no blue then, and no call for one."""
    world.deployment(sourceServiceRevisions=[])
    assert (True, None, 1) == (deployment.is_create(), deployment.blue(), count())


def test_a_deployment_with_a_source_is_an_update(deployment):
    """As ECS says."""
    assert deployment.is_create() is False


@pytest.mark.parametrize("told", [True, False])
def test_what_the_event_told_is_not_asked(world, count, told):
    """The weights of some events say it, and a call saved is a call that cannot fail."""
    assert told == Deployment(DEPLOYMENT, GREEN, is_create=told).is_create()
    assert 0 == count()


def test_the_expiry_of_a_hook_is_known(world, deployment):
    """Of this function, not of its neighbours."""
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    hook = {"targetType": "AWS_LAMBDA", "status": "IN_PROGRESS"}
    world.deployment(
        lifecycleHookDetails=[
            {**hook, "hookId": "1", "targetArn": HOOK, "expiresAt": moment},
            {**hook, "hookId": "2", "targetArn": f"{HOOK}-other", "expiresAt": datetime(2030, 1, 1, tzinfo=UTC)},
        ]
    )
    assert moment == deployment.expires_at(HOOK)
    assert deployment.expires_at("unknown") is None


def test_each_listener_has_its_endpoint(world, deployment):
    """The test listener's rule and production's, as green's revision names them."""
    production = world.rule({"Field": "path-pattern", "Values": ["/p*"]})
    test = world.rule({"Field": "path-pattern", "Values": ["/t*"]})
    world.revision(GREEN, load_balancers=[behind(), behind(production, test)])
    assert ("/p*",) == deployment.endpoint("production").path_patterns
    assert ("/t*",) == deployment.endpoint("test").path_patterns


@pytest.mark.parametrize(("target", "key"), [("test", "testListenerRule"), ("production", "productionListenerRule")])
@pytest.mark.parametrize("balancers", [1, 2])
def test_a_missing_listener_rule_is_told_with_every_place(world, deployment, target, key, balancers):
    """Where it was looked for, and both cures; waiting would not help."""
    world.revision(GREEN, load_balancers=[behind()] * balancers)
    with pytest.raises(DeploymentError) as caught:
        deployment.endpoint(target)
    assert (
        tuple(f"service revision 2 loadBalancers[{index}].advancedConfiguration.{key}" for index in range(balancers))
        == caught.value.looked_at
    )
    assert str(caught.value).startswith(
        f"the service has no {target} listener rule; set {key} in the service's loadBalancers, "
        "or give the check an explicit `endpoint` in the gates file (looked at: service revision 2 "
    )
    assert not caught.value.transient


def test_a_service_without_a_load_balancer_is_told(deployment):
    """It is not behind anything, so nothing can be asked."""
    with pytest.raises(
        DeploymentError, match=re.escape("(looked at: service revision 2 loadBalancers, which is empty)")
    ):
        deployment.endpoint("test")


@pytest.mark.parametrize("ask", ["record", "green", "blue"])
def test_what_ecs_does_not_know_is_told_with_its_arn(world, ask):
    """ECS answers with a failure in the list, and that is no passing trouble."""
    ghost = Deployment(DEPLOYMENT.replace("d1", "ghost"), GREEN.replace("/2", "/ghost"))
    with pytest.raises(DeploymentError, match="MISSING") as caught:
        getattr(ghost, ask)()
    assert caught.value.looked_at[0].endswith("ghost")
    assert not caught.value.transient


@pytest.mark.parametrize(
    ("switch_on", "told", "transient"),
    [
        (lambda faults: faults.fail("ecs", "*"), "ecs:DescribeServiceDeployments was throttled", True),
        (lambda faults: faults.deny("ecs", "*"), "add ecs:DescribeServiceDeployments to the function's role", True),
        (lambda faults: faults.fail("ecs", "*", "ServerException", status=500), "failed on AWS's side", True),
        (lambda faults: faults.fail("ecs", "*", "InvalidParameterException"), "was refused", False),
    ],
)
def test_trouble_with_ecs_says_whether_it_may_pass(world, deployment, switch_on, told, transient):
    """A missing permission counts as passing, because IAM needs a while to spread."""
    switch_on(world.server.faults)
    with pytest.raises(DeploymentError) as caught:
        deployment.is_create()
    assert told in str(caught.value)
    assert f"(looked at: {DEPLOYMENT})" in str(caught.value)
    assert transient == caught.value.transient


@pytest.mark.parametrize(
    "body",
    [
        b"\x00 not an answer",
        b"{}",
        b"[1]",
        b'{"serviceDeployments": 5}',
        b'{"serviceDeployments": [7]}',
        b'{"serviceDeployments": [{"sourceServiceRevisions": [7]}]}',
        b'{"serviceDeployments": [{"sourceServiceRevisions": [{"arn": "a", "requestedProductionTrafficWeight": "x"}]}]}',
        b'{"serviceDeployments": [{"lifecycleHookDetails": [{"expiresAt": "garbage"}]}]}',
        b'{"failures": [7]}',
    ],
)
def test_a_reply_that_makes_no_sense_may_pass(world, deployment, body):
    """Something on the way answered in AWS's place: ask again, and do not claim that ECS knows no such deployment."""
    world.server.faults.garble("ecs", "*", body)
    with pytest.raises(DeploymentError) as caught:
        deployment.is_create()
    assert caught.value.transient
    assert "knows no such" not in str(caught.value)


@pytest.mark.parametrize("operation", ["DescribeRules", "DescribeListeners", "DescribeLoadBalancers"])
@pytest.mark.parametrize("body", [b"\x00 not an answer", b"<a/>", b""])
def test_a_reply_of_elb_that_makes_no_sense_may_pass(world, deployment, operation, body):
    """At each of the three steps from rule to endpoint."""
    world.revision(GREEN, load_balancers=[behind(test=world.rule())])
    world.server.faults.garble("elbv2", operation, body)
    with pytest.raises(DeploymentError) as caught:
        deployment.endpoint("test")
    assert caught.value.transient


@pytest.mark.parametrize("operation", ["DescribeRules", "DescribeListeners", "DescribeLoadBalancers"])
def test_a_denial_of_elb_names_the_permission(world, deployment, operation):
    """Each step needs its own."""
    world.revision(GREEN, load_balancers=[behind(test=world.rule())])
    world.server.faults.deny("elbv2", operation)
    with pytest.raises(DeploymentError, match=f"add elasticloadbalancing:{operation} to the function's role"):
        deployment.endpoint("test")
