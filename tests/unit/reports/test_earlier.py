"""What is taken over from the report of the previous invocation."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.checks import Outcome
from greenlight.gates import HookStatus, Verdict
from greenlight.reports import Facts, of_verdict, to_html, to_junit, with_earlier
from greenlight.reports.earlier import leans_on_earlier
from greenlight.smoke.results import TestResult
from tests.unit.reports.samples import FACTS, created_and_read, flaky, passed, record, rich_verdict, slow, suite
from tests.unit.reports.strategies import ANY_JSON


def report(*tests, facts=FACTS, outcome=Outcome.FAILED, fresh=True, name="web", **keys):
    """The report of one check, with the results of some tests."""
    evidence = suite(*tests, **keys) if tests else None
    told = record(name, outcome, "why", evidence=evidence, fresh=fresh)
    return of_verdict(Verdict(HookStatus.FAILED, "why", None, [told]), facts)


def remembered(name, outcome="passed"):
    """A test of an earlier invocation."""
    return TestResult(name=name, outcome=outcome, tags=("now",), note="in an earlier invocation", earlier=True)


def the_tests(document):
    """The tests of the first check."""
    return document["checks"][0]["suite"]["tests"]


def test_a_test_that_ran_earlier_gets_its_steps_back():
    """With how long it took and what was to say of it; what ran now stays as it is."""
    previous = report(flaky(), slow())
    document = report(remembered("search answers"), passed("health"))
    found, now = the_tests(with_earlier(document, previous))
    assert the_tests(previous)[0]["steps"] == found["steps"]
    assert (0.79, "passed on attempt 3 of 3", "", True, ["now"]) == tuple(
        found[key] for key in ("seconds", "why", "note", "earlier", "tags")
    )
    assert the_tests(document)[1] == now


def test_it_goes_on_from_report_to_report():
    """The second invocation's report carries the first one's details to the third."""
    first = report(flaky())
    second = with_earlier(report(remembered("search answers"), slow()), first)
    third = with_earlier(report(remembered("search answers"), remembered("report is quick", "warning")), second)
    assert [the_tests(first)[0]["steps"], the_tests(second)[1]["steps"]] == [test["steps"] for test in the_tests(third)]


@pytest.mark.parametrize(
    "previous",
    [
        report(flaky(), name="other"),
        report(flaky(), facts=Facts(deployment="another", stage=FACTS.stage)),
        report(flaky(), facts=Facts(deployment=FACTS.deployment, stage="PRE_SCALE_UP")),
        report(passed("something else")),
        report(outcome=Outcome.PASSED),
        {**report(flaky()), "format": "greenlight-report/2"},
        None,
        [],
        "x",
    ],
    ids=["check", "deployment", "stage", "test", "no suite", "format", "none", "list", "text"],
)
def test_nothing_is_taken_from_another_report(previous):
    """Only the same check and test of the same deployment and stage tells anything about this one."""
    document = report(remembered("search answers"))
    assert document == with_earlier(document, previous)


def test_another_outcome_is_another_test():
    """What passed earlier is not explained by a failure."""
    document = report(remembered("order can be created, read and cancelled", "passed"))
    assert document == with_earlier(document, report(created_and_read()))


def test_identity_and_setup_are_taken_over_too():
    """They are tests like any other."""
    previous = report(passed(), identity=passed("identity"), setup=passed("setup"))
    document = report(passed(), identity=remembered("identity"), setup=remembered("setup"))
    found = with_earlier(document, previous)["checks"][0]["suite"]
    before = previous["checks"][0]["suite"]
    assert [before["identity"]["steps"], before["setup"]["steps"]] == [
        found["identity"]["steps"],
        found["setup"]["steps"],
    ]


def test_a_check_that_had_answered_keeps_its_evidence():
    """It is not asked again, and the verdict rests on it all the same."""
    previous = report(flaky(), outcome=Outcome.PASSED)
    document = report(outcome=Outcome.PASSED, fresh=False)
    found = with_earlier(document, previous)["checks"][0]
    assert previous["checks"][0]["suite"] == found["suite"]
    assert not found["fresh"]
    assert document == with_earlier(document, report(flaky(), outcome=Outcome.FAILED))


@pytest.mark.parametrize(
    ("document", "leans"),
    [
        (report(flaky()), False),
        (report(remembered("health")), True),
        (report(flaky(), identity=remembered("identity")), True),
        (report(outcome=Outcome.PASSED, fresh=False), True),
        (report(outcome=Outcome.PASSED), False),
    ],
)
def test_a_report_says_whether_it_needs_the_previous_one(document, leans):
    """Otherwise nobody has to read it."""
    assert leans == leans_on_earlier(document)


def places(value, path=()):
    """The path to everything in a document."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield from places(item, (*path, key))


PREVIOUS = of_verdict(rich_verdict(), FACTS)
PLACES = list(places(PREVIOUS))
NOW = of_verdict(
    Verdict(
        HookStatus.FAILED,
        "why",
        None,
        [
            record(
                "web",
                Outcome.FAILED,
                "why",
                evidence=suite(*(remembered(test["name"], test["outcome"]) for test in the_tests(PREVIOUS))),
            ),
            record("images", Outcome.PASSED, "2 images are pinned by digest", kind="images", fresh=False),
        ],
    ),
    FACTS,
)


def replaced(document, path, value):
    """A document with another value in one place."""
    if not path:
        return value
    made = copy.deepcopy(document)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return made


@given(st.sampled_from(PLACES), ANY_JSON | st.sampled_from([True, -1, 10**400, float("nan"), [[]], {"a": 1}]))
def test_any_previous_document_is_survived(path, value):
    """It comes from a bucket: with anything in any place, this report is made, and can be written in every form."""
    previous = json.loads(json.dumps(replaced(PREVIOUS, path, value)))
    document = with_earlier(NOW, previous)
    assert to_html(document).endswith("</html>\n")
    assert to_junit(document).endswith("</testsuites>\n")


@given(ANY_JSON)
def test_anything_else_is_no_report(previous):
    """It changes nothing."""
    assert NOW == with_earlier(NOW, previous)


def test_the_arguments_stay_as_they_are():
    """A report is a value."""
    document, previous = copy.deepcopy(NOW), copy.deepcopy(PREVIOUS)
    assert document != with_earlier(document, previous)
    assert (NOW, PREVIOUS) == (document, previous)
