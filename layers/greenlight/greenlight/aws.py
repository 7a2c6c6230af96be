"""The one place that talks to AWS: clients built once, short time-outs, and errors in words.

AwsError
├── AwsThrottledError     AWS asked for patience: worth another try
├── AwsUnreachableError   no answer within the time-outs, or a fault on AWS's side: worth another try
├── AwsDeniedError        the function's role may not ask this
└── AwsRefusedError       AWS understood and said no: it will say no again
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
)
from botocore.parsers import ResponseParserError

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
MAX_ATTEMPTS = 3

_CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT_SECONDS,
    read_timeout=READ_TIMEOUT_SECONDS,
    retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
)
# For calls that do work while they are answered: a second attempt would do it twice. Lambda's longest time-out, and
# keep-alive because network devices forget connections that are silent for minutes:
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
_PATIENT = Config(read_timeout=900, retries={"mode": "standard", "total_max_attempts": 1}, tcp_keepalive=True)
_CLIENTS_LOCK = Lock()
_clients: dict[str, Any] = {}
_SERVER_FAULT = 500
# What permissions begin with, where boto3 calls the service something else.
_PREFIXES = {"elbv2": "elasticloadbalancing", "stepfunctions": "states"}

# The codes that botocore's own standard retry mode takes for throttling.
_THROTTLING = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",  # SNS
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    }
)


class AwsError(Exception):
    """When AWS did not give the answer that was asked for.

    Attributes:
        operation: Service and operation, as in ``ecs:DescribeServiceRevisions``.
        code: AWS's error code; empty where no reply came.
    """

    transient = False

    @property
    def may_pass(self) -> bool:
        """Tell whether asking again later may help; a missing permission may come, because IAM needs a while to spread."""
        return self.transient or isinstance(self, AwsDeniedError)

    def __init__(self, operation: str, problem: str, *, code: str = "") -> None:
        self.operation = operation
        self.code = code
        super().__init__(f"{operation} {problem}")


class AwsThrottledError(AwsError):
    """When AWS throttled the call more often than it is worth repeating within one invocation."""

    transient = True


class AwsUnreachableError(AwsError):
    """When no reply came in time, or AWS had a fault of its own."""

    transient = True


class AwsDeniedError(AwsError):
    """When the function's role may not make the call."""


class AwsRefusedError(AwsError):
    """When AWS refused the call for what it asks."""


def client(service: str, region: str | None = None) -> Any:
    """Return the client of a service; each is built once, because one costs 10 to 50 ms.

    Args:
        service: boto3's name.
        region: The region to ask; None for the function's own.
    """
    key = service if region is None else f"{service} {region}"
    with _CLIENTS_LOCK:  # building clients from one session is not thread-safe
        if key not in _clients:
            _clients[key] = boto3.client(service, region_name=region, config=_CONFIG)  # type: ignore[call-overload]  # no literal
        return _clients[key]


def patient_client(service: str, region: str | None = None) -> Any:
    """Return a client that asks once, and waits as long as it takes; who uses it says how long that is.

    Args:
        service: boto3's name.
        region: The region to ask; None for the function's own.
    """
    with _CLIENTS_LOCK:
        key = f"{service} {region}, patient"
        if key not in _clients:
            config = _CONFIG.merge(_PATIENT)
            _clients[key] = boto3.client(service, region_name=region, config=config)  # type: ignore[call-overload]  # no literal
        return _clients[key]


def forget_clients() -> None:
    """Let clients be built anew, where credentials or endpoints changed within this process."""
    with _CLIENTS_LOCK:
        _clients.clear()


def warm_up(services: Iterable[str]) -> None:
    """Build clients ahead, for Lambda's init phase: it has a whole CPU, and a call has MemorySize/1769 of one.

    Args:
        services: boto3's names.
    """
    for service in services:
        # What is wrong with the surroundings is told by the call that needs the client.
        with suppress(Exception):
            client(service)


def call(service: str, operation: str, /, *, region: Any = None, **parameters: Any) -> dict[str, Any]:
    """Call AWS.

    Args:
        service: boto3's name of the service.
        operation: boto3's name of the method, as in ``describe_rules``.
        region: The region to ask, a text; None for the function's own. Any, so that callers may pass parameters of one type by ``**``.
        parameters: Passed on.

    Raises:
        AwsError: One of its kinds; see the tree above.
    """
    with in_words(f"{_PREFIXES.get(service, service)}:{''.join(word.capitalize() for word in operation.split('_'))}"):
        reply: dict[str, Any] = getattr(client(service, region), operation)(**parameters)
    return reply


@contextmanager
def in_words(name: str) -> Iterator[None]:
    """Turn what boto3 raises into an AwsError.

    Args:
        name: Service and operation, as in ``ecs:DescribeServiceRevisions``.

    Raises:
        AwsError: One of its kinds; see the tree above.
    """
    try:
        yield
    except ClientError as error:
        raise _said_no(name, error) from error
    except NoCredentialsError as error:
        raise AwsDeniedError(name, "found no AWS credentials; give the function a role") from error
    except (NoRegionError, InvalidRegionError, ParamValidationError) as error:
        raise AwsRefusedError(name, f"cannot be asked: {' '.join(str(error).split())}") from error
    except BotoCoreError as error:
        problem = f"got no answer ({type(error).__name__}: {error}); is there a way from here to the AWS API?"
        raise AwsUnreachableError(name, problem) from error
    except KeyError as error:
        raise AwsUnreachableError(name, f"got a reply that is not AWS's: it has no {error.args[0]}") from error
    # botocore takes a well-formed reply for granted, and breaks on others in many ways.
    except (ResponseParserError, AttributeError, TypeError, ValueError) as error:
        raise AwsUnreachableError(name, f"got a reply that is not AWS's: {' '.join(str(error).split())}") from error


def _said_no(name: str, error: ClientError) -> AwsError:
    details = error.response.get("Error", {})
    code, message = details.get("Code", ""), " ".join(details.get("Message", "").split()).rstrip(".")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _THROTTLING:
        return AwsThrottledError(name, f"was throttled {MAX_ATTEMPTS} times ({code})", code=code)
    if code in _DENIED:
        return AwsDeniedError(name, f"was denied; add {name} to the function's role (AWS said: {message})", code=code)
    if status >= _SERVER_FAULT:
        return AwsUnreachableError(name, f"failed on AWS's side ({code} {status}): {message}", code=code)
    return AwsRefusedError(name, f"was refused ({code}): {message}", code=code)


def read_body(name: str, body: Any, limit: int) -> bytes:
    """Read a streaming body.

    Args:
        name: Service and operation, for messages.
        body: What the reply carries.
        limit: Bytes to read at most.

    Raises:
        AwsUnreachableError: When it breaks off.
    """
    try:
        data = b""
        # Piece by piece to the end, which is where botocore finds out that a body was cut.
        while len(data) < limit and (piece := body.read(limit - len(data))):
            data += piece
    except (BotoCoreError, OSError) as error:
        raise AwsUnreachableError(name, f"broke off ({type(error).__name__}: {error})") from error
    finally:
        body.close()
    return data
