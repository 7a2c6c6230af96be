"""Trouble with single AWS operations on demand: throttled, denied, slow, or answered with rubbish."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.utils import get_service_model

from rehearsal.aws.call import Call, identify
from rehearsal.aws.errors import Reply, error_reply

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

_ANY = "*"
# Where IAM's words are not those of the API.
_IAM_PREFIXES = {"ecr": "ecr", "cloudwatch": "cloudwatch"}
_IAM_ACTIONS = {"Invoke": "InvokeFunction"}
# botocore model 1.44 of sns, AuthorizationErrorException: it has a word of its own for a denial.
_DENIALS = {"sns": "AuthorizationError"}


@dataclass
class _Fault:
    service: str
    operation: str
    times: int | None
    reply: Callable[[Call], Reply] | None = None
    seconds: float = 0.0

    def fits(self, call: Call) -> bool:
        return self.service == call.service and self.operation in {_ANY, call.operation} and self.times != 0


class Faults:
    """The faults that are switched on, and a count of the calls. All methods may be called from any thread.

    `service` is named as in boto3 (`elbv2`), `operation` as in the API (`DescribeRules`; `*` means every one).
    `times` limits a fault to that many calls; without it, the fault lasts until `clear()`. boto3 retries by itself, so
    a fault that a caller shall see has to last longer than its attempts.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[_Fault] = []
        self._calls: Counter[tuple[str, str]] = Counter()
        self._cleared = threading.Event()

    def fail(
        self,
        service: str,
        operation: str,
        code: str = "ThrottlingException",
        *,
        message: str = "Rate exceeded",
        times: int | None = None,
        status: int = HTTPStatus.BAD_REQUEST,
    ) -> None:
        """Answer calls with an error in the service's own format.

        Args:
            service: The service, as in boto3.
            operation: The operation, or `*`.
            code: The error's code. Throttling is `ThrottlingException` in JSON services, `Throttling` in elbv2.
            message: The error's message.
            times: How many calls fail; all when `None`.
            status: The HTTP status of the answer.
        """
        self._add(
            _Fault(service, operation, times, lambda call: error_reply(call.protocol, code, message, int(status)))
        )

    def deny(self, service: str, operation: str, *, times: int | None = None) -> None:
        """Answer calls as IAM does when no policy allows them."""
        model = get_service_model(service)
        if str(model.protocol) == "json":
            code, status = "AccessDeniedException", HTTPStatus.BAD_REQUEST
        else:
            code, status = _DENIALS.get(service, "AccessDenied"), HTTPStatus.FORBIDDEN
        action = (
            f"{_IAM_PREFIXES.get(service, model.metadata['endpointPrefix'])}:{_IAM_ACTIONS.get(operation, operation)}"
        )
        message = (
            f"User: arn:aws:sts::{DEFAULT_ACCOUNT_ID}:assumed-role/hook/hook is not authorized to perform: {action} "
            f"because no identity-based policy allows the {action} action"
        )
        self.fail(service, operation, code, message=message, times=times, status=status)

    def delay(self, service: str, operation: str, seconds: float, *, times: int | None = None) -> None:
        """Let calls wait for so many seconds before they are answered; the client's time-out may be shorter."""
        self._add(_Fault(service, operation, times, seconds=seconds))

    def garble(
        self, service: str, operation: str, body: bytes = b"\x00 not an answer", *, times: int | None = None
    ) -> None:
        """Answer calls with status 200 and a body that is not in the service's format."""
        reply = Reply(HTTPStatus.OK, {"Content-Type": "text/plain"}, body)
        self._add(_Fault(service, operation, times, lambda _: reply))

    def clear(self) -> None:
        """Switch all faults off, and let go of the calls that are held up."""
        with self._lock:
            self._faults.clear()
            self._cleared.set()
            self._cleared = threading.Event()

    def calls(self, service: str | None = None, operation: str | None = None) -> int:
        """How often the API was called: in all, one service, or one operation. Calls that failed count as well."""
        with self._lock:
            return sum(
                count
                for (called_service, called_operation), count in self._calls.items()
                if service in {None, called_service} and operation in {None, called_operation}
            )

    def around(self, application: "WSGIApplication") -> "WSGIApplication":
        """Wrap moto's WSGI application, so that each call meets its faults first."""

        def faulty(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
            call = identify(environ)
            if call is not None:
                for fault in self._due(call):
                    self._cleared.wait(fault.seconds)
                    if fault.reply is not None:
                        return _send(fault.reply(call), start_response)
            return application(environ, start_response)

        return faulty

    def _add(self, fault: _Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def _due(self, call: Call) -> list[_Fault]:
        with self._lock:
            self._calls[call.service, call.operation] += 1
            due = [fault for fault in self._faults if fault.fits(call)]
            for fault in due:
                if fault.times is not None:
                    fault.times -= 1
            return due


def _send(reply: Reply, start_response: "StartResponse") -> list[bytes]:
    headers = [*reply.headers.items(), ("Content-Length", str(len(reply.body)))]
    start_response(f"{int(reply.status)} {HTTPStatus(reply.status).phrase}", headers)
    return [reply.body]
