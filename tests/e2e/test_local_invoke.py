"""Every sample event through the real ``sam local invoke``, against green and blue in containers."""

import json

import pytest

from rehearsal.sample_events import FOLDER
from tests.e2e.conftest import run

FUNCTIONS = {
    "pre-scale-up": "PreScaleUpFunction",
    "post-test-traffic-shift": "PostTestTrafficShiftFunction",
    "pre-production-traffic-shift": "PreProductionTrafficShiftFunction",
    "post-production-traffic-shift": "PostProductionTrafficShiftFunction",
}
# The function at PRODUCTION_TRAFFIC_SHIFT is deployed only on request, and that on events needs ECS to ask.
EVENTS = sorted(path.name for path in FOLDER.glob("*.json") if path.name.startswith(tuple(FUNCTIONS)))


def invoke(sam, built, network, image_options, function, event):
    """The reply of a function to an event, and what it logged."""
    said = run(
        *(sam, "local", "invoke", function, "--template", str(built / "template.yaml"), "--event", str(event)),
        *("--docker-network", network.name, "--region", "eu-west-1", *image_options),
    )
    return json.loads(said.strip().splitlines()[-1])


def asking(endpoint, folder):
    """An event whose gates ask another endpoint than green's."""
    event = json.loads((FOLDER / "post-test-traffic-shift-forward.json").read_text())
    event["hookDetails"]["gates"]["post_test_traffic_shift"]["smoke"]["endpoint"] = endpoint
    path = folder / "event.json"
    path.write_text(json.dumps(event))
    return path


@pytest.mark.parametrize("event", EVENTS)
def test_each_sample_event_gets_the_reply_that_it_is_made_for(sam, built, network, image_options, event):
    """Forward, second invocation, create and canary step pass on what green answers; a rollback passes at once."""
    function = next(function for prefix, function in FUNCTIONS.items() if event.startswith(prefix))
    sent = json.loads((FOLDER / event).read_text())

    reply = invoke(sam, built, network, image_options, function, FOLDER / event)

    state = reply["hookDetails"]["greenlight"]
    assert (reply["hookStatus"], "callBackDelay" in reply) == ("SUCCEEDED", False), reply
    assert reply["hookDetails"]["gates"] == sent["hookDetails"]["gates"]
    if "rollback" in event:
        assert "going back" in state["reason"]
    else:
        assert state["checks"]["smoke"]["outcome"] == "passed"
        assert state["attempt"] == (2 if "second" in event else 1)


def test_a_broken_green_is_refused(sam, built, network, image_options, tmp_path):
    """An event whose gates ask blue for version 2 gets FAILED, with what was expected and what came."""
    path = asking("http://blue:8080", tmp_path)

    reply = invoke(sam, built, network, image_options, "PostTestTrafficShiftFunction", path)

    assert reply["hookStatus"] == "FAILED"
    assert 'expected json version "2", got "1"' in reply["hookDetails"]["greenlight"]["reason"]


def test_an_unreachable_green_is_no_verdict(sam, built, network, image_options, tmp_path):
    """Where nothing listens the reply is IN_PROGRESS, and it says what to look at."""
    path = asking("http://green:9", tmp_path)

    reply = invoke(sam, built, network, image_options, "PostTestTrafficShiftFunction", path)

    assert (reply["hookStatus"], reply["callBackDelay"]) == ("IN_PROGRESS", 10)
    assert "security group" in reply["hookDetails"]["greenlight"]["reason"]
