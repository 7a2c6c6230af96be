"""Paths into JSON."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.smoke.paths import Found, PathError, compile_path
from greenlight.smoke.values import MISSING
from tests.unit.smoke.test_values import json_values

DOCUMENT = {"a": {"b": [{"id": 1}, {"id": None}], "x-y": True, "": 0}, "items": [], "n": None}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.b[0].id", 1),
        ("$.a.b[0].id", 1),
        ("a.b[-2].id", 1),
        ('a."x-y"', True),
        ('a.""', 0),
        ("$", DOCUMENT),
        ("@", DOCUMENT),
        ("@.n", None),
        ("a.b[1].id", None),
        ("a.b[*].id", [1]),
        ("length(a.b)", 2),
        ("a.b[?id==`1`] | [0].id", 1),
    ],
)
def test_a_path_finds_what_stands_there(path, value):
    """Plain paths, with and without $, and JMESPath expressions give the value."""
    assert value == compile_path(path).find(DOCUMENT).value


def test_a_missing_key_differs_from_null():
    """A key that is not there and a key that holds null are two things."""
    assert compile_path("n").find(DOCUMENT) == Found(None, exists=True)
    assert compile_path("m").find(DOCUMENT) == Found(MISSING, exists=False)


@pytest.mark.parametrize("path", ["a.b[7].id", "a.b.id", "items[0]", "items[-1]", "a[0]", "n.x", "a.b[0].id.x"])
def test_a_plain_path_that_leads_nowhere_finds_nothing(path):
    """Wrong types and indexes on the way are nothing found, not an error."""
    assert compile_path(path).find(DOCUMENT) == Found(MISSING, exists=False)


def test_an_expression_that_gives_null_finds_nothing_but_is_null():
    """JMESPath cannot tell missing from null, so both readings hold."""
    assert compile_path("items[0] || n").find(DOCUMENT) == Found(None, exists=False)


@pytest.mark.parametrize(
    ("path", "cure"),
    [
        ("$.items[*].id", "this is JSONPath; write items[*].id"),
        ("$..id", 'this is JSONPath; write JMESPath, which has no ".."; name the keys on the way'),
        ("$.a[?(@.id==1)].name", "this is JSONPath; write a[?id==`1`].name"),
        ('$.a[?(@.id=="x")]', "this is JSONPath; write a[?id=='x']"),
        ("$['a']['b-c']", 'this is JSONPath; write "a"."b-c"'),
        ("a['b']", 'this is JSONPath; write a."b"'),
        ("$.a.length()", "this is JSONPath; write JMESPath: https://jmespath.org"),
    ],
)
def test_jsonpath_is_refused_with_what_to_write(path, cure):
    """Who comes from JSONPath is told the same path in JMESPath, where there is one."""
    with pytest.raises(PathError) as caught:
        compile_path(path)
    assert cure == str(caught.value)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", 'write "@" for the whole document'),
        ("a[", "no JMESPath"),
        ("request-id", '"request-id"'),
        ("a[?id==1]", "backticks"),
        ("a.{{ x }}", "templates are not filled in inside paths"),
        ("a[?b==`up`]", "write texts in single quotes: 'up'"),
        ("lenght(a)", "there is no function lenght()"),
        ("length(a, b)", "length() takes 1 argument(s), not 2"),
        ("&a", "an expression with & stands only in the arguments of a function"),
        ("[" * 900, "nests too deeply"),
        ("a" * 1001, "at most 1000 characters"),
    ],
)
def test_a_path_that_cannot_be_meant_is_refused_at_once(path, words):
    """Mistakes that JMESPath would tell only at run time are told when the suite is loaded, with the cure."""
    with pytest.raises(PathError) as caught:
        compile_path(path)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("path", "document"),
    [("length(a)", {"a": 1}), ("ceil(to_number(a))", {"a": "1e999"}), ("sort(a)", {"a": [1, "x"]}), ("abs(a)", [])],
)
def test_an_expression_that_does_not_fit_the_reply_says_so(path, document):
    """A function that does not take what is there is a PathError, whatever the interpreter raised."""
    with pytest.raises(PathError, match="cannot be worked out here"):
        compile_path(path).find(document)


@given(st.text(alphabet="ab.[]0-1\"'$@*?()|&`!=<>,: {}", max_size=25), json_values)
def test_any_text_is_a_path_or_refused_and_no_path_breaks_on_any_document(text, document):
    """Nothing but PathError comes out of paths, at load and at run time."""
    with suppress(PathError):
        assert isinstance(compile_path(text).find(document), Found)
