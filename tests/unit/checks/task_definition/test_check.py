"""The task_definition check: what it answers, and how it reads at 2 a.m."""

import json

import pytest

from greenlight.checks import CheckSettings, Files, Outcome
from greenlight.checks.task_definition import prepare_task_definition
from greenlight.deployment import Deployment
from greenlight.documents import Document
from tests.unit.checks.task_definition.conftest import DEPLOYMENT, REVISION, ask, check


def revision_of(definition):
    """Family and revision in the ARN of a task definition."""
    return definition.rpartition("/")[2]


def test_a_task_definition_without_a_fault_passes(world):
    """And what changed is told."""
    blue, green = world.register(), world.register({"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:2"})
    result = ask(world.release(blue, green))
    told = f"{revision_of(green)} keeps the rules; 1 change since {revision_of(blue)} (app: image orders:1 → orders:2)"
    assert (Outcome.PASSED, told) == (result.outcome, result.summary)
    assert ["app: image orders:1 → orders:2"] == result.details["changes"]
    assert revision_of(blue) == result.details["changed_from"]


def test_the_ordinary_service_of_a_beginner_passes_with_warnings(world):
    """Nobody gives up on a gate that says no to what everybody has."""
    ordinary = {"user": "", "readonlyRootFilesystem": False}
    deployment = world.create(ordinary, ordinary | {"name": "log_router"}, taskRoleArn=None)
    result = ask(deployment)
    name = revision_of(deployment.green().task_definition)
    assert Outcome.PASSED is result.outcome
    assert (
        f"{name} keeps the rules, with 5 warnings: root_user (app, log_router), writable_root (app, log_router), "
        "health_check (log_router); the first deployment"
    ) == result.summary
    assert {
        "rule": "root_user",
        "where": "app",
        "found": "names no user, so that the image decides, and most run as root",
        "cure": "set `user`, as in 1000:1000",
    } == result.details["warnings"][0]


def test_what_is_dangerous_fails(world):
    """With what was found and what to do, three of them in the sentence and all in the details."""
    deployment = world.create(
        {"privileged": True},
        {"name": "agent", "privileged": True},
        {"name": "side", "privileged": True},
        {"name": "last", "privileged": True},
    )
    result = ask(deployment)
    name = revision_of(deployment.green().task_definition)
    text = "is privileged, so that it has the host in its hands; remove `privileged`"
    assert Outcome.FAILED is result.outcome
    assert f"{name}: app {text}; agent {text}; side {text}; and 1 more" == result.summary
    assert ["app", "agent", "side", "last"] == [each["where"] for each in result.details["failures"]]


def test_a_release_that_changes_nothing_says_so(world):
    """A forced deployment has blue's task definition, which is asked for once."""
    definition = world.register()
    before = world.server.faults.calls("ecs", "DescribeTaskDefinition")
    result = ask(world.release(definition, definition))
    name = revision_of(definition)
    assert (Outcome.PASSED, f"{name} keeps the rules; nothing changed since {name}") == (result.outcome, result.summary)
    assert before + 1 == world.server.faults.calls("ecs", "DescribeTaskDefinition")


def test_another_image_under_the_same_name_is_a_change(world):
    """A tag that was moved is seen by the digests, where ECS knows them."""
    definition = world.register()
    world.revision("1", definition, digest="sha256:1")
    world.revision("2", definition, digest="sha256:2")
    result = ask(world.deployment())
    assert ["app: image orders:1 is another one under the same name"] == result.details["changes"]


def test_more_than_three_changes_are_counted(world):
    """The details have them all."""
    blue = world.register()
    green = world.register({"user": "2000", "readonlyRootFilesystem": False}, cpu="512", memory="1024")
    result = ask(world.release(blue, green), rules={"writable_root": "off"})
    assert result.summary.endswith(
        f"4 changes since {revision_of(blue)} (task: cpu 256 → 512; task: memory 512 → 1024; "
        "app: user 1000:1000 → 2000; and 1 more)"
    )
    assert "app: readonlyRootFilesystem true → false" == result.details["changes"][3]


def test_the_details_are_bounded(world):
    """A log line has an end."""
    variables = [{"name": f"V{number}", "value": "x"} for number in range(150)]
    result = ask(world.release(world.register(), world.register({"environment": variables})))
    assert (101, "and 50 more") == (len(result.details["changes"]), result.details["changes"][-1])


