"""What is told, as those see it who listen: queues behind a topic and a bus, in a mocked AWS."""

import json
import time
from dataclasses import dataclass

import boto3
import pytest
from moto import mock_aws

from greenlight import aws, clock
from greenlight.telling import Channels
from tests.record_tables import record_table

BUS = "deployments"


@dataclass
class Listeners:
    """Who listens, and to what."""

    channels: Channels
    mail_queue: str
    event_queue: str

    def messages(self):
        """The messages that came since the last time, with attributes, the oldest first."""
        return [json.loads(body) for body in _bodies(self.mail_queue)]

    def events(self):
        """The events that came since the last time."""
        return [json.loads(body) for body in _bodies(self.event_queue)]


def _bodies(queue):
    sqs = boto3.client("sqs")
    found = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


@pytest.fixture
def mocked(monkeypatch):
    """AWS in this process."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        aws.forget_clients()
        yield
        aws.forget_clients()


@pytest.fixture
def listeners(mocked):
    """A topic and a bus, each with a queue that gets all of it."""
    sqs, sns, events = (boto3.client(name) for name in ("sqs", "sns", "events"))
    queues = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("mail", "events")}
    arns = {
        name: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for name, url in queues.items()
    }
    topic = sns.create_topic(Name="people")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arns["mail"])
    events.create_event_bus(Name=BUS)
    events.put_rule(Name="all", EventBusName=BUS, EventPattern=json.dumps({"source": ["greenlight"]}))
    events.put_targets(Rule="all", EventBusName=BUS, Targets=[{"Id": "queue", "Arn": arns["events"]}])
    return Listeners(Channels(topic, BUS), queues["mail"], queues["events"])


@pytest.fixture
def table(mocked):
    """The record, empty."""
    return record_table()


@pytest.fixture
def soon():
    """Long enough for everything, in monotonic seconds."""
    return time.monotonic() + 30


@pytest.fixture
def hands():
    """A clock that a test sets by hand."""
    hands = {"now": 1_700_000_000.0}
    token = clock.source.set(lambda: hands["now"])
    yield hands
    clock.source.reset(token)
