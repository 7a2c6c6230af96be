"""Verdicts in the record: each under a number of its own, whoever writes at the same time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from greenlight.record import Answer, VerdictEntry, verdicts

ENTRY = VerdictEntry(
    deployment="d1",
    deployment_arn="arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/d1",
    service="orders",
    service_arn="arn:aws:ecs:eu-west-1:123456789012:service/shop/orders",
    green="arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/2",
    stage="POST_TEST_TRAFFIC_SHIFT",
    step="",
    gate="0123456789ab",
    function="arn:aws:lambda:eu-west-1:123456789012:function:hook",
    attempt=1,
    status="IN_PROGRESS",
    reason="waiting for smoke",
    at=1_700_000_000.5,
    checks=(Answer(name="smoke", kind="smoke", outcome="error", summary="reset", blocking=False),),
    state={"v": 1, "checks": {"smoke": {"outcome": "error"}}},
)


def test_a_verdict_comes_back_as_it_was_added(table):
    """With its checks and its state."""
    assert ENTRY == verdicts.add(table, ENTRY)
    assert [ENTRY] == verdicts.every(table, "d1")
    assert ENTRY == verdicts.last(table, "d1", ENTRY.gate)
    assert verdicts.last(table, "d1", "another gate") is None
    assert [] == verdicts.every(table, "d2")


def test_no_number_stands_for_two_verdicts(table):
    """A call that came twice is two attempts."""
    added = [verdicts.add(table, replace(ENTRY, reason=reason)) for reason in ("one", "two", "three")]
    assert [1, 2, 3] == [entry.attempt for entry in added]
    assert ["one", "two", "three"] == [entry.reason for entry in verdicts.every(table, "d1")]


def test_side_by_side_none_is_lost(table):
    """Eight at the same moment."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: verdicts.add(table, replace(ENTRY, reason=str(n))), range(8)))
    found = verdicts.every(table, "d1")
    assert {str(n) for n in range(8)} == {entry.reason for entry in found}
    assert set(range(1, 9)) == {entry.attempt for entry in found}


def test_a_gate_that_was_asked_very_often(table):
    """The number that is handed over may be far behind."""
    for number in range(1, 53):
        table.put_new("d1", f"verdict#{ENTRY.gate}#{number:06d}", {**vars(ENTRY), "attempt": number, "checks": []})
    assert 53 == verdicts.add(table, ENTRY).attempt


def test_the_newest_of_ten_is_not_the_ninth(table):
    """Numbers are sorted as numbers."""
    for _ in range(11):
        verdicts.add(table, ENTRY)
    assert 11 == verdicts.last(table, "d1", ENTRY.gate).attempt


def test_what_a_later_version_wrote_is_read(table):
    """It may have more in it."""
    item = {**vars(ENTRY), "mood": "good", "checks": [{**vars(ENTRY.checks[0]), "colour": "red"}]}
    table.put_new("d1", f"verdict#{ENTRY.gate}#000001", item)
    assert [ENTRY] == verdicts.every(table, "d1")
