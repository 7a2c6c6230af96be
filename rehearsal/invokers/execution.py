"""One invocation of a Python function in this process, under Lambda's rules."""

import json
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from greenlight.clock import source
from rehearsal.invokers.base import Invocation
from rehearsal.invokers.context import LambdaContext
from rehearsal.invokers.output import InvocationLog, recorded

Handler = Callable[[Any, Any], Any]


class HandlerNotLoadedError(Exception):
    """When the code of a function cannot be loaded, for the reason that Lambda would give."""


@dataclass(frozen=True)
class Limits:
    """What a function is given.

    Attributes:
        timeout: Seconds of real time.
        memory: Megabytes; told to the function, not enforced.
    """

    timeout: float
    memory: int


def execute(
    load: Callable[[], Handler], function_arn: str, event: dict[str, Any], *, limits: Limits, now: Callable[[], float]
) -> Invocation:
    """Run a function in a thread of its own and leave it behind when it takes too long.

    Args:
        load: Gives the handler; the first time it may take as long as an import.
        function_arn: What was invoked.
        event: Reaches the function by way of JSON, as its reply comes back.
        limits: Time-out and memory.
        now: The time of day that ``greenlight.clock`` tells inside the function.
    """
    began = time.monotonic()
    context = LambdaContext(
        function_name=function_arn.rsplit(":", 1)[-1],
        invoked_function_arn=function_arn,
        memory_limit_in_mb=str(limits.memory),
        deadline=began + limits.timeout,
    )
    attempt = _Attempt(load, json.dumps(event), context, now)
    thread = threading.Thread(target=attempt.run, name=f"invocation of {context.function_name}", daemon=True)
    thread.start()
    thread.join(limits.timeout)
    seconds = time.monotonic() - began
    if thread.is_alive():
        # The text of Lambda's Sandbox.Timedout, seen in its INIT_REPORT and reply.
        error = f"RequestId: {context.aws_request_id} Error: Task timed out after {limits.timeout:.2f} seconds"
        return Invocation(None, error, seconds, attempt.log.lines())
    return Invocation(attempt.payload, attempt.error, seconds, attempt.log.lines())


class _Attempt:
    def __init__(
        self, load: Callable[[], Handler], event: str, context: LambdaContext, now: Callable[[], float]
    ) -> None:
        self._load = load
        self._event = event
        self._context = context
        self._now = now
        self.log = InvocationLog()
        self.payload: Any = None
        self.error: str | None = None

    def run(self) -> None:
        source.set(self._now)
        with recorded(self.log):
            try:
                reply = self._load()(json.loads(self._event), self._context)
            except HandlerNotLoadedError as error:
                self._failed(str(error))
            except SystemExit as error:
                self._failed(f"Runtime.ExitError: the function called exit({error.code!r})")
            except Exception as error:  # noqa: BLE001  # whatever a function raises is what Lambda reports
                self._failed(f"{type(error).__name__}: {error}")
            else:
                self._reply(reply)

    def _reply(self, reply: Any) -> None:
        try:
            self.payload = json.loads(json.dumps(reply, allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            self._failed(f"Runtime.MarshalError: Unable to marshal response: {error}")

    def _failed(self, error: str) -> None:
        self.error = error
        self.log.write(f"[ERROR] {error}\n{traceback.format_exc()}")
