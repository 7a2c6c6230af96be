"""JSON as replies and suites hold it."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.smoke.values import MISSING, NotJsonError, as_text, deeper_than, equal, is_type, parse_json, type_name

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (True, 1),
        (False, 0),
        ("5", 5),
        (None, False),
        ([True], [1]),
        ({"a": 0}, {"a": False}),
        ({"a": None}, {}),
        ([1, 2], [2, 1]),
        ("", None),
    ],
)
def test_values_of_different_json_types_are_never_equal(left, right):
    """JSON keeps apart what Python takes for equal."""
    assert not equal(left, right)
    assert not equal(right, left)


@pytest.mark.parametrize(
    ("left", "right"), [(5, 5.0), ([1.0], [1]), ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}), (None, None)]
)
def test_numbers_are_equal_whatever_way_they_are_written(left, right):
    """5 and 5.0 are one number to JSON, and the order of keys has no meaning."""
    assert equal(left, right)


@given(json_values)
def test_every_value_equals_its_own_round_trip(value):
    """Writing and reading a value gives an equal value."""
    assert equal(value, parse_json(json.dumps(value).encode()))


@given(json_values, json_values)
def test_equality_agrees_with_the_canonical_form(left, right):
    """Two values are equal exactly when their canonical JSON is, with whole numbers written as integers."""
    assert equal(left, right) == (_canonical(left) == _canonical(right))


def _canonical(value):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, list):
        return f"[{','.join(map(_canonical, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{json.dumps(key)}:{_canonical(value[key])}' for key in sorted(value))}}}"
    return json.dumps(value)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body is empty"),
        (b" \n", "the body is empty"),
        (b"<html>", "expecting value in line 1, column 1"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b"[-Infinity]", "-Infinity is no JSON number"),
        (b"[1e999]", "1e999 is too large a number"),
        (b'{"a": 1} trailing', "extra data in line 1, column 10"),
        (b'"\xff\xfe"', "it is not UTF-8 text"),
        (b"9" * 5000, "a number has too many digits"),
        (b"[" * 101 + b"]" * 101, "it nests deeper than 100 levels"),
        (b"[" * 200_000 + b"]" * 200_000, "it nests deeper than 100 levels"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "it nests deeper than 100 levels"),
    ],
)
def test_what_is_no_json_is_refused_with_the_reason(body, reason):
    """NaN, Infinity, bottomless nesting and broken text are told apart, and none of them crashes."""
    with pytest.raises(NotJsonError) as caught:
        parse_json(body)
    assert reason == str(caught.value)


def test_a_hundred_levels_are_json():
    """The limit of nesting itself is allowed."""
    value = parse_json(b"[" * 100 + b"]" * 100)
    assert not deeper_than(value, 100)
    assert deeper_than(value, 99)


def test_the_last_of_two_equal_keys_wins():
    """Duplicate keys of a reply are read as browsers read them."""
    assert parse_json(b'{"a": 1, "a": 2}') == {"a": 2}


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_refused(body):
    """Nothing but NotJsonError comes out of reading a reply."""
    try:
        value = parse_json(body)
    except NotJsonError:
        return
    assert equal(value, value)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("x", "string"),
        (1, "integer"),
        (1.0, "integer"),
        (10**400, "integer"),
        (1.5, "number"),
        (True, "boolean"),
        (None, "null"),
        ([], "array"),
        ({}, "object"),
    ],
)
def test_every_value_has_one_json_type(value, name):
    """Types carry JSON's names, and a number without fraction is an integer."""
    assert name == type_name(value)
    assert is_type(value, name)


def test_an_integer_is_a_number_but_a_boolean_is_not():
    """``number`` covers integers; ``integer`` and ``number`` leave booleans out."""
    assert is_type(5, "number")
    assert not is_type(5.5, "integer")
    assert not is_type(True, "number")
    assert not is_type(True, "integer")


def test_values_are_written_as_json_and_bounded():
    """A message shows a value as it stands in the reply, whatever its size."""
    assert as_text({"a": [1, None, "ü"]}) == '{"a": [1, null, "ü"]}'
    assert as_text(MISSING) == "nothing"
    assert as_text(math.inf) == "Infinity"
    assert as_text(10**5000) == "a number of too many digits"
    assert len(as_text(["x" * 1000] * 1000)) == 16_000
