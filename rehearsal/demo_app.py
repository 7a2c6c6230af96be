"""A tiny orders application to deploy: standard library only and in one file, so that any bare Python container runs it.

Faults can be switched on that a smoke suite has to find: `http-500` (orders answer 500 while `/health` stays 200), `slow`
(orders answer late), `wrong-version` (the previous version was built in), `crash` (the process dies upon the first order),
`shape` (an order's quantity has become text; all else is well).

Others show in production alone. A request with a customer's number (`/v2/orders?customer=417`) is one that a smoke suite does
not send: `errors-10-percent` (customers whose number ends in 0 get 500), `slow-10-percent` (they are answered late),
`errors-later` (as the first, once a hundred requests of customers have been answered).
"""

import argparse
import json
import os
import re
import signal
import socketserver
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple

FAULTS = (
    "http-500",
    "slow",
    "wrong-version",
    "crash",
    "shape",
    "errors-10-percent",
    "slow-10-percent",
    "errors-later",
)

_SLOW_SECONDS = 1.5
_LATER = 100
_CRASH_EXIT_CODE = 70
_ORDERS = "/v2/orders"
_DEPENDENCIES = ("database", "payments", "warehouse")
# In every version the same, so that the lists of two versions can be compared.
_STANDING = (
    {"id": "7d1f4a52-0000-4000-8000-000000000001", "status": "paid", "sku": "TEA-1", "tenant": "house", "quantity": 12},
    {"id": "7d1f4a52-0000-4000-8000-000000000002", "status": "sent", "sku": "CUP-3", "tenant": "house", "quantity": 2},
)


class Customers:
    """Counts the requests of customers. Safe for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = 0

    def is_one_in_ten(self, target: str) -> bool:
        """Count a request, and say whether it comes from a customer whose number ends in 0.

        Args:
            target: Path and query of the request; one without a customer's number is not counted.
        """
        found = re.search(r"[?&]customer=(\d+)(?:&|$)", target)
        if found is None:
            return False
        with self._lock:
            self._asked += 1
        return found[1].endswith("0")

    @property
    def asked(self) -> int:
        """How many requests of customers there were."""
        with self._lock:
            return self._asked


class Orders:
    """The orders of this process, at most so many: the oldest makes room. Safe for any number of threads.

    Args:
        limit: How many there may be.
        standing: Those that are there from the start.
    """

    def __init__(self, limit: int = 1000, standing: Sequence[dict[str, Any]] = ()) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._orders = {str(order["id"]): order for order in standing}

    def create(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Keep an order under a new id."""
        order_id = str(uuid.uuid4())
        order = {
            "id": order_id,
            "status": "created",
            "sku": wish.get("sku"),
            "tenant": wish.get("tenant"),
            "quantity": wish.get("quantity", 1),
        }
        with self._lock:
            while len(self._orders) >= self._limit:
                del self._orders[next(iter(self._orders))]
            self._orders[order_id] = order
        return order

    def find(self, order_id: str) -> dict[str, Any] | None:
        """The order of this id."""
        with self._lock:
            return self._orders.get(order_id)

    def remove(self, order_id: str) -> bool:
        """Remove an order, and say whether there was one."""
        with self._lock:
            return self._orders.pop(order_id, None) is not None

    def all(self) -> list[dict[str, Any]]:
        """All orders, the oldest first."""
        with self._lock:
            return list(self._orders.values())


