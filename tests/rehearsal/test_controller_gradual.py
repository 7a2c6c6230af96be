"""LINEAR and CANARY: production traffic in steps, each with its hooks and its bake."""

import threading

import pytest

from rehearsal.controller import DetailsMode, Settings, StrategyNumbersError, events
from rehearsal.controller.plan import STAGES_WITH_HOOKS
from tests.rehearsal.fake_world import FakeRevision, Rehearsed, lambda_hook, pause_hook

SUCCEEDED = {"hookStatus": "SUCCEEDED"}
FAILED = {"hookStatus": "FAILED"}
BLUE, GREEN = FakeRevision("1").arn, FakeRevision("2").arn
PRE, SHIFT, TEST = "PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "TEST_TRAFFIC_SHIFT"
BEFORE = ["PRE_SCALE_UP", "SCALE_UP", "POST_SCALE_UP", TEST, "POST_TEST_TRAFFIC_SHIFT"]
AFTER = ["POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"]
LINEAR_40 = {"strategy": "LINEAR", "step_percent": 40, "step_bake_minutes": 0}
CANARY_10 = {"strategy": "CANARY", "canary_percent": 10, "canary_bake_minutes": 0}


def green_percents(strategy, **numbers):
    """How much green has after each step."""
    return [step.green_percent for step in Settings(strategy=strategy, **numbers).steps(create=False)]


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        (10, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]),
        (30, [30, 60, 90, 100]),
        (33.3, [33.3, 66.6, 99.9, 100]),
        (100, [100]),
    ],
)
def test_linear_steps_are_equal_and_end_at_100(percent, expected):
    """Steps add up without rounding errors, and the last one is what is left."""
    assert expected == green_percents("LINEAR", step_percent=percent)


def test_the_smallest_linear_step_makes_34():
    """Three percent is the least that ECS takes."""
    assert (34, 3, 99, 100) == (
        len(green_percents("LINEAR", step_percent=3)),
        *(green_percents("LINEAR", step_percent=3)[at] for at in (0, -2, -1)),
    )


@pytest.mark.parametrize(("percent", "expected"), [(5, [5, 100]), (0.1, [0.1, 100]), (100, [100])])
def test_a_canary_has_two_steps(percent, expected):
    """The canary's share first, then all; with 100 percent nothing is left for a second step."""
    assert expected == green_percents("CANARY", canary_percent=percent)


@pytest.mark.parametrize(
    ("numbers", "complaint"),
    [
        ({"strategy": "LINEAR", "step_percent": 2.9}, "stepPercent is 2.9; ECS takes multiples of 0.1 from 3 to 100"),
        ({"strategy": "LINEAR", "step_percent": 10.05}, "stepPercent is 10.05"),
        ({"strategy": "LINEAR", "step_bake_minutes": 1441}, "stepBakeTimeInMinutes is 1441; ECS takes whole minutes"),
        ({"strategy": "CANARY", "canary_percent": 0}, "canaryPercent is 0; ECS takes multiples of 0.1 from 0.1"),
        ({"strategy": "CANARY", "canary_percent": 100.1}, "canaryPercent is 100.1"),
        ({"strategy": "CANARY", "canary_bake_minutes": 0.5}, "canaryBakeTimeInMinutes is 0.5"),
        ({"bake_minutes": -1}, "bakeTimeInMinutes is -1"),
    ],
)
def test_numbers_that_ecs_would_refuse_are_refused(numbers, complaint):
    """The bounds of the API hold."""
    with pytest.raises(StrategyNumbersError, match=complaint):
        Settings(**numbers)


def everywhere(reply=SUCCEEDED, **settings):
    """Return a rehearsal with a hook at every stage that takes hooks."""
    return Rehearsed([lambda_hook("probe", *STAGES_WITH_HOOKS)], {"probe": reply}, **settings)


def test_both_production_stages_come_once_a_step():
    """Stages before and after come once, in the order of BLUE_GREEN; each start says which step it is."""
    rehearsed = everywhere(**LINEAR_40)

    result = rehearsed.update()

    started = rehearsed.of(events.StageStarted)
    assert "SUCCESSFUL" == result.status
    assert [*BEFORE, *([PRE, SHIFT] * 3), *AFTER] == [event.stage for event in started]
    assert [(1, 3), (1, 3), (2, 3), (2, 3), (3, 3), (3, 3)] == [event.step for event in started if event.step]
    assert tuple(event.stage for event in started) == rehearsed.of(events.DeploymentStarted)[0].stages


