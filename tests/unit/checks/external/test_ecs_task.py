"""The ecs_task check: one task for a deployment, placed as green is, and what its exit codes mean."""

from datetime import UTC, datetime, timedelta

import pytest

from greenlight.checks import Outcome
from greenlight.checks.external.ecs_task import EcsTaskSettings, prepare_ecs_task
from tests.unit.checks.external.conftest import NETWORK, prepared


def check(more='command: ["./migrate", "--check"]'):
    """A check with a task of green's own definition."""
    return prepared(EcsTaskSettings, prepare_ecs_task, f"name: migration\n{more}")


def started(world, made, **fields):
    """Ask a check for the first time; its result, and the ARN of its task."""
    first = world.ask(made, **fields)
    assert Outcome.INCONCLUSIVE is first.outcome, first.summary
    return first, world.last_task()


@pytest.fixture
def requests(world, monkeypatch):
    """What RunTask was asked for, one request after the other."""
    from greenlight import aws

    seen, call = [], aws.call

    def listening(service, operation, **parameters):
        if operation == "run_task":
            seen.append(parameters)
        return call(service, operation, **parameters)

    monkeypatch.setattr(aws, "call", listening)
    return seen


def test_the_first_question_starts_a_task_as_green_is(world, requests):
    """In the service's cluster and subnets, by the same capacity, with another command in green's main container."""
    result, arn = started(world, check())
    (request,) = requests
    token, run = request.pop("clientToken"), request["startedBy"].removeprefix("greenlight/")
    assert (64, 24, True) == (len(token), len(run), token.startswith(run))
    assert len(request["startedBy"]) <= 36
    override = {
        "name": "app",
        "command": ["./migrate", "--check"],
        "environment": [{"name": "GREENLIGHT_RUN", "value": run}],
    }
    assert {
        "cluster": "shop",
        "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/orders:1",
        "count": 1,
        "startedBy": f"greenlight/{run}",
        "overrides": {"containerOverrides": [override]},
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "networkConfiguration": {"awsvpcConfiguration": NETWORK},
    } == request
    number = arn.rpartition("/")[2]
    assert f"task {number} of orders:1 was started (PROVISIONING)" == result.summary
    assert (10, {"id": number, "since": int(world.now)}) == (result.retry_after, result.memory)
    page = f"https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/shop/tasks/{number}"
    assert f"{page}/configuration?region=eu-west-1" == result.details["link"]
    assert f"{page}/logs?region=eu-west-1" == result.details["log"]


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ("launch_type: EC2", {"launchType": "EC2", "platformVersion": None}),
        (
            "capacity_provider: FARGATE_SPOT",
            {
                "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
                "launchType": None,
                "platformVersion": None,
            },
        ),
        ("cluster: tests", {"cluster": "tests"}),
        (
            "subnets: [subnet-9]",
            {"networkConfiguration": {"awsvpcConfiguration": {**NETWORK, "subnets": ["subnet-9"]}}},
        ),
        (
            "security_groups: [sg-9]",
            {"networkConfiguration": {"awsvpcConfiguration": {**NETWORK, "securityGroups": ["sg-9"]}}},
        ),
        (
            "assign_public_ip: true",
            {"networkConfiguration": {"awsvpcConfiguration": {**NETWORK, "assignPublicIp": "ENABLED"}}},
        ),
        ("assign_public_ip: false", {"networkConfiguration": {"awsvpcConfiguration": NETWORK}}),
        ("subnets: []", {"networkConfiguration": None}),
    ],
)
def test_settings_win_over_what_green_has(world, requests, settings, changed):
    """Each for itself."""
    started(world, check(f"command: [x]\n{settings}"))
    assert changed == {key: requests[0].get(key) for key in changed}


