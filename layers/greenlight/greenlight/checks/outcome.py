"""What a check answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from greenlight.smoke import SuiteResult


class Outcome(StrEnum):
    """A check's answer."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    """Asked, and it cannot be told yet."""
    ERROR = "error"
    """Could not be asked."""
    SKIPPED = "skipped"


SETTLED = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED})
"""Outcomes that stay as they are when ECS calls again."""


@dataclass(frozen=True)
class CheckResult:
    """A check's answer and what people need to know of it.

    Attributes:
        outcome: The answer.
        summary: One sentence with what was expected and what came, for the person at 2 a.m.
        retry_after: Seconds after which it is worth asking again; None leaves it to the engine.
        details: JSON values for log and report.
        memory: JSON values to be handed back to this check when ECS calls again; small, and it may get lost. What stands
            under ``words`` is given up first where there is too much to carry.
        evidence: All that a suite brought, for the report.
        doomed: Whether it can only end in a failure, though it has not ended; no on_timeout or on_error lets that pass.
        until: When on_timeout decides about this check, in seconds since the epoch; None for the gate's deadline. For what
            begins only when the other checks have passed, and takes people's time.
    """

    outcome: Outcome
    summary: str
    retry_after: float | None = None
    details: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    memory: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    evidence: SuiteResult | None = None
    doomed: bool = False
    until: float | None = None
