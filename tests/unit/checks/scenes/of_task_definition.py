"""Scenes of the task_definition check: definitions that keep and break its rules."""

from tests.unit.checks.scenes.place import GREEN
from tests.unit.checks.scenes.scene import PRE, Blunder, Scene, Situation


def _defined(*containers, **task):
    """Let green have another task definition."""

    def arrange(place):
        place.revise(GREEN, taskDefinition=place.define(*containers, **task))

    return arrange


def _gone(place):
    definition = place.define(family="gone")
    place.client("ecs").deregister_task_definition(taskDefinition=definition)
    place.client("ecs").delete_task_definitions(taskDefinitions=[definition])
    place.revise(GREEN, taskDefinition=definition.replace("gone:1", "gone:7"))


def _scene(situation, title, arrange=lambda _: None, settings="", **keys):
    return Scene("task_definition", situation, title, settings, arrange, stage=PRE, **keys)


_SOCKET = {"mountPoints": [{"sourceVolume": "socket", "containerPath": "/var/run/docker.sock"}]}
_URL = {"environment": [{"name": "DATABASE_URL", "value": "postgres://orders:rosebud@db.example.com/orders"}]}

SCENES = (
    _scene(Situation.PASSED, "nothing but the image is new"),
    _scene(
        Situation.PASSED,
        "warnings",
        _defined({"user": None, "readonlyRootFilesystem": None, "environment": [{"name": "FEATURE", "value": "on"}]}),
    ),
    _scene(Situation.PASSED, "a first deployment", lambda place: place.created()),
    _scene(Situation.FAILED, "a secret in plain text", _defined(_URL)),
    _scene(Situation.FAILED, "a privileged container", _defined({"privileged": True})),
    _scene(
        Situation.FAILED,
        "the Docker socket",
        _defined(_SOCKET, volumes=[{"name": "socket", "host": {"sourcePath": "/var/run/docker.sock"}}]),
    ),
    _scene(Situation.FAILED, "the host's network", _defined(networkMode="host", requiresCompatibilities=["EC2"])),
    _scene(Situation.FAILED, "a rule that was made stricter", _defined({"user": "root"}), "rules: {root_user: fail}"),
    _scene(Situation.FAILED, "a container that is not there", settings="containers: [web]"),
    _scene(
        Situation.FAILED,
        "green's task definition is gone",
        _gone,
        todo="deploy a task definition that is there",
    ),
    _scene(
        Situation.ERROR,
        "a reply that makes no sense",
        lambda place: place.faults.garble("ecs", "DescribeTaskDefinition", b'{"taskDefinition": {}}'),
        todo="nothing yet: it is asked again",
    ),
    _scene(
        Situation.THROTTLED,
        "throttled",
        lambda place: place.faults.fail("ecs", "DescribeTaskDefinition"),
        todo="nothing yet: it is asked again",
    ),
    _scene(Situation.DENIED, "denied", lambda place: place.faults.deny("ecs", "DescribeTaskDefinition")),
)

IMPOSSIBLE = {Situation.INCONCLUSIVE: "a task definition never changes, so that there is nothing to wait for"}

BLUNDERS = (
    Blunder(
        "task_definition",
        "a rule that stands at the wrong place",
        "pre_scale_up:\n  task_definition: {root_user: fail}",
    ),
    Blunder(
        "task_definition",
        "an exception without a reason",
        "pre_scale_up:\n  task_definition: {ignore: [{rule: root_user}]}",
    ),
)
