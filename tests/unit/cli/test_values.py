"""What `--var` makes of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.documents import DocumentError
from greenlight_cli.run.values import did_you_mean, parse_value, read_values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-1.5", -1.5),
        ("true", True),
        ("null", None),
        ("no", "no"),
        ("22:30", "22:30"),
        ("v2", "v2"),
        ("", ""),
        (" ", " "),
        ("a b", "a b"),
        ("a: b", "a: b"),
        ("- a", "- a"),
        ("#fff", "#fff"),
        ("a # b", "a # b"),
        ("*", "*"),
        ("&a", "&a"),
        ("!a", "!a"),
        ("@a", "@a"),
        ("a=b", "a=b"),
        ("C:\\dir", "C:\\dir"),
        ('"3"', "3"),
        ("'3'", "3"),
        ('"a\\nb"', "a\nb"),
        ("[1, a]", [1, "a"]),
        ('{"a": [true]}', {"a": [True]}),
        ("{a: 1}", {"a": 1}),
    ],
)
def test_a_value_is_json_or_text(text, value):
    """A number is a number and a quoted one is text, as in the suite; what is neither is taken as it stands."""
    read = parse_value(text)

    assert (type(value), value) == (type(read), read)


@pytest.mark.parametrize("text", ["{a", '"a', "[1,", "{a: 1, a: 2}", "'a' b"])
def test_what_begins_as_more_than_a_word_has_to_end_as_such(text):
    """Half an object is a slip of the pen, not a text."""
    with pytest.raises(DocumentError):
        parse_value(text)


@given(st.text(max_size=30))
def test_any_text_is_a_value_or_a_mistake(text):
    """A plain word stays what it is, to the last character; nothing but DocumentError comes out."""
    try:
        value = parse_value(text)
    except DocumentError:
        assert text.startswith(("{", "[", '"', "'"))
    else:
        assert not isinstance(value, str) or text.startswith(('"', "'")) or text == value


def test_values_go_where_their_names_say():
    """Variables of the suite here, what the templates of a namespace name there."""
    values = read_values([("a", "1"), ("green.image_tag", "v2"), ("green.revision", "7"), ("a", "2")], {"a": 0, "b": 0})

    assert ({"a": 2}, {"green": {"image_tag": "v2", "revision": "7"}}) == (values.variables, values.namespaces)


@pytest.mark.parametrize(
    ("name", "names", "cure"),
    [
        ("tennant", ["count", "tenant"], 'did you mean "tenant"?'),
        ("x", ["count", "tenant"], "there are: count, tenant"),
        ("x", [], "there are none"),
    ],
)
def test_a_name_that_nothing_has_is_answered_with_those_that_there_are(name, names, cure):
    """The one that is meant, where it can be guessed."""
    assert cure == did_you_mean(name, names)
