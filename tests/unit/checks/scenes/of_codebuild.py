"""Scenes of the codebuild check: builds, and what became of them."""

from tests.unit.checks.scenes.making import project
from tests.unit.checks.scenes.scene import Blunder, Situation
from tests.unit.checks.scenes.work import AGAIN, MINUTES, after, later, scenes, troubled

_NUMBER = "6f9e2a7e-1d0f-4d3a-9b0d-0f6c3a6a6a11"


def _build(place):
    """Return the number of the build that was started last, which has a stable name from now on."""
    number = place.builds.builds()[0]["id"]
    place.names.say(number.partition(":")[2], _NUMBER)
    return number


def end(status="SUCCEEDED", **keys):
    """Let the build end after some minutes."""

    def happen(place):
        number = _build(place)
        place.builds.end(number, status, **keys)
        place.builds.change(number, startTime=after(0), endTime=after(MINUTES))

    return later(happen)


_scene = scenes("codebuild", project, "project: orders-e2e\nname: e2e")
_COMMAND = ("COMMAND_EXECUTION_ERROR", "Error while executing command: npm test. Reason: exit status 1")
_PULL = ("BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE", "Unable to pull customer's container image")

SCENES = (
    _scene(Situation.PASSED, "it succeeded", end()),
    _scene(
        Situation.FAILED,
        "a command failed",
        end("FAILED", context=_COMMAND),
        todo="look at the build's log; the report has the link",
    ),
    _scene(Situation.FAILED, "it was stopped", end("STOPPED"), todo="ask who did it"),
    _scene(
        Situation.FAILED,
        "longer than its timeout",
        later(_build, 21),
        settings="project: orders-e2e\nname: e2e\ntimeout: 20m",
    ),
    _scene(Situation.FAILED, "there is no such project", arrange=lambda _: None, todo="correct `project`"),
    _scene(Situation.INCONCLUSIVE, "it is at work", later(_build), todo="nothing: it is asked again"),
    _scene(
        Situation.ERROR, "its image cannot be pulled", end("FAILED", phase="PROVISIONING", context=_PULL), todo=AGAIN
    ),
    _scene(Situation.ERROR, "CodeBuild broke", end("FAULT", context=("INTERNAL", "host lost")), todo="deploy again"),
    _scene(
        Situation.ERROR,
        "a reply that makes no sense",
        arrange=troubled(project, "garble", "codebuild", "StartBuild", b"{}"),
        todo=AGAIN,
    ),
    _scene(Situation.THROTTLED, "throttled", arrange=troubled(project, "fail", "codebuild", "StartBuild"), todo=AGAIN),
    _scene(Situation.DENIED, "denied", arrange=troubled(project, "deny", "codebuild", "StartBuild")),
)

BLUNDERS = (
    Blunder(
        "codebuild",
        "a template that names nothing",
        "post_test_traffic_shift:\n  codebuild: {project: orders-e2e, source_version: '{{ green.tag }}'}",
    ),
)
