"""Whatever arrives as an event, the reply is valid, and nothing unchecked passes."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.support import STAGES, Function

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
# Names that mean something make it likely that the draw gets past the first guard.
GREEN = "arn:aws:ecs:eu-west-1:123456789012:service-revision/demo/orders/green"
WEIGHTS = st.dictionaries(st.sampled_from([GREEN, "blue"]), JSON, max_size=2) | JSON
DETAILS = st.fixed_dictionaries(
    {},
    optional={
        "serviceArn": JSON | st.just("arn:aws:ecs:eu-west-1:123456789012:service/demo/orders"),
        "targetServiceRevisionArn": JSON | st.just(GREEN),
        "testTrafficWeights": WEIGHTS,
        "productionTrafficWeights": WEIGHTS,
    },
)
EVENT = st.fixed_dictionaries(
    {},
    optional={
        "executionId": JSON,
        "lifecycleStage": JSON | st.sampled_from([*STAGES, "TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"]),
        "resourceArn": JSON | st.just("arn:aws:ecs:eu-west-1:123456789012:service-deployment/demo/orders/1"),
        "executionDetails": DETAILS | JSON,
        # Never without gates: the packaged default would go out and look.
        "hookDetails": st.fixed_dictionaries({"gates": JSON.filter(bool)}, optional={"greenlight": JSON}),
    },
)
FUNCTION = Function("POST_TEST_TRAFFIC_SHIFT", gates="none of the known forms")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON | EVENT)
def test_any_json_gets_a_valid_reply(event):
    """No JSON value makes a function raise or answer SUCCEEDED, but for one that is a rollback."""
    reply = FUNCTION(event)

    if reply["hookStatus"] == "SUCCEEDED":
        assert "going back" in reply["hookDetails"]["greenlight"]["reason"]
        assert event["lifecycleStage"].strip().upper() in ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
