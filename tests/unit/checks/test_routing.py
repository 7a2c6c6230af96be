"""Where the listener rules lead, as AWS says, and what is told when they lead elsewhere."""

import json
import time

import pytest

from greenlight import aws
from greenlight.checks import CheckContext, Files, Outcome
from greenlight.checks.routing import RoutingCheck, RoutingSettings, prepare_routing
from greenlight.deployment import Deployment
from greenlight.documents import Document, DocumentError
from rehearsal.world import World

PRE, POST_TEST, BEFORE = "PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"
AFTER = "POST_PRODUCTION_TRAFFIC_SHIFT"


class Scene:
    """A service with blue in its first target group and green in its second."""

    def __init__(self, world):
        self.world = world
        self.first, self.second = world.service.target_group_arns
        self.blue, self.green = world.register_revision("1"), world.register_revision("2")
        self.deployment_arn = self.green.arn.replace("service-revision", "service-deployment")
        self.records = {each.arn: world.store.revision(each.arn) for each in (self.blue, self.green)}
        self.healthy = {self.first: 1, self.second: 1}

    def reset(self):
        """Blue has production, green the test listener."""
        self.world.aws.faults.clear()
        for revision, group in ((self.blue, self.first), (self.green, self.second)):
            self.put(revision, group)
        self.deployment(sources=[self.blue.arn])
        self.weights(production={self.first: 100, self.second: 0}, test={self.first: 0, self.second: 100})

    def put(self, revision, group, **record):
        resolved = {"loadBalancers": [{"targetGroupArn": group}]} if group else {}
        self.world.store.put_revision({**self.records[revision.arn], "resolvedConfiguration": resolved, **record})

    def deployment(self, sources):
        self.world.store.put_deployment(
            {
                "serviceDeploymentArn": self.deployment_arn,
                "serviceArn": self.world.service.service_arn,
                "status": "IN_PROGRESS",
                "sourceServiceRevisions": [{"arn": arn} for arn in sources],
                "targetServiceRevision": {"arn": self.green.arn},
            }
        )

    def weights(self, *, production=None, test=None):
        for rule, weights in (
            (self.world.service.production_rule_arn, production),
            (self.world.service.test_rule_arn, test),
        ):
            if weights is not None:
                self.world.set_weights(rule, weights)

    def ask(self, stage=POST_TEST, *, weights=None, is_create=None, **settings):
        deployment = Deployment(
            self.deployment_arn, self.green.arn, is_create=is_create, production_weights=weights or {}
        )
        check = RoutingCheck(RoutingSettings(**settings), stage)
        return check.run(CheckContext(stage, deployment, time.monotonic() + 20, "d1", {}))


@pytest.fixture(scope="module")
def module_scene():
    """The service, once for all tests of this module; its clients do not wait for a second attempt."""
    with World() as world, pytest.MonkeyPatch.context() as patch:
        for name, value in world.aws.environment().items():
            patch.setenv(name, value)
        aws.forget_clients()
        scene = Scene(world)
        world.start(scene.blue, scene.first)
        world.start(scene.green, scene.second)
        yield scene
        aws.forget_clients()


@pytest.fixture
def scene(module_scene):
    """Everything as it should be after the test traffic was shifted."""
    module_scene.reset()
    return module_scene


def names(scene):
    """What people call the rules and groups."""
    production = f"listener rule {scene.world.service.production_rule_arn.partition('listener-rule/')[2]}"
    test = f"listener rule {scene.world.service.test_rule_arn.partition('listener-rule/')[2]}"
    return production, test


def test_after_the_shift_of_test_traffic_both_rules_are_proven(scene):
    """The test rule leads to green and nowhere else, production to blue."""
    result = scene.ask()
    assert (Outcome.PASSED, "test: 100 % to orders-2; production: 100 % to orders-1") == (
        result.outcome,
        result.summary,
    )
    production, test = names(scene)
    assert [test, production] == [told["rule"] for told in result.details["rules"]]


def test_before_scaling_up_production_has_to_lead_to_blue(scene):
    """What the test rule does then is of no interest: ECS sets it."""
    scene.weights(test={scene.first: 50, scene.second: 50})
    result = scene.ask(PRE)
    assert (Outcome.PASSED, "production: 100 % to orders-1") == (result.outcome, result.summary)


