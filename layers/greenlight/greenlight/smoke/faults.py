"""Transport trouble in the words of people: what happened, and where to look."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from typing import Final, TypeVar

import requests
from urllib3.exceptions import HeaderParsingError, HTTPError

from greenlight.documents import duration_text
from greenlight.endpoint import Endpoint
from greenlight.smoke.connections import CutReplyError, MalformedReplyError
from greenlight.smoke.decoding import CutBodyError, EncodingError
from greenlight.smoke.results import Fault, FaultKind
from greenlight.smoke.wire import Wire

TRANSPORT_ERRORS: Final = (requests.RequestException, HTTPError, http.client.HTTPException, OSError, ValueError)
"""All that requests, urllib3, http.client, ssl and socket raise while they talk to a server."""

_OTHER_NAME: Final = frozenset({62, 63, 64})  # X509_V_ERR_HOSTNAME_, EMAIL_ and IP_ADDRESS_MISMATCH of OpenSSL
_PLAIN_HTTP: Final = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL")

E = TypeVar("E", bound=BaseException)


class TransportError(Exception):
    """When an exchange brought no reply, or not all of one."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.text)


def is_stale(error: Exception, wire: Wire) -> bool:
    """Tell whether a server closed an idle connection just as the next request was sent, and so never saw it."""
    return not wire.fresh and wire.received == 0 and _cause(error, ConnectionError) is not None


def explain(error: Exception, wire: Wire, endpoint: Endpoint, name: str, *, allowed: float) -> Fault:
    """Say what an error of the transport means.

    Parameters:
        error: What was raised.
        wire: How far the exchange came.
        endpoint: Where it went.
        name: The name looked for in the certificate.
        allowed: Seconds it was given.
    """
    place = f"{endpoint.url} (from {endpoint.source})"
    if _out_of_time(wire) or (wire.stage == "connect" and _cause(error, TimeoutError)):
        return Fault(kind="timeout", text=_timed_out(wire, place, endpoint, allowed))
    if wire.stage == "resolve":
        text = f"the name {endpoint.address} cannot be resolved ({_said(error, socket.gaierror)})"
        return Fault(kind="dns", text=f"{text}; look at its spelling, and at the DNS of the VPC")
    if wire.stage == "connect":
        return Fault(
            kind="connect", text=f"cannot connect to {place}: {_said(error, OSError)}; {endpoint.where_to_look}"
        )
    if wire.stage == "handshake":
        return _handshake(error, place, name)
    kind, text = _broken(error)
    return Fault(kind=kind, text=f"{text}: {endpoint.url}")


def _out_of_time(wire: Wire) -> bool:
    try:
        wire.left()
    except TimeoutError:
        return True
    return False


def _timed_out(wire: Wire, place: str, endpoint: Endpoint, allowed: float) -> str:
    spent = f"timed out after {duration_text(allowed)}"
    if wire.stage == "resolve":
        return f"{spent}: the name {endpoint.address} was not resolved; look at the DNS of the VPC"
    if wire.stage == "connect":
        return f"{spent}: cannot connect to {place}; {endpoint.where_to_look}"
    if wire.stage == "handshake":
        return f"{spent}: no TLS handshake with {place}; is it an HTTPS listener?"
    if not wire.received:
        return f"{spent}: nothing came back"
    return f"{spent}: {wire.received} byte{'' if wire.received == 1 else 's'} of the reply had come"


def _handshake(error: Exception, place: str, name: str) -> Fault:
    refused = _cause(error, ssl.SSLCertVerificationError)
    if refused is not None and refused.verify_code in _OTHER_NAME:
        text = f"the certificate of {place} is not for {name}; set target.host to the name that users ask for"
        return Fault(kind="certificate", text=text)
    if refused is not None:
        text = f"the certificate of {place} for {name} is not trusted: {refused.verify_message}"
        return Fault(kind="certificate", text=text)
    trouble = _cause(error, ssl.SSLError)
    if trouble is not None and str(trouble.reason) in _PLAIN_HTTP:
        return Fault(kind="tls", text=f"{place} does not speak TLS; is it an HTTP listener?")
    return Fault(kind="tls", text=f"no TLS handshake with {place}: {_said(error, OSError)}")


def _broken(error: Exception) -> tuple[FaultKind, str]:
    if _cause(error, http.client.RemoteDisconnected):
        return "reset", "the connection was closed without a reply"
    if malformed := _cause(error, MalformedReplyError):
        return "protocol", f"the reply is no HTTP/1.1 ({malformed})"
    if _cause(error, CutReplyError, http.client.IncompleteRead):
        return "cut", "the connection ended before the reply did"
    if cut := _cause(error, CutBodyError):
        return "cut", str(cut)
    if _cause(error, ConnectionError):
        return "reset", "the connection was reset"
    if undecoded := _cause(error, EncodingError):
        return "encoding", str(undecoded)
    if trouble := _cause(error, http.client.HTTPException, HeaderParsingError):
        return "protocol", f"the reply is no HTTP/1.1 ({type(trouble).__name__}: {_first_line(trouble)})"
    return "protocol", f"the reply cannot be read ({type(error).__name__}: {_first_line(error)})"


def _said(error: Exception, *types: type[OSError]) -> str:
    cause = _cause(error, *types)
    return (cause.strerror if cause is not None else None) or _first_line(cause or error)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or ["no details"])[0]


def _cause(error: BaseException, *types: type[E]) -> E | None:
    """Find the innermost error of some types that led to an error."""
    found = None
    for link in _chain(error):
        if isinstance(link, types):
            found = link
    return found


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Walk from an error to what it wraps: requests and urllib3 put it into arguments as often as into causes."""
    waiting, seen = [error], set[int]()
    while waiting:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        inner = (link.__cause__, link.__context__, *link.args, getattr(link, "reason", None))
        waiting.extend(item for item in inner if isinstance(item, BaseException))
