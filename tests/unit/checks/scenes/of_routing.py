"""Scenes of the routing check: listener rules that somebody changed behind ECS's back."""

from tests.unit.checks.scenes.place import BLUE, GREEN
from tests.unit.checks.scenes.scene import AFTER, BEFORE, PRE, Blunder, Scene, Situation


def _weighed(*, production=None, test=None):
    """Share the requests of a rule: percent of blue's group and of green's."""

    def arrange(place):
        service = place.service
        for rule, weights in ((service.production_rule_arn, production), (service.test_rule_arn, test)):
            if weights is not None:
                place.weigh(rule, dict(zip(service.target_group_arns, weights, strict=True)))

    return arrange


_AS_ECS_LEFT_IT = _weighed()


def _first_weights(place):
    """Blue is in the second group, and a tool wrote the weights that the rule began with."""
    first, second = place.service.target_group_arns
    for arn, group in ((BLUE, second), (GREEN, first)):
        place.revise(arn, resolvedConfiguration={"loadBalancers": [{"targetGroupArn": group}]})
    place.weigh(place.service.production_rule_arn, {first: 100, second: 0})


def _foreign(place):
    place.weigh(place.service.production_rule_arn, {place.group("payments"): 100})


def _maintenance(place):
    page = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    place.client("elbv2").modify_rule(RuleArn=place.service.production_rule_arn, Actions=[page])


def _rule_gone(place):
    place.client("elbv2").delete_rule(RuleArn=place.service.test_rule_arn)


def _untold(arn):
    def arrange(place):
        _AS_ECS_LEFT_IT(place)
        place.revise(arn, resolvedConfiguration=None)

    return arrange


def _shared(place):
    first, _ = place.service.target_group_arns
    place.revise(GREEN, resolvedConfiguration={"loadBalancers": [{"targetGroupArn": first}]})


def _unhealthy(arn):
    def arrange(place):
        _AS_ECS_LEFT_IT(place)
        place.targets(place.groups[arn], {"10.0.0.2": "unhealthy"}, "Health checks failed with these codes: [502]")

    return arrange


def _troubled(trouble, service, operation, *more):
    def arrange(place):
        _AS_ECS_LEFT_IT(place)
        getattr(place.faults, trouble)(service, operation, *more)

    return arrange


def _created(place):
    _AS_ECS_LEFT_IT(place)
    place.created()


def _scene(situation, title, arrange=_AS_ECS_LEFT_IT, settings="", **keys):
    return Scene("routing", situation, title, settings, arrange, **keys)


_AGAIN = "nothing yet: it is asked again"
_REPAIR = "run the command that the report gives under `repair`, and deploy again"

SCENES = (
    _scene(Situation.PASSED, "both rules lead where they should"),
    _scene(Situation.PASSED, "blue is broken, before its repair", _unhealthy(BLUE), stage=PRE),
    _scene(Situation.PASSED, "a first deployment", _created),
    _scene(Situation.FAILED, "a tool wrote the first weights again", _first_weights, todo=_REPAIR),
    _scene(Situation.FAILED, "the test rule reaches blue", _weighed(test=(100, 0))),
    _scene(Situation.FAILED, "both groups get traffic", _weighed(production=(50, 50)), stage=PRE, todo=_REPAIR),
    _scene(
        Situation.FAILED,
        "the weights of a canary are others",
        _weighed(production=(60, 40)),
        stage=BEFORE,
        weights=10,
        todo=_REPAIR,
    ),
    _scene(Situation.FAILED, "production still leads to blue", stage=AFTER),
    _scene(Situation.FAILED, "another service's target group", _foreign),
    _scene(Situation.FAILED, "a maintenance page", _maintenance, todo=_REPAIR),
    _scene(
        Situation.FAILED,
        "the test rule is gone",
        _rule_gone,
        todo="create the rule again, and update the service with its ARN",
    ),
    _scene(
        Situation.INCONCLUSIVE,
        "green is not healthy",
        _unhealthy(GREEN),
        todo="look at green's log; ELB's health check fails",
    ),
    _scene(Situation.INCONCLUSIVE, "too few targets", settings="min_healthy: 2", todo="nothing: it is asked again"),
    _scene(
        Situation.INCONCLUSIVE, "ECS does not say where green is", _untold(GREEN), todo="nothing: it is asked again"
    ),
    _scene(Situation.INCONCLUSIVE, "ECS does not say where blue is", _untold(BLUE), todo="nothing: it is asked again"),
    _scene(Situation.INCONCLUSIVE, "blue and green share a group", _shared, todo="nothing: it is asked again"),
    _scene(
        Situation.ERROR,
        "a reply that makes no sense",
        _troubled("garble", "elbv2", "DescribeRules", b"<r/>"),
        todo=_AGAIN,
    ),
    _scene(
        Situation.THROTTLED,
        "throttled",
        _troubled("fail", "elbv2", "DescribeRules", "Throttling"),
        todo=_AGAIN,
    ),
    _scene(
        Situation.THROTTLED,
        "ECS throttles",
        _troubled("fail", "ecs", "DescribeServiceRevisions"),
        todo=_AGAIN,
    ),
    _scene(Situation.DENIED, "denied", _troubled("deny", "elbv2", "DescribeTargetHealth")),
    _scene(Situation.SKIPPED, "no load balancer", lambda place: place.revise(GREEN, loadBalancers=[])),
    _scene(Situation.SKIPPED, "a first deployment, before scaling up", _created, stage=PRE),
)

BLUNDERS = (Blunder("routing", "a key of another tool", "pre_scale_up:\n  routing: {weights: {green: 100}}"),)
