"""Scenes of the traffic_steps check: green's share of the production traffic, one step in each invocation."""

from tests.unit.checks.scenes.place import BLUE, DEPLOYMENT, GREEN
from tests.unit.checks.scenes.scene import BEFORE, Blunder, Scene, Situation, as_it_is

_ONE_STEP = "steps: [5]\nbake: 5s\nmetrics: false"


def by_strategy(place, strategy="BLUE_GREEN"):
    """Let ECS deploy the service by a strategy; None is one that it does not tell."""
    record = {
        "serviceDeploymentArn": DEPLOYMENT,
        "status": "IN_PROGRESS",
        "sourceServiceRevisions": [{"arn": BLUE}],
        "targetServiceRevision": {"arn": GREEN},
    }
    configuration = {"deploymentConfiguration": {"strategy": strategy}} if strategy else {}
    place.store.put_deployment({**record, **configuration})
    return place.service


def _by(strategy):
    return lambda place: by_strategy(place, strategy)


def _weighed(*weights):
    """Let somebody share the requests of the production rule: percent of blue's group and of green's."""

    def change(place):
        place.weigh(place.service.production_rule_arn, dict(zip(place.service.target_group_arns, weights, strict=True)))

    return change


def _changed_before(*weights):
    def arrange(place):
        by_strategy(place)
        _weighed(*weights)(place)

    return arrange


def _maintenance(place):
    by_strategy(place)
    page = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    place.client("elbv2").modify_rule(RuleArn=place.service.production_rule_arn, Actions=[page])


def _foreign(place):
    by_strategy(place)
    place.weigh(place.service.production_rule_arn, {place.group("payments"): 100})


def _without_listeners(place):
    by_strategy(place)
    place.revise(GREEN, loadBalancers=[])


def _shared(place):
    first, _ = by_strategy(place).target_group_arns
    place.revise(GREEN, resolvedConfiguration={"loadBalancers": [{"targetGroupArn": first}]})


def _untold(place):
    by_strategy(place)
    place.revise(GREEN, resolvedConfiguration=None)


def _troubled(trouble, service, operation, *more):
    def arrange(place):
        by_strategy(place)
        getattr(place.faults, trouble)(service, operation, *more)

    return arrange


def _then(trouble, operation, *more):
    """Let AWS make trouble from the next call on."""
    return lambda place: getattr(place.faults, trouble)("elbv2", operation, *more)


def _late(place):
    place.now += 3600


def _created(place):
    by_strategy(place)
    place.created()


def _scene(situation, title, arrange=by_strategy, settings=_ONE_STEP, **keys):
    return Scene("traffic_steps", situation, title, settings, arrange, stage=BEFORE, seconds=60, **keys)


_AGAIN = "nothing yet: it is asked again"
_OTHER_HAND = "find out who set it, and keep that from running while a deployment does; then deploy again"

SCENES = (
    _scene(Situation.PASSED, "one step", later=(as_it_is, as_it_is)),
    _scene(Situation.INCONCLUSIVE, "before the first step", todo=_AGAIN),
    _scene(Situation.INCONCLUSIVE, "at the first step", later=(as_it_is,), todo=_AGAIN),
    _scene(
        Situation.INCONCLUSIVE,
        "in the middle of a step",
        settings="steps: [5]\nbake: 5m\nmetrics: false",
        later=(as_it_is, as_it_is),
        todo=_AGAIN,
    ),
    _scene(
        Situation.INCONCLUSIVE,
        "while metrics are watched",
        settings="steps: [5]",
        later=(as_it_is, as_it_is),
        todo=_AGAIN,
    ),
    _scene(Situation.FAILED, "the service is deployed by CANARY", _by("CANARY")),
    _scene(Situation.FAILED, "ECS does not say by which strategy", _by(None)),
    _scene(Situation.FAILED, "somebody else sets the weights", later=(as_it_is, _weighed(60, 40)), todo=_OTHER_HAND),
    _scene(
        Situation.FAILED,
        "somebody gives blue everything back",
        settings="steps: [1, 5, 25]\nbake: 5s\nmetrics: false",
        later=(as_it_is, as_it_is, as_it_is, _weighed(100, 0)),
        todo=_OTHER_HAND,
    ),
    _scene(
        Situation.FAILED, "production is not at blue before the first step", _changed_before(0, 100), todo=_OTHER_HAND
    ),
    _scene(
        Situation.FAILED,
        "the steps are not through in time",
        later=(as_it_is, _late),
        todo="raise `timeout`, or see what the metrics wait for",
    ),
    _scene(Situation.FAILED, "the production rule does not forward", _maintenance),
    _scene(Situation.FAILED, "another service's target group", _foreign),
    _scene(
        Situation.FAILED,
        "blue and green share a group",
        _shared,
        todo="give each of the service's target groups to one revision only",
    ),
    _scene(Situation.FAILED, "no production rule", _without_listeners),
    _scene(
        Situation.FAILED,
        "AWS refuses a write",
        later=(lambda place: place.faults.fail("elbv2", "ModifyRule", "TargetGroupNotFound", message="gone", times=1),),
        todo="do as AWS says",
    ),
    _scene(Situation.ERROR, "ECS does not say where green is", _untold, todo=_AGAIN),
    _scene(
        Situation.ERROR,
        "a reply that makes no sense",
        _troubled("garble", "elbv2", "DescribeRules", b"<r/>"),
        todo=_AGAIN,
    ),
    _scene(Situation.THROTTLED, "throttled", _troubled("fail", "elbv2", "DescribeRules", "Throttling"), todo=_AGAIN),
    _scene(Situation.THROTTLED, "ECS throttles", _troubled("fail", "ecs", "DescribeServiceDeployments"), todo=_AGAIN),
    _scene(
        Situation.THROTTLED,
        "throttled as a step is made",
        later=(_then("fail", "ModifyRule", "Throttling"),),
        todo=_AGAIN,
    ),
    _scene(Situation.DENIED, "denied", _troubled("deny", "elbv2", "DescribeRules")),
    _scene(Situation.DENIED, "the write is denied", later=(_then("deny", "ModifyRule"),)),
    _scene(Situation.SKIPPED, "a dry run", settings=f"{_ONE_STEP}\ndry_run: true"),
    _scene(Situation.SKIPPED, "a first deployment", _created),
)

BLUNDERS = (
    Blunder("traffic_steps", "another stage", "post_test_traffic_shift:\n  traffic_steps: {steps: [5, 50]}"),
    Blunder(
        "traffic_steps", "steps that do not rise", "pre_production_traffic_shift:\n  traffic_steps: {steps: [50, 5]}"
    ),
    Blunder(
        "traffic_steps",
        "a warning that could leave users where they are",
        "pre_production_traffic_shift:\n  traffic_steps: {severity: warning}",
    ),
    Blunder(
        "traffic_steps",
        "steps that take longer than they may",
        "pre_production_traffic_shift:\n  traffic_steps: {bake: 1h, timeout: 30m}",
    ),
)