def test_weights_before_and_after_each_step():
    """PRE_PRODUCTION shows production as it stands before the step, the shift as it stands after; the rule follows."""
    rehearsed = everywhere(**LINEAR_40)

    rehearsed.update()

    told = [
        (event["lifecycleStage"], event["executionDetails"]["productionTrafficWeights"])
        for event in rehearsed.invoker.events_of("probe")
        if event["lifecycleStage"] in {PRE, SHIFT}
    ]
    at = {percent: {GREEN: percent, BLUE: 100 - percent} for percent in (0, 40, 80, 100)}
    assert [(PRE, at[0]), (SHIFT, at[40]), (PRE, at[40]), (SHIFT, at[80]), (PRE, at[80]), (SHIFT, at[100])] == told
    assert [("production", {"tg/one": 100 - percent, "tg/two": percent}) for percent in (40, 80, 100)] == [
        did for did in rehearsed.world.did if did[0] == "production"
    ]


def test_tenths_of_a_percent_have_no_noise():
    """80.1 and its rest are told as 80.1 and 19.9, and whole percents as whole numbers."""
    rehearsed = everywhere(strategy="CANARY", canary_percent=80.1, canary_bake_minutes=0)

    rehearsed.update()

    shares = [did[1] for did in rehearsed.world.did if did[0] == "production"]
    assert [{"tg/one": 19.9, "tg/two": 80.1}, {"tg/one": 0, "tg/two": 100}] == shares
    assert [float, float, int, int] == [type(share) for weights in shares for share in weights.values()]


def test_every_step_is_another_execution():
    """The executionId and the hookId are new in each step, and the same within one."""
    ids = []

    def reply(event):
        (hook,) = rehearsed.world.store.deployment(event["resourceArn"])["lifecycleHookDetails"]
        ids.append((event["executionId"], hook["hookId"]))
        return SUCCEEDED if len(ids) % 2 == 0 else {"hookStatus": "IN_PROGRESS", "callBackDelay": 5}

    rehearsed = Rehearsed([lambda_hook("probe", PRE)], {"probe": reply}, **LINEAR_40)

    rehearsed.update()

    assert 6 == len(ids)
    assert ids[::2] == ids[1::2]
    assert (3, 3) == tuple(len(set(each)) for each in zip(*ids, strict=True))


def test_a_pause_hook_waits_in_each_step_under_another_id():
    """A linear deployment of 5 steps pauses 5 times, and each pause is continued by its own id."""
    waited = []

    def go_on(event):
        if isinstance(event, events.HookWaiting):
            waited.append(event.hook_id)
            arn = rehearsed.world.store.deployments_of(rehearsed.world.service.service_arn)[0]["serviceDeploymentArn"]
            decide = rehearsed.world.store.decide
            threading.Thread(target=decide, args=(arn, event.hook_id, "CONTINUE")).start()

    rehearsed = Rehearsed([pause_hook(PRE)], watchers=[go_on], strategy="LINEAR", step_percent=20, step_bake_minutes=0)

    assert "SUCCESSFUL" == rehearsed.update().status
    assert 5 == len(set(waited))
    assert all(hook_id.startswith("ecs-pause-") for hook_id in waited)


@pytest.mark.parametrize(
    ("mode", "kept", "expected"),
    [
        (DetailsMode.MERGE, True, [{"a": 1}, {"a": 1, "seen": 1}, {"a": 1, "seen": 1}]),
        (DetailsMode.REPLACE, True, [{"a": 1}, {"seen": 1}, {"seen": 1}]),
        (DetailsMode.LOST, True, [{"a": 1}, {"a": 1}, {"a": 1}]),
        (DetailsMode.MERGE, False, [{"a": 1}, {"a": 1, "seen": 1}, {"a": 1}]),
        (DetailsMode.REPLACE, False, [{"a": 1}, {"seen": 1}, {"a": 1}]),
    ],
)
def test_what_the_next_step_gets_of_hook_details(mode, kept, expected):
    """Within a step the mode decides what comes back; the next step gets that too, or what was registered."""
    waits = {"hookStatus": "IN_PROGRESS", "callBackDelay": 5, "hookDetails": {"seen": 1}}
    last = {**SUCCEEDED, "hookDetails": {"never": "comes back"}}
    rehearsed = Rehearsed(
        [lambda_hook("probe", PRE, hookDetails={"a": 1})],
        {"probe": [waits, last, last]},
        details_mode=mode,
        details_kept=kept,
        **CANARY_10,
    )

    rehearsed.update()

    assert expected == [event["hookDetails"] for event in rehearsed.invoker.events_of("probe")]


def test_steps_bake_between_each_other_and_not_after_the_last():
    """The step bake time runs between steps, within the shift; the bake time once at the end."""
    rehearsed = everywhere(strategy="LINEAR", step_percent=40, step_bake_minutes=30, bake_minutes=60, speed=36000)

    result = rehearsed.update()

    assert [(SHIFT, 1800), (SHIFT, 1800), ("BAKE_TIME", 3600)] == [
        (event.stage, event.seconds) for event in rehearsed.of(events.BakeStarted)
    ]
    shifts = [event.seconds for event in rehearsed.of(events.StageFinished) if event.stage == SHIFT]
    assert [True, True, False] == [seconds >= 1800 for seconds in shifts]
    assert 7200 <= result.seconds


