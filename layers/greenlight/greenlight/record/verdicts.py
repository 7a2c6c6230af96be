"""Every verdict of every stage of a deployment, each under the number of its attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final

from greenlight.record.table import Table
from greenlight.record.values import readable

_BEGINNING: Final = "verdict#"
_MOST_COLLISIONS: Final = 50


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one check of a gate answered.

    Attributes:
        name: What people call the check.
        kind: Its kind.
        outcome: ``passed``, ``failed``, ``inconclusive``, ``error`` or ``skipped``.
        summary: Its sentence.
        blocking: Whether a failure rolls back.
    """

    name: str
    kind: str
    outcome: str
    summary: str
    blocking: bool = True


@dataclass(frozen=True, kw_only=True)
class VerdictEntry:
    """One verdict.

    Attributes:
        deployment: Identifier of the service deployment.
        deployment_arn: ARN of it.
        service: What people call the service.
        service_arn: ARN of the service.
        green: ARN of the green service revision.
        stage: The lifecycle stage.
        step: The step of a canary or linear shift; empty elsewhere.
        gate: Names the gate: this deployment, stage, step and configuration.
        function: ARN of the function that made it.
        attempt: Number of the call, from 1.
        status: The hookStatus.
        reason: Its sentence.
        at: When, in seconds since the epoch.
        severity: ``info``, ``warning`` or ``error``.
        checks: What it rests on.
        report: Where its report is; empty where there is none.
        state: Where the gate stands, for the next invocation.
    """

    deployment: str
    deployment_arn: str
    service: str
    service_arn: str
    green: str
    stage: str
    step: str
    gate: str
    function: str
    attempt: int
    status: str
    reason: str
    at: float
    severity: str = "info"
    checks: Sequence[Answer] = ()
    report: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)


def add(table: Table, entry: VerdictEntry) -> VerdictEntry:
    """Add a verdict, and return it as it was added.

    Where another invocation had the same number, because ECS called twice or because two hooks ask the same gate, this one
    gets the next: nothing is overwritten, and no number stands for two verdicts.

    Raises:
        AwsError: When DynamoDB did not answer.
    """
    for number in range(entry.attempt, entry.attempt + _MOST_COLLISIONS):
        numbered = replace(entry, attempt=number)
        if table.put_new(entry.deployment, _entry(entry.gate, number), asdict(numbered)):
            return numbered
    latest = last(table, entry.deployment, entry.gate)
    numbered = replace(entry, attempt=(latest.attempt if latest else entry.attempt) + 1)
    table.put_new(entry.deployment, _entry(entry.gate, numbered.attempt), asdict(numbered))
    return numbered


def last(table: Table, deployment: str, gate: str) -> VerdictEntry | None:
    """Return the newest verdict of a gate; None before the first.

    Raises:
        AwsError: When DynamoDB did not answer.
    """
    found = table.query(deployment, f"{_BEGINNING}{gate}#", newest=1)
    return _read(found[0]) if found else None


def every(table: Table, deployment: str) -> list[VerdictEntry]:
    """Return all verdicts of a deployment, the oldest first.

    Raises:
        AwsError: When DynamoDB did not answer.
    """
    entries = [_read(item) for item in table.query(deployment, _BEGINNING)]
    return sorted(entries, key=lambda entry: (entry.at, entry.attempt))


def _entry(gate: str, attempt: int) -> str:
    return f"{_BEGINNING}{gate}#{attempt:06d}"


_NAMES: Final = frozenset(field.name for field in fields(VerdictEntry))
_ANSWER_NAMES: Final = frozenset(field.name for field in fields(Answer))


def _read(item: Mapping[str, Any]) -> VerdictEntry:
    """Read an entry, which a later version may have written with more in it."""
    with readable("Query"):
        known = {name: value for name, value in item.items() if name in _NAMES}
        checks = [
            Answer(**{name: value for name, value in check.items() if name in _ANSWER_NAMES})
            for check in known.get("checks") or ()
        ]
        return VerdictEntry(**{**known, "checks": tuple(checks)})
