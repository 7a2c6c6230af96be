"""How a deployment goes back, and what is left behind."""

import pytest

from rehearsal.controller import events
from tests.rehearsal.fake_world import PREFIX, FakeRevision, Rehearsed, lambda_hook

SUCCEEDED = {"hookStatus": "SUCCEEDED"}
FAILED = {"hookStatus": "FAILED"}
BLUE, GREEN = FakeRevision("1").arn, FakeRevision("2").arn
SHIFTS = ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")


def failing_at(stage, shift_replies=SUCCEEDED):
    """Return a rehearsal with a hook at both shift stages and one that fails at a stage."""
    return Rehearsed(
        [lambda_hook("shift", *SHIFTS), lambda_hook("bad", stage)],
        {"shift": shift_replies, "bad": FAILED},
    )


def asked(rehearsed):
    """Return the stages and weights that the shift hook was asked with."""
    return [
        (
            event["lifecycleStage"],
            event["executionDetails"]["testTrafficWeights"] or event["executionDetails"]["productionTrafficWeights"],
        )
        for event in rehearsed.invoker.events_of("shift")
    ]


def test_a_late_failure_takes_both_listeners_back():
    """After both shifts, production goes back first, then the test listener; the shift hooks see reversed weights."""
    rehearsed = failing_at("POST_PRODUCTION_TRAFFIC_SHIFT")

    result = rehearsed.update()

    forward, back = {GREEN: 100, BLUE: 0}, {GREEN: 0, BLUE: 100}
    assert "ROLLBACK_SUCCESSFUL" == result.status
    assert [
        ("TEST_TRAFFIC_SHIFT", forward),
        ("PRODUCTION_TRAFFIC_SHIFT", forward),
        ("PRODUCTION_TRAFFIC_SHIFT", back),
        ("TEST_TRAFFIC_SHIFT", back),
    ] == asked(rehearsed)
    assert {"tg/one": 100, "tg/two": 0} == rehearsed.world.rules["rule/production"]
    assert {"tg/one": 100, "tg/two": 0} == rehearsed.world.rules["rule/test"]
    assert {"1": "tg/one"} == rehearsed.world.running
    assert {GREEN} == {
        event["executionDetails"]["targetServiceRevisionArn"] for event in rehearsed.invoker.events_of("shift")
    }


@pytest.mark.parametrize(
    ("stage", "shifts_back"),
    [
        ("PRE_SCALE_UP", []),
        ("POST_SCALE_UP", []),
        ("TEST_TRAFFIC_SHIFT", ["TEST_TRAFFIC_SHIFT"]),
        ("POST_TEST_TRAFFIC_SHIFT", ["TEST_TRAFFIC_SHIFT"]),
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", ["TEST_TRAFFIC_SHIFT"]),
        ("PRODUCTION_TRAFFIC_SHIFT", ["PRODUCTION_TRAFFIC_SHIFT", "TEST_TRAFFIC_SHIFT"]),
    ],
)
def test_only_shifts_that_happened_are_taken_back(stage, shifts_back):
    """A rollback plays the shift stages that the deployment had reached, and no other stage."""
    rehearsed = Rehearsed(
        [lambda_hook("shift", *SHIFTS), lambda_hook("bad", stage)],
        {"shift": SUCCEEDED, "bad": [FAILED, SUCCEEDED]},
    )

    result = rehearsed.update()

    started = [event.stage for event in rehearsed.of(events.StageStarted) if event.rollback]
    assert ("ROLLBACK_SUCCESSFUL", stage) == (result.status, result.stage)
    assert shifts_back == started
    assert {"1"} == set(rehearsed.world.running)


def test_a_failure_before_scale_up_starts_nothing():
    """When PRE_SCALE_UP fails, green is neither started nor stopped."""
    rehearsed = failing_at("PRE_SCALE_UP")

    rehearsed.update()

    assert [] == rehearsed.world.did


def test_the_record_tells_of_the_rollback():
    """The record has the reason, the revision gone back to, and when."""
    rehearsed = failing_at("POST_TEST_TRAFFIC_SHIFT")

    record = rehearsed.record(rehearsed.update())

    reason = (
        "Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. "
        f"Lifecycle hook target {PREFIX}bad returned FAILED status."
    )
    assert ("ROLLBACK_SUCCESSFUL", reason) == (record["status"], record["statusReason"])
    assert (reason, BLUE) == (record["rollback"]["reason"], record["rollback"]["serviceRevisionArn"])
    assert record["startedAt"] <= record["rollback"]["startedAt"] <= record["finishedAt"]
    assert 0.0 == record["targetServiceRevision"]["requestedTestTrafficWeight"]
    assert 0 == record["targetServiceRevision"]["runningTaskCount"]


def test_during_the_rollback_the_record_says_so():
    """A hook that is asked in a rollback finds ROLLBACK_IN_PROGRESS."""
    seen = []

    def reply(event):
        seen.append(rehearsed.world.store.deployment(event["resourceArn"])["status"])
        return SUCCEEDED

    rehearsed = failing_at("POST_TEST_TRAFFIC_SHIFT", reply)

    rehearsed.update()

    assert ["IN_PROGRESS", "ROLLBACK_IN_PROGRESS"] == seen


def test_a_hook_can_block_the_rollback():
    """FAILED in the rollback ends in ROLLBACK_FAILED, with what went wrong first and then."""
    rehearsed = failing_at("POST_TEST_TRAFFIC_SHIFT", [SUCCEEDED, FAILED])

    result = rehearsed.update()

    assert "ROLLBACK_FAILED" == result.status
    assert (
        "Rollback failed. TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. "
        f"Lifecycle hook target {PREFIX}shift returned FAILED status."
    ) == result.status_reason
    assert f"{PREFIX}bad returned FAILED status. Rollback failed." in result.explanation


