"""Functions behind a Lambda endpoint, such as ``sam local start-lambda``."""

import json
import socket
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.invokers.base import Invocation, InvokerError
from rehearsal.template import DeclaredFunction

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# A local endpoint starts a container before the function's own time begins to run.
START_MARGIN = 60.0
CONNECT_TIMEOUT = 5.0
_PORTS = {"http": 80, "https": 443}


class LambdaEndpointInvoker:
    """Invokes the template's functions, under their logical ids, at an endpoint.

    Such an endpoint keeps the functions' logs to itself, so invocations have no log lines.

    Args:
        functions: The template's functions.
        url: Where the endpoint listens.
        region: Region to sign requests for.
        start_margin: Seconds that an invocation may take longer than the function's time-out.

    Raises:
        InvokerError: When the text is no URL.
    """

    def __init__(
        self, functions: Iterable[DeclaredFunction], url: str, *, region: str, start_margin: float = START_MARGIN
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise InvokerError(f'"{url}" is not the URL of a Lambda endpoint; write http://host:port')
        self._url = url
        self._address = (parts.hostname, parts.port or _PORTS[parts.scheme])
        self._names = {function.arn: function.logical_id for function in functions}
        self._clients = {function.arn: _client(url, region, function.timeout + start_margin) for function in functions}

    def check_reachable(self) -> None:
        """Connect once, so that a wrong address is told before a deployment starts.

        Raises:
            InvokerError: When nothing listens there.
        """
        try:
            socket.create_connection(self._address, timeout=CONNECT_TIMEOUT).close()
        except OSError as error:
            raise InvokerError(f"no Lambda endpoint at {self._url}: {error}; start one with sam local") from error

    def invoke(self, function_arn: str, event: dict[str, Any]) -> Invocation:
        """Invoke a function at the endpoint; see Invoker.

        Raises:
            InvokerError: When the endpoint does not know the function, does not answer, or answers something else.
        """
        if function_arn not in self._names:
            raise InvokerError(f"the template has no function {function_arn}")
        began = time.monotonic()
        try:
            response = self._clients[function_arn].invoke(
                FunctionName=self._names[function_arn], Payload=json.dumps(event).encode()
            )
            body = response["Payload"].read()
        except (BotoCoreError, ClientError) as error:
            message = f"cannot invoke {self._names[function_arn]} at {self._url}: {error}"
            raise InvokerError(message) from error
        seconds = time.monotonic() - began
        try:
            # sam local answers a time-out of the function with an empty body.
            payload = json.loads(body) if body.strip() else None
        except ValueError:
            return Invocation(None, f"the reply is not JSON: {body[:200]!r}", seconds)
        if "FunctionError" in response:
            return Invocation(None, _function_error(payload, response["FunctionError"]), seconds)
        return Invocation(payload, None, seconds)


def _client(url: str, region: str, read_timeout: float) -> "LambdaClient":
    config = Config(connect_timeout=CONNECT_TIMEOUT, read_timeout=read_timeout, retries={"total_max_attempts": 1})
    return boto3.client(
        "lambda",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id="rehearsal",
        aws_secret_access_key="rehearsal",  # noqa: S106  # a local endpoint wants a signature and never checks it
        config=config,
    )


def _function_error(payload: Any, kind: str) -> str:
    if isinstance(payload, dict) and "errorMessage" in payload:
        return f"{payload.get('errorType', kind)}: {payload['errorMessage']}"
    return f"{kind}: {json.dumps(payload)}"
