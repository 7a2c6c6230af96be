"""What a deployment's story is made of."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

MAX_LINES: Final = 10
"""A story that is longer is not read by somebody whose deployment has just gone back."""

_MISSING: Final = "missing: "


class Cause(StrEnum):
    """Why a deployment ended as it did; of several causes, the one that somebody has to do something about."""

    SUCCEEDED = "succeeded"
    IN_PROGRESS = "in-progress"
    WAITING_FOR_APPROVAL = "waiting-for-approval"
    WAITING_AT_PAUSE = "waiting-at-pause"
    GREENLIGHT = "greenlight"
    APPROVAL = "approval"
    CONFIGURATION = "configuration"
    ALARM = "alarm"
    CIRCUIT_BREAKER = "circuit-breaker"
    UNHEALTHY_TASKS = "unhealthy-tasks"
    ECS_PERMISSION = "ecs-permission"
    INVOKE_PERMISSION = "invoke-permission"
    NETWORKING = "networking"
    HOOK_TIMEOUT = "hook-timeout"
    HOOK_CRASHED = "hook-crashed"
    HOOK_REPLY = "hook-reply"
    OTHER_HOOK = "other-hook"
    PAUSE_REFUSED = "pause-refused"
    MANUAL_STOP = "manual-stop"
    MANUAL_ROLLBACK = "manual-rollback"
    ROLLBACK_FAILED = "rollback-failed"
    NO_CANDIDATE = "no-candidate"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Story:
    """How a deployment went, and why.

    Attributes:
        status: ECS's status of it.
        good: Whether nothing has gone wrong: it succeeded with all its checks, or goes on.
        cause: Why it ended as it did.
        headline: All of it in one line.
        lines: The headline, and what there is to know besides: at most ``MAX_LINES`` in all, one of them left for ``noting``.
    """

    status: str
    good: bool
    cause: Cause
    headline: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return all lines as one text."""
        return "\n".join(self.lines)

    def noting(self, note: str) -> Self:
        """Return the story with what could not be found out, before the line that says what to do.

        Args:
            note: One sentence; an empty one changes nothing.
        """
        if not note:
            return self
        words = " ".join(note.split())
        at = next((index for index, line in enumerate(self.lines) if line.startswith(_MISSING)), None)
        if at is not None:
            return replace(self, lines=(*self.lines[:at], f"{self.lines[at]}; {words}", *self.lines[at + 1 :]))
        at = len(self.lines) - 1 if self.lines[-1].startswith("next: ") else len(self.lines)
        return replace(self, lines=(*self.lines[:at], f"{_MISSING}{words}", *self.lines[at:]))
