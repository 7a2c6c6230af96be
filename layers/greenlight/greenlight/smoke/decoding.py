"""Bodies out of their Content-Encoding, piece by piece, so that a bomb grows no further than somebody reads.

urllib3 decodes as well, but takes a gzip stream that is cut for a whole one, gathers what brings no output for as long as
it comes, and knows the more encodings the more libraries happen to be installed.
"""

import zlib
from collections.abc import Iterator
from typing import Any, Final

ACCEPTED: Final = "gzip, deflate"
"""What requests say that they accept."""

_PIECE: Final = 64 * 1024
_GZIP, _ZLIB, _RAW = 31, 15, -15  # what zlib calls window bits
_GZIP_MAGIC: Final = b"\x1f\x8b"


class EncodingError(ValueError):
    """When a body is not what its Content-Encoding says, or has one that nobody asked for."""


class CutBodyError(EncodingError):
    """When a body ended before its encoding did."""


def decoded(parts: Iterator[bytes], encoding: str, accepted: str = ACCEPTED) -> Iterator[bytes]:
    """Decode a body into small pieces; what is asked for and not known here comes as it is.

    Parameters:
        parts: The body as it comes, no part of it empty.
        encoding: Its Content-Encoding. One at most, because nobody asks for several on top of each other.
        accepted: What the request asked for.

    Raises:
        EncodingError: When it cannot be decoded.
        CutBodyError: When its end is missing.
    """
    name = encoding.strip().lower()
    if name in {"gzip", "x-gzip", "deflate"}:
        yield from _inflated(parts, name)
    elif name in {"", "identity", *_names(accepted)}:
        yield from parts
    elif next(parts, b""):
        raise EncodingError(f'the body has the Content-Encoding "{name}", which nobody asked for')


def _names(accepted: str) -> Iterator[str]:
    return (name.partition(";")[0].strip().lower() for name in accepted.split(","))


def _inflated(parts: Iterator[bytes], name: str) -> Iterator[bytes]:
    decoder = None
    for part in parts:
        rest = part
        # Several streams in a row are one body; anything else behind the end is ignored, as browsers do.
        while rest and (decoder is None or not decoder.eof or rest.startswith(_GZIP_MAGIC)):
            if decoder is None or decoder.eof:
                decoder = zlib.decompressobj(_window(name, rest))
            yield from _pieces(decoder, rest)
            rest = decoder.unused_data
    if decoder is not None and not decoder.eof:
        raise CutBodyError("the body ended before its Content-Encoding did")


def _pieces(decoder: Any, data: bytes) -> Iterator[bytes]:
    try:
        while piece := decoder.decompress(data, _PIECE):
            yield piece
            data = decoder.unconsumed_tail
    except zlib.error as error:
        raise EncodingError("the body is not what its Content-Encoding says") from error


def _window(name: str, data: bytes) -> int:
    """Tell the formats apart: deflate is zlib's by RFC 9110, and without zlib's first bytes from some servers."""
    if name != "deflate":
        return _GZIP
    return _ZLIB if data[0] & 0x0F == zlib.DEFLATED else _RAW