# Not ThreadingHTTPServer, whose bind looks up the host's name and so may ask a name server.
class Application(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """The application's server.

    Args:
        bind: The address to listen on.
        port: The port; 0 takes a free one.
        version: The version that was deployed.
        fault: One of `FAULTS`, or `None`.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, bind: str, port: int, version: str, fault: str | None = None) -> None:
        self.version = previous(version) if fault == "wrong-version" else version
        self.fault = fault
        self.orders = Orders(standing=_STANDING)
        self.customers = Customers()
        super().__init__((bind, port), _Handler)


class _Reply(NamedTuple):
    status: HTTPStatus
    document: Any = None
    location: str | None = None


class _Handler(BaseHTTPRequestHandler):
    server: Application
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        method = "GET" if self.command == "HEAD" else self.command
        if path == _ORDERS or path.startswith(_ORDERS + "/"):
            reply = self._orders(method, path.removeprefix(_ORDERS).strip("/"), body)
        elif method != "GET":
            reply = _error(HTTPStatus.METHOD_NOT_ALLOWED, f"{self.command} is not possible here")
        else:
            reply = self._page(path)
        self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server's names

    def _page(self, path: str) -> _Reply:
        version = self.server.version
        match path:
            case "/":
                return _Reply(
                    HTTPStatus.OK, f"<!doctype html><title>Orders</title><h1>Orders, version {version}</h1>\n"
                )
            case "/health":
                states = [{"name": name, "state": "up"} for name in _DEPENDENCIES]
                return _Reply(HTTPStatus.OK, {"status": "ok", "version": version, "dependencies": states})
            case "/version":
                return _Reply(HTTPStatus.OK, {"version": version, "image_tag": version})
            case _:
                return _error(HTTPStatus.NOT_FOUND, f"there is nothing at {path}")

    def _orders(self, method: str, order_id: str, body: bytes) -> _Reply:
        if self._meet_fault(method):
            self.log_error("could not reach the orders database: connection refused")
            return _error(HTTPStatus.INTERNAL_SERVER_ERROR, "the orders database cannot be reached")
        orders = self.server.orders
        match method, order_id:
            case "GET", "":
                return _Reply(HTTPStatus.OK, {"items": [self._shown(order) for order in orders.all()]})
            case "POST", "":
                return self._create(body)
            case "GET", _:
                found = orders.find(order_id)
                return (
                    _Reply(HTTPStatus.OK, self._shown(found))
                    if found
                    else _error(HTTPStatus.NOT_FOUND, f"no order {order_id}")
                )
            case "DELETE", _ if order_id:
                removed = orders.remove(order_id)
                return (
                    _Reply(HTTPStatus.NO_CONTENT) if removed else _error(HTTPStatus.NOT_FOUND, f"no order {order_id}")
                )
            case _:
                return _error(HTTPStatus.METHOD_NOT_ALLOWED, f"{method} is not possible here")

    def _create(self, body: bytes) -> _Reply:
        try:
            wish = json.loads(body)
        except ValueError:
            return _error(HTTPStatus.BAD_REQUEST, "the body is not JSON")
        if not isinstance(wish, dict):
            return _error(HTTPStatus.BAD_REQUEST, "an order is a JSON object")
        order = self.server.orders.create(wish)
        return _Reply(HTTPStatus.CREATED, self._shown(order), f"{_ORDERS}/{order['id']}")

    def _shown(self, order: dict[str, Any]) -> dict[str, Any]:
        """An order as clients get it."""
        return {**order, "quantity": str(order["quantity"])} if self.server.fault == "shape" else order

    def _meet_fault(self, method: str) -> bool:
        """Say whether the request is to fail; it may have been held up already."""
        fault = self.server.fault
        one_in_ten = self.server.customers.is_one_in_ten(self.path)
        if fault == "slow" or (fault == "slow-10-percent" and one_in_ten):
            time.sleep(_SLOW_SECONDS)
        if fault == "crash" and method == "POST":
            self.log_error("fatal: the order journal is corrupt, giving up")
            sys.stderr.flush()
            os._exit(_CRASH_EXIT_CODE)
        late = self.server.customers.asked > _LATER
        return fault == "http-500" or (
            one_in_ten and (fault == "errors-10-percent" or (fault == "errors-later" and late))
        )

    def _send(self, reply: _Reply) -> None:
        page = isinstance(reply.document, str)
        body = reply.document.encode() if page else json.dumps(reply.document).encode()
        self.send_response(reply.status)
        if reply.location is not None:
            self.send_header("Location", reply.location)
        if reply.status == HTTPStatus.NO_CONTENT:
            body = b""
        else:
            self.send_header("Content-Type", "text/html; charset=utf-8" if page else "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def previous(version: str) -> str:
    """The version before: `2` becomes `1`, `1.4.2` becomes `1.4.1`; one that does not count becomes `previous`."""
    counted = re.fullmatch(r"(.*?)(\d+)", version)
    return f"{counted[1]}{max(int(counted[2]) - 1, 0)}" if counted else "previous"


def _error(status: HTTPStatus, message: str) -> _Reply:
    return _Reply(status, {"error": message})


def _end_with_stdin() -> None:
    # Not sys.stdin: its lock, held by this thread for good, would make the interpreter's end a fatal error.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM.

    Args:
        arguments: The command line; that of the process when `None`.
    """
    parser = argparse.ArgumentParser(prog="python -m rehearsal.demo_app", description="A tiny orders application.")
    parser.add_argument("--bind", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (a free one)")
    parser.add_argument("--version", default="1", help="the version that it says it is (%(default)s)")
    parser.add_argument("--fault", choices=FAULTS, help="a fault to switch on")
    parser.add_argument(
        "--stop-with-stdin", action="store_true", help="stop when standard input ends, that is, with the parent process"
    )
    options = parser.parse_args(arguments)
    with Application(options.bind, options.port, options.version, options.fault) as application:
        for end in (signal.SIGTERM, signal.SIGINT):
            signal.signal(end, lambda *_: sys.exit(0))
        if options.stop_with_stdin:
            threading.Thread(target=_end_with_stdin, daemon=True).start()
        host, port = application.server_address[:2]
        print(f"listening on {host!s}:{port}", flush=True)
        application.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()
