"""The ``freeze`` check: windows in the gates file during which nothing is deployed.

Every cold start imports the settings, because they are part of the gates file's model; the rest only a gate with a freeze.
"""

from typing import TYPE_CHECKING

from greenlight.checks.base import CheckSettings, Files
from greenlight.checks.freeze.settings import FreezeSettings

if TYPE_CHECKING:
    from greenlight.checks.freeze.check import FreezeCheck

__all__ = ["FreezeSettings", "prepare_freeze"]


def prepare_freeze(settings: CheckSettings, stage: str, files: Files) -> "FreezeCheck":  # noqa: ARG001 - see Prepare
    """Make a freeze check; its settings were checked when the file was read."""
    from greenlight.checks.freeze.check import FreezeCheck  # noqa: PLC0415 - see above
    from greenlight.checks.freeze.zones import zone_named  # noqa: PLC0415

    if not isinstance(settings, FreezeSettings):
        raise TypeError(settings)
    return FreezeCheck(settings, settings.all_windows(), zone_named(settings.time_zone))
