"""Strict YAML: what is read, what is refused, and in which line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.documents import MAX_BYTES, Document, DocumentError, parse
from greenlight.documents.source import MAX_DEPTH


def mistakes(text):
    """What is told about a text that is refused."""
    with pytest.raises(DocumentError) as caught:
        parse(text, "g.yaml")
    return [str(mistake) for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("y", "y"),
        ("Off", "Off"),
        ("22:30", "22:30"),
        ("2024-01-01", "2024-01-01"),
        ("0x1f", "0x1f"),
        ("0o17", "0o17"),
        ("017", "017"),
        ("0123.5", "0123.5"),
        ("1_000", "1_000"),
        ("1e", "1e"),
        ("=", "="),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("Infinity", "Infinity"),
        ("NaN", "NaN"),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'null'", "null"),
        ('"true"', "true"),
        ("'5'", "5"),
        ("0", 0),
        ("-0", 0),
        ("+5", 5),
        ("-17", -17),
        ("5.", 5.0),
        (".5", 0.5),
        ("-1.5e3", -1500.0),
        ("12345678901234567890", 12345678901234567890),
        ("9" * 300, int("9" * 300)),
        ("9" * 301, "9" * 301),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_scalars_mean_what_they_look_like(text, value):
    """Only JSON's own words and numbers are more than text; everything that YAML 1.1 would convert stays as written."""
    read = parse(f"key: {text}", "g.yaml").data["key"]
    assert (type(value), value) == (type(read), read)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9e400"])
def test_a_number_that_is_not_finite_is_refused(number):
    """JSON has no infinity, so a number that becomes one is a slip of the pen."""
    assert [f"g.yaml:2 b: {number} is no finite number"] == mistakes(f"a: 1\nb: {number}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3", ["g.yaml:3 a: stands twice; the first is in line 1"]),
        ("a: {b: 1,\n  b: 2}", ["g.yaml:2 a.b: stands twice; the first is in line 1"]),
        ('"a": 1\na: 2', ["g.yaml:2 a: stands twice; the first is in line 1"]),
        (
            "a: 1\na: 2\na: 3",
            [f"g.yaml:{line} a: stands twice; the first is in line 1" for line in (2, 3)],
        ),
    ],
)
def test_a_key_that_stands_twice_is_refused(text, told):
    """Both lines are told, because either may be the wrong one."""
    assert told == mistakes(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: &x 1\nb: *x", "g.yaml:1 a: sets the YAML anchor &x; anchors and aliases are refused"),
        ("a: &x 1\nb: *x", "g.yaml:2 b: uses the YAML alias *x; write the value out"),
        ("a: &x {b: 1}", "g.yaml:1 a: sets the YAML anchor &x; anchors and aliases are refused"),
        ("a: [1, &x [2]]", "g.yaml:1 a[1]: sets the YAML anchor &x; anchors and aliases are refused"),
        ("a: 1\n&x b: 2", "g.yaml:2 b: sets the YAML anchor &x; anchors and aliases are refused"),
        ("a: !!str 1", "g.yaml:1 a: carries the YAML tag tag:yaml.org,2002:str; tags are refused"),
        ("a: !ruby/object 1", "g.yaml:1 a: carries the YAML tag !ruby/object; tags are refused"),
        ("a: !x [1]", "g.yaml:1 a: carries the YAML tag !x; tags are refused"),
        ("a: ! 5", "g.yaml:1 a: carries the YAML tag !; tags are refused"),
        ("a: ! {b: 1}", "g.yaml:1 a: carries the YAML tag !; tags are refused"),
        ("a: 1\n!x b: 2", "g.yaml:2 b: carries the YAML tag !x; tags are refused"),
        ("--- 1\n--- 2", "g.yaml:2: starts a second YAML document; one file holds one"),
        ("a: b\n---\n", "g.yaml:2: starts a second YAML document; one file holds one"),
        ("a:\n  ? [b]\n  : c", "g.yaml:2 a: has a key that is not plain text; write keys as words"),
        ("? {a: 1}\n: c", "g.yaml:1: has a key that is not plain text; write keys as words"),
        ("a: &x 1\n*x : 2", "g.yaml:2: has a key that is not plain text; write keys as words"),
    ],
)
def test_yaml_for_experts_is_refused(text, told):
    """Anchors, aliases, tags, several documents and keys that are no words: each with its line and place."""
    assert any(mistake.startswith(told) for mistake in mistakes(text))