def test_weights_that_an_infrastructure_tool_wrote_again_are_told(scene):
    """Blue is in the second group, and the rule has gone back to its first: nobody would have noticed."""
    scene.put(scene.blue, scene.second)
    scene.put(scene.green, scene.first)
    scene.weights(production={scene.first: 100, scene.second: 0}, test={scene.first: 100, scene.second: 0})
    result = scene.ask()
    production, _ = names(scene)
    assert Outcome.FAILED is result.outcome
    assert result.summary.startswith(
        f"the production {production} sends 100 % to orders-1, 0 % to orders-2; expected 100 % to orders-2. "
        "These are the weights that Terraform (aws_lb_listener_rule) or CloudFormation (ListenerRule) starts with"
    )
    (command,) = result.details["repair"]
    assert command.startswith(f"aws elbv2 modify-rule --rule-arn {scene.world.service.production_rule_arn} --actions '")
    scene.world.aws.client("elbv2").modify_rule(
        RuleArn=scene.world.service.production_rule_arn, Actions=json.loads(command.split("'")[1])
    )
    assert Outcome.PASSED is scene.ask().outcome


def test_a_test_rule_that_reaches_blue_is_told(scene):
    """The probe would judge blue, and pass whatever green does."""
    scene.weights(test={scene.first: 100, scene.second: 0})
    result = scene.ask()
    _, test = names(scene)
    assert Outcome.FAILED is result.outcome
    assert f"the test {test} sends 100 % to orders-1, 0 % to orders-2; expected 100 % to orders-2" in result.summary


def test_a_rule_that_sends_to_both_is_told(scene):
    """Half of the probes would judge blue."""
    scene.weights(test={scene.first: 50, scene.second: 50})
    result = scene.ask()
    assert Outcome.FAILED is result.outcome
    assert "Both groups get traffic: a canary that was interrupted" in result.summary


