"""What a function answers: in Greenlight's own words, or in those of a lifecycle hook of ECS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from greenlight.checks.external.work import one_line
from greenlight.checks.outcome import Outcome
from greenlight.documents import Document, DocumentError, Strict, shown, validate

MAX_MEMORY_BYTES: Final = 400
"""Of the two kilobytes that all checks of a gate share in ECS's hookDetails."""

_SHAPE: Final = 'return {"outcome": "passed", "summary": "…"}'
_MAX_SUMMARY: Final = 1000
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class UnusableReplyError(Exception):
    """When a function's reply is none that can be understood; it says what is wrong with it."""


@dataclass(frozen=True)
class Reply:
    """A function's answer.

    Attributes:
        outcome: The answer.
        summary: One sentence about it.
        retry_after: Seconds after which to ask again.
        memory: What the function gets again when it is asked again.
    """

    outcome: Outcome
    summary: str
    retry_after: float | None = None
    memory: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


class _Own(Strict):
    outcome: Literal["passed", "failed", "inconclusive", "skipped"]
    summary: Annotated[str, Field(min_length=1)]
    retry_after: _Seconds | None = None
    memory: dict[str, Any] = Field(default_factory=dict)

    def reply(self) -> Reply:
        return Reply(Outcome(self.outcome), one_line(self.summary, _MAX_SUMMARY), self.retry_after, self.memory)


_HOOK_OUTCOMES: Final = {
    "SUCCEEDED": Outcome.PASSED,
    "FAILED": Outcome.FAILED,
    "IN_PROGRESS": Outcome.INCONCLUSIVE,
}


class _Hook(BaseModel):
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html."""

    model_config = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)
    status: Literal["SUCCEEDED", "FAILED", "IN_PROGRESS"] = Field(alias="hookStatus")
    delay: _Seconds | None = Field(default=None, alias="callBackDelay")
    details: dict[str, Any] | None = Field(default=None, alias="hookDetails")

    def reply(self) -> Reply:
        outcome = _HOOK_OUTCOMES[self.status]
        summary = f"answered hookStatus {self.status}"
        memory = self.details if outcome is Outcome.INCONCLUSIVE and self.details else {}
        return Reply(outcome, summary, self.delay, memory)


def read_reply(body: bytes) -> Reply:
    """Read what a function returned.

    Raises:
        UnusableReplyError: When it is not what a function has to return.
    """
    try:
        data = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        found = shown(body[:200].decode("utf-8", "replace"))
        raise UnusableReplyError(f"returned no JSON but {found}; {_SHAPE}") from error
    if not isinstance(data, dict):
        raise UnusableReplyError(f"returned no object but {shown(data)}; {_SHAPE}")
    model: type[_Own | _Hook] = _Hook if "hookStatus" in data else _Own
    try:
        reply = validate(model, Document("the reply", data)).reply()
    except DocumentError as error:
        raise UnusableReplyError(f"returned what cannot be understood: {error}; {_SHAPE}") from error
    size = len(json.dumps(dict(reply.memory)).encode())
    if size > MAX_MEMORY_BYTES:
        key = "hookDetails" if model is _Hook else "memory"
        problem = (
            f"returned {size} bytes of {key}, and no more than {MAX_MEMORY_BYTES} can be carried; store them elsewhere"
        )
        raise UnusableReplyError(problem)
    return reply


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
