"""Weights of production rules: absolute, blue's and green's together 100, and nothing else of a rule changed."""

import time

import pytest

from greenlight.deployment import DeploymentError
from greenlight.deployment.shifting import read_production, restore_blue, set_green_share
from tests.unit.deployment.shop import OIDC, Shop, Wire, forward


@pytest.fixture
def shop(module_aws_api):
    """A service without load balancers."""
    return Shop(module_aws_api)


def test_green_gets_its_share_and_blue_the_rest(shop):
    """As percents, so that whoever looks at the rule reads them."""
    rule = shop.balancer()
    (shift,) = set_green_share(shop.deployment(), 5)
    assert (95, 5) == shop.weights(rule)
    assert (0, 5, True) == (shift.before, shift.now, shift.written)
    assert shift.rule.startswith("listener rule app/web/")


def test_what_stands_there_is_not_written_again(shop):
    """Reading is enough, however the same shares are written."""
    rule = shop.balancer()
    shop.weigh(rule, (19, 1))
    with Wire() as wire:
        (shift,) = set_green_share(shop.deployment(), 5)
    assert "ModifyRule" not in wire.made
    assert (False, 5) == (shift.written, shift.before)
    assert (19, 1) == shop.weights(rule)


def test_it_is_read_anew_after_it_was_written(shop):
    """A deployment remembers for a whole invocation; what was written in it would be forgotten."""
    rule, deployment = shop.balancer(), shop.deployment()
    (balancer,) = deployment.green().load_balancers
    assert deployment.route("production", balancer)
    set_green_share(deployment, 5)
    set_green_share(deployment, 25)
    (found,) = read_production(deployment)
    assert (25, (75, 25)) == (found.green, shop.weights(rule))
    restore_blue(deployment)
    assert (100, 0) == shop.weights(rule)


def test_a_rule_with_one_group_gets_the_other(shop):
    """As a rule is before its first deployment; TargetGroupArn must not stand beside two groups."""
    rule = shop.balancer()
    blue_group, _ = shop.groups[rule]
    shop.elb.modify_rule(RuleArn=rule, Actions=[{"Type": "forward", "TargetGroupArn": blue_group}])
    set_green_share(shop.deployment(), 1)
    (action,) = shop.actions(rule)
    assert (99, 1) == shop.weights(rule)
    assert "TargetGroupArn" not in action


def test_authentication_order_and_stickiness_stay(shop):
    """ELB tells no client secret, and keeps the one that it has only when it is told so."""

    def actions(action):
        sticky = {"Enabled": True, "DurationSeconds": 60}
        config = {**action["ForwardConfig"], "TargetGroupStickinessConfig": sticky}
        oidc = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": OIDC}
        return [oidc, {**action, "Order": 2, "ForwardConfig": config}]

    rule = shop.balancer(actions=actions)
    set_green_share(shop.deployment(), 5)
    oidc, action = shop.actions(rule)
    assert {key: value for key, value in OIDC.items() if key != "ClientSecret"} | {"UseExistingClientSecret": True} == {
        key: value for key, value in oidc["AuthenticateOidcConfig"].items() if value
    }
    assert ("1", "2") == (str(oidc["Order"]), str(action["Order"]))
    sticky = action["ForwardConfig"]["TargetGroupStickinessConfig"]
    assert ("true", "60") == (str(sticky["Enabled"]).lower(), str(sticky["DurationSeconds"]))
    assert (95, 5) == shop.weights(rule)


def test_a_rule_is_written_itself_and_never_the_listener(shop):
    """A rule's actions in the listener's default would take every other request of it."""
    rule = shop.balancer()
    with Wire() as wire:
        set_green_share(shop.deployment(), 5)
    assert ["ModifyRule"] == [name for name in wire.made if name.startswith("Modify")]
    assert (95, 5) == shop.weights(rule)


def test_the_default_rule_is_written_with_its_listener(shop):
    """ModifyRule does not take it."""
    rule = shop.balancer(default=True)
    with Wire() as wire:
        set_green_share(shop.deployment(), 5)
    assert ["ModifyListener"] == [name for name in wire.made if name.startswith("Modify")]
    assert (95, 5) == shop.weights(rule)


def test_the_listener_of_a_network_load_balancer_is_its_rule(shop):
    """It holds weighted target groups as a rule does."""
    listener = shop.balancer("tcp", kind="network")
    set_green_share(shop.deployment(), 25)
    assert (75, 25) == shop.weights(listener)
    restore_blue(shop.deployment())
    assert (100, 0) == shop.weights(listener)


def test_all_load_balancers_go_together(shop):
    """A service may have one for people and one for machines."""
    rules = [shop.balancer("web"), shop.balancer("api"), shop.balancer("tcp", kind="network")]
    assert 3 == len(set_green_share(shop.deployment(), 5))
    assert [(95, 5)] * 3 == [shop.weights(rule) for rule in rules]


@pytest.mark.parametrize("fault", [Wire.LOST, Wire.UNANSWERED])
def test_where_one_of_several_fails_the_others_are_put_back(shop, fault):
    """Each step is made everywhere or nowhere; what nobody knows is told, and read next time."""
    first, second = shop.balancer("web"), shop.balancer("api")
    set_green_share(shop.deployment(), 5)
    deployment = shop.deployment()
    read_production(deployment)
    with Wire() as wire:
        wire.break_at(3, fault)  # after the reading and the first write
        with pytest.raises(DeploymentError, match="ModifyRule got no answer") as caught:
            set_green_share(deployment, 25)
    assert caught.value.transient
    assert (95, 5) == shop.weights(first)
    assert shop.weights(second) == ((75, 25) if fault == Wire.UNANSWERED else (95, 5))


