"""The report as a page: what it shows, what it needs, and that nobody can break into it."""

import json
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.checks import Outcome
from greenlight.gates import HookStatus, Verdict
from greenlight.reports import Facts, of_suite, of_verdict, to_html, to_json
from tests.unit.reports.pages import read
from tests.unit.reports.samples import (
    FACTS,
    HOSTILE,
    URL,
    a_test,
    assertion,
    attempt,
    created_and_read,
    flaky,
    many,
    passed,
    record,
    rich_suite,
    rich_verdict,
    slow,
    step,
    suite,
    unreachable,
)
from tests.unit.reports.strategies import verdicts

RICH = of_verdict(rich_verdict(), FACTS)
TAGS = set(
    re.findall(
        r"\S+",
        "a b body br caption circle code dd desc details div dl document dt footer h1 h2 h3 h4 head header html i li line "
        "link main meta nav p path pattern pre rect section span style summary svg symbol table tbody td text th thead title "
        "tr ul use wbr",
    )
)
ATTRIBUTES = set(
    re.findall(
        r"\S+",
        "aria-hidden aria-label aria-labelledby charset class colspan content cx cy d dir dx height href http-equiv id lang "
        "name open patternunits r rel role rx scope text-anchor viewbox width x x1 x2 y y1 y2",
    )
)
CRUEL = st.lists(
    st.sampled_from(
        [
            "<zap>",
            "</p>",
            "</details>",
            "</style>",
            "</title>",
            '" zap="',
            "' zap='",
            " zap=1 ",
            "<!--",
            "-->",
            "<?zap",
            "]]>",
            "&lt;",
            "\x00",
            "\ud800",
            "\u202e",
            "\n",
            "zap",
        ]
    ),
    max_size=4,
).map("".join)


def page_of(*tests, facts=FACTS, **keys):
    """The page of a suite."""
    return read(to_html(of_suite(suite(*tests, **keys), facts)))


def page_of_verdict(status, *records, reason="because", delay=None):
    """The page of a verdict."""
    return read(to_html(of_verdict(Verdict(status, reason, delay, records), FACTS)))


@given(verdicts(CRUEL, details=st.dictionaries(CRUEL, CRUEL | st.lists(CRUEL), max_size=2)))
def test_no_text_becomes_an_element_or_an_attribute(verdict):
    """Whatever the servers answered and the suite is called: the page has its own elements and attributes, and no other."""
    page = read(to_html(of_verdict(verdict, FACTS)))
    assert {node.tag for node in page.walk()} <= TAGS
    assert {name for node in page.walk() for name in node.attributes} <= ATTRIBUTES
    links = [node.attributes["href"] for node in page.walk() if "href" in node.attributes]
    assert [] == [link for link in links if not link.startswith(("#", "data:image/svg+xml,"))]


@given(verdicts())
def test_addresses_on_the_page_lead_somewhere(verdict):
    """Every link and every label has its one element, whatever the tests are called."""
    page = read(to_html(of_verdict(verdict, FACTS)))
    identifiers = [node.attributes["id"] for node in page.walk() if "id" in node.attributes]
    assert len(identifiers) == len(set(identifiers))
    links = {node.attributes["href"][1:] for node in page.walk() if node.attributes.get("href", "").startswith("#")}
    labels = {name for node in page.walk() for name in node.attributes.get("aria-labelledby", "").split()}
    assert links | labels <= set(identifiers)
    assert [] == [name for name in identifiers if not re.fullmatch(r"_?[a-z0-9/_-]+(-time)?(-[td])?|_hatch", name)]


def test_nothing_is_fetched_and_nothing_runs():
    """One file, no script; a policy that refuses both, should something slip through."""
    page = read(to_html(RICH))
    policy = next(node for node in page.all("meta") if "http-equiv" in node.attributes)
    assert ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") == (
        policy.attributes["http-equiv"],
        policy.attributes["content"],
    )
    assert [] == page.all("script")
    assert "url(" not in page.one("style").text.replace("url(#_hatch)", "")


