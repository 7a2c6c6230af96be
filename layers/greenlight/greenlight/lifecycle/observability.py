"""The one logger: JSON on standard output, with the deployment's names on every line."""

import json
import sys
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from greenlight.checks import Outcome
from greenlight.gates import Gate, HookStatus, Record, Verdict
from greenlight.lifecycle.event import HookEvent

if TYPE_CHECKING:
    from greenlight.reports import Stored


def _serialize(line: dict[str, Any]) -> str:
    """Write a log line; half a character in what an application answered must not cost the whole line."""
    return json.dumps(line, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()


# RFC 3339, because Lambda takes a JSON line with any other timestamp for INFO and may filter it out:
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
logger = Logger(service="greenlight", use_rfc3339=True, json_serializer=_serialize)

_MAX_SUMMARY = 2000


def bind(event: HookEvent) -> None:
    """Put the deployment's names on every line that follows; per thread, because the rehearsal runs hooks side by side."""
    logger.thread_safe_clear_keys()
    logger.thread_safe_append_keys(
        deployment=event.deployment_id,
        ecs_service=event.service_name,
        stage=event.stage,
        execution=event.execution_id,
        direction=str(event.direction),
    )


def tell(verdict: Verdict, *, gate: Gate | None, attempt: int, seconds: float, report: "Stored | None" = None) -> None:
    """Write the verdict, as one line; as a warning where something passed that people should look at."""
    try:
        facts = _facts(verdict, gate) | {"attempt": attempt, "seconds": round(seconds, 3)}
        if report is not None:
            facts |= {"report": report.html_uri, "report_url": report.console_url}
        blemished = any(record.result.outcome not in (Outcome.PASSED, Outcome.SKIPPED) for record in verdict.records)
        if verdict.status is HookStatus.FAILED:
            logger.error("verdict", extra=facts)
        elif verdict.status is HookStatus.SUCCEEDED and blemished:
            logger.warning("verdict", extra=facts)
        else:
            logger.info("verdict", extra=facts)
    except Exception:  # noqa: BLE001 - a verdict that was made stands, whether or not it could be told
        sys.stderr.write(f"the verdict {verdict.status} could not be logged\n{traceback.format_exc()}")


def _facts(verdict: Verdict, gate: Gate | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"hook_status": str(verdict.status), "reason": verdict.reason}
    if verdict.delay is not None:
        facts["callback_seconds"] = verdict.delay
    if gate is not None:
        facts |= {"gates": gate.source, "gates_are_default": gate.is_default, "service_label": gate.service}
    facts["checks"] = [_check(record) for record in verdict.records]
    return facts


def _check(record: Record) -> Mapping[str, Any]:
    settings = record.named.check.settings
    told: dict[str, Any] = {
        "name": record.named.name,
        "kind": record.named.check.kind,
        "outcome": str(record.result.outcome),
        "summary": record.result.summary[:_MAX_SUMMARY],
        "blocking": record.blocking,
        "fresh": record.fresh,
        "seconds": round(record.seconds, 3),
    }
    if settings.severity != "required":
        told["severity"] = settings.severity
    if settings.dry_run:
        told["dry_run"] = True
    if record.progress.errors:
        told["errors_in_a_row"] = record.progress.errors
    if record.fresh and record.result.details:
        told["details"] = dict(record.result.details)
    return told
