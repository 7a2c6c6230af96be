"""Scenes of the ecs_task check: tasks, exit codes, and why they stopped."""

from tests.unit.checks.scenes.scene import PRE, Blunder, Situation
from tests.unit.checks.scenes.work import AGAIN, MINUTES, after, later, scenes, troubled

_SETTINGS = 'command: ["./manage.py", "migrate"]\nname: migration'


def _task(place):
    """Return the ARN of the task that was started last, which has a stable name from now on."""
    arn = list(place.tasks.tasks())[-1]
    if arn.rpartition("/")[2] not in place.names.known:
        place.name_task(arn)
    return arn


def end(exit_code=0, **keys):
    """Let the task stop after some minutes."""

    def happen(place):
        arn = _task(place)
        place.tasks.end(arn, {} if exit_code is None else {"app": exit_code}, **keys)
        place.tasks.change(arn, createdAt=after(0), stoppedAt=after(MINUTES))

    return later(happen)


def _nothing(_):
    """There is nothing to arrange."""


_scene = scenes("ecs_task", _nothing, _SETTINGS)
_PULL = "CannotPullContainerError: pull image manifest has been retried 5 time(s): image not found"

SCENES = (
    _scene(Situation.PASSED, "exit code 0", end()),
    _scene(
        Situation.FAILED,
        "another exit code",
        end(1),
        stage=PRE,
        todo="look at the task's log; the report has the link",
    ),
    _scene(
        Situation.FAILED,
        "out of memory",
        end(137, reasons={"app": "OutOfMemoryError: Container killed due to memory usage"}),
        todo="give the task definition more memory",
    ),
    _scene(
        Situation.FAILED,
        "somebody stopped it",
        end(None, code="UserInitiated", reason="Task stopped by jane"),
        todo="ask who did it",
    ),
    _scene(Situation.FAILED, "longer than its timeout", later(_task, 21), settings=f"{_SETTINGS}\ntimeout: 20m"),
    _scene(
        Situation.FAILED,
        "no such cluster",
        settings=f"{_SETTINGS}\ncluster: tests",
        todo="correct `cluster`",
    ),
    _scene(Situation.INCONCLUSIVE, "it is at work", later(_task), todo="nothing: it is asked again"),
    _scene(
        Situation.ERROR, "its image cannot be pulled", end(None, code="TaskFailedToStart", reason=_PULL), todo=AGAIN
    ),
    _scene(
        Situation.ERROR,
        "taken away by Spot",
        end(137, code="SpotInterruption", reason="Your Spot Task was interrupted."),
        todo="see what is done, and deploy again; such work belongs on FARGATE",
    ),
    _scene(
        Situation.ERROR,
        "no place for it",
        arrange=lambda place: place.tasks.refuse("RESOURCE:MEMORY"),
        todo=AGAIN,
    ),
    _scene(
        Situation.ERROR,
        "a reply that makes no sense",
        arrange=troubled(_nothing, "garble", "ecs", "RunTask", b'{"tasks": [{}]}'),
        todo=AGAIN,
    ),
    _scene(Situation.THROTTLED, "throttled", arrange=troubled(_nothing, "fail", "ecs", "RunTask"), todo=AGAIN),
    _scene(Situation.DENIED, "denied", arrange=troubled(_nothing, "deny", "ecs", "RunTask")),
)

BLUNDERS = (
    Blunder("ecs_task", "green without a command", "pre_scale_up:\n  ecs_task: {name: migration}"),
    Blunder("ecs_task", "a command line", 'pre_scale_up:\n  ecs_task: {command: "./manage.py migrate"}'),
)
