"""One worker's way to the endpoint: requests with deadlines, whole replies, bounded bodies."""

import time
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.response import HTTPResponse

from greenlight.smoke.connections import open_pool
from greenlight.smoke.decoding import decoded
from greenlight.smoke.faults import TRANSPORT_ERRORS, TransportError, explain, is_stale
from greenlight.smoke.outgoing import Target, redirected
from greenlight.smoke.reply import MAX_BODY, Reply
from greenlight.smoke.wire import Wire

MAX_REDIRECTS: Final = 10

_CHUNK: Final = 64 * 1024
_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})  # idempotent: RFC 9110, section 9.2.2
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Never look ahead: requests would read the whole body of a redirect to prepare what nobody asked for."""


class _Adapter(HTTPAdapter):
    """Sends everything through one pool, so that nothing can leave the listener, whatever its URL says."""

    def __init__(self, pool: HTTPConnectionPool) -> None:
        super().__init__()
        self._pool = pool

    def get_connection_with_tls_context(self, *_args: Any, **_kwargs: Any) -> HTTPConnectionPool:
        """Return the one pool."""
        return self._pool

    def cert_verify(self, *_args: Any, **_kwargs: Any) -> None:
        """Leave the verification to the pool's context; requests would read the CA bundle for each connection."""

    def close(self) -> None:
        """Close all connections."""
        super().close()
        self._pool.close()


class Client:
    """Sends requests to one endpoint, one after another; not for several threads.

    Requests come prepared, so that the session adds nothing to them: tests share connections, but no cookies.

    Parameters:
        target: Whom the requests are for.
        ca_bundle: File with the authorities to trust; None for those that requests trusts.
    """

    def __init__(self, target: Target, ca_bundle: str | None = None) -> None:
        self._target = target
        self._wire = Wire()
        self._session = _Session()
        self._session.trust_env = False  # no proxies, no .netrc, no CA bundle from the environment
        adapter = _Adapter(open_pool(target.endpoint, target.name, self._wire, ca_bundle))
        for prefix in ("http://", "https://"):
            self._session.mount(prefix, adapter)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._session.close()

    def exchange(self, request: requests.PreparedRequest, *, seconds: float, follow_redirects: bool = False) -> Reply:
        """Send a request and read the reply, all within a time.

        Parameters:
            request: What to send.
            seconds: How long everything may take together.
            follow_redirects: Whether to go on to where a reply points, on this listener.

        Raises:
            TransportError: When no reply came, or not all of one.
            UnsendableError: When a redirect leads to where the listener's rule does not.
        """
        started, stray = time.monotonic(), ""
        for _ in range(MAX_REDIRECTS + 1):
            reply = self._guarded(request, started + seconds, allowed=seconds)
            location = reply.header("Location")
            if not follow_redirects or reply.status not in _REDIRECTS or location is None:
                break
            path = self._target.on_listener(location, request.path_url)
            if path is None:
                stray = f"{location}, which is not on {self._target.name}"
                break
            request = redirected(request, reply.status, path, self._target)
        else:
            stray = f"more than {MAX_REDIRECTS} in a row, the last to {location}"
        return replace(reply, seconds=time.monotonic() - started, stray=stray)

    def _guarded(self, request: requests.PreparedRequest, until: float, *, allowed: float) -> Reply:
        """Send a request once, or twice where the server hung up on an idle connection before it saw the first."""
        for last in (False, True):
            self._wire.begin(until)
            try:
                return self._send(request)
            except TRANSPORT_ERRORS as error:
                if last or request.method not in _REPEATABLE or not is_stale(error, self._wire):
                    fault = explain(error, self._wire, self._target.endpoint, self._target.name, allowed=allowed)
                    raise TransportError(fault) from error
            finally:
                self._wire.idle_since = time.monotonic()
        raise AssertionError("unreachable: the second time returns or raises")

    def _send(self, request: requests.PreparedRequest) -> Reply:
        response = self._session.send(request, stream=True, timeout=None, allow_redirects=False)
        try:
            body = _body(response.raw, str(request.headers.get("Accept-Encoding", "")))
        finally:
            response.close()
        return Reply(
            status=response.status_code,
            headers=tuple((name, _text(value)) for name, value in response.raw.headers.items()),
            body=body[:MAX_BODY],
            truncated=len(body) > MAX_BODY,
            certificate_ends=self._wire.certificate_ends,
        )


def _body(raw: HTTPResponse, accepted: str) -> bytes:
    """Read a body, and a byte more than is kept, which tells whether there is more to it."""
    body = bytearray()
    parts = iter(partial(raw.read, _CHUNK, decode_content=False), b"")
    for part in decoded(parts, raw.headers.get("Content-Encoding", ""), accepted):
        body += part
        if len(body) > MAX_BODY:
            break
    return bytes(body[: MAX_BODY + 1])


def _text(value: str) -> str:
    """Read a header as UTF-8 where it is; http.client reads all as Latin-1."""
    try:
        return value if value.isascii() else value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
