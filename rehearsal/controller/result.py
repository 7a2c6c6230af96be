"""How a deployment ends."""

from dataclasses import dataclass

from rehearsal.controller.events import HookAnswered

# botocore model 1.44, ServiceDeploymentStatus.
IN_PROGRESS = "IN_PROGRESS"
ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
STOP_REQUESTED = "STOP_REQUESTED"
SUCCESSFUL = "SUCCESSFUL"
ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
ROLLBACK_FAILED = "ROLLBACK_FAILED"
STOPPED = "STOPPED"


class StageFailedError(Exception):
    """When a deployment cannot go on after a stage.

    Attributes:
        stage: Where.
        cause: What ECS says of it.
        reason: What there is to say besides, in one sentence; None when there is nothing.
    """

    def __init__(self, stage: str, cause: str, reason: str | None = None) -> None:
        super().__init__(cause)
        self.stage = stage
        self.cause = cause
        self.reason = reason


class DeploymentStoppedError(Exception):
    """When an operator wants a deployment to stop where it is.

    Attributes:
        stage: Where it is.
    """

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self.stage = stage


@dataclass(frozen=True, kw_only=True)
class DeploymentResult:
    """A deployment that is over.

    Attributes:
        deployment_arn: The service deployment.
        status: SUCCESSFUL, ROLLBACK_SUCCESSFUL, ROLLBACK_FAILED or STOPPED.
        status_reason: What ECS says of it; None when all went well.
        stage: The stage that failed, or the last one.
        explanation: Why it did not succeed, in one sentence for people: that of the failing hook when it gave one,
            else what ECS says. None when it succeeded.
        answers: Everything that hooks answered, in order.
        seconds: Simulated time it took.
    """

    deployment_arn: str
    status: str
    status_reason: str | None
    stage: str
    explanation: str | None
    answers: tuple[HookAnswered, ...]
    seconds: float

    @property
    def successful(self) -> bool:
        """Tell whether green is in production now."""
        return self.status == SUCCESSFUL
