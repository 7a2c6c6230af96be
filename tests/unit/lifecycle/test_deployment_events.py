"""The function on ECS's events: it looks what is so, and does what is not done yet."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from greenlight import clock
from greenlight.deployment import DeploymentError
from greenlight.deployment.shifting import Shift
from greenlight.lifecycle import deployment_events, following, pauses
from greenlight.lifecycle.deployment_events import UndoneError, deal, handler, settings_of
from greenlight.lifecycle.following import EventSettings
from greenlight.record import Answer, Approval, ApprovalState, Decision, VerdictEntry, approvals, once, verdicts
from greenlight.telling import Channels, Level
from rehearsal.aws import ecs, told
from tests.record_tables import record_table
from tests.unit.lifecycle.calls import Context
from tests.unit.lifecycle.test_ecs_events import envelope

NOW = 1_764_000_000.0
PLACE = "eu-west-1:123456789012"
HOOK_ARN = f"arn:aws:lambda:{PLACE}:function:greenlight-PreScaleUpFunction-1"
PAUSE_ID = "ecs-pause-1"
_numbers = count()


def moment(seconds):
    """A time as boto3 returns it."""
    return datetime.fromtimestamp(seconds, UTC)


class World:
    """A service with deployments, the record, a topic and a bus."""

    def __init__(self, api):
        self.name = f"orders-{next(_numbers)}"
        self.api = api
        self.table = record_table(f"record-{self.name}")
        self.topic = api.client("sns").create_topic(Name=f"people-{self.name}")["TopicArn"]
        self.settings = EventSettings(
            functions=(HOOK_ARN,), record=self.table, channels=Channels(self.topic, "default"), answers_pauses=True
        )
        client = api.client("ecs")
        client.create_cluster(clusterName="shop")
        client.register_task_definition(
            family="orders", containerDefinitions=[{"name": "app", "image": "orders:2", "memory": 128}]
        )
        made = client.create_service(cluster="shop", serviceName=self.name, taskDefinition="orders", desiredCount=1)
        self.service_arn = made["service"]["serviceArn"]
        self.store = ecs.store(api.account_id, api.region)
        for number, image in ((1, "orders:1"), (2, "orders:2")):
            self.store.put_revision(
                {
                    "serviceRevisionArn": self.revision(number),
                    "serviceArn": self.service_arn,
                    "taskDefinition": f"arn:aws:ecs:{PLACE}:task-definition/orders:{number}",
                    "containerImages": [{"containerName": "app", "image": image}],
                }
            )

    def revision(self, number):
        return f"arn:aws:ecs:{PLACE}:service-revision/shop/{self.name}/{number}"

    def arn(self, deployment="d1"):
        return f"arn:aws:ecs:{PLACE}:service-deployment/shop/{self.name}/{self.name}-{deployment}"

    def identifier(self, deployment="d1"):
        return self.arn(deployment).rpartition("/")[2]

    def deploy(self, status="SUCCESSFUL", deployment="d1", *, at=NOW - 600, ours=True, hooks=(), **more):
        """Let ECS know of a deployment."""
        target = HOOK_ARN if ours else f"arn:aws:lambda:{PLACE}:function:somebody-else"
        registered = [{"hookTargetArn": target, "roleArn": "role", "lifecycleStages": ["PRE_SCALE_UP"]}]
        self.store.put_deployment(
            {
                "serviceDeploymentArn": self.arn(deployment),
                "serviceArn": self.service_arn,
                "clusterArn": f"arn:aws:ecs:{PLACE}:cluster/shop",
                "createdAt": moment(at),
                "updatedAt": moment(at + 300),
                "status": status,
                "sourceServiceRevisions": [{"arn": self.revision(1)}],
                "targetServiceRevision": {"arn": self.revision(2)},
                "deploymentConfiguration": {"strategy": "BLUE_GREEN", "lifecycleHooks": registered},
                "lifecycleHookDetails": list(hooks),
                **more,
            }
        )

    def verdict(self, deployment="d1", **more):
        """Let the record know of a verdict."""
        entry = VerdictEntry(
            deployment=self.identifier(deployment),
            deployment_arn=self.arn(deployment),
            service="Orders",
            service_arn=self.service_arn,
            green=self.revision(2),
            stage="PRE_PRODUCTION_TRAFFIC_SHIFT",
            step="",
            gate="abc",
            function=HOOK_ARN,
            attempt=1,
            status="SUCCEEDED",
            reason="smoke passed",
            at=NOW - 500,
            checks=(Answer(name="smoke", kind="smoke", outcome="passed", summary="3 of 3 tests"),),
            report="https://console/report.html",
        )
        return verdicts.add(self.table, replace(entry, **more))

    def question(self, deployment="d1", *, name="approval", **more):
        """Let the record know of a question."""
        approval = Approval(
            deployment=self.identifier(deployment),
            name=name,
            deployment_arn=self.arn(deployment),
            service="Orders",
            green=self.revision(2),
            stage="PRE_PRODUCTION_TRAFFIC_SHIFT",
            requested_at=NOW - 100,
            expires_at=NOW + 3600,
        )
        return approvals.request(self.table, replace(approval, **more))[0]

    def event(self, name="SERVICE_DEPLOYMENT_COMPLETED", **detail):
        """An event about the service."""
        return envelope({"eventName": name, "deploymentId": "ecs-svc/1", **detail}, resources=[self.service_arn])

    def hook_event(self, name="HOOK_AWAITING_ACTION", hook_id=PAUSE_ID, *, kind="PAUSE", stage=None, deployment="d1"):
        """An event about a hook."""
        detail = {
            "eventName": name,
            "hookId": hook_id,
            "hookType": kind,
            "expiresAt": moment(NOW + 3600).isoformat(),
            "lifecycleStage": stage or "PRE_PRODUCTION_TRAFFIC_SHIFT",
            "clusterArn": f"arn:aws:ecs:{PLACE}:cluster/shop",
            "serviceArn": self.service_arn,
            "serviceDeploymentArn": self.arn(deployment),
        }
        return envelope(detail, resources=[self.arn(deployment)])

    def deal(self, event, **settings):
        """Deal with an event; return the deployments of ours that it was about."""
        return deal(event, replace(self.settings, **settings), deadline=time.monotonic() + 30)["ours"]

    def subjects(self):
        """Of all messages so far."""
        return [message.subject for message in told.published(self.topic)]

    def events(self):
        """The details of all events about this service so far."""
        details = [json.loads(entry["Detail"]) for entry in told.events_put(self.api.account_id, self.api.region)]
        return [detail for detail in details if self.name in detail["deployment"]]

    def asked(self, name="pause", deployment="d1"):
        """A question as it stands."""
        return approvals.find(self.table, self.identifier(deployment), name)


@pytest.fixture
def world(module_aws_api, monkeypatch):
    """A world of the test's own, in which nobody waits."""
    monkeypatch.setattr(deployment_events, "WAITS_FOR_ECS", (0.0, 0.0))
    monkeypatch.setattr(pauses, "WAITS_FOR_RECORD", (0.0,))
    token = clock.source.set(lambda: NOW)
    yield World(module_aws_api)
    clock.source.reset(token)


