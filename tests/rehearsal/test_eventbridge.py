"""ECS's own events: what is sent, who gets it, and when."""

import itertools
import re
import textwrap
import threading
import time

import pytest

from rehearsal.controller import events
from rehearsal.eventbridge import PatternError, Subscription, check_pattern, matches
from rehearsal.invokers import Invocation, InvokerError
from rehearsal.template import Template, TemplateError
from tests.rehearsal.fake_world import CLUSTER, PREFIX, SERVICE, Rehearsed, lambda_hook, pause_hook

SUCCEEDED = {"hookStatus": "SUCCEEDED"}
FAILED = {"hookStatus": "FAILED"}
OF_ECS = {"source": ["aws.ecs"]}
STAMP = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def sent(rehearsed, kind="ECS Deployment State Change"):
    """The events of a detail-type, in order."""
    return [each.event for each in rehearsed.of(events.EventSent) if each.event["detail-type"] == kind]


def story(rehearsed):
    """Name, deployment and reason of each deployment event."""
    return [
        (detail["eventName"].removeprefix("SERVICE_DEPLOYMENT_"), detail["deploymentId"], detail["reason"])
        for detail in (event["detail"] for event in sent(rehearsed))
    ]


def test_a_deployment_event_has_the_documented_shape():
    """The envelope is EventBridge's, the resource the service, and the detail that of AWS's example."""
    rehearsed = Rehearsed()

    rehearsed.update()

    event = sent(rehearsed)[0]
    assert re.fullmatch(STAMP, event["time"])
    assert re.fullmatch(STAMP, event["detail"]["updatedAt"])
    assert {
        "version": "0",
        "id": event["id"],
        "detail-type": "ECS Deployment State Change",
        "source": "aws.ecs",
        "account": "123456789012",
        "time": event["time"],
        "region": "eu-west-1",
        "resources": [SERVICE],
        "detail": {
            "eventType": "INFO",
            "eventName": "SERVICE_DEPLOYMENT_IN_PROGRESS",
            "deploymentId": "ecs-svc/2",
            "updatedAt": event["detail"]["updatedAt"],
            "reason": "ECS deployment ecs-svc/2 in progress.",
        },
    } == event
    assert len({each["id"] for each in sent(rehearsed)}) == len(sent(rehearsed))


def test_a_deployment_that_succeeds_is_in_progress_and_completed():
    """Two events, both INFO."""
    rehearsed = Rehearsed()

    rehearsed.update()

    assert [
        ("IN_PROGRESS", "ecs-svc/2", "ECS deployment ecs-svc/2 in progress."),
        ("COMPLETED", "ecs-svc/2", "ECS deployment ecs-svc/2 completed."),
    ] == story(rehearsed)


def test_a_rollback_fails_and_then_completes_where_it_came_from():
    """FAILED has ECS's reason and is an ERROR; the way back is a deployment of blue, which reaches its steady state."""
    rehearsed = Rehearsed([lambda_hook("bad", "POST_SCALE_UP")], {"bad": FAILED})

    result = rehearsed.update()

    assert [
        ("IN_PROGRESS", "ecs-svc/2", "ECS deployment ecs-svc/2 in progress."),
        ("FAILED", "ecs-svc/2", result.status_reason),
        ("IN_PROGRESS", "ecs-svc/1", "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1."),
        ("COMPLETED", "ecs-svc/1", "ECS deployment ecs-svc/1 completed."),
    ] == story(rehearsed)
    assert ["INFO", "ERROR", "INFO", "INFO"] == [event["detail"]["eventType"] for event in sent(rehearsed)]


def test_a_failed_create_fails_once():
    """There is nothing to go back to, and the reason says so."""
    rehearsed = Rehearsed([lambda_hook("bad", "POST_SCALE_UP")], {"bad": FAILED})

    rehearsed.create("1")

    assert [
        ("IN_PROGRESS", "ecs-svc/1", "ECS deployment ecs-svc/1 in progress."),
        ("FAILED", "ecs-svc/1", "No rollback candidate was found to run the rollback."),
    ] == story(rehearsed)


def test_a_rollback_that_is_blocked_fails_again():
    """The last event has what went wrong on the way back."""
    rehearsed = Rehearsed([lambda_hook("shift", "TEST_TRAFFIC_SHIFT")], {"shift": FAILED})

    result = rehearsed.update()

    assert "ROLLBACK_FAILED" == result.status
    assert ["IN_PROGRESS", "FAILED", "IN_PROGRESS", "FAILED"] == [name for name, *_ in story(rehearsed)]
    assert result.status_reason == story(rehearsed)[-1][2]


