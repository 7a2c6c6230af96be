"""What broken and hostile servers do, and what has to come of it; for the tests and for benchmarks/rude_servers.py."""

import gzip
import socket
import ssl
import struct
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial, reduce
from typing import Any

from greenlight.smoke.results import FaultKind, Outcome
from tests.unit.smoke.servers import Rudeness, answering, read_request

OK = b"HTTP/1.1 200 OK\r\n"
OPEN = OK + b"Connection: close\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = OK + b"Content-Encoding: gzip\r\n\r\n"
SETTINGS = b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"  # how HTTP/2 begins
PIECE = 64 * 1024
MEGABYTE = bytes(1_000_000)
LOOKS_INSIDE: Mapping[str, Any] = {"expect": {"body": {"contains": "needle"}}}
ASKS_FOR_JSON: Mapping[str, Any] = {"expect": {"json": {"status": "ok"}}}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One kind of rudeness.

    Attributes:
        name: In the table.
        behave: What the server does with a connection.
        outcome: What has to come of a test against it.
        kind: Of the fault; None when there is a reply to judge.
        words: A part of the sentence that says why.
        asks: What the test asks for; a 2xx reply to GET where nothing else is said.
        scheme: How the client speaks to it.
        seconds: The time-out of the test.
    """

    name: str
    behave: Rudeness
    outcome: Outcome = "error"
    kind: FaultKind | None = None
    words: str = ""
    asks: Mapping[str, Any] = field(default_factory=dict)
    scheme: str = "http"
    seconds: float = 1.0

    @property
    def test(self) -> dict[str, Any]:
        """Return the test that a suite has of it."""
        return {"name": "health", "path": "/health", "timeout": f"{self.seconds:.0f}s", **self.asks}


def head(*lines: bytes) -> bytes:
    """Return the head of a good reply with some more headers."""
    return OK + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def polite(connection: socket.socket) -> None:
    """Answer as one should."""
    answering(head(b"Content-Length: 15") + b'{"status":"ok"}')(connection)


def dripping(before: bytes, data: bytes) -> Rudeness:
    """Send something at once, and then a byte each half second for as long as the client listens."""

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(before)
        for byte in data * 20:
            time.sleep(0.5)
            connection.sendall(bytes([byte]))

    return behave


def flooding(before: bytes, part: bytes) -> Rudeness:
    """Send the same again and again until the client hangs up."""
    piece = part * max(1, PIECE // len(part))

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(before)
        while True:
            connection.sendall(piece)

    return behave


def made(make: Callable[[], bytes], *headers: bytes) -> Rudeness:
    """Answer with a body that is made when somebody asks for it."""

    def behave(connection: socket.socket) -> None:
        body = make()
        answering(head(*headers, b"Content-Length: %d" % len(body)) + body)(connection)

    return behave


def waiting(before: bytes) -> Rudeness:
    """Begin to answer, and wait for the client to hang up."""

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(before)
        while connection.recv(PIECE):
            pass

    return behave


def resetting(before: bytes) -> Rudeness:
    """Begin to answer, and tear the connection down."""

    def behave(connection: socket.socket) -> None:
        answering(before)(connection)
        time.sleep(0.1)  # a reset also takes back what was not read yet
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    return behave


def redirecting(location: bytes, *, pause: float = 0.0) -> Rudeness:
    """Answer every request with a redirect."""
    reply = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"

    def behave(connection: socket.socket) -> None:
        while True:
            answering(reply, pause=pause)(connection)

    return behave


def shaking_hands(connection: socket.socket) -> None:
    """Speak TLS to whoever comes."""
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).wrap_socket(connection, server_side=True)


def dripping_handshake(connection: socket.socket) -> None:
    """Send a byte of a TLS handshake each half second."""
    for byte in b"\x16\x03\x03\x40\x00\x02" + bytes(20):
        time.sleep(0.5)
        connection.sendall(bytes([byte]))


def in_plain_text(connection: socket.socket) -> None:
    """Answer whatever comes as a server does that speaks no TLS."""
    connection.recv(PIECE)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


@cache
def bomb(kind: str) -> bytes:
    """Return 300 MB of zeros, compressed to 300 KB: each piece stands alone, so that it need be made only once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    deflated = (packer.compress(MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)) * 300 + b"\x03\x00"
    if kind == "raw deflate":
        return deflated
    if kind == "deflate":
        return (
            b"\x78\xda"
            + deflated
            + struct.pack(">I", reduce(lambda sum_, _: zlib.adler32(MEGABYTE, sum_), range(300), 1))
        )
    checksum = reduce(lambda sum_, _: zlib.crc32(MEGABYTE, sum_), range(300), 0)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + deflated + struct.pack("<II", checksum, 300 * len(MEGABYTE))


