"""What checks look at, made in the AWS API: alarms, calendars, state machines, projects, functions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from moto.cloudwatch.models import cloudwatch_backends

from rehearsal.aws.functions import FunctionStore
from rehearsal.aws.server import AwsServer

NOON: Final = datetime(2026, 1, 15, 12, tzinfo=UTC)
"""The time of day in all scenes; a Thursday, and before the time of whoever plays them."""

ACCOUNT: Final = "123456789012"
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/orders"
MACHINE: Final = f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:orders-e2e"
_METRIC: Final[dict[str, Any]] = {
    "Namespace": "shop",
    "MetricName": "errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


class Maker(Protocol):
    """Where things can be made."""

    @property
    def server(self) -> AwsServer: ...
    @property
    def functions(self) -> FunctionStore: ...
    def client(self, service: str) -> Any: ...


def alarm(
    place: Maker,
    name: str = "orders-5xx",
    state: str = "OK",
    *,
    minutes: float = 60,
    reason: str = "Threshold Crossed: 1 datapoint was not over 5.0.",
) -> None:
    """Make an alarm that came into its state so many minutes before noon."""
    cloudwatch = place.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName=name, **_METRIC)
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=reason)
    made = cloudwatch_backends[place.server.account_id][place.server.region].alarms[name]
    vars(made)["state_transitioned_timestamp"] = (NOON - timedelta(minutes=minutes)).replace(tzinfo=None)


def calendar(place: Maker, name: str = "holidays", *events: tuple[str, str], default: str = "DEFAULT_OPEN") -> None:
    """Make a change calendar with events, each from and to."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"X-CALENDAR-TYPE:{default}"]
    for begin, end in events:
        lines += ["BEGIN:VEVENT", f"DTSTART:{begin}", f"DTEND:{end}", "END:VEVENT"]
    content = "\r\n".join([*lines, "END:VCALENDAR"])
    place.client("ssm").create_document(
        Name=name, Content=content, DocumentType="ChangeCalendar", DocumentFormat="TEXT"
    )


def machine(place: Maker, kind: str = "STANDARD") -> None:
    """Make the state machine."""
    place.client("stepfunctions").create_state_machine(name="orders-e2e", definition="{}", roleArn=ROLE, type=kind)


def project(place: Maker) -> None:
    """Make the project."""
    place.client("codebuild").create_project(
        name="orders-e2e",
        source={"type": "S3", "location": "bucket/source.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=ROLE,
    )


def answering(outcome: str, summary: str) -> Callable[[Maker], None]:
    """Let the function answer."""
    answer = {"outcome": outcome, "summary": summary}
    return lambda place: place.functions.define("orders-stock", lambda _: answer)
