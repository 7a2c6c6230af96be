"""A deployment configuration in the words of the API, from which every format is made.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from greenlight_cli.snippet.choices import CANARY, LINEAR

CLOUDFORMATION_MINUTES: Final = 1980
"""What CloudFormation allows bake time and hooks' time-outs together (33 hours). No page of AWS says so; its error text does."""

# ECS's own defaults, written out, lest nobody see what holds:
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html and API_CanaryConfiguration.html
_STEPS: Final[Mapping[str, Mapping[str, Mapping[str, int]]]] = {
    LINEAR: {"linearConfiguration": {"stepPercent": 10, "stepBakeTimeInMinutes": 6}},
    CANARY: {"canaryConfiguration": {"canaryPercent": 5, "canaryBakeTimeInMinutes": 10}},
}


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What goes into ``deploymentConfiguration`` of a service.

    Attributes:
        strategy: BLUE_GREEN, LINEAR or CANARY.
        bake_minutes: Minutes that blue goes on after green has all traffic.
        hooks: ``lifecycleHooks``, as the API has them.
        notes: What whoever pastes it has to know.
    """

    strategy: str
    bake_minutes: int
    hooks: Sequence[Mapping[str, Any]]
    notes: Sequence[str] = ()

    @property
    def minutes(self) -> int:
        """Return bake time and the hooks' time-outs together, in minutes."""
        timeouts = (hook.get("timeoutConfiguration") or {} for hook in self.hooks)
        # Without one ECS waits 24 hours: API_DeploymentLifecycleHookTimeoutConfiguration.html
        return self.bake_minutes + sum(int(each.get("timeoutInMinutes", 1440)) for each in timeouts)

    def document(self) -> dict[str, Any]:
        """Return ``deploymentConfiguration`` as the API has it."""
        return {
            "strategy": self.strategy,
            "bakeTimeInMinutes": self.bake_minutes,
            **_STEPS.get(self.strategy, {}),
            "lifecycleHooks": [dict(hook) for hook in self.hooks],
        }
