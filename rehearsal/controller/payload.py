"""The event that ECS sends to a hook."""

from collections.abc import Mapping
from typing import Any

from rehearsal.controller.plan import Listener


def hook_event(
    *,
    execution_id: str,
    stage: str,
    deployment_arn: str,
    service_arn: str,
    green_arn: str,
    weights: Mapping[Listener, Mapping[str, float]],
    details: Any,
) -> dict[str, Any]:
    """Make the event of one invocation.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html

    Args:
        execution_id: The id of the hook's execution.
        stage: The lifecycle stage.
        deployment_arn: The service deployment.
        service_arn: The service.
        green_arn: The target service revision, in a rollback too.
        weights: The maps that the stage fills.
        details: The hookDetails; None leaves the key out.
    """
    event: dict[str, Any] = {
        "executionId": execution_id,
        "lifecycleStage": stage,
        "resourceArn": deployment_arn,
        "executionDetails": {
            "serviceArn": service_arn,
            "targetServiceRevisionArn": green_arn,
            "testTrafficWeights": dict(weights.get(Listener.TEST, {})),
            "productionTrafficWeights": dict(weights.get(Listener.PRODUCTION, {})),
        },
    }
    return event if details is None else {**event, "hookDetails": details}
