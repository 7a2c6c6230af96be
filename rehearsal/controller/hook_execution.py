"""One hook at one stage, of whatever type."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from rehearsal.clock import Clock
from rehearsal.controller import events, reasons
from rehearsal.controller.announcing import Announcer
from rehearsal.controller.hooks import CONTINUE, Hook
from rehearsal.controller.record import DeploymentRecord
from rehearsal.controller.reply import FAILED, SUCCEEDED, DetailsMode
from rehearsal.controller.waiting import Allowance
from rehearsal.invokers import Invoker

# botocore model 1.44, DeploymentLifecycleHookStatus; the others are those of a reply.
TIMED_OUT = "TIMED_OUT"
AWAITING_ACTION = "AWAITING_ACTION"


class End(Enum):
    """How a hook's execution ends."""

    PASSED = "the deployment may go on"
    FAILED = "the deployment has to go back"
    ABANDONED = "it no longer matters"


@dataclass(frozen=True)
class HookOutcome:
    """What a hook means for its stage.

    Attributes:
        end: How it ended.
        what: What ECS says of it, when it failed.
        reason: The hook's own sentence, when it gave one.
    """

    end: End
    what: str = ""
    reason: str | None = None


@dataclass
class HookState:
    """A hook and what this deployment has made of its details.

    Attributes:
        hook: The registration.
        details: The ``hookDetails`` of its next event; None for none.
    """

    hook: Hook
    details: Any


@dataclass(frozen=True)
class StageRun:
    """What every hook of a stage shares.

    Attributes:
        stage: Name of the stage.
        rollback: Whether traffic goes back.
        event: Makes the event from an execution id and the hook's details.
        invoker: Invokes functions.
        mode: What becomes of returned hookDetails.
        allowance: Invocations that are left.
        clock: Simulated time.
        record: Where the hook's state is shown.
        announcer: Sends it to EventBridge.
        decision: The answer to a PAUSE hook, by hookId; None while there is none.
        over: Whether the hook's answer no longer matters.
        tell: Whom to tell what happens.
    """

    stage: str
    rollback: bool
    event: Callable[[str, Any], dict[str, Any]]
    invoker: Invoker
    mode: DetailsMode
    allowance: Allowance
    clock: Clock
    record: DeploymentRecord
    announcer: Announcer
    decision: Callable[[str], str | None]
    over: Callable[[], bool]
    tell: events.Watcher


class HookExecution(ABC):
    """One hook at one stage.

    Args:
        state: The hook.
        run: What it shares with the other hooks of the stage.

    Attributes:
        hook_id: Names this execution in the record.
        expires_at: When its time is up, in simulated seconds since the epoch.
        attempt: How often it was invoked.
    """

    def __init__(self, state: HookState, run: StageRun) -> None:
        self.state = state
        self.hook = state.hook
        self.run = run
        # As in the examples of
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html
        self.hook_id = f"ecs-{state.hook.target_type.lower().removeprefix('aws_')}-{secrets.token_urlsafe(32)}"
        self.expires_at = run.clock.now() + state.hook.timeout
        self.attempt = 0

    @abstractmethod
    def execute(self) -> HookOutcome:
        """Bring the hook to its end: an answer, its time-out, or that its answer no longer matters."""

    def show(self, status: str) -> None:
        """Show the hook's state in the AWS API, and send it to EventBridge."""
        self.run.record.hook(self.hook_id, self.hook, status, expires_at=self.expires_at)
        self.run.announcer.hook(
            self.hook, self.hook_id, stage=self.run.stage, status=status, expires_at=self.expires_at
        )

    def answered(self, status: str, **details: Any) -> None:
        """Tell what the hook answered; the details are attributes of HookAnswered."""
        self.run.tell(
            events.HookAnswered(
                at=self.run.clock.now(),
                stage=self.run.stage,
                hook=self.hook.name,
                attempt=self.attempt,
                rollback=self.run.rollback,
                status=status,
                **details,
            )
        )

    def passed(self) -> HookOutcome:
        """End well."""
        self.show(SUCCEEDED)
        return HookOutcome(End.PASSED)

    def failed(self, what: str, reason: str | None = None) -> HookOutcome:
        """End badly.

        Args:
            what: What ECS says of it.
            reason: The hook's own sentence.
        """
        self.show(FAILED)
        return HookOutcome(End.FAILED, what, reason)

    def timed_out(self, name: str, reason: str | None = None) -> HookOutcome:
        """End as the time-out's action says.

        Args:
            name: What ECS calls the hook.
            reason: The hook's last sentence.
        """
        self.answered(TIMED_OUT)
        self.show(TIMED_OUT)
        if self.hook.timeout_action == CONTINUE:
            return HookOutcome(End.PASSED)
        return HookOutcome(End.FAILED, reasons.timed_out(name), f"{reason} (until its time was up)" if reason else None)
