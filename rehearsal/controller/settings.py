"""How deployments of a service go."""

from dataclasses import dataclass, field
from typing import Any

from rehearsal.controller.reply import DetailsMode
from rehearsal.controller.strategy import (
    BLUE_GREEN,
    STRATEGIES,
    BlueGreen,
    Canary,
    Linear,
    Step,
    Strategy,
    UnknownStrategyError,
    check_minutes,
)
from rehearsal.controller.waiting import Bounds


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How deployments of a service go. Defaults are those of the ECS API, but for the bake time.

    Attributes:
        strategy: BLUE_GREEN, LINEAR or CANARY.
        step_percent: ``linearConfiguration.stepPercent``.
        step_bake_minutes: ``linearConfiguration.stepBakeTimeInMinutes``.
        canary_percent: ``canaryConfiguration.canaryPercent``.
        canary_bake_minutes: ``canaryConfiguration.canaryBakeTimeInMinutes``.
        bake_minutes: ``bakeTimeInMinutes``.
        details_mode: What becomes of hookDetails that a hook returns.
        details_kept: Whether a hook that comes to its next stage or step gets there what became of its hookDetails,
            instead of those of its registration. AWS keeps them "between invocations of the same hook within a single
            deployment"; whether the next step counts as such is open.
        rollback_completes: Whether a rollback that has come to its end is told to EventBridge as SERVICE_DEPLOYMENT_COMPLETED.
            AWS says that the deployment of this event can be a rollback
            (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html); nobody has published one of a
            blue/green deployment.
        bounds: How far a deployment may go, forward and once more in a rollback.
        scale_up_timeout: Real seconds that green has to become healthy.

    Raises:
        UnknownStrategyError: When there is no plan for the strategy.
        StrategyNumbersError: When ECS would refuse a number.
    """

    strategy: str = BLUE_GREEN
    step_percent: float = 10.0
    step_bake_minutes: float = 6
    canary_percent: float = 5.0
    canary_bake_minutes: float = 10
    bake_minutes: float = 0
    details_mode: DetailsMode = DetailsMode.MERGE
    details_kept: bool = True
    rollback_completes: bool = True
    bounds: Bounds = field(default_factory=Bounds)
    scale_up_timeout: float = 20.0

    def __post_init__(self) -> None:
        check_minutes("bakeTimeInMinutes", self.bake_minutes)
        self._chosen()

    def steps(self, *, create: bool) -> tuple[Step, ...]:
        """Return how production traffic moves.

        Args:
            create: Whether nothing runs yet. Then there is nobody to share traffic with, so that it moves at once; what
                ECS does is not documented.
        """
        return BlueGreen().steps() if create else self._chosen().steps()

    def strategy_configuration(self) -> dict[str, Any]:
        """Return what ``deploymentConfiguration`` says of the strategy, in the API's words."""
        return self._chosen().configuration()

    def configuration(self) -> dict[str, Any]:
        """Return ``deploymentConfiguration`` without the hooks, as DescribeServiceDeployments shows it."""
        return {**self.strategy_configuration(), "bakeTimeInMinutes": int(self.bake_minutes)}

    def _chosen(self) -> Strategy:
        match self.strategy:
            case "BLUE_GREEN":
                return BlueGreen()
            case "LINEAR":
                return Linear(self.step_percent, self.step_bake_minutes)
            case "CANARY":
                return Canary(self.canary_percent, self.canary_bake_minutes)
        raise UnknownStrategyError(f"no plan for strategy {self.strategy}; there is {', '.join(STRATEGIES)}")
