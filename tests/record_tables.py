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


def remove(table, deployment, entry):
    """Take an entry out of a table, which Greenlight itself never does."""
    key = {"deployment": {"S": deployment}, "entry": {"S": entry}}
    boto3.client("dynamodb").delete_item(TableName=table.name, Key=key)