@pytest.mark.parametrize(("told", "last"), [(True, "COMPLETED"), (False, "IN_PROGRESS")])
def test_whether_a_rollback_completes_is_open(told, last):
    """Both can be rehearsed; that the service is steady again is told in either case."""
    rehearsed = Rehearsed([lambda_hook("bad", "POST_SCALE_UP")], {"bad": FAILED}, rollback_completes=told)

    rehearsed.update()

    assert last == story(rehearsed)[-1][0]
    assert 1 == len(sent(rehearsed, "ECS Service Action"))


def test_a_steady_service_has_the_documented_shape():
    """The event comes at the end of what ended well, and names the cluster."""
    rehearsed = Rehearsed([lambda_hook("bad", "POST_SCALE_UP")], {"bad": [FAILED, SUCCEEDED]})

    rehearsed.create("1")
    assert [] == sent(rehearsed, "ECS Service Action")
    rehearsed.create("2")

    (event,) = sent(rehearsed, "ECS Service Action")
    assert [SERVICE] == event["resources"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ", event["detail"].pop("createdAt"))
    assert {"eventType": "INFO", "eventName": "SERVICE_STEADY_STATE", "clusterArn": CLUSTER} == event["detail"]


def test_a_hook_event_has_the_documented_shape():
    """The resource is the service deployment, and the detail names hook, stage, expiry, cluster, service, deployment."""
    rehearsed = Rehearsed(
        [pause_hook("POST_SCALE_UP", timeoutConfiguration={"timeoutInMinutes": 1, "action": "CONTINUE"})]
    )

    result = rehearsed.update()

    waiting, over = sent(rehearsed, "ECS Hook State Change")
    assert re.fullmatch(STAMP, waiting["detail"]["expiresAt"])
    assert [result.deployment_arn] == waiting["resources"]
    assert {
        "eventType": "INFO",
        "eventName": "HOOK_AWAITING_ACTION",
        "hookId": rehearsed.of(events.HookWaiting)[0].hook_id,
        "hookType": "PAUSE",
        "expiresAt": waiting["detail"]["expiresAt"],
        "lifecycleStage": "POST_SCALE_UP",
        "clusterArn": CLUSTER,
        "serviceArn": SERVICE,
        "serviceDeploymentArn": result.deployment_arn,
        "updatedAt": waiting["detail"]["updatedAt"],
    } == waiting["detail"]
    assert ("HOOK_TIMED_OUT", "ERROR") == (over["detail"]["eventName"], over["detail"]["eventType"])


@pytest.mark.parametrize(("reply", "end"), [(SUCCEEDED, "HOOK_SUCCEEDED"), (FAILED, "HOOK_FAILED")])
def test_a_lambda_hook_is_in_progress_and_then_over(reply, end):
    """Asking again is no change of state."""
    waits = {"hookStatus": "IN_PROGRESS", "callBackDelay": 5}
    rehearsed = Rehearsed([lambda_hook("gate", "POST_SCALE_UP")], {"gate": [waits, reply]})

    rehearsed.update()

    assert [("HOOK_IN_PROGRESS", "AWS_LAMBDA"), (end, "AWS_LAMBDA")] == [
        (event["detail"]["eventName"], event["detail"]["hookType"])
        for event in sent(rehearsed, "ECS Hook State Change")
    ]


@pytest.mark.parametrize("action", ["CONTINUE", "ROLLBACK"])
def test_a_pause_hook_that_is_answered_is_told(action):
    """HOOK_SUCCEEDED means CONTINUE, HOOK_FAILED means ROLLBACK."""

    def decide(event):
        if isinstance(event, events.HookWaiting):
            (record, *_) = rehearsed.world.store.deployments_of(SERVICE)
            rehearsed.world.store.decide(record["serviceDeploymentArn"], event.hook_id, action)

    rehearsed = Rehearsed([pause_hook("POST_SCALE_UP")], watchers=[decide])

    rehearsed.update()

    names = [event["detail"]["eventName"] for event in sent(rehearsed, "ECS Hook State Change")]
    assert ["HOOK_AWAITING_ACTION", {"CONTINUE": "HOOK_SUCCEEDED", "ROLLBACK": "HOOK_FAILED"}[action]] == names


# --- who gets them ---


def waited_for(reply, *patterns, hooks=(), watchers=(), **more):
    """A rehearsal in which a function waits for events."""
    subscriptions = [Subscription(PREFIX + "teller", pattern) for pattern in patterns]
    return Rehearsed(
        hooks, {"teller": reply, "gate": SUCCEEDED}, subscriptions=subscriptions, watchers=watchers, **more
    )


def test_a_function_gets_the_events_that_it_waits_for_and_no_others():
    """The whole event arrives, once for each rule that fits."""
    pattern = {
        **OF_ECS,
        "detail-type": ["ECS Deployment State Change"],
        "detail": {"eventName": [{"prefix": "SERVICE_"}]},
    }
    rehearsed = waited_for({}, pattern, hooks=[lambda_hook("gate", "POST_SCALE_UP")])

    rehearsed.update()

    got = rehearsed.invoker.events_of("teller")
    assert sorted(event["id"] for event in sent(rehearsed)) == sorted(event["id"] for event in got)
    assert {event["id"]: event for event in got} == {event["id"]: event for event in sent(rehearsed)}


def test_the_deployment_waits_for_the_functions_but_not_its_stages():
    """Functions run beside the deployment; all have ended when its result is returned, and before its end is told."""
    ended = []
    blocked = threading.Event()

    def reply(event):
        # Only the end of the last stage lets the first event through: a deployment that waited would never get there.
        ended.append((blocked.wait(10), event["detail"]["eventName"]))
        time.sleep(0.05)
        ended.append("done")

    def release(event):
        if isinstance(event, events.StageFinished) and event.stage == "CLEAN_UP":
            blocked.set()
        if isinstance(event, events.DeploymentFinished):
            ended.append("told")

    rehearsed = waited_for(reply, OF_ECS, watchers=[release])

    assert "SUCCESSFUL" == rehearsed.update().status
    assert "told" == ended[-1]
    assert 3 == ended.count("done")
    assert all(let_go for let_go, _ in (each for each in ended if isinstance(each, tuple)))


FAULTY = Invocation(None, "ValueError: no", 0.1, ["a line"])


@pytest.mark.parametrize(
    ("replies", "problems"),
    [
        ({}, [None]),
        ([FAULTY, {}], ["ValueError: no", None]),
        (FAULTY, ["ValueError: no"] * 3),
        (InvokerError("no such function"), ["no such function"]),
    ],
)
def test_what_becomes_of_an_invocation_is_told_and_changes_nothing(replies, problems):
    """A function that fails on an event is invoked twice more with it, and does not fail the deployment."""
    rehearsed = waited_for(replies, {**OF_ECS, "detail": {"eventName": ["SERVICE_DEPLOYMENT_COMPLETED"]}})

    assert "SUCCESSFUL" == rehearsed.update().status
    delivered = rehearsed.of(events.EventDelivered)
    assert [("teller", "SERVICE_DEPLOYMENT_COMPLETED", number, each) for number, each in enumerate(problems, 1)] == [
        (each.function, each.event_name, each.attempt, each.problem) for each in delivered
    ]
    assert 1 == len({event["id"] for event in rehearsed.invoker.events_of("teller")})
    waits = [after.at - before.at for before, after in itertools.pairwise(delivered)]
    assert all(wait >= least for wait, least in zip(waits, (60, 120), strict=False))


def test_the_record_is_final_when_the_last_event_comes():
    """Whoever describes the deployment upon the last event finds how it ended."""
    seen = {}

    def reply(event):
        record = rehearsed.world.store.deployments_of(SERVICE)[0]
        seen[event["detail"]["eventName"], event["detail"].get("deploymentId")] = record["status"]

    rehearsed = Rehearsed(
        [lambda_hook("bad", "POST_SCALE_UP")],
        {"bad": FAILED, "teller": reply},
        subscriptions=[Subscription(PREFIX + "teller", OF_ECS)],
    )

    rehearsed.update()

    assert "ROLLBACK_SUCCESSFUL" == seen["SERVICE_DEPLOYMENT_COMPLETED", "ecs-svc/1"]


# --- patterns ---

EVENT = {
    "source": "aws.ecs",
    "resources": ["arn:one", "arn:two"],
    "detail": {"eventName": "HOOK_FAILED", "number": 1, "flag": True, "nothing": None, "deep": {"er": "x"}},
}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.ecs"]}, True),
        ({"source": ["aws.ec2", "aws.ecs"]}, True),
        ({"source": ["aws"]}, False),
        ({"source": [{"prefix": "aws."}]}, True),
        ({"resources": ["arn:two"]}, True),
        ({"resources": [{"prefix": "arn:t"}]}, True),
        ({"detail": {"eventName": [{"prefix": "HOOK_"}, "OTHER"], "deep": {"er": ["x"]}}}, True),
        ({"detail": {"eventName": [{"prefix": "SERVICE_"}]}}, False),
        ({"detail": {"number": [1]}}, True),
        ({"detail": {"number": [True]}}, False),
        ({"detail": {"flag": [True]}}, True),
        ({"detail": {"flag": [1]}}, False),
        ({"detail": {"nothing": [None]}}, True),
        ({"detail": {"missing": [None]}}, False),
        ({"source": {"deeper": ["x"]}}, False),
    ],
)
def test_patterns(pattern, expected):
    """Every key has to be there, and of a list of values one is enough."""
    check_pattern(pattern)
    assert expected == matches(pattern, EVENT)


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        (
            {"detail": {"eventName": [{"anything-but": ["x"]}]}},
            "filters by anything-but at detail.eventName; the rehearsal",
        ),
        ({"source": [{"prefix": {"equals-ignore-case": "x"}}]}, "filters by prefix at source"),
        ({"source": []}, "lists nothing at source"),
        ({"source": [["x"]]}, "has a list in a list at source"),
        ({"source": "aws.ecs"}, "the event pattern at source is no mapping with keys: 'aws.ecs'"),
        ({}, "the event pattern is no mapping with keys"),
        (None, "the event pattern is no mapping with keys: None"),
    ],
)
def test_patterns_that_are_not_known_are_refused(pattern, complaint):
    """What the rehearsal could not tell apart is no match and no mismatch, but an error with its place."""
    with pytest.raises(PatternError, match=complaint):
        Subscription("arn", pattern)


