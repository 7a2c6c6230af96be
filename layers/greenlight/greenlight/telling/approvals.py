"""Asking people for a decision, and telling what they decided."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from greenlight.record import Approval, ApprovalState, Table
from greenlight.record.approvals import OTHERWISE
from greenlight.telling.channels import Channels, Level
from greenlight.telling.notices import Notice
from greenlight.telling.sending import send

DETAIL_TYPE: Final = "Greenlight Approval"

_MAX_VALUE: Final = 500
_MAX_ITEMS: Final = 40
_SEVERITIES: Final[Mapping[ApprovalState, Level]] = {
    ApprovalState.OPEN: Level.INFO,
    ApprovalState.APPROVED: Level.INFO,
    ApprovalState.REJECTED: Level.ERROR,
    ApprovalState.CLOSED: Level.WARNING,
}


def approval_asked(
    channels: Channels,
    table: Table | None,
    approval: Approval,
    *,
    report: str,
    commands: Sequence[str],
    deadline: float,
) -> bool:
    """Ask people, once a question and whatever the level; return whether they are asked. It never raises.

    Args:
        channels: Where to.
        table: The record; None where there is none, and the caller sees to it that this is called once.
        approval: The question.
        report: Where the report of the other checks is; empty where there is none.
        commands: How to answer, one command a line.
        deadline: Monotonic seconds by which it has to be done.
    """
    people = f" of {approval.needed} people" if approval.needed > 1 else ""
    lines = [
        f"Deployment {approval.deployment} waits at {approval.stage} for the approval{people}.",
        "",
        f"Service:  {approval.service}",
        f"Revision: {approval.green.rpartition('/')[2]}",
        f"Until:    {_moment(approval.expires_at)}; without an answer it {approval.evidence.get(OTHERWISE) or 'goes back'}",
        *_evidence(approval.evidence),
    ]
    if report:
        lines += ["", f"Report: {report}"]
    if commands:
        lines += ["", "To answer:", *(f"  {command}" for command in commands)]
    notice = _notice(
        approval,
        what="asked",
        subject=f"Greenlight: {approval.service}: approval wanted at {approval.stage}",
        lines=lines,
        more={"report": report, "commands": list(commands)},
    )
    return send(channels, table, notice, deadline=deadline)


def approval_decided(channels: Channels, table: Table | None, approval: Approval, *, deadline: float) -> bool:
    """Tell how a question ended, once; return whether it is told. One that is still open is not told. It never raises.

    Args:
        channels: Where to.
        table: The record; None where there is none, and the caller sees to it that this is called once.
        approval: The question, as it stands now.
        deadline: Monotonic seconds by which it has to be done.
    """
    state = approval.state
    if state is ApprovalState.OPEN:
        return True
    ended = f"closed, {approval.closed}" if state is ApprovalState.CLOSED else str(state)
    lines = [f"The approval of deployment {approval.deployment} at {approval.stage} is {ended}.", ""]
    lines += [
        f"{_moment(decision.at)}  {decision.who} {'approved' if decision.approves else 'rejected'}"
        + (f": {' '.join(decision.comment.split())}" if decision.comment else "")
        for decision in approval.decisions
    ]
    lines += ["", f"Service:  {approval.service}", f"Revision: {approval.green.rpartition('/')[2]}"]
    notice = _notice(
        approval,
        what=str(state),
        subject=f"Greenlight: {approval.service}: {ended} at {approval.stage}",
        lines=lines,
        more={},
    )
    return send(channels, table, notice, deadline=deadline)


def _notice(approval: Approval, *, what: str, subject: str, lines: Sequence[str], more: Mapping[str, Any]) -> Notice:
    state = ApprovalState.OPEN if what == "asked" else approval.state
    return Notice(
        kind="approval",
        deployment=approval.deployment,
        service=approval.service,
        severity=_SEVERITIES[state],
        event=f"approval#{approval.name}#{what}",
        message=f"approval#{approval.name}#{what}",
        detail_type=DETAIL_TYPE,
        detail={
            "kind": "approval",
            "deployment": approval.deployment,
            "deployment_arn": approval.deployment_arn,
            "service": approval.service,
            "green": approval.green,
            "stage": approval.stage,
            "name": approval.name,
            "state": str(state),
            "closed": approval.closed,
            "severity": str(_SEVERITIES[state]),
            "needed": approval.needed,
            "approvals": approval.approvals,
            "decisions": [
                {
                    "who": decision.who,
                    "approves": decision.approves,
                    "at": _iso(decision.at),
                    "comment": decision.comment,
                    "via": decision.via,
                }
                for decision in approval.decisions
            ],
            "requested_at": _iso(approval.requested_at),
            "expires_at": _iso(approval.expires_at),
            "evidence": dict(approval.evidence),
            **more,
        },
        resources=[approval.deployment_arn] if approval.deployment_arn else [],
        subject=subject,
        lines=lines,
        comes_again=True,
    )


def _evidence(evidence: Mapping[str, Any]) -> list[str]:
    """Say what the question rests on: one paragraph for each of its parts, whatever the asker put there."""
    lines: list[str] = []
    for name, value in evidence.items():
        title = name.replace("_", " ").capitalize()
        if value in (None, "", [], {}) or name == OTHERWISE:
            continue
        if isinstance(value, Mapping):
            lines += ["", f"{title}:", *(f"  {key}: {_short(each)}" for key, each in list(value.items())[:_MAX_ITEMS])]
        elif isinstance(value, list | tuple):
            lines += ["", f"{title}:", *(f"  {_item(each)}" for each in value[:_MAX_ITEMS])]
            if len(value) > _MAX_ITEMS:
                lines.append(f"  and {len(value) - _MAX_ITEMS} more")
        else:
            lines += ["", f"{title}: {_short(value)}"]
    return lines


def _item(value: Any) -> str:
    if isinstance(value, Mapping) and {"name", "outcome"} <= set(value):
        summary = f": {_short(value['summary'])}" if value.get("summary") else ""
        return f"{value['outcome']!s:<12} {value['name']}{summary}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_short(each)}" for key, each in value.items())
    return _short(value)


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 1]}…"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%a %Y-%m-%d %H:%M UTC")


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