SLOW = (
    Case(name="a byte each 0.5 s, in the status line", behave=dripping(b"", OK), kind="timeout"),
    Case(name="a byte each 0.5 s, in the headers", behave=dripping(OK, b"X: yyyyy"), kind="timeout"),
    Case(name="a byte each 0.5 s, in the body", behave=dripping(head(b"Content-Length: 900"), b"x"), kind="timeout"),
    Case(name="a byte each 0.5 s, in chunks", behave=dripping(CHUNKED, b"1\r\nx\r\n"), kind="timeout"),
    Case(name="a byte each 0.5 s, in gzip", behave=dripping(GZIP, b"\x1f\x8b\x08\x00"), kind="timeout"),
    Case(
        name="a byte each 0.5 s, in the TLS handshake",
        behave=dripping_handshake,
        kind="timeout",
        words="no TLS handshake",
        scheme="https",
    ),
    Case(name="accepts, and never answers", behave=waiting(b""), kind="timeout", words="nothing came back"),
    Case(
        name="Content-Length too large, and the connection stays open",
        behave=waiting(head(b"Content-Length: 9") + b"hello"),
        kind="timeout",
        words="bytes of the reply had come",
    ),
    Case(
        name="the end of the connection is the end of the body, and never comes", behave=waiting(OPEN), kind="timeout"
    ),
    Case(
        name="a redirect loop, each time after 0.3 s",
        behave=redirecting(b"/health", pause=0.3),
        kind="timeout",
        asks={"follow_redirects": True},
    ),
)

