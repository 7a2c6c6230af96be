"""The one JSON document that every other form is made of."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given

from greenlight import __version__, clock
from greenlight.checks import Outcome
from greenlight.gates import HookStatus, Verdict
from greenlight.reports import FORMAT, Facts, of_suite, of_verdict, to_json
from greenlight.reports.schema import DOCUMENT
from tests.unit.reports.samples import (
    BLUE_URL,
    FACTS,
    NOON,
    URL,
    a_test,
    assertion,
    attempt,
    flaky,
    passed,
    record,
    repeated,
    rich_verdict,
    step,
    suite,
)
from tests.unit.reports.strategies import facts, verdicts

DOCS = Path(__file__).resolve().parents[3] / "docs" / "reports.md"


def only_test(document):
    """The one test of the one check."""
    (found,) = document["checks"]
    (test,) = found["suite"]["tests"]
    return test


def keys(value):
    """Every key of a document, but for those that a check or a header chose itself."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            if key != "details":
                yield from keys(item)
    if isinstance(value, list):
        for item in value:
            yield from keys(item)


@pytest.mark.parametrize(
    ("status", "outcome", "delay"),
    [
        (HookStatus.SUCCEEDED, "passed", None),
        (HookStatus.FAILED, "failed", None),
        (HookStatus.IN_PROGRESS, "waiting", 30),
    ],
)
def test_the_verdict_comes_first(status, outcome, delay):
    """Its status for ECS, its outcome for people, the reason, and when ECS asks again."""
    document = of_verdict(Verdict(status, "because", delay), FACTS)
    assert ["format", "verdict"] == list(document)[:2]
    assert {
        "status": str(status),
        "outcome": outcome,
        "reason": "because",
        "callback_seconds": delay,
    } == document["verdict"]


def test_what_is_not_known_is_left_out():
    """Facts are optional, and an empty one says nothing."""
    document = of_verdict(Verdict(HookStatus.FAILED, "because"), Facts(service="orders", attempt=1, gates=""))
    assert {"service": "orders", "attempt": 1} == document["facts"]


def test_the_report_says_when_and_by_what_it_was_made():
    """In UTC, by the clock that a rehearsal can turn, and with the version of the format."""
    token = clock.source.set(lambda: NOON + 3.9)
    try:
        document = of_verdict(Verdict(HookStatus.FAILED, "because"), FACTS)
    finally:
        clock.source.reset(token)
    assert ("2026-01-01T12:00:03Z", __version__, "greenlight-report/1") == (
        document["generated"],
        document["greenlight"],
        document["format"],
    )
    assert FORMAT == document["format"]


def test_a_check_is_told_with_what_softens_it():
    """Whatever its kind: its answer, its settings, and its details as they are."""
    told = record(
        "alarms", Outcome.ERROR, "throttled", kind="alarms", details={"names": ("a", "b")}, errors=2, dry_run=True
    )
    (found,) = of_verdict(Verdict(HookStatus.IN_PROGRESS, "why", 30, [told]), FACTS)["checks"]
    assert {
        "name": "alarms",
        "kind": "alarms",
        "outcome": "error",
        "summary": "throttled",
        "seconds": 0.4,
        "blocking": False,
        "severity": "required",
        "dry_run": True,
        "fresh": True,
        "errors_in_a_row": 2,
        "details": {"names": ["a", "b"]},
        "suite": None,
    } == found


def test_details_that_the_evidence_tells_better_are_left_out():
    """A report says nothing twice."""
    details = {"suite": "s", "tests": {"passed": 1}, "not_passed": [], "named_by": "the test listener"}
    told = record("web", Outcome.PASSED, "1 test passed", evidence=suite(passed()), details=details)
    (found,) = of_verdict(Verdict(HookStatus.SUCCEEDED, "why", None, [told]), FACTS)["checks"]
    assert {"named_by": "the test listener"} == found["details"]
    assert "1 test passed" == found["suite"]["reason"]


