"""A PAUSE hook: the deployment waits for somebody to answer it."""

from rehearsal.controller import events, reasons
from rehearsal.controller.hook_execution import AWAITING_ACTION, End, HookExecution, HookOutcome
from rehearsal.controller.hooks import CONTINUE
from rehearsal.controller.reply import FAILED, SUCCEEDED
from rehearsal.controller.waiting import wait_until


class PauseHook(HookExecution):
    """A pause at one stage; see HookExecution."""

    def execute(self) -> HookOutcome:
        """Wait for ContinueServiceDeployment, until the time is up or the answer no longer matters."""
        self.show(AWAITING_ACTION)
        self.run.tell(
            events.HookWaiting(
                at=self.run.clock.now(),
                stage=self.run.stage,
                hook=self.hook.name,
                hook_id=self.hook_id,
                expires_at=self.expires_at,
            )
        )
        answer = wait_until(self.run.clock, self.expires_at, self._answer)
        if isinstance(answer, End):
            return HookOutcome(answer)
        if answer is None:
            return self.timed_out(self.hook_id)
        if answer == CONTINUE:
            self.answered(SUCCEEDED)
            return self.passed()
        self.answered(FAILED)
        return self.failed(reasons.refused(self.hook_id))

    def _answer(self) -> str | End | None:
        return self.run.decision(self.hook_id) or (End.ABANDONED if self.run.over() else None)
