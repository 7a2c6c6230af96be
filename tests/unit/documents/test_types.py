"""Durations and percentages as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.documents import Document, DocumentError, Duration, Percentage, Strict, duration_text, validate


class Settings(Strict):
    wait: Duration = 1.0
    share: Percentage = 1.0


def read(**data):
    """The settings that an inline object makes."""
    return validate(Settings, Document("g.yaml", data))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("300ms", 0.3),
        ("5s", 5.0),
        ("1.5s", 1.5),
        ("2m", 120.0),
        ("20 m", 1200.0),
        ("4h", 14400.0),
        ("1d", 86400.0),
        ("0s", 0.0),
        ("007s", 7.0),
    ],
)
def test_a_duration_is_a_number_with_a_unit(text, seconds):
    """Every unit that people write, with or without a space."""
    assert seconds == pytest.approx(read(wait=text).wait)


@pytest.mark.parametrize(
    "value",
    [
        5,
        5.0,
        True,
        None,
        "5",
        "s",
        "-5s",
        "+5s",
        "1h30m",
        "5 min",
        "5S",
        "5s ",
        " 5s",
        "1e3s",
        "\u0665s",
        "5.s",
        ".5s",
        [],
    ],
)
def test_anything_else_is_no_duration(value):
    """A bare number most of all, because nobody knows whether it means seconds; the message shows how to write it."""
    with pytest.raises(DocumentError, match=r"is no duration: .*; write a number with a unit, as 300ms, 5s, 2m or 1h$"):
        read(wait=value)


@pytest.mark.parametrize(
    ("text", "fraction"), [("99%", 0.99), ("99.5 %", 0.995), ("0%", 0.0), ("100%", 1.0), ("100.0%", 1.0)]
)
def test_a_percentage_has_its_sign(text, fraction):
    """It becomes a fraction from 0 to 1."""
    assert fraction == pytest.approx(read(share=text).share)


@pytest.mark.parametrize("value", [99, 0.99, "99", "-1%", "101%", "100.1%", "%", "1e1%", None, True])
def test_anything_else_is_no_percentage(value):
    """`0.99` may mean 99 % or nearly one; the message shows how to write it."""
    with pytest.raises(DocumentError, match=r"is no percentage: .*; write a number from 0 to 100 with its sign"):
        read(share=value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.3, "300 ms"),
        (1, "1 s"),
        (1.5, "1.5 s"),
        (9.876, "9.88 s"),
        (12.3, "12 s"),
        (60, "1 min"),
        (90, "90 s"),
        (1200, "20 min"),
        (14400, "4 h"),
        (5400, "90 min"),
    ],
)
def test_seconds_are_told_as_people_say_them(seconds, text):
    """In the largest unit that fits without a remainder."""
    assert text == duration_text(seconds)


@given(st.integers(1, 10**6), st.sampled_from(["ms", "s", "m", "h", "d"]))
def test_every_whole_duration_is_read(number, unit):
    """However large the number, its seconds are exact."""
    factors = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
    assert number * factors[unit] == pytest.approx(read(wait=f"{number}{unit}").wait)
