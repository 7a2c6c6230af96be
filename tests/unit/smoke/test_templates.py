"""Templates in the texts of a suite."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.smoke.templates import UnknownValueError, fill, fill_text, is_template, names, with_samples
from tests.unit.smoke.test_values import json_values

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}(\.[a-z_]{1,8})?", fullmatch=True)


@given(NAMES, json_values)
def test_a_text_that_is_one_template_becomes_the_value_itself(name, value):
    """A number stays a number, an object an object."""
    assert fill(f"{{{{ {name} }}}}", {name: value}) is value


@given(NAMES, st.text(), st.text(), st.text())
def test_a_template_inside_a_text_is_replaced_and_nothing_else(name, before, value, after):
    """The text around a template stays as it is, and a value is never filled in again."""
    before, after = before.replace("{", ""), after.replace("{", "").replace("}", "")
    assert f"{before}{value}{after}!" == fill(f"{before}{{{{{name}}}}}{after}!", {name: value})


@given(json_values)
def test_without_templates_nothing_changes(value):
    """Filling in leaves every value without templates as it was."""
    if not any(names(value)):
        assert value == fill(value, {})


@given(st.text(alphabet="{} ab.-_", max_size=30))
def test_any_text_is_filled_in_or_names_what_is_missing(text):
    """No text makes filling in fail in another way."""
    known = dict.fromkeys(names(text), "v")
    assert list(names(fill(text, known))) == []
    if known:
        with pytest.raises(UnknownValueError):
            fill(text, {})


def test_templates_are_filled_in_at_any_depth_but_not_in_keys():
    """Lists and mappings are walked; keys stay as they are."""
    found = fill({"{{ a }}": ["{{ a }}", {"b": "x{{ a }}"}]}, {"a": 5})
    assert found == {"{{ a }}": [5, {"b": "x5"}]}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("é /", "<é />"),
        (5, "<5>"),
        (1.5, "<1.5>"),
        (True, "<true>"),
        (None, "<null>"),
        ([1, {"a": 2}], '<[1,{"a":2}]>'),
    ],
)
def test_values_inside_a_text_are_written_as_json_except_strings(value, text):
    """``true`` and ``null`` are written as JSON does, not as Python does."""
    assert text == fill("<{{ v }}>", {"v": value})


def test_only_what_is_inserted_is_escaped():
    """The author's own special characters keep their meaning."""
    assert fill_text("^{{ v }}$", {"v": "a.b"}, re.escape) == r"^a\.b$"


def test_a_missing_value_is_named():
    """The message says which value is missing."""
    with pytest.raises(UnknownValueError, match=r"there is no value for \{\{ green\.image_tag \}\}"):
        fill("/v/{{ green.image_tag }}", {"green.image": "x"})


@pytest.mark.parametrize("text", ["{{ a b }}", "{{}}", "{{ a", "{{ 1a }}", "{{ a.b.c }}", "{{ a|upper }}"])
def test_what_only_looks_like_a_template_is_seen(text):
    """After replacing every template the opening braces of a broken one are left."""
    assert "{{" in with_samples(text)
    assert not is_template(text)


@pytest.mark.parametrize("text", ["{{a}}", "{{ a }}", "{{\ta-b.c_d }}"])
def test_blanks_inside_a_template_have_no_meaning(text):
    """A template may be written with or without blanks."""
    assert is_template(text)
