"""What a deployment tells those who watch it. Times are simulated, in seconds since the epoch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened.

    Attributes:
        at: When.
    """

    at: float


@dataclass(frozen=True, kw_only=True)
class DeploymentStarted(Event):
    """A deployment begins.

    Attributes:
        deployment_arn: The service deployment.
        strategy: BLUE_GREEN, LINEAR or CANARY.
        stages: The names of the stages to come; those of a traffic step come again in each.
        hooks: For each stage, the names of the hooks registered there.
        blue: Version of the revision that runs; None on a create.
        green: Version of the revision to deploy.
    """

    deployment_arn: str
    strategy: str
    stages: tuple[str, ...]
    hooks: Mapping[str, tuple[str, ...]]
    blue: str | None
    green: str


@dataclass(frozen=True, kw_only=True)
class StageStarted(Event):
    """A stage begins; in a rollback the two shift stages come a second time.

    Attributes:
        stage: Its name.
        rollback: Whether traffic goes back.
        step: Which step of how many it belongs to, where traffic moves in several.
    """

    stage: str
    rollback: bool
    step: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class StageFinished(Event):
    """A stage is over.

    Attributes:
        stage: Its name.
        rollback: Whether traffic went back.
        succeeded: Whether the deployment goes on to the next.
        seconds: Simulated time it took.
    """

    stage: str
    rollback: bool
    succeeded: bool
    seconds: float


@dataclass(frozen=True, kw_only=True)
class TrafficShifted(Event):
    """A listener rule has new weights.

    Attributes:
        listener: ``test`` or ``production``.
        weights: Percent of each version.
    """

    listener: str
    weights: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class BakeStarted(Event):
    """Both revisions are left running for a while.

    Attributes:
        stage: Where: BAKE_TIME, or the shift of a step.
        seconds: How long, in simulated time.
    """

    stage: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class HookInvoked(Event):
    """A hook is asked.

    Attributes:
        stage: Where.
        hook: Its short name.
        attempt: 1 for the first invocation at this stage.
        rollback: Whether traffic goes back.
    """

    stage: str
    hook: str
    attempt: int
    rollback: bool


@dataclass(frozen=True, kw_only=True)
class HookWaiting(Event):
    """A PAUSE hook waits for ContinueServiceDeployment.

    Attributes:
        stage: Where.
        hook: Its short name.
        hook_id: What to answer to.
        expires_at: When the wait ends, in simulated seconds since the epoch.
    """

    stage: str
    hook: str
    hook_id: str
    expires_at: float


@dataclass(frozen=True, kw_only=True)
class HookAnswered(Event):
    """A hook has answered, or its time is up.

    Attributes:
        stage: Where.
        hook: Its short name.
        attempt: Which invocation it answers.
        rollback: Whether traffic goes back.
        status: SUCCEEDED, FAILED, IN_PROGRESS or TIMED_OUT.
        reason: The hook's own sentence; None when it gave none.
        problem: What kept ECS from a usable reply; None when it had one.
        checks: Outcome of each check of one of our hooks.
        delay: Simulated seconds until the next invocation; for IN_PROGRESS only.
        seconds: Real seconds that the invocation took.
        log_lines: What the hook wrote.
    """

    stage: str
    hook: str
    attempt: int
    rollback: bool
    status: str
    reason: str | None = None
    problem: str | None = None
    checks: Mapping[str, str] = field(default_factory=dict)
    delay: float | None = None
    seconds: float = 0.0
    log_lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EventSent(Event):
    """ECS sent an event to EventBridge, whether or not anybody waits for it.

    Attributes:
        event: All of it.
    """

    event: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class EventDelivered(Event):
    """A function that waited for an event was invoked with it.

    Attributes:
        function: Its short name.
        event_name: The event's ``detail.eventName``.
        attempt: 1 for the first invocation with the event; Lambda tries again when a function fails.
        problem: What went wrong; None when nothing did.
        seconds: Real seconds that the invocation took.
        log_lines: What the function wrote.
    """

    function: str
    event_name: str
    attempt: int = 1
    problem: str | None = None
    seconds: float = 0.0
    log_lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RollbackStarted(Event):
    """The deployment goes back.

    Attributes:
        stage: Where it failed.
        reason: What ECS says about it.
    """

    stage: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DeploymentFinished(Event):
    """The deployment is over.

    Attributes:
        status: SUCCESSFUL, ROLLBACK_SUCCESSFUL, ROLLBACK_FAILED or STOPPED.
        status_reason: What ECS says about it; None when all went well.
        seconds: Simulated time it took.
    """

    status: str
    status_reason: str | None
    seconds: float


Watcher = Callable[[Event], None]
"""Is told what happens, one event at a time, from whichever thread it happens in."""
