"""Where AWS does not tell: what could not be looked at is no pass. Nothing is changed here, so that one account does for all."""

import json

import pytest
from moto.moto_api._internal.models import moto_api_backend

from tests.unit.cli.commands import greenlight_says
from tests.unit.cli.doctor.sound import SERVICE, Sound


@pytest.fixture(scope="module")
def whole(module_aws_api):
    """Everything is as it should be."""
    moto_api_backend.reset()
    return Sound(module_aws_api).build()


@pytest.fixture
def sound(whole):
    """The same, once trouble is over."""
    yield whole
    whole.api.faults.clear()


# Which operation is denied → what cannot be looked at for it.
DENIED = {
    ("ecs", "ListServiceDeployments"): "service",
    ("lambda", "GetFunctionConfiguration"): "hooks",
    ("iam", "GetRole"): "roles of the hooks",
    ("iam", "SimulatePrincipalPolicy"): "roles of the hooks",
    ("elbv2", "DescribeTargetGroups"): "load balancer",
    ("elbv2", "DescribeRules"): "load balancer",
    ("elbv2", "DescribeListeners"): "network of the functions",
    ("elbv2", "DescribeLoadBalancers"): "network of the functions",
    ("cloudwatch", "DescribeAlarms"): "alarms",
    ("ec2", "DescribeSubnets"): "network of the functions",
    ("ec2", "DescribeSecurityGroups"): "network of the functions",
    ("cloudformation", "DescribeStacks"): "stack greenlight",
    ("s3", "GetObject"): "s3://shop-deploy/orders/gates.yaml",
}


@pytest.mark.parametrize(("service", "operation"), DENIED)
def test_what_may_not_be_looked_at_is_no_pass(sound, service, operation):
    """It is named, with the permission that is missing for the person; the rest is looked at all the same."""
    sound.api.faults.deny(service, operation)

    result = greenlight_says("doctor", "shop/orders", "--json")

    document = json.loads(result.stdout)
    unknown = [each for each in document["findings"] if each["level"] == "unknown"]
    assert DENIED[service, operation] in {each["place"] for each in unknown}
    assert (2, 0) == (result.exit_code, document["errors"]), document
    assert all(each["text"].startswith("could not be looked at: ") for each in unknown)
    assert all("to your role or user" in each["text"] for each in unknown)
    assert any(each["level"] == "ok" for each in document["findings"])


def test_throttling_is_no_pass_either(sound):
    """Who asks again later may learn more."""
    sound.api.faults.fail("iam", "GetRole", "Throttling")

    result = greenlight_says("doctor", "shop/orders", "--quiet")

    assert 2 == result.exit_code
    assert "UNKNOWN roles of the hooks: could not be looked at: iam:GetRole was throttled" in result.stdout


def test_a_service_that_ecs_does_not_tell_of(sound):
    """Denied or unknown: nothing was looked at."""
    unknown = greenlight_says("doctor", "shop/carts")
    elsewhere = greenlight_says("doctor", "market/orders")
    sound.api.faults.deny("ecs", "DescribeServices")
    denied = greenlight_says("doctor", "shop/orders")

    assert [2, 2, 2] == [each.exit_code for each in (unknown, elsewhere, denied)]
    assert "ECS knows no service shop/carts (MISSING); look at --cluster" in unknown.stderr
    assert "ECS knows no cluster market, asked for service market/orders" in elsewhere.stderr
    assert "add ecs:DescribeServices to your role or user" in denied.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a b"], '"a b" names no service; give a service\'s name'),
        (["shop/orders", "--cluster", "market"], '"shop/orders" is in cluster shop, and not in market'),
        (["orders"], "ECS knows no cluster default"),
        ([SERVICE.replace("eu-west-1", "us-east-2"), "--region", "eu-west-1"], "leave out --region"),
    ],
)
def test_a_name_that_names_no_service(sound, arguments, words):
    """And how to say it."""
    result = greenlight_says("doctor", *arguments)
    assert 2 == result.exit_code
    assert words in result.stderr


GARBLED = [pair for pair in DENIED if pair != ("cloudformation", "DescribeStacks")]


@pytest.mark.parametrize(("service", "operation"), GARBLED)
def test_a_reply_that_is_none_is_no_pass(sound, service, operation):
    """Whatever comes back instead, nothing breaks down, and nobody takes it for well."""
    sound.api.faults.garble(service, operation)

    result = greenlight_says("doctor", "shop/orders", "--json")

    assert result.exit_code in {1, 2}
    assert {"error", "unknown"} & {each["level"] for each in json.loads(result.stdout)["findings"]}
