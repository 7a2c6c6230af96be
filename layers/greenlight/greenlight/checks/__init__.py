"""The kinds of checks: a module each, and the table that the gates file is read by."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from greenlight.checks.base import Check, CheckContext, CheckName, CheckSettings, Files
from greenlight.checks.outcome import SETTLED, CheckResult, Outcome
from greenlight.checks.routing import RoutingSettings, prepare_routing
from greenlight.checks.smoke import SmokeSettings, prepare_smoke

__all__ = [
    "KINDS",
    "SETTLED",
    "Check",
    "CheckContext",
    "CheckName",
    "CheckResult",
    "CheckSettings",
    "Files",
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


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "routing": Kind(RoutingSettings, prepare_routing),
        "smoke": Kind(SmokeSettings, prepare_smoke),
    }
)
