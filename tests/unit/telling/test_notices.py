"""Whatever is to be told, it becomes what SNS and EventBridge take."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.telling.notices import MAX_DETAIL_BYTES, MAX_SUBJECT, MAX_TEXT_BYTES, detail, subject, text

ANY_TEXT = st.text(st.characters(codec=None), max_size=400)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(ANY_TEXT)
def test_any_subject_is_one_that_sns_takes(raw):
    """ASCII, one line, less than 100 characters, and never empty."""
    made = subject(raw)
    assert made.isascii()
    assert made.isprintable()
    assert 0 < len(made) <= MAX_SUBJECT


@given(ANY_TEXT, st.lists(ANY_TEXT, max_size=5))
def test_any_text_can_be_sent(head, lines):
    """Half a surrogate pair, as JSON may carry, would cost the whole message."""
    assert text(head, lines).encode()


@given(st.dictionaries(ANY_TEXT, JSON_VALUES, max_size=5))
def test_any_detail_is_json(values):
    """As strict readers take it: no NaN, valid UTF-8."""
    assert isinstance(json.loads(detail(values).encode(), parse_constant=pytest.fail), dict)


def test_a_text_is_cut_and_says_so():
    """SNS refuses more than 256 KB."""
    made = text("head", ["ö" * 400_000])
    assert len(made.encode()) < MAX_TEXT_BYTES + 100
    assert made.endswith("(cut: too long for SNS)")


@pytest.mark.parametrize(
    "values",
    [
        {"reason": "ö" * 1_000_000, "arn": "arn:aws:ecs:x"},
        {"checks": [{"name": f"c{number}", "summary": "x" * 3000} for number in range(5000)]},
        {"evidence": {f"key{number}": list(range(100)) for number in range(2000)}},
    ],
)
def test_a_detail_that_is_too_long_is_cut_and_says_so(values):
    """Texts first, then lists; EventBridge refuses more than 256 KB."""
    made = detail(values)
    assert len(made.encode()) <= MAX_DETAIL_BYTES
    assert json.loads(made)["cut"] is True
