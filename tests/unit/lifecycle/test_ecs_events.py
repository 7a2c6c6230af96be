"""Events of ECS as EventBridge hands them over."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.lifecycle.ecs_events import ForeignEventError, parse_ecs_event

ARN = "arn:aws:ecs:us-west-2:123456789012"
DEPLOYMENT_ARN = f"{ARN}:service-deployment/my-cluster/my-service/0EYSiB0qap8xf0N76FsbE"
SERVICE_ARN = f"{ARN}:service/my-cluster/my-service"


def envelope(detail, *, resources=(SERVICE_ARN,), kind="ECS Deployment State Change"):
    """What EventBridge puts around it."""
    return {
        "version": "0",
        "id": "3329f79b-3dca-07f8-b1c2-5fe99f0b5e87",
        "detail-type": kind,
        "source": "aws.ecs",
        "account": "123456789012",
        "time": "2026-03-05T15:54:41Z",
        "region": "us-west-2",
        "resources": list(resources),
        "detail": detail,
    }


HOOK = envelope(
    {
        "eventType": "INFO",
        "eventName": "HOOK_AWAITING_ACTION",
        "hookId": "ecs-pause-e7tK9G",
        "hookType": "PAUSE",
        "expiresAt": "2026-03-05T16:04:41Z",
        "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT",
        "clusterArn": f"{ARN}:cluster/my-cluster",
        "serviceArn": SERVICE_ARN,
        "serviceDeploymentArn": DEPLOYMENT_ARN,
        "updatedAt": "2026-03-05T15:54:41.618059641Z",
    },
    resources=[DEPLOYMENT_ARN],
    kind="ECS Hook State Change",
)
COMPLETED = envelope(
    {
        "eventType": "INFO",
        "eventName": "SERVICE_DEPLOYMENT_COMPLETED",
        "deploymentId": "ecs-svc/123",
        "updatedAt": "2020-05-23T11:11:11Z",
        "reason": "ECS deployment deploymentID completed.",
    }
)


def test_a_hook_event_is_read():
    """The example of the documentation."""
    event = parse_ecs_event(HOOK)
    assert ("HOOK_AWAITING_ACTION", "ecs-pause-e7tK9G", True, "POST_TEST_TRAFFIC_SHIFT", 1772726681.0) == (
        event.name,
        event.hook_id,
        event.is_pause,
        event.stage,
        event.expires_at,
    )
    assert (DEPLOYMENT_ARN, SERVICE_ARN, f"{ARN}:cluster/my-cluster") == (
        event.deployment_arn,
        event.service_arn,
        event.cluster,
    )


def test_a_deployment_event_is_read():
    """It names the service alone, which names its cluster."""
    event = parse_ecs_event(COMPLETED)
    assert ("SERVICE_DEPLOYMENT_COMPLETED", SERVICE_ARN, "my-cluster", "", "", False, None) == (
        event.name,
        event.service_arn,
        event.cluster,
        event.deployment_arn,
        event.hook_id,
        event.is_pause,
        event.expires_at,
    )


def test_a_hook_event_without_a_service_has_one_by_its_deployment():
    """The ARN of a service deployment holds cluster and service."""
    detail = {key: HOOK["detail"][key] for key in ("eventName", "hookId", "serviceDeploymentArn")}
    event = parse_ecs_event(envelope(detail, resources=[]))
    assert (SERVICE_ARN, "my-cluster") == (event.service_arn, event.cluster)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-05T16:04:41Z", 1772726681.0),
        ("2026-03-05T16:04:41.618059641Z", 1772726681.618059),
        ("2026-03-05T16:04:41.5Z", 1772726681.5),
        ("2026-03-05T16:04:41+00:00", 1772726681.0),
        ("soon", None),
        ("", None),
    ],
)
def test_times_are_read_to_the_last_digit(written, moment):
    """ECS writes nine of them in one place, and none in another."""
    event = parse_ecs_event(HOOK | {"detail": HOOK["detail"] | {"expiresAt": written}})
    assert moment == event.expires_at


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {},
        HOOK | {"source": "greenlight"},
        HOOK | {"detail": None},
        envelope({}, resources=[]),
        envelope({"eventName": "SERVICE_DEPLOYMENT_COMPLETED"}, resources=[]),
        envelope({"eventName": "SERVICE_DEPLOYMENT_COMPLETED"}, resources=[f"{ARN}:service/of-the-old-format"]),
        COMPLETED | {"detail": COMPLETED["detail"] | {"eventName": 5}},
    ],
)
def test_what_is_no_event_of_a_service_is_refused(raw):
    """Another attempt would not help."""
    with pytest.raises(ForeignEventError):
        parse_ecs_event(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*HOOK, *HOOK["detail"]]), inner),
    max_leaves=20,
)


@given(JSON, st.dictionaries(st.sampled_from(list(HOOK["detail"])), JSON))
def test_any_event_is_read_or_refused(whole, changed):
    """Nothing else gets out."""
    for raw in (whole, HOOK | {"detail": HOOK["detail"] | changed}):
        with suppress(ForeignEventError):
            assert parse_ecs_event(raw).service_arn
