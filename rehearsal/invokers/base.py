"""What invoking a hook means, whoever does it."""

from dataclasses import dataclass, field
from typing import Any, Protocol


class InvokerError(Exception):
    """When a function cannot be invoked at all, so that there is neither a reply nor a function error."""


@dataclass(frozen=True)
class Invocation:
    """What came back from one invocation.

    Attributes:
        payload: The reply, as JSON has it; None when the function did not reply.
        function_error: What Lambda reports instead of a reply: the type and message of an exception, a time-out,
            a reply that is not JSON. None when the function replied.
        seconds: How long it really took.
        log_lines: What the function wrote, line by line.
    """

    payload: Any
    function_error: str | None
    seconds: float
    log_lines: list[str] = field(default_factory=list)


class Invoker(Protocol):
    """A way to invoke hooks. Invocations may run side by side."""

    def invoke(self, function_arn: str, event: dict[str, Any]) -> Invocation:
        """Invoke a function and wait for its reply.

        Args:
            function_arn: The hook target.
            event: What ECS sends; a JSON object.

        Raises:
            InvokerError: When the function cannot be invoked at all.
        """
        ...  # pragma: no cover