@pytest.fixture
def restored(monkeypatch):
    """Deployments whose traffic was given back to blue."""
    given = []

    def restore(deployment):
        given.append((deployment.deployment_arn, deployment.green_arn))
        return [Shift("rule 1", 25.0, 0, written=True)]

    monkeypatch.setattr(following, "restore_blue", restore)
    return given


def pause(hook_id=PAUSE_ID, status="AWAITING_ACTION"):
    """A PAUSE hook as DescribeServiceDeployments shows it."""
    return {"hookId": hook_id, "targetType": "PAUSE", "status": status, "timeoutAction": "ROLLBACK"}


def test_the_end_of_a_deployment_is_told_once(world):
    """Whatever the level, and however often and by which event it is heard of."""
    world.deploy()
    world.verdict()
    for name in ("SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_STEADY_STATE"):
        assert [world.identifier()] == world.deal(
            world.event(name), channels=replace(world.settings.channels, level=Level.ERROR)
        )

    assert ["Greenlight: Orders: SUCCESSFUL"] == world.subjects()
    (event,) = world.events()
    assert ("deployment", True, "succeeded", "info") == tuple(
        event[key] for key in ("kind", "good", "cause", "severity")
    )


def test_a_rollback_is_told_with_its_cause(world):
    """No event says that it is complete; that the service is steady again does."""
    reason = f"PRE_PRODUCTION_TRAFFIC_SHIFT lifecycle hook(s) failed. Lifecycle hook target {HOOK_ARN} returned FAILED status."
    failed = Answer(name="web", kind="smoke", outcome="failed", summary="status 500, expected 200")
    world.verdict(status="FAILED", reason="web: status 500, expected 200", checks=(failed,))
    world.deploy("ROLLBACK_IN_PROGRESS", statusReason=reason, rollback={"reason": reason})
    world.deal(world.event("SERVICE_DEPLOYMENT_FAILED"))
    assert [] == world.subjects()

    world.deploy("ROLLBACK_SUCCESSFUL", statusReason=reason, rollback={"reason": reason})
    world.deal(world.event("SERVICE_STEADY_STATE"))

    assert ["Greenlight: Orders: ROLLBACK_SUCCESSFUL (greenlight)"] == world.subjects()
    (message,) = told.published(world.topic)
    assert "status 500, expected 200" in message.message
    assert "error" == message.attributes["severity"]["Value"]


