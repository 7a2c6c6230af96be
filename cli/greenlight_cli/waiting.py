"""How long ECS waits for a hook of Greenlight's where nobody says so: the same, whether it is attached or pasted."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

_MINUTES: Final = 120
"""Well beyond a gate's own deadline (30 minutes) where nothing else is said; with ECS's own default of 24 hours two hooks are more
than CloudFormation allows."""

_MINUTES_AT: Final[Mapping[str, int]] = {"PRE_PRODUCTION_TRAFFIC_SHIFT": 360}
"""Where people are asked: beyond an approval's usual 4 hours."""


def usual_timeout(stages: Iterable[str]) -> dict[str, Any]:
    """Return the ``timeoutConfiguration`` of a function's hook.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHookTimeoutConfiguration.html

    Args:
        stages: Where it is called.
    """
    return timeout_of(max(_MINUTES_AT.get(stage, _MINUTES) for stage in stages))


def timeout_of(minutes: int) -> dict[str, Any]:
    """Return the ``timeoutConfiguration`` that waits for some minutes, and never lets pass what did not answer."""
    return {"timeoutInMinutes": minutes, "action": "ROLLBACK"}
