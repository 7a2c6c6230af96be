"""The ``metrics`` check: what CloudWatch measured of green stays within limits, or within what it measured of blue.

A cold start that looks at the settings imports them alone; the rest only a gate with metrics.
"""

from typing import TYPE_CHECKING

from greenlight.checks.base import CheckSettings, Files
from greenlight.checks.metrics.settings import MetricsSettings

if TYPE_CHECKING:
    from greenlight.checks.metrics.check import MetricsCheck

__all__ = ["MetricsSettings", "prepare_metrics"]


def prepare_metrics(settings: CheckSettings, stage: str, files: Files) -> "MetricsCheck":  # noqa: ARG001 - see Prepare
    """Make a metrics check; its settings were checked when the file was read."""
    from greenlight.checks.metrics.check import MetricsCheck  # noqa: PLC0415 - see above

    if not isinstance(settings, MetricsSettings):
        raise TypeError(settings)
    return MetricsCheck(settings)
