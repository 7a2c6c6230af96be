"""What moto lacks of Lambda without containers: functions that do something when they are invoked.

moto runs functions in Docker, or lets them all succeed. Here a function is a Python callable, from its event to its
answer; what escapes it is told as Lambda does.
"""

import json
import re
import threading
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import moto.awslambda.urls
from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaBackend, lambda_backends
from moto.awslambda.responses import LambdaResponse
from moto.core.models import DEFAULT_ACCOUNT_ID

__all__ = ["FunctionStore", "extend_moto", "store"]

Function = Callable[[Any], Any]

_NAME = re.compile(r"(?:arn:[^:]+:lambda:[^:]+:)?(?:[0-9]{12}:)?(?:function:)?([^:]+)(?::([^:]+))?")
_store_lock = threading.Lock()


class FunctionStore:
    """The functions of one account and region. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._functions: dict[str, Function] = {}
        self._invocations: list[tuple[str, Any]] = []

    def define(self, name: str, function: Function) -> None:
        """Add or replace a function.

        Args:
            name: Its name.
            function: Takes the event, and returns what can be written as JSON, or bytes to be sent as they are.
        """
        with self._lock:
            self._functions[name] = function

    @property
    def invocations(self) -> list[tuple[str, Any]]:
        """Name and qualifier, as ``name:qualifier``, and event of every invocation, in their order."""
        with self._lock:
            return list(self._invocations)

    def begin(self, name: str, qualifier: str | None, event: Any) -> Function | None:
        """Note an invocation, and return the function; None when there is no such function."""
        with self._lock:
            function = self._functions.get(name)
            if function is not None:
                self._invocations.append((f"{name}:{qualifier}" if qualifier else name, event))
            return function


def store(account_id: str = DEFAULT_ACCOUNT_ID, region: str = "eu-west-1") -> FunctionStore:
    """The functions of an account and region.

    Args:
        account_id: The account, `AwsServer.account_id`.
        region: The region, `AwsServer.region`.
    """
    return _store_of(lambda_backends[account_id][region])


def extend_moto() -> None:
    """Let moto answer Invoke with the functions of this module. Doing it again changes nothing."""
    moto.awslambda.urls.url_paths.update(dict.fromkeys(moto.awslambda.urls.url_paths, _LambdaResponse.dispatch))


def _store_of(backend: LambdaBackend) -> FunctionStore:
    with _store_lock:
        found = vars(backend).setdefault("greenlight_functions", FunctionStore())
        if not isinstance(found, FunctionStore):
            raise TypeError(f"moto's Lambda backend holds a {type(found).__name__} where the functions are kept")
        return found


class _LambdaResponse(LambdaResponse):
    """moto's Lambda, with functions that are Python callables. Each method is the API operation of its name."""

    def invoke(self) -> tuple[int, dict[str, str], str | bytes]:
        name = unquote(self.path.rsplit("/", 2)[-2])
        match = _NAME.fullmatch(name)
        event = json.loads(self.body) if self.body else None
        qualifier = self._get_param("Qualifier") or (match and match[2])
        function = match and _store_of(self.backend).begin(match[1], qualifier, event)
        if function is None:
            raise UnknownFunctionException(f"arn:aws:lambda:{self.region}:{self.current_account}:function:{name}")
        headers = {"content-type": "application/json"}
        try:
            answer = function(event)
        except Exception as error:  # noqa: BLE001 - whatever escapes a function, Lambda tells it as this
            headers["x-amz-function-error"] = "Unhandled"
            trace = traceback.format_tb(error.__traceback__)
            answer = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": trace}
        return 200, headers, answer if isinstance(answer, bytes) else json.dumps(answer).encode()
