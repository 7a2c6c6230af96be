"""A deployment that people are asked about."""

import boto3
import pytest

from tests.record_tables import record_table
from tests.unit.checks.approval.asking import World


@pytest.fixture
def world(module_aws_api):
    """A deployment, and a record that knows nothing of it."""
    table = record_table()
    yield World(module_aws_api, table)
    module_aws_api.faults.clear()
    boto3.client("dynamodb").delete_table(TableName=table.name)
