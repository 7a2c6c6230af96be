"""What ECS says when it calls, in every shape and with every oddity."""

import copy
import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from greenlight.lifecycle.event import Direction, EventError, HookEvent, parse_event
from greenlight.stages import Stage

BLUE = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/1"
GREEN = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/2"
EVENT = {
    "executionId": "8d1b3a5e-5c8e-4d5c-9a5d-3f0a6a2a2f51",
    "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT",
    "resourceArn": "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/d1",
    "executionDetails": {
        "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders",
        "targetServiceRevisionArn": GREEN,
        "testTrafficWeights": {},
        "productionTrafficWeights": {},
    },
}


def event(stage="POST_TEST_TRAFFIC_SHIFT", *, test=None, production=None, **more):
    """An event that is read, with what is unusual about it."""
    raw = copy.deepcopy(EVENT) | {"lifecycleStage": stage} | more
    raw["executionDetails"] |= {"testTrafficWeights": test or {}, "productionTrafficWeights": production or {}}
    return parse_event(raw)


def test_an_event_is_read():
    """Every part of it, and the short names that logs use."""
    assert HookEvent(
        stage="POST_TEST_TRAFFIC_SHIFT",
        execution_id="8d1b3a5e-5c8e-4d5c-9a5d-3f0a6a2a2f51",
        deployment_arn="arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/d1",
        service_arn="arn:aws:ecs:eu-west-1:123456789012:service/shop/orders",
        green_arn=GREEN,
        test_weights={},
        production_weights={},
        details={"gates": "ssm:/orders"},
    ) == parse_event(EVENT | {"hookDetails": {"gates": "ssm:/orders"}})
    assert ("orders", "d1") == (parse_event(EVENT).service_name, parse_event(EVENT).deployment_id)


def test_the_flat_shape_says_the_same():
    """Older documentation has the execution's details at the top; both become one value."""
    flat = {key: value for key, value in EVENT.items() if key != "executionDetails"} | EVENT["executionDetails"]
    assert parse_event(EVENT) == parse_event(flat)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (("lifecycleStage",), "lifecycleStage"),
        (("resourceArn",), "resourceArn"),
        (("executionDetails", "serviceArn"), "executionDetails.serviceArn"),
        (("executionDetails", "targetServiceRevisionArn"), "executionDetails.targetServiceRevisionArn"),
        (("executionDetails",), "executionDetails.serviceArn, executionDetails.targetServiceRevisionArn"),
    ],
)
@pytest.mark.parametrize("cut", [None, "", "  ", 5, [], {}, "gone"])
def test_a_truncated_event_names_what_is_missing(path, told, cut):
    """All of it at once; an empty text or a number is as good as nothing."""
    raw = copy.deepcopy(EVENT)
    holder = raw if len(path) == 1 else raw[path[0]]
    if cut == "gone":
        del holder[path[-1]]
    else:
        holder[path[-1]] = cut
    with pytest.raises(EventError) as caught:
        parse_event(raw)
    assert f"the event has no {told}; is it cut short, or not from ECS?" == str(caught.value)


@pytest.mark.parametrize("raw", [None, [], "text", 5, True, [EVENT], json.dumps(EVENT)])
def test_an_event_that_is_no_object_is_refused(raw):
    """ECS did not send it, and the message shows what came."""
    with pytest.raises(EventError, match=r"the event is no JSON object but .*; ECS did not send this"):
        parse_event(raw)


def test_a_large_event_is_shown_in_part():
    """The message goes to a log and into hookDetails."""
    with pytest.raises(EventError) as caught:
        parse_event(["x" * 10_000])
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("stage", ["BAKE_TIME", "SOME_NEW_STAGE"])
def test_a_stage_is_an_open_string(stage):
    """The API's own list of stages is not complete, so a new one is no broken event."""
    assert stage == event(stage).stage


def test_a_stage_is_read_however_it_is_written():
    """A stage in small letters is what a hand-written test event has."""
    assert Stage.PRE_SCALE_UP == event(" pre_scale_up\n").stage


