"""Scenes of the lambda check: what a function of the team's own answers, and what becomes of it when it does not."""

import time

from tests.unit.checks.scenes.making import answering
from tests.unit.checks.scenes.scene import Blunder, Scene, Situation
from tests.unit.checks.scenes.work import AGAIN, later

_SETTINGS = "function: orders-stock\nname: stock"


def _raising(_):
    raise KeyError("warehouse")


def _slow(_):
    time.sleep(1.5)


def _troubled(trouble, *more, **keys):
    def arrange(place):
        answering("passed", "all agree")(place)
        getattr(place.faults, trouble)("lambda", "Invoke", *more, **keys)

    return arrange


_passes = answering("passed", "12 of 12 warehouses agree")
_cannot_tell = answering("inconclusive", "3 of 12 warehouses agree, expected 12")


def _scene(situation, title, arrange, settings=_SETTINGS, **keys):
    return Scene("lambda", situation, title, settings, arrange, **keys)


SCENES = (
    _scene(Situation.PASSED, "it says so", _passes),
    _scene(
        Situation.FAILED,
        "it says so",
        answering("failed", "warehouse north has 7 orders more than green, expected 0; replay them"),
    ),
    _scene(
        Situation.FAILED,
        "it comes to no answer",
        _cannot_tell,
        f"{_SETTINGS}\ntimeout: 5m",
        later=(later(lambda _: None, 6),),
        todo="make the function come to an answer, or raise the timeout",
    ),
    _scene(
        Situation.FAILED,
        "it is too slow to be called again",
        lambda place: place.functions.define("orders-stock", _slow),
        f"{_SETTINGS}\ntimeout: 1s",
    ),
    _scene(Situation.FAILED, "there is no such function", lambda _: None, todo="correct `function`"),
    _scene(Situation.INCONCLUSIVE, "it cannot tell yet", _cannot_tell, todo="nothing: it is asked again"),
    _scene(
        Situation.ERROR,
        "it raises",
        lambda place: place.functions.define("orders-stock", _raising),
        todo="look at the function's log",
    ),
    _scene(
        Situation.ERROR,
        "it returns something else",
        lambda place: place.functions.define("orders-stock", lambda _: {"result": "fine"}),
    ),
    _scene(Situation.THROTTLED, "throttled", _troubled("fail", "TooManyRequestsException", status=429), todo=AGAIN),
    _scene(Situation.DENIED, "denied", _troubled("deny")),
    _scene(
        Situation.SKIPPED,
        "it says so",
        answering("skipped", "no warehouse is affected by this release"),
    ),
)

BLUNDERS = (
    Blunder(
        "lambda",
        "a secret",
        "post_test_traffic_shift:\n  lambda: {function: orders-stock, payload: {token: '{{ secrets.token }}'}}",
    ),
)
