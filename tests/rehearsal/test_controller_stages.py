"""Stages, their order and what hooks are told in each."""

import threading

import pytest

from rehearsal.controller import UnknownStrategyError, events
from rehearsal.controller.plan import STAGES_WITH_HOOKS
from tests.rehearsal.fake_world import PREFIX, SERVICE, FakeRevision, Rehearsed, lambda_hook

SUCCEEDED = {"hookStatus": "SUCCEEDED"}
BLUE = FakeRevision("1").arn
GREEN = FakeRevision("2").arn
UPDATE_STAGES = [
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
    "BAKE_TIME",
    "CLEAN_UP",
]


def watched_everywhere(**more):
    """Return a rehearsal with a hook at every stage that takes hooks."""
    return Rehearsed([lambda_hook("probe", *STAGES_WITH_HOOKS)], {"probe": SUCCEEDED}, **more)


def test_an_update_goes_through_all_stages_in_order():
    """An update plays every stage but RECONCILE_SERVICE, each started and finished."""
    rehearsed = watched_everywhere()

    result = rehearsed.update()

    assert "SUCCESSFUL" == result.status
    assert UPDATE_STAGES == [event.stage for event in rehearsed.of(events.StageStarted)]
    assert UPDATE_STAGES == [event.stage for event in rehearsed.of(events.StageFinished)]


def test_hooks_attach_to_all_stages_but_three():
    """A hook at every stage is not asked at SCALE_UP, BAKE_TIME and CLEAN_UP."""
    rehearsed = watched_everywhere()

    rehearsed.update()

    expected = [stage for stage in UPDATE_STAGES if stage not in {"SCALE_UP", "BAKE_TIME", "CLEAN_UP"}]
    assert expected == rehearsed.invoker.stages("probe")


def test_an_update_starts_green_shifts_both_listeners_and_stops_blue():
    """Green starts in the free target group, takes the test listener, then production, and only then blue stops."""
    rehearsed = watched_everywhere()

    rehearsed.update()

    assert [
        ("start", "2"),
        ("test", {"tg/one": 0, "tg/two": 100}),
        ("production", {"tg/one": 0, "tg/two": 100}),
        ("stop", "1"),
    ] == rehearsed.world.did


def test_the_target_groups_change_roles_with_every_deployment():
    """The third revision starts where the first one was."""
    rehearsed = Rehearsed()

    for version in ("1", "2", "3"):
        rehearsed.create(version)

    assert {"3": "tg/one"} == rehearsed.world.running
    assert {"tg/one": 100, "tg/two": 0} == rehearsed.world.rules["rule/production"]


def test_the_event_is_what_ecs_sends():
    """The event has ECS's keys, names the service deployment, and has no hookDetails where none are configured."""
    rehearsed = watched_everywhere()

    result = rehearsed.update()

    event = rehearsed.invoker.events_of("probe")[0]
    assert {
        "executionId": event["executionId"],
        "lifecycleStage": "PRE_SCALE_UP",
        "resourceArn": result.deployment_arn,
        "executionDetails": {
            "serviceArn": SERVICE,
            "targetServiceRevisionArn": GREEN,
            "testTrafficWeights": {},
            "productionTrafficWeights": {},
        },
    } == event
    assert result.deployment_arn.startswith(SERVICE.replace(":service/", ":service-deployment/") + "/")


def weights_told(rehearsed):
    """Return the test and the production weights that the hook was told, by stage."""
    told = {}
    for event in rehearsed.invoker.events_of("probe"):
        details = event["executionDetails"]
        told[event["lifecycleStage"]] = (details["testTrafficWeights"], details["productionTrafficWeights"])
    return told


def test_each_stage_of_an_update_fills_its_weight_maps():
    """Only the shift stages and PRE_PRODUCTION_TRAFFIC_SHIFT carry weights, as whole numbers."""
    rehearsed = watched_everywhere()

    rehearsed.update()

    shifted = {GREEN: 100, BLUE: 0}
    assert {
        "PRE_SCALE_UP": ({}, {}),
        "POST_SCALE_UP": ({}, {}),
        "TEST_TRAFFIC_SHIFT": (shifted, {}),
        "POST_TEST_TRAFFIC_SHIFT": ({}, {}),
        "PRE_PRODUCTION_TRAFFIC_SHIFT": ({}, {GREEN: 0, BLUE: 100}),
        "PRODUCTION_TRAFFIC_SHIFT": ({}, shifted),
        "POST_PRODUCTION_TRAFFIC_SHIFT": ({}, {}),
    } == weights_told(rehearsed)
    assert all(type(weight) is int for maps in weights_told(rehearsed).values() for m in maps for weight in m.values())


def test_on_a_create_green_is_alone_in_the_weight_maps():
    """A create has no second revision that a map could name."""
    rehearsed = watched_everywhere()

    result = rehearsed.create("2")

    told = weights_told(rehearsed)
    assert "SUCCESSFUL" == result.status
    assert ({GREEN: 100}, {}) == told["TEST_TRAFFIC_SHIFT"]
    assert ({}, {GREEN: 0}) == told["PRE_PRODUCTION_TRAFFIC_SHIFT"]
    assert ({}, {GREEN: 100}) == told["PRODUCTION_TRAFFIC_SHIFT"]


