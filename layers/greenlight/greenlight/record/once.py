"""What must be told once, though hooks run side by side and are called again.

Whoever wants to tell something claims it first. A claim that is not settled within its lease, because the function that held
it died, may be claimed again: then something is told twice rather than never.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from greenlight import clock
from greenlight.record.table import Table

LEASE_SECONDS: Final = 120.0
"""Longer than telling may take: a few calls of AWS with their time-outs."""

_BEGINNING: Final = "told#"


@dataclass(frozen=True)
class Claim:
    """The right to tell something, which nobody else has meanwhile.

    Attributes:
        deployment: Identifier of the service deployment.
        what: What is told.
        token: Names the holder.
    """

    deployment: str
    what: str
    token: str


def claim(table: Table, deployment: str, what: str) -> Claim | None:
    """Claim the right to tell something; None where somebody has told it, or is about to.

    Args:
        table: The record.
        deployment: Identifier of the service deployment.
        what: Names what is to be told; the same words for the same thing.

    Raises:
        AwsError: When DynamoDB did not answer.
    """
    mine = Claim(deployment, what, uuid4().hex)
    now = clock.now()
    values: dict[str, Any] = {"token": mine.token, "claimed_at": now, "told": False}
    if table.put_new(deployment, _entry(what), values):
        return mine
    taken = table.update(
        deployment,
        _entry(what),
        "SET #token = :token, claimed_at = :now",
        condition="told = :no AND claimed_at < :stale",
        names={"#token": "token"},
        values={":token": mine.token, ":now": now, ":no": False, ":stale": now - LEASE_SECONDS},
    )
    if taken is None:  # or it was taken, and the reply got lost
        taken = table.get(deployment, _entry(what)) or {}
    return mine if taken.get("token") == mine.token else None


def is_told(table: Table, deployment: str, what: str) -> bool:
    """Tell whether something was told; a claim alone says only that somebody is about to.

    Raises:
        AwsError: When DynamoDB did not answer.
    """
    return (table.get(deployment, _entry(what)) or {}).get("told") is True


def settle(table: Table, claimed: Claim) -> None:
    """Remember that it was told, for good.

    Raises:
        AwsError: When DynamoDB did not answer; it may be told again after the lease.
    """
    table.update(
        claimed.deployment,
        _entry(claimed.what),
        "SET told = :yes",
        condition="#token = :token",
        names={"#token": "token"},
        values={":yes": True, ":token": claimed.token},
    )


def release(table: Table, claimed: Claim) -> None:
    """Give the right back, because telling did not work; the next one may try at once.

    Raises:
        AwsError: When DynamoDB did not answer; the lease ends by itself.
    """
    table.update(
        claimed.deployment,
        _entry(claimed.what),
        "SET claimed_at = :never",
        condition="#token = :token AND told = :no",
        names={"#token": "token"},
        values={":never": 0, ":token": claimed.token, ":no": False},
    )


def _entry(what: str) -> str:
    return f"{_BEGINNING}{what}"