def test_the_rules_count_where_blue_cannot_be_described(world):
    """That the difference is missing is told, and no reason against green."""
    world.revision("1", "arn:aws:ecs:eu-west-1:123456789012:task-definition/gone:1")
    green = world.register()
    world.revision("2", green)
    result = ask(world.deployment())
    assert Outcome.PASSED is result.outcome
    beginning = (
        f"{revision_of(green)} keeps the rules; what changed is not known (ecs:DescribeTaskDefinition was refused"
    )
    assert result.summary.startswith(beginning)
    assert "DescribeTaskDefinition was refused" in result.details["changes_unknown"]
    world.server.faults.deny("ecs", "DescribeServiceDeployments")
    denied = ask(world.deployment())
    assert Outcome.PASSED is denied.outcome
    assert "what changed is not known (ecs:DescribeServiceDeployments was denied" in denied.summary


def test_a_failure_does_not_hide_what_changed(world):
    """Whoever has to mend it wants to know what the release did."""
    result = ask(world.release(world.register(), world.register({"privileged": True})))
    assert Outcome.FAILED is result.outcome
    assert ["app: privileged false → true"] == result.details["changes"]


def test_a_rule_may_be_switched_off_made_a_warning_or_a_failure(world):
    """Each team has its own opinion."""
    deployment = world.create({"privileged": True, "user": "0"})
    name = revision_of(deployment.green().task_definition)
    off = ask(deployment, rules={"privileged": "off", "root_user": "off"})
    assert (Outcome.PASSED, f"{name} keeps the rules; the first deployment") == (off.outcome, off.summary)
    warned = ask(deployment, rules={"privileged": "warning", "root_user": "off"})
    assert (Outcome.PASSED, f"{name} keeps the rules, with 1 warning: privileged (app); the first deployment") == (
        warned.outcome,
        warned.summary,
    )
    failed = ask(deployment, rules={"privileged": "off", "root_user": "fail"})
    assert (Outcome.FAILED, f"{name}: app runs as root (user: 0); set `user`, as in 1000:1000") == (
        failed.outcome,
        failed.summary,
    )


def test_an_exception_has_its_reason_in_the_report(world):
    """For one container; the others keep the rule."""
    deployment = world.create({"privileged": True}, {"name": "agent", "privileged": True})
    why = "reads the host's counters, SEC-12"
    result = ask(deployment, ignore=[{"rule": "privileged", "container": "agent", "reason": why}])
    assert Outcome.FAILED is result.outcome
    assert ["app"] == [each["where"] for each in result.details["failures"]]
    assert [("agent", why)] == [(each["where"], each["reason"]) for each in result.details["ignored"]]
    everywhere = ask(deployment, ignore=[{"rule": "privileged", "reason": why}])
    assert Outcome.PASSED is everywhere.outcome


def test_an_exception_may_be_about_one_variable(world):
    """The next secret is found all the same."""
    variables = [{"name": "SESSION_SECRET", "value": "hunter"}, {"name": "DB_PASSWORD", "value": "hunter"}]
    ignored = {"rule": "secret_names", "container": "app", "variable": "SESSION_SECRET", "reason": "is a cookie's name"}
    result = ask(world.create({"environment": variables}), rules={"secret_names": "fail"}, ignore=[ignored])
    assert ["has the environment variable DB_PASSWORD in plain text, by its name a secret"] == [
        each["found"] for each in result.details["failures"]
    ]


def test_an_exception_that_nothing_needs_is_told(world):
    """So that it is taken away before somebody relies on it."""
    unneeded = {"rule": "privileged", "container": "app", "reason": "once"}
    result = ask(world.create(), ignore=[unneeded])
    assert (Outcome.PASSED, [unneeded]) == (result.outcome, result.details["unused_ignores"])


def test_containers_limit_the_rules(world):
    """What is about the task counts anyway."""
    deployment = world.create({}, {"name": "agent", "privileged": True})
    assert Outcome.PASSED is ask(deployment, containers=["app"]).outcome
    assert Outcome.FAILED is ask(deployment, containers=["app", "agent"]).outcome
    host = world.create(networkMode="host", requiresCompatibilities=["EC2"])
    assert Outcome.FAILED is ask(host, containers=["app"]).outcome


def test_a_container_that_is_not_there_is_never_passed(world):
    """Somebody renamed it, and nothing would be looked at any more."""
    deployment = world.create({}, {"name": "agent"})
    result = ask(deployment, containers=["web"])
    name = revision_of(deployment.green().task_definition)
    assert Outcome.FAILED is result.outcome
    assert (
        f"{name} has no container web, so it cannot be looked at; it has app, agent: correct `containers`"
    ) == result.summary


def test_a_first_deployment_is_looked_at_as_well(world):
    """There is nothing to compare with, and the rules are the same."""
    assert check().skip_on_create() is None
    result = ask(world.create())
    assert Outcome.PASSED is result.outcome
    assert result.summary.endswith("keeps the rules; the first deployment")
    assert ([], None) == (result.details["changes"], result.details["changed_from"])