def test_an_alias_of_an_alias_costs_nothing():
    """The billion laughs end at the first laugh: aliases are told about and never followed."""
    laughs = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40))
    assert 39 * 10 == len(mistakes(f"a0: &a0 [lol]\n{laughs}")) - 1


def test_a_merge_key_is_a_key():
    """Nothing is merged behind a reader's back; a model will refuse the key by its name."""
    assert {"<<": {"a": 1}, "b": 2} == parse("<<: {a: 1}\nb: 2", "g.yaml").data


def test_keys_are_always_text():
    """As in JSON, a key that looks like a number or a boolean is a word."""
    data = parse("{1: a, true: b, null: c, 1.5: d}", "g.yaml").data
    assert {"1": "a", "true": "b", "null": "c", "1.5": "d"} == data


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1, 2", "g.yaml:2: is not valid YAML: did not find expected ',' or ']' while parsing a flow sequence"),
        ("a: 1\n b: 2", "g.yaml:2: is not valid YAML: mapping values are not allowed in this context"),
        ("a: 'b", "g.yaml:1: is not valid YAML: found unexpected end of stream while scanning a quoted scalar"),
        ("%FOO\n---\na", "g.yaml:1: is not valid YAML: "),
        ("a: 1\n...\nb: 2", "g.yaml:3: is not valid YAML: "),
        ("a: \ud800", "g.yaml: is not valid YAML: "),
    ],
)
def test_broken_yaml_is_told_with_its_line(text, told):
    """After a syntax error nothing else can be said, so there is this one mistake."""
    (mistake,) = mistakes(text)
    assert mistake.startswith(told)


def test_what_was_left_open_is_told_with_the_line_where_it_began():
    """The reader stumbles at the end of the file; the missing quote is where the text began."""
    (mistake,) = mistakes("a:\n  - 'b\n  - c\nd: 1\ne: 2\n")
    assert mistake.startswith(
        "g.yaml:6: is not valid YAML: found unexpected end of stream while scanning a quoted scalar"
    )
    assert "line 2" in mistake


def test_a_character_that_yaml_does_not_know_is_told_with_its_line():
    """A control character cannot be seen, so its line has to be told."""
    (mistake,) = mistakes("é: é\nb: c\x7f")
    assert mistake.startswith("g.yaml:2")
    assert "control characters are not allowed" in mistake


@pytest.mark.parametrize("text", ["path: {{ x }}", "a: 1\npath: {{ x }}/b", "path: {{ x }}\nb: 1"])
def test_a_template_without_quotes_is_told_how_to_be_written(text):
    """To YAML, braces begin a mapping; everybody who uses variables forgets the quotes once."""
    assert any("quotes" in mistake for mistake in mistakes(text))


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing but words\n", "\ufeff"])
def test_an_empty_file_is_refused(text):
    """A file that says nothing was most likely not meant to."""
    assert ["g.yaml: is empty"] == mistakes(text)


