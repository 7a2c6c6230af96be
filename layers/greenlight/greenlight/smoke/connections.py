"""urllib3's connections on deadline-keeping sockets, with replies that have to be whole."""

import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util.response import assert_header_parsing

from greenlight.endpoint import Endpoint
from greenlight.smoke.wire import Wire, dial, tls_context

MAX_IDLE: Final = 1.0
"""Seconds after which a connection is not used again: some servers close theirs after two."""

MAX_LINES: Final = 128 * 1024
"""Bytes of a reply before its body, and behind it; a load balancer lets 32 K of headers through:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""

_SWITCHING_PROTOCOLS: Final = 101
_FIRST_FINAL: Final = 200
_TONGUES: Final = ((b"\x15\x03", "TLS; is it an HTTPS listener?"), (b"\x00\x00", "HTTP/2"))
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
_LENGTH = re.compile(r"[0-9]{1,18}")


class CutReplyError(http.client.HTTPException):
    """When a connection ended in the middle of a line of a reply's head, or between two of them."""


class MalformedReplyError(http.client.HTTPException):
    """When a reply is not written as RFC 9112 wants it, so that two clients could read it in two ways."""


class WholeLines(io.BufferedReader):
    """A reader whose lines are whole, and not endless: http.client takes the end of the connection for that of the head.

    Attributes:
        left: How many bytes its lines may still have, all together.
    """

    _started = False
    left = MAX_LINES

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line.

        Raises:
            CutReplyError: When the connection ended before the line did; not before the first byte of all.
            MalformedReplyError: When there were too many of them.
        """
        line = super().readline(size)
        if not line.endswith(b"\n") and len(line) != size and (line or self._started):
            raise CutReplyError("the connection ended inside the head of the reply")
        self._started = True
        self.left -= len(line)
        if self.left < 0:
            raise MalformedReplyError(f"more than {MAX_LINES // 1024} KiB of it are not body")
        return line


class WholeReply(http.client.HTTPResponse):
    """A reply whose head is whole and well-formed, and whose body has one length, whoever reads it."""

    fp: Any
    chunk_left: int | None
    # Left out by typeshed.
    _safe_read: Callable[[int], bytes]
    _read_and_discard_trailer: Callable[[], None]
    _close_conn: Callable[[], None]

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = WholeLines(self.fp.detach())

    def begin(self) -> None:
        """Read the head of the final reply; http.client takes 103 Early Hints for one."""
        _refuse_other_tongues(self.fp.peek(1))
        super().begin()
        while _SWITCHING_PROTOCOLS < self.status < _FIRST_FINAL:
            self.headers = self.msg = None  # type: ignore[assignment]  # as before the first call
            super().begin()
        assert_header_parsing(self.msg)
        _refuse_unclear_length(self.msg)

    def _get_chunk_left(self) -> int | None:
        """Return what is left of a chunk; None when there is no other. http.client is lenient with sizes and ends."""
        if self.chunk_left == 0 and self._safe_read(2) != b"\r\n":
            raise MalformedReplyError("a chunk is longer than its size")
        if not self.chunk_left:
            self.fp.left = MAX_LINES
            size = self.fp.readline(MAX_LINES + 1).partition(b";")[0].strip()
            if not _CHUNK_SIZE.fullmatch(size):
                raise MalformedReplyError("a chunk has no size")
            self.chunk_left = int(size, 16)
            if self.chunk_left == 0:
                self._read_and_discard_trailer()
                self._close_conn()
                self.chunk_left = None
        return self.chunk_left


def _refuse_other_tongues(first: bytes) -> None:
    for start, tongue in _TONGUES:
        if first.startswith(start):
            raise MalformedReplyError(f"it begins as {tongue}")


def _refuse_unclear_length(headers: http.client.HTTPMessage) -> None:
    """Refuse what RFC 9112, section 6.3, calls an unrecoverable error, and http.client reads in one way or another."""
    codings = headers.get_all("Transfer-Encoding", [])
    if codings and [coding.strip().lower() for coding in codings] != ["chunked"]:
        raise MalformedReplyError(f'its Transfer-Encoding is "{", ".join(codings)}"')
    lengths = [length.strip() for length in headers.get_all("Content-Length", [])]
    if len(set(lengths)) > 1 or not all(map(_LENGTH.fullmatch, lengths)):
        raise MalformedReplyError(f'its Content-Length is "{", ".join(lengths)}"')


class PlainConnection(HTTPConnection):
    """A connection that keeps the deadline of its wire."""

    response_class = WholeReply
    sock: Any

    def __init__(self, *args: Any, wire: Wire, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wire = wire

    @property
    def is_connected(self) -> bool:
        """Tell whether the connection is likely to be taken up by the server again."""
        return time.monotonic() - self._wire.idle_since < MAX_IDLE and super().is_connected

    def _new_conn(self) -> socket.socket:
        """Dial; urllib3 takes a bare reset or broken pipe for a reply that came early, and reads on without a socket."""
        try:
            return dial(self._dns_host, self.port, self._wire)
        except ConnectionError as error:
            raise NewConnectionError(self, str(error)) from error

    def connect(self) -> None:
        """Connect, and shake hands where the scheme is https."""
        super().connect()
        self.sock.wire = self._wire
        self._wire.stage = "reply"


class SecureConnection(PlainConnection, HTTPSConnection):
    """A TLS connection that keeps the deadline of its wire."""

    @property
    def is_connected(self) -> bool:
        """Tell whether it can be used again; a reply that went on too long may wait decrypted, where no socket shows it."""
        return super().is_connected and self.sock.pending() == 0

    def connect(self) -> None:
        """Connect, and note when the certificate ends, which OpenSSL has just found to be good."""
        super().connect()
        self._wire.certificate_ends = ssl.cert_time_to_seconds(self.sock.getpeercert()["notAfter"])


class PlainPool(HTTPConnectionPool):
    """The connections of one worker to an http endpoint."""

    ConnectionCls = PlainConnection


class SecurePool(HTTPSConnectionPool):
    """The connections of one worker to an https endpoint."""

    ConnectionCls = SecureConnection


def open_pool(endpoint: Endpoint, name: str, wire: Wire, ca_bundle: str | None) -> HTTPConnectionPool:
    """Return the pool through which every request of one worker goes, whatever its URL says.

    Parameters:
        endpoint: Where to connect to.
        name: What to ask for in the handshake, and to look for in the certificate.
        wire: Shared with the connections.
        ca_bundle: File with the authorities to trust; None for those that requests trusts.
    """
    if endpoint.scheme == "http":
        return PlainPool(endpoint.address, endpoint.port, maxsize=1, wire=wire)
    return SecurePool(
        endpoint.address,
        endpoint.port,
        maxsize=1,
        wire=wire,
        ssl_context=tls_context(ca_bundle),
        server_hostname=name,  # also what OpenSSL checks; assert_hostname would switch that check off for all
    )