FORWARD, BACK, HALF = {GREEN: 100, BLUE: 0}, {GREEN: 0, BLUE: 100}, {GREEN: 10, BLUE: 90}
ROLLBACKS = {
    (Stage.TEST_TRAFFIC_SHIFT, "test"),
    (Stage.PRODUCTION_TRAFFIC_SHIFT, "production"),
}


@pytest.mark.parametrize("stage", [*Stage, "SOME_NEW_STAGE"])
@pytest.mark.parametrize("kind", ["test", "production"])
@pytest.mark.parametrize(
    ("weights", "goes_back"),
    [
        ({}, False),
        (FORWARD, False),
        (HALF, False),
        (BACK, True),
        ({BLUE: 100}, True),
        ({GREEN: 0}, False),
        ({GREEN: 100}, False),
        ({GREEN: 0, BLUE: 60, "other": 40}, True),
        ({GREEN: 0, BLUE: 0}, False),
        ({GREEN: 0.0, BLUE: 99.9}, True),
        ({GREEN: "0", BLUE: "100"}, True),
        ({GREEN: 0.1, BLUE: 99.9}, False),
    ],
)
def test_only_the_two_shifts_can_go_back(stage, kind, weights, goes_back):
    """Green at 0 and others above is a rollback at the shift of that listener, and nowhere else.

    At PRE_PRODUCTION_TRAFFIC_SHIFT the production map stands as it is before the step, which looks the same.
    """
    found = event(stage, **{kind: weights}).direction
    assert (Direction.ROLLBACK if goes_back and (stage, kind) in ROLLBACKS else Direction.FORWARD) == found


@pytest.mark.parametrize("other", [BACK, FORWARD])
def test_each_shift_looks_at_its_own_listener(other):
    """What the other listener does says nothing about this one."""
    assert Direction.FORWARD == event(Stage.TEST_TRAFFIC_SHIFT, test=FORWARD, production=other).direction
    assert Direction.ROLLBACK == event(Stage.PRODUCTION_TRAFFIC_SHIFT, test=other, production=BACK).direction


@pytest.mark.parametrize(
    "garbage", [None, "", "10%", "many", [], {}, True, "nan", float("nan"), "inf", pytest.param(10**400, id="huge")]
)
def test_a_weight_of_green_that_cannot_be_read_is_no_rollback(garbage):
    """A rollback is let through unchecked, so it takes more than a number that went missing to call it one."""
    weights = {GREEN: garbage, BLUE: 90}
    assert Direction.FORWARD == event(Stage.PRODUCTION_TRAFFIC_SHIFT, production=weights).direction


@pytest.mark.parametrize("garbage", [None, "many", "nan", "inf", True, []])
def test_a_weight_of_blue_that_cannot_be_read_is_no_rollback(garbage):
    """That green has nothing yet is how every shift begins; only a real number says that blue has it all."""
    weights = {GREEN: 0, BLUE: garbage}
    assert Direction.FORWARD == event(Stage.PRODUCTION_TRAFFIC_SHIFT, production=weights).direction


@pytest.mark.parametrize(
    ("test", "production", "is_create"),
    [
        ({}, {}, None),
        ({}, {GREEN: 100}, True),
        ({}, {GREEN: 0}, True),
        ({GREEN: 100}, {}, True),
        ({}, BACK, False),
        ({}, FORWARD, False),
        (FORWARD, {}, False),
        ({GREEN: 100}, BACK, False),
        ({}, {BLUE: 100}, False),
    ],
)
def test_a_map_with_green_alone_is_a_create(test, production, is_create):
    """Empty maps do not say, and ECS has to be asked."""
    assert is_create is event(test=test, production=production).is_create


@pytest.mark.parametrize("garbage", [None, "many", [], {}, True, "nan"])
def test_a_weight_of_blue_that_cannot_be_read_makes_no_create(garbage):
    """A create leaves checks out, so blue must not vanish because its number did."""
    assert event(production={GREEN: 0, BLUE: garbage}).is_create is not True


@pytest.mark.parametrize(
    ("value", "weight"), [(0, 0.0), (100, 100.0), (33.3, 33.3), ("33.3", 33.3), (" 5 ", 5.0), ("1e1", 10.0)]
)
def test_a_weight_is_int_float_or_text(value, weight):
    """Canary percents come in steps of 0.1, and some tools write numbers as text."""
    assert {GREEN: weight} == event(production={GREEN: value}).production_weights


