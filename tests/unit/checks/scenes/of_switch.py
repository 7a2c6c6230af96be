"""Scenes of the switch check: the parameter by which queue workers know who is to work."""

import json

from tests.unit.checks.scenes.place import BLUE, DEPLOYMENT, GREEN
from tests.unit.checks.scenes.scene import Blunder, Scene, Situation, as_it_is

NAME = "/orders/active-revision"
SHIFT = "PRODUCTION_TRAFFIC_SHIFT"
_SETTINGS = f"parameter: {NAME}"


def _put(value, kind="String"):
    def arrange(place):
        place.client("ssm").put_parameter(Name=NAME, Value=value, Type=kind)

    return arrange


_THERE = json.dumps(
    {
        "active": GREEN.rpartition("/")[2],
        "active_arn": GREEN,
        "weights": {BLUE: 0, GREEN: 100},
        "deployment": DEPLOYMENT,
        "at": "2026-01-15T11:59:00+00:00",
    }
)


def _troubled(trouble, operation, *more):
    return lambda place: getattr(place.faults, trouble)("ssm", operation, *more)


def _refused(place):
    message = "Parameter value does not match its AllowedPattern"
    place.faults.fail("ssm", "PutParameter", "ParameterPatternMismatchException", message=message)


def _scene(situation, title, arrange=as_it_is, settings=_SETTINGS, weights=100, **keys):
    return Scene("switch", situation, title, settings, arrange, stage=SHIFT, weights=weights, **keys)


_AGAIN = "nothing yet: it is asked again"

SCENES = (
    _scene(Situation.PASSED, "green takes over"),
    _scene(Situation.PASSED, "a step of a canary", weights=10),
    _scene(Situation.PASSED, "it stands there already", _put(_THERE)),
    _scene(
        Situation.FAILED, "the event says no weights", weights=None, todo="deploy again; ECS has to say how it shifts"
    ),
    _scene(
        Situation.FAILED,
        "a weight that is none",
        weights=float("nan"),
        todo="deploy again; ECS has to say how it shifts",
    ),
    _scene(Situation.FAILED, "the parameter is a secret", _put("x", "SecureString")),
    _scene(
        Situation.FAILED,
        "AWS refuses the write",
        _refused,
        todo="do as AWS says",
    ),
    _scene(Situation.ERROR, "a reply that makes no sense", _troubled("garble", "GetParameter", b"{}"), todo=_AGAIN),
    _scene(
        Situation.ERROR,
        "somebody else writes it at the same time",
        _troubled("fail", "PutParameter", "TooManyUpdates"),
        todo=_AGAIN,
    ),
    _scene(Situation.THROTTLED, "throttled", _troubled("fail", "GetParameter"), todo=_AGAIN),
    _scene(Situation.THROTTLED, "throttled as it is written", _troubled("fail", "PutParameter"), todo=_AGAIN),
    _scene(Situation.DENIED, "denied", _troubled("deny", "PutParameter")),
    _scene(Situation.SKIPPED, "a dry run", settings=f"{_SETTINGS}\ndry_run: true"),
)

IMPOSSIBLE = {Situation.INCONCLUSIVE: "the event says the weights, and there is nothing to wait for"}

BLUNDERS = (
    Blunder("switch", "a name without its path", "production_traffic_shift:\n  switch: {parameter: active-revision}"),
    Blunder("switch", "another stage", f"pre_production_traffic_shift:\n  switch: {{parameter: {NAME}}}"),
)
