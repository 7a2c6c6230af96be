"""How deployments of a service go."""

from dataclasses import dataclass, field

from rehearsal.controller.reply import DetailsMode
from rehearsal.controller.waiting import Bounds


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How deployments of a service go.

    Attributes:
        strategy: The deployment strategy.
        bake_minutes: ``bakeTimeInMinutes``.
        details_mode: What becomes of hookDetails that a hook returns.
        bounds: How far a deployment may go, forward and once more in a rollback.
        scale_up_timeout: Real seconds that green has to become healthy.
    """

    strategy: str = "BLUE_GREEN"
    bake_minutes: float = 0
    details_mode: DetailsMode = DetailsMode.MERGE
    bounds: Bounds = field(default_factory=Bounds)
    scale_up_timeout: float = 20.0