def test_a_first_deployment_that_the_event_tells_of_costs_no_call(world):
    """Each look-up costs time."""
    world.create()
    before = world.server.faults.calls("ecs", "DescribeServiceDeployments")
    result = ask(Deployment(DEPLOYMENT, f"{REVISION}2", is_create=True))
    assert result.summary.endswith("the first deployment")
    assert before == world.server.faults.calls("ecs", "DescribeServiceDeployments")


def test_a_throttled_look_is_an_error(world):
    """Worth another try."""
    deployment = world.create()
    world.server.faults.fail("ecs", "DescribeTaskDefinition")
    result = ask(deployment)
    assert Outcome.ERROR is result.outcome
    assert result.summary.startswith("green's task definition cannot be read: ecs:DescribeTaskDefinition was throttled")


def test_a_missing_permission_names_the_permission(world):
    """It may still spread, so that it is an error first."""
    deployment = world.create()
    world.server.faults.deny("ecs", "DescribeTaskDefinition")
    result = ask(deployment)
    assert Outcome.ERROR is result.outcome
    assert "add ecs:DescribeTaskDefinition to the function's role" in result.summary


def test_a_revision_that_cannot_be_had(world):
    """The answer of the look-up is this check's answer."""
    world.server.faults.fail("ecs", "DescribeServiceRevisions")
    throttled = ask(world.create())
    assert Outcome.ERROR is throttled.outcome
    assert "ecs:DescribeServiceRevisions was throttled" in throttled.summary
    world.server.faults.clear()
    unknown = world.create()
    world.store._revisions.clear()
    result = ask(unknown)
    assert (Outcome.FAILED, f"ECS knows no such thing (MISSING) (looked at: {REVISION}2)") == (
        result.outcome,
        result.summary,
    )


def test_a_task_definition_that_is_gone_fails(world):
    """ECS will say so again."""
    world.revision("2", "arn:aws:ecs:eu-west-1:123456789012:task-definition/gone:7")
    result = ask(world.deployment(sources=()))
    assert Outcome.FAILED is result.outcome
    assert "green's task definition cannot be read: ecs:DescribeTaskDefinition was refused" in result.summary


def test_a_revision_without_a_task_definition_is_an_error(world):
    """ECS always has one, so that its answer is not to be trusted."""
    world.revision("2", "")
    result = ask(world.deployment(sources=()))
    assert (Outcome.ERROR, "ECS names no task definition for the service revision 2") == (
        result.outcome,
        result.summary,
    )


@pytest.mark.parametrize(
    "body",
    [
        b"\x00 not an answer",
        b"{}",
        b'{"taskDefinition": null}',
        b'{"taskDefinition": {}}',
        b'{"taskDefinition": {"containerDefinitions": []}}',
        b'{"taskDefinition": {"containerDefinitions": [null]}}',
        b'{"taskDefinition": {"containerDefinitions": "app"}}',
        b'{"taskDefinition": []}',
    ],
)
def test_a_reply_that_makes_no_sense_never_passes(world, body):
    """Not even one that is well-formed."""
    deployment = world.create()
    world.server.faults.garble("ecs", "DescribeTaskDefinition", body)
    result = ask(deployment)
    assert Outcome.ERROR is result.outcome
    assert "ecs:DescribeTaskDefinition" in result.summary


@pytest.mark.parametrize(
    "container",
    [
        {"environment": None, "secrets": [None], "linuxParameters": None, "logConfiguration": None},
        {"mountPoints": [{}], "portMappings": [{}], "environment": [{}], "secrets": [{}], "command": [None]},
        {"linuxParameters": {"capabilities": None, "devices": [{}]}, "healthCheck": None, "dockerLabels": None},
    ],
)
def test_what_is_left_out_is_taken_as_not_there(world, container):
    """ECS leaves out what is empty; an empty look never breaks."""
    deployment = world.create()
    body = {"taskDefinition": {"containerDefinitions": [container], "volumes": [{}], "taskDefinitionArn": "a:b"}}
    world.server.faults.garble("ecs", "DescribeTaskDefinition", json.dumps(body).encode())
    assert result_is_told(ask(deployment))


def result_is_told(result):
    """Whether the rules were held against it."""
    return result.outcome is Outcome.PASSED and "keeps the rules" in result.summary


def test_the_answer_can_be_written_as_json(world):
    """For log and report."""
    result = ask(world.release(world.register(), world.register({"privileged": True})))
    assert dict(result.details) == json.loads(json.dumps(dict(result.details)))


def test_settings_of_another_kind_are_refused():
    """A mistake in the table of kinds would go unnoticed otherwise."""
    document = Document("gates.yaml", {})
    with pytest.raises(TypeError):
        prepare_task_definition(CheckSettings(), "PRE_SCALE_UP", Files(document, lambda _: document))
