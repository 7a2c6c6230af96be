"""What the actions of a rule do with a request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.deployment.health import read_health
from greenlight.deployment.routes import group_name, read_weights, shares

GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders-1/0123456789abcdef"


def forward(*weights):
    """A forward action to several groups."""
    groups = [{"TargetGroupArn": f"g{number}", "Weight": weight} for number, weight in enumerate(weights)]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


@pytest.mark.parametrize(
    ("actions", "action", "weights"),
    [
        ([], "nothing", {}),
        ([forward(100, 0)], "forward", {"g0": 100.0, "g1": 0.0}),
        ([forward(1, 0)], "forward", {"g0": 100.0, "g1": 0.0}),
        ([forward(1, 3)], "forward", {"g0": 25.0, "g1": 75.0}),
        ([forward(1, 999)], "forward", {"g0": 0.1, "g1": 99.9}),
        ([forward(0, 0)], "forward", {"g0": 0.0, "g1": 0.0}),
        ([forward(0)], "forward", {"g0": 100.0}),
        ([{"Type": "forward", "TargetGroupArn": "g"}], "forward", {"g": 100.0}),
        ([{"Type": "redirect", "Order": 1}], "redirect", {}),
        ([forward(5) | {"Order": 2}, {"Type": "authenticate-oidc", "Order": 1}], "forward", {"g0": 100.0}),
    ],
)
def test_the_last_action_decides(actions, action, weights):
    """Those before it only let a request through; shares are percent whatever the numbers of the rule."""
    assert (action, weights) == read_weights(actions)


@given(st.lists(st.integers(0, 999), min_size=2, max_size=5).filter(any))
def test_shares_are_all_of_the_requests(weights):
    """To the decimal that a canary has."""
    _, found = read_weights([forward(*weights)])
    assert abs(sum(found.values()) - 100) <= 0.3


def test_shares_are_told_by_the_names_of_groups():
    """An ARN is nothing to read at 2 a.m."""
    assert "100 % to orders-1, 0 % to x" == shares({GROUP: 100.0, "x": 0.0})
    assert "nothing to any group" == shares({})
    assert ("orders-1", "odd") == (group_name(GROUP), group_name("odd"))


def described(*states):
    """A reply of DescribeTargetHealth."""
    return {
        "TargetHealthDescriptions": [
            {"Target": {"Id": f"10.0.0.{n}", "Port": 80}, "TargetHealth": {"State": state, "Reason": reason}}
            for n, (state, reason) in enumerate(states)
        ]
    }


@pytest.mark.parametrize(
    ("states", "healthy", "text"),
    [
        ([], 0, "no target at all"),
        ([("healthy", ""), ("healthy", ""), ("draining", "")], 2, "2 healthy, 1 draining"),
        ([("unhealthy", "Target.Timeout")], 0, "1 unhealthy (Target.Timeout)"),
    ],
)
def test_the_health_of_a_group_is_told_with_its_trouble(states, healthy, text):
    """How many are how, and why."""
    health = read_health(described(*states))
    assert (healthy, text) == (health.healthy, str(health))