def test_an_end_that_no_event_told_is_told_when_the_next_deployment_begins(world):
    """ECS documents no event for every end."""
    world.deploy("ROLLBACK_SUCCESSFUL", "d1", at=NOW - 90_000)
    world.verdict("d1")
    world.deploy("IN_PROGRESS", "d2", at=NOW)
    assert {world.identifier("d1"), world.identifier("d2")} == set(
        world.deal(world.event("SERVICE_DEPLOYMENT_IN_PROGRESS"))
    )

    assert [world.identifier("d1")] == [event["deployment"] for event in world.events()]


def test_other_people_s_deployments_are_not_told(world):
    """Neither in the record nor with a hook of ours."""
    world.deploy(ours=False)
    assert [] == world.deal(world.event())

    assert ([], []) == (world.subjects(), world.events())


@pytest.mark.parametrize("suffix", ["", ":live"])
def test_a_deployment_whose_hooks_left_no_trace_is_ours_by_its_functions(world, suffix):
    """A hook that could not be invoked writes nothing into the record; it may be registered by an alias."""
    hook = {"hookId": "h", "targetType": "AWS_LAMBDA", "targetArn": f"{HOOK_ARN}{suffix}", "status": "FAILED"}
    world.deploy("ROLLBACK_SUCCESSFUL", ours=False, hooks=[hook])
    assert [world.identifier()] == world.deal(world.event("SERVICE_DEPLOYMENT_FAILED"))

    (subject,) = world.subjects()
    assert subject.startswith(f"Greenlight: {world.name}: ROLLBACK_SUCCESSFUL")


def test_a_function_with_a_longer_name_is_not_ours(world):
    """The name of one stack may begin as another's does."""
    hook = {"hookId": "h", "targetType": "AWS_LAMBDA", "targetArn": f"{HOOK_ARN}2", "status": "FAILED"}
    world.deploy("ROLLBACK_SUCCESSFUL", ours=False, hooks=[hook])
    assert [] == world.deal(world.event("SERVICE_DEPLOYMENT_FAILED"))


def test_what_ended_long_before_the_record_is_not_told(world):
    """Or the first event after an installation would tell the past."""
    world.deploy(at=NOW - 90_000)
    assert [world.identifier()] == world.deal(world.event("SERVICE_STEADY_STATE"))

    assert [] == world.subjects()


def test_without_a_record_ends_are_told_by_their_own_events(world):
    """Nobody knows what was told before: neither an earlier deployment nor a steady service is told of."""
    world.deploy("STOPPED", "d0", at=NOW - 3000)
    world.deploy("SUCCESSFUL", "d1")
    for name in ("SERVICE_STEADY_STATE", "SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"):
        world.deal(world.event(name), record=None)

    assert [f"Greenlight: {world.name}: SUCCESSFUL"] == world.subjects()


