"""Resources of a template that its functions need, made in the rehearsal's AWS API."""

from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.aws.server import AwsServer
from rehearsal.template import DeclaredResource, Template

# Properties that CreateTable takes under the same names, in the same shape:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
_OF_A_TABLE = (
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "ProvisionedThroughput",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
)


def create_resources(template: Template, aws: AwsServer) -> None:
    """Make each resource of a known type, under the name by which ``!Ref`` and ``!GetAtt`` tell functions of it.

    Only what functions can see of a resource is made: its name, a table's keys and expiry. Encryption, policies and backups
    are not.

    Args:
        template: The template.
        aws: Where they are made.

    Raises:
        TemplateError: When a property needs something that only exists once the template is deployed.
    """
    for kind, create in _CREATORS.items():
        for resource in template.resources(kind):
            create(resource, aws)


def _table(resource: DeclaredResource, aws: AwsServer) -> None:
    client = aws.client("dynamodb")
    wanted = {name: resource.get(name) for name in _OF_A_TABLE}
    client.create_table(TableName=resource.name, **{name: value for name, value in wanted.items() if value is not None})
    expiry = resource.get("TimeToLiveSpecification")
    if expiry is not None:
        specification = {**expiry, "Enabled": _truth(expiry.get("Enabled"))}
        client.update_time_to_live(TableName=resource.name, TimeToLiveSpecification=specification)


def _topic(resource: DeclaredResource, aws: AwsServer) -> None:
    aws.client("sns").create_topic(Name=resource.name)


def _event_bus(resource: DeclaredResource, aws: AwsServer) -> None:
    aws.client("events").create_event_bus(Name=resource.name)


def _truth(value: Any) -> bool:
    return str(value).lower() == "true"


_CREATORS: Mapping[str, Callable[[DeclaredResource, AwsServer], None]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::SNS::Topic": _topic,
    "AWS::Events::EventBus": _event_bus,
}
