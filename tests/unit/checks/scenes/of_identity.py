"""Scenes of the identity check: whose tasks stand behind green's target group."""

from tests.unit.checks.scenes.place import BLUE_DIGEST, GREEN
from tests.unit.checks.scenes.scene import Blunder, Scene, Situation


def _stand(place, **states):
    """Let green's target group have targets: the last part of their address → state."""
    _ = place.service
    addresses = {f"10.0.0.{number.removeprefix('t')}": state for number, state in states.items()}
    place.targets(place.groups[GREEN], addresses)


def _green(place):
    _stand(place, t2="healthy", t3="healthy")
    place.task("10.0.0.2")
    place.task("10.0.0.3")


def _blue_too(place):
    _stand(place, t2="healthy", t3="healthy", t4="healthy")
    for address in ("10.0.0.2", "10.0.0.3"):
        place.task(address)
    place.task("10.0.0.4", 1)


def _third(place):
    _stand(place, t2="healthy")
    place.definitions.append(place.define(family="orders-hotfix"))
    place.task("10.0.0.2", 3)


def _other_image(place):
    _stand(place, t2="healthy", t3="healthy")
    place.task("10.0.0.2")
    place.task("10.0.0.3", digest=BLUE_DIGEST)


def _unknown(place):
    _stand(place, t2="healthy", t9="healthy")
    place.task("10.0.0.2")


def _mixed(place):
    _stand(place, t2="healthy", t3="healthy")
    (image,) = place.records[GREEN]["containerImages"]
    place.revise(GREEN, containerImages=[{key: value for key, value in image.items() if key != "imageDigest"}])
    place.task("10.0.0.2")
    place.task("10.0.0.3", digest=f"sha256:{'77' * 32}")


def _starting(place):
    _stand(place, t2="healthy", t3="initial")
    place.task("10.0.0.2")
    place.task("10.0.0.3", status="ACTIVATING")


def _unregistered(place):
    _stand(place, t2="healthy")
    place.task("10.0.0.2")
    place.task("10.0.0.3", status="PENDING")


def _unhealthy(place):
    _stand(place, t2="unhealthy")
    place.task("10.0.0.2")


def _draining(place):
    _stand(place, t2="healthy", t4="draining")
    place.task("10.0.0.2")
    place.task("10.0.0.4", 1)


def _troubled(trouble, *more):
    def arrange(place):
        _green(place)
        getattr(place.faults, trouble)("ecs", "ListTasks", *more)

    return arrange


def _created(place):
    _green(place)
    place.created()


def _nothing(_):
    """Leave all as it is."""


def _scene(situation, title, arrange, settings="", **keys):
    return Scene("identity", situation, title, settings, arrange, **keys)


_WAIT = "nothing: it is asked again"

SCENES = (
    _scene(Situation.PASSED, "every target is green's", _green),
    _scene(Situation.PASSED, "a first deployment", _created),
    _scene(Situation.FAILED, "a task of blue", _blue_too),
    _scene(Situation.FAILED, "a task of neither", _third),
    _scene(Situation.FAILED, "a task of green with blue's image", _other_image),
    _scene(Situation.FAILED, "a target that nobody knows, twice", _unknown, later=(_nothing,)),
    _scene(Situation.FAILED, "two images under one tag", _mixed),
    _scene(Situation.INCONCLUSIVE, "a task that starts", _starting, todo=_WAIT),
    _scene(Situation.INCONCLUSIVE, "a task that is not registered", _unregistered, todo=_WAIT),
    _scene(Situation.INCONCLUSIVE, "a target that nobody knows", _unknown, todo=_WAIT),
    _scene(
        Situation.INCONCLUSIVE, "green is not healthy", _unhealthy, todo="look at green's log; ELB's health check fails"
    ),
    _scene(Situation.INCONCLUSIVE, "blue drains", _draining, todo=_WAIT),
    _scene(
        Situation.ERROR,
        "a reply that makes no sense",
        _troubled("garble", b"{}"),
        todo="nothing yet: it is asked again",
    ),
    _scene(Situation.THROTTLED, "throttled", _troubled("fail"), todo="nothing yet: it is asked again"),
    _scene(Situation.DENIED, "denied", _troubled("deny")),
    _scene(Situation.SKIPPED, "no load balancer", _nothing),
)

BLUNDERS = (Blunder("identity", "at a stage without green", "pre_scale_up:\n  identity: {min_targets: 1}"),)
