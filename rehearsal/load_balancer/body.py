"""A request's body, read piece by piece while it is passed on."""

from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase

_PIECE = 64 * 1024


class BodyError(ConnectionError):
    """When a client ends its request before the body is complete, or frames it wrongly."""


def incoming_body(headers: Message, stream: BufferedIOBase) -> Iterator[bytes] | None:
    """The body's pieces as they arrive, or `None` for a request without a body.

    Args:
        headers: The request's headers; Content-Length or Transfer-Encoding say where the body ends.
        stream: What follows the headers.

    Raises:
        BodyError: While iterating, when the body breaks off or is framed wrongly.
    """
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        return _chunks(stream)
    length = headers.get("Content-Length")
    if length is None:
        return None
    return _exactly(_number(length, 10), stream)


def _exactly(length: int, stream: BufferedIOBase) -> Iterator[bytes]:
    while length > 0:
        piece = stream.read1(min(length, _PIECE))
        if not piece:
            raise BodyError(f"the request ended {length} bytes early")
        length -= len(piece)
        yield piece


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while length := _number(stream.readline(_PIECE).split(b";")[0].decode("iso-8859-1"), 16):
        yield from _exactly(length, stream)
        stream.readline(_PIECE)
    while stream.readline(_PIECE) not in {b"\r\n", b"\n", b""}:
        pass  # trailers


def _number(text: str, base: int) -> int:
    try:
        return int(text.strip(), base)
    except ValueError:
        raise BodyError(f"the length of the request's body, or of a chunk, is not a number: {text.strip()!r}") from None
