"""The ``alarms`` check: no CloudWatch alarm of those that are named is in ALARM.

Every cold start imports the settings, because they are part of the gates file's model; the rest only a gate with alarms.
"""

from typing import TYPE_CHECKING

from greenlight.checks.alarms.settings import AlarmsSettings
from greenlight.checks.base import CheckSettings, Files

if TYPE_CHECKING:
    from greenlight.checks.alarms.check import AlarmsCheck

__all__ = ["AlarmsSettings", "prepare_alarms"]


def prepare_alarms(settings: CheckSettings, stage: str, files: Files) -> "AlarmsCheck":  # noqa: ARG001 - see Prepare
    """Make an alarms check; its settings were checked when the file was read."""
    from greenlight.checks.alarms.check import AlarmsCheck  # noqa: PLC0415 - see above

    if not isinstance(settings, AlarmsSettings):
        raise TypeError(settings)
    return AlarmsCheck(settings)
