"""The record's part in a call of ECS: what it knows of the gate, and the verdict that is added to it.

A verdict stands whether or not it can be written down; what is then missing is said in the log.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final, TypeVar

from greenlight import clock
from greenlight.aws import AwsError
from greenlight.bounded import Task, TimeIsUpError
from greenlight.gates import Gate, Verdict
from greenlight.lifecycle.event import HookEvent
from greenlight.lifecycle.observability import logger
from greenlight.lifecycle.state import gate_key
from greenlight.record import Answer, Table, VerdictEntry, verdicts
from greenlight.telling import severity_of

RESERVE_SECONDS: Final = 2.0
"""How much time the checks leave for it."""

_RESERVE_SHARE: Final = 0.1
_LOOKUP_SECONDS: Final = 3.0
_LEAST_SECONDS: Final = 0.1
_SHARE_OF_STATE: Final = 0.5
_MAX_SUMMARY: Final = 2000

T = TypeVar("T")


def reserve(table: Table | None, left: float) -> float:
    """Return the seconds that the checks have to leave, of those that are left."""
    return min(RESERVE_SECONDS, left * _RESERVE_SHARE) if table else 0.0


def recorded_gate(event: HookEvent) -> str:
    """Name the gate in the record: two hooks at one stage, each with a gates file of its own, are two gates there."""
    gates = json.dumps(event.details.get("gates"), sort_keys=True)
    return sha256(f"{gate_key(event)} {gates}".encode()).hexdigest()[:12]


def last_of(table: Table | None, event: HookEvent, *, deadline: float) -> VerdictEntry | None:
    """Return the newest verdict of the gate that an event asks; None where there is none, or it cannot be told.

    Args:
        table: The record; None where there is none.
        event: What ECS asked.
        deadline: Monotonic seconds by which the answer has to be there.
    """
    if table is None:
        return None
    seconds = min(_LOOKUP_SECONDS, (deadline - time.monotonic()) * _SHARE_OF_STATE)
    return _try(
        lambda: verdicts.last(table, event.deployment_id, recorded_gate(event)),
        seconds,
        "the record could not be read; the gate goes on with what ECS handed over",
    )


def add(table: Table | None, entry: VerdictEntry, *, deadline: float) -> VerdictEntry:
    """Write a verdict into the record, where there is one; return it with the number that it has there.

    Args:
        table: The record; None where there is none.
        entry: The verdict.
        deadline: Monotonic seconds by which it has to be there.
    """
    if table is None:
        return entry
    seconds = max(_LEAST_SECONDS, deadline - time.monotonic())
    return _try(lambda: verdicts.add(table, entry), seconds, "the verdict could not be added to the record") or entry


def entry_of(
    event: HookEvent,
    gate: Gate | None,
    verdict: Verdict,
    *,
    attempt: int,
    function: str,
    report: str,
    state: Mapping[str, Any],
) -> VerdictEntry:
    """Put a verdict into the words of the record."""
    entry = VerdictEntry(
        deployment=event.deployment_id,
        deployment_arn=event.deployment_arn,
        service=gate.service or event.service_name if gate else event.service_name,
        service_arn=event.service_arn,
        green=event.green_arn,
        stage=event.stage,
        step=event.step,
        gate=recorded_gate(event),
        function=function,
        attempt=attempt,
        status=str(verdict.status),
        reason=verdict.reason,
        at=clock.now(),
        checks=tuple(
            Answer(
                name=record.named.name,
                kind=record.named.check.kind,
                outcome=str(record.result.outcome),
                summary=record.result.summary[:_MAX_SUMMARY],
                blocking=record.blocking,
            )
            for record in verdict.records
        ),
        report=report,
        state=state,
    )
    return replace(entry, severity=str(severity_of(entry)))


def _try(work: Callable[[], T], seconds: float, otherwise: str) -> T | None:
    try:
        return Task(work, "record").result(seconds)
    except (AwsError, TimeIsUpError) as error:
        logger.warning(otherwise, extra={"problem": str(error) or "there was not enough time"})
    except Exception:  # noqa: BLE001 - a verdict that was made stands, whether or not it can be written down
        logger.exception(f"{otherwise}; a defect in Greenlight")
    return None
