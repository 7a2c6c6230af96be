"""urllib3's connections on deadline-keeping sockets, with replies that have to be whole."""

import http.client
import io
import socket
import time
from typing import Any, Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.response import assert_header_parsing

from greenlight.endpoint import Endpoint
from greenlight.smoke.wire import Wire, dial, tls_context

MAX_IDLE: Final = 1.0
"""Seconds after which a connection is not used again: some servers close theirs after two."""

_SWITCHING_PROTOCOLS: Final = 101
_FIRST_FINAL: Final = 200


class CutReplyError(http.client.HTTPException):
    """When a connection ended in the middle of a line of a reply's head, or between two of them."""


class WholeLines(io.BufferedReader):
    """A reader whose lines are whole: http.client takes the end of the connection for the end of the head."""

    _started = False

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line.

        Raises:
            CutReplyError: When the connection ended before the line did; not before the first byte of all.
        """
        line = super().readline(size)
        if not line.endswith(b"\n") and len(line) != size and (line or self._started):
            raise CutReplyError("the connection ended inside the head of the reply")
        self._started = True
        return line


class WholeReply(http.client.HTTPResponse):
    """A reply whose head is whole and well-formed."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp: Any = WholeLines(self.fp.detach())

    def begin(self) -> None:
        """Read the head of the final reply; http.client takes 103 Early Hints for one."""
        super().begin()
        while _SWITCHING_PROTOCOLS < self.status < _FIRST_FINAL:
            self.headers = self.msg = None  # type: ignore[assignment]  # as before the first call
            super().begin()
        assert_header_parsing(self.msg)

    def _read_next_chunk_size(self) -> int:
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]  # typeshed leaves it out
        if size < 0:
            raise ValueError("a chunk of negative size")  # http.client makes an IncompleteRead of it
        return size


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
        return dial(self._dns_host, self.port, self._wire)

    def connect(self) -> None:
        """Connect, and shake hands where the scheme is https."""
        super().connect()
        self.sock.wire = self._wire
        self._wire.stage = "reply"


class SecureConnection(PlainConnection, HTTPSConnection):
    """A TLS connection that keeps the deadline of its wire."""


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
