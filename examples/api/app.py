"""A small API with a login, as it would run in a container. The password comes from the environment, as from a task's secrets.

Tokens are signed and kept nowhere, so that blue and green take each other's: ``compare`` asks both with the same one.

``--broken`` makes a bad release of it: ``login`` (whoever is not logged in gets everything), ``float`` (amounts have become numbers with
a point).
"""

import argparse
import hashlib
import hmac
import itertools
import json
import os
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

INVOICES = "/v1/invoices"


class Api(BaseHTTPRequestHandler):
    """Answers in JSON."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    version: ClassVar[str] = "1"
    broken: ClassVar[str | None] = None
    numbers = itertools.count(2)
    invoices: ClassVar[dict[str, dict[str, Any]]] = {
        "1": {"id": "1", "customer": "house", "cents": 990, "status": "paid"}
    }

    def do_GET(self) -> None:
        """Answer what is there."""
        path = self.path.partition("?")[0]
        if path == "/health":
            self._send({"status": "ok"})
        elif path == "/version":
            self._send({"image_tag": self.version})
        elif path in {"/", "/public/prices"}:
            self._send({"prices": [{"sku": "TEA-1", "cents": 450}]})
        elif not self._known():
            self._send({"error": "log in"}, HTTPStatus.UNAUTHORIZED)
        elif path == INVOICES:
            self._send({"items": [self._shown(each) for each in list(self.invoices.values())]})
        else:
            self._found(path, lambda invoice: self._send(self._shown(invoice)))

    def do_POST(self) -> None:
        """Log somebody in, or write an invoice."""
        wish = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.path == "/login":
            self._log_in(wish)
        elif not self._known():
            self._send({"error": "log in"}, HTTPStatus.UNAUTHORIZED)
        else:
            invoice = {"id": str(next(self.numbers)), "status": "open", **wish}
            self.invoices[invoice["id"]] = invoice
            self._send(self._shown(invoice), HTTPStatus.CREATED)

    def do_DELETE(self) -> None:
        """Cancel an invoice."""
        if not self._known():
            self._send({"error": "log in"}, HTTPStatus.UNAUTHORIZED)
            return
        self._found(self.path, lambda invoice: self._cancel(invoice["id"]))

    def _log_in(self, wish: dict[str, Any]) -> None:
        if hmac.compare_digest(str(wish.get("password")), os.environ["SMOKE_PASSWORD"]):
            self._send({"token": signed("smoke"), "expires_in": 3600})
        else:
            self._send({"error": "wrong password"}, HTTPStatus.FORBIDDEN)

    def _known(self) -> bool:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        return hmac.compare_digest(token, signed("smoke")) or self.broken == "login"

    def _found(self, path: str, then: Any) -> None:
        invoice = self.invoices.get(path.removeprefix(f"{INVOICES}/"))
        if invoice is None:
            self._send({"error": "no such invoice"}, HTTPStatus.NOT_FOUND)
        else:
            then(invoice)

    def _cancel(self, number: str) -> None:
        self.invoices.pop(number, None)
        self.send_response(HTTPStatus.NO_CONTENT)
        self.end_headers()

    def _shown(self, invoice: dict[str, Any]) -> dict[str, Any]:
        return {**invoice, "cents": invoice["cents"] + 0.5} if self.broken == "float" else invoice

    def _send(self, document: object, status: HTTPStatus = HTTPStatus.OK) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of single requests."""


def signed(user: str) -> str:
    """Return a token for a user."""
    key = os.environ["SMOKE_PASSWORD"].encode()
    return f"{user}.{hmac.new(key, user.encode(), hashlib.sha256).hexdigest()}"


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--version", default="1")
    parser.add_argument("--broken", choices=["login", "float"])
    options = parser.parse_args()
    Api.version, Api.broken = options.version, options.broken
    with ThreadingHTTPServer(("127.0.0.1", options.port), Api) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
