"""What functions find of their template in the rehearsal's AWS API, and what they tell it."""

import textwrap

import pytest
from botocore.exceptions import ClientError

from rehearsal.aws import told
from rehearsal.aws.server import AwsServer
from rehearsal.aws.told import Message
from rehearsal.resources import create_resources
from rehearsal.template import Template, TemplateError

TEMPLATE = """
Parameters:
  Record: {Type: String, Default: "on"}
  Topic: {Type: String, Default: ""}
Conditions:
  HasRecord: !Equals [!Ref Record, "on"]
  OwnTopic: !Equals [!Ref Topic, ""]
Resources:
  RecordTable:
    Type: AWS::DynamoDB::Table
    Condition: HasRecord
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: deployment, AttributeType: S}
        - {AttributeName: entry, AttributeType: S}
      KeySchema:
        - {AttributeName: deployment, KeyType: HASH}
        - {AttributeName: entry, KeyType: RANGE}
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
      SSESpecification: {SSEEnabled: true, KMSMasterKeyId: !GetAtt Key.Arn}
  NamedTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "${AWS::StackName}-names"
      ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  NotificationTopic:
    Type: AWS::SNS::Topic
    Condition: OwnTopic
    Properties: {KmsMasterKeyId: !Ref Key}
  NamedTopic: {Type: AWS::SNS::Topic, Properties: {TopicName: loud}}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: releases}}
  Key: {Type: AWS::KMS::Key}
  GateFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: gate
      Handler: app.handle
      Environment:
        Variables:
          TABLE: !If [HasRecord, !Ref RecordTable, ""]
          TABLE_ARN: !GetAtt NamedTable.Arn
          NAMED: !Ref NamedTable
          TOPIC: !If [OwnTopic, !Ref NotificationTopic, !Ref Topic]
          NAMED_TOPIC: !Sub "${NamedTopic} ${NamedTopic.TopicName} ${NamedTopic.TopicArn}"
          BUS: !Ref Bus
  OptionalFunction:
    Type: AWS::Serverless::Function
    Condition: HasRecord
    Properties: {CodeUri: optional, Handler: app.handle}
"""


@pytest.fixture
def aws():
    """The AWS API."""
    with AwsServer() as server:
        yield server


@pytest.fixture
def load(tmp_path, aws):
    """Reads the template, with parameters."""

    def read(text=TEMPLATE, **parameters):
        path = tmp_path / "template.yaml"
        path.write_text(textwrap.dedent(text))
        return Template.load(path, region=aws.region, account_id=aws.account_id, parameters=parameters)

    return read


def test_names_and_arns_are_those_of_cloudformation(load):
    """Ref is a table's name and a topic's ARN, and a name of its own goes before the logical id."""
    sns = "arn:aws:sns:eu-west-1:123456789012:"
    assert {
        "TABLE": "RecordTable",
        "TABLE_ARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/rehearsal-names",
        "NAMED": "rehearsal-names",
        "TOPIC": sns + "NotificationTopic",
        "NAMED_TOPIC": f"{sns}loud loud {sns}loud",
        "BUS": "releases",
    } == load().functions["GateFunction"].environment()


