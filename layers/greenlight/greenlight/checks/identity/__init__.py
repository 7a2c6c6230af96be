"""The ``identity`` check: what stands behind green's target groups are tasks of green, and they run what green says.

From AWS, not from the application: the suite's own `identity` asks the application itself.

Every cold start imports the settings, because they are part of the gates file's model; the rest only a gate with this check.
"""

from typing import TYPE_CHECKING, Final

from greenlight.checks.base import CheckSettings, Files
from greenlight.checks.identity.settings import IdentitySettings
from greenlight.documents import DocumentError, Mistake
from greenlight.stages import Stage

if TYPE_CHECKING:
    from greenlight.checks.identity.check import IdentityCheck

__all__ = ["IdentitySettings", "prepare_identity"]

_TOO_EARLY: Final = frozenset({Stage.RECONCILE_SERVICE, Stage.PRE_SCALE_UP})


def prepare_identity(settings: CheckSettings, stage: str, files: Files) -> "IdentityCheck":
    """Make an identity check; its settings were checked when the file was read.

    Raises:
        DocumentError: At a stage at which green does not run yet.
        TypeError: When the settings are another kind's.
    """
    from greenlight.checks.identity.check import IdentityCheck  # noqa: PLC0415 - see above

    if not isinstance(settings, IdentitySettings):
        raise TypeError(settings)
    if stage in _TOO_EARLY:
        problem = f"asks for green's tasks, and at {stage} none runs yet; let it stand at post_scale_up or later"
        raise DocumentError([Mistake(files.here.place(()), problem)])
    return IdentityCheck(settings)
