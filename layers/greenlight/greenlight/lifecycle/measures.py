"""Greenlight's own metrics: one line in CloudWatch's embedded metric format for each verdict.

Two sets of dimensions: service and stage, to look at one service; stage alone, to look at and to alarm on all of them. Neither
deployment nor check is one: each value of a dimension is a metric that costs money.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import logging
import sys
import traceback
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from greenlight.checks import Outcome
from greenlight.gates import Gate, HookStatus, Record, Verdict
from greenlight.lifecycle.observability import logger

NAMESPACE: Final = "Greenlight"
ERRORS: Final = "Errors"
"""How many checks could not be asked or broke; an alarm in template.yaml looks at it."""

_VERDICTS: Final[Mapping[HookStatus, str]] = {
    HookStatus.SUCCEEDED: "VerdictSucceeded",
    HookStatus.FAILED: "VerdictFailed",
    HookStatus.IN_PROGRESS: "VerdictInProgress",
}
_MAX_KINDS: Final = 80
"""A line takes 100 metrics; Powertools would begin a second one."""


def measure(
    verdict: Verdict,
    *,
    gate: Gate | None,
    stage: str,
    service: str,
    attempt: int,
    seconds: float,
    since_seconds: float,
) -> None:
    """Write the metrics of a verdict, as one line. It never raises.

    Args:
        verdict: What was answered.
        gate: What it was asked about; None where the gates file could not be used.
        stage: The lifecycle stage.
        service: What people call the service.
        attempt: Number of this call of the hook, from 1.
        seconds: How long this invocation took.
        since_seconds: How long ago the gate was first asked.
    """
    try:
        # An object of its own, because the class Metrics shares what it holds with every other one of the process.
        metrics = AmazonCloudWatchEMFProvider(namespace=NAMESPACE)
        metrics.add_dimension("service", service or "unknown")
        metrics.add_dimension("stage", stage or "unknown")
        metrics.add_dimensions(stage=stage or "unknown")
        metrics.add_metric(_VERDICTS[verdict.status], MetricUnit.Count, 1)
        metrics.add_metric(ERRORS, MetricUnit.Count, _errors(verdict, gate))
        metrics.add_metric("InvocationSeconds", MetricUnit.Seconds, round(max(0.0, seconds), 3))
        if verdict.status is not HookStatus.IN_PROGRESS:
            metrics.add_metric("VerdictSeconds", MetricUnit.Seconds, round(max(0.0, since_seconds), 3))
            metrics.add_metric("VerdictAttempts", MetricUnit.Count, attempt)
        for name, count in _outcomes(verdict).most_common(_MAX_KINDS):
            metrics.add_metric(name, MetricUnit.Count, count)
        if logger.log_level > logging.INFO:
            # A line without level and RFC 3339 timestamp is INFO to Lambda, and would be filtered out with the rest:
            # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
            metrics.add_metadata("level", "ERROR")
            metrics.add_metadata("timestamp", datetime.now(UTC).isoformat(timespec="milliseconds"))
            metrics.add_metadata("message", "metrics")
        metrics.flush_metrics()
    except Exception:  # noqa: BLE001 - a verdict that was made stands, whether or not it could be counted
        sys.stderr.write(f"the verdict {verdict.status} could not be counted\n{traceback.format_exc()}")


def _errors(verdict: Verdict, gate: Gate | None) -> int:
    """Count what could not be asked in this invocation, the gates file included."""
    unread = gate is None and not verdict.records and verdict.status is HookStatus.IN_PROGRESS
    return sum(_broke(record) for record in verdict.records) + unread


def _broke(record: Record) -> bool:
    return record.fresh and (record.result.outcome is Outcome.ERROR or record.error is not None)


def _outcomes(verdict: Verdict) -> Counter[str]:
    """Count the answers that are new in this invocation, by kind of check: an old one was counted when it was given."""
    return Counter(f"{record.named.check.kind}.{record.result.outcome}" for record in verdict.records if record.fresh)