@pytest.mark.parametrize(
    ("green", "changed"),
    [
        (
            {"launchType": None, "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 2}]},
            {
                "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 2}],
                "launchType": None,
                "platformVersion": "1.4.0",
            },
        ),
        ({"launchType": "EC2", "platformVersion": None}, {"launchType": "EC2", "platformVersion": None}),
        ({"launchType": None, "platformVersion": None}, {"launchType": None, "platformVersion": None}),
        ({"networkConfiguration": None}, {"networkConfiguration": None}),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"]}}},
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"]}}},
        ),
    ],
)
def test_a_task_runs_as_green_does(world, requests, green, changed):
    """Whatever runs it, and whether or not it has a network of its own."""
    world.revision(**green)
    started(world, check())
    assert changed == {key: requests[0].get(key) for key in changed}


def test_command_and_environment_are_filled_in(world, requests):
    """As text."""
    more = 'command: ["run", "{{ green.image_tag }}", "--at={{ stage }}"]\nenvironment: {IMAGE: "{{ blue.image }}", N: 1.5}'
    started(world, check(more))
    (override,) = requests[0]["overrides"]["containerOverrides"]
    assert ["run", "v2", "--at=POST_TEST_TRAFFIC_SHIFT"] == override["command"]
    assert [{"name": "IMAGE", "value": "repo/orders:v1"}, {"name": "N", "value": "1.5"}] == override["environment"][:2]


def test_another_task_definition_runs_its_own_command(world, requests):
    """With nothing to override, so that no container has to be named."""
    started(world, check("task_definition: checks"))
    assert "checks" == requests[0]["taskDefinition"]
    assert "overrides" not in requests[0]


def test_another_task_definition_with_a_container(world, requests):
    """Which learns whose run it is."""
    started(world, check('task_definition: "checks:1"\ncontainer: log'))
    (override,) = requests[0]["overrides"]["containerOverrides"]
    assert ("log", ["GREENLIGHT_RUN"]) == (override["name"], [each["name"] for each in override["environment"]])
    assert "command" not in override


def test_exit_code_zero_passes(world):
    """Of the container that counts; that the others were ended with it is no failure."""
    first, arn = started(world, check())
    world.tasks.end(arn, {"app": 0, "log": 143})
    created = world.tasks.tasks()[arn]["createdAt"]
    world.tasks.change(arn, stoppedAt=created + timedelta(minutes=4))
    result = world.ask(check(), first.memory)
    expected = f"task {arn.rpartition('/')[2]} of orders:1 succeeded in 4 min"
    assert (Outcome.PASSED, expected, {}) == (result.outcome, result.summary, result.memory)
    codes = [{"name": "app", "exit_code": 0}, {"name": "log", "exit_code": 143}]
    assert (codes, 240) == (result.details["containers"], result.details["seconds"])


ESSENTIAL = "Essential container in task exited"
MEMORY = "OutOfMemoryError: Container killed due to memory usage"


@pytest.mark.parametrize(
    ("codes", "fields", "said"),
    [
        ({"app": 3, "log": 0}, {}, f"ended after 1 min: expected exit code 0, got 3 of container app ({ESSENTIAL})"),
        (
            {"app": 137, "log": 0},
            {"reasons": {"app": MEMORY}},
            f"ended after 1 min: expected exit code 0, got 137 of container app ({ESSENTIAL}; {MEMORY})",
        ),
        ({"log": 1}, {}, f"ended after 1 min: expected exit code 0, got none of container app ({ESSENTIAL})"),
        (
            {"app": 0, "log": 0},
            {"code": "UserInitiated", "reason": "by hand"},
            "was stopped after 1 min: by hand",
        ),
    ],
)
def test_any_other_end_fails(world, codes, fields, said):
    """With the exit code, and the reasons of task and container."""
    first, arn = started(world, check())
    world.tasks.end(arn, codes, **fields)
    world.tasks.change(arn, stoppedAt=world.tasks.tasks()[arn]["createdAt"] + timedelta(minutes=1))
    result = world.ask(check(), first.memory)
    assert (Outcome.FAILED, f"task {arn.rpartition('/')[2]} of orders:1 {said}") == (result.outcome, result.summary)


