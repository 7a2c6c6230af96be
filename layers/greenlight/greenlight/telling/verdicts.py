"""Telling a verdict: an event for each, and a message for those that people should look at."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from greenlight.record import Answer, Table, VerdictEntry
from greenlight.telling.channels import Channels, Level
from greenlight.telling.notices import Notice
from greenlight.telling.sending import send

DETAIL_TYPE: Final = "Greenlight Verdict"

_IN_PROGRESS: Final = "IN_PROGRESS"
_FAILED: Final = "FAILED"
_CLEAN: Final = frozenset({"passed", "skipped"})
_FOLLOWS: Final[Mapping[str, str]] = {
    "FAILED": "ECS rolls the deployment back.",
    "SUCCEEDED": "Nothing holds the deployment up.",
    "IN_PROGRESS": "The deployment waits.",
}
_MAX_SUMMARY: Final = 1000


def verdict_told(
    channels: Channels, table: Table | None, entry: VerdictEntry, previous: VerdictEntry | None, *, deadline: float
) -> bool:
    """Tell a verdict, once; return whether it is told. It never raises.

    A verdict that only says that the gate still waits is told where something changed, and only with a record, which knows.

    Args:
        channels: Where to.
        table: The record; None where there is none.
        entry: The verdict.
        previous: The verdict of the same gate before it, where that is known.
        deadline: Monotonic seconds by which it has to be done.
    """
    waits = entry.status == _IN_PROGRESS
    if waits and (table is None or not _is_news(entry, previous)):
        return True
    severity = severity_of(entry)
    wanted = not waits and severity.rank >= channels.level.rank
    notice = Notice(
        kind="verdict",
        deployment=entry.deployment,
        service=entry.service,
        severity=severity,
        # Each attempt has a number of its own, and two hooks that ask the same gate tell people once.
        event=f"verdict#{entry.gate}#{entry.attempt:06d}",
        message=f"verdict#{entry.gate}#{entry.status}" if wanted else "",
        detail_type=DETAIL_TYPE,
        detail=_detail(entry, severity),
        resources=[arn for arn in (entry.deployment_arn, entry.service_arn) if arn],
        subject=f"Greenlight: {entry.service}: {_headline(entry, severity)} at {_where(entry)}",
        lines=_lines(entry),
    )
    return send(channels, table, notice, deadline=deadline)


def severity_of(entry: VerdictEntry) -> Level:
    """Say how much a verdict is to people: the worse of what the entry says and what its status and checks come to."""
    said = Level(entry.severity) if entry.severity in set(Level) else Level.INFO
    if entry.status == _FAILED:
        return Level.ERROR
    if entry.status != _IN_PROGRESS and any(check.outcome not in _CLEAN for check in entry.checks):
        return max(said, Level.WARNING, key=lambda level: level.rank)
    return said


def _is_news(entry: VerdictEntry, previous: VerdictEntry | None) -> bool:
    if previous is None or previous.gate != entry.gate:
        return True
    return (previous.status, _outcomes(previous.checks)) != (entry.status, _outcomes(entry.checks))


def _outcomes(checks: Sequence[Answer]) -> dict[str, str]:
    return {check.name: check.outcome for check in checks}


def _headline(entry: VerdictEntry, severity: Level) -> str:
    return (
        f"{entry.status} with a warning" if entry.status == "SUCCEEDED" and severity is Level.WARNING else entry.status
    )


def _where(entry: VerdictEntry) -> str:
    return f"{entry.stage} ({entry.step})" if entry.step else entry.stage


def _detail(entry: VerdictEntry, severity: Level) -> dict[str, Any]:
    return {
        "kind": "verdict",
        "deployment": entry.deployment,
        "deployment_arn": entry.deployment_arn,
        "service": entry.service,
        "service_arn": entry.service_arn,
        "green": entry.green,
        "stage": entry.stage,
        "step": entry.step,
        "attempt": entry.attempt,
        "status": entry.status,
        "severity": str(severity),
        "reason": entry.reason,
        "checks": [
            {
                "name": check.name,
                "kind": check.kind,
                "outcome": check.outcome,
                "summary": check.summary,
                "blocking": check.blocking,
            }
            for check in entry.checks
        ],
        "report": entry.report,
        "function": entry.function,
        "at": datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="seconds"),
    }


def _lines(entry: VerdictEntry) -> list[str]:
    lines = [_FOLLOWS.get(entry.status, ""), "", f"Reason: {' '.join(entry.reason.split())}"]
    if entry.checks:
        lines += ["", "Checks:", *(check_line(check) for check in entry.checks)]
    lines += ["", f"Service:    {entry.service_arn or entry.service}"]
    lines += [f"Deployment: {entry.deployment}", f"Revision:   {entry.green.rpartition('/')[2]}"]
    if entry.report:
        lines.append(f"Report:     {entry.report}")
    return [*lines, "", f"More: greenlight explain {entry.deployment}"]


def check_line(check: Answer) -> str:
    """Say what a check answered, in one line."""
    softened = "" if check.blocking or check.outcome in _CLEAN else " (only reported)"
    summary = " ".join(check.summary.split())
    cut = summary if len(summary) <= _MAX_SUMMARY else f"{summary[: _MAX_SUMMARY - 1]}…"
    return f"  {check.outcome:<12} {check.name}{softened}" + (f": {cut}" if cut else "")
