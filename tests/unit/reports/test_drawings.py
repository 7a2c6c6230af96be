"""The drawings on the page: the timings of a suite, the latencies of a repeated request, and blue beside green."""

import pytest

from greenlight.reports import of_suite, to_html
from greenlight.smoke.results import Comparison, Fault, Repetition
from tests.unit.reports.pages import read
from tests.unit.reports.samples import (
    BLUE_URL,
    FACTS,
    a_test,
    assertion,
    attempt,
    compared,
    created_and_read,
    flaky,
    many,
    passed,
    repeated,
    rich_suite,
    step,
    suite,
)


def page_of(*tests, **keys):
    """The page of a suite."""
    return read(to_html(of_suite(suite(*tests, **keys), FACTS)))


def bars(page):
    """Class, place and width of every bar of the timings, in percent."""
    return [
        (*(node.classes - {"bar"}), float(node.attributes["x"][:-1]), float(node.attributes["width"][:-1]))
        for node in page.one("svg", "waterfall").all("rect", "bar")
    ]


def test_attempts_stand_where_they_were_made():
    """All tests share one axis, from the first request to the last reply; retries are bars of their own."""
    first = passed("first", at=0.0, seconds=1.0)
    again = a_test(
        "again",
        step(
            attempt(fault=Fault(kind="reset", text="reset"), at=1.0, seconds=0.5),
            attempt(assertion(False), at=2.0, seconds=0.5, status=500),
            attempt(assertion(), at=3.0, seconds=1.0),
        ),
    )
    page = page_of(again, first)
    assert [
        ("passed", 0, 25),
        ("error", 25, 12.5),
        ("failed", 50, 12.5),
        ("passed", 75, 25),
    ] == bars(page)
    words = [node.text for node in page.one("svg", "waterfall").all("text")]
    assert ["0 s", "1 s", "2 s", "3 s", "4 s", "first", "1 s", "again", "3 s, 2 retries"] == words


def test_the_steps_of_a_test_are_rows_below_it():
    """The test is the span of them all; a step that was not run is not drawn."""
    page = page_of(created_and_read())
    rows = page.one("details", "timings").all("tr")[1:]
    assert [
        ["order can be created, read and cancelled", "failed", "0 ms", "2.24 s, 2 retries"],
        ["create", "failed", "0 ms", "2.19 s, 2 retries"],
        ["cancel", "passed", "2.20 s", "45 ms"],
    ] == [[cell.text for cell in row.children] for row in rows]
    assert ["whole", "failed", "failed", "failed", "passed"] == [bar[0] for bar in bars(page)]


def test_the_timings_can_be_read_out():
    """A drawing has a title and a description; the table beside it has every number."""
    page = page_of(flaky(), passed())
    drawing = page.one("svg", "waterfall")
    title, description = (
        next(node.text for node in drawing.walk() if node.attributes.get("id") == name)
        for name in drawing.attributes["aria-labelledby"].split()
    )
    assert "img" == drawing.attributes["role"]
    assert "Timings of 2 tests" == title
    assert (
        "3.08 s from first to last. Longest: search answers, 2.78 s, 2 retries. Tried again: search answers. A table follows."
        == description
    )
    heads = page.one("details", "timings").all("th")
    assert {"col", "row"} == {head.attributes["scope"] for head in heads}


def test_every_drawing_is_named_or_left_out():
    """By a title where it tells something, hidden where the words beside it do."""
    page = read(to_html(of_suite(rich_suite(), FACTS)))
    outer = [node for node in page.all("svg") if node.parent.tag != "svg"]
    assert outer
    assert [] == [
        node.attributes
        for node in outer
        if node.attributes.get("aria-hidden") != "true" and "aria-labelledby" not in node.attributes
    ]


def test_many_tests_are_not_all_drawn():
    """Those that did not pass and those that took longest are; the fold is closed, and says how many there are besides."""
    slowest = passed("slowest", at=0.1, seconds=0.5)
    page = page_of(created_and_read(), slowest, *many(100, broken=False).tests)
    timings = page.one("details", "timings")
    assert "open" not in timings.attributes
    rows = [row.all("th")[0].text for row in timings.all("tr")[1:]]
    assert 60 == len(rows)
    assert {"order can be created, read and cancelled", "slowest"} < set(rows)
    assert "42 more tests took less time: not drawn." in timings.text


def test_what_ran_earlier_is_not_drawn():
    """The axis would be stretched to minutes in which nothing happened."""
    assert [] == page_of(passed(earlier=True)).all("svg", "waterfall")
    assert 1 == len(bars(page_of(passed(earlier=True, at=-600), passed("now"))))


