"""The codebuild check: one build for a deployment, found again by what it carries, and what its end means."""

from datetime import timedelta

import pytest

from greenlight.checks import Outcome
from greenlight.checks.external.codebuild import CodeBuildSettings, prepare_codebuild
from tests.unit.checks.external.conftest import prepared


def check(more="", *, project="orders-e2e"):
    """A check of the project that works."""
    return prepared(CodeBuildSettings, prepare_codebuild, f"project: {project}\nname: e2e\n{more}")


def started(world, made, **fields):
    """Ask a check for the first time; its result, and its build."""
    first = world.ask(made, **fields)
    assert Outcome.INCONCLUSIVE is first.outcome, first.summary
    return first, world.last_build()


def variables(build):
    """The environment of a build."""
    return {each["name"]: each["value"] for each in build["environment"]["environmentVariables"]}


def test_the_first_question_starts_a_build(world):
    """It carries whose it is, beside what the project says."""
    result, build = started(world, check())
    number = build["id"].partition(":")[2]
    assert f"build {number} of project orders-e2e was started (IN_PROGRESS, QUEUED)" == result.summary
    assert (10, number) == (result.retry_after, result.memory["id"])
    assert {"COLOR", "GREENLIGHT_RUN"} == set(variables(build))
    link = (
        "https://eu-west-1.console.aws.amazon.com/codesuite/codebuild/123456789012/projects/orders-e2e/build/"
        f"orders-e2e%3A{number}/?region=eu-west-1"
    )
    assert link == result.details["link"]


def test_source_and_environment_are_filled_in(world):
    """As text, whatever they were in the gates file."""
    more = 'source_version: "{{ green.image_tag }}"\nenvironment: {COLOR: green, IMAGE: "{{ green.image }}", N: 3, DEEP: true}'
    _, build = started(world, check(more))
    assert "v2" == build["sourceVersion"]
    found = variables(build)
    assert {"COLOR": "green", "IMAGE": "repo/orders:v2", "N": "3", "DEEP": "true"} == {
        name: found[name] for name in ("COLOR", "IMAGE", "N", "DEEP")
    }


def test_a_build_that_succeeded_passes(world):
    """With a link to its log, once there is one."""
    first, build = started(world, check())
    assert "log" not in first.details
    world.builds.change(build["id"], logs={"deepLink": "https://console.aws.amazon.com/cloudwatch/home#group=null"})
    assert "log" not in world.ask(check(), first.memory).details
    logs = {"streamName": "s", "deepLink": "https://console.aws.amazon.com/cloudwatch/home#log"}
    world.builds.change(build["id"], logs=logs)
    world.builds.end(build["id"], "SUCCEEDED")
    world.builds.change(build["id"], endTime=build["startTime"] + timedelta(minutes=7))
    result = world.ask(check(), first.memory)
    expected = f"build {first.memory['id']} of project orders-e2e succeeded in 7 min"
    assert (Outcome.PASSED, expected, {}) == (result.outcome, result.summary, result.memory)
    assert (logs["deepLink"], 420) == (result.details["log"], result.details["seconds"])


COMMAND = ("COMMAND_EXECUTION_ERROR", "Error while executing command: npm test. Reason: exit status 1")
PULL = ("BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE", "Unable to pull customer's container image")


@pytest.mark.parametrize(
    ("status", "phase", "context", "said"),
    [
        ("FAILED", "BUILD", COMMAND, "failed in phase BUILD after 2 min: " + ": ".join(COMMAND)),
        ("TIMED_OUT", "BUILD", ("", ""), "timed out in phase BUILD after 2 min"),
        ("STOPPED", "BUILD", ("", ""), "was stopped in phase BUILD after 2 min"),
        ("STOPPED", "QUEUED", ("", ""), "was stopped in phase QUEUED after 2 min"),
    ],
)
def test_a_build_that_ended_otherwise_fails(world, status, phase, context, said):
    """With the phase, and what CodeBuild says of it."""
    first, build = started(world, check())
    world.builds.end(build["id"], status, phase=phase, context=context)
    world.builds.change(build["id"], endTime=build["startTime"] + timedelta(minutes=2))
    result = world.ask(check(), first.memory)
    assert Outcome.FAILED is result.outcome
    assert f"build {first.memory['id']} of project orders-e2e {said}" == result.summary


