"""Scenes of the state_machine check: executions of Step Functions."""

import json

from moto.stepfunctions.models import stepfunctions_backends

from tests.unit.checks.scenes.making import MACHINE, machine
from tests.unit.checks.scenes.scene import Blunder, Situation
from tests.unit.checks.scenes.work import AGAIN, MINUTES, after, later, scenes, troubled


def execution(place):
    """Return the execution that was started last."""
    machines = stepfunctions_backends[place.server.account_id][place.server.region].state_machines
    return [each for made in machines for each in made.executions][-1]


def end(status="SUCCEEDED", **fields):
    """Let the execution end after some minutes."""

    def happen(place):
        found = execution(place)
        found.status, found.start_date, found.stop_date = status, after(0), after(MINUTES)
        for name, value in fields.items():
            setattr(found, name, value)

    return later(happen)


_scene = scenes("state_machine", machine, f"arn: {MACHINE}\nname: e2e")
_CAUSE = json.dumps({"errorMessage": "order 7 is missing", "errorType": "AssertionError", "stackTrace": ["…"]})

SCENES = (
    _scene(Situation.PASSED, "it succeeded", end()),
    _scene(
        Situation.FAILED,
        "it failed",
        end("FAILED", error="AssertionError", cause=_CAUSE),
        todo="look at the execution; the report has the link",
    ),
    _scene(Situation.FAILED, "it was aborted", end("ABORTED"), todo="ask who did it"),
    _scene(
        Situation.FAILED,
        "longer than its timeout",
        later(lambda _: None, 21),
        settings=f"arn: {MACHINE}\nname: e2e\ntimeout: 20m",
    ),
    _scene(Situation.FAILED, "it is of the wrong type", arrange=lambda place: machine(place, "EXPRESS")),
    _scene(Situation.FAILED, "there is no such state machine", arrange=lambda _: None, todo="correct `arn`"),
    _scene(Situation.INCONCLUSIVE, "it was started", todo="nothing: it is asked again"),
    _scene(Situation.INCONCLUSIVE, "it is at work", later(lambda _: None), todo="nothing: it is asked again"),
    _scene(
        Situation.ERROR,
        "a reply that makes no sense",
        arrange=troubled(machine, "garble", "stepfunctions", "StartExecution", b"{}"),
        todo=AGAIN,
    ),
    _scene(
        Situation.THROTTLED,
        "throttled",
        arrange=troubled(machine, "fail", "stepfunctions", "StartExecution"),
        todo=AGAIN,
    ),
    _scene(Situation.DENIED, "denied", arrange=troubled(machine, "deny", "stepfunctions", "StartExecution")),
)

BLUNDERS = (
    Blunder(
        "state_machine", "a name where an ARN is wanted", "post_test_traffic_shift:\n  state_machine: {arn: orders-e2e}"
    ),
)
