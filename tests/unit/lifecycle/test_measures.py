"""Greenlight's own metrics: one line a verdict."""

import json
from dataclasses import replace

import pytest

from greenlight.checks import Outcome
from greenlight.gates import CheckProgress, HookStatus, Record, Verdict
from greenlight.gates.loading import NamedCheck
from greenlight.lifecycle import measures
from greenlight.lifecycle.handler import hook
from greenlight.lifecycle.measures import measure
from greenlight.lifecycle.observability import logger
from tests.unit.fakes import check, gate, proof, record
from tests.unit.lifecycle.calls import Context, call


def line_of(capsys, verdict, **more):
    """What is written for a verdict."""
    asked = {
        "gate": gate(),
        "stage": "POST_TEST_TRAFFIC_SHIFT",
        "service": "orders",
        "attempt": 3,
        "seconds": 1.23456,
        "since_seconds": 90.0,
    }
    measure(verdict, **(asked | more))
    (line,) = capsys.readouterr().out.splitlines()
    return json.loads(line)


def metrics_of(line):
    """The values by name, as CloudWatch takes them out of the line."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    return {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]}


def test_a_verdict_is_counted(capsys):
    """Status, outcomes by kind, and how long it took; by service and stage, and by stage alone."""
    passed = Record(
        NamedCheck("routing", proof(Outcome.PASSED)), check(Outcome.PASSED).run(None), CheckProgress(Outcome.PASSED)
    )
    verdict = Verdict(HookStatus.FAILED, "why", records=[record(Outcome.FAILED), record(Outcome.FAILED), passed])
    line = line_of(capsys, verdict)

    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert "Greenlight" == directive["Namespace"]
    assert [["service", "stage"], ["stage"]] == directive["Dimensions"]
    assert ("orders", "POST_TEST_TRAFFIC_SHIFT") == (line["service"], line["stage"])
    assert {
        "VerdictFailed": [1.0],
        "Errors": [0.0],
        "InvocationSeconds": [1.235],
        "VerdictSeconds": [90.0],
        "VerdictAttempts": [3.0],
        "fake.failed": [2.0],
        "routing.passed": [1.0],
    } == metrics_of(line)


def test_time_to_verdict_is_measured_at_the_verdict(capsys):
    """While the gate waits there is none."""
    line = line_of(capsys, Verdict(HookStatus.IN_PROGRESS, "why", 30, [record(Outcome.INCONCLUSIVE)]))
    assert {"VerdictInProgress", "Errors", "InvocationSeconds", "fake.inconclusive"} == set(metrics_of(line))


def test_what_was_answered_before_is_not_counted_again(capsys):
    """An answer counts in the invocation that got it."""
    old = replace(record(Outcome.ERROR), fresh=False)
    line = line_of(capsys, Verdict(HookStatus.IN_PROGRESS, "why", 30, [old]))
    assert [0.0] == line["Errors"]
    assert "fake.error" not in line


@pytest.mark.parametrize(
    ("verdict", "made", "errors"),
    [
        (Verdict(HookStatus.IN_PROGRESS, "why", 30, [record(Outcome.ERROR), record(Outcome.PASSED)]), gate(), 1.0),
        (Verdict(HookStatus.FAILED, "why", records=[replace(record(Outcome.FAILED), error=ValueError())]), gate(), 1.0),
        (Verdict(HookStatus.IN_PROGRESS, "the gates file could not be read", 30), None, 1.0),
        (Verdict(HookStatus.FAILED, "configuration: unknown key"), None, 0.0),
    ],
)
def test_errors_are_what_could_not_be_asked(capsys, verdict, made, errors):
    """Checks, checks that broke, and a gates file that could not be read; a mistake in it is an answer."""
    assert [errors] == line_of(capsys, verdict, gate=made)["Errors"]


def test_there_are_few_dimensions(capsys):
    """Each of their values is a metric that costs money: neither deployment nor check is one."""
    line = line_of(capsys, Verdict(HookStatus.SUCCEEDED, "why", records=[record(Outcome.PASSED, name="web")]))
    assert {"web", "d1"}.isdisjoint(map(str, line.values()))


def test_many_kinds_stay_one_line(capsys):
    """CloudWatch takes 100 metrics a line."""
    kinds = [f"kind{number}" for number in range(150)]
    records = []
    for kind in kinds:
        made = check(Outcome.PASSED)
        made.__class__ = type("Kind", (type(made),), {"kind": kind})
        records.append(Record(NamedCheck(kind, made), made.run(None), CheckProgress(Outcome.PASSED)))
    line = line_of(capsys, Verdict(HookStatus.SUCCEEDED, "why", records=records))
    assert len(metrics_of(line)) < 100


@pytest.mark.parametrize(("level", "told"), [("INFO", None), ("WARNING", "ERROR"), ("ERROR", "ERROR")])
def test_a_log_level_does_not_drop_it(capsys, level, told):
    """Lambda takes a line without level and timestamp for INFO; with a level it has to have both."""
    before = logger.log_level
    logger.setLevel(level)
    try:
        line = line_of(capsys, Verdict(HookStatus.SUCCEEDED, "why"))
    finally:
        logger.setLevel(before)
    assert told == line.get("level")
    assert ("timestamp" in line) == (told is not None)


def test_the_name_of_the_function_s_own_service_stays_out(capsys, monkeypatch):
    """POWERTOOLS_SERVICE_NAME says greenlight, for the log."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "greenlight")
    line = line_of(capsys, Verdict(HookStatus.SUCCEEDED, "why"), service="")
    assert "unknown" == line["service"]


def test_it_never_raises(capsys, monkeypatch):
    """A verdict that was made stands, whether or not it could be counted."""
    monkeypatch.setattr(measures, "AmazonCloudWatchEMFProvider", lambda **_: 1 / 0)
    measure(
        Verdict(HookStatus.FAILED, "why"), gate=None, stage="s", service="o", attempt=1, seconds=1.0, since_seconds=1.0
    )
    assert "could not be counted" in capsys.readouterr().err


@pytest.mark.parametrize(("metrics", "lines"), [("on", 1), ("off", 0), ("", 1)])
def test_they_can_be_turned_off(monkeypatch, capsys, metrics, lines):
    """They are most of what a deployment costs."""
    monkeypatch.setenv("METRICS", metrics)
    reply = hook("POST_TEST_TRAFFIC_SHIFT")(call(details={"gates": "nonsense"}), Context())
    assert "FAILED" == reply["hookStatus"]
    assert lines == capsys.readouterr().out.count('"_aws"')