def test_a_foreign_target_group_is_told(scene):
    """Another stack uses the same rule."""
    elb = scene.world.aws.client("elbv2")
    vpc = elb.describe_target_groups(TargetGroupArns=[scene.first])["TargetGroups"][0]["VpcId"]
    made = elb.create_target_group(Name="payments", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
    foreign = made["TargetGroups"][0]["TargetGroupArn"]
    scene.weights(production={foreign: 100})
    result = scene.ask()
    assert Outcome.FAILED is result.outcome
    assert "sends 100 % to payments (no target group of this service: payments)" in result.summary
    assert "give each service a rule of its own" in result.summary


def test_a_rule_that_does_not_forward_is_told(scene):
    """A maintenance page, for example."""
    elb = scene.world.aws.client("elbv2")
    page = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    elb.modify_rule(RuleArn=scene.world.service.production_rule_arn, Actions=[page])
    result = scene.ask()
    assert Outcome.FAILED is result.outcome
    assert "does not forward but ends in fixed-response; expected 100 % to orders-1" in result.summary


@pytest.mark.parametrize("share", [10, 2.5, 0.1])
def test_in_a_canary_the_weights_are_those_of_the_event(scene, share):
    """Not all to blue, as before the first step; whatever the step."""
    weights = {scene.green.arn: share, scene.blue.arn: 100 - share}
    scene.weights(production={scene.second: share, scene.first: 100 - share})
    assert Outcome.PASSED is scene.ask(BEFORE, weights=weights).outcome
    scene.weights(production={scene.second: 60, scene.first: 40})
    result = scene.ask(BEFORE, weights=weights)
    assert Outcome.FAILED is result.outcome
    assert f"expected {share:g} % to orders-2, {100 - share:g} % to orders-1" in result.summary


def test_after_the_shift_production_has_to_lead_to_green(scene):
    """And the test rule is of no interest any more."""
    scene.weights(production={scene.second: 100, scene.first: 0})
    result = scene.ask(AFTER)
    assert (Outcome.PASSED, "production: 100 % to orders-2") == (result.outcome, result.summary)
    scene.weights(production={scene.first: 100, scene.second: 0})
    assert Outcome.FAILED is scene.ask(AFTER).outcome


def test_a_group_that_ecs_does_not_tell_yet_is_waited_for(scene):
    """Only a revision that is active has it."""
    scene.put(scene.green, None)
    result = scene.ask()
    assert Outcome.INCONCLUSIVE is result.outcome
    assert result.summary == f"ECS does not say yet which target group green {scene.green.id} has"
    scene.reset()
    scene.put(scene.blue, None)
    assert "ECS does not say which target group blue" in scene.ask().summary


def test_blue_and_green_in_one_group_prove_nothing(scene):
    """Whatever answers, nobody could say which of them it was."""
    scene.put(scene.green, scene.first)
    result = scene.ask()
    assert Outcome.INCONCLUSIVE is result.outcome
    assert "blue and green share the target group orders-1" in result.summary


def unhealthy(scene, monkeypatch, group):
    """Let a group have one target that is not healthy."""
    original = aws.call

    def call(service, operation, **parameters):
        if operation == "describe_target_health" and parameters["TargetGroupArn"] == group:
            return {
                "TargetHealthDescriptions": [
                    {
                        "Target": {"Id": "10.0.0.1", "Port": 80},
                        "TargetHealth": {"State": "unhealthy", "Description": "Health checks failed with [502]"},
                    }
                ]
            }
        return original(service, operation, **parameters)

    monkeypatch.setattr(aws, "call", call)


def test_green_has_to_be_healthy(scene, monkeypatch):
    """It is waited for: ELB may not have looked often enough yet."""
    unhealthy(scene, monkeypatch, scene.second)
    result = scene.ask()
    assert (Outcome.INCONCLUSIVE, 10) == (result.outcome, result.retry_after)
    assert (
        "target group orders-2 has 1 unhealthy (Health checks failed with [502]), and at least 1 healthy target is expected"
        == result.summary
    )


def test_a_broken_blue_does_not_keep_its_repair_from_being_deployed(scene, monkeypatch):
    """It is told, and does not hold the deployment; unless the gates file asks for it."""
    unhealthy(scene, monkeypatch, scene.first)
    result = scene.ask(PRE)
    assert Outcome.PASSED is result.outcome
    assert result.summary.endswith("but target group orders-1 has 1 unhealthy (Health checks failed with [502])")
    assert Outcome.INCONCLUSIVE is scene.ask(PRE, min_healthy=1).outcome


def test_so_many_healthy_targets_as_the_file_asks_for(scene):
    """Of each group that gets traffic."""
    assert "at least 2 healthy targets are expected" in scene.ask(min_healthy=2).summary
    assert Outcome.PASSED is scene.ask(min_healthy=0).outcome


def test_in_a_first_deployment_only_the_test_rule_counts(scene):
    """There is no blue, and production follows when its traffic is shifted."""
    scene.deployment(sources=[])
    result = scene.ask()
    assert (Outcome.PASSED, "test: 100 % to orders-2") == (result.outcome, result.summary)
    assert "nothing runs yet" == RoutingCheck(RoutingSettings(), PRE).skip_on_create()
    assert RoutingCheck(RoutingSettings(), POST_TEST).skip_on_create() is None


def test_a_service_without_a_load_balancer_is_skipped(scene):
    """A queue worker has no listeners."""
    scene.put(scene.green, None, loadBalancers=[])
    result = scene.ask()
    assert (Outcome.SKIPPED, "the service has no load balancer with listener rules") == (result.outcome, result.summary)


def test_a_service_without_a_test_listener_has_its_production_rule_looked_at(scene):
    """ECS asks for no test listener."""
    (balancer,) = scene.records[scene.green.arn]["loadBalancers"]
    advanced = {key: value for key, value in balancer["advancedConfiguration"].items() if key != "testListenerRule"}
    scene.put(scene.green, scene.second, loadBalancers=[{**balancer, "advancedConfiguration": advanced}])
    result = scene.ask()
    assert (Outcome.PASSED, "production: 100 % to orders-1") == (result.outcome, result.summary)


def test_where_nothing_can_be_looked_at_nothing_is_proven(scene):
    """A first deployment of a service without a test listener: it is skipped with a reason, and never passed."""
    (balancer,) = scene.records[scene.green.arn]["loadBalancers"]
    advanced = {key: value for key, value in balancer["advancedConfiguration"].items() if key != "testListenerRule"}
    scene.put(scene.green, scene.second, loadBalancers=[{**balancer, "advancedConfiguration": advanced}])
    scene.deployment(sources=[])
    result = scene.ask()
    assert (Outcome.SKIPPED, "no listener rule leads anywhere yet that could be looked at") == (
        result.outcome,
        result.summary,
    )


def test_a_group_that_is_not_known_is_waited_for_without_a_test_listener_too(scene):
    """That production should lead to green cannot be told before it is known where green is."""
    (balancer,) = scene.records[scene.green.arn]["loadBalancers"]
    advanced = {key: value for key, value in balancer["advancedConfiguration"].items() if key != "testListenerRule"}
    scene.put(scene.green, None, loadBalancers=[{**balancer, "advancedConfiguration": advanced}])
    assert Outcome.INCONCLUSIVE is scene.ask(AFTER).outcome


@pytest.mark.parametrize("stage", ["POST_SCALE_UP", "RECONCILE_SERVICE"])
def test_a_first_deployment_is_not_held_up_before_it_has_traffic(scene, stage):
    """There is no blue whose group could be waited for."""
    scene.deployment(sources=[])
    assert Outcome.SKIPPED is scene.ask(stage).outcome


def test_a_share_that_makes_no_sense_is_waited_for(scene):
    """The event gives green no number."""
    assert Outcome.INCONCLUSIVE is scene.ask(BEFORE, weights={scene.green.arn: float("nan")}).outcome


def test_a_canary_that_did_not_shift_is_told_however_small_it_is(scene):
    """A share below the tolerance is no reason to take nothing for something."""
    weights = {scene.green.arn: 0.4, scene.blue.arn: 99.6}
    assert Outcome.FAILED is scene.ask(BEFORE, weights=weights).outcome


def test_a_rule_that_does_more_than_forward_is_mended_by_hand(scene):
    """The command would take the authentication away, and make the rule public."""
    elb = scene.world.aws.client("elbv2")
    arn = scene.world.service.production_rule_arn
    groups = [{"TargetGroupArn": scene.first, "Weight": 0}, {"TargetGroupArn": scene.second, "Weight": 100}]
    oidc = {
        "Issuer": "https://idp.example",
        "AuthorizationEndpoint": "https://idp.example/a",
        "TokenEndpoint": "https://idp.example/t",
        "UserInfoEndpoint": "https://idp.example/u",
        "ClientId": "orders",
        "ClientSecret": "x",
    }
    elb.modify_rule(
        RuleArn=arn,
        Actions=[
            {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": oidc},
            {"Type": "forward", "Order": 2, "ForwardConfig": {"TargetGroups": groups}},
        ],
    )
    result = scene.ask()
    assert Outcome.FAILED is result.outcome
    assert [f"set the weights of the forward action of {arn} by hand, and leave its other actions as they are"] == (
        result.details["repair"]
    )


@pytest.mark.parametrize("stage", ["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"])
def test_it_cannot_stand_where_the_weights_move(stage):
    """Whether ECS calls before or after it moves them nobody knows."""
    document = Document("gates.yaml", {})
    with pytest.raises(DocumentError, match="looks at weights, and at this stage ECS moves them"):
        prepare_routing(RoutingSettings(), stage, Files(document, lambda _: document))


def test_every_load_balancer_is_looked_at(scene):
    """A service with two of them has two test rules."""
    (balancer,) = scene.records[scene.green.arn]["loadBalancers"]
    swapped = {
        **balancer,
        "advancedConfiguration": {
            **balancer["advancedConfiguration"],
            "testListenerRule": scene.world.service.production_rule_arn,
        },
    }
    scene.put(scene.green, scene.second, loadBalancers=[balancer, swapped])
    result = scene.ask()
    assert Outcome.FAILED is result.outcome
    assert 4 == len(result.details["rules"])


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("ecs", "DescribeServiceDeployments"),
        ("ecs", "DescribeServiceRevisions"),
        ("elbv2", "DescribeRules"),
        ("elbv2", "DescribeTargetHealth"),
    ],
)
@pytest.mark.parametrize("trouble", ["throttled", "denied", "garbled"])
def test_trouble_with_aws_is_an_error_and_names_the_call(scene, service, operation, trouble):
    """It may pass, a missing permission too."""
    faults = scene.world.aws.faults
    if trouble == "throttled":
        faults.fail(service, operation, "ThrottlingException" if service == "ecs" else "Throttling")
    elif trouble == "denied":
        faults.deny(service, operation)
    else:
        faults.garble(service, operation, b"{}" if service == "ecs" else b"<r/>")
    result = scene.ask()
    assert Outcome.ERROR is result.outcome
    if trouble != "garbled":
        prefix = "elasticloadbalancing" if service == "elbv2" else service
        assert f"{prefix}:{operation} was {trouble}" in result.summary


def test_a_rule_that_is_gone_is_told(scene):
    """It stands in the service's configuration, and AWS does not know it."""
    gone = scene.world.service.test_rule_arn[:-4] + "dead"
    (balancer,) = scene.records[scene.green.arn]["loadBalancers"]
    advanced = {**balancer["advancedConfiguration"], "testListenerRule": gone}
    scene.put(scene.green, scene.second, loadBalancers=[{**balancer, "advancedConfiguration": advanced}])
    result = scene.ask()
    assert Outcome.FAILED is result.outcome
    assert "RuleNotFound" in result.summary
    assert gone in result.summary


def test_routing_takes_five_calls(scene):
    """One for the deployment, one for each revision, one for all rules, one for green's group."""
    before = scene.world.aws.faults.calls()
    scene.ask()
    assert 5 == scene.world.aws.faults.calls() - before