def test_all_containers_count_where_none_is_named(world):
    """Which one is meant nobody can tell; the cure is to say it."""
    made = check("task_definition: checks")
    first, arn = started(world, made)
    world.tasks.end(arn, {"app": 0, "log": 143})
    result = world.ask(made, first.memory)
    assert Outcome.FAILED is result.outcome
    assert result.summary.endswith(
        f"expected exit code 0, got 143 of container log ({ESSENTIAL}); name the one that counts with `container`"
    )
    world.tasks.end(arn, {"app": 0, "log": 0})
    assert Outcome.PASSED is world.ask(made, first.memory).outcome


def test_a_container_that_the_task_does_not_have_fails(world):
    """There is no exit code that could count."""
    made = check("task_definition: checks\ncontainer: test")
    first, arn = started(world, made)
    world.tasks.end(arn, {"app": 0, "log": 0})
    result = world.ask(made, first.memory)
    assert Outcome.FAILED is result.outcome
    assert 'it has no container "test" whose exit code could count; there are: app, log' in result.summary


PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): repo/orders:v2: not found"


@pytest.mark.parametrize(
    ("code", "reason"), [("TaskFailedToStart", PULL), ("SpotInterruption", "Your Spot Task was interrupted.")]
)
def test_a_task_of_which_nothing_ran_is_started_anew(world, code, reason):
    """Not for ever; and what waits meanwhile is an error, not a failure."""
    made, memory, seen = check(), {}, []
    for number in (1, 2, 3):
        first = world.ask(made, memory)
        arn = world.last_task()
        seen.append(arn)
        world.tasks.end(arn, {}, code=code, reason=reason)
        result = world.ask(made, first.memory)
        assert Outcome.ERROR is result.outcome
        what = f"task {arn.rpartition('/')[2]} of orders:1 could not be started ({code}): {reason}"
        end = "the last one" if number == 3 else "it is started anew"
        assert f"{what} (try {number} of 3, {end})" == result.summary
        memory = result.memory
    assert Outcome.ERROR is world.ask(made, memory).outcome
    assert (seen, 3) == (list(world.tasks.tasks()), len(set(seen)))


@pytest.mark.parametrize("code", ["SpotInterruption", "InfrastructureHealth", "TerminationNotice", "TaskFailedToStart"])
def test_a_task_that_aws_ended_in_the_middle_is_an_error_and_starts_nothing(world, code):
    """A part of the migration may be done, even when the container was asked to end and did so with 0."""
    first, arn = started(world, check())
    world.tasks.end(arn, {"app": 0, "log": 0}, code=code, reason="taken away")
    result = world.ask(check(), first.memory)
    what = f"task {arn.rpartition('/')[2]} of orders:1 was ended by AWS ({code}): taken away"
    expected = f"{what}; it is not started anew, because a part of it may be done"
    assert (Outcome.ERROR, expected, first.memory) == (result.outcome, result.summary, result.memory)
    assert [arn] == list(world.tasks.tasks())


@pytest.mark.parametrize(
    ("codes", "fields"), [({}, {"startedAt": datetime.now(UTC)}), ({"log": 0}, {"startedAt": None})]
)
def test_any_sign_of_a_container_that_ran_keeps_the_task_from_a_second_start(world, codes, fields):
    """A container before the others may have done something, even where the task is said to have failed to start."""
    first, arn = started(world, check())
    world.tasks.end(arn, codes, code="TaskFailedToStart", reason="no")
    world.tasks.change(arn, **fields)
    result = world.ask(check(), first.memory)
    assert (Outcome.ERROR, first.memory) == (result.outcome, result.memory)
    assert "it is not started anew" in result.summary


def test_no_place_for_the_task_is_an_error(world):
    """Capacity comes and goes."""
    world.tasks.refuse("RESOURCE:MEMORY", "shop is full")
    result = world.ask(check())
    expected = "ECS found no place for the task (RESOURCE:MEMORY: shop is full)"
    assert (Outcome.ERROR, expected, {}) == (result.outcome, result.summary, result.memory)
    world.tasks.refuse("")
    started(world, check())


