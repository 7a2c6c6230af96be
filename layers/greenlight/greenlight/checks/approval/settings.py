"""What a gates file says of an approval."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from greenlight.checks.base import CheckSettings
from greenlight.documents import Duration, duration_text

MAX_APPROVERS: Final = 10
MAX_MESSAGE: Final = 500
NAME_OF_PAUSES: Final = "pause"
"""The record's name for what people decide at a PAUSE hook of ECS."""

_SHORTEST_SECONDS: Final = 60.0
_LONGEST_SECONDS: Final = 23 * 60 * 60.0


def _timeout(seconds: float) -> float:
    if not _SHORTEST_SECONDS <= seconds <= _LONGEST_SECONDS:
        problem = (
            "has to be from 1m to 23h, because ECS waits 24 hours for a function's hook; found {found}. For longer, use a "
            "PAUSE hook, which waits up to 14 days"
        )
        raise PydanticCustomError("greenlight", problem, {"found": duration_text(seconds)})
    return seconds


class ApprovalSettings(CheckSettings):
    """What a gates file says of an approval check.

    Attributes:
        timeout: Seconds within which people have to decide; ``on_timeout`` says what follows where nobody does.
        approvers: How many people have to approve; one who rejects is enough for a no.
        message: What people are told, besides what the checks found and what changes.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "deadline": "write `timeout`; the stage's `deadline` is for the other checks",
        "expires": "write `timeout`",
        "expires_in": "write `timeout`",
        "wait": "write `timeout`",
        "approvals": "write `approvers`, a number",
        "needed": "write `approvers`, a number",
        "count": "write `approvers`, a number",
        "users": "leave it out; who may approve is a matter of IAM (docs/checks/approval.md, Permissions)",
        "groups": "leave it out; who may approve is a matter of IAM (docs/checks/approval.md, Permissions)",
        "text": "write `message`",
        "question": "write `message`",
    }

    timeout: Annotated[Duration, AfterValidator(_timeout)] = 4 * 60 * 60.0
    approvers: Annotated[int, Field(ge=1, le=MAX_APPROVERS)] = 1
    message: Annotated[str, Field(min_length=1, max_length=MAX_MESSAGE)] | None = None

    @model_validator(mode="after")
    def _own_name(self) -> Self:
        if self.name == NAME_OF_PAUSES:
            problem = (
                f'has the name "{NAME_OF_PAUSES}", which the record keeps for PAUSE hooks of ECS; choose another `name`'
            )
            raise PydanticCustomError("greenlight", "{problem}", {"problem": problem})
        return self
