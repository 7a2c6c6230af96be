"""Decisions of people about one deployment: asked for once, bound to it, made once.

An approval is one entry, and every change of it is one conditional update. So whatever comes at the same time (two people,
a person and the time-out, the same person twice) has an order, and the first that decides is the decision.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from greenlight import aws
from greenlight.record.table import Table, update_parameters
from greenlight.record.values import legible, readable

_BEGINNING: Final = "approval#"
MAX_COMMENT: Final = 1000
"""Characters of a comment that are kept."""

OTHERWISE: Final = "otherwise"
"""The evidence's key for what becomes of the deployment where nobody answers, if it does not go back."""

_LONGEST_SECONDS: Final = 31 * 24 * 60 * 60
"""A deployment lasts 30 days at most, and its later steps look for the answer of the first."""

_UNDECIDED: Final = "approvals < needed AND rejected = :no AND closed = :open"


class ApprovalState(StrEnum):
    """How a question to people stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    CLOSED = "closed"
    """Nobody decided, and nobody can any more; ``Approval.closed`` says why."""


class Waited(StrEnum):
    """Why a question was closed without a decision."""

    EXPIRED = "expired"
    ENDED = "the deployment ended"


class DecisionRefusedError(Exception):
    """When a decision does not count; it says why, and what holds instead."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What one person decided.

    Attributes:
        who: The person, as AWS knows them.
        approves: Whether it is a yes.
        at: When, in seconds since the epoch.
        comment: Why.
        via: How it was told.
    """

    who: str
    approves: bool
    at: float
    comment: str = ""
    via: str = ""


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A question to people, and how it stands.

    Attributes:
        deployment: Identifier of the service deployment that it is about.
        name: The check that asks.
        deployment_arn: ARN of the service deployment.
        service: What people call the service.
        green: ARN of the green service revision that it is about.
        stage: The lifecycle stage that waits for it.
        requested_at: When it was asked, in seconds since the epoch.
        expires_at: Until when an answer counts, in seconds since the epoch.
        needed: How many people have to approve.
        approvals: How many have.
        rejected: Whether somebody rejected.
        closed: Why it was closed without a decision; empty otherwise.
        decisions: What each of them decided, in order.
        evidence: What the question rests on: JSON values.
    """

    deployment: str
    name: str
    deployment_arn: str
    service: str
    green: str
    stage: str
    requested_at: float
    expires_at: float
    needed: int = 1
    approvals: int = 0
    rejected: bool = False
    closed: str = ""
    decisions: tuple[Decision, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> ApprovalState:
        """Return how it stands."""
        if self.rejected:
            return ApprovalState.REJECTED
        if self.approvals >= self.needed:
            return ApprovalState.APPROVED
        return ApprovalState.CLOSED if self.closed else ApprovalState.OPEN


def request(table: Table, approval: Approval) -> tuple[Approval, bool]:
    """Ask people, unless that was done before; return the question as it stands, and whether it is new.

    Raises:
        AwsError: When DynamoDB did not answer.
    """
    values = {
        "name": approval.name,
        "deployment_arn": approval.deployment_arn,
        "service": approval.service,
        "green": approval.green,
        "stage": approval.stage,
        "requested_at": approval.requested_at,
        "expires_at": approval.expires_at,
        "needed": approval.needed,
        "approvals": 0,
        "rejected": False,
        "closed": "",
        "decisions": {},
        "evidence": dict(approval.evidence),
    }
    kept_until = approval.requested_at + _LONGEST_SECONDS
    is_new = table.put_new(approval.deployment, _entry(approval.name), values, kept_until=kept_until)
    found = find(table, approval.deployment, approval.name)
    if found is None and not is_new:
        # botocore takes a garbled reply for an empty one; what was decided must not be forgotten over it.
        raise aws.AwsUnreachableError("dynamodb:GetItem", "does not show an entry that dynamodb:PutItem says is there")
    return found or approval, is_new


def find(table: Table, deployment: str, name: str) -> Approval | None:
    """Return a question as it stands; None where it was not asked.

    Raises:
        AwsError: When DynamoDB did not answer.
    """
    item = table.get(deployment, _entry(name))
    return _read(item) if item else None


def every(table: Table, deployment: str) -> list[Approval]:
    """Return all questions about a deployment.

    Raises:
        AwsError: When DynamoDB did not answer.
    """
    return [_read(item) for item in table.query(deployment, _BEGINNING)]


def decide(table: Table, approval: Approval, decision: Decision) -> Approval:
    """Write down what a person decided, and return how the question stands then.

    Args:
        table: The record.
        approval: The question that the person saw; the decision is bound to its deployment and green revision.
        decision: The decision.

    Raises:
        DecisionRefusedError: When it does not count.
        AwsError: When DynamoDB did not answer.
    """
    item = table.update(**_change(approval, decision))
    if item is not None:
        return _read(item)
    found = find(table, approval.deployment, approval.name)
    # It may have been written, and the reply got lost on its way: then it counts. All of it has to be the same, because who
    # approved a moment ago and rejects now would be told that the rejection counts.
    if found is not None and _kept(decision) in found.decisions:
        return found
    raise DecisionRefusedError(_why_refused(found, approval, decision))


def decision_parameters(approval: Approval, decision: Decision) -> dict[str, Any]:
    """Return what ``decide`` asks of DynamoDB: parameters of UpdateItem, all but the table's name."""
    return update_parameters(**_change(approval, decision))


def refusal(approval: Approval, decision: Decision) -> str | None:
    """Say why a decision would not count as the question stands; None where it would."""
    decided = any(each.who == decision.who for each in approval.decisions)
    if approval.state is ApprovalState.OPEN and not decided and approval.expires_at > decision.at:
        return None
    return _why_refused(approval, approval, decision)


def close(table: Table, approval: Approval, why: Waited) -> Approval:
    """Close a question that nobody decided, and return how it stands; a decision that came first holds.

    Raises:
        AwsError: When DynamoDB did not answer.
    """
    item = table.update(
        approval.deployment,
        _entry(approval.name),
        "SET closed = :why",
        condition=_UNDECIDED,
        names={},
        values={":why": str(why), ":no": False, ":open": ""},
    )
    return _read(item) if item else find(table, approval.deployment, approval.name) or approval


def _change(approval: Approval, decision: Decision) -> dict[str, Any]:
    """Return the conditional update that a decision is."""
    decision = _kept(decision)
    told = {
        "approves": decision.approves,
        "at": decision.at,
        "comment": decision.comment,
        "via": decision.via,
    }
    counted = "approvals = approvals + :one" if decision.approves else "rejected = :yes"
    values = {":told": told, ":green": approval.green, ":no": False, ":open": "", ":now": decision.at}
    return {
        "deployment": approval.deployment,
        "entry": _entry(approval.name),
        "change": f"SET decisions.#who = :told, {counted}",
        "condition": f"{_UNDECIDED} AND green = :green AND expires_at > :now AND attribute_not_exists(decisions.#who)",
        "names": {"#who": decision.who},
        "values": {**values, **({":one": 1} if decision.approves else {":yes": True})},
    }


def _kept(decision: Decision) -> Decision:
    """Return a decision as the record keeps it."""
    return replace(decision, comment=legible(decision.comment[:MAX_COMMENT]))


def _why_refused(found: Approval | None, seen: Approval, decision: Decision) -> str:
    if found is None:
        return f"nobody asked for {seen.name} of deployment {seen.deployment}"
    if found.green != seen.green:
        return f"the question is about revision {_last(found.green)} by now, not {_last(seen.green)}; look at it again"
    earlier = next((each for each in found.decisions if each.who == decision.who), None)
    if found.state is not ApprovalState.OPEN:
        by = found.decisions[-1] if found.decisions else None
        told = f" by {by.who}" + (f" ({by.comment})" if by.comment else "") if by and not found.closed else ""
        how = f"closed: {found.closed}" if found.state is ApprovalState.CLOSED else f"{found.state}{told}"
        return f"too late: {found.name} of deployment {found.deployment} is {how}"
    if earlier is not None:
        how = "approved" if earlier.approves else "rejected"
        return f"{decision.who} has {how} already; {found.needed - found.approvals} more of other people are needed"
    if found.expires_at <= decision.at:
        return f"too late: {found.name} of deployment {found.deployment} has expired"
    return f"{found.name} of deployment {found.deployment} changed at the same moment; try again"


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _entry(name: str) -> str:
    return f"{_BEGINNING}{name}"


def _read(item: Mapping[str, Any]) -> Approval:
    with readable("GetItem"):
        return _approval(item)


def _approval(item: Mapping[str, Any]) -> Approval:
    decisions = [
        Decision(
            who=who,
            approves=bool(told.get("approves")),
            at=float(told.get("at") or 0),
            comment=str(told.get("comment") or ""),
            via=str(told.get("via") or ""),
        )
        for who, told in (item.get("decisions") or {}).items()
    ]
    return Approval(
        deployment=item["deployment"],
        name=item["name"],
        deployment_arn=item["deployment_arn"],
        service=item["service"],
        green=item["green"],
        stage=item["stage"],
        requested_at=float(item["requested_at"]),
        expires_at=float(item["expires_at"]),
        needed=int(item["needed"]),
        approvals=int(item["approvals"]),
        rejected=bool(item["rejected"]),
        closed=item.get("closed") or "",
        decisions=tuple(sorted(decisions, key=lambda each: each.at)),
        evidence=item.get("evidence") or {},
    )