def test_an_event_that_is_ahead_of_the_api_is_waited_for(world, monkeypatch):
    """EventBridge may be faster than DescribeServiceDeployments."""
    world.deploy("IN_PROGRESS")
    world.verdict()
    looked = following.concerned

    def look(event):
        found = looked(event)
        world.deploy("SUCCESSFUL")
        return found

    monkeypatch.setattr(deployment_events, "concerned", look)
    world.deal(world.event())

    assert ["Greenlight: Orders: SUCCESSFUL"] == world.subjects()


def test_open_questions_are_closed_at_the_end(world):
    """And decisions stay as they are."""
    world.deploy("STOPPED")
    world.question()
    decided = world.question(name="second")
    approvals.decide(world.table, decided, Decision(who="ann", approves=True, at=NOW))
    world.deal(world.event("SERVICE_DEPLOYMENT_FAILED"))

    assert "the deployment ended" == world.asked("approval").closed
    assert ApprovalState.APPROVED is world.asked("second").state


@pytest.mark.parametrize("status", ["ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED", "STOPPED"])
def test_traffic_that_a_check_moved_goes_back_to_blue(world, restored, status):
    """As soon as the deployment is going back, and where it got stuck."""
    world.verdict(at=NOW - 500, state={"shifted": False})
    world.verdict(at=NOW - 400, state={"shifted": True}, gate="def")
    world.verdict(at=NOW - 300, state={}, gate="ghi")
    world.deploy(status)
    world.deal(world.event("SERVICE_DEPLOYMENT_IN_PROGRESS"))

    assert [(world.arn(), world.revision(2))] == restored


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("SUCCESSFUL", {"shifted": True}),
        ("IN_PROGRESS", {"shifted": True}),
        ("STOPPED", {"shifted": False}),
        ("STOPPED", {}),
    ],
)
def test_traffic_is_left_alone_otherwise(world, restored, status, state):
    """Green is where it belongs, or nobody moved anything."""
    world.verdict(state=state)
    world.deploy(status)
    world.deal(world.event("SERVICE_DEPLOYMENT_FAILED"))

    assert [] == restored


def test_traffic_of_an_older_deployment_is_left_alone(world, restored):
    """What was its blue may be another's green by now."""
    world.verdict(state={"shifted": True})
    world.deploy("STOPPED", "d1", at=NOW - 900)
    world.deploy("IN_PROGRESS", "d2", at=NOW - 100)
    world.deal(world.event("SERVICE_DEPLOYMENT_IN_PROGRESS"))

    assert [] == restored


@pytest.mark.parametrize(
    ("moves", "strategy", "times"), [(True, "BLUE_GREEN", 1), (True, "CANARY", 0), (False, "BLUE_GREEN", 0)]
)
def test_without_a_record_the_rule_is_looked_at_where_checks_may_move_traffic(world, restored, moves, strategy, times):
    """Nobody knows whether one did."""
    world.deploy("STOPPED")
    record = world.store.deployment(world.arn())
    record["deploymentConfiguration"]["strategy"] = strategy
    world.store.put_deployment(record)
    world.deal(world.event("SERVICE_DEPLOYMENT_FAILED"), record=None, moves_traffic=moves)

    assert times == len(restored)


def test_traffic_goes_back_though_the_record_does_not_answer(world, restored):
    """Users cannot wait for DynamoDB; what is left is raised, and tried again."""
    world.verdict(state={"shifted": True})
    world.deploy("ROLLBACK_IN_PROGRESS")
    world.api.faults.fail("dynamodb", "Query")
    with pytest.raises(UndoneError, match="reading the record"):
        world.deal(world.event("SERVICE_DEPLOYMENT_FAILED"), moves_traffic=True)
    world.api.faults.clear()

    assert [(world.arn(), world.revision(2))] == restored