def test_capacity_that_is_just_being_made_is_an_error(world):
    """RunTask says so with the code of any mistake."""
    message = "The capacity provider could not be used because of a capacity error"
    world.server.faults.fail("ecs", "RunTask", "ClientException", message=message)
    result = world.ask(check())
    assert (Outcome.ERROR, f"ecs:RunTask was refused (ClientException): {message}") == (result.outcome, result.summary)


def test_a_task_definition_that_is_not_there_fails(world):
    """AWS would say so again."""
    result = world.ask(check("task_definition: nothing"))
    expected = "ecs:RunTask was refused (ClientException): Unable to describe task definition"
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


@pytest.mark.parametrize("status", ["PENDING", "RUNNING", "DEPROVISIONING"])
def test_a_task_that_has_not_stopped_is_waited_for(world, status):
    """Until the exit codes are there."""
    first, arn = started(world, check())
    world.tasks.change(arn, lastStatus=status)
    world.now += 60
    result = world.ask(check(), first.memory)
    assert Outcome.INCONCLUSIVE is result.outcome
    assert result.summary.endswith(f"has been at work for 1 min ({status})")


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("token", [False, True])
def test_lost_memory_starts_nothing_anew(world, ended, token):
    """Neither while the client token is known, nor when only the task itself says whose it is."""
    _, arn = started(world, check())
    if ended:
        world.tasks.end(arn, {"app": 0, "log": 0})
    if not token:
        world.tasks.forget_tokens()
    result = world.ask(check())
    assert (Outcome.PASSED if ended else Outcome.INCONCLUSIVE) is result.outcome
    assert [arn] == list(world.tasks.tasks())


def test_the_token_finds_what_the_list_does_not_show(world):
    """ListTasks may be late, and may refuse a second filter."""
    first, arn = started(world, check())
    world.server.faults.garble("ecs", "ListTasks", b'{"taskArns": []}')
    assert first.memory == world.ask(check()).memory
    world.server.faults.clear()
    world.tasks.end(arn, {"app": 0, "log": 0})
    world.server.faults.fail("ecs", "ListTasks", "InvalidParameterException", message="one filter")
    assert Outcome.PASSED is world.ask(check()).outcome
    assert [arn] == list(world.tasks.tasks())


def test_a_list_of_several_pages_is_read_to_its_end(world):
    """ECS may begin with an empty one."""
    first, arn = started(world, check())
    world.server.faults.garble("ecs", "ListTasks", b'{"taskArns": [], "nextToken": "2"}', times=1)
    world.tasks.forget_tokens()
    assert first.memory == world.ask(check()).memory
    assert [arn] == list(world.tasks.tasks())


def test_a_cluster_that_is_not_there_fails(world):
    """AWS would say so again."""
    result = world.ask(check("command: [x]\ncluster: nowhere"))
    expected = "ecs:ListTasks was refused (ClusterNotFoundException): Cluster not found"
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


def test_a_token_that_was_used_otherwise_names_the_task(world):
    """Green may look different in another invocation."""
    made = check('command: ["{{ green.image }}"]')
    first, arn = started(world, made)
    world.revision(image="repo/orders@sha256:1234")
    world.server.faults.garble("ecs", "ListTasks", b'{"taskArns": []}')
    assert first.memory == world.ask(made).memory
    assert [arn] == list(world.tasks.tasks())


@pytest.mark.parametrize("found", ["x", "../..", "0" * 500, 7, None])
def test_mangled_memory_is_survived(world, found):
    """The task is found by what it says of itself."""
    first, arn = started(world, check())
    assert first.memory["id"] == world.ask(check(), {"id": found}).memory["id"]
    assert [arn] == list(world.tasks.tasks())


