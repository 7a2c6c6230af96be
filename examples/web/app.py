"""A small shop, as it would run in a container: pages, a stylesheet with a version in its name, a redirect.

``--broken`` makes a bad release of it: ``asset`` (the page names a stylesheet that was not shipped), ``errors`` (one customer in ten
gets 500, which no smoke test sees).
"""

import argparse
import html
import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

TEAS = ("Assam", "Darjeeling", "Earl Grey")
PAGE = '<!doctype html><title>Shop</title><link rel="stylesheet" href="/assets/{asset}.css"><h1>Shop</h1>{content}\n'
SAFE = {"Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff"}


class Shop(BaseHTTPRequestHandler):
    """Answers GET."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    version: ClassVar[str] = "1"
    broken: ClassVar[str | None] = None

    def do_GET(self) -> None:
        """Answer a page."""
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        if self.broken == "errors" and query.get("customer", [""])[0].endswith("0"):
            self._page("<p>Something went wrong.", status=HTTPStatus.INTERNAL_SERVER_ERROR)
        elif url.path == "/":
            self._page("<p>Welcome.")
        elif url.path == "/search":
            wanted = query.get("q", [""])[0]
            found = TEAS if wanted == "tea" else [tea for tea in TEAS if wanted.lower() in tea.lower()]
            self._page(f"<p>{html.escape(wanted)}: " + ", ".join(found))
        elif url.path == f"/assets/shop-{self.version}.css":
            self._send(b"h1 {color: teal}\n", "text/css", {"Cache-Control": "public, max-age=31536000, immutable"})
        elif url.path == "/shop.php":
            self._send(b"", "text/html", {"Location": "/"}, HTTPStatus.MOVED_PERMANENTLY)
        elif url.path == "/health":
            self._json({"status": "ok"})
        elif url.path == "/version":
            self._json({"image_tag": self.version})
        else:
            self._page("<p>There is no such page.", status=HTTPStatus.NOT_FOUND)

    def _page(self, content: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        asset = "shop-next" if self.broken == "asset" else f"shop-{self.version}"
        text = PAGE.format(asset=asset, content=content)
        self._send(text.encode(), "text/html; charset=utf-8", {**SAFE, "Cache-Control": "no-cache"}, status)

    def _json(self, document: object) -> None:
        self._send(json.dumps(document).encode(), "application/json", {})

    def _send(self, body: bytes, kind: str, headers: dict[str, str], status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of single requests."""


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--version", default="1")
    parser.add_argument("--broken", choices=["asset", "errors"])
    options = parser.parse_args()
    Shop.version, Shop.broken = options.version, options.broken
    with ThreadingHTTPServer(("127.0.0.1", options.port), Shop) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