# --- the template ---

TEMPLATE = """
Parameters: {Kind: {Type: String, Default: aws.ecs}, Wanted: {Type: String, Default: "yes"}}
Conditions: {Wanted: !Equals [!Ref Wanted, "yes"]}
Resources:
  DeploymentEventsFunction:
    Type: AWS::Serverless::Function
    Condition: Wanted
    Properties:
      CodeUri: events
      Handler: app.handle
      EventInvokeConfig: {MaximumRetryAttempts: 1}
      Events:
        Changes:
          Type: EventBridgeRule
          Properties:
            Pattern: {source: [!Ref Kind], detail-type: [ECS Deployment State Change, ECS Hook State Change]}
        Nightly: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day)}}
        Elsewhere: {Type: EventBridgeRule, Properties: {EventBusName: other, Pattern: {source: [x]}}}
        Off: {Type: EventBridgeRule, Properties: {State: DISABLED, Pattern: {source: [x]}}}
  GateFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: gate, Handler: app.handle}
"""


@pytest.fixture
def load(tmp_path):
    """Reads the template, with parameters."""

    def read(text=TEMPLATE, **parameters):
        path = tmp_path / "template.yaml"
        path.write_text(textwrap.dedent(text))
        return Template.load(path, region="eu-west-1", account_id="123456789012", parameters=parameters)

    return read


