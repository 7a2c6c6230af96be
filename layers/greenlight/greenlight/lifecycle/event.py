"""What ECS says when it calls: both payload shapes and every oddity, turned into one value.

The payload: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from greenlight.stages import Stage

_SHOWN_CHARACTERS = 60


class EventError(Exception):
    """When an event is not what ECS sends; it names everything that is wrong with it."""


class Direction(StrEnum):
    """Whether a deployment goes on or back."""

    FORWARD = "forward"
    ROLLBACK = "rollback"


@dataclass(frozen=True)
class HookEvent:
    """A call of ECS.

    Attributes:
        stage: The lifecycle stage; an open string, because the API's own enumeration lacks one.
        execution_id: ECS's identifier of this call, for the log.
        deployment_arn: ARN of the service deployment.
        service_arn: ARN of the service.
        green_arn: ARN of the service revision that is deployed; in a rollback, too.
        test_weights: Service revision ARN → percent of the test traffic.
        production_weights: Service revision ARN → percent of the production traffic.
        details: What was configured for the hook, with what we returned earlier.
        details_problem: Why the details could not be read; empty where they could.
    """

    stage: str
    execution_id: str
    deployment_arn: str
    service_arn: str
    green_arn: str
    test_weights: Mapping[str, float]
    production_weights: Mapping[str, float]
    details: Mapping[str, Any]
    details_problem: str = ""

    @property
    def service_name(self) -> str:
        """Return the last part of the service's ARN."""
        return self.service_arn.rpartition("/")[2]

    @property
    def deployment_id(self) -> str:
        """Return the last part of the service deployment's ARN."""
        return self.deployment_arn.rpartition("/")[2]

    @property
    def step(self) -> str:
        """Name the step of a canary or linear shift, each of which asks the gate anew; empty before the first."""
        weight = self.production_weights.get(self.green_arn, 0)
        return f"at-{weight:g}-percent" if weight else ""

    @property
    def direction(self) -> Direction:
        """Return where the deployment is going.

        There is no stage for a rollback: ECS calls at the two shift stages again, with the weights going back.
        PRE_PRODUCTION_TRAFFIC_SHIFT looks the same and is no rollback.
        """
        shifts: dict[str, Mapping[str, float]] = {
            Stage.TEST_TRAFFIC_SHIFT: self.test_weights,
            Stage.PRODUCTION_TRAFFIC_SHIFT: self.production_weights,
        }
        weights = shifts.get(self.stage, {})
        others = any(weight > 0 for arn, weight in weights.items() if arn != self.green_arn)
        return Direction.ROLLBACK if others and not weights.get(self.green_arn) else Direction.FORWARD

    @property
    def is_create(self) -> bool | None:
        """Tell whether the service is deployed for the first time; None where the event's weights do not say."""
        weights = self.production_weights or self.test_weights
        return None if not weights else set(weights) == {self.green_arn}


def parse_event(raw: Any) -> HookEvent:
    """Read an event.

    Args:
        raw: What Lambda handed over.

    Raises:
        EventError: When the stage or one of the ARNs is missing.
    """
    if not isinstance(raw, dict):
        raise EventError(f"the event is no JSON object but {_shown(raw)}; ECS did not send this")
    nested = raw.get("executionDetails")
    # Older documentation shows the execution's details at the top.
    execution = nested if isinstance(nested, dict) else raw
    required = {
        "lifecycleStage": raw.get("lifecycleStage"),
        "resourceArn": raw.get("resourceArn"),
        "executionDetails.serviceArn": execution.get("serviceArn"),
        "executionDetails.targetServiceRevisionArn": execution.get("targetServiceRevisionArn"),
    }
    wrong = [key for key, value in required.items() if not (isinstance(value, str) and value.strip())]
    if wrong:
        raise EventError(f"the event has no {', '.join(wrong)}; is it cut short, or not from ECS?")
    details, problem = _details(raw.get("hookDetails"))
    return HookEvent(
        stage=str(raw["lifecycleStage"]).strip().upper(),
        execution_id=str(raw.get("executionId") or ""),
        deployment_arn=str(raw["resourceArn"]),
        service_arn=str(execution["serviceArn"]),
        green_arn=str(execution["targetServiceRevisionArn"]),
        test_weights=_weights(execution.get("testTrafficWeights")),
        production_weights=_weights(execution.get("productionTrafficWeights")),
        details=details,
        details_problem=problem,
    )


def _weights(raw: Any) -> dict[str, float]:
    """Read a weight map; a weight that makes no sense is NaN, so that its revision stays on the map."""
    return {str(arn): _weight(value) for arn, value in raw.items()} if isinstance(raw, dict) else {}


def _weight(value: Any) -> float:
    """Read a weight: an int, a float, or text from some tools."""
    if isinstance(value, bool):
        return math.nan
    try:
        weight = float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return weight if math.isfinite(weight) else math.nan


def _details(raw: Any) -> tuple[dict[str, Any], str]:
    """Read hookDetails; some tools hand the object over as text."""
    if raw is None or raw == "":
        return {}, ""
    value = raw
    if isinstance(raw, str):
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            return {}, f"hookDetails is text that is not JSON: {_shown(raw)}; configure it as an object"
    if value is None:
        return {}, ""
    if not isinstance(value, dict):
        return {}, f"hookDetails is no object but {_shown(value)}; configure it as an object"
    return value, ""


def _shown(value: Any) -> str:
    try:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
    except RecursionError:
        text = f"{type(value).__name__} that nests too deep to be shown"
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
