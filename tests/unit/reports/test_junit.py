"""The report as JUnit XML, as CI systems read it."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given

from greenlight.checks import Outcome
from greenlight.gates import HookStatus, Verdict
from greenlight.reports import Facts, of_suite, of_verdict, to_junit
from tests.unit.reports.samples import (
    FACTS,
    HOSTILE,
    URL,
    a_test,
    assertion,
    attempt,
    compared,
    created_and_read,
    flaky,
    passed,
    record,
    rich_verdict,
    slow,
    step,
    suite,
    unreachable,
)
from tests.unit.reports.strategies import facts, verdicts

NUMBERS = ("tests", "failures", "errors", "skipped")
COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def read(document):
    """Read a report as JUnit XML, and check it against what the schemas of Jenkins, Ant and GitLab have in common."""
    text = to_junit(document)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')
    root = ET.fromstring(text.encode("utf-8"))
    assert {"name", "time", *NUMBERS} == set(root.attrib)
    assert {"testsuite"} >= {child.tag for child in root}
    for found in root:
        assert {"name", "time", "timestamp", *NUMBERS} == set(found.attrib)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", found.get("timestamp"))
        tags = [child.tag for child in found]
        assert (["properties"] if "properties" in tags else []) + ["testcase"] * tags.count("testcase") == tags
        for one in found.iter("property"):
            assert {"name", "value"} == set(one.attrib)
        for case in found.iter("testcase"):
            assert_sound(case)
    for counted in (root, *root):
        assert re.fullmatch(r"-?\d+\.\d{3}", counted.get("time"))
        assert len(list(counted.iter("testcase"))) == int(counted.get("tests"))
        for name, tag in COUNTED.items():
            assert len(list(counted.iter(tag))) == int(counted.get(name))
    return root


def assert_sound(case):
    """A test case has one result at most, and its output after it."""
    assert {"name", "classname", "time"} == set(case.attrib)
    tags = [child.tag for child in case]
    assert tags in [
        [*result, *output] for result in ([], ["failure"], ["error"], ["skipped"]) for output in ([], ["system-out"])
    ]
    for child in case:
        expected = {"failure": {"message", "type"}, "error": {"message", "type"}, "skipped": {"message"}}
        assert expected.get(child.tag, set()) == set(child.attrib)


def cases(root):
    """Name and result of every test case."""
    results = ({child.tag for child in case} - {"system-out"} for case in root.iter("testcase"))
    return [(case.get("name"), *result) for case, result in zip(root.iter("testcase"), results, strict=True)]


def red(root):
    """Whether a CI system shows it as failed."""
    return any(case[1:] in {("failure",), ("error",)} for case in cases(root))


def verdict(status, *records):
    """A report of some checks."""
    return of_verdict(Verdict(status, "because", None, records), FACTS)


@given(verdicts(), facts())
def test_any_result_becomes_sound_xml(found, known):
    """Whatever the texts are made of; and it is red if and only if the verdict is."""
    root = read(of_verdict(found, known))
    assert (found.status is HookStatus.FAILED) == red(root)


def test_each_test_is_a_test_case():
    """Identity and setup, too; a check without a suite is one by itself."""
    root = read(of_verdict(rich_verdict(), FACTS))
    assert ["web", "alarms", "images", "approval"] == [found.get("name") for found in root]
    told = {case[0]: case[1:] for case in cases(root)}
    assert {
        "identity": (),
        "setup": (),
        "health": (),
        "order can be created, read and cancelled": ("failure",),
        "recommendations are served": ("error",),
        "search answers": (),
        "report is quick": (),
        "certificate": ("skipped",),
        "invoices can be exported": ("skipped",),
        "alarms": ("skipped",),
        "images": (),
    }.items() <= told.items()
    assert {"orders.web", "orders.alarms", "orders.images", "orders.approval"} == {
        case.get("classname") for case in root.iter("testcase")
    }


def test_a_failure_tells_everything():
    """The sentence as its message; every broken expectation of every attempt, the request and the body as its text."""
    (failure,) = read(of_suite(suite(created_and_read()), FACTS)).iter("failure")
    assert ('step "create": expected status 201, got 500 (attempt 3 of 3)', "failed") == (
        failure.get("message"),
        failure.get("type"),
    )
    lines = failure.text.splitlines()
    assert ['step "create": failed', f"  POST /v2/orders ({URL}/v2/orders)"] == lines[:2]
    assert 3 == lines.count("    expected status 201, got 500")
    assert 3 == lines.count("    expected header Location matches ^/v2/orders/[0-9a-f-]+$, got nothing")
    assert "  attempt 2: failed, status 500, 58 ms" in lines
    assert 'step "read back": not run' in lines
    assert 'step "cancel": passed' not in lines
    assert "Internal Server Error" in failure.text


def test_an_error_tells_where_to_look():
    """The fault in the words of people."""
    (error,) = read(of_suite(suite(unreachable()), FACTS)).iter("error")
    assert "    Timed out: timed out after 2 s: cannot connect to" in error.text
    assert "security group" in error.get("message")


def test_differences_to_blue_are_told():
    """Place by place, and how many there are besides."""
    (failure,) = read(of_suite(suite(compared()), FACTS)).iter("failure")
    assert '  items[0].price: blue number, as 12.5, green string, as "12.50"' in failure.text.splitlines()
    assert "  and 4 more differences" in failure.text.splitlines()


def test_warnings_and_retries_pass_and_are_told():
    """As output of the test."""
    root = read(of_suite(suite(slow(), flaky(), passed()), FACTS))
    late, again, health = root.iter("testcase")
    assert "warning: expected latency at most 300 ms, got 812 ms" in late.find("system-out").text
    assert "attempt 2: failed, status 503" in again.find("system-out").text
    assert [] == list(health)


def test_a_skipped_test_says_why():
    """As the message that CI systems show."""
    found = read(of_suite(suite(passed(), a_test("a", outcome="skipped", note="not today")), FACTS))
    assert ["not today"] == [skipped.get("message") for skipped in found.iter("skipped")]


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"dry_run": True}, HookStatus.SUCCEEDED),
        ({"severity": "warning"}, HookStatus.FAILED),
        ({}, HookStatus.SUCCEEDED),
    ],
)
def test_what_does_not_roll_back_is_not_red(settings, status):
    """A pipeline does not stop where ECS goes on: it is a skipped test that tells what went wrong."""
    soft = record("web", Outcome.FAILED, "why", evidence=suite(created_and_read(), unreachable()), **settings)
    other = (
        record("alarms", Outcome.FAILED, "on fire") if status is HookStatus.FAILED else record("a", Outcome.PASSED, "")
    )
    root = read(verdict(status, soft, other))
    messages = [skipped.get("message") for skipped in root.iter("skipped")]
    assert ["failed, only reported: step", "error, only reported: timed"] == [text[:27] for text in messages]
    assert "expected status 201" in root.find("testsuite/testcase/system-out").text


def test_a_test_that_only_warns_is_not_red():
    """Even where it got no answer."""
    lost = a_test("extra", *unreachable().steps, severity="warning")
    root = read(of_suite(suite(created_and_read(), lost), FACTS))
    assert [("order can be created, read and cancelled", "failure"), ("extra", "skipped")] == cases(root)


def test_what_is_not_final_is_not_red():
    """ECS asks again, and so does nobody stop."""
    lost = record("web", Outcome.ERROR, "refused", errors=1)
    (skipped,) = read(verdict(HookStatus.IN_PROGRESS, lost)).iter("skipped")
    assert "error, not final: refused" == skipped.get("message")


@pytest.mark.parametrize(
    "document",
    [
        of_verdict(Verdict(HookStatus.FAILED, "because"), FACTS),
        verdict(HookStatus.FAILED, record("alarms", Outcome.INCONCLUSIVE, "no data")),
        of_suite(suite(passed(), a_test("late", outcome="not_run", note="not run: no time was left")), FACTS),
    ],
    ids=["no checks", "over time", "not run"],
)
def test_a_red_verdict_is_red_whatever_the_tests_say(document):
    """What was not asked never passes, and a mistake in the gates file is not an empty report."""
    root = read(document)
    assert "verdict" == root[-1].get("name")
    assert red(root)
    assert document["verdict"]["reason"] == next(root[-1].iter("testcase"))[0].get("message")


def test_properties_say_what_it_is_about():
    """The verdict, the facts and where the requests went."""
    root = read(verdict(HookStatus.SUCCEEDED, record("web", Outcome.PASSED, "", evidence=suite(passed()))))
    told = {one.get("name"): one.get("value") for one in root[0].iter("property")}
    assert {
        "verdict": "SUCCEEDED",
        "check": "smoke",
        "outcome": "passed",
        "url": URL,
        "deployment": FACTS.deployment,
        "attempt": "2",
    }.items() <= told.items()


def test_characters_that_xml_forbids_are_replaced():
    """Even as references they would make the file unreadable."""
    cruel = a_test(HOSTILE, step(attempt(assertion(False, actual="\x00\x0b\ufffe\U0001f600"))))
    root = read(of_suite(suite(cruel), Facts(service="\x01")))
    assert "got \ufffd\ufffd\ufffd\U0001f600" in next(root.iter("failure")).text
    assert "]]> & \ufffd\ufffd[31m" in next(root.iter("testcase")).get("name")
