"""Sockets that keep the deadline of a whole exchange.

The time-outs of sockets, and so of requests, are about one read: a server that sends a byte now and then holds a client
for as long as it likes. Here each connect, handshake, write and read may last only until the exchange has to end. So it
ends on time in the thread that waits for it; nobody has to cut the connection from outside, and no cut can be taken for
the end of a reply.
"""

import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from threading import Lock
from typing import Any, Literal

from certifi import where

from greenlight.bounded import Task, TimeIsUpError

Stage = Literal["resolve", "connect", "handshake", "reply"]
Targets = Sequence[tuple[int, int, int, str, Any]]

_reading = Lock()


@dataclass
class Wire:
    """What the connections of one worker share about the exchange under way.

    Attributes:
        until: When it has to end, on the monotonic clock.
        stage: How far it came.
        fresh: Whether it opened a connection of its own.
        received: Bytes that came so far.
        idle_since: When the exchange before it ended, on the monotonic clock.
        certificate_ends: When the certificate of the open connection ends, in seconds since the epoch; None without TLS.
    """

    until: float = 0.0
    stage: Stage = "reply"
    fresh: bool = False
    received: int = 0
    idle_since: float = 0.0
    certificate_ends: float | None = None

    def begin(self, until: float) -> None:
        """Start an exchange, on a connection that is open unless a new one is dialled."""
        self.until, self.stage, self.fresh, self.received = until, "reply", False, 0

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: When there are none.
        """
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the exchange had to end")
        return left


class PlainSocket(socket.socket):
    """A TCP socket that keeps the deadline of its wire."""

    wire: Wire

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Receive within what is left."""
        self.settimeout(self.wire.left())
        count = super().recv_into(buffer, nbytes, flags)
        self.wire.received += count
        return count

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send everything within what is left."""
        self.settimeout(self.wire.left())
        super().sendall(data, flags)


class SecureSocket(ssl.SSLSocket):
    """A TLS socket that keeps the deadline of its wire."""

    wire: Wire

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """Receive within what is left."""
        self.settimeout(self.wire.left())
        count = super().recv_into(buffer, nbytes, flags)
        self.wire.received += count
        return count

    def send(self, data: Any, flags: int = 0) -> int:
        """Send within what is left; ``sendall`` calls it for each part."""
        self.settimeout(self.wire.left())
        return super().send(data, flags)


def tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return the context for all TLS connections of this process; reading the bundle takes 20 ms of CPU each time.

    Parameters:
        ca_bundle: File with the authorities to trust; None for those that requests trusts.
    """
    with _reading:  # workers start side by side, and would all read it
        return _read_context(ca_bundle)


@lru_cache(maxsize=4)
def _read_context(ca_bundle: str | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ca_bundle or where())
    context.sslsocket_class = SecureSocket
    return context


def dial(address: str, port: int, wire: Wire) -> PlainSocket:
    """Open a connection; of several addresses the first that answers, each with its share of the time.

    Raises:
        OSError: When none answers, or there is no such address, or no time is left.
    """
    wire.stage, wire.fresh = "resolve", True
    targets = _resolve(address, port, wire)
    wire.stage = "connect"
    trouble: OSError = OSError("the name has no address")
    for tried, (family, kind, protocol, _, target) in enumerate(targets):
        try:
            return _connected(PlainSocket(family, kind, protocol), target, wire, share=len(targets) - tried)
        except OSError as error:
            trouble = error
    raise trouble


def _connected(connection: PlainSocket, target: Any, wire: Wire, *, share: int) -> PlainSocket:
    connection.wire = wire
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(wire.left() / share)
        connection.connect(target)
        connection.settimeout(wire.left())  # a TLS handshake takes it over, and keeps to it as a whole
    except OSError:
        connection.close()
        raise
    wire.stage = "handshake"
    return connection


def _resolve(address: str, port: int, wire: Wire) -> Targets:
    """Look a name up, waiting no longer than the exchange may last: the system's resolver knows no time-out."""
    try:
        return socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass  # a name, no IP address
    try:
        return Task(partial(socket.getaddrinfo, address, port, type=socket.SOCK_STREAM), "resolve").result(wire.left())
    except TimeIsUpError:
        raise TimeoutError("the name was not resolved") from None
    except UnicodeError as error:  # a label that is empty or too long
        raise socket.gaierror(socket.EAI_NONAME, "it is no host name") from error
