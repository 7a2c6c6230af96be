"""Whatever stands in the records of AWS and in what was remembered: a result comes of it, and no pass by accident."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight import aws
from greenlight.checks import CheckContext, Outcome
from greenlight.checks.external.base import Memory
from greenlight.deployment import Deployment
from tests.unit.checks.external.conftest import GREEN, STAGE
from tests.unit.checks.external.test_once import CODEBUILD, DEPLOYMENT, ECS_TASK, STATE_MACHINE

scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.floats() | st.text(max_size=12)
moments = st.just(datetime.now(UTC)) | scalars
jsons = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=5,
)


def record(**fields):
    """A record that has any of these fields, or none."""
    return st.fixed_dictionaries({}, optional={name: values | jsons for name, values in fields.items()})


EXECUTION = record(
    executionArn=st.just("arn:aws:states:eu-west-1:123456789012:execution:orders-e2e:x"),
    status=st.sampled_from(["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"]),
    startDate=moments,
    stopDate=moments,
    error=st.text(max_size=10),
    cause=st.text(max_size=10)
    | st.sampled_from(['{"errorMessage": "no"}', '{"errorMessage": 7}', "[1]", "{", "[" * 5000]),
)
BUILD = record(
    id=st.just("orders-e2e:7"),
    arn=st.just("arn:aws:codebuild:eu-west-1:123456789012:build/orders-e2e:7"),
    buildStatus=st.sampled_from(["IN_PROGRESS", "SUCCEEDED", "FAILED", "FAULT", "STOPPED"]),
    currentPhase=st.text(max_size=5),
    startTime=moments,
    endTime=moments,
    environment=record(environmentVariables=st.lists(jsons, max_size=2)),
    phases=st.lists(
        record(
            phaseType=st.sampled_from(["QUEUED", "BUILD"]),
            phaseStatus=st.sampled_from(["FAILED", "SUCCEEDED"]),
            contexts=st.lists(record(statusCode=scalars, message=scalars), max_size=2),
        ),
        max_size=2,
    ),
    logs=record(deepLink=scalars, streamName=scalars),
)
TASK = record(
    taskArn=st.just("arn:aws:ecs:eu-west-1:123456789012:task/shop/7"),
    taskDefinitionArn=st.just("arn:aws:ecs:eu-west-1:123456789012:task-definition/orders:1"),
    clusterArn=st.just("arn:aws:ecs:eu-west-1:123456789012:cluster/shop"),
    lastStatus=st.sampled_from(["RUNNING", "STOPPED"]),
    stopCode=st.sampled_from(["TaskFailedToStart", "EssentialContainerExited", "SpotInterruption", "UserInitiated"]),
    stoppedReason=scalars,
    createdAt=moments,
    stoppedAt=moments,
    startedBy=scalars,
    containers=st.lists(
        record(name=st.sampled_from(["app", "log"]), exitCode=st.integers(0, 1), reason=scalars), max_size=2
    ),
)
GREEN_RECORD = {"serviceRevisionArn": GREEN, "containerImages": [{"containerName": "app", "image": "a"}]}
SUCCESS = {
    "execution": ("status", "SUCCEEDED"),
    "build": ("buildStatus", "SUCCEEDED"),
    "task": ("lastStatus", "STOPPED"),
}


def answers(kind, found):
    """What AWS says, whatever it is asked."""
    return {
        "describe_service_revisions": {"serviceRevisions": [GREEN_RECORD]},
        "describe_state_machine": {"type": "STANDARD"},
        "start_execution": found,
        "describe_execution": found,
        "list_builds_for_project": {"ids": ["orders-e2e:7"]},
        "batch_get_builds": {"builds": [found]},
        "start_build": {"build": found},
        "list_tasks": {"taskArns": ["7"]},
        "describe_tasks": {"tasks": [found]},
        "run_task": {"tasks": [found]},
    }


@pytest.mark.parametrize(
    ("kind", "check", "records"),
    [("execution", STATE_MACHINE, EXECUTION), ("build", CODEBUILD, BUILD), ("task", ECS_TASK, TASK)],
    ids=["state_machine", "codebuild", "ecs_task"],
)
def test_no_record_breaks_a_check_or_passes_by_accident(kind, check, records):
    """Cut short, of other types, from another version of the API: an error at worst."""

    @given(records, st.dictionaries(st.sampled_from(["id", "since", "tries"]), jsons | st.just("7")))
    def holds(found, memory):
        def call(service, operation, **_):
            if operation not in said:
                raise aws.AwsThrottledError(f"{service}:{operation}", "was throttled")
            return said[operation]

        said = answers(kind, found)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(aws, "call", call)
            context = CheckContext(STAGE, Deployment(DEPLOYMENT, GREEN), time.monotonic() + 60, "d1", memory)
            result = check.run(context)
        assert result.summary
        if result.outcome is Outcome.PASSED:
            key, value = SUCCESS[kind]
            assert value == found[key]
            if kind == "task":
                assert {0} == {each.get("exitCode") for each in found["containers"] if each.get("name") == "app"}

    holds()


@given(st.dictionaries(st.sampled_from(["id", "since", "tries"]), jsons | st.integers() | st.floats()))
def test_what_was_remembered_is_taken_only_where_it_makes_sense(raw):
    """It travelled through ECS; and what is written again is as small as it was."""
    memory = Memory.read(raw)
    assert memory.tries in (0, 1, 2)
    assert memory.since is None or 0 < memory.since <= time.time()
    assert memory.id is None or 0 < len(memory.id) <= 100
    assert memory.write().keys() <= {"id", "since", "tries"}
    again = Memory.read(memory.write())
    assert (memory.id, memory.tries) == (again.id, again.tries)
