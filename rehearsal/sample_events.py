"""Writes the sample events in ``events/``: complete as ECS sends them, and working without an AWS account.

Those of the hooks carry an inline gates file whose endpoints are two containers, ``blue`` and ``green``, on the Docker network that
``sam local invoke`` is told to use. Run ``python -m rehearsal.sample_events`` after a change.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from greenlight.checks import CheckResult, Outcome
from greenlight.gates import CheckProgress, Configured, HookStatus, Progress, Verdict, load_gate
from greenlight.lifecycle.event import parse_event
from greenlight.lifecycle.state import store

FOLDER = Path(__file__).parent.parent / "events"

_ARN = "arn:aws:ecs:eu-west-1:123456789012"
_SERVICE = f"{_ARN}:service/demo/orders"
_DEPLOYMENT = f"{_ARN}:service-deployment/demo/orders/Wq1YtGLBVxKYXHkDCJHyJ"
_BLUE = f"{_ARN}:service-revision/demo/orders/4980306466373577095"
_GREEN = f"{_ARN}:service-revision/demo/orders/8283915277284911312"
_STARTED = 1764000000.0

_PRODUCTION_SMOKE = {
    "endpoint": "http://blue:8080",
    "suite": {
        "version": 1,
        "name": "production is healthy",
        "tests": [
            {"name": "health", "path": "/health", "retries": 3, "expect": {"status": 200, "json": {"status": "ok"}}}
        ],
    },
}
_GREEN_SMOKE = {
    "endpoint": "http://green:8080",
    "suite": {
        "version": 1,
        "name": "orders",
        "tests": [
            {"name": "health", "path": "/health", "retries": 3, "expect": {"status": 200, "json": {"status": "ok"}}},
            {"name": "version", "path": "/version", "expect": {"json": {"version": "2"}}},
            {
                "name": "order can be created, read and cancelled",
                "steps": [
                    {
                        "name": "create",
                        "method": "POST",
                        "path": "/v2/orders",
                        "json": {"tenant": "smoke-test", "sku": "TEST-1"},
                        "expect": {"status": 201, "headers": {"Location": {"matches": "^/v2/orders/[0-9a-f-]+$"}}},
                        "captures": {"order_id": {"json": "id"}},
                    },
                    {
                        "name": "read back",
                        "path": "/v2/orders/{{ order_id }}",
                        "expect": {"json": {"id": "{{ order_id }}", "status": "created"}},
                    },
                    {
                        "name": "cancel",
                        "method": "DELETE",
                        "path": "/v2/orders/{{ order_id }}",
                        "always_run": True,
                        "expect": {"status": [200, 204]},
                    },
                ],
            },
        ],
    },
}
_GATES: dict[str, Any] = {
    "version": 1,
    "service": "orders",
    "pre_scale_up": {"smoke": _PRODUCTION_SMOKE},
    "post_test_traffic_shift": {"smoke": _GREEN_SMOKE},
    "pre_production_traffic_shift": {"smoke": _GREEN_SMOKE},
    "production_traffic_shift": {"smoke": _GREEN_SMOKE},
    "post_production_traffic_shift": {"smoke": _GREEN_SMOKE},
}
_STAGES = {
    "pre-scale-up": "PRE_SCALE_UP",
    "post-test-traffic-shift": "POST_TEST_TRAFFIC_SHIFT",
    "pre-production-traffic-shift": "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "production-traffic-shift": "PRODUCTION_TRAFFIC_SHIFT",
    "post-production-traffic-shift": "POST_PRODUCTION_TRAFFIC_SHIFT",
}
# Green's percent of the production traffic that the event tells, where it tells any.
_GREEN_PERCENT = {"PRE_PRODUCTION_TRAFFIC_SHIFT": 0, "PRODUCTION_TRAFFIC_SHIFT": 100}


def events() -> dict[str, dict[str, Any]]:
    """Return every sample event of a hook by its file name."""
    samples: dict[str, dict[str, Any]] = {}
    for name, stage in _STAGES.items():
        percent = _GREEN_PERCENT.get(stage)
        before = {} if percent is None else {_GREEN: percent, _BLUE: 100 - percent}
        alone = {} if percent is None else {_GREEN: percent}
        forward = _event(stage, production=before)
        samples[f"{name}-forward.json"] = forward
        samples[f"{name}-second-invocation.json"] = _second(forward)
        samples[f"{name}-create.json"] = _event(stage, production=alone, gates=_on_create())
        samples[f"{name}-rollback.json"] = _rollback(stage)
    samples["pre-production-traffic-shift-canary-step.json"] = _event(
        "PRE_PRODUCTION_TRAFFIC_SHIFT", production={_GREEN: 5.5, _BLUE: 94.5}
    )
    return samples


def ecs_events() -> dict[str, dict[str, Any]]:
    """Return every sample event of EventBridge by its file name, as the documentation shows them.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html and
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_hook_state_change_events.html
    """
    changed = {"deploymentId": "ecs-svc/8283915277284911312", "updatedAt": "2025-11-24T16:20:00.123Z"}
    return {
        "deployment-events-completed.json": _ecs_event(
            "ECS Deployment State Change",
            _SERVICE,
            {
                "eventType": "INFO",
                "eventName": "SERVICE_DEPLOYMENT_COMPLETED",
                **changed,
                "reason": "ECS deployment ecs-svc/8283915277284911312 completed.",
            },
        ),
        "deployment-events-failed.json": _ecs_event(
            "ECS Deployment State Change",
            _SERVICE,
            {
                "eventType": "ERROR",
                "eventName": "SERVICE_DEPLOYMENT_FAILED",
                **changed,
                "reason": "ECS deployment circuit breaker: task failed to start.",
            },
        ),
        "deployment-events-steady.json": _ecs_event(
            "ECS Service Action",
            _SERVICE,
            {
                "eventType": "INFO",
                "eventName": "SERVICE_STEADY_STATE",
                "clusterArn": f"{_ARN}:cluster/demo",
                "createdAt": "2025-11-24T16:20:30.123Z",
            },
        ),
        "deployment-events-pause.json": _ecs_event(
            "ECS Hook State Change",
            _DEPLOYMENT,
            {
                "eventType": "INFO",
                "eventName": "HOOK_AWAITING_ACTION",
                "hookId": "ecs-pause-e7tK9G_WRJqNF_EOMjztDXfKenlJuEUVjsNStf4WLKw",
                "hookType": "PAUSE",
                "expiresAt": "2025-11-24T20:00:00Z",
                "lifecycleStage": "PRE_PRODUCTION_TRAFFIC_SHIFT",
                "clusterArn": f"{_ARN}:cluster/demo",
                "serviceArn": _SERVICE,
                "serviceDeploymentArn": _DEPLOYMENT,
                "updatedAt": "2025-11-24T16:00:00.618059641Z",
            },
        ),
    }


def _ecs_event(kind: str, resource: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "3329f79b-3dca-07f8-b1c2-5fe99f0b5e87",
        "detail-type": kind,
        "source": "aws.ecs",
        "account": "123456789012",
        "time": "2025-11-24T16:20:00Z",
        "region": "eu-west-1",
        "resources": [resource],
        "detail": detail,
    }


def _event(
    stage: str,
    *,
    test: Mapping[str, float] | None = None,
    production: Mapping[str, float] | None = None,
    gates: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "executionId": "a635edb5-a66b-4f44-bf3f-fcee4b3641a5",
        "lifecycleStage": stage,
        "resourceArn": _DEPLOYMENT,
        "executionDetails": {
            "serviceArn": _SERVICE,
            "targetServiceRevisionArn": _GREEN,
            "testTrafficWeights": dict(test or {}),
            "productionTrafficWeights": dict(production or {}),
        },
        "hookDetails": {"gates": gates or _GATES},
    }


def _rollback(stage: str) -> dict[str, Any]:
    """Return what ECS sends when the deployment goes back; it does so only at the two shift stages."""
    back = {_GREEN: 0, _BLUE: 100}
    if "PRODUCTION" in stage:
        return _event("PRODUCTION_TRAFFIC_SHIFT", production=back)
    return _event("TEST_TRAFFIC_SHIFT", test=back)


def _on_create() -> dict[str, Any]:
    """Return the gates of a first deployment: nothing is in production yet, so green is what can be asked."""
    return {**_GATES, "pre_scale_up": {"smoke": {**_PRODUCTION_SMOKE, "severity": "warning"}}}


def _second(event: dict[str, Any]) -> dict[str, Any]:
    """Return the same event as ECS sends it after the first answer was IN_PROGRESS, with the state of that answer."""
    parsed = parse_event(event)
    gate = load_gate(Configured(parsed.details["gates"], "hookDetails.gates"), parsed.stage)
    trouble = CheckResult(Outcome.ERROR, "the connection was refused")
    progress = Progress(since=_STARTED, fingerprint=gate.fingerprint, checks={"smoke": CheckProgress().after(trouble)})
    verdict = Verdict(HookStatus.IN_PROGRESS, "waiting for smoke (error 1 of 4): the connection was refused", 10)
    return {**event, "hookDetails": store(parsed, progress, verdict)}


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for name, event in {**events(), **ecs_events()}.items():
        (FOLDER / name).write_text(json.dumps(event, indent=2) + "\n")


if __name__ == "__main__":
    main()
