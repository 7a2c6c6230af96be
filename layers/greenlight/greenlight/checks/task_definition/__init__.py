"""The ``task_definition`` check: rules that green's task definition has to keep, and what changed in this release.

Every cold start imports the settings, because they are part of the gates file's model; the rest only a gate with this check.
"""

from typing import TYPE_CHECKING

from greenlight.checks.base import CheckSettings, Files
from greenlight.checks.task_definition.settings import TaskDefinitionSettings

if TYPE_CHECKING:
    from greenlight.checks.task_definition.check import TaskDefinitionCheck

__all__ = ["TaskDefinitionSettings", "prepare_task_definition"]


def prepare_task_definition(settings: CheckSettings, stage: str, files: Files) -> "TaskDefinitionCheck":  # noqa: ARG001 - see Prepare
    """Make a task_definition check; its settings were checked when the file was read.

    Raises:
        TypeError: When the settings are another kind's.
    """
    from greenlight.checks.task_definition.check import TaskDefinitionCheck  # noqa: PLC0415 - see above

    if not isinstance(settings, TaskDefinitionSettings):
        raise TypeError(settings)
    return TaskDefinitionCheck(settings)
