"""A task definition, as ECS describes it.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from greenlight import aws

_SHOWN: Final = 80
_UNSHOWN: Final = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


class GarbledError(Exception):
    """When ECS's reply is well-formed, and no task definition all the same."""


@dataclass(frozen=True)
class Definition:
    """A task definition.

    Attributes:
        arn: Its ARN.
        task: All that ECS says of it.
        containers: Its containers, all that ECS says of each.
        served: Names of the containers that a load balancer asks after their health.
    """

    arn: str
    task: Mapping[str, Any]
    containers: tuple[Mapping[str, Any], ...]
    served: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Return family and revision, as in ``orders:42``."""
        return self.arn.rpartition("/")[2]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the containers."""
        return tuple(name_of(container) for container in self.containers)

    @property
    def is_windows(self) -> bool:
        """Tell whether it runs on Windows, which knows neither root nor a read-only root filesystem."""
        family = (self.task.get("runtimePlatform") or {}).get("operatingSystemFamily") or ""
        return str(family).startswith("WINDOWS")


def describe(arn: str, served: frozenset[str] = frozenset()) -> Definition:
    """Ask ECS for a task definition.

    Args:
        arn: ARN of the task definition.
        served: Names of the containers that a load balancer asks after their health.

    Raises:
        AwsError: When ECS does not answer.
        GarbledError: When the answer is no task definition.
    """
    task: Any = aws.call("ecs", "describe_task_definition", taskDefinition=arn).get("taskDefinition")
    containers = task.get("containerDefinitions") if isinstance(task, dict) else None
    if not containers or not all(isinstance(container, dict) for container in containers):
        raise GarbledError("ecs:DescribeTaskDefinition's reply makes no sense: it has no container definitions")
    return Definition(str(task.get("taskDefinitionArn") or arn), task, tuple(containers), served)


def records(record: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return a list of objects; empty where there is none."""
    return [item for item in record.get(key) or () if isinstance(item, dict)]


def texts(record: Mapping[str, Any], key: str) -> Sequence[str]:
    """Return a list of texts; empty where there is none."""
    return [item for item in record.get(key) or () if isinstance(item, str)]


def pairs(record: Mapping[str, Any], key: str) -> dict[str, str]:
    """Return a map of texts; empty where there is none."""
    found = record.get(key) or {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def name_of(record: Mapping[str, Any]) -> str:
    """Return the name of a container, a volume or a variable."""
    return str(record.get("name") or "")


def shown(value: Any) -> str:
    """Return a name or a number as it may stand in a sentence: in one line, and cut where it is long."""
    text = _UNSHOWN.sub(" ", str(value)).strip()
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
