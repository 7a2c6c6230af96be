"""Hooks of other people: any Python function named as ``module:function``."""

import importlib
import re
from collections.abc import Mapping
from typing import Any

from rehearsal.clock import Clock
from rehearsal.invokers.base import Invocation, InvokerError
from rehearsal.invokers.execution import Handler, Limits, execute

DEFAULT_LIMITS = Limits(timeout=60, memory=512)


def load_callable(reference: str) -> Handler:
    """Return the function that ``module:function`` names.

    Raises:
        InvokerError: When the text has another form, or there is no such module or function.
    """
    module_name, colon, name = reference.partition(":")
    if not (module_name and colon and name):
        raise InvokerError(f'"{reference}" does not name a hook; write module:function')
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise InvokerError(f"cannot import {module_name}: {error}") from error
    handler = getattr(module, name, None)
    if not callable(handler):
        raise InvokerError(f"{module_name} has no function {name}")
    found: Handler = handler
    return found


def function_arn(reference: str, *, region: str, account_id: str) -> str:
    """Return the ARN by which the rehearsal calls a function named as ``module:function``."""
    return f"arn:aws:lambda:{region}:{account_id}:function:{re.sub('[^A-Za-z0-9_]', '-', reference)}"


class CallableInvoker:
    """Runs Python functions that no template declares.

    Args:
        handlers: The function of each ARN.
        clock: The time of day inside the functions.
        limits: Time-out and memory of each.
    """

    def __init__(self, handlers: Mapping[str, Handler], clock: Clock, limits: Limits = DEFAULT_LIMITS) -> None:
        self._handlers = dict(handlers)
        self._clock = clock
        self._limits = limits

    def invoke(self, function_arn: str, event: dict[str, Any]) -> Invocation:
        """Invoke a function; see Invoker.

        Raises:
            InvokerError: When there is no such function.
        """
        if function_arn not in self._handlers:
            raise InvokerError(f"no function {function_arn}")
        handler = self._handlers[function_arn]
        return execute(lambda: handler, function_arn, event, limits=self._limits, now=self._clock.now)