def test_somebody_elses_task_is_not_taken_for_ones_own(world):
    """Memory travels through ECS, where it could be set to a task that succeeded."""
    other, arn = started(world, check("command: [other]"))
    world.tasks.end(arn, {"app": 0, "log": 0})
    result = world.ask(check(), {**other.memory, "since": other.memory["since"] - 3600})
    assert (Outcome.INCONCLUSIVE, int(world.now)) == (result.outcome, result.memory["since"])
    assert other.memory["id"] != result.memory["id"]


def test_a_task_that_is_not_shown_is_waited_for_and_then_missed(world):
    """It is not started again: that it ran nobody can deny."""
    first, _ = started(world, check())
    world.tasks.forget_tasks()
    world.now += 60
    result = world.ask(check(), first.memory)
    assert (Outcome.INCONCLUSIVE, first.memory) == (result.outcome, result.memory)
    assert result.summary.endswith("has been at work for 1 min (not shown by ECS yet)")
    world.now += 300
    result = world.ask(check(), first.memory)
    expected = (
        f"task {first.memory['id']} is not there any more: ECS shows stopped tasks for an hour; it is not started anew, "
        "because a part of it may be done"
    )
    assert (Outcome.ERROR, expected, first.memory) == (result.outcome, result.summary, result.memory)
    assert {} == world.tasks.tasks()


def test_a_task_that_takes_too_long_is_stopped(world):
    """The check fails, and the task knows why."""
    first, arn = started(world, check("command: [x]\ntimeout: 10m"))
    world.now += 600
    result = world.ask(check("command: [x]\ntimeout: 10m"), first.memory)
    assert Outcome.FAILED is result.outcome
    assert "longer than its timeout of 10 min; it was stopped" in result.summary
    expected = ("STOPPED", "Greenlight: the check migration has a timeout of 10 min")
    assert expected == tuple(world.tasks.tasks()[arn][key] for key in ("lastStatus", "stoppedReason"))


def test_the_timeout_counts_from_the_start_even_without_memory(world):
    """ECS knows when that was."""
    _, arn = started(world, check())
    world.tasks.change(arn, createdAt=datetime.fromtimestamp(world.now - 1801, UTC))
    assert Outcome.FAILED is world.ask(check()).outcome


@pytest.mark.parametrize(
    ("operation", "seen"),
    [("ListTasks", False), ("DescribeServiceRevisions", False), ("RunTask", False), ("DescribeTasks", True)],
)
def test_trouble_with_aws_is_an_error_and_nothing_is_forgotten(world, operation, seen):
    """Throttled, denied, or answered with rubbish: it is asked again, and started once."""
    memory = started(world, check())[0].memory if seen else {}
    faults = world.server.faults
    for fault in (faults.fail, faults.deny, faults.garble):
        fault("ecs", operation)
        result = world.ask(check(), memory)
        assert (Outcome.ERROR, memory) == (result.outcome, result.memory)
        faults.clear()
    started(world, check())
    assert 1 == len(world.tasks.tasks())


def test_trouble_with_green_beside_its_record_is_an_error(world):
    """The second look at green is for its capacity and its network."""
    made = check("task_definition: checks")
    for fault in (world.server.faults.fail, world.server.faults.garble):
        fault("ecs", "DescribeServiceRevisions")
        assert Outcome.ERROR is world.ask(made).outcome
        world.server.faults.clear()


def test_green_without_a_container_is_a_failure(world):
    """Nobody knows which one to command."""
    world.revision(containerImages=[])
    result = world.ask(check())
    expected = "ECS names no container of green; give the check a `container`"
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


def test_a_first_deployment_runs_its_migration_too(world):
    """Nothing of it needs blue."""
    world.deployed(create=True)
    assert check().skip_on_create() is None
    started(world, check())


def test_nothing_is_started_when_the_time_is_up(world):
    """A thread that is frozen with its invocation would start it long after it looked."""
    assert Outcome.ERROR is world.ask(check(), seconds=-1).outcome
    assert {} == world.tasks.tasks()
