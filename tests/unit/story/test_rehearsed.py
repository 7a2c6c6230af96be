"""The stand-in for ECS plays deployments that end badly, and the story finds the cause in the record that is left."""

import pytest

from greenlight.story import Cause, tell
from tests.rehearsal.fake_world import PREFIX, Rehearsed, lambda_hook, pause_hook

OURS, THEIRS = f"{PREFIX}ours", f"{PREFIX}theirs"
STAGE = "POST_TEST_TRAFFIC_SHIFT"
SHORT = {"timeoutConfiguration": {"timeoutInMinutes": 1, "action": "ROLLBACK"}}
WAIT = {"hookStatus": "IN_PROGRESS", "callBackDelay": 20}


def story_of(rehearsed, result, **known):
    """The story of a deployment of which nothing is recorded."""
    return tell(rehearsed.record(result), [], [], functions=[OURS], **known)


@pytest.mark.parametrize(
    ("hooks", "replies", "cause"),
    [
        ([lambda_hook("ours", STAGE)], {"ours": {"hookStatus": "FAILED"}}, Cause.GREENLIGHT),
        ([lambda_hook("theirs", STAGE)], {"theirs": {"hookStatus": "FAILED"}}, Cause.OTHER_HOOK),
        ([lambda_hook("ours", STAGE)], {"ours": {"errorMessage": "Task timed out"}}, Cause.HOOK_CRASHED),
        ([lambda_hook("theirs", STAGE)], {"theirs": {}}, Cause.OTHER_HOOK),
        ([lambda_hook("ours", STAGE, **SHORT)], {"ours": WAIT}, Cause.HOOK_TIMEOUT),
        ([pause_hook(STAGE, **SHORT)], {}, Cause.HOOK_TIMEOUT),
        ([lambda_hook("ours", STAGE)], {"ours": {"hookStatus": "SUCCEEDED"}}, Cause.SUCCEEDED),
    ],
)
def test_an_update_that_ends_has_its_cause(hooks, replies, cause):
    """In the words of the stand-in, which are ECS's wherever those are known."""
    rehearsed = Rehearsed(hooks, replies)
    story = story_of(rehearsed, rehearsed.update())

    assert cause == story.cause, story.text
    assert (cause is Cause.SUCCEEDED) == story.good


def test_a_create_that_fails_has_the_cause_of_its_failure():
    """There is nothing to go back to, and that is not the cause."""
    rehearsed = Rehearsed([lambda_hook("ours", STAGE)], {"ours": {"hookStatus": "FAILED"}})
    story = story_of(rehearsed, rehearsed.create())

    assert Cause.GREENLIGHT == story.cause
    assert "there is nothing to go back to" in story.headline


def test_a_way_back_that_fails_is_what_somebody_has_to_look_at():
    """Both causes are told."""
    going_back = {"hookStatus": "FAILED"}

    def switch(event):
        weights = event["executionDetails"]["productionTrafficWeights"]
        green = event["executionDetails"]["targetServiceRevisionArn"]
        return going_back if not weights.get(green) else {"hookStatus": "SUCCEEDED"}

    hooks = [lambda_hook("theirs", "PRODUCTION_TRAFFIC_SHIFT"), lambda_hook("ours", "POST_PRODUCTION_TRAFFIC_SHIFT")]
    rehearsed = Rehearsed(hooks, {"theirs": switch, "ours": {"hookStatus": "FAILED"}})
    story = story_of(rehearsed, rehearsed.update())

    assert Cause.ROLLBACK_FAILED == story.cause
    assert "by Greenlight at POST_PRODUCTION_TRAFFIC_SHIFT" in story.headline
    assert any(line.startswith("way back: ") and "theirs" in line for line in story.lines)


@pytest.mark.parametrize(("kind", "cause"), [("ROLLBACK", Cause.MANUAL_ROLLBACK), ("ABORT", Cause.MANUAL_STOP)])
def test_somebody_who_stops_it_is_the_cause(kind, cause):
    """No hook failed."""
    rehearsed = Rehearsed([lambda_hook("ours", STAGE)], {})

    def stop(event):
        rehearsed.world.store.request_stop(event["resourceArn"], kind)
        return {"hookStatus": "SUCCEEDED"}

    rehearsed.invoker.replies["ours"] = [stop]
    story = story_of(rehearsed, rehearsed.update())

    assert cause == story.cause, story.text


def test_a_pause_hook_that_is_refused_is_told_as_that():
    """ContinueServiceDeployment with ROLLBACK."""
    rehearsed = Rehearsed([pause_hook(STAGE)], {})

    def refuse(event):
        if type(event).__name__ == "HookWaiting":
            (arn,) = (each["serviceDeploymentArn"] for each in _deployments(rehearsed))
            rehearsed.world.store.decide(arn, event.hook_id, "ROLLBACK")

    rehearsed.watchers.append(refuse)
    story = story_of(rehearsed, rehearsed.update())

    assert Cause.PAUSE_REFUSED == story.cause, story.text


def _deployments(rehearsed):
    return rehearsed.world.store.deployments_of(rehearsed.world.service.service_arn)


def test_a_canary_has_a_story():
    """Whatever the strategy."""
    rehearsed = Rehearsed(
        [lambda_hook("ours", "PRE_PRODUCTION_TRAFFIC_SHIFT")],
        {"ours": [{"hookStatus": "SUCCEEDED"}, {"hookStatus": "FAILED"}]},
        strategy="CANARY",
    )
    story = story_of(rehearsed, rehearsed.update())

    assert Cause.GREENLIGHT == story.cause
    assert "at PRE_PRODUCTION_TRAFFIC_SHIFT" in story.headline
