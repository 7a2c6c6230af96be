"""Files as they stand on a disk, before they are text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.documents import MAX_BYTES, DocumentError, parse_bytes


@pytest.mark.parametrize(
    "data", [b"a: \xc3\xa9", b"\xef\xbb\xbfa: \xc3\xa9", b"a: \xc3\xa9\r\n", b'\xef\xbb\xbf{"a": "\\u00e9"}']
)
def test_utf_8_is_read_with_and_without_its_mark(data):
    """Editors on Windows write the mark, and other ends of lines."""
    assert {"a": "é"} == parse_bytes(data, "g.yaml").data


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("a: 1".encode("utf-16"), "g.yaml: is UTF-16 text; save it as UTF-8"),
        ("a: 1".encode("utf-32"), "g.yaml: is UTF-32 text; save it as UTF-8"),
        ("a: 1".encode("utf-16-le"), "g.yaml: is no text: byte 1 is null; save it as UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n\0\0", "g.yaml: is no text: byte 8 is null; save it as UTF-8 text"),
        ("a: 1\nb: é".encode("latin-1"), "g.yaml:2: holds the byte 0xE9, so it is not UTF-8 text; save it as UTF-8"),
        (b"a" * (MAX_BYTES + 1), "g.yaml: is larger than 256 KB; split it"),
        (b"", "g.yaml: is empty"),
    ],
)
def test_what_is_no_utf_8_is_told_what_it_is(data, told):
    """With the line where that can be said."""
    with pytest.raises(DocumentError) as caught:
        parse_bytes(data, "g.yaml")

    assert told == str(caught.value)


@given(st.binary(max_size=100))
def test_any_bytes_are_a_document_or_a_mistake(data):
    """Nothing but DocumentError comes out."""
    try:
        name = parse_bytes(data, "g.yaml").name
    except DocumentError as error:
        name = str(error)[:6]
    assert "g.yaml" == name
