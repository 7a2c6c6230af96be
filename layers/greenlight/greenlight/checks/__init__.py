"""The kinds of checks: a module each, and the table that the gates file is read by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from greenlight.checks.base import Check, CheckContext, CheckName, CheckSettings, Files, Finding
from greenlight.checks.outcome import SETTLED, CheckResult, Outcome

__all__ = [
    "KINDS",
    "SETTLED",
    "Check",
    "CheckContext",
    "CheckName",
    "CheckResult",
    "CheckSettings",
    "Files",
    "Finding",
    "Kind",
    "Outcome",
]


class Prepare(Protocol):
    """Makes a check ready: reads and checks the files that its settings name."""

    def __call__(self, settings: CheckSettings, stage: str, files: Files) -> Check:
        """Raise DocumentError with every mistake."""
        ...


@dataclass(frozen=True)
class Kind:
    """A kind of check.

    Attributes:
        settings: What the gates file may say of it.
        prepare: Makes a check out of settings.
    """

    settings: type[CheckSettings]
    prepare: Prepare


class _Kinds(Mapping[str, Kind]):
    """The table of kinds, each imported when it is first asked for: a gate uses few, and a cold start pays for each."""

    def __init__(self, places: Mapping[str, tuple[str, str, str]]) -> None:
        self._places = places
        self._kinds: dict[str, Kind] = {}

    def __getitem__(self, name: str) -> Kind:
        if name not in self._kinds:
            module, settings, prepare = self._places[name]
            imported = import_module(f"greenlight.checks.{module}")
            self._kinds[name] = Kind(getattr(imported, settings), getattr(imported, prepare))
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, name: object) -> bool:
        return name in self._places


KINDS: Mapping[str, Kind] = _Kinds(
    {
        "freeze": ("freeze", "FreezeSettings", "prepare_freeze"),
        "calendar": ("calendar", "CalendarSettings", "prepare_calendar"),
        "alarms": ("alarms", "AlarmsSettings", "prepare_alarms"),
        "images": ("images", "ImagesSettings", "prepare_images"),
        "task_definition": ("task_definition", "TaskDefinitionSettings", "prepare_task_definition"),
        "routing": ("routing", "RoutingSettings", "prepare_routing"),
        "identity": ("identity", "IdentitySettings", "prepare_identity"),
        "smoke": ("smoke", "SmokeSettings", "prepare_smoke"),
        "metrics": ("metrics", "MetricsSettings", "prepare_metrics"),
        "lambda": ("external.function", "LambdaSettings", "prepare_lambda"),
        "state_machine": ("external.state_machine", "StateMachineSettings", "prepare_state_machine"),
        "codebuild": ("external.codebuild", "CodeBuildSettings", "prepare_codebuild"),
        "ecs_task": ("external.ecs_task", "EcsTaskSettings", "prepare_ecs_task"),
        "traffic_steps": ("traffic_steps", "TrafficStepsSettings", "prepare_traffic_steps"),
        "switch": ("switch", "SwitchSettings", "prepare_switch"),
        "approval": ("approval", "ApprovalSettings", "prepare_approval"),
    }
)
"""Kinds by the word for them in a gates file, in the order in which a gate tells of them."""