@pytest.mark.parametrize(
    ("seconds", "numbers"),
    [
        (0.0, ["0 s", "0.2 ms", "0.4 ms", "0.6 ms", "0.8 ms", "1 ms"]),
        (0.09, ["0 s", "20 ms", "40 ms", "60 ms", "80 ms"]),
        (1.2, ["0 s", "250 ms", "500 ms", "750 ms", "1 s"]),
        (7, ["0 s", "2 s", "4 s", "6 s"]),
        (300, ["0 s", "100 s", "200 s", "300 s"]),
    ],
)
def test_the_axis_has_round_numbers(seconds, numbers):
    """A few of them, whatever the span."""
    drawing = page_of(passed(seconds=seconds)).one("svg", "waterfall")
    assert numbers == [node.text for node in drawing.all("text", "scale")][:-1]
    assert len(numbers) == len(drawing.all("line", "tick"))


def test_percentiles_stand_beside_their_limits():
    """A limit that does not hold is marked by a shape and a word."""
    table = page_of(repeated()).one("table", "measures")
    rows = [[cell.text for cell in row.children] for row in table.all("tr")]
    assert [
        ["Measure", "Took", "Expected"],
        ["p50", "150 ms", "at most 200 ms (passed)"],
        ["p90", "200 ms", ""],
        ["p95", "509 ms", "at most 300 ms (failed)"],
        ["p99", "no reply", ""],
        ["max", "no reply", ""],
        ["avg", "no reply", ""],
    ] == rows


def test_the_distribution_of_latencies_is_drawn():
    """As many bars as there are spans with a reply in them, and a line for each limit that is near."""
    times = (0.1,) * 30 + (0.2,) * 10 + (1.0,)
    limits = (
        assertion(subject="latency p95", expected="at most 300 ms", actual="200 ms"),
        assertion(subject="latency max", expected="at most 2 min", actual="1 s"),
    )
    one = step(
        attempt(assertion()),
        outcome="passed",
        assertions=limits,
        repetition=Repetition(passed=41, failed=0, errors=0, seconds=times),
    )
    page = page_of(a_test("a", one))
    drawing = page.one("svg", "histogram")
    tall = [float(node.attributes["height"]) for node in drawing.all("rect")]
    assert [78, 26, 2.6] == tall
    assert ["29.41%"] == [line.attributes["x1"] for line in drawing.all("line", "limit")]
    assert ["p95 300 ms", "0 s", "1.02 s"] == [node.text for node in drawing.all("text")]
    assert "From 100 ms to 1 s, half within 100 ms." == drawing.one("desc").text
    assert "Sent 41 times: 41 passed" in page.text


def test_nothing_is_drawn_where_no_reply_came():
    """The table says so."""
    lost = attempt(fault=Fault(kind="reset", text="reset"))
    one = step(lost, repetition=Repetition(passed=0, failed=0, errors=2, seconds=(None, None)))
    page = page_of(a_test("a", one))
    assert [] == page.all("svg", "histogram")
    assert "Sent 2 times: 2 without a reply" in page.text


def test_blue_stands_beside_green():
    """Place for place, with how many differences there are in all and how long each side took."""
    page = page_of(compared())
    table = page.one("table", "sides")
    assert "7 differences, the first 3 of them" == table.one("caption").text
    assert ["Blue", "Green"] == [cell.text for cell in table.one("thead").all("th")]
    first = table.all("tbody")[0]
    assert ("items[0].price", "rowgroup") == (first.one("th").text, first.one("th").attributes["scope"])
    assert ["number, as 12.5", 'string, as "12.50"'] == [cell.text for cell in first.all("td")]
    assert (
        f"Blue: {BLUE_URL}/v2/orders/42 (status 200); fastest answer: blue 112 ms, green 187 ms, 1.7 times as long"
        in page.text
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Comparison(blue_url=BLUE_URL, no_baseline="blue answers 503"), "Nothing could be compared: blue answers 503"),
        (Comparison(blue_url=BLUE_URL, blue_status=200, blue_seconds=0.0, green_seconds=0.1), "No differences."),
        (Comparison(blue_url="", no_baseline="the service's first deployment"), "the service's first deployment"),
    ],
)
def test_a_comparison_without_differences_says_what_it_is(found, words):
    """Nothing found is not the same as nothing compared."""
    page = page_of(a_test("a", step(attempt(assertion()), outcome="passed", comparison=found)))
    assert words in page.one("div", "comparison").text
    assert bool(found.blue_url) == ("Blue: " in page.text)