def test_a_failed_create_has_nothing_to_go_back_to():
    """A create that fails ends in ROLLBACK_FAILED with ECS's sentence; why it failed is still told."""
    rehearsed = failing_at("POST_TEST_TRAFFIC_SHIFT")

    result = rehearsed.create("2")

    record = rehearsed.record(result)
    assert ("ROLLBACK_FAILED", "No rollback candidate was found to run the rollback.") == (
        result.status,
        result.status_reason,
    )
    assert f"{PREFIX}bad returned FAILED status." in result.explanation
    assert f"{PREFIX}bad returned FAILED status." in record["rollback"]["reason"]
    assert "serviceRevisionArn" not in record["rollback"]
    assert ["TEST_TRAFFIC_SHIFT"] == rehearsed.invoker.stages("shift")
    assert {} == rehearsed.world.running


def test_a_create_can_be_tried_again():
    """After a failed create the next deployment is a create again."""
    rehearsed = Rehearsed([lambda_hook("bad", "POST_SCALE_UP")], {"bad": [FAILED, SUCCEEDED]})

    rehearsed.create("1")
    second = rehearsed.create("2")

    assert "SUCCESSFUL" == second.status
    assert [] == rehearsed.record(second)["sourceServiceRevisions"]


def test_green_that_never_gets_healthy_trips_the_circuit_breaker():
    """An unhealthy green goes back with ECS's reason; the explanation has the end of the application's log."""
    rehearsed = Rehearsed(scale_up_timeout=0.1)
    rehearsed.controller.start(FakeRevision("1"))

    result = rehearsed.controller.deploy(FakeRevision("2", healthy=False))

    assert ("ROLLBACK_SUCCESSFUL", "SCALE_UP") == (result.status, result.stage)
    assert "Service deployment rolled back because the circuit breaker threshold was exceeded." == result.status_reason
    assert "version 2 did not become healthy within 0.1 s; its last words: out of memory" == result.explanation
    assert {"1"} == set(rehearsed.world.running)


def test_an_operator_can_ask_for_a_rollback():
    """StopServiceDeployment with ROLLBACK ends a hook's waiting and takes the deployment back."""
    statuses = []

    def stop(event):
        if isinstance(event, events.HookAnswered) and event.status == "IN_PROGRESS":
            record = rehearsed.world.store.deployments_of(rehearsed.world.service.service_arn)[0]
            rehearsed.world.store.request_stop(record["serviceDeploymentArn"], "ROLLBACK")
        if isinstance(event, events.StageFinished) and event.stage == "POST_TEST_TRAFFIC_SHIFT":
            record = rehearsed.world.store.deployments_of(rehearsed.world.service.service_arn)[0]
            statuses.append(record["status"])

    rehearsed = Rehearsed(
        [lambda_hook("probe", "POST_TEST_TRAFFIC_SHIFT")],
        {"probe": {"hookStatus": "IN_PROGRESS", "callBackDelay": 86000}},
        watchers=[stop],
        speed=100,
    )

    result = rehearsed.update()

    assert "ROLLBACK_SUCCESSFUL" == result.status
    assert ["ROLLBACK_REQUESTED"] == statuses
    assert {"tg/one": 100, "tg/two": 0} == rehearsed.world.rules["rule/test"]


def test_an_operator_can_stop_a_deployment_where_it_is():
    """StopServiceDeployment with ABORT leaves both revisions and the weights as they are."""

    def stop(event):
        if isinstance(event, events.StageStarted) and event.stage == "BAKE_TIME":
            record = rehearsed.world.store.deployments_of(rehearsed.world.service.service_arn)[0]
            rehearsed.world.store.request_stop(record["serviceDeploymentArn"], "ABORT")

    rehearsed = Rehearsed(watchers=[stop], bake_minutes=1440, speed=100)

    result = rehearsed.update()

    assert "STOPPED" == result.status
    assert {"1", "2"} == set(rehearsed.world.running)
    assert {"tg/one": 0, "tg/two": 100} == rehearsed.world.rules["rule/production"]
    assert "STOPPED" == rehearsed.record(result)["status"]


def test_what_had_production_when_a_deployment_stopped_is_blue_of_the_next():
    """After a stop behind the production shift, the next deployment clears version 1 away and goes from version 2."""

    def stop(event):
        if isinstance(event, events.StageStarted) and event.stage == "BAKE_TIME":
            record = rehearsed.world.store.deployments_of(rehearsed.world.service.service_arn)[0]
            rehearsed.world.store.request_stop(record["serviceDeploymentArn"], "ABORT")

    rehearsed = Rehearsed(watchers=[stop])
    assert "STOPPED" == rehearsed.update("2").status
    rehearsed.watchers.remove(stop)
    rehearsed.world.did.clear()

    rehearsed.create("3")

    starts_and_stops = [did for did in rehearsed.world.did if did[0] in {"start", "stop"}]
    assert [("stop", "1"), ("start", "3"), ("stop", "2")] == starts_and_stops


def test_the_rollback_is_told():
    """Who watches learns where it failed, why, and how it ended."""
    rehearsed = failing_at("POST_TEST_TRAFFIC_SHIFT")

    result = rehearsed.update()

    (started,) = rehearsed.of(events.RollbackStarted)
    (finished,) = rehearsed.of(events.DeploymentFinished)
    assert ("POST_TEST_TRAFFIC_SHIFT", result.status_reason) == (started.stage, started.reason)
    assert ("ROLLBACK_SUCCESSFUL", result.status_reason) == (finished.status, finished.status_reason)
    failed = [event.stage for event in rehearsed.of(events.StageFinished) if not event.succeeded]
    assert ["POST_TEST_TRAFFIC_SHIFT"] == failed
