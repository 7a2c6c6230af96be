"""The ``traffic_steps`` check: green gets production traffic in steps of its own before ECS shifts the rest.

For services that deploy with the strategy BLUE_GREEN; LINEAR and CANARY are ECS's own way to do it, and the first choice.
"""

from typing import TYPE_CHECKING

from greenlight.checks.base import CheckSettings, Files
from greenlight.checks.traffic_steps.settings import TrafficStepsSettings
from greenlight.documents import DocumentError, Mistake
from greenlight.stages import Stage

if TYPE_CHECKING:
    from greenlight.checks.traffic_steps.check import TrafficStepsCheck

__all__ = ["TrafficStepsSettings", "prepare_traffic_steps"]


def prepare_traffic_steps(settings: CheckSettings, stage: str, files: Files) -> "TrafficStepsCheck":
    """Make the check ready; it reads no file.

    Raises:
        DocumentError: At any stage but the last one before ECS shifts production traffic.
    """
    from greenlight.checks.traffic_steps.check import TrafficStepsCheck  # noqa: PLC0415 - only a gate that has it needs it

    if not isinstance(settings, TrafficStepsSettings):
        raise TypeError(settings)
    if stage != Stage.PRE_PRODUCTION_TRAFFIC_SHIFT:
        problem = (
            "moves production traffic, and that is only sound when all tests are over and before ECS moves it; let it "
            "stand at pre_production_traffic_shift"
        )
        raise DocumentError([Mistake(files.here.place(()), problem)])
    return TrafficStepsCheck.of(settings, stage, files)