@pytest.mark.parametrize("garbage", [True, False, None, "", "many", "nan", "inf", [], {}])
def test_anything_else_is_no_weight(garbage):
    """Not even true, which Python takes for 1."""
    assert not math.isfinite(event(production={GREEN: garbage}).production_weights.get(GREEN, math.nan))


@pytest.mark.parametrize("weights", [None, [], "text", 5, [GREEN, 100]])
def test_a_map_that_is_none_says_nothing(weights):
    """As if it were empty."""
    raw = copy.deepcopy(EVENT)
    raw["executionDetails"]["productionTrafficWeights"] = weights
    read = parse_event(raw)
    assert ({}, None, Direction.FORWARD) == (read.production_weights, read.is_create, read.direction)


@pytest.mark.parametrize(
    ("raw", "details"),
    [
        (None, {}),
        ("", {}),
        ({}, {}),
        ("{}", {}),
        ("null", {}),
        ({"gates": "ssm:/a", "other": [1, None]}, {"gates": "ssm:/a", "other": [1, None]}),
        ('{"gates": "ssm:/a"}', {"gates": "ssm:/a"}),
    ],
)
def test_hook_details_are_an_object_or_its_text(raw, details):
    """Some tools hand the configured object over as text; nothing at all is the usual case."""
    read = event(hookDetails=raw)
    assert (details, "") == (read.details, read.details_problem)


def test_an_event_without_hook_details_has_none():
    """ECS leaves the key out when nothing is configured."""
    read = parse_event(EVENT)
    assert ({}, "") == (read.details, read.details_problem)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("{gates", "hookDetails is text that is not JSON: {gates; configure it as an object"),
        ("[" * 100_000, "hookDetails is text that is not JSON: [[["),
        ([], "hookDetails is no object but []; configure it as an object"),
        ("[1]", "hookDetails is no object but [1]; configure it as an object"),
        (5, "hookDetails is no object but 5; configure it as an object"),
        (False, "hookDetails is no object but false; configure it as an object"),
        ('"text"', "hookDetails is no object but text; configure it as an object"),
    ],
)
def test_hook_details_that_make_no_sense_are_told(raw, problem):
    """The event is good all the same: a rollback must not end at a mangled hookDetails."""
    read = event(hookDetails=raw)
    assert {} == read.details
    assert read.details_problem.startswith(problem)


def nested(depth):
    """A list in a list in a list."""
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("depth", [500, 960, 5_000])
def test_nesting_does_no_harm(depth):
    """What is too deep to be shown is still no event, and still no hookDetails."""
    with pytest.raises(EventError, match="the event is no JSON object"):
        parse_event(nested(depth))
    assert "hookDetails is no object" in event(hookDetails=nested(depth)).details_problem


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=15,
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "lifecycleStage": st.sampled_from([*Stage]) | JSON,
        "resourceArn": st.just(EVENT["resourceArn"]) | JSON,
        "executionId": JSON,
        "hookDetails": JSON,
        "executionDetails": JSON
        | st.fixed_dictionaries(
            {},
            optional={
                "serviceArn": st.just("arn/service") | JSON,
                "targetServiceRevisionArn": st.just(GREEN) | JSON,
                "testTrafficWeights": st.dictionaries(st.sampled_from([GREEN, BLUE, "x"]), JSON) | JSON,
                "productionTrafficWeights": st.dictionaries(st.sampled_from([GREEN, BLUE, "x"]), JSON) | JSON,
            },
        ),
    },
)


@given(JSON | NEARLY)
@example({"lifecycleStage": "X", "resourceArn": "r", "serviceArn": "s", "targetServiceRevisionArn": "t"})
def test_any_json_is_an_event_or_a_mistake(raw):
    """Nothing but EventError comes out, and whatever is read can be asked for its direction."""
    try:
        read = parse_event(raw)
    except EventError as error:
        told = str(error)
    else:
        told = read.stage.strip()
        assert read.direction in Direction
        assert read.is_create in (None, True, False)
    assert told
