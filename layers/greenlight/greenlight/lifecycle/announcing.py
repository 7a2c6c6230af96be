"""Telling people and other systems what a call of ECS came to: after the verdict is made, within its own time, once."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
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
_GRACE_SECONDS: Final = 0.25
"""How long after the deadline is waited for what is not told to be logged; the handler keeps more than that in hand."""

_APPROVAL: Final = "approval"
_SHARE_OF_PEOPLE: Final = 3
_Work = tuple[int, Callable[..., object]]


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
    # People first, and with more patience: they have to do something.
    works: list[_Work] = [
        (_SHARE_OF_PEOPLE, partial(_tell_approval, channels, table, entry, record))
        for record in verdict.records
        if table is not None and record.fresh and record.named.check.kind == _APPROVAL
    ]
    works.append((1, partial(verdict_told, channels, table, entry, previous)))
    # All together within one deadline: with a moment's patience for each of several they would cost ECS the reply.
    task = Task(partial(_one_after_the_other, works, deadline=deadline), "announcing")
    with suppress(TimeIsUpError):  # each of them says itself what it did not get told
        task.result(max(0.0, deadline - time.monotonic()) + _GRACE_SECONDS)


def _one_after_the_other(works: Sequence[_Work], *, deadline: float) -> None:
    """Tell several things; each gets its share of the time, so that one that hangs does not keep the next from being told."""
    shares = sum(share for share, _ in works)
    for share, work in works:
        now = time.monotonic()
        try:
            work(deadline=now + max(0.0, deadline - now) * share / shares)
        except (AwsError, TimeIsUpError) as error:
            problem = str(error) or "there was not enough time"
            logger.warning("people could not be asked yet; the next call tries again", extra={"problem": problem})
        except Exception:  # noqa: BLE001 - a verdict that was made stands, whether or not it could be told
            logger.exception("something could not be told; a defect in Greenlight")
        shares -= share


def _tell_approval(channels: Channels, table: Table, entry: VerdictEntry, record: Record, *, deadline: float) -> None:
    seconds = max(_LEAST_SECONDS, deadline - time.monotonic())
    question = Task(lambda: approvals.find(table, entry.deployment, record.named.name), "approval").result(seconds)
    if question is None:
        return
    if question.state is ApprovalState.OPEN:
        approval_asked(channels, table, question, report=entry.report, commands=_commands(record), deadline=deadline)
    else:
        approval_decided(channels, table, question, deadline=deadline)


def _commands(record: Record) -> list[str]:
    told: Any = record.result.details.get(_APPROVAL)
    return [str(command) for command in (told or {}).get("commands") or ()]
