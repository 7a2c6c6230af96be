"""Servers that end when they are told to: no thread, no open connection outlives them."""

import contextlib
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator
from typing import Any

_POLL_SECONDS = 0.02
_JOIN_SECONDS = 5.0


class StoppableServer(socketserver.ThreadingMixIn, socketserver.BaseServer):
    """Mix-in for a threading server: `start()` serves in a thread of its own, `stop()` leaves nothing behind.

    The standard library closes the listening socket only; a client's idle keep-alive connection would hold its thread
    and its socket for as long as the client likes.
    """

    daemon_threads = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._lock = threading.Lock()
        self._connections: dict[socket.socket, threading.Thread | None] = {}
        self._serving: threading.Thread | None = None
        super().__init__(*args, **kwargs)

    def start(self) -> None:
        """Accept connections, in a daemonic thread, until `stop()`."""
        self._serving = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": _POLL_SECONDS}, daemon=True, name=type(self).__name__
        )
        self._serving.start()

    def stop(self) -> None:
        """Close the listening socket, break every open connection and wait for the threads that served them."""
        if self._serving is not None:
            self.shutdown()
            self._serving.join()
        self.server_close()
        with self._lock:
            connections = dict(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):  # the other side may have closed it first
                connection.shutdown(socket.SHUT_RDWR)
        for thread in connections.values():
            if thread is not None:
                thread.join(_JOIN_SECONDS)

    @contextlib.contextmanager
    def watching(self, connection: socket.socket) -> Iterator[None]:
        """Let `stop()` break this connection too: one that a handler opened itself, to another server."""
        with self._lock:
            self._connections[connection] = None
        try:
            yield
        finally:
            with self._lock:
                self._connections.pop(connection, None)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve one accepted connection in a thread that `stop()` knows of."""
        thread = threading.Thread(
            target=self.process_request_thread,
            args=(request, client_address),
            daemon=True,
            name=f"{type(self).__name__} connection",
        )
        with self._lock:
            self._connections[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that has been served, and close it."""
        with self._lock:
            self._connections.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report what broke a handler, unless it is that the other side went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
