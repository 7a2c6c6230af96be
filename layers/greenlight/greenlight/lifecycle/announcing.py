"""Telling people and other systems what a call of ECS came to: after the verdict is made, within its own time, once."""

import time
from dataclasses import replace
from typing import Any, Final

from greenlight.aws import AwsError
from greenlight.bounded import Task, TimeIsUpError
from greenlight.gates import HookStatus, Progress, Record, Verdict
from greenlight.lifecycle.observability import logger
from greenlight.record import Answer, ApprovalState, Table, VerdictEntry, approvals
from greenlight.telling import Channels, approval_asked, approval_decided, verdict_told

RESERVE_SECONDS: Final = 2.0
"""How much time the checks leave for it."""

_RESERVE_SHARE: Final = 0.1
_LEAST_SECONDS: Final = 0.1
_APPROVAL: Final = "approval"


def reserve(channels: Channels, left: float) -> float:
    """Return the seconds that the checks have to leave, of those that are left."""
    return min(RESERVE_SECONDS, left * _RESERVE_SHARE) if channels.any else 0.0


def before(entry: VerdictEntry, progress: Progress) -> VerdictEntry | None:
    """Return what the previous call came to, as far as the state says; None for the first call.

    Args:
        entry: What this call came to.
        progress: Where the gate stood when this call came.
    """
    if progress.attempt == 1:
        return None
    checks = tuple(
        Answer(name=name, kind="", outcome=str(check.outcome), summary=check.summary)
        for name, check in progress.checks.items()
    )
    return replace(entry, attempt=progress.attempt - 1, status=str(HookStatus.IN_PROGRESS), checks=checks)


def announce(
    channels: Channels,
    table: Table | None,
    verdict: Verdict,
    entry: VerdictEntry,
    previous: VerdictEntry | None,
    *,
    deadline: float,
) -> None:
    """Tell a verdict, and what people are asked or have decided. It never raises, and changes nothing about the verdict.

    Args:
        channels: Where to; nothing happens where there are none.
        table: The record; None where there is none.
        verdict: The verdict.
        entry: The verdict, as the record has it.
        previous: What the previous call came to.
        deadline: Monotonic seconds by which it should be done.
    """
    if not channels.any:
        return
    deadline = max(deadline, time.monotonic() + _LEAST_SECONDS)
    verdict_told(channels, table, entry, previous, deadline=deadline)
    for record in verdict.records:
        if table is not None and record.fresh and record.named.check.kind == _APPROVAL:
            _tell_approval(channels, table, entry, record, deadline=deadline)


def _tell_approval(channels: Channels, table: Table, entry: VerdictEntry, record: Record, *, deadline: float) -> None:
    try:
        seconds = max(_LEAST_SECONDS, deadline - time.monotonic())
        question = Task(lambda: approvals.find(table, entry.deployment, record.named.name), "approval").result(seconds)
    except (AwsError, TimeIsUpError) as error:
        problem = str(error) or "there was not enough time"
        logger.warning("people could not be asked yet; the next call tries again", extra={"problem": problem})
        return
    if question is None:
        return
    if question.state is ApprovalState.OPEN:
        approval_asked(channels, table, question, report=entry.report, commands=_commands(record), deadline=deadline)
    else:
        approval_decided(channels, table, question, deadline=deadline)


def _commands(record: Record) -> list[str]:
    told: Any = record.result.details.get(_APPROVAL)
    return [str(command) for command in (told or {}).get("commands") or ()]
