"""What ECS makes of a hook's answer."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from rehearsal.controller import reasons
from rehearsal.invokers import Invocation

SUCCEEDED = "SUCCEEDED"
FAILED = "FAILED"
IN_PROGRESS = "IN_PROGRESS"

DEFAULT_DELAY = 30.0


class DetailsMode(Enum):
    """What becomes of the ``hookDetails`` in an IN_PROGRESS reply.

    AWS documents the first and was seen doing the second; the third is what users have reported.
    """

    MERGE = "merge"
    REPLACE = "replace"
    LOST = "lost"

    def next(self, current: Any, returned: Any) -> Any:
        """Return the details of the next event.

        Args:
            current: The details of the last event; None when it had none.
            returned: The details of the reply; None when it has none.
        """
        if returned is None or self is DetailsMode.LOST:
            return current
        if self is DetailsMode.MERGE and isinstance(current, dict):
            return {**current, **returned}
        return returned


@dataclass(frozen=True)
class Reply:
    """A hook's answer as ECS understands it.

    Attributes:
        status: SUCCEEDED, FAILED or IN_PROGRESS.
        delay: Seconds until the next invocation; for IN_PROGRESS only.
        details: The ``hookDetails`` of the reply.
        problem: Why ECS cannot use the reply; the status is FAILED then.
    """

    status: str
    delay: float | None = None
    details: dict[str, Any] | None = None
    problem: str | None = None

    @property
    def reason(self) -> str | None:
        """Return the sentence in which one of our hooks says why; None from hooks of other people."""
        reason = self._ours().get("reason")
        return reason if isinstance(reason, str) and reason else None

    @property
    def checks(self) -> dict[str, str]:
        """Return the outcome of each check of one of our hooks."""
        checks = self._ours().get("checks")
        if not isinstance(checks, dict):
            return {}
        return {name: str(check["outcome"]) for name, check in checks.items() if isinstance(check, dict)}

    def _ours(self) -> dict[str, Any]:
        ours = (self.details or {}).get("greenlight")
        return ours if isinstance(ours, dict) else {}


def read_reply(invocation: Invocation) -> Reply:
    """Judge what came back from an invocation. A function error is a reply without a hookStatus."""
    payload = invocation.payload if invocation.function_error is None else {}
    if not isinstance(payload, dict) or payload.get("hookStatus") is None:
        return Reply(FAILED, problem=reasons.STATUS_IS_NULL)
    status, delay, details = (payload.get(key) for key in ("hookStatus", "callBackDelay", "hookDetails"))
    if status not in (SUCCEEDED, FAILED, IN_PROGRESS):
        return Reply(FAILED, problem=f"HookStatus must be SUCCEEDED, FAILED or IN_PROGRESS, not {status!r}.")
    if details is not None and not isinstance(details, dict):
        return Reply(FAILED, problem=f"HookDetails must be an object, not {details!r}.")
    if status != IN_PROGRESS:
        return Reply(status, details=details)
    if delay is None:
        delay = DEFAULT_DELAY
    if isinstance(delay, bool) or not isinstance(delay, int | float) or delay < 0:
        return Reply(FAILED, details=details, problem=f"CallBackDelay must be a number of seconds, not {delay!r}.")
    return Reply(IN_PROGRESS, delay=delay, details=details)