def test_hostile_text_is_shown_as_it_came():
    """But for what would be obeyed instead of shown: control characters, and those that turn letters round."""
    text = read(to_html(RICH)).text
    assert (
        "<script>alert('x')</script> \"' onmouseover=alert(1) <!-- --> ]]> & \ufffd\ufffd[31m [U+202E]gnp.exe" in text
    )
    assert not set(text) & {"\x00", "\x1b", "\u202e"}


@pytest.mark.parametrize(
    ("status", "delay", "word", "consequence"),
    [
        (HookStatus.FAILED, None, "Failed", "ECS rolls this deployment back."),
        (HookStatus.SUCCEEDED, None, "Passed", "ECS goes on with the deployment."),
        (HookStatus.IN_PROGRESS, 30, "Waiting", "ECS asks again in 30 s."),
        (HookStatus.IN_PROGRESS, 90, "Waiting", "ECS asks again in 1 min 30 s."),
    ],
)
def test_the_verdict_is_the_first_thing_that_is_read(status, delay, word, consequence):
    """As a word, with what follows from it and why; the same word stands in the browser's tab."""
    page = page_of_verdict(status, delay=delay)
    band = page.one("header")
    assert [word] == [node.text for node in band.all("h1")]
    assert f"Greenlight · orders · POST_TEST_TRAFFIC_SHIFT {word} {consequence} because" == spaced(band)
    assert f"{word}: orders, POST_TEST_TRAFFIC_SHIFT" == page.one("head").one("title").text


def spaced(node):
    """The text of an element, with a space between its parts."""
    return " ".join(part for child in node.one("div").children if (part := child.text))


def test_a_pass_with_blemishes_says_how_many():
    """What deserves a look is not hidden behind a green page."""
    soft = record("alarms", Outcome.FAILED, "on fire", severity="warning")
    web = record("web", Outcome.PASSED, "fine", evidence=suite(passed(), slow()))
    page = page_of_verdict(HookStatus.SUCCEEDED, web, soft)
    assert "ECS goes on with the deployment. 2 results deserve a look." == page.one("p", "consequence").text
    assert "never rolls back (severity: warning)" in page.text


@pytest.mark.parametrize(
    ("tests", "word", "consequence"),
    [
        ([passed()], "Passed", "Every test that has to pass did."),
        ([created_and_read()], "Failed", "Not everything is as the suite expects it."),
        ([unreachable()], "Error", "Not everything could be asked."),
        ([a_test("a", outcome="skipped", note="not today")], "Skipped", "Nothing was asked."),
    ],
)
def test_a_suite_from_the_command_line_has_no_ecs(tests, word, consequence):
    """Its outcome is the verdict."""
    page = page_of(*tests, facts=Facts(suite="smoke.yaml"))
    assert (word, consequence) == (page.one("h1").text, page.one("p", "consequence").text)
    assert "ECS" not in page.one("header").text


def test_the_facts_follow_the_verdict():
    """With their names; what is not known is not there."""
    facts = page_of_verdict(HookStatus.FAILED).one("dl", "facts")
    told = [(node.one("dt").text, node.one("dd").text) for node in facts.all("div")]
    assert ("Deployment", "dJ2f81Kx0aQvT7mWc4ZbE") == told[0]
    assert ["Deployment", "Attempt", "Direction", "Green revision", "Gates file", "Invoked by"] == [
        name for name, _ in told
    ]
    assert [] == page_of(passed(), facts=Facts(suite="smoke.yaml")).all("dl", "facts")


def test_what_did_not_pass_is_open_and_comes_first():
    """The gravest at the top; what passed is folded."""
    page = page_of(passed(), slow(), unreachable(), created_and_read(), passed("other"))
    cards = page.all("details", "test")
    assert [
        ("order can be created, read and cancelled", True),
        ("recommendations are served", True),
        ("report is quick", True),
        ("health", False),
        ("other", False),
    ] == [(card.all("h3")[0].text, "open" in card.attributes) for card in cards]
    assert ["2 tests passed"] == [fold.all("summary")[0].text for fold in page.all("details", "rest")]
    assert "open" not in page.one("details", "rest").attributes