def test_an_end_that_another_is_about_to_tell_is_looked_at_again(world):
    """That one may have died over it: Lambda's next attempt finds out."""
    world.deploy()
    claimed = once.claim(world.table, world.identifier(), "message#deployment#ended")
    with pytest.raises(UndoneError, match="could not be told"):
        world.deal(world.event())
    once.release(world.table, claimed)
    world.deal(world.event())

    assert (1, 1) == (len(world.subjects()), len(world.events()))


def test_what_could_not_be_done_is_raised_when_the_rest_is_done(world, monkeypatch):
    """Lambda tries again, and an alarm looks at what stays undone; the story is told meanwhile, once."""

    def restore(_):
        raise DeploymentError("elasticloadbalancing:ModifyRule was denied", transient=True)

    monkeypatch.setattr(following, "restore_blue", restore)
    world.verdict(state={"shifted": True})
    world.deploy("STOPPED")
    for _ in range(2):
        with pytest.raises(UndoneError, match="ModifyRule was denied"):
            world.deal(world.event("SERVICE_DEPLOYMENT_FAILED"))

    assert 1 == len(world.subjects())


def test_an_end_that_could_not_be_told_is_raised(world):
    """And told by the next attempt."""
    world.deploy()
    gone = replace(world.settings.channels, topic=f"arn:aws:sns:{PLACE}:gone")
    with pytest.raises(UndoneError, match="could not be told"):
        world.deal(world.event(), channels=gone)
    world.deal(world.event())

    assert (1, 1) == (len(world.subjects()), len(world.events()))


def test_ecs_that_does_not_answer_is_raised(world):
    """Nothing is known then."""
    with pytest.raises(UndoneError, match="looking up the deployments: ecs:ListServiceDeployments was refused"):
        world.deal({**world.event(), "resources": [f"arn:aws:ecs:{PLACE}:service/nowhere/orders"]})


def test_an_event_of_somebody_else_is_dropped(world, log):
    """Another attempt would not help, so that it is no error of the function."""
    assert [] == world.deal({"source": "aws.s3"})
    assert "an event cannot be read" in [line["message"] for line in log()]


def test_people_are_asked_once_at_a_pause_hook(world):
    """With what changes, what was checked, and how to answer; the question stands in the record."""
    world.deploy("IN_PROGRESS", hooks=[pause()])
    world.verdict()
    for _ in range(2):
        world.deal(world.hook_event())

    (message,) = told.published(world.topic)
    assert "Greenlight: Orders: approval wanted at PRE_PRODUCTION_TRAFFIC_SHIFT" == message.subject
    for part in (
        "container app: orders:1 -> orders:2",
        "passed       smoke: 3 of 3 tests",
        "Report: https://console/report.html",
        f"greenlight approve {world.arn()} --table {world.table.name} --region eu-west-1",
        f"aws ecs continue-service-deployment --region eu-west-1 --service-deployment-arn {world.arn()} --hook-id {PAUSE_ID} --action CONTINUE",
    ):
        assert part in message.message
    asked = world.asked()
    assert (ApprovalState.OPEN, NOW + 3600, PAUSE_ID) == (asked.state, asked.expires_at, asked.evidence["hook_id"])
    assert {} == world.store.decisions


@pytest.mark.parametrize(("approves", "action"), [(True, "CONTINUE"), (False, "ROLLBACK")])
def test_a_later_step_is_answered_as_people_decided(world, approves, action):
    """Once a deployment, not once a step."""
    asked = world.question(name="pause", evidence={"hook_id": "ecs-pause-0"})
    approvals.decide(world.table, asked, Decision(who="ann", approves=approves, at=NOW))
    later = f"later-{world.name}"
    world.deploy("IN_PROGRESS", hooks=[pause("ecs-pause-0", "SUCCEEDED"), pause(later)])
    world.deal(world.hook_event(hook_id=later))
    world.deploy("IN_PROGRESS", hooks=[pause(later, "SUCCEEDED")])
    world.deal(world.hook_event(hook_id=later))

    assert action == world.store.decisions[later]
    assert [] == world.subjects()


