"""One exchange with a target over a connection of its own."""

import http.client
import io
from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import quote

# RFC 9110, section 7.6.1: these belong to one connection and are not passed on. Expect is answered on the way.
_OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "expect"}
)
_ASCII = "".join(map(chr, range(0x21, 0x7F)))

Headers = list[tuple[str, str]]


class CutOffError(http.client.HTTPException):
    """When a target closes its connection inside the headers of its reply."""


class _Lines(io.BufferedReader):
    last = b""

    def readline(self, size: int | None = -1, /) -> bytes:
        self.last = super().readline(-1 if size is None else size)
        return self.last


class _Reply(http.client.HTTPResponse):
    # http.client takes a head that is cut off for a complete one: the reply would pass as an empty success.
    def begin(self) -> None:
        lines = _Lines(cast("Any", self.fp).detach())
        self.fp = lines
        super().begin()
        if not lines.last:
            raise CutOffError("the target closed the connection inside the headers of its reply")


class Target(http.client.HTTPConnection):
    """A connection to a target, for one request.

    Args:
        address: The target's IP address.
        port: Its port.
        timeout: How long the target may be silent, in seconds.
    """

    response_class = _Reply

    def __init__(self, address: str, port: int, timeout: float) -> None:
        super().__init__(address, port, timeout=timeout)

    def send_request(self, method: str, target: str, headers: Headers, body: Iterable[bytes] | None) -> None:
        """Send a request as it came, but for the headers of the connection.

        Args:
            method: The method.
            target: Path and query.
            headers: All headers, Host among them.
            body: The body in pieces; without a Content-Length it is sent chunked.

        Raises:
            OSError: When the target cannot be reached, resets the connection or does not take the request in time.
            ValueError: When a header is not legal HTTP.
        """
        self.putrequest(
            method, quote(target, safe=_ASCII, encoding="iso-8859-1"), skip_host=True, skip_accept_encoding=True
        )
        passed_on = end_to_end(headers)
        chunked = body is not None and not any(name.lower() == "content-length" for name, _ in passed_on)
        for name, value in passed_on:
            self.putheader(name, value)
        if chunked:
            self.putheader("Transfer-Encoding", "chunked")
        self.endheaders(cast("Any", body), encode_chunked=chunked)


def end_to_end(headers: Headers) -> Headers:
    """The headers that are passed on: all but those of the connection, and those that Connection names."""
    named = {
        option.strip().lower() for name, value in headers if name.lower() == "connection" for option in value.split(",")
    }
    return [(name, value) for name, value in headers if name.lower() not in _OF_THE_CONNECTION | named]
