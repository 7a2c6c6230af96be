"""The operators of expectations."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from greenlight.smoke.comparisons import Finding
from greenlight.smoke.operators import BodyCondition, Condition, apply
from greenlight.smoke.paths import Found
from greenlight.smoke.values import MISSING, equal
from tests.unit.smoke.test_values import json_values

CONDITION = TypeAdapter(Condition)
BODY = TypeAdapter(BodyCondition)


def findings(condition, value, *, textual=False, **values):
    """Apply a condition, as written, to a value."""
    found = Found(value, exists=value is not MISSING)
    return list(apply(CONDITION.validate_python(condition), found, values, textual=textual))


def holds(condition, value, **kwargs):
    """Tell whether everything in a condition holds."""
    return all(finding.passed for finding in findings(condition, value, **kwargs))


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("ok", "ok"),
        (5, 5.0),
        (None, None),
        ([1, {"a": 2}], [1, {"a": 2.0}]),
        ({"equals": {}}, {}),
        ({"equals": {"x": 1}}, {"x": 1}),
        ({"not_equals": 1}, True),
        ({"contains": "ell"}, "hello"),
        ({"contains": 2}, [1, 2.0]),
        ({"contains": {"a": 1}}, {"a": 1, "b": 2}),
        ({"contains": {"a": 1}}, [{"a": 1}]),
        ({"not_contains": "x"}, "hello"),
        ({"not_contains": True}, [1]),
        ({"matches": "^h.*o$"}, "hello"),
        ({"not_matches": "^h$"}, "hello"),
        ({"one_of": [1, "a", None]}, None),
        ({"exists": True}, None),
        ({"exists": False}, MISSING),
        ({"type": "number"}, 5),
        ({"type": "null"}, None),
        ({"type": None}, None),
        ({"type": "integer"}, 5.0),
        ({"length": 2}, "ab"),
        ({"length": {"gte": 1, "lte": 2}}, [1]),
        ({"length": 0}, {}),
        ({"gt": 4, "gte": 5, "lt": 6, "lte": 5}, 5),
        ({"gt": -1.5}, 0),
    ],
)
def test_an_operator_holds(condition, value):
    """Each operator of the language, where it holds."""
    assert holds(condition, value)


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        (1, True),
        ("5", 5),
        (None, MISSING),
        ({"not_equals": 5}, 5.0),
        ({"not_equals": 5}, MISSING),
        ({"contains": 5}, "5"),
        ({"contains": "a"}, MISSING),
        ({"contains": {"a": 1}}, {"a": 2}),
        ({"contains": "a"}, 5),
        ({"not_contains": "a"}, MISSING),
        ({"not_contains": "a"}, 5),
        ({"matches": "5"}, 5),
        ({"not_matches": "x"}, MISSING),
        ({"not_matches": "x"}, 5),
        ({"one_of": [1, 2]}, True),
        ({"exists": True}, MISSING),
        ({"exists": False}, None),
        ({"type": "number"}, True),
        ({"type": "string"}, MISSING),
        ({"length": 1}, 5),
        ({"length": 1}, MISSING),
        ({"gt": 5}, 5),
        ({"gt": 0}, "5"),
        ({"gte": 0}, True),
        ({"lt": 1}, None),
        ({"lte": 5, "gte": 6}, 5),
    ],
)
def test_an_operator_does_not_hold(condition, value):
    """Each operator where it does not hold; what is missing fails every operator but exists."""
    assert not holds(condition, value)


@pytest.mark.parametrize(
    ("condition", "value", "finding"),
    [
        ("ok", "down", Finding('"ok"', '"down"', passed=False)),
        ({"contains": "x"}, [1], Finding('to contain "x"', "[1]", passed=False)),
        ({"matches": "^a"}, "b", Finding("to match ^a", '"b"', passed=False)),
        ({"type": "array"}, {"a": 1}, Finding("of type array", 'object {"a": 1}', passed=False)),
        ({"length": {"gte": 3}}, [1], Finding("of length 3 or more", "length 1: [1]", passed=False)),
        ({"length": 3}, 7, Finding("of length 3", "no length: 7", passed=False)),
        ({"gte": 3}, 2, Finding("at least 3", "2", passed=False)),
        ({"exists": True}, MISSING, Finding("to exist", "nothing", passed=False)),
        ({"equals": None}, MISSING, Finding("null", "nothing", passed=False)),
        ({"one_of": [1, 2]}, 3, Finding("one of [1, 2]", "3", passed=False)),
    ],
)
def test_a_finding_says_what_was_expected_and_what_was_there(condition, value, finding):
    """The words follow the subject: expected json status "ok", got "down"."""
    assert [finding] == findings(condition, value)


@pytest.mark.parametrize(
    ("condition", "header"),
    [
        (0, "0"),
        (True, "true"),
        ({"one_of": [5, "x"]}, "5"),
        ({"gt": 4}, "5"),
        ({"contains": 5}, "max-age=5"),
        ({"length": 3}, "abc"),
        ({"not_equals": 6}, "5"),
    ],
)
def test_a_header_is_text_to_compare_numbers_with(condition, header):
    """Numbers and booleans of the suite are brought onto the level of a header."""
    assert holds(condition, header, textual=True)


@pytest.mark.parametrize("header", ["nan", "inf", "1e999", "5x", "", "\N{FULLWIDTH DIGIT ONE}"])
def test_a_header_that_is_no_json_number_is_neither_more_nor_less(header):
    """Python would take some of them for numbers."""
    assert not holds({"gte": 0}, header, textual=True)
    assert not holds({"lte": 0}, header, textual=True)


def test_templates_are_filled_in_and_keep_their_type():
    """An expectation can name a value; in an expression it stands for itself, special characters and all."""
    assert holds("{{ n }}", 5, n=5)
    assert holds({"gt": "{{ n }}"}, 6, n=5)
    assert holds({"matches": "^v{{ v }}$"}, "v1.2", v="1.2")
    assert not holds({"matches": "^v{{ v }}$"}, "v1x2", v="1.2")
    assert holds({"one_of": ["{{ n }}"]}, 5, n=5)


def test_a_template_without_a_value_fails_and_says_so():
    """What cannot be compared does not hold."""
    (finding,) = findings("{{ n }}", 5)
    assert finding == Finding('"{{ n }}"', "there is no value for {{ n }}", passed=False)


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"equal": 5},
        {"matches": "("},
        {"matches": "(?=a)"},
        {"matches": "a" * 1001},
        {"matches": None},
        {"one_of": []},
        {"exists": "yes"},
        {"exists": False, "equals": 1},
        {"type": "text"},
        {"length": -1},
        {"length": {"gte": 3, "lte": 2}},
        {"length": {}},
        {"length": True},
        {"gt": "5"},
        {"gt": True},
        {"lt": None},
    ],
)
def test_an_operator_that_cannot_be_meant_is_refused(condition):
    """Mistakes are told when the suite is loaded."""
    with pytest.raises(ValidationError):
        CONDITION.validate_python(condition)


@pytest.mark.parametrize("condition", ["hello", {}, None, {"exists": True}, {"contains": 5}, {"empty": None}])
def test_a_body_takes_operators_of_its_own_and_never_a_bare_text(condition):
    """It would be unclear whether a bare text means contains or equals."""
    with pytest.raises(ValidationError):
        BODY.validate_python(condition)


def test_the_operators_of_a_body():
    """Contains, matches, equals and empty, each where it holds and where it does not."""
    condition = BODY.validate_python(
        {"contains": "a", "not_contains": "z", "matches": "b$", "not_matches": "^b", "equals": "ab", "empty": False}
    )
    assert [True] * 6 == [finding.passed for finding in apply(condition, Found("ab", exists=True), {}, textual=True)]
    assert [False] * 6 == [
        finding.passed
        for finding in apply(
            BODY.validate_python(
                {
                    "contains": "a",
                    "not_contains": "z",
                    "matches": "b$",
                    "not_matches": "^b",
                    "equals": "ab",
                    "empty": True,
                }
            ),
            Found("bz", exists=True),
            {},
            textual=True,
        )
    ]


json_conditions = st.one_of(
    json_values.map(lambda value: {"equals": value}),
    json_values.map(lambda value: {"not_equals": value, "contains": value, "not_contains": value}),
    st.lists(json_values, min_size=1, max_size=3).map(lambda values: {"one_of": values}),
    st.sampled_from(
        [
            {"exists": True},
            {"type": "integer"},
            {"length": {"gte": 1}},
            {"gt": 0, "gte": 1e308, "lt": 0.5, "lte": -1},
            {"matches": "^.$", "not_matches": "[^a]"},
            {"equals": "{{ v }}", "gt": "{{ v }}", "matches": "{{ v }}"},
        ]
    ),
)


@given(json_conditions, json_values | st.just(MISSING) | st.integers(10**300, 10**310), json_values, st.booleans())
def test_no_operator_ever_raises(condition, actual, value, textual):
    """Whatever stands in a reply and in a template, each operator gives a finding in words."""
    if textual:
        actual = actual if actual is MISSING else json.dumps(actual)
    for finding in findings(condition, actual, textual=textual, v=value):
        assert isinstance(finding.passed, bool)
        assert finding.expected
        assert finding.actual


@given(json_values, json_values)
def test_equals_and_not_equals_are_opposites(expected, actual):
    """Exactly one of the two holds for any two values."""
    assert equal(expected, actual) == holds({"equals": expected}, actual) != holds({"not_equals": expected}, actual)
