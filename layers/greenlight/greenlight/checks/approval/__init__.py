"""The ``approval`` check: people agree, once a deployment, when everything else has passed.

Every cold start imports the settings, because they are part of the gates file's model; the rest only a gate with an approval.
"""

from typing import TYPE_CHECKING

from greenlight.checks.approval.settings import ApprovalSettings
from greenlight.checks.base import CheckSettings, Files

if TYPE_CHECKING:
    from greenlight.checks.approval.check import ApprovalCheck

__all__ = ["ApprovalSettings", "prepare_approval"]


def prepare_approval(settings: CheckSettings, stage: str, files: Files) -> "ApprovalCheck":  # noqa: ARG001 - see Prepare
    """Make an approval check; its settings were checked when the file was read."""
    from greenlight.checks.approval.check import ApprovalCheck  # noqa: PLC0415 - see above

    if not isinstance(settings, ApprovalSettings):
        raise TypeError(settings)
    return ApprovalCheck(settings)
