"""A Lambda hook: it is invoked until its answer is final."""

import uuid

from rehearsal.controller import events, reasons
from rehearsal.controller.hook_execution import End, HookExecution, HookOutcome, HookState, StageRun
from rehearsal.controller.reply import FAILED, IN_PROGRESS, SUCCEEDED, Reply, read_reply
from rehearsal.controller.waiting import wait_until
from rehearsal.invokers import InvokerError


class LambdaHook(HookExecution):
    """A function at one stage; see HookExecution."""

    def __init__(self, state: HookState, run: StageRun) -> None:
        super().__init__(state, run)
        self._target = str(self.hook.target_arn)
        # One id for all invocations of an execution: whether ECS does so is open.
        self._execution_id = str(uuid.uuid4())

    def execute(self) -> HookOutcome:
        """Ask until the answer is final, the time is up, or the answer no longer matters."""
        self.show(IN_PROGRESS)
        while True:
            bound = self.run.allowance.take()
            if bound is not None:
                return self.failed(reasons.not_invoked(self._target, bound))
            try:
                reply = self._ask()
            except InvokerError as error:
                self.answered(FAILED, problem=str(error))
                return self.failed(reasons.not_invoked(self._target, str(error)))
            ended = self._judge(reply) or self._wait(reply)
            if ended is not None:
                return ended

    def _ask(self) -> Reply:
        self.attempt += 1
        self.run.tell(
            events.HookInvoked(
                at=self.run.clock.now(),
                stage=self.run.stage,
                hook=self.hook.name,
                attempt=self.attempt,
                rollback=self.run.rollback,
            )
        )
        event = self.run.event(self._execution_id, self.state.details)
        invocation = self.run.invoker.invoke(self._target, event)
        reply = read_reply(invocation)
        self.answered(
            reply.status,
            reason=reply.reason,
            problem=invocation.function_error or reply.problem,
            checks=reply.checks,
            delay=reply.delay,
            seconds=invocation.seconds,
            log_lines=tuple(invocation.log_lines),
        )
        return reply

    def _judge(self, reply: Reply) -> HookOutcome | None:
        """Say how the hook has ended, or None when it wants to be asked again."""
        if self._expired():
            return self.timed_out(self._target, reply.reason)
        if reply.problem is not None:
            return self.failed(reasons.unreadable(self._target, reply.problem), reply.reason)
        if reply.status == FAILED:
            return self.failed(reasons.returned_failed(self._target), reply.reason)
        return self.passed() if reply.status == SUCCEEDED else None

    def _wait(self, reply: Reply) -> HookOutcome | None:
        """Wait until the hook is to be asked again; what it ended as when that never comes."""
        self.state.details = self.run.mode.next(self.state.details, reply.details)
        deadline = min(self.run.clock.now() + (reply.delay or 0), self.expires_at)
        if wait_until(self.run.clock, deadline, lambda: self.run.over() or None):
            return HookOutcome(End.ABANDONED)
        return self.timed_out(self._target, reply.reason) if self._expired() else None

    def _expired(self) -> bool:
        return self.run.clock.now() >= self.expires_at