def test_trouble_of_codebuild_in_the_middle_is_an_error_and_starts_nothing(world):
    """Some of the commands may have been run."""
    first, build = started(world, check())
    world.builds.end(build["id"], "FAULT", phase="BUILD", context=("INTERNAL", "host lost"))
    result = world.ask(check(), first.memory)
    what = f"build {first.memory['id']} of project orders-e2e"
    expected = (
        f"{what} broke in phase BUILD: INTERNAL: host lost; it is not started anew, because a part of it may be done"
    )
    assert (Outcome.ERROR, expected, first.memory) == (result.outcome, result.summary, result.memory)
    assert build["id"] == world.last_build()["id"]


@pytest.mark.parametrize(
    ("status", "phase"),
    [("FAILED", "PROVISIONING"), ("FAULT", "SUBMITTED"), ("TIMED_OUT", "QUEUED"), ("FAILED", "DOWNLOAD_SOURCE")],
)
def test_a_build_of_which_no_command_was_run_is_started_anew(world, status, phase):
    """Not for ever; and what waits meanwhile is an error, not a failure."""
    made, memory, seen = check(), {}, []
    for number in (1, 2, 3):
        first = world.ask(made, memory)
        build = world.last_build()
        seen.append(build["id"])
        world.builds.end(build["id"], status, phase=phase, context=PULL)
        result = world.ask(made, first.memory)
        assert Outcome.ERROR is result.outcome
        assert f"in phase {phase}: {': '.join(PULL)} (try {number} of 3, " in result.summary
        memory = result.memory
    assert result.summary.endswith("(try 3 of 3, the last one)")
    assert Outcome.ERROR is world.ask(made, memory).outcome
    assert seen == [each["id"] for each in world.builds.builds()[:3]][::-1]


def test_lost_memory_finds_the_second_try_as_well(world):
    """From the first one, which it sees to have come to nothing."""
    first, build = started(world, check())
    world.builds.end(build["id"], "FAULT", phase="QUEUED")
    again = world.ask(check(), first.memory)
    second = world.ask(check(), again.memory)
    newest = world.last_build()["id"]
    assert build["id"] != newest
    world.builds.forget_tokens()
    lost = world.ask(check())
    assert (Outcome.ERROR, {"tries": 1}) == (lost.outcome, lost.memory)
    assert second.memory["id"] == world.ask(check(), lost.memory).memory["id"]
    assert newest == world.last_build()["id"]


@pytest.mark.parametrize("token", [True, False])
def test_lost_memory_starts_nothing_anew(world, token):
    """Not within the five minutes of the token, and not after them."""
    first, build = started(world, check())
    if not token:
        world.builds.forget_tokens()
    assert first.memory["id"] == world.ask(check()).memory["id"]
    assert build["id"] == world.last_build()["id"]


def test_a_build_is_found_among_many(world):
    """Page by page; those of other deployments carry other names."""
    first, build = started(world, check())
    for number in range(130):
        record = {key: build[key] for key in ("projectName", "environment")}
        record["environment"] = {**record["environment"], "environmentVariables": []}
        world.builds.start({**record, "arn": "arn:aws:codebuild:eu-west-1:123456789012:build/orders-e2e"}, None, number)
    world.builds.forget_tokens()
    before = world.server.faults.calls("codebuild", "BatchGetBuilds")
    assert first.memory["id"] == world.ask(check()).memory["id"]
    assert 7 == world.server.faults.calls("codebuild", "BatchGetBuilds") - before


def test_builds_from_before_are_not_looked_through(world):
    """No stage of ECS lasts longer than a day."""
    _, build = started(world, check())
    world.builds.forget_tokens()
    world.builds.change(build["id"], startTime=build["startTime"] - timedelta(hours=30))
    before = world.server.faults.calls("codebuild", "BatchGetBuilds")
    started(world, check("environment: {OTHER: 1}"))
    assert 1 == world.server.faults.calls("codebuild", "BatchGetBuilds") - before


