"""Mistakes in a document, told in the words of the person who wrote it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BeforeValidator, Field, field_validator

from greenlight.documents import Document, DocumentError, Duration, Strict, parse, validate


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class Door(Strict):
    hints: ClassVar[Mapping[str, str]] = {"windows": "windows are no part of a door"}
    name: str
    width: int = 1
    side: Literal["left", "right"] = "left"
    closes_after: Duration = 1.0
    open: bool = False

    @field_validator("name")
    @classmethod
    def _no_shouting(cls, name: str) -> str:
        if name.isupper():
            raise ValueError(f"shouts: {name}; write it in small letters")
        return name


class House(Strict):
    version: Literal[1]
    front: Door | None = None
    doors: Annotated[list[Door] | None, BeforeValidator(_as_list)] = None
    by_name: dict[str, Door] = Field(default_factory=dict)
    tags: tuple[str, ...] = Field(default=(), strict=False)
    kind: str = Field(default="", alias="type")


def mistakes(text):
    """What is told about a house that is refused."""
    with pytest.raises(DocumentError) as caught:
        validate(House, parse(text, "h.yaml"))
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_sound_document_becomes_a_model():
    """Single values and lists, aliases and defaults."""
    house = validate(House, parse("version: 1\ntype: hut\ndoors: {name: main}\ntags: [a]", "h.yaml"))
    assert House(version=1, type="hut", doors=[Door(name="main")], tags=("a",)) == house


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 1\ndors: 1", 'h.yaml:2 dors: unknown key "dors"; did you mean "doors"?'),
        ("version: 1\ntyp: x", 'h.yaml:2 typ: unknown key "typ"; did you mean "type"?'),
        (
            "version: 1\nqqq: 1",
            'h.yaml:2 qqq: unknown key "qqq"; allowed here: version, front, doors, by_name, tags, type',
        ),
        (
            "version: 1\nfront:\n  name: a\n  widht: 2",
            'h.yaml:4 front.widht: unknown key "widht"; did you mean "width"?',
        ),
        ("version: 1\ndoors:\n  name: a\n  nam: 2", 'h.yaml:4 doors.nam: unknown key "nam"; did you mean "name"?'),
        (
            "version: 1\ndoors:\n- name: a\n- {name: b,\n   nam: 2}",
            'h.yaml:5 doors[1].nam: unknown key "nam"; did you mean "name"?',
        ),
        (
            "version: 1\nby_name:\n  back:\n    name: a\n    nam: 2",
            'h.yaml:5 by_name.back.nam: unknown key "nam"; did you mean "name"?',
        ),
        (
            "version: 1\nfront: {name: a, windows: 2}",
            'h.yaml:2 front.windows: unknown key "windows"; windows are no part of a door',
        ),
        ("version: 1\n<<: {a: 1}", 'h.yaml:2 <<: unknown key "<<"; allowed here: '),
    ],
)
def test_an_unknown_key_is_told_with_its_cure(text, told):
    """What was meant where that can be guessed, else what is allowed; words of other tools get a sentence of their own."""
    (mistake,) = mistakes(text)
    assert mistake.startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tags: []", 'h.yaml:1 version: is missing; "version" has to be given'),
        ("version: 1\nfront: {}", 'h.yaml:2 front.name: is missing; "name" has to be given'),
        ("version: 1\ndoors:\n- name: a\n- width: 1", 'h.yaml:4 doors[1].name: is missing; "name" has to be given'),
        ("version: 2", "h.yaml:1 version: has to be 1, found 2"),
        ("version: '1'", 'h.yaml:1 version: has to be 1, found "1"'),
        ("version: 1\nfront: {name: 5}", "h.yaml:2 front.name: has to be text, found 5"),
        (
            "version: 1\nfront: {name: a, width: 1.5}",
            "h.yaml:2 front.width: has to be a whole number, found 1.5",
        ),
        (
            "version: 1\nfront: {name: a, open: yes}",
            'h.yaml:2 front.open: has to be true or false, found "yes"',
        ),
        (
            "version: 1\nfront: {name: a, side: top}",
            "h.yaml:2 front.side: has to be 'left' or 'right', found \"top\"",
        ),
        ("version: 1\nfront: {name: LOUD}", "h.yaml:2 front.name: shouts: LOUD; write it in small letters"),
        (
            "version: 1\nfront: {name: a, closes_after: 5}",
            "h.yaml:2 front.closes_after: is no duration: 5; write a number with a unit, as 300ms, 5s, 2m or 1h",
        ),
    ],
)
def test_a_wrong_value_is_told_with_what_was_found(text, told):
    """Line, path, what is allowed, and what stands there."""
    assert [told] == mistakes(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 1\nfront: 5", "h.yaml:2 front: has to be a mapping of keys to values, found 5"),
        ("version: 1\ndoors: [a]", 'h.yaml:2 doors[0]: has to be a mapping of keys to values, found "a"'),
        ("version: 1\ndoors: a", 'h.yaml:2 doors: has to be a mapping of keys to values, found "a"'),
        ("version: 1\nby_name: 5", "h.yaml:2 by_name: has to be a mapping of keys to values, found 5"),
        ("version: 1\ntags: a", 'h.yaml:2 tags: has to be a list, found "a"'),
    ],
)
def test_a_value_of_the_wrong_shape_is_told_in_words_of_yaml(text, told):
    """Whoever writes YAML knows mappings and lists; "dictionary", "tuple" and the names of our classes say nothing."""
    assert [told] == mistakes(text)


@pytest.mark.parametrize(
    ("text", "found"), [("- a", '["a"]'), ("a", '"a"'), ("5", "5"), ("~", "null"), ("---", "null")]
)
def test_a_document_that_is_no_mapping_is_refused(text, found):
    """Nothing else could be said about it."""
    (mistake,) = mistakes(text)
    assert mistake.endswith(f": has to be a mapping of keys to values, found {found}")


def test_all_mistakes_are_told_at_once():
    """One run is enough to mend a file; each mistake is told once, in the order of the lines."""
    text = "versio: 1\nfront: {widht: 2}\ndoors: [{name: 5}, {name: a, side: top}]\ntags: [1]"
    assert [
        'h.yaml:1 version: is missing; "version" has to be given',
        'h.yaml:1 versio: unknown key "versio"; did you mean "version"?',
        'h.yaml:2 front.name: is missing; "name" has to be given',
        'h.yaml:2 front.widht: unknown key "widht"; did you mean "width"?',
        "h.yaml:3 doors[0].name: has to be text, found 5",
        "h.yaml:3 doors[1].side: has to be 'left' or 'right', found \"top\"",
        "h.yaml:4 tags[0]: has to be text, found 1",
    ] == mistakes(text)


def test_many_mistakes_are_counted_in_the_message():
    """The message stays readable; the rest is a number, and the error still carries all."""
    text = "version: 1\n" + "".join(f"wrong{n}: 1\n" for n in range(13))
    with pytest.raises(DocumentError) as caught:
        validate(House, parse(text, "h.yaml"))
    assert 13 == len(caught.value.mistakes)
    assert 9 == str(caught.value).count("; h.yaml:")
    assert str(caught.value).endswith("; and 3 more")


def test_a_long_value_is_cut():
    """A message is a sentence, not a copy of the file."""
    (mistake,) = mistakes(f"version: 1\nfront: {{name: a, side: {'x' * 500}}}")
    assert mistake.endswith("…")
    assert len(mistake) < 150


def test_a_part_of_a_file_is_told_about_with_the_line_of_the_whole():
    """A suite inside a gates file: the reader looks for the line in the file that they have open."""
    whole = parse("gates:\n  post:\n    - suite:\n        version: 1\n        dors: []\n", "gates.yaml")
    with pytest.raises(DocumentError) as caught:
        validate(House, whole.at(("gates", "post", 0, "suite")))
    assert 'gates.yaml:5 gates.post[0].suite.dors: unknown key "dors"; did you mean "doors"?' == str(caught.value)


def test_a_model_does_not_change():
    """What was read is what every check sees."""
    door = Door(name="a")
    with pytest.raises(ValueError, match="frozen"):
        door.width = 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*House.model_fields, *Door.model_fields, "type"]) | st.text(max_size=5), inner, max_size=6
        )
    ),
    max_leaves=30,
)


@given(JSON)
def test_any_json_is_a_model_or_a_mistake(data):
    """Nothing but DocumentError ever comes out of validate, and every mistake names its place and says something."""
    try:
        house = validate(House, Document("hookDetails.gates", data))
    except DocumentError as error:
        for mistake in error.mistakes:
            assert mistake.place.startswith("hookDetails.gates")
            assert len(mistake.text) > 5
    else:
        assert 1 == house.version