def test_nesting_has_an_end():
    """Nobody nests that deep, and whoever reads a tree after us need not fear for their stack."""
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH, "g.yaml").data
    told = ["g.yaml:1 [0][0][0]: nests deeper than 50 levels"]
    assert told == mistakes("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2))
    assert told == mistakes("[" * 100_000)
    assert ["g.yaml:1 a.a.a: nests deeper than 50 levels"] == mistakes("{a: " * 60 + "1" + "}" * 60)


def test_the_size_is_limited_in_bytes():
    """256 KB is the limit, and a character counts as often as it has bytes."""
    assert "x" * MAX_BYTES == parse("x" * MAX_BYTES, "g.yaml").data
    told = ["g.yaml: is larger than 256 KB; split it"]
    assert told == mistakes("x" * (MAX_BYTES + 1))
    assert told == mistakes("é" * (MAX_BYTES // 2 + 1))


LINES = """\
a: {b: [1,
  2, {c: 3,
      d: 4}]}
e:
  # words in between
  - f: |
      two
      lines
    g:
      h: 5

  - i
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), "g.yaml:1"),
        (("a",), "g.yaml:1 a"),
        (("a", "b", 0), "g.yaml:1 a.b[0]"),
        (("a", "b", 1), "g.yaml:2 a.b[1]"),
        (("a", "b", 2, "c"), "g.yaml:2 a.b[2].c"),
        (("a", "b", 2, "d"), "g.yaml:3 a.b[2].d"),
        (("e",), "g.yaml:4 e"),
        (("e", 0), "g.yaml:6 e[0]"),
        (("e", 0, "f"), "g.yaml:6 e[0].f"),
        (("e", 0, "g", "h"), "g.yaml:10 e[0].g.h"),
        (("e", 1), "g.yaml:12 e[1]"),
        (("e", 1, "not there"), "g.yaml:12 e[1].not there"),
        (("not there", 7), "g.yaml:1 not there[7]"),
    ],
)
def test_every_place_has_its_line(path, place):
    """In block and in flow style alike; what is missing is named by the line of what it is missing from."""
    assert place == parse(LINES, "g.yaml").place(path)


def test_a_document_that_never_was_text_has_no_lines():
    """An inline object is named, and the path has to do."""
    assert "hookDetails.gates a[0].b" == Document("hookDetails.gates", {}).place(("a", 0, "b"))


def test_a_part_knows_its_place_in_the_whole():
    """A suite inside a gates file is told about with the gates file's name, line and path."""
    part = parse(LINES, "g.yaml").at(("e", 0)).at(("g",))
    assert {"h": 5} == part.data
    assert "g.yaml:10 e[0].g.h" == part.place(("h",))
    assert "g.yaml:9 e[0].g.x" == part.place(("x",))


def test_a_location_of_a_wrapped_value_leads_to_the_value():
    """A model that takes one thing for a list of one says `a[0].b` where the document says `a.b`."""
    document = parse("a: {b: 1}\nc: [{b: 2}]", "g.yaml")
    assert ("a", "b") == document.real_path(("a", 0, "b"))
    assert ("c", 0, "b") == document.real_path(("c", 0, "b"))
    assert {"b": 1} == document.at(("a", 0)).data


@pytest.mark.parametrize(
    "data",
    [
        {"version": 1, "name": "é", "list": [1, 2.5, None, True, {}], "text": 'a "b" \\ \n \t / # : - &x *y !z'},
        {"smile": "😀", "key 😀": {"deep": ["😀"]}},
        {"a path": "C:\\ud83d\\ude00"},
        [],
        {},
    ],
)
@pytest.mark.parametrize("style", [{}, {"indent": 2}, {"indent": "\t"}, {"ensure_ascii": False}])
def test_json_is_read_as_json(data, style):
    """A gates file that a program wrote as JSON says what the program meant, however it writes JSON."""
    assert data == parse(json.dumps(data, **style), "g.json").data


def test_json_has_lines_too():
    """The same places as in YAML."""
    document = parse(json.dumps({"a": {"b": [1, 2]}}, indent=2), "g.json")
    assert "g.json:5 a.b[1]" == document.place(("a", "b", 1))


# YAML takes no unescaped DEL, C1 control or non-character, https://yaml.org/spec/1.2.2/#51-character-set
TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters=[chr(n) for n in (*range(0x7F, 0xA0), 0xFFFE, 0xFFFF)]), max_size=20
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


@given(st.text() | st.text(alphabet="ab01:- \n\t[]{},&*!|>'\"%#?~.e\\"))
def test_any_text_is_a_document_or_a_mistake(text):
    """Nothing but DocumentError ever comes out of parse, and it always says something."""
    try:
        document = parse(text, "g.yaml")
    except DocumentError as error:
        told = str(error)
    else:
        told = document.place(())
        assert document.data == json.loads(json.dumps(document.data))
    assert told.startswith("g.yaml")


@given(JSON)
def test_any_json_survives(data):
    """What json.dumps writes is read as what it was, to the type of every number."""
    assert repr(data) == repr(parse(json.dumps(data, ensure_ascii=False), "g.json").data)