def test_too_many_builds_to_look_through_is_an_error(world, monkeypatch):
    """What cannot be told is not started: it could be the second time."""
    from greenlight.checks.external import codebuild

    for number in range(3):
        started(world, check(f"environment: {{A: {number}}}"))
    monkeypatch.setattr(codebuild, "_MOST_BUILDS", 2)
    result = world.ask(check())
    assert Outcome.ERROR is result.outcome
    assert result.summary.startswith("project orders-e2e had more than 2 builds since ")
    assert result.summary.endswith(
        "UTC, too many to tell whether the check's own is among them; give the check a project of its own"
    )


@pytest.mark.parametrize("found", ["no build", "../../x", "f" * 36, 7])
def test_mangled_memory_is_survived(world, found):
    """The build is found by what it carries."""
    first, build = started(world, check())
    assert first.memory["id"] == world.ask(check(), {"id": found}).memory["id"]
    assert build["id"] == world.last_build()["id"]


def test_somebody_elses_build_is_not_taken_for_ones_own(world):
    """Memory travels through ECS, where it could be set to a build that succeeded."""
    other, build = started(world, check("environment: {OTHER: 1}"))
    world.builds.end(build["id"], "SUCCEEDED")
    result = world.ask(check(), other.memory)
    assert Outcome.INCONCLUSIVE is result.outcome
    assert other.memory["id"] != result.memory["id"]


def test_a_token_that_was_used_with_other_values_finds_the_build(world):
    """Two invocations may see green's image differently, and the list of builds may be late."""
    made = check('environment: {IMAGE: "{{ green.image }}"}')
    first, build = started(world, made)
    world.revision(image="repo/orders@sha256:1234")
    world.server.faults.garble("codebuild", "ListBuildsForProject", b'{"ids": []}', times=1)
    assert first.memory["id"] == world.ask(made).memory["id"]
    assert build["id"] == world.last_build()["id"]


def test_a_build_that_takes_too_long_is_stopped(world):
    """The check fails."""
    first, build = started(world, check("timeout: 10m"))
    world.now += 600
    result = world.ask(check("timeout: 10m"), first.memory)
    assert Outcome.FAILED is result.outcome
    assert "longer than its timeout of 10 min; it was stopped" in result.summary
    assert "STOPPED" == world.last_build()["buildStatus"]
    assert build["id"] == world.last_build()["id"]


def test_a_project_that_is_not_there_fails(world):
    """AWS would say so again."""
    result = world.ask(check(project="orders-e3e"))
    assert Outcome.FAILED is result.outcome
    assert result.summary.startswith(
        "codebuild:ListBuildsForProject was refused (ResourceNotFoundException): Project cannot"
    )


def test_too_many_builds_at_a_time_are_no_failure(world):
    """The limit is the account's, and others end."""
    world.server.faults.fail("codebuild", "StartBuild", "AccountLimitExceededException", message="too many")
    result = world.ask(check())
    expected = "codebuild:StartBuild was refused (AccountLimitExceededException): too many"
    assert (Outcome.ERROR, expected) == (result.outcome, result.summary)


@pytest.mark.parametrize(
    ("operation", "seen"), [("ListBuildsForProject", False), ("StartBuild", False), ("BatchGetBuilds", True)]
)
def test_trouble_with_aws_is_an_error_and_nothing_is_forgotten(world, operation, seen):
    """Throttled, denied, or answered with rubbish: it is asked again, and started once."""
    memory = started(world, check())[0].memory if seen else {}
    faults = world.server.faults
    for fault in (faults.fail, faults.deny, faults.garble):
        fault("codebuild", operation)
        result = world.ask(check(), memory)
        assert (Outcome.ERROR, memory) == (result.outcome, result.memory)
        assert f"codebuild:{operation}" in result.summary or "AWS's reply makes no sense (KeyError: '" in result.summary
        faults.clear()
    started(world, check())
    run = variables(world.last_build())["GREENLIGHT_RUN"]
    assert 1 == sum(variables(each).get("GREENLIGHT_RUN") == run for each in world.builds.builds())


def test_a_first_deployment_builds_too(world):
    """Nothing of it needs blue."""
    world.deployed(create=True)
    assert check().skip_on_create() is None
    started(world, check())