def test_where_all_is_well_the_tests_are_listed():
    """Nothing else would be there to see."""
    page = page_of(passed(), passed("other"))
    assert "open" in page.one("details", "rest").attributes
    assert [] == page.all("p", "way")


def test_each_broken_expectation_says_what_was_expected_and_what_came():
    """Those that roll back before those that warn; those that hold are a fold away."""
    soft = assertion(False, "latency", "at most 300 ms", "812 ms", "warning")
    one = attempt(soft, assertion(True, "header ETag"), assertion(False), status=500)
    broken = page_of(a_test("a", step(one))).one("ul", "broken")
    assert [("status", "201", "500"), ("latency", "at most 300 ms", "812 ms")] == [
        (item.one("b").text, *(value.text for value in item.all("dd"))) for item in broken.all("li")
    ]
    assert ["failed: ", "warning: "] == [item.one("span", "hidden").children[0] for item in broken.all("li")]


def test_every_attempt_of_a_retried_step_is_there():
    """With its outcome, status, time and fault; a failed test opens its last one."""
    page = page_of(created_and_read())
    attempts = page.all("details", "attempt")
    assert [False, False, True] == ["open" in one.attributes for one in attempts]
    assert "Attempt 3: failed status 500 in 71 ms, 12:00:02.520" == attempts[2].all("summary")[0].text
    told = page_of(flaky())
    assert "Passed on attempt 3 of 3" in told.text
    assert "1 test passed, 1 of them not at the first attempt" in told.text
    assert "The connection was closed" in told.all("details", "attempt")[0].text


def test_body_and_headers_of_a_failure_are_there():
    """The body as text that keeps its lines and its direction, the headers as a table."""
    one = attempt(assertion(False), status=500, headers=(("X-Id", "7"),), body="line one\n  line two")
    page = page_of(a_test("a", step(one)))
    assert ("line one\n  line two", "auto") == (page.one("pre").children[0], page.one("pre").attributes["dir"])
    rows = [[cell.text for cell in row.children] for row in page.all("tr")]
    assert ["X-Id", "7"] in rows


def test_the_url_is_told_once():
    """It stands with the check; a request that went elsewhere says so."""
    elsewhere = step(attempt(assertion()), request="GET /a", url="http://elsewhere/a")
    page = page_of(passed(), a_test("away", elsewhere))
    assert ["http://elsewhere/a"] == [node.text for node in page.all("span", "url")]
    assert URL in [node.text for node in page.all("li")]


def test_what_was_not_run_says_why():
    """Not run is never passed."""
    page = page_of(a_test("export", outcome="not_run", note="not run: no time was left"))
    assert "Not run: no time was left" == page.one("span", "why").text


def test_other_kinds_of_checks_tell_what_they_have():
    """Names and values, whatever they are, as deep as they go within reason."""
    deep = {"deep": {"a": {"b": {"c": {"d": {"e": 1}}}}}}
    details = {"images": [{"tag": "2.1", "pinned": True}], "since": None, "none": [], "long": "x" * 5000, **deep}
    details["many"] = list(range(60))
    page = page_of_verdict(HookStatus.SUCCEEDED, record("images", Outcome.PASSED, "all pinned", details=details))
    told = page.all("dl", "tree")[0]
    values = {node.all("dt")[0].text: node.all("dd")[0].text for node in told.children}
    assert ("none", "none", "1 more; the JSON has them") == (
        values["since"],
        values["none"],
        values["deep"].removeprefix("abcd"),
    )
    assert "tag2.1pinnedyes" == values["images"]
    assert 2000 == len(values["long"])
    assert values["many"].endswith("49and 10 more; the JSON has them")


