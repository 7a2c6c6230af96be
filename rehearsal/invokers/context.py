"""The second argument of a handler."""

import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True)
class LambdaContext:
    """What Lambda tells a function about the invocation, as far as a hook can ask for it.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html

    Attributes:
        function_name: Name of the function.
        invoked_function_arn: ARN that was invoked.
        memory_limit_in_mb: Megabytes; a string, as Lambda has it.
        deadline: When the invocation is cut off, on the monotonic clock.
    """

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    deadline: float
    function_version: str = "$LATEST"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    log_stream_name: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}")
    identity: None = None
    client_context: None = None

    @property
    def log_group_name(self) -> str:
        """Return the name of the function's log group."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds of real time until the invocation is cut off."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))