def test_a_suite_from_the_command_line_is_its_own_verdict():
    """There is no hook, so that there is no status and nobody who asks again."""
    found = suite(a_test("health", step(attempt(assertion(passed=False)))), blue_url=BLUE_URL)
    document = of_suite(found, Facts(suite="smoke.yaml", url=URL))
    sentence = 'test "health": expected status 201, got 500'
    assert {
        "status": None,
        "outcome": "failed",
        "reason": sentence,
        "callback_seconds": None,
    } == document["verdict"]
    (check,) = document["checks"]
    assert ("orders-api smoke", "smoke", "failed", sentence, True) == tuple(
        check[key] for key in ("name", "kind", "outcome", "summary", "blocking")
    )
    assert (URL, BLUE_URL, {"failed": 1, "passed": 0}) == (
        check["suite"]["url"],
        check["suite"]["blue_url"],
        {outcome: check["suite"]["counts"][outcome] for outcome in ("failed", "passed")},
    )


def test_every_attempt_is_there_with_all_its_assertions():
    """The first ones, too, that a retry made good."""
    (one,) = only_test(of_suite(suite(flaky()), FACTS))["steps"]
    assert ["error", "failed", "passed"] == [each["outcome"] for each in one["attempts"]]
    assert ("passed on attempt 3 of 3", 3) == (one["why"], one["tries"])
    assert "reset" == one["attempts"][0]["fault"]["kind"]
    assert {
        "outcome": "failed",
        "started": NOON + 1.7,
        "seconds": 0.21,
        "status": 503,
        "headers": [],
        "body": "try later",
        "fault": None,
        "assertions": [
            {"subject": "status", "expected": "200", "actual": "503", "passed": False, "severity": "required"}
        ],
    } == one["attempts"][1]


def test_a_percentile_that_falls_on_a_missing_reply_is_none():
    """An attempt without a reply counts as the slowest there can be, as it does for the limits."""
    (one,) = only_test(of_suite(suite(repeated()), FACTS))["steps"]
    found = one["repetition"]["percentiles"]
    assert ["p50", "p90", "p95", "p99", "max", "avg"] == list(found)
    assert [None, None, None] == [found["p99"], found["max"], found["avg"]]
    assert 0.5 < found["p95"] < 0.52
    assert 100 == len(one["repetition"]["seconds"])


@given(verdicts(), facts())
def test_any_result_becomes_json_that_every_reader_takes(verdict, known):
    """Whole characters, finite numbers, and always the same keys."""
    document = of_verdict(verdict, known)
    text = to_json(document)
    assert document == json.loads(text.encode("utf-8"), parse_constant=pytest.fail)
    assert {**document, "facts": {}} == {**DOCUMENT(document), "facts": {}}


def test_a_number_that_is_none_becomes_null():
    """JSON knows neither NaN nor infinity."""
    odd = attempt(seconds=math.nan)
    (one,) = only_test(of_suite(suite(a_test("a", step(odd), seconds=math.inf)), FACTS))["steps"]
    assert None is one["attempts"][0]["seconds"]


def test_half_a_character_does_not_cost_the_report():
    """What an application answered may be cut in the middle of one; two halves become one again."""
    document = of_suite(suite(passed("a\ud83d"), passed("\ud83d\ude00")), FACTS)
    assert ["a\ufffd", "\U0001f600"] == [test["name"] for test in document["checks"][0]["suite"]["tests"]]


def test_deep_details_come_to_an_end():
    """A report can be written whatever a check tells."""
    deep = {}
    for _ in range(5000):
        deep = {"in": deep}
    told = record("odd", Outcome.PASSED, "", details={"deep": deep, "huge": 10**400, "odd": {1, 2}, "bytes": b"x"})
    text = to_json(of_verdict(Verdict(HookStatus.SUCCEEDED, "", None, [told]), FACTS))
    assert len(text) < 2000
    assert '"bytes":"b\'x\'"' in text


def test_every_key_is_described():
    """The document is an interface: docs/reports.md names all that is in it."""
    documented = DOCS.read_text(encoding="utf-8")
    document = of_verdict(rich_verdict(), FACTS)
    assert [] == sorted({key for key in keys(document) if f"`{key}`" not in documented})