def test_details_without_end_do_not_drown_the_page():
    """A page is read on a phone; programs have the JSON."""
    details = {str(number): {str(inner): "x" * 100 for inner in range(50)} for number in range(50)}
    page = to_html(
        of_verdict(Verdict(HookStatus.FAILED, "", None, [record("a", Outcome.FAILED, "", details=details)]), FACTS)
    )
    assert "too much for this page; the JSON has it" in page
    assert len(page) < 50_000


def test_a_long_page_has_a_list_of_what_deserves_a_look():
    """With links to it, and with the numbers of all."""
    page = read(to_html(RICH))
    links = [link.text for link in page.one("nav").all("a")]
    assert ["web", "order can be created, read and cancelled", "list is fast and stable"] == links[:3]
    assert ["alarms", "images", "approval"] == links[-3:]
    counts = [item.text for item in page.one("div", "counts").all("li")]
    assert ["4 failed", "1 error", "1 not run", "1 warning", "1 skipped", "18 passed"] == counts
    assert [] == page_of(passed(), slow()).all("nav")


def test_the_first_trouble_is_one_touch_away():
    """The link leads to the gravest, not to the first in the suite."""
    way = page_of(slow(), created_and_read()).one("p", "way").one("a")
    assert ("Show the first failure", "#orders-api-smoke/order-can-be-created-read-and-cancelled") == (
        way.text,
        way.attributes["href"],
    )


def test_addresses_are_those_of_the_names():
    """People send them to each other: the same test has the same address in every report, whatever came of it."""
    names = ["read /v2", "read /v2", "über uns", "你好", HOSTILE]
    page = page_of(*(passed(name) for name in names))
    assert [
        "orders-api-smoke/read-v2",
        "orders-api-smoke/read-v2-2",
        "orders-api-smoke/ber-uns",
        "orders-api-smoke/test",
        "orders-api-smoke/script-alert-x-script-onmouseover-alert-1-31m-gnp-exe",
    ] == [node.attributes["id"] for node in page.all("div", "inside")]


def test_headings_are_in_order():
    """No level is left out, and there is one of the first."""
    levels = [int(node.tag[1]) for node in read(to_html(RICH)).walk() if re.fullmatch("h[1-6]", node.tag)]
    assert 1 == levels[0]
    assert [1] == [level for level in levels if level == 1]
    assert [] == [(a, b) for a, b in pairwise(levels) if b > a + 1]


def test_two_hundred_passed_tests_make_a_small_page():
    """It opens at once, on a phone without reception worth the name."""
    document = of_suite(many(200, broken=False), FACTS)
    assert len(to_html(document).encode()) < 300_000


def test_two_hundred_failed_tests_make_a_page_that_can_be_opened():
    """What there is no room for is told in short, and is in the JSON."""
    document = of_suite(many(200, broken=True), FACTS)
    page = to_html(document)
    assert len(page.encode()) < 2_000_000
    assert 200 == page.count('<details class="test failed"')


@pytest.mark.parametrize("steps", [1, 20])
def test_a_page_has_an_end_whatever_was_answered(steps):
    """The worst that a suite may bring: everything at its limit, and every character six times as long in HTML."""
    long = '"' * 200
    cruel = attempt(
        *(assertion(passed=False, subject=long, expected=long, actual=long) for _ in range(20)),
        status=500,
        headers=((long, long),) * 40,
        body=long,
    )
    one = step(cruel, request=long, url=long)
    document = of_suite(suite(*(a_test(f"test {number}", *[one] * steps) for number in range(200))), FACTS)
    page = to_html(document)
    assert len(page.encode()) < 2_000_000
    assert "this page has become too large" in page
    assert 200 == page.count('<details class="test failed"')


def test_the_page_is_made_of_the_document_alone():
    """So that it can be made again from the stored JSON, and is the same."""
    assert to_html(RICH) == to_html(json.loads(to_json(RICH)))
    assert "earlier call" in to_html(of_suite(rich_suite(), FACTS))