def test_the_record_says_whether_it_is_a_create():
    """The record has no sourceServiceRevisions on a create, and blue on an update."""
    rehearsed = Rehearsed()

    created = rehearsed.record(rehearsed.create("1"))
    updated = rehearsed.record(rehearsed.create("2"))

    assert [] == created["sourceServiceRevisions"]
    assert [BLUE] == [source["arn"] for source in updated["sourceServiceRevisions"]]


def test_hooks_see_the_deployment_as_it_stands():
    """While a hook is asked, the record names the stage, the hook with its expiry, and the weights."""
    seen = []
    rehearsed = Rehearsed(
        [lambda_hook("probe", "PRODUCTION_TRAFFIC_SHIFT", timeoutConfiguration={"timeoutInMinutes": 10})],
        {"probe": lambda event: seen.append(rehearsed.world.store.deployment(event["resourceArn"])) or SUCCEEDED},
        speed=30,
    )

    result = rehearsed.update()

    (record,) = seen
    (hook,) = record["lifecycleHookDetails"]
    assert ("IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT") == (record["status"], record["lifecycleStage"])
    assert {"hookId", "targetType", "targetArn", "status", "expiresAt", "timeoutAction"} == set(hook)
    assert ("AWS_LAMBDA", PREFIX + "probe", "IN_PROGRESS", "ROLLBACK") == (
        hook["targetType"],
        hook["targetArn"],
        hook["status"],
        hook["timeoutAction"],
    )
    assert 0 < hook["expiresAt"] - record["startedAt"] - 600 < 300
    assert 100.0 == record["targetServiceRevision"]["requestedProductionTrafficWeight"]
    assert 0.0 == record["sourceServiceRevisions"][0]["requestedProductionTrafficWeight"]
    finished = rehearsed.record(result)
    assert ("SUCCESSFUL", "CLEAN_UP") == (finished["status"], finished["lifecycleStage"])
    assert "statusReason" not in finished
    assert finished["startedAt"] <= finished["finishedAt"]


def test_the_bake_time_runs_on_the_fast_clock():
    """A bake time of an hour takes an hour of simulated time."""
    rehearsed = Rehearsed(bake_minutes=60, speed=36000)

    result = rehearsed.update()

    assert 3600 <= result.seconds


def test_a_stray_revision_brings_the_reconcile_stage():
    """When an earlier deployment left two revisions running, RECONCILE_SERVICE comes first and stops the stray."""
    rehearsed = Rehearsed(
        [lambda_hook("probe", "POST_TEST_TRAFFIC_SHIFT", "TEST_TRAFFIC_SHIFT", "RECONCILE_SERVICE")],
        {"probe": [SUCCEEDED, {"hookStatus": "FAILED"}, {"hookStatus": "FAILED"}, SUCCEEDED]},
    )
    failed = rehearsed.update("2")
    assert "ROLLBACK_FAILED" == failed.status
    assert {"1", "2"} == set(rehearsed.world.running)
    rehearsed.world.did.clear()

    result = rehearsed.create("3")

    assert "SUCCESSFUL" == result.status
    assert [("stop", "2"), ("start", "3")] == rehearsed.world.did[:2]
    assert {"3": "tg/two"} == rehearsed.world.running
    assert "RECONCILE_SERVICE" == rehearsed.invoker.stages("probe")[3]
    assert [GREEN, BLUE] == [source["arn"] for source in rehearsed.record(result)["sourceServiceRevisions"]]


def test_hooks_of_a_stage_run_side_by_side():
    """Two hooks of a stage that wait for each other both succeed."""
    both = threading.Barrier(2, timeout=10)
    rehearsed = Rehearsed(
        [lambda_hook("one", "POST_SCALE_UP"), lambda_hook("two", "POST_SCALE_UP")],
        {name: lambda _: both.wait() is None or SUCCEEDED for name in ("one", "two")},
    )

    assert "SUCCESSFUL" == rehearsed.update().status


def test_a_strategy_without_a_plan_is_refused():
    """A strategy that cannot be played is told at once, with what there is."""
    with pytest.raises(UnknownStrategyError, match="no plan for strategy ROLLING; there is BLUE_GREEN, LINEAR, CANARY"):
        Rehearsed(strategy="ROLLING")


def test_the_start_is_told_with_stages_and_hooks():
    """Who watches learns at the start what will come."""
    rehearsed = watched_everywhere()

    rehearsed.update()

    (started,) = rehearsed.of(events.DeploymentStarted)
    assert ("1", "2", "BLUE_GREEN") == (started.blue, started.green, started.strategy)
    assert tuple(UPDATE_STAGES) == started.stages
    assert ("probe",) == started.hooks["PRE_SCALE_UP"]
    assert [("test", {"2": 100, "1": 0}), ("production", {"2": 100, "1": 0})] == [
        (shift.listener, shift.weights) for shift in rehearsed.of(events.TrafficShifted)
    ]
