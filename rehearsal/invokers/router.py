"""Several ways to invoke, chosen by the function's ARN."""

from collections.abc import Mapping
from typing import Any

from rehearsal.invokers.base import Invocation, Invoker, InvokerError


class Router:
    """Hands each invocation to the invoker that knows the function.

    Args:
        routes: The invoker of each function ARN.
    """

    def __init__(self, routes: Mapping[str, Invoker]) -> None:
        self._routes = dict(routes)

    def invoke(self, function_arn: str, event: dict[str, Any]) -> Invocation:
        """Invoke a function; see Invoker.

        Raises:
            InvokerError: When no invoker knows the function, or the one that does cannot reach it.
        """
        if function_arn not in self._routes:
            raise InvokerError(f"no function {function_arn}; there are {', '.join(self._routes) or 'none'}")
        return self._routes[function_arn].invoke(function_arn, event)
