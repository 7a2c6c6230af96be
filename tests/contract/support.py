"""The functions as Lambda loads them, and the events that ECS sends them."""

import importlib.util
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from rehearsal.world import Revision, World

HOOKS = Path(__file__).parents[2] / "hooks"
STAGES = (
    "PRE_SCALE_UP",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)
SITUATIONS = ("create", "update", "rollback")
STATUSES = {"SUCCEEDED", "FAILED", "IN_PROGRESS"}

HEALTH = {
    "version": 1,
    "name": "health",
    "tests": [{"name": "health", "path": "/health", "expect": {"status": 200, "json": {"status": "ok"}}}],
}
SWITCH = "/orders/active-revision"
GATES = {"version": 1, "service": "orders"} | {stage.lower(): {"smoke": {"suite": HEALTH}} for stage in STAGES}
GATES["production_traffic_shift"] = {"smoke": {"suite": HEALTH}, "switch": {"parameter": SWITCH}}


@dataclass(frozen=True)
class Setting:
    """A service whose version 1 is in production and whose version 2 is behind the test listener."""

    world: World
    blue: Revision
    green: Revision

    def event(self, stage: str, situation: str, **details: Any) -> dict[str, Any]:
        """What ECS sends to the function of a stage."""
        weights: dict[str, dict[str, float]] = {"testTrafficWeights": {}, "productionTrafficWeights": {}}
        back = {self.green.arn: 0, self.blue.arn: 100}
        if situation == "rollback":
            kind = "production" if "PRODUCTION" in stage else "test"
            stage, weights[f"{kind}TrafficWeights"] = f"{kind.upper()}_TRAFFIC_SHIFT", back
        elif stage == "PRE_PRODUCTION_TRAFFIC_SHIFT":
            weights["productionTrafficWeights"] = {self.green.arn: 0} if situation == "create" else back
        elif stage == "PRODUCTION_TRAFFIC_SHIFT":
            blue = {} if situation == "create" else {self.blue.arn: 0}
            weights["productionTrafficWeights"] = {self.green.arn: 100, **blue}
        return {
            "executionId": "6f9e2a7e-1d0f-4d3a-9b0d-0f6c3a6a6a11",
            "lifecycleStage": stage,
            "resourceArn": self.deployment_arn(situation),
            "executionDetails": {
                "serviceArn": self.world.service.service_arn,
                "targetServiceRevisionArn": self.green.arn,
                **weights,
            },
            "hookDetails": {"gates": GATES, "team": "orders", **details},
        }

    def deployment_arn(self, situation: str) -> str:
        """The ARN of the service deployment of a situation."""
        service = self.world.service
        name = f"{service.cluster_name}/{service.service_name}/{situation}"
        return f"arn:aws:ecs:{self.world.aws.region}:{self.world.aws.account_id}:service-deployment/{name}"


class Function:
    """A hook function, called as Lambda calls it."""

    def __init__(self, stage: str, gates: str = "", **environment: str) -> None:
        self.arn = f"arn:aws:lambda:eu-west-1:123456789012:function:{stage}"
        path = HOOKS / stage.lower() / "app.py"
        spec = importlib.util.spec_from_file_location(f"app_{stage.lower()}", path)
        module = importlib.util.module_from_spec(spec)
        with (
            patch.dict(os.environ, {"GATES": gates, **environment}),
            patch.object(sys, "dont_write_bytecode", new=True),
        ):
            spec.loader.exec_module(module)
        self._handler = module.lambda_handler

    def __call__(self, event: Any, *, seconds: float = 60) -> dict[str, Any]:
        """Call it with so many seconds left, through JSON both ways, and check the reply's form."""
        context = SimpleNamespace(
            get_remaining_time_in_millis=lambda: int(seconds * 1000), invoked_function_arn=self.arn
        )
        reply = json.loads(json.dumps(self._handler(json.loads(json.dumps(event)), context)))
        assert_valid(reply)
        return reply


def assert_valid(reply: dict[str, Any]) -> None:
    """A reply that ECS understands: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html."""
    assert set(reply) <= {"hookStatus", "callBackDelay", "hookDetails"}
    assert reply["hookStatus"] in STATUSES
    assert ("callBackDelay" in reply) == (reply["hookStatus"] == "IN_PROGRESS")
    if "callBackDelay" in reply:
        assert type(reply["callBackDelay"]) is int
        assert 5 <= reply["callBackDelay"] <= 900
    assert len(reply["hookDetails"]["greenlight"]["reason"]) > 10
