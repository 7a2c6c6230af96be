"""Real servers on loopback, polite and rude, and ways to run a suite against them."""

import http.server
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from greenlight.documents import Document
from greenlight.endpoint import Endpoint, parse_endpoint
from greenlight.smoke import SuiteResult, load_suite, run_suite


@dataclass
class Seen:
    """A request as a server saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


Reply = tuple[int, dict[str, str], bytes]
Route = Callable[[Seen], Reply]


@dataclass
class App:
    """A polite HTTP server whose routes a test sets."""

    port: int
    routes: dict[str, Route] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    scheme: str = "http"

    @property
    def endpoint(self) -> Endpoint:
        return parse_endpoint(f"{self.scheme}://127.0.0.1:{self.port}")

    def answer(self, path: str, status: int = 200, body: Any = b"", **headers: str) -> None:
        """Let a path have one fixed reply; what is not bytes goes out as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if not isinstance(body, bytes):
            named.setdefault("Content-Type", "application/json")
            body = json.dumps(body).encode()
        self.routes[path] = lambda _: (status, named, body)


def _not_here(_: Seen) -> Reply:
    return 404, {}, b"not here"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def handle_one_request(self) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            super().handle_one_request()

    def _serve(self) -> None:
        app = self.server.app
        length = int(self.headers.get("Content-Length") or 0)
        request = Seen(
            self.command, self.path, dict(self.headers.items()), self.rfile.read(length), self.client_address[1]
        )
        app.seen.append(request)
        route = app.routes.get(self.path.partition("?")[0], _not_here)
        status, headers, body = route(request)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815 - http.server's names

    def log_message(self, *_: Any) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    app: App

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.settimeout(10)
        return connection, address

    def handle_error(self, *_: Any) -> None:
        """A handshake that a client refuses is not this server's trouble."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[App]:
    """Serve on a free port of loopback."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.app = App(server.server_port, scheme="http" if context is None else "https")
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.app
        finally:
            server.shutdown()
            thread.join()


Rudeness = Callable[[socket.socket], None]


class RudeServers:
    """Servers that give each connection to a function, which writes to the bare socket."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._listeners: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def start(self, behave: Rudeness) -> Endpoint:
        """Serve on a new port until all servers are stopped."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        listener.settimeout(0.05)
        self._listeners.append(listener)
        self._run(self._accept, listener, behave)
        return parse_endpoint(f"http://127.0.0.1:{listener.getsockname()[1]}")

    def stop(self) -> None:
        """Stop all servers; connections under way come to their end."""
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=12)
        for listener in self._listeners:
            listener.close()

    def _run(self, function: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket, behave: Rudeness) -> None:
        while not self._over.is_set():
            with suppress(TimeoutError):
                connection, _ = listener.accept()
                connection.settimeout(10)
                self._run(self._serve, connection, behave)

    @staticmethod
    def _serve(connection: socket.socket, behave: Rudeness) -> None:
        with connection, suppress(OSError):
            behave(connection)


def read_request(connection: socket.socket) -> bytes:
    """Read the head of a request."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(4096)
        if not part:
            raise ConnectionAbortedError
        head += part
    return head


def answering(*parts: bytes, pause: float = 0.0) -> Rudeness:
    """Answer one request with some bytes, and close."""

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)

    return behave


def closed_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def suite_of(*tests: dict[str, Any], **keys: Any) -> Any:
    """Load a suite of some tests."""
    return load_suite(Document("smoke.yaml", {"version": 1, "name": "a suite", "tests": list(tests), **keys}))


RUN_OPTIONS = ("namespaces", "tags", "ca_bundle", "on_test", "blue", "earlier")


def run(endpoint: Endpoint, *tests: dict[str, Any], seconds: float = 20, **keys: Any) -> SuiteResult:
    """Run tests against an endpoint; keys of a suite and of ``run_suite`` can be mixed."""
    options: dict[str, Any] = {"namespaces": {}, "deadline": time.monotonic() + seconds, "run_id": "dep-1"}
    options |= {name: keys.pop(name) for name in RUN_OPTIONS if name in keys}
    return run_suite(suite_of(*tests, **keys), endpoint, **options)


def only_attempt(result: SuiteResult) -> Any:
    """Return the one attempt of the one step of the one test."""
    (test,) = result.tests
    (step,) = test.steps
    (attempt,) = step.attempts
    return attempt


def only_fault(result: SuiteResult) -> Any:
    """Return the fault of the only attempt."""
    fault = only_attempt(result).fault
    assert fault is not None, result.reason
    return fault
