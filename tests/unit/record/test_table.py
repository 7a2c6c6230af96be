"""The table: conditions, pages, and values that come back as they were written."""

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight import aws
from greenlight.record import Table, table_of
from greenlight.record.table import EXPIRES
from greenlight.record.values import decode, encode


def test_an_entry_is_written_once(table):
    """Whoever comes second is told so, and overwrites nothing."""
    assert table.put_new("d1", "a", {"by": "first"})
    assert not table.put_new("d1", "a", {"by": "second"})
    assert "first" == table.get("d1", "a")["by"]


def test_what_is_not_there(table):
    """Nothing to read, nothing to change."""
    assert table.get("d1", "a") is None
    assert table.update("d1", "a", "SET x = :x", condition=":x = :x", names={}, values={":x": 1}) is None
    assert [] == table.query("d1")


def test_a_change_needs_its_condition(table):
    """It returns the entry as it is after the change."""
    table.put_new("d1", "a", {"n": 1})
    changed = table.update("d1", "a", "SET n = n + :one", condition="n = :one", names={}, values={":one": 1})
    assert 2 == changed["n"]
    assert table.update("d1", "a", "SET n = n + :one", condition="n = :one", names={}, values={":one": 1}) is None


def test_entries_come_in_order_and_of_one_deployment(table):
    """Also from the end."""
    for entry in ("b#2", "a#1", "b#1", "b#3"):
        table.put_new("d1", entry, {})
    table.put_new("d2", "b#9", {})
    assert ["b#1", "b#2", "b#3"] == [item["entry"] for item in table.query("d1", "b#")]
    assert ["b#3", "b#2"] == [item["entry"] for item in table.query("d1", "b#", newest=2)]


def test_more_than_a_page_is_read(table):
    """DynamoDB's page is 1 MB."""
    for number in range(12):
        table.put_new("d1", f"a#{number:02d}", {"text": "x" * 100_000})
    assert 12 == len(table.query("d1", "a#"))


def test_entries_go_after_their_days(table):
    """The table's time to live looks at the attribute."""
    Table(table.name, keep_days=2).put_new("d1", "a", {})
    table.put_new("d1", "b", {})
    entries = table.query("d1")
    assert 88 * 24 * 60 * 60 == pytest.approx(entries[1][EXPIRES] - entries[0][EXPIRES], abs=5)


def test_trouble_is_told_in_words(module_aws_api, table):
    """A throttled table is no table without the entry."""
    module_aws_api.faults.fail("dynamodb", "GetItem", code="ThrottlingException", status=400, times=3)
    with pytest.raises(aws.AwsThrottledError):
        table.get("d1", "a")
    module_aws_api.faults.clear()


def test_a_table_that_is_not_there(table):
    """Not the same as a condition that does not hold."""
    del table
    with pytest.raises(aws.AwsRefusedError, match="ResourceNotFoundException"):
        Table("no-such-table").put_new("d1", "a", {})
    assert boto3.client("dynamodb").list_tables()["TableNames"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.integers(-(10**9), 10**9).map(lambda n: n / 1000)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1), JSON, max_size=5))
def test_values_come_back(values):
    """Whatever JSON it is; DynamoDB's numbers are decimal."""
    assert values == decode(encode(values))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), 1e-200, 1e200, 10**40])
def test_numbers_that_it_does_not_know_become_text(number):
    """DynamoDB refuses them, and an entry must not be lost for one."""
    assert {"n": str(number)} == decode(encode({"n": number}))


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"RECORD": " "}, None),
        ({"RECORD": "t"}, Table("t", 90)),
        ({"RECORD": "t", "RECORD_DAYS": "7"}, Table("t", 7)),
        ({"RECORD": "t", "RECORD_DAYS": "many"}, Table("t", 90)),
    ],
)
def test_the_table_that_a_function_was_deployed_with(environment, expected):
    """None where the record is turned off."""
    assert expected == table_of(environment)


def test_a_reply_that_got_lost_is_no_other_writer(module_aws_api, table, monkeypatch):
    """Botocore asks again, and meets the entry that it wrote itself."""
    del module_aws_api
    wrote = []
    put = Table._call

    def loses_the_reply(self, operation, **parameters):
        if operation == "put_item" and not wrote:
            wrote.append(put(self, operation, **parameters))
        return put(self, operation, **parameters)

    monkeypatch.setattr(Table, "_call", loses_the_reply)
    assert table.put_new("d1", "a", {})
    assert wrote
    assert not table.put_new("d1", "a", {})
