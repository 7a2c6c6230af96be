"""What a task definition says of the machine that its images have to be built for."""

from dataclasses import dataclass
from typing import Any, Final

from greenlight import aws
from greenlight.checks.images.manifests import Platform

# As ECS and as images name them: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
_ARCHITECTURES: Final = {"X86_64": "amd64", "ARM64": "arm64"}
_WINDOWS: Final = "WINDOWS"
_FARGATE: Final = "FARGATE"


@dataclass(frozen=True)
class Task:
    """A task definition.

    Attributes:
        name: Family and revision, as in ``orders:7``.
        platform: What images have to be built for; None where the task definition leaves it to the instances.
    """

    name: str
    platform: Platform | None


def find_task(arn: str) -> Task:
    """Look a task definition up.

    Raises:
        AwsError: When ECS does not tell.
    """
    with aws.in_words("ecs:DescribeTaskDefinition"):
        reply = aws.call("ecs", "describe_task_definition", taskDefinition=arn)
        return Task(arn.rpartition("/")[2], _platform(reply["taskDefinition"]))


def _platform(record: dict[str, Any]) -> Platform | None:
    runtime = record.get("runtimePlatform") or {}
    architecture = runtime.get("cpuArchitecture")
    if not architecture:
        # Fargate takes X86_64 then; instances are of any kind, and take what they can run.
        if set(record.get("requiresCompatibilities") or ()) != {_FARGATE}:
            return None
        architecture = "X86_64"
    family = str(runtime.get("operatingSystemFamily") or "LINUX")
    system = "windows" if family.startswith(_WINDOWS) else "linux"
    return Platform(system, _ARCHITECTURES.get(architecture, str(architecture).lower()))
