"""What a hook writes into the record and reads out of it, with DynamoDB answering, throttled and gone."""

import time
from dataclasses import replace
from itertools import count

import pytest

from greenlight.lifecycle import invocation
from greenlight.lifecycle.invocation import Caller, HookSettings, answer
from greenlight.lifecycle.state import WarmMemory
from greenlight.record import Table, verdicts
from tests.record_tables import record_table
from tests.unit.lifecycle.calls import BLUE, FUNCTION, GREEN, POST_TEST, assert_valid, call, gates

_numbers = count()


@pytest.fixture
def table(module_aws_api):
    """A table of the test's own."""
    yield record_table(f"record-{next(_numbers)}")
    module_aws_api.faults.clear()


@pytest.fixture(autouse=True)
def new_process(monkeypatch):
    """A function that was started anew; call it for another one."""

    def start():
        monkeypatch.setattr(invocation, "_memory", WarmMemory())

    start()
    return start


def ask(event, table, *, stage=POST_TEST):
    """One invocation; its reply is always valid."""
    settings = HookSettings(stage, record=table)
    reply = answer(event, settings, Caller(FUNCTION, time.monotonic() + 20.0))
    assert_valid(reply)
    return reply


def test_a_verdict_is_written_down(green, table):
    """With all that explains it."""
    green.status = 500
    ask(call(details={"gates": gates(green.url)}), table)
    (entry,) = verdicts.every(table, "d1")
    assert (POST_TEST, "FAILED", "error", 1, FUNCTION, GREEN) == (
        entry.stage,
        entry.status,
        entry.severity,
        entry.attempt,
        entry.function,
        entry.green,
    )
    (check,) = entry.checks
    assert ("smoke", "smoke", "failed", True) == (check.name, check.kind, check.outcome, check.blocking)
    assert check.summary in entry.reason


def test_each_call_is_an_attempt(green, table):
    """Waiting, and then passing."""
    green.hangs_up = True
    first = ask(call(details={"gates": gates(green.url)}), table)
    green.hangs_up = False
    ask(call(details=first["hookDetails"]), table)
    assert [(1, "IN_PROGRESS"), (2, "SUCCEEDED")] == [
        (each.attempt, each.status) for each in verdicts.every(table, "d1")
    ]


def test_a_call_that_comes_twice_is_two_attempts(green, table, new_process):
    """Nothing is overwritten, and the reply carries the number that it was written under."""
    green.hangs_up = True
    event = call(details={"gates": gates(green.url)})
    ask(event, table)
    new_process()
    assert 2 == ask(event, table)["hookDetails"]["greenlight"]["attempt"]
    assert [1, 2] == [each.attempt for each in verdicts.every(table, "d1")]


def test_the_record_knows_where_the_gate_stood(green, table, new_process):
    """Where ECS loses what was returned, and another process is called."""
    green.hangs_up = True
    event = call(details={"gates": gates(green.url)})
    first = ask(event, table)
    new_process()
    second = ask(event, table)
    assert first["hookDetails"]["greenlight"]["since"] == second["hookDetails"]["greenlight"]["since"]
    assert 2 == second["hookDetails"]["greenlight"]["checks"]["smoke"]["errors"]


def test_what_passed_is_not_asked_again(green, table, new_process):
    """A verdict that was made is given again."""
    event = call(details={"gates": gates(green.url)})
    ask(event, table)
    new_process()
    assert "SUCCEEDED" == ask(event, table)["hookStatus"]
    assert ["/"] == green.paths


def again(event):
    """The same gate in another call, as the next step of a canary is where ECS does not tell the weights."""
    return event | {"executionId": "0b6c3a5e-0000-4d5c-9a5d-3f0a6a2a2f51"}


def test_what_passed_at_one_step_passes_no_other(green, table, new_process):
    """Neither the record, nor hookDetails, nor the process's memory lets it pass unasked."""
    event = call(details={"gates": gates(green.url)})
    first = ask(event, table)
    green.status = 500
    assert "FAILED" == ask(again(event), table)["hookStatus"]
    new_process()
    returned = again(event) | {"hookDetails": first["hookDetails"]}
    assert "FAILED" == ask(returned, table)["hookStatus"]
    assert 3 == len(green.paths)
    assert [1, 2, 3] == [each.attempt for each in verdicts.every(table, "d1")]


def test_without_an_identifier_of_the_call_it_is_asked_again(green, table, new_process):
    """Nobody could tell one call from another."""
    event = call(details={"gates": gates(green.url)}) | {"executionId": ""}
    for _ in range(2):
        assert "SUCCEEDED" == ask(event, table)["hookStatus"]
        new_process()
    assert ["/", "/"] == green.paths


def test_what_failed_stays_failed(green, table, new_process):
    """Another call does not turn it round: ECS has heard it."""
    event = call(details={"gates": gates(green.url)})
    green.status = 500
    ask(event, table)
    new_process()
    green.status = 200
    assert "FAILED" == ask(again(event), table)["hookStatus"]


def test_two_hooks_of_a_stage_are_two_gates(green, table, new_process):
    """Each with a gates file of its own; neither's answer is the other's."""
    ask(call(details={"gates": gates(green.url)}), table)
    new_process()
    green.status = 500
    assert (
        "FAILED" == ask(call(details={"gates": gates(green.url, severity="required", name="api")}), table)["hookStatus"]
    )
    assert {"SUCCEEDED", "FAILED"} == {each.status for each in verdicts.every(table, "d1")}


@pytest.mark.parametrize("operation", ["*", "Query", "PutItem"])
@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "InternalServerError"])
def test_a_verdict_stands_without_its_record(module_aws_api, green, table, log, operation, code):
    """And the log says what is missing."""
    module_aws_api.faults.fail("dynamodb", operation, code=code, status=500 if code.startswith("Int") else 400)
    assert "SUCCEEDED" == ask(call(details={"gates": gates(green.url)}), table)["hookStatus"]
    told = [line for line in log() if line["level"] == "WARNING" and "record" in line["message"]]
    assert told
    assert all(line["problem"] for line in told)


def test_a_table_that_was_deleted(module_aws_api, green, log):
    """The verdict stands."""
    del module_aws_api
    assert "SUCCEEDED" == ask(call(details={"gates": gates(green.url)}), Table("no-such-table"))["hookStatus"]
    assert any("ResourceNotFoundException" in line.get("problem", "") for line in log())


def test_the_way_back_is_written_down_too(green, table):
    """It is part of the story."""
    del green
    event = call("TEST_TRAFFIC_SHIFT", test={GREEN: 0, BLUE: 100})
    assert "SUCCEEDED" == ask(event, table)["hookStatus"]
    (entry,) = verdicts.every(table, "d1")
    assert ("TEST_TRAFFIC_SHIFT", "SUCCEEDED", "info") == (entry.stage, entry.status, entry.severity)
    assert "going back" in entry.reason


def test_a_state_that_makes_no_sense_is_dropped(green, table, new_process):
    """The gate starts anew, and never passes by it."""
    event = call(details={"gates": gates(green.url)})
    ask(event, table)
    (entry,) = verdicts.every(table, "d1")
    verdicts.add(table, replace(entry, state={"v": 1, "checks": "nonsense"}))
    new_process()
    green.status = 500
    assert "FAILED" == ask(event, table)["hookStatus"]
