"""What a gate has to remember from one invocation to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from greenlight.checks import CheckResult, Outcome

ERROR_BUDGET = 4
"""After so many errors in a row of one check, its on_error decides."""


@dataclass(frozen=True)
class CheckProgress:
    """Where a check stood when the previous invocation ended.

    Attributes:
        outcome: Its latest answer; None before the first.
        errors: How many times in a row it could not be asked.
        summary: What it said, cut short.
        memory: What it wants to be handed back.
        until: When on_timeout decides about it, in seconds since the epoch; None for the gate's deadline.
    """

    outcome: Outcome | None = None
    errors: int = 0
    summary: str = ""
    memory: Mapping[str, Any] = field(default_factory=dict)
    until: float | None = None

    def after(self, result: CheckResult) -> "CheckProgress":
        """Return where the check stands after another answer."""
        errors = self.errors + 1 if result.outcome is Outcome.ERROR else 0
        return CheckProgress(result.outcome, errors, result.summary, result.memory, result.until)


@dataclass(frozen=True)
class Progress:
    """Where a gate stood when the previous invocation ended.

    Attributes:
        since: When the gate was first asked, in seconds since the epoch.
        attempt: Number of this invocation, from 1.
        fingerprint: Of the gates file that the checks' answers belong to; empty before it was first read.
        expires_at: When ECS stops waiting for the hook, in seconds since the epoch, where that is known.
        load_errors: How many times in a row the gates file could not be read.
        checks: By name.
        shifted: Whether a check of this gate has moved production traffic, which a failure has to move back.
    """

    since: float
    attempt: int = 1
    fingerprint: str = ""
    expires_at: float | None = None
    load_errors: int = 0
    checks: Mapping[str, CheckProgress] = field(default_factory=dict)
    shifted: bool = False