def test_what_functions_are_told_of_exists(load, aws):
    """The table has its keys and its expiry; the topic and the bus are there."""
    template = load()

    create_resources(template, aws)

    environment = template.functions["GateFunction"].environment()
    dynamodb = aws.client("dynamodb")
    table = dynamodb.describe_table(TableName=environment["TABLE"])["Table"]
    assert [("deployment", "HASH"), ("entry", "RANGE")] == [
        (key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]
    ]
    expiry = dynamodb.describe_time_to_live(TableName=environment["TABLE"])["TimeToLiveDescription"]
    assert {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"} == expiry
    named = dynamodb.describe_table(TableName=environment["NAMED"])["Table"]
    assert environment["TABLE_ARN"] == named["TableArn"]
    topics = [topic["TopicArn"] for topic in aws.client("sns").list_topics()["Topics"]]
    assert environment["TOPIC"] in topics
    aws.client("events").describe_event_bus(Name=environment["BUS"])


def test_what_a_condition_leaves_out_is_not_there(load, aws):
    """Neither resources nor functions exist whose condition does not hold."""
    template = load(Record="off", Topic="arn:aws:sns:eu-west-1:123456789012:elsewhere")

    create_resources(template, aws)

    assert ["rehearsal-names"] == aws.client("dynamodb").list_tables()["TableNames"]
    assert ["GateFunction"] == list(template.functions)
    assert ("", "arn:aws:sns:eu-west-1:123456789012:elsewhere") == tuple(
        template.functions["GateFunction"].environment()[name] for name in ("TABLE", "TOPIC")
    )


def test_a_property_that_only_deployment_knows_is_told(load, aws):
    """A table whose keys cannot be worked out is an error with the reason."""
    with pytest.raises(TemplateError, match=r"Key\.Arn exists only once the template is deployed"):
        create_resources(
            load(TEMPLATE.replace("TableName: !Sub", "BillingMode: !GetAtt Key.Arn\n      TableName: !Sub")), aws
        )


def test_published_messages_can_be_read(load, aws):
    """A topic's messages are told in order, with subject and attributes."""
    template = load()
    create_resources(template, aws)
    topic = template.functions["GateFunction"].environment()["TOPIC"]
    attributes = {"severity": {"DataType": "String", "StringValue": "high"}}

    aws.client("sns").publish(TopicArn=topic, Message="rolled back", Subject="orders", MessageAttributes=attributes)
    aws.client("sns").publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "1", "Message": "done"}])

    assert [
        Message("rolled back", "orders", {"severity": {"Type": "String", "Value": "high"}}),
        Message("done"),
    ] == told.published(topic)
    with pytest.raises(KeyError):
        told.published(topic + "-gone")


def test_entries_that_were_put_can_be_read(aws):
    """Entries that EventBridge took are told as they were put; what it refused is not."""
    good = {"Source": "greenlight", "DetailType": "Verdict", "Detail": '{"a": 1}', "Resources": ["arn"]}

    answer = aws.client("events").put_events(Entries=[good, {**good, "Detail": "{"}])

    assert 1 == answer["FailedEntryCount"]
    assert [good] == told.events_put(aws.account_id, aws.region)


def test_nothing_that_was_told_outlives_the_api():
    """The next AWS API has heard nothing."""
    with AwsServer() as first:
        entry = {"Source": "greenlight", "DetailType": "Verdict", "Detail": "{}"}
        first.client("events").put_events(Entries=[entry])
    with AwsServer():
        assert [] == told.events_put()


CALLS = {
    "dynamodb": ("GetItem", lambda client: client.get_item(TableName="t", Key={"id": {"S": "1"}})),
    "sns": ("Publish", lambda client: client.publish(TopicArn="arn:aws:sns:eu-west-1:123456789012:t", Message="m")),
    "events": (
        "PutEvents",
        lambda client: client.put_events(Entries=[{"Source": "s", "DetailType": "d", "Detail": "{}"}]),
    ),
    "cloudwatch": ("ListMetrics", lambda client: client.list_metrics()),
}
DENIALS = {
    "dynamodb": "AccessDeniedException",
    "sns": "AuthorizationError",
    "events": "AccessDeniedException",
    "cloudwatch": "AccessDenied",
}


@pytest.mark.parametrize("service", CALLS)
def test_calls_can_be_throttled_and_denied(aws, service):
    """The services of records, notifications and metrics meet faults as all others do, in their own formats and words."""
    operation, call = CALLS[service]

    aws.faults.fail(service, operation, times=2)
    with pytest.raises(ClientError) as throttled:
        call(aws.client(service))
    aws.faults.deny(service, operation)
    with pytest.raises(ClientError) as denied:
        call(aws.client(service))

    assert "ThrottlingException" == throttled.value.response["Error"]["Code"]
    assert DENIALS[service] == denied.value.response["Error"]["Code"]
    assert f"is not authorized to perform: {service}:{operation}" in denied.value.response["Error"]["Message"]
    assert 3 == aws.faults.calls(service, operation)