def registered(*ids):
    """PAUSE hooks of a service, all of them at the stage before production."""
    hooks = [{"targetType": "PAUSE", "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]} for _ in ids]
    return {"strategy": "CANARY", "lifecycleHooks": [{"hookTargetArn": HOOK_ARN}, *hooks]}


def test_another_pause_hook_of_the_stage_is_not_answered_by_the_first(world):
    """Two teams have a hook each: what the one's people decided is no word of the other's, however late the event comes."""
    asked = world.question(name="pause", evidence={"hook_id": "ecs-pause-0"})
    approvals.decide(world.table, asked, Decision(who="ann", approves=True, at=NOW))
    other = f"security-{world.name}"
    hooks = [pause("ecs-pause-0", "SUCCEEDED"), pause(other)]
    world.deploy("IN_PROGRESS", hooks=hooks, deploymentConfiguration=registered("team", "security"))
    world.deal(world.hook_event(hook_id=other))

    assert other not in world.store.decisions
    assert ApprovalState.OPEN is world.asked(f"pause-{other}").state


def test_a_hook_that_people_were_asked_about_is_theirs(world):
    """A repeated event does not answer it by what was decided elsewhere."""
    world.question(name="pause", evidence={"hook_id": "ecs-pause-0"})
    other = f"other-{world.name}"
    world.deploy("IN_PROGRESS", hooks=[pause("ecs-pause-0"), pause(other)], deploymentConfiguration=registered("one"))
    world.deal(world.hook_event(hook_id=other))
    approvals.decide(world.table, world.asked(), Decision(who="ann", approves=True, at=NOW))
    world.deploy(
        "IN_PROGRESS",
        hooks=[pause("ecs-pause-0", "SUCCEEDED"), pause(other)],
        deploymentConfiguration=registered("one"),
    )
    world.deal(world.hook_event(hook_id=other))

    assert other not in world.store.decisions


def test_people_are_told_where_ecs_goes_on_without_them(world):
    """A PAUSE hook may have been registered so."""
    world.deploy("IN_PROGRESS", hooks=[pause() | {"timeoutAction": "CONTINUE"}])
    world.verdict()
    world.deal(world.hook_event())

    (message,) = told.published(world.topic)
    assert "without an answer it goes on" in message.message


def test_two_that_answer_at_the_same_time_are_no_trouble(world, monkeypatch):
    """The second is refused by ECS, and sees that the hook does not wait any more."""
    asked = world.question(name="pause", evidence={"hook_id": "ecs-pause-0"})
    approvals.decide(world.table, asked, Decision(who="ann", approves=True, at=NOW))
    later = f"both-{world.name}"
    world.deploy("IN_PROGRESS", hooks=[pause(later)])
    read = deployment_events.followed

    def faster(*arguments, **more):
        world.deploy("IN_PROGRESS", hooks=[pause(later, "SUCCEEDED")])
        return read(*arguments, **more)

    monkeypatch.setattr(deployment_events, "followed", faster)
    world.deal(world.hook_event(hook_id=later))

    assert later not in world.store.decisions


def test_a_hook_that_was_answered_meanwhile_is_no_trouble(world):
    """A redelivered event, or a person who was faster."""
    world.deploy("IN_PROGRESS", hooks=[pause(status="SUCCEEDED")])
    world.verdict()
    world.deal(world.hook_event())

    assert ([], None) == (world.subjects(), world.asked())


@pytest.mark.parametrize(
    "other",
    [
        {"stage": "POST_TEST_TRAFFIC_SHIFT"},
        {"green": "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/0"},
    ],
)
def test_a_decision_about_something_else_answers_nothing(world, other):
    """Another stage or another revision is another question."""
    asked = world.question(name="pause", evidence={"hook_id": "ecs-pause-0"}, **other)
    approvals.decide(world.table, asked, Decision(who="ann", approves=True, at=NOW))
    later = f"other-{world.name}"
    world.deploy("IN_PROGRESS", hooks=[pause(later)])
    world.deal(world.hook_event(hook_id=later))

    assert later not in world.store.decisions
    assert ApprovalState.OPEN is world.asked(f"pause-{later}").state
    (message,) = told.published(world.topic)
    assert f"--name pause-{later}" in message.message


def test_a_decision_made_at_ecs_itself_is_written_down_and_told(world):
    """By somebody with the plain AWS CLI; then the next step is answered."""
    world.deploy("IN_PROGRESS", hooks=[pause()])
    world.verdict()
    world.deal(world.hook_event())
    later = f"next-{world.name}"
    world.deploy("IN_PROGRESS", hooks=[pause(status="SUCCEEDED"), pause(later)])
    world.deal(world.hook_event("HOOK_SUCCEEDED"))
    world.deal(world.hook_event("HOOK_SUCCEEDED"))
    world.deal(world.hook_event(hook_id=later))

    (decision,) = world.asked().decisions
    assert (pauses.SOMEBODY, True) == (decision.who, decision.approves)
    assert "Greenlight: Orders: approved at PRE_PRODUCTION_TRAFFIC_SHIFT" == world.subjects()[-1]
    assert 2 == len(world.subjects())
    assert "CONTINUE" == world.store.decisions[later]


def test_a_decision_that_the_record_has_is_told_with_who(world):
    """Greenlight's own command writes it there."""
    world.deploy("IN_PROGRESS", hooks=[pause(status="FAILED")])
    asked = world.question(name="pause", evidence={"hook_id": PAUSE_ID})
    approvals.decide(world.table, asked, Decision(who="ann", approves=False, at=NOW, comment="wrong tag"))
    world.deal(world.hook_event("HOOK_FAILED"))

    (message,) = told.published(world.topic)
    assert "ann rejected: wrong tag" in message.message


def test_a_question_that_nobody_answered_is_closed_and_told(world):
    """ECS rolls back, or goes on, by itself."""
    world.deploy("ROLLBACK_IN_PROGRESS", hooks=[pause(status="TIMED_OUT")])
    world.question(name="pause", evidence={"hook_id": PAUSE_ID})
    world.deal(world.hook_event("HOOK_TIMED_OUT"))

    assert "expired" == world.asked().closed
    assert ["Greenlight: Orders: closed, expired at PRE_PRODUCTION_TRAFFIC_SHIFT"] == world.subjects()


def test_without_a_record_people_are_asked_at_each_pause(world):
    """Each hook needs an answer then; Greenlight's commands take the ARN."""
    world.deploy("IN_PROGRESS", hooks=[pause()])
    world.deal(world.hook_event(), record=None)

    (message,) = told.published(world.topic)
    assert f"greenlight approve {world.arn()} --region eu-west-1" in message.message


def test_pause_hooks_are_left_alone_where_they_are_not_asked_for(world):
    """Somebody else may have an approval of their own."""
    world.deploy("IN_PROGRESS", hooks=[pause()])
    world.verdict()
    world.deal(world.hook_event(), answers_pauses=False)

    assert ([], None) == (world.subjects(), world.asked())


def test_a_function_that_succeeded_is_no_news(world):
    """There are several in each deployment."""
    world.deploy("STOPPED")
    world.verdict()
    assert [] == world.deal(world.hook_event("HOOK_SUCCEEDED", kind="AWS_LAMBDA"))


def test_the_handler_is_made_of_its_environment(monkeypatch):
    """As template.yaml writes it."""
    settings = settings_of(
        {
            "OUR_FUNCTIONS": f"{HOOK_ARN}, {HOOK_ARN}2",
            "APPROVAL_HOOK": "PAUSE",
            "TRAFFIC_STEPS": "on",
            "RECORD": "table",
            "RECORD_DAYS": "30",
            "EVENT_BUS": "default",
        }
    )
    assert ((HOOK_ARN, f"{HOOK_ARN}2"), True, True) == (
        settings.functions,
        settings.answers_pauses,
        settings.moves_traffic,
    )
    assert ("table", 30, Channels(event_bus="default")) == (
        settings.record.name,
        settings.record.keep_days,
        settings.channels,
    )
    assert EventSettings() == settings_of({"APPROVAL_HOOK": "none", "TRAFFIC_STEPS": "off"})
    assert {"ours": []} == handler()({}, Context())