def test_what_could_not_be_put_back_is_told(shop):
    """The first write is done, and then nothing is any more."""
    shop.balancer("web"), shop.balancer("api")
    deployment = shop.deployment()
    read_production(deployment)
    wire = Wire(lambda call: call == 2 and shop.server.faults.deny("elbv2", "ModifyRule"))
    with wire, pytest.raises(DeploymentError, match=r"could not be put back to 100 % to web-1, 0 % to web-2"):
        set_green_share(deployment, 25)


def test_back_at_blue_as_far_as_it_goes(shop):
    """One load balancer that cannot be reached does not keep the others' users from blue."""
    first, second = shop.balancer("web"), shop.balancer("api")
    set_green_share(shop.deployment(), 25)
    blue, other = shop.group("payments"), shop.groups[first][0]
    shop.elb.modify_rule(RuleArn=first, Actions=[forward([blue, other], (50, 50))])
    with pytest.raises(
        DeploymentError, match='forwards to "payments", which is no target group of this service'
    ) as caught:
        restore_blue(shop.deployment())
    assert not caught.value.transient
    assert (100, 0) == shop.weights(second)


@pytest.mark.parametrize("call", range(1, 6))
@pytest.mark.parametrize("fault", [Wire.LOST, Wire.UNANSWERED])
def test_back_at_blue_though_a_call_is_lost(shop, call, fault):
    """It is tried once more at once, with nothing remembered."""
    rule = shop.balancer()
    shop.weigh(rule, (50, 50))
    with Wire() as wire:
        wire.break_at(call, fault)
        (shift,) = restore_blue(shop.deployment())
        assert wire.calls > call
    assert (100, 0) == shop.weights(rule)
    assert 0 == shift.now


def test_weights_of_nothing_are_put_back_too(shop):
    """All weights 0: nobody is served."""
    rule = shop.balancer()
    shop.weigh(rule, (0, 0))
    restore_blue(shop.deployment())
    assert (100, 0) == shop.weights(rule)


@pytest.mark.parametrize(
    ("reply", "transient"),
    [(b"<r/>", True), (b"not xml", True)],
)
def test_a_reply_that_makes_no_sense_is_not_believed(shop, reply, transient):
    """Nobody knows what the rule does now."""
    shop.balancer()
    shop.server.faults.garble("elbv2", "ModifyRule", reply)
    with pytest.raises(DeploymentError) as caught:
        set_green_share(shop.deployment(), 5)
    assert transient == caught.value.transient


def test_a_denied_write_names_the_parameter(shop):
    """The stack grants nothing that writes, unless somebody wants it."""
    shop.balancer()
    shop.server.faults.deny("elbv2", "ModifyRule")
    with pytest.raises(DeploymentError, match="TrafficSteps: on grants elasticloadbalancing:ModifyRule") as caught:
        set_green_share(shop.deployment(), 5)
    assert caught.value.transient  # IAM takes a while


def test_a_refused_write_will_be_refused_again(shop):
    """The rule is gone between the look and the write."""
    rule = shop.balancer()
    deployment = shop.deployment()
    wire = Wire(lambda call: call == 4 and shop.elb.delete_rule(RuleArn=rule))
    with wire, pytest.raises(DeploymentError, match="RuleNotFound") as caught:
        set_green_share(deployment, 5)
    assert not caught.value.transient


def test_nothing_is_written_that_might_go_on_after_the_reply(shop):
    """A frozen function goes on where it was, in another deployment."""
    rule = shop.balancer()
    with Wire() as wire, pytest.raises(DeploymentError, match="raise the function's time-out") as caught:
        set_green_share(shop.deployment(), 5, deadline=time.monotonic() + 5)
    assert caught.value.transient
    assert "ModifyRule" not in wire.made
    assert (100, 0) == shop.weights(rule)


def test_an_action_that_does_not_forward_is_refused(shop):
    """A maintenance page has no weights."""
    rule = shop.balancer()
    page = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    shop.elb.modify_rule(RuleArn=rule, Actions=[page])
    with pytest.raises(DeploymentError, match="does not forward but ends in fixed-response"):
        set_green_share(shop.deployment(), 5)
    assert "fixed-response" == shop.actions(rule)[0]["Type"]


def test_groups_that_ecs_does_not_tell_are_not_guessed(shop):
    """Which of the two is blue's changes with each deployment."""
    rule = shop.balancer(resolved=False)
    with pytest.raises(DeploymentError, match="ECS does not say which target group blue 1 has") as caught:
        set_green_share(shop.deployment(), 5)
    assert caught.value.transient
    assert (100, 0) == shop.weights(rule)


def test_blue_and_green_in_one_group_are_refused(shop):
    """Whatever the weights, nobody could tell whom users meet."""
    rule = shop.balancer()
    shop.groups[rule][1] = shop.groups[rule][0]
    shop.tell()
    with pytest.raises(DeploymentError, match="share the target group web-1"):
        set_green_share(shop.deployment(), 5)


def test_a_service_without_production_rules_has_nothing_to_share(shop):
    """A queue worker."""
    shop.tell()
    assert [] == set_green_share(shop.deployment(), 5)
    assert [] == restore_blue(shop.deployment())


def test_a_first_deployment_has_nothing_to_go_back_to(shop):
    """And nobody to share with."""
    shop.balancer()
    shop.tell(create=True)
    assert [] == restore_blue(shop.deployment())
    with pytest.raises(DeploymentError, match="there is no blue"):
        set_green_share(shop.deployment(), 5)


@pytest.mark.parametrize("percent", [-1, 101])
def test_no_share_is_more_than_everything(shop, percent):
    """A mistake in our own code."""
    shop.balancer()
    with pytest.raises(ValueError, match=str(percent)):
        set_green_share(shop.deployment(), percent)
