"""Rules about the task as a whole."""

from collections.abc import Iterator
from typing import Final

from greenlight.checks.task_definition.definition import Definition
from greenlight.checks.task_definition.findings import Finding

_HOST_MODES: Final = (
    ("networkMode", "uses the host's network", "set networkMode: awsvpc"),
    ("pidMode", "sees the host's processes", "remove pidMode"),
    ("ipcMode", "shares the host's memory between processes", "remove ipcMode"),
)


def host_network(definition: Definition) -> Iterator[Finding]:
    """Find what a task shares with its host."""
    for key, found, cure in _HOST_MODES:
        if definition.task.get(key) == "host":
            yield Finding("host_network", None, f"{found} ({key}: host)", cure, key)


def execution_role(definition: Definition) -> Iterator[Finding]:
    """Find a missing execution role where there is no instance whose role could stand in.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    on_fargate = "FARGATE" in (definition.task.get("requiresCompatibilities") or ())
    if on_fargate and not definition.task.get("executionRoleArn"):
        found = "has no execution role, without which Fargate pulls no private image and writes no log"
        yield Finding("execution_role", None, found, "set executionRoleArn")


def task_role(definition: Definition) -> Iterator[Finding]:
    """Find a missing task role."""
    if not definition.task.get("taskRoleArn"):
        found = "has no role of its own, so that on EC2 it may get the instance's"
        yield Finding("task_role", None, found, "set taskRoleArn")


def shared_role(definition: Definition) -> Iterator[Finding]:
    """Find an application that may do what only ECS has to: read every secret, pull every image."""
    role = definition.task.get("taskRoleArn")
    if role and role == definition.task.get("executionRoleArn"):
        found = f"gives the application the execution role ({role.rpartition('/')[2]}), and with it all secrets"
        yield Finding("shared_role", None, found, "give taskRoleArn a role of its own")
