"""The alarms check: which alarms it asks for, and what their states mean."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.cloudwatch.models import cloudwatch_backends
from pydantic_core import PydanticCustomError

from greenlight.checks import Files, Outcome
from greenlight.checks.alarms import AlarmsSettings, prepare_alarms
from greenlight.checks.alarms import asking as asking_module
from greenlight.checks.alarms.settings import parse_arn
from greenlight.checks.base import CheckSettings
from greenlight.documents import Document, DocumentError, validate
from tests.unit.checks.moments import ask

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"
METRIC = {"Namespace": "shop", "MetricName": "errors", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
METRIC |= {"Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold"}
QUERY = {"QueryString": "fields @message", "ScheduledQueryRoleARN": "arn:aws:iam::123456789012:role/query"}
QUERY |= {"AggregationExpression": "count(*)"}
QUERY |= {"ScheduleConfiguration": {"ScheduleExpression": "rate(5 minutes)", "StartTimeOffset": 300}}
LOG = {"ScheduledQueryConfiguration": QUERY, "QueryResultsToEvaluate": 1, "QueryResultsToAlarm": 1, "Threshold": 5.0}
LOG |= {"ComparisonOperator": "GreaterThanThreshold"}


class World:
    """CloudWatch with the alarms of a test."""

    def __init__(self, server):
        self.faults = server.faults
        self.server = server
        self.cloudwatch = server.client("cloudwatch")

    def alarm(self, name, state="OK", *, minutes=60, reason="no datapoint over 5", kind="metric", **record):
        """An alarm that came into its state so many minutes before noon."""
        match kind:
            case "metric":
                self.cloudwatch.put_metric_alarm(AlarmName=name, **METRIC)
            case "composite":
                self.cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule="ALARM(other)")
            case "log":
                self.cloudwatch.put_log_alarm(AlarmName=name, **LOG)
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=reason)
        since = (NOON - timedelta(minutes=minutes)).replace(tzinfo=None)
        vars(self.record(name)).update({"state_transitioned_timestamp": since, **record})

    def record(self, name):
        """What moto keeps of an alarm."""
        return cloudwatch_backends[self.server.account_id][self.server.region].alarms[name]

    def asked(self):
        """How often CloudWatch was asked."""
        return self.faults.calls("cloudwatch", "DescribeAlarms")


@pytest.fixture
def world(module_aws_api):
    """CloudWatch without any alarm."""
    made = World(module_aws_api)
    yield made
    made.faults.clear()
    cloudwatch_backends[module_aws_api.account_id][module_aws_api.region].alarms.clear()


def alarms(*names, **written):
    """An alarms check."""
    data = {**({"names": list(names)} if names else {}), **written}
    document = Document("gates.yaml", data)
    return prepare_alarms(validate(AlarmsSettings, document), "PRE_SCALE_UP", Files(document, lambda _: document))


def mistakes(*names, **written):
    """What is wrong with the settings."""
    with pytest.raises(DocumentError) as error:
        alarms(*names, **written)
    return str(error.value)


def test_alarms_that_are_ok_pass(world):
    """One call asks for all of them."""
    world.alarm("orders-5xx")
    world.alarm("orders-slow")
    before = world.asked()
    result = ask(alarms("orders-5xx", "orders-slow"))
    assert (Outcome.PASSED, "2 of 2 alarms OK") == (result.outcome, result.summary)
    assert {"alarms": 2, "in_alarm": 0, "special": []} == result.details
    assert 1 == world.asked() - before


def test_one_alarm_is_named(world):
    """Where there is one, nobody needs to count."""
    world.alarm("orders-5xx")
    assert 'alarm "orders-5xx" is OK' == ask(alarms("orders-5xx")).summary


def test_an_alarm_in_alarm_fails_with_its_reason(world):
    """And since when: whether it began with this deployment is the first question."""
    reason = "Threshold Crossed: 1 datapoint [12.0 (26/11/26 11:47:00)] was greater than the threshold (5.0)."
    world.alarm("orders-5xx", "ALARM", minutes=12, reason=reason)
    result = ask(alarms("orders-5xx"))
    expected = (
        f'alarm "orders-5xx" is in ALARM (since 2026-11-26 11:48 UTC, for 12 min: {reason}), expected OK; find the cause, '
        "and deploy again when it is gone"
    )
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)
    special = [{"name": "orders-5xx", "state": "ALARM", "seconds": 720, "reason": reason}]
    assert {"alarms": 1, "in_alarm": 1, "special": special} == result.details


def test_many_alarms_are_counted_and_the_first_are_named(world):
    """Their reasons are cut to what a person reads."""
    for number in range(5):
        world.alarm(f"orders-{number}", "ALARM", minutes=5, reason=f"{number}\n {'x' * 300}")
    world.alarm("orders-ok")
    summary = ask(alarms(prefix="orders-")).summary
    assert summary.startswith('5 of 6 alarms are in ALARM: "orders-0" (since 2026-11-26 11:55 UTC, for 5 min: 0 xxx')
    assert summary.endswith("x…), and 2 more, expected OK; find the cause, and deploy again when it is gone")
    assert len(summary) < 900


def test_one_of_many(world):
    """The others are counted."""
    world.alarm("a", "ALARM", reason="")
    world.alarm("b")
    summary = ask(alarms("a", "b")).summary
    assert summary.startswith(
        '1 of 2 alarms is in ALARM: "a" (since 2026-11-26 11:00 UTC, for 1 h: no reason given), expected OK'
    )


@pytest.mark.parametrize("kind", ["composite", "log"])
@pytest.mark.parametrize("by", ["name", "prefix", "arn"])
def test_every_type_of_alarm_counts(world, kind, by):
    """CloudWatch tells metric alarms alone, unless it is asked for the others."""
    world.alarm("orders", "ALARM", kind=kind)
    made = {"name": alarms("orders"), "prefix": alarms(prefix="ord"), "arn": alarms(arns=[f"{ARN}orders"])}[by]
    result = ask(made)
    assert Outcome.FAILED is result.outcome
    assert result.summary.startswith('alarm "orders" is in ALARM')


def test_a_region_that_knows_no_log_alarms_is_asked_for_the_others(world):
    """It refuses the type that it does not know, and has no alarm of it."""
    message = "Value '[LogAlarm]' at 'alarmTypes' failed to satisfy constraint"
    world.alarm("orders", kind="composite")
    world.faults.fail("cloudwatch", "DescribeAlarms", "ValidationError", message=message, times=1)
    assert Outcome.PASSED is ask(alarms("orders")).outcome


def test_an_alarm_that_tells_nobody_counts_all_the_same(world):
    """Somebody may have silenced it for the night."""
    world.alarm("orders", "ALARM")
    world.cloudwatch.disable_alarm_actions(AlarmNames=["orders"])
    result = ask(alarms("orders"))
    assert Outcome.FAILED is result.outcome
    assert False is result.details["special"][0]["actions_enabled"]


def test_a_name_that_does_not_exist_fails_with_the_one_that_was_meant(world):
    """It is a mistake, and waiting would not mend it."""
    world.alarm("orders-5xx")
    world.alarm("orders-slow")
    result = ask(alarms("orders-5xx", "orders-slo", "basket"))
    expected = (
        'no alarm is called "orders-slo" (did you mean "orders-slow"?), "basket" in this account and Region; correct the '
        "name, or create the alarm (a composite alarm is shown only to a role that may cloudwatch:DescribeAlarms on "
        '"*")'
    )
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


def test_many_missing_names_are_counted(world):
    """The first ones are enough to see what is wrong."""
    result = ask(alarms(*[f"orders-{number}" for number in range(5)]))
    assert result.summary.startswith('no alarm is called "orders-0", "orders-1", "orders-2" and 2 more in this account')


def test_there_may_be_no_time_to_look_for_the_name_that_was_meant(world):
    """The answer does not hang on it: a slow CloudWatch must not turn a mistake into an error."""
    world.alarm("orders-slow")
    before = world.asked()
    result = ask(alarms("orders-slo"), seconds=5)
    assert result.summary.startswith('no alarm is called "orders-slo" in this account and Region')
    assert 1 == world.asked() - before


def test_the_name_that_was_meant_may_not_be_found_out(world):
    """Then the mistake is told without it."""
    world.faults.garble("cloudwatch", "DescribeAlarms", b'{"MetricAlarms": []}', times=1)
    world.faults.fail("cloudwatch", "DescribeAlarms", "Throttling")
    result = ask(alarms("orders-slo"))
    assert Outcome.FAILED is result.outcome
    assert result.summary.startswith('no alarm is called "orders-slo" in this account and Region')


def test_an_alarm_in_alarm_wins_over_a_missing_one(world):
    """It is the worse news."""
    world.alarm("orders", "ALARM")
    assert ask(alarms("orders", "basket")).summary.startswith('alarm "orders" is in ALARM')


def test_a_prefix_has_to_find_an_alarm(world):
    """What was not checked never passes."""
    world.alarm("orders")
    assert Outcome.PASSED is ask(alarms(prefix="ord")).outcome
    result = ask(alarms("orders", prefix="baskets-"))
    expected = 'no alarm begins with "baskets-" in this account and Region; correct the prefix, or create the alarms'
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


def test_an_alarm_that_is_found_twice_counts_once(world):
    """By name, prefix and ARN."""
    world.alarm("orders")
    result = ask(alarms("orders", "orders", prefix="ord", arns=[f"{ARN}orders", f"{ARN}orders"]))
    assert (Outcome.PASSED, 'alarm "orders" is OK') == (result.outcome, result.summary)


def test_an_arn_is_asked_for_where_it_is(world, module_aws_api):
    """In another Region, as alarms of CloudFront are; an alarm of that name in the own Region is another one."""
    world.alarm("edge", "ALARM")
    abroad = module_aws_api._session.client("cloudwatch", endpoint_url=module_aws_api.url, region_name="us-east-1")
    abroad.put_metric_alarm(AlarmName="edge", **METRIC)
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:edge"
    assert (Outcome.PASSED, 'alarm "edge" is OK') == (ask(alarms(arns=[arn])).outcome, ask(alarms(arns=[arn])).summary)
    abroad.set_alarm_state(AlarmName="edge", StateValue="ALARM", StateReason="far away")
    assert Outcome.FAILED is ask(alarms(arns=[arn])).outcome
    abroad.close()


@pytest.mark.parametrize("account", ["123456789012", "210987654321"])
def test_an_arn_that_leads_nowhere_fails(world, account):
    """An alarm of that name in this account is not the one that was meant in another."""
    if account != "123456789012":
        world.alarm("orders", "ALARM")
    arn = f"arn:aws:cloudwatch:eu-west-1:{account}:alarm:orders"
    result = ask(alarms(arns=[arn]))
    expected = (
        f"no alarm of this account has the ARN {arn}; correct the ARN; alarms of other accounts cannot be asked for"
    )
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


def test_names_are_asked_for_by_the_hundred(world):
    """More are not allowed in one call."""
    names = [f"orders-{number:03}" for number in range(101)]
    for name in names:
        world.cloudwatch.put_metric_alarm(AlarmName=name, **METRIC)
    before = world.asked()
    assert "101 of 101 alarms OK" == ask(alarms(*names)).summary
    assert 2 == world.asked() - before
    world.cloudwatch.set_alarm_state(AlarmName="orders-100", StateValue="ALARM", StateReason="the last one")
    assert Outcome.FAILED is ask(alarms(prefix="orders-")).outcome


def test_names_are_read_to_the_last_page(world, monkeypatch):
    """However few alarms CloudWatch hands out at a time."""
    world.alarm("a")
    world.alarm("b", "ALARM")
    describe = asking_module._describe
    monkeypatch.setattr(
        asking_module, "_describe", lambda region, **asked: describe(region, **asked | {"MaxRecords": 1})
    )
    before = world.asked()
    assert Outcome.FAILED is ask(alarms("a", "b")).outcome
    assert 2 == world.asked() - before


def test_a_prefix_that_finds_too_many_fails(world, monkeypatch):
    """Pages without end would take all the time that there is."""
    world.alarm("orders-1")
    world.alarm("orders-2")
    monkeypatch.setattr(asking_module, "NAMES_A_CALL", 1)
    defaults = asking_module.beginning_with.__kwdefaults__
    monkeypatch.setitem(defaults, "pages", 1)
    result = ask(alarms(prefix="orders-"))
    expected = 'more than 5000 alarms begin with "orders-"; write a longer prefix, or `names`'
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


@pytest.mark.parametrize(
    ("missing_data", "outcome"),
    [("wait", Outcome.INCONCLUSIVE), ("fail", Outcome.FAILED), ("pass", Outcome.PASSED)],
)
def test_an_alarm_without_data(world, missing_data, outcome):
    """It is let through, unless the gates file says something else."""
    world.alarm("orders", "INSUFFICIENT_DATA", minutes=2, reason="no datapoints were received")
    assert outcome is ask(alarms("orders", missing_data=missing_data)).outcome
    assert Outcome.PASSED is ask(alarms("orders")).outcome


def test_what_is_said_of_an_alarm_without_data(world):
    """What was found, what was expected, and what to do."""
    world.alarm("orders", "INSUFFICIENT_DATA", minutes=2, reason="no datapoints were received")
    found = (
        'alarm "orders" has nothing to judge by (INSUFFICIENT_DATA, since 2026-11-26 11:58 UTC, for 2 min: no datapoints '
        "were received), expected OK; "
    )
    waiting, failing = (ask(alarms("orders", missing_data=way)) for way in ("wait", "fail"))
    assert (found + "it is waited for, until the gate's deadline", None) == (waiting.summary, waiting.retry_after)
    assert found + "see why no data comes, or write `missing_data: wait` or `pass`" == failing.summary
    world.alarm("basket")
    assert (
        "1 of 2 alarms OK, 1 without data (missing_data: pass)"
        == ask(alarms("orders", "basket", missing_data="pass")).summary
    )


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
@pytest.mark.parametrize("evaluation", ["EVALUATION_ERROR", "EVALUATION_FAILURE"])
def test_an_alarm_that_is_not_evaluated_has_nothing_to_judge_by(world, state, evaluation):
    """Its OK is an old one."""
    world.alarm("orders", state, reason="the expression is broken", evaluation_state=evaluation)
    result = ask(alarms("orders", missing_data="wait"))
    assert Outcome.INCONCLUSIVE is result.outcome
    assert f'alarm "orders" has nothing to judge by ({state}, {evaluation}, since' in result.summary
    assert evaluation == result.details["special"][0]["evaluation"]


@pytest.mark.parametrize("evaluation", ["EVALUATION_ERROR", "EVALUATION_FAILURE"])
def test_what_could_not_be_evaluated_does_not_pass_as_missing_data(world, evaluation):
    """Whoever lets alarms without data pass has not said that a broken one is a good sign."""
    world.alarm("orders", evaluation_state=evaluation)
    world.alarm("payments", "INSUFFICIENT_DATA")
    result = ask(alarms("orders", "payments", missing_data="pass"))
    assert Outcome.INCONCLUSIVE is result.outcome
    assert f'"orders" (OK, {evaluation}, since' in result.summary
    assert "payments" not in result.summary


def test_an_alarm_on_part_of_the_data_counts_and_is_noted(world):
    """An alarm on more than 10,000 metrics never has more."""
    world.alarm("orders", evaluation_state="PARTIAL_DATA")
    result = ask(alarms("orders"))
    assert (Outcome.PASSED, "PARTIAL_DATA") == (result.outcome, result.details["special"][0]["evaluation"])


def test_an_alarm_has_to_be_ok_for_so_long(world):
    """It is asked again when it may have been."""
    world.alarm("orders", minutes=4.5)
    result = ask(alarms("orders", ok_for="5m"))
    expected = (
        'alarm "orders" is OK for too short a time (since 2026-11-26 11:55 UTC, for 4 min), expected `ok_for` 5 min'
    )
    assert (Outcome.INCONCLUSIVE, expected, 30) == (result.outcome, result.summary, result.retry_after)
    assert Outcome.PASSED is ask(alarms("orders", ok_for="4.5m")).outcome


def test_an_alarm_that_goes_off_meanwhile_is_noticed_within_a_minute(world):
    """However long the others have to be OK."""
    world.alarm("a", minutes=1)
    world.alarm("b", minutes=2)
    result = ask(alarms("a", "b", ok_for="1h"))
    assert (Outcome.INCONCLUSIVE, 60) == (result.outcome, result.retry_after)
    assert result.summary.startswith('2 of 2 alarms are OK for too short a time: "a" (since')


def test_waiting_for_data_and_for_time(world):
    """Both are told."""
    world.alarm("a", "INSUFFICIENT_DATA", reason="new")
    world.alarm("b", minutes=1)
    result = ask(alarms("a", "b", ok_for="5m", missing_data="wait"))
    expected = (
        '1 of 2 alarms has nothing to judge by: "a" (INSUFFICIENT_DATA, since 2026-11-26 11:00 UTC, for 1 h: new), '
        'expected OK; it is waited for, until the gate\'s deadline; 1 of 2 alarms is OK for too short a time: "b" (since '
        "2026-11-26 11:59 UTC, for 1 min), expected `ok_for` 5 min"
    )
    assert (Outcome.INCONCLUSIVE, expected, None) == (result.outcome, result.summary, result.retry_after)
    assert Outcome.INCONCLUSIVE is ask(alarms("a", "b", ok_for="5m", missing_data="pass")).outcome


def test_the_time_of_the_last_change_stands_in_for_the_last_transition(world):
    """Older replies have that alone; without either nobody knows how long, and it is waited for."""
    world.alarm("orders", state_updated_timestamp=datetime(2026, 11, 26, 11), state_transitioned_timestamp=None)  # noqa: DTZ001
    assert Outcome.PASSED is ask(alarms("orders", ok_for="59m")).outcome
    assert Outcome.INCONCLUSIVE is ask(alarms("orders", ok_for="61m")).outcome
    world.record("orders").state_updated_timestamp = None
    result = ask(alarms("orders", ok_for="1m"))
    expected = 'alarm "orders" is OK for too short a time (CloudWatch does not say since when), expected `ok_for` 1 min'
    assert (Outcome.INCONCLUSIVE, expected) == (result.outcome, result.summary)


def test_a_throttled_call_is_an_error(world):
    """Worth another try."""
    world.faults.fail("cloudwatch", "DescribeAlarms", "Throttling")
    result = ask(alarms("orders"))
    expected = "cloudwatch:DescribeAlarms was throttled 3 times (Throttling)"
    assert (Outcome.ERROR, expected) == (result.outcome, result.summary)


def test_a_denied_call_is_an_error_with_the_permission(world):
    """IAM needs a while to spread."""
    world.faults.deny("cloudwatch", "DescribeAlarms")
    result = ask(alarms("orders"))
    assert Outcome.ERROR is result.outcome
    assert result.summary.startswith("cloudwatch:DescribeAlarms was denied")
    assert "; add cloudwatch:DescribeAlarms to the function's role" in result.summary


def test_a_fault_on_the_side_of_aws_is_an_error(world):
    """Worth another try."""
    world.faults.fail("cloudwatch", "DescribeAlarms", "InternalFailure", status=500)
    assert Outcome.ERROR is ask(alarms("orders")).outcome


def test_a_refused_call_is_a_failure(world):
    """CloudWatch will say it again."""
    world.faults.fail("cloudwatch", "DescribeAlarms", "ValidationError", message="no")
    result = ask(alarms("orders"))
    expected = "cloudwatch:DescribeAlarms was refused (ValidationError): no"
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


@pytest.mark.parametrize("body", [b"\x00 not an answer", b"", b"{}", b"[]", b'{"MetricAlarms": 3}', b"<html>"])
def test_a_garbled_reply_is_an_error(world, body):
    """Never a pass, and never an alarm that does not exist."""
    world.alarm("orders")
    world.faults.garble("cloudwatch", "DescribeAlarms", body)
    assert Outcome.ERROR is ask(alarms("orders")).outcome
    assert Outcome.ERROR is ask(alarms(prefix="orders")).outcome


def test_a_reply_without_alarms_at_all_says_what_is_missing(world):
    """That is what botocore makes out of a body that it cannot read."""
    world.faults.garble("cloudwatch", "DescribeAlarms")
    expected = (
        "cloudwatch:DescribeAlarms's reply makes no sense: it has none of MetricAlarms, CompositeAlarms, LogAlarms"
    )
    assert expected == ask(alarms("orders")).summary


@pytest.mark.parametrize(
    "record",
    [
        b'{"StateValue": "OK"}',
        b'{"AlarmName": "orders", "AlarmArn": "arn:x"}',
        b'{"AlarmName": "orders", "StateValue": "OK"}',
        b'{"AlarmName": "orders", "AlarmArn": "arn:x", "StateValue": "FINE"}',
    ],
)
def test_an_alarm_that_makes_no_sense_is_an_error(world, record):
    """A state that nobody knows is no OK."""
    world.faults.garble("cloudwatch", "DescribeAlarms", b'{"MetricAlarms": [' + record + b"]}")
    result = ask(alarms("orders"))
    assert Outcome.ERROR is result.outcome
    assert result.summary.startswith("cloudwatch:DescribeAlarms's reply makes no sense: alarm ")


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=3)
FIELDS = ["AlarmName", "AlarmArn", "StateValue", "StateReason", "EvaluationState", "ActionsEnabled"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON | st.sampled_from(["OK", "ALARM", "orders"])), JSON)
def test_whatever_stands_in_a_reply_is_an_answer(world, record, other):
    """Nothing escapes, and nothing passes that is no alarm."""
    for body in ({"MetricAlarms": [record]}, {"CompositeAlarms": [other]}, other):
        world.faults.clear()
        world.faults.garble("cloudwatch", "DescribeAlarms", json.dumps(body).encode())
        outcome = ask(alarms("orders"), seconds=5).outcome
        assert outcome in {Outcome.ERROR, Outcome.FAILED} or record["StateValue"] == "OK"


def test_an_alarm_in_alarm_is_a_failure_whatever_became_of_the_rest(world):
    """An error may be told to pass in the end, and this must not."""
    names = [f"orders-{number:03}" for number in range(101)]
    for name in names[:100]:
        world.cloudwatch.put_metric_alarm(AlarmName=name, **METRIC)
    world.alarm("orders-000", "ALARM")
    reply = b'{"MetricAlarms": [{"AlarmName": "orders-000", "AlarmArn": "arn:x", "StateValue": "ALARM"}]}'
    world.faults.garble("cloudwatch", "DescribeAlarms", reply, times=1)
    world.faults.fail("cloudwatch", "DescribeAlarms", "Throttling")
    result = ask(alarms(*names))
    assert Outcome.FAILED is result.outcome


def test_a_services_first_deployment_is_asked_too(world):
    """Alarms speak of more than the service."""
    world.alarm("orders", "ALARM")
    made = alarms("orders")
    assert None is made.skip_on_create()
    assert Outcome.FAILED is ask(made, is_create=True).outcome


def test_another_kinds_settings_are_a_defect():
    """Which the engine tells as one."""
    with pytest.raises(TypeError):
        prepare_alarms(CheckSettings(), "PRE_SCALE_UP", Files(Document("gates.yaml", {}), lambda _: None))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({}, ": names no alarm; write `names: [orders-5xx]`, `prefix: orders-` or `arns: […]`"),
        (
            {"name": "orders-5xx"},
            ": names no alarm (`name` is what the check is called); write `names: [orders-5xx]`, `prefix: orders-` or `arns: […]`",
        ),
        ({"names": []}, ": names no alarm; write `names: [orders-5xx]`, `prefix: orders-` or `arns: […]`"),
        ({"names": [f"{ARN}orders"]}, f' names[0]: is an ARN: "{f"{ARN}orders"[:60]}"; write it under `arns`'),
        (
            {"names": ["orders-*"]},
            ' names[0]: is taken to the letter: "orders-*"; for all alarms that begin so write `prefix: orders-`',
        ),
        (
            {"prefix": "orders-*"},
            ' prefix: is taken to the letter: "orders-*"; write it without the asterisk: `prefix: orders-`',
        ),
        ({"prefix": ""}, ' prefix: is too short, found ""; it needs 1 or more characters'),
        (
            {"arns": ["orders"]},
            ' arns[0]: is no ARN of an alarm: "orders"; write arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME',
        ),
        ({"alarm_names": ["a"], "names": ["a"]}, ' alarm_names: unknown key "alarm_names"; write `names`'),
        ({"names": "a"}, ' names: has to be a list, found "a"'),
    ],
)
def test_mistakes_are_told_with_their_cure(written, message):
    """When the file is loaded."""
    assert f"gates.yaml{message}" == mistakes(**written)


def test_settings_that_are_none_of_those_allowed():
    """Durations have a unit, and missing data one of three meanings."""
    assert "gates.yaml ok_for: is no duration: 5; write a number with a unit" in mistakes("a", ok_for=5)
    assert "'fail', 'wait' or 'pass', found \"ignore\"" in mistakes("a", missing_data="ignore")
    assert "has too many items, found 501; at most 500 are allowed" in mistakes(*["a"] * 501)


def test_an_arn_has_a_name_that_may_hold_colons():
    """The name is all that stands behind."""
    arn = parse_arn("arn:aws-cn:cloudwatch:cn-north-1:123456789012:alarm:shop:orders:5xx")
    assert ("cn-north-1", "shop:orders:5xx") == (arn.region, arn.name)


@given(
    st.text()
    | st.lists(st.sampled_from(["arn", "aws", "cloudwatch", "eu-west-1", "", "123456789012", "alarm", "orders"])).map(
        ":".join
    )
)
def test_any_text_is_an_arn_or_a_mistake(text):
    """Nothing else escapes, and what is taken has a Region and a name."""
    try:
        arn = parse_arn(text)
    except PydanticCustomError:
        return
    assert arn.region
    assert arn.name
    assert text.endswith(f":alarm:{arn.name}")
