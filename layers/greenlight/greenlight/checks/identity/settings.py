"""What a gates file says of an ``identity`` check."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from greenlight.checks.base import CheckSettings

Digest = Literal["when_known", "required", "ignored"]


class IdentitySettings(CheckSettings):
    """What a gates file says of an identity check.

    Attributes:
        digest: Whether tasks have to run the image that ECS names by digest for green: always, where ECS names one, or
            not, so that the task definition alone decides.
        min_targets: How many tasks of green have to stand behind each target group.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "path": "this check asks AWS; what asks the application is `identity` in a smoke suite",
        "expect": "this check asks AWS; what asks the application is `identity` in a smoke suite",
        "cluster": "ECS names it",
        "service": "ECS names it",
        "target_group": "ECS names those of green",
        "min_healthy": "the `routing` check has it; here it is min_targets",
    }

    digest: Digest = "when_known"
    min_targets: Annotated[int, Field(ge=1, le=1000)] = 1
