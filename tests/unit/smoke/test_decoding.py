"""Content-Encodings: whole bodies come out whole, however they come in; anything else is told."""

import gzip
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.smoke.decoding import CutBodyError, EncodingError, decoded

PACKERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "raw deflate": lambda data: zlib.compress(data)[2:-4],
}


def parts_of(data, size):
    """Return data in parts, as it comes from a connection."""
    return iter([data[start : start + size] for start in range(0, len(data), size)])


@given(
    bodies=st.lists(st.binary(max_size=200), min_size=1, max_size=3),
    repeat=st.sampled_from([1, 3000]),
    size=st.integers(min_value=2, max_value=400),
)
def test_bodies_of_several_gzip_streams_come_out_whole(bodies, repeat, size):
    """However they are cut into parts."""
    data = b"".join(gzip.compress(body * repeat) for body in bodies)
    assert b"".join(body * repeat for body in bodies) == b"".join(decoded(parts_of(data, len(data)), "gzip"))
    assert (bodies[0] * repeat) == b"".join(decoded(parts_of(gzip.compress(bodies[0] * repeat), size), "gzip"))


@given(packer=st.sampled_from(sorted(PACKERS)), body=st.binary(min_size=1, max_size=500), size=st.integers(1, 50))
def test_a_body_without_its_end_is_never_taken_for_a_whole_one(packer, body, size):
    """Wherever it was cut."""
    data = PACKERS[packer](body)
    encoding = packer.split()[-1]
    assert body == b"".join(decoded(parts_of(data, size), encoding))
    for end in range(1, len(data)):
        with pytest.raises(CutBodyError):
            b"".join(decoded(parts_of(data[:end], size), encoding))


@given(st.sampled_from(["gzip", "deflate"]), st.binary(min_size=1, max_size=100), st.integers(1, 20))
def test_whatever_comes_is_decoded_or_told(encoding, data, size):
    """Nothing but the errors that are named comes out."""
    with suppress(EncodingError):
        b"".join(decoded(parts_of(data, size), encoding))


def test_a_bomb_grows_in_small_pieces():
    """Who stops reading pays for no more than that."""
    pieces = decoded(iter([gzip.compress(bytes(10_000_000))]), "gzip")
    assert max(map(len, pieces)) <= 64 * 1024


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "gzip, br", ","])
def test_an_encoding_that_nobody_asked_for_is_refused(encoding):
    """However many libraries are installed; but not where there is nothing to decode."""
    with pytest.raises(EncodingError, match="nobody asked for"):
        list(decoded(iter([b"hello"]), encoding))
    assert list(decoded(iter([]), encoding)) == []
