"""Broken YAML: what the parser says, and what the person who wrote it can do about it."""

import pytest

from greenlight.documents import DocumentError, parse


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a:\n\tb: 1", "g.yaml:2: … any token while scanning for the next token; indent with spaces, not with tabs"),
        ("a: @b", "g.yaml:1: … any token while scanning for the next token; a text that begins with @ needs quotes"),
        ("a: `b`", "g.yaml:1: … any token while scanning for the next token; a text that begins with ` needs quotes"),
        ("a: b: c", 'g.yaml:1: … not allowed in this context; a text with a colon in it needs quotes: "like: this"'),
        ("a: 1\n  b: 2", "g.yaml:2: … begin the line where its neighbours begin; it is indented further than they are"),
        (
            "a:\n  - b: 1\n    c 2\n    d: 3",
            "g.yaml:3: … find expected ':' while scanning a simple key; write a colon and a space after the key",
        ),
        (
            'a: "\\d"',
            "g.yaml:1: … while parsing a quoted scalar; where backslashes are meant as such, write single quotes: '\\d+'",
        ),
        ("a: 'b\nc: d", "g.yaml:2: … a quoted scalar that begins in line 1; the quote is never closed"),
        ("a: b\x07", "g.yaml:1: … unacceptable character #x0007: control characters are not allowed"),
        ("a: {{ b }}c", 'g.yaml:1: … ; a text that begins with {{ needs quotes: "{{ name }}"'),
        (
            "a: [1, 2",
            "g.yaml:2: … did not find expected ',' or ']' while parsing a flow sequence that begins in line 1",
        ),
    ],
)
def test_what_the_parser_stumbles_over_is_told_with_a_cure(text, told):
    """The line where it has to be mended, and what to write there."""
    with pytest.raises(DocumentError) as caught:
        parse(text, "g.yaml")
    (mistake,) = caught.value.mistakes

    begin, _, end = told.partition("… ")
    assert (begin, True) == (str(mistake)[: len(begin)], str(mistake).endswith(end)), str(mistake)


def test_only_braces_are_taken_for_a_template():
    """A list as a key has nothing to do with templates."""
    with pytest.raises(DocumentError) as caught:
        parse("? [a]\n: 1", "g.yaml")

    assert "g.yaml:1: has a key that is not plain text; write keys as words" == str(caught.value)
