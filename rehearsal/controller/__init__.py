"""The stand-in for the ECS deployment controller: it plays deployments with real hook functions."""

from rehearsal.controller.controller import Controller
from rehearsal.controller.hooks import Hook, HookRegistrationError, read_hooks
from rehearsal.controller.reply import DetailsMode
from rehearsal.controller.result import DeploymentResult, StageFailedError
from rehearsal.controller.settings import Settings
from rehearsal.controller.strategy import StrategyNumbersError, UnknownStrategyError
from rehearsal.controller.waiting import Bounds

__all__ = [
    "Bounds",
    "Controller",
    "DeploymentResult",
    "DetailsMode",
    "Hook",
    "HookRegistrationError",
    "Settings",
    "StageFailedError",
    "StrategyNumbersError",
    "UnknownStrategyError",
    "read_hooks",
]
