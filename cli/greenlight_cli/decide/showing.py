"""What a person is shown before deciding."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from greenlight import clock
from greenlight.checks.moments import span, utc
from greenlight.record import Approval, Decision
from greenlight_cli.decide.question import Question

_WIDTH: Final = 11


def lines_of(question: Question, decision: Decision) -> Iterator[str]:
    """Describe what is decided, a line each; what others wrote cannot steer the terminal."""
    for title, text in _facts(question, decision):
        yield f"{title:<{_WIDTH}} {_harmless(text)}".rstrip()


def _facts(question: Question, decision: Decision) -> Iterator[tuple[str, str]]:
    waiting, approval, pause = question.waiting, question.approval, question.pause
    yield "deployment", waiting.arn
    yield "service", (approval.service if approval else "") or waiting.service
    yield "green", (approval.green if approval else waiting.green) or "ECS does not say"
    if approval is not None:
        yield from _evidence(approval)
        yield "asked", f"at {approval.stage}, {utc(approval.requested_at)}"
        yield "expires", _left(approval.expires_at)
        yield "approvals", f"{approval.approvals} of {approval.needed}"
        for each in approval.decisions:
            yield "", f"{each.who}: {'yes' if each.approves else 'no'}{f', {each.comment}' if each.comment else ''}"
    if pause is not None:
        yield "waits at", f"PAUSE hook {pause.id}"
        action = f", then ECS decides: {pause.timeout_action}"
        yield "expires", f"{_left(pause.expires_at)}{action}" if pause.expires_at else f"ECS does not say{action}"
    yield "you are", decision.who
    yield (
        "your say",
        f"{'approve' if decision.approves else 'reject'}{f': {decision.comment}' if decision.comment else ''}",
    )


def _evidence(approval: Approval) -> Iterator[tuple[str, str]]:
    evidence = approval.evidence
    if evidence.get("message"):
        yield "message", str(evidence["message"])
    yield from _list("changes", evidence.get("changes"))
    yield from _list("checks", evidence.get("findings"))


def _list(title: str, items: Any) -> Iterator[tuple[str, str]]:
    """Tell the items of a list, whoever has written them; what is no list is told as it is."""
    for number, item in enumerate(items if isinstance(items, list) else [items] if items else []):
        text = _finding(item) if isinstance(item, Mapping) else str(item)
        yield (title if number == 0 else ""), text


def _finding(item: Mapping[str, Any]) -> str:
    summary = f": {item['summary']}" if item.get("summary") else ""
    return f"{item.get('name', '?')} {item.get('outcome', '?')}{summary}"


def _left(moment: float) -> str:
    left = moment - clock.now()
    if left <= 0:
        return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC, which is over"
    return f"{utc(moment)}, in {span(left)}"


def _harmless(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
