"""The record's table, empty for each test."""

from itertools import count

import pytest

from tests.record_tables import record_table

_numbers = count()


@pytest.fixture
def table(module_aws_api):
    """A table of the test's own, because making an AWS API costs more than making a table."""
    return record_table(f"record-{next(_numbers)}")