def test_the_rules_of_functions_are_read(load):
    """Enabled rules on the default bus count, their patterns worked out; other events of a function are no rules."""
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change", "ECS Hook State Change"]}

    assert [Subscription(PREFIX + "DeploymentEventsFunction", pattern, retries=1)] == load().subscriptions()
    assert [] == load(Wanted="no").subscriptions()


def test_a_rule_that_is_not_known_is_told_with_its_place(load):
    """The error names function and event."""
    with pytest.raises(
        TemplateError, match=r"event Changes of function DeploymentEventsFunction of .*filters by exists"
    ):
        load(TEMPLATE.replace("[!Ref Kind]", "[{exists: true}]")).subscriptions()


def test_a_function_of_the_template_is_invoked(load):
    """From the template to the function: both kinds of events arrive."""
    rehearsed = Rehearsed(
        [lambda_hook("gate", "POST_SCALE_UP")],
        {"gate": SUCCEEDED, "DeploymentEventsFunction": {}},
        subscriptions=load().subscriptions(),
    )

    rehearsed.update()

    names = sorted(event["detail"]["eventName"] for event in rehearsed.invoker.events_of("DeploymentEventsFunction"))
    assert [
        "HOOK_IN_PROGRESS",
        "HOOK_SUCCEEDED",
        "SERVICE_DEPLOYMENT_COMPLETED",
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
    ] == names