ENDLESS = (
    Case(name="endless body, nobody looks into it", behave=flooding(OPEN, b"x"), outcome="passed"),
    Case(name="endless body", behave=flooding(OPEN, b"x"), kind="too_large", asks=LOOKS_INSIDE),
    Case(
        name="endless chunks",
        behave=flooding(CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n"),
        kind="too_large",
        asks=LOOKS_INSIDE,
    ),
    Case(
        name="endless chunks of one byte, each with an extension of 60 KB",
        behave=flooding(CHUNKED, b"1;" + b"e" * 60_000 + b"\r\nx\r\n"),
        kind="timeout",
    ),
    Case(name="endless chunk extension", behave=flooding(CHUNKED + b"5;", b"e"), kind="protocol"),
    Case(name="endless trailers", behave=flooding(CHUNKED + b"0\r\n", b"X-Trailer: y\r\n"), kind="protocol"),
    Case(name="endless 100 Continue", behave=flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), kind="protocol"),
    Case(
        name="endless 103 Early Hints",
        behave=flooding(b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
        kind="protocol",
        words="more than 128 KiB",
    ),
    Case(name="endless status line", behave=flooding(b"HTTP/1.1 200 ", b"x"), kind="protocol"),
    Case(name="header line of 100 MB", behave=answering(OK + b"X: ", *[b"y" * PIECE] * 1600), kind="protocol"),
    Case(
        name="10,000 headers",
        behave=answering(head(*(b"X-%d: y" % number for number in range(10_000)))),
        kind="protocol",
        words="more than 100 headers",
    ),
    Case(
        name="90 headers of 60 KB each",
        behave=answering(head(*(b"X-%d: " % number + b"y" * 60_000 for number in range(90)))),
        kind="protocol",
        words="more than 128 KiB",
    ),
    Case(
        name="endless deflate that decodes to nothing",
        behave=flooding(head(b"Content-Encoding: deflate") + b"\x78\x9c", b"\x00\x00\x00\xff\xff"),
        kind="timeout",
    ),
    Case(name="endless gzip that decodes to nothing", behave=flooding(GZIP, gzip.compress(b"")), kind="timeout"),
    Case(
        name="endless rubbish behind gzip",
        behave=flooding(GZIP + gzip.compress(b"hello"), b"rubbish"),
        kind="timeout",
    ),
)

BOMBS = (
    Case(
        name="cookie of 60 KB",
        behave=answering(head(b"Set-Cookie: a=" + b"/+" * 30_000, b"Content-Length: 0")),
        outcome="passed",
    ),
    Case(
        name="gzip bomb (300 MB in 300 KB), nobody looks into it",
        behave=made(partial(bomb, "gzip"), b"Content-Encoding: gzip"),
        outcome="passed",
    ),
    *(
        Case(
            name=f"{kind} bomb (300 MB in 300 KB)",
            behave=made(partial(bomb, kind), b"Content-Encoding: " + kind.split()[-1].encode()),
            kind="too_large",
            asks=LOOKS_INSIDE,
        )
        for kind in ("gzip", "deflate", "raw deflate")
    ),
    Case(
        name="gzip bomb in gzip",
        behave=made(lambda: gzip.compress(bomb("gzip")), b"Content-Encoding: gzip, gzip"),
        kind="encoding",
        words='"gzip, gzip", which nobody asked for',
    ),
    Case(
        name="JSON arrays 100,000 levels deep",
        behave=made(lambda: b"[" * 100_000 + b"]" * 100_000),
        outcome="failed",
        words="nests deeper",
        asks=ASKS_FOR_JSON,
    ),
    Case(
        name="JSON objects 100,000 levels deep",
        behave=made(lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        outcome="failed",
        words="nests deeper",
        asks=ASKS_FOR_JSON,
    ),
    Case(
        name="JSON of 99,000 objects",
        behave=made(lambda: b"[" + b'{"":0},' * 99_000 + b"0]"),
        outcome="failed",
        words="got nothing",
        asks=ASKS_FOR_JSON,
    ),
    Case(
        name="JSON of 149,000 objects",
        behave=made(lambda: b"[" + b'{"":0},' * 149_000 + b"0]"),
        outcome="failed",
        words="more than 100,000 arrays and objects",
        asks=ASKS_FOR_JSON,
    ),
    Case(
        name="JSON number of a million digits",
        behave=made(lambda: b"1" * 1_000_000),
        outcome="failed",
        words="too many digits",
        asks=ASKS_FOR_JSON,
    ),
)

CUT = (
    Case(name="closed without a reply", behave=answering(), kind="reset", words="closed without a reply"),
    Case(name="cut inside the status line", behave=answering(b"HTTP/1.1 20"), kind="cut"),
    Case(name="cut inside a header", behave=answering(OK + b"Content-Le"), kind="cut"),
    Case(name="cut between two headers", behave=answering(OK + b"Content-Length: 0\r\n"), kind="cut"),
    Case(name="cut inside the body", behave=answering(head(b"Content-Length: 10") + b"hello"), kind="cut"),
    Case(name="cut inside a chunk", behave=answering(CHUNKED + b"5\r\nhel"), kind="cut"),
    Case(name="cut before the last chunk", behave=answering(CHUNKED + b"5\r\nhello\r\n"), kind="cut"),
    Case(
        name="cut inside gzip, where only gzip can tell",
        behave=answering(GZIP + gzip.compress(b"hello" * 100)[:-9]),
        kind="cut",
        words="before its Content-Encoding did",
    ),
    Case(name="reset before the reply", behave=resetting(b""), kind="reset"),
    Case(name="reset inside the headers", behave=resetting(OK + b"Content-Le"), kind="reset"),
    Case(name="reset inside the body", behave=resetting(head(b"Content-Length: 10") + b"hello"), kind="reset"),
)

LIES = (
    Case(
        name="Content-Length too small",
        behave=answering(head(b"Content-Length: 5") + b"hello world"),
        outcome="passed",
        asks={"expect": {"body": {"equals": "hello"}}},
    ),
    *(
        Case(
            name=f"Content-Length {lengths}",
            behave=answering(
                head(*(b"Content-Length: " + length.encode() for length in lengths.split(" and "))) + b"hello"
            ),
            kind="protocol",
            words="its Content-Length is",
        )
        for lengths in ("-5", "+5", "0x5", "5 and 6", "5, 6")
    ),
    Case(
        name="Content-Length of 5,000 digits",
        behave=answering(head(b"Content-Length: " + b"9" * 5000) + b"hello"),
        kind="protocol",
        words="its Content-Length is",
    ),
    Case(
        name="Transfer-Encoding that nobody asked for",
        behave=answering(head(b"Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n"),
        kind="protocol",
        words='its Transfer-Encoding is "gzip, chunked"',
    ),
    Case(name="chunk without a size", behave=answering(CHUNKED + b"zz\r\nhello"), kind="protocol"),
    Case(name="chunk of negative size", behave=flooding(CHUNKED + b"-1\r\n", b"x"), kind="protocol"),
    Case(name="chunk of 16 EB", behave=answering(CHUNKED + b"ffffffffffffffff\r\nhello"), kind="cut"),
    Case(
        name="chunk longer than its size",
        behave=answering(CHUNKED + b"5\r\nhello world\r\n0\r\n\r\n"),
        kind="protocol",
        words="longer than its size",
    ),
    Case(
        name="body in the reply to HEAD",
        behave=answering(head(b"Content-Length: 5") + b"hello"),
        outcome="passed",
        asks={"method": "HEAD"},
    ),
    Case(name="body in a 204", behave=answering(b"HTTP/1.1 204 No Content\r\n\r\nhello"), outcome="passed"),
    Case(
        name="gzip that is none",
        behave=made(lambda: b"hello", b"Content-Encoding: gzip"),
        kind="encoding",
        words="not what its Content-Encoding says",
    ),
    *(
        Case(
            name=f"Content-Encoding {coding}, which nobody asked for",
            behave=made(lambda: b"\x0b\x02\x80hello\x03", b"Content-Encoding: " + coding.encode()),
            kind="encoding",
            words="which nobody asked for",
        )
        for coding in ("br", "zstd")
    ),
)

REDIRECTS = (
    Case(
        name="redirect loop",
        behave=redirecting(b"/health"),
        outcome="failed",
        words="more than 10 in a row",
        asks={"follow_redirects": True},
    ),
    Case(
        name="redirect to another host",
        behave=redirecting(b"http://payments.example.com/"),
        outcome="failed",
        words="http://payments.example.com/, which is not on",
        asks={"follow_redirects": True},
    ),
    Case(
        name="redirect to what is no URL",
        behave=redirecting(b"http://[::1/"),
        outcome="failed",
        words="http://[::1/, which is not on",
        asks={"follow_redirects": True},
    ),
    Case(
        name="redirect loop of endless bodies",
        behave=flooding(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", b"x"),
        outcome="failed",
        words="more than 10 in a row",
        asks={"follow_redirects": True},
        seconds=5,
    ),
)

OTHER_TONGUES = (
    Case(name="HTTP/0.9", behave=answering(b"<html>hello</html>\n"), kind="protocol", words="no HTTP/1.1"),
    Case(name="HTTP/2", behave=waiting(SETTINGS), kind="protocol", words="it begins as HTTP/2"),
    Case(name="SSH", behave=answering(b"SSH-2.0-OpenSSH_9.6\r\n"), kind="protocol", words="no HTTP/1.1"),
    Case(name="TLS where plain HTTP is expected", behave=shaking_hands, kind="reset"),
    Case(
        name="an alert of TLS where plain HTTP is expected",
        behave=answering(b"\x15\x03\x01\x00\x02\x02\x46"),
        kind="protocol",
        words="is it an HTTPS listener?",
    ),
    Case(
        name="plain HTTP where TLS is expected",
        behave=in_plain_text,
        kind="tls",
        words="is it an HTTP listener?",
        scheme="https",
    ),
    Case(
        name="invalid UTF-8 in the body, where JSON is expected",
        behave=made(lambda: b'{"status": "\xff\xfe"}'),
        outcome="failed",
        words="it is not UTF-8 text",
        asks=ASKS_FOR_JSON,
    ),
    Case(
        name="invalid UTF-8 in a header",
        behave=made(bytes, b"X-Name: \xff\xfe"),
        outcome="passed",
        asks={"expect": {"headers": {"X-Name": "\xff\xfe"}}},
    ),
    Case(name="NUL in a header", behave=made(bytes, b"X-Name: a\x00b"), outcome="passed"),
    Case(name="header without a colon", behave=answering(head(b"no header at all")), kind="protocol"),
)

CASES = (*SLOW, *ENDLESS, *BOMBS, *CUT, *LIES, *REDIRECTS, *OTHER_TONGUES)