@pytest.mark.parametrize(
    ("stage", "good", "reached"), [(PRE, 0, 0), (PRE, 1, 40), (PRE, 2, 80), (SHIFT, 0, 40), (SHIFT, 1, 80)]
)
def test_a_failure_at_any_step_takes_all_traffic_back_at_once(stage, good, reached):
    """Production goes back in one shift with all weight on blue, then the test listener; no PRE_PRODUCTION on the way."""
    replies = [*([SUCCEEDED] * good), FAILED, SUCCEEDED]
    rehearsed = Rehearsed(
        [lambda_hook("probe", stage), lambda_hook("shift", TEST, SHIFT)],
        {"probe": replies, "shift": SUCCEEDED},
        **LINEAR_40,
    )

    result = rehearsed.update()

    back = [event.stage for event in rehearsed.of(events.StageStarted) if event.rollback]
    production = [did[1]["tg/two"] for did in rehearsed.world.did if did[0] == "production"]
    assert ("ROLLBACK_SUCCESSFUL", stage) == (result.status, result.stage)
    assert ([SHIFT, TEST] if reached else [TEST]) == back
    assert [*(percent for percent in (40, 80) if percent <= reached), *([0] if reached else [])] == production
    blue_alone = {GREEN: 0, BLUE: 100}
    assert [blue_alone] * len(back) == [
        event["executionDetails"]["productionTrafficWeights"] or event["executionDetails"]["testTrafficWeights"]
        for event in rehearsed.invoker.events_of("shift")[-len(back) :]
    ]
    assert {"1": "tg/one"} == rehearsed.world.running


def test_an_operator_can_ask_for_a_rollback_while_a_step_bakes():
    """StopServiceDeployment ends the bake, and the deployment goes back."""

    def stop(event):
        if isinstance(event, events.BakeStarted):
            record = rehearsed.world.store.deployments_of(rehearsed.world.service.service_arn)[0]
            rehearsed.world.store.request_stop(record["serviceDeploymentArn"], "ROLLBACK")

    rehearsed = Rehearsed(watchers=[stop], strategy="CANARY", canary_percent=10, canary_bake_minutes=1440, speed=100)

    result = rehearsed.update()

    assert "ROLLBACK_SUCCESSFUL" == result.status
    assert [10, 0] == [did[1]["tg/two"] for did in rehearsed.world.did if did[0] == "production"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"strategy": "LINEAR", "step_percent": 20, "step_bake_minutes": 0, "bake_minutes": 2},
            {"linearConfiguration": {"stepPercent": 20.0, "stepBakeTimeInMinutes": 0}},
        ),
        (
            {"strategy": "CANARY", "canary_percent": 0.5, "canary_bake_minutes": 0, "bake_minutes": 2},
            {"canaryConfiguration": {"canaryPercent": 0.5, "canaryBakeTimeInMinutes": 0}},
        ),
    ],
)
def test_the_record_shows_the_strategy_and_where_it_is(settings, expected):
    """The deploymentConfiguration has the API's words, and each step shows its stage and green's weight."""
    seen = []

    def reply(event):
        record = rehearsed.world.store.deployment(event["resourceArn"])
        weight = record["targetServiceRevision"]["requestedProductionTrafficWeight"]
        seen.append((record["lifecycleStage"], weight))
        return SUCCEEDED

    rehearsed = Rehearsed([lambda_hook("probe", PRE, SHIFT)], {"probe": reply}, **settings)

    record = rehearsed.record(rehearsed.update())

    hooks = record["deploymentConfiguration"].pop("lifecycleHooks")
    assert {"strategy": settings["strategy"], "bakeTimeInMinutes": 2, **expected} == record["deploymentConfiguration"]
    assert 1 == len(hooks)
    percents = green_percents(**settings)
    assert [
        told
        for before, after in zip([0, *percents], percents, strict=False)
        for told in ((PRE, before), (SHIFT, after))
    ] == seen


def test_a_create_has_nobody_to_share_with():
    """The first revision gets all traffic in one step, whatever the strategy."""
    rehearsed = everywhere(**LINEAR_40)

    result = rehearsed.create("1")

    assert "SUCCESSFUL" == result.status
    assert [{"tg/one": 100, "tg/two": 0}] == [did[1] for did in rehearsed.world.did if did[0] == "production"]
    assert 1 == rehearsed.invoker.stages("probe").count(PRE)
