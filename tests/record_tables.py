"""The record's table as template.yaml has it, for tests that use moto in this process."""

import boto3

from greenlight.record import Table


def record_table(name="greenlight-record"):
    """A new table in the mocked AWS, empty."""
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "deployment", "AttributeType": "S"},
            {"AttributeName": "entry", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "deployment", "KeyType": "HASH"},
            {"AttributeName": "entry", "KeyType": "RANGE"},
        ],
    )
    return Table(name)
