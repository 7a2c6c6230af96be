"""What the rehearsal's AWS API adds to CloudWatch's alarms and to change calendars."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.aws.server import AwsServer

METRIC = {"Namespace": "shop", "MetricName": "errors", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
METRIC |= {"Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold"}
EVENT = "BEGIN:VEVENT\r\nDTSTART:20261220T000000Z\r\nDTEND:20270102T060000Z\r\nSUMMARY:holi\r\n days\r\nEND:VEVENT\r\n"


@pytest.fixture(scope="module")
def api():
    """One AWS API for the module."""
    with AwsServer() as server:
        yield server


@pytest.fixture
def cloudwatch(api):
    """CloudWatch with three metric alarms and a composite one."""
    client = api.client("cloudwatch")
    for name in ("c", "a", "b"):
        client.put_metric_alarm(AlarmName=name, **METRIC)
    client.put_composite_alarm(AlarmName="all", AlarmRule="ALARM(a)")
    return client


@pytest.fixture
def ssm(api):
    """Systems Manager."""
    return api.client("ssm")


def calendar(ssm, name, content=EVENT, kind="DEFAULT_OPEN"):
    """A change calendar; an earlier one of that name is gone."""
    text = f"BEGIN:VCALENDAR\r\nX-CALENDAR-TYPE:{kind}\r\n{content}END:VCALENDAR\r\n"
    return ssm.create_document(Name=name, Content=text, DocumentType="ChangeCalendar", DocumentFormat="TEXT")


def state(ssm, *names, at):
    """State and next transition at a time."""
    reply = ssm.get_calendar_state(CalendarNames=list(names), AtTime=at)
    return reply["State"], reply.get("NextTransitionTime")


def test_metric_alarms_alone_are_told_unless_others_are_asked_for(cloudwatch):
    """As AWS does, to everybody's surprise."""
    assert [] == cloudwatch.describe_alarms()["CompositeAlarms"]
    told = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])
    assert (["all"], []) == ([alarm["AlarmName"] for alarm in told["CompositeAlarms"]], told["MetricAlarms"])
    with pytest.raises(ClientError, match="ValidationError"):
        cloudwatch.describe_alarms(AlarmTypes=["Alarm"])


def test_alarms_come_in_pages(cloudwatch):
    """By name, each once."""
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        MaxRecords=2, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    found = [
        [alarm["AlarmName"] for key in ("MetricAlarms", "CompositeAlarms") for alarm in page[key]] for page in pages
    ]
    assert [["a", "all"], ["b", "c"]] == found


def test_an_alarm_keeps_the_time_of_its_transition(cloudwatch):
    """Being set to the same state again is none."""
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="once")
    (first,) = cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="twice")
    (second,) = cloudwatch.describe_alarms(AlarmNames=["a"], StateValue="ALARM")["MetricAlarms"]
    assert "twice" == second["StateReason"]
    assert first["StateTransitionedTimestamp"] == second["StateTransitionedTimestamp"]
    assert first["StateUpdatedTimestamp"] < second["StateUpdatedTimestamp"]


def test_a_calendar_is_closed_during_its_events(ssm):
    """Or open, where it is closed by default; the next transition is that of all calendars together."""
    calendar(ssm, "open")
    calendar(ssm, "closed", kind="DEFAULT_CLOSED")
    assert ("OPEN", "2026-12-20T00:00:00Z") == state(ssm, "open", at="2026-12-19T23:59:59Z")
    assert ("CLOSED", "2027-01-02T06:00:00Z") == state(ssm, "open", at="2026-12-20T00:00:00Z")
    assert ("OPEN", None) == state(ssm, "open", at="2027-01-02T06:00:00Z")
    assert ("OPEN", "2027-01-02T06:00:00Z") == state(ssm, "closed", at="2026-12-20T01:00:00+01:00")
    assert ("CLOSED", None) == state(ssm, "open", "closed", at="2026-12-19T00:00:00Z")


def test_a_calendar_can_be_changed_and_deleted(ssm):
    """As any other document."""
    calendar(ssm, "changing")
    with pytest.raises(ClientError, match="DocumentAlreadyExists"):
        calendar(ssm, "changing")
    text = "BEGIN:VCALENDAR\nX-CALENDAR-TYPE:DEFAULT_CLOSED\nEND:VCALENDAR\n"
    ssm.update_document(Name="changing", Content=text, DocumentVersion="$LATEST", DocumentFormat="TEXT")
    assert ("CLOSED", None) == state(ssm, "changing", at="2026-12-19T00:00:00Z")
    ssm.delete_document(Name="changing")
    with pytest.raises(ClientError, match="InvalidDocument"):
        state(ssm, "changing", at="2026-12-19T00:00:00Z")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (EVENT.replace("END:VEVENT", "RRULE:FREQ=WEEKLY\r\nEND:VEVENT"), "UnsupportedCalendarException"),
        (
            EVENT.replace("DTSTART:20261220T000000Z", "DTSTART;TZID=Europe/Berlin:20261220T000000"),
            "UnsupportedCalendar",
        ),
        (f"{EVENT}END:VCALENDAR\r\nrest ", "InvalidDocumentContent"),
    ],
)
def test_what_the_rehearsal_cannot_read_is_refused(ssm, content, code):
    """A calendar that is read half would be open when it is not."""
    with pytest.raises(ClientError, match=code):
        calendar(ssm, "odd", content)


def test_other_documents_are_motos(ssm):
    """They are made, changed and deleted as before."""
    content = '{"schemaVersion": "2.2", "mainSteps": []}'
    ssm.create_document(Name="script", Content=content, DocumentType="Command")
    ssm.update_document(Name="script", Content=content.replace("[]", '["x"]'), DocumentVersion="$LATEST")
    with pytest.raises(ClientError, match="InvalidDocumentType"):
        state(ssm, "script", at="2026-12-19T00:00:00Z")
    ssm.delete_document(Name="script")
