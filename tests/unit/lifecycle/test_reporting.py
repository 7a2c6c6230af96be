"""The report of a verdict: when it is written, where it is, and that nothing hangs on it."""

import json
import re
import time

import pytest

from greenlight import aws
from greenlight.lifecycle import invocation, reporting
from greenlight.lifecycle.invocation import Caller, HookSettings, answer
from greenlight.lifecycle.reporting import Reports
from greenlight.lifecycle.state import WarmMemory
from tests.unit.lifecycle.calls import BLUE, FUNCTION, GREEN, POST_TEST, assert_valid, call, gates

REPORTS = Reports("s3://reports/greenlight", "eu-west-1")


@pytest.fixture(autouse=True)
def new_process(monkeypatch):
    """A function that was started anew, with nothing in its memory."""
    monkeypatch.setattr(invocation, "_memory", WarmMemory())


@pytest.fixture
def bucket(aws_api):
    """The bucket of the stack."""
    aws.client("s3").create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return aws_api


def ask(event, *, reports=REPORTS, seconds=20.0):
    """One invocation; its reply is always valid."""
    settings = HookSettings(POST_TEST, "", reports)
    reply = answer(event, settings, Caller(FUNCTION, time.monotonic() + seconds))
    assert_valid(reply)
    return reply


def keys():
    """What is in the bucket."""
    return [each["Key"] for each in aws.client("s3").list_objects_v2(Bucket="reports").get("Contents", [])]


def document(key):
    """A report in the bucket, as a program reads it."""
    return json.loads(aws.client("s3").get_object(Bucket="reports", Key=key)["Body"].read())


def test_a_verdict_has_a_page_and_a_document_and_the_log_says_where(bucket, green, verdicts):
    """The line of the verdict links to both the object and the console."""
    green.status = 500
    assert "FAILED" == ask(call(details={"gates": gates(green.url)}))["hookStatus"]
    name = f"greenlight/orders/d1/{POST_TEST}/1"
    assert [f"{name}.html", f"{name}.json", f"greenlight/orders/d1/{POST_TEST}/latest.json"] == keys()
    (line,) = verdicts()
    assert f"s3://reports/{name}.html" == line["report"]
    assert line["report_url"].startswith("https://eu-west-1.console.aws.amazon.com/s3/object/reports?region=eu-west-1")
    report = document(f"{name}.json")
    assert ("FAILED", line["reason"]) == (report["verdict"]["status"], report["verdict"]["reason"])
    assert ("orders", "d1", POST_TEST, 1) == tuple(
        report["facts"][key] for key in ("service", "deployment", "stage", "attempt")
    )
    assert ["failed"] == [test["outcome"] for test in report["checks"][0]["suite"]["tests"]]


def test_a_configuration_that_cannot_be_used_has_a_report_too(bucket, verdicts):
    """Whoever opens it sees the mistakes."""
    ask(call(details={"gates": {"version": 2}}))
    report = document(f"greenlight/orders/d1/{POST_TEST}/1.json")
    assert "FAILED" == report["verdict"]["status"]
    assert "version" in report["verdict"]["reason"]


def test_without_a_bucket_nothing_is_written_and_nothing_is_asked(aws_api, green, verdicts):
    """No call of AWS, and no link in the log."""
    ask(call(details={"gates": gates(green.url)}), reports=Reports())
    assert 0 == aws_api.faults.calls()
    assert "report" not in verdicts()[0]


def test_a_rollback_has_no_report(bucket):
    """Nothing was checked."""
    ask(call("PRODUCTION_TRAFFIC_SHIFT", production={GREEN: 0, BLUE: 100}, details={"gates": {"version": 1}}))
    assert [] == keys()


@pytest.mark.parametrize("trouble", ["denied", "throttled", "hanging", "no bucket"])
def test_trouble_with_a_report_never_changes_the_verdict(aws_api, green, log, verdicts, trouble):
    """It is told as a warning, and the answer is there in time."""
    if trouble != "no bucket":
        aws.client("s3").create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    if trouble == "denied":
        aws_api.faults.deny("s3", "PutObject")
    elif trouble == "throttled":
        aws_api.faults.fail("s3", "PutObject", "SlowDown", status=503)
    elif trouble == "hanging":
        aws_api.faults.delay("s3", "PutObject", 4)
    started = time.monotonic()
    assert "SUCCEEDED" == ask(call(details={"gates": gates(green.url)}), seconds=2.5)["hookStatus"]
    assert time.monotonic() - started < 3.5
    assert "report" not in verdicts()[0]
    assert any(line["message"] == "the report could not be written" for line in log())


def test_a_defect_in_the_report_never_changes_the_verdict(bucket, green, log, monkeypatch):
    """It is told with its trace."""

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(reporting, "_store", broken)
    assert "SUCCEEDED" == ask(call(details={"gates": gates(green.url)}))["hookStatus"]
    (line,) = [line for line in log() if "a defect in Greenlight" in line["message"]]
    assert "ZeroDivisionError" in line["exception"]


def test_a_suite_that_goes_on_ends_in_one_report_of_all_tests(bucket, green):
    """Each invocation keeps what it found, and the last one puts it together."""
    slow = {"version": 1, "name": "s", "concurrency": 1, "tests": []}
    slow["tests"] = [{"name": f"t{n}", "path": "/slow", "timeout": "400ms"} for n in range(8)]
    green.seconds = 0.15
    details = {"gates": {"version": 1, POST_TEST.lower(): {"smoke": {"suite": slow, "endpoint": green.url}}}}
    attempts = 0
    while True:
        reply = ask(call(details=details), seconds=2.0)
        attempts += 1
        if reply["hookStatus"] != "IN_PROGRESS":
            break
        details = reply["hookDetails"]
    assert "SUCCEEDED" == reply["hookStatus"]
    assert attempts > 1
    report = document(f"greenlight/orders/d1/{POST_TEST}/{attempts}.json")
    tests = report["checks"][0]["suite"]["tests"]
    assert [("passed", 1)] * 8 == [(test["outcome"], len(test["steps"])) for test in tests]


def test_a_step_of_a_canary_does_not_write_over_another(bucket, green):
    """Each step counts its attempts anew, so that the weight is part of the name."""
    stage = "PRE_PRODUCTION_TRAFFIC_SHIFT"
    for weight in (0, 10):
        event = call(
            stage, production={GREEN: weight, BLUE: 100 - weight}, details={"gates": gates(green.url, stage=stage)}
        )
        assert "SUCCEEDED" == ask(event)["hookStatus"]
    assert {stage, f"{stage}-at-10-percent"} == {re.split("/", key)[3] for key in keys()}


def test_the_checks_leave_time_for_the_report():
    """Three seconds, or less where there is little; nothing where there are no reports."""
    assert (3.0, 1.5, 0.0) == (REPORTS.reserve(60), REPORTS.reserve(10), Reports().reserve(60))
