"""One deployment, from its first stage to its end, forward and back."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rehearsal.clock import Clock
from rehearsal.controller import announcing, events, reasons, result
from rehearsal.controller.announcing import Announcer
from rehearsal.controller.delivery import Delivery
from rehearsal.controller.hook_execution import End, HookState, StageRun
from rehearsal.controller.hooks import ROLLBACK, Hook
from rehearsal.controller.payload import hook_event
from rehearsal.controller.plan import STAGES_WITH_HOOKS, Listener, PlannedStage, Work, plan, way_back
from rehearsal.controller.record import DeploymentRecord
from rehearsal.controller.result import DeploymentResult, DeploymentStoppedError, StageFailedError
from rehearsal.controller.scale_up import start_and_wait
from rehearsal.controller.settings import Settings
from rehearsal.controller.stage_hooks import run_hooks
from rehearsal.controller.traffic import Placed, Traffic
from rehearsal.controller.waiting import Allowance, wait_until
from rehearsal.eventbridge import Subscription
from rehearsal.invokers import Invoker

if TYPE_CHECKING:
    from rehearsal.world import World


class Deployment:
    """One deployment. It is played once.

    Args:
        world: What is deployed to.
        invoker: Invokes hooks.
        hooks: The service's hooks.
        settings: How it goes.
        clock: Simulated time.
        active: The revisions that run, the one in production last; none on a create.
        green: What is deployed, and where.
        configuration: The ``deploymentConfiguration`` to show.
        watchers: Are told what happens.
        subscriptions: Functions that wait for ECS's events.

    Attributes:
        running: The revisions that run, the one in production last.
    """

    def __init__(
        self,
        *,
        world: "World",
        invoker: Invoker,
        hooks: Sequence[Hook],
        settings: Settings,
        clock: Clock,
        active: Sequence[Placed],
        green: Placed,
        configuration: Mapping[str, Any],
        watchers: Sequence[events.Watcher],
        subscriptions: Sequence[Subscription] = (),
    ) -> None:
        self._world = world
        self._invoker = invoker
        self._hooks = [HookState(hook, hook.details) for hook in hooks]
        self._settings = settings
        self._clock = clock
        self._watchers = watchers
        self._telling = threading.Lock()
        self._answers: list[events.HookAnswered] = []
        self._strays = list(active[:-1])
        self._blue = active[-1] if active else None
        self._green = green
        self._began = clock.now()
        self._plan = plan(
            settings.steps(create=self._blue is None), bake_minutes=settings.bake_minutes, reconcile=bool(self._strays)
        )
        self._allowance = Allowance(settings.bounds, clock)
        self._traffic = Traffic(world, blue=self._blue, green=green)
        self._shifted: list[Listener] = []
        self._record = DeploymentRecord(world, sources=active, target=green, configuration=configuration, clock=clock)
        self._delivery = Delivery(subscriptions, invoker, clock, self._tell)
        self._announcer = Announcer(
            cluster_arn=world.service.cluster_arn,
            service_arn=world.service.service_arn,
            deployment_arn=self._record.arn,
            clock=clock,
            send=self._delivery.send,
        )
        self.running: list[Placed] = list(active)

    def play(self) -> DeploymentResult:
        """Play the deployment to its end, whatever that is."""
        try:
            return self._play_all()
        finally:
            self._delivery.finish()

    def _play_all(self) -> DeploymentResult:
        self._tell(
            events.DeploymentStarted(
                at=self._began,
                deployment_arn=self._record.arn,
                strategy=self._settings.strategy,
                stages=tuple(stage.name for stage in self._plan),
                hooks={stage: tuple(state.hook.name for state in self._at(stage)) for stage in STAGES_WITH_HOOKS},
                blue=self._blue.revision.version if self._blue else None,
                green=self._green.revision.version,
            )
        )
        self._announce(announcing.IN_PROGRESS, self._green, reasons.in_progress)
        try:
            for stage in self._plan:
                self._obey_stop_request(stage.name)
                self._play(stage, rollback=False)
        except StageFailedError as failure:
            return self._roll_back(failure)
        except DeploymentStoppedError as stop:
            if Listener.PRODUCTION in self._shifted:
                self.running.sort(key=lambda placed: placed is self._green)
            return self._finish(result.STOPPED, stop.stage, reasons.STOPPED, reasons.STOPPED)
        return self._finish(result.SUCCESSFUL, self._plan[-1].name, None, None)

    def _play(self, stage: PlannedStage, *, rollback: bool) -> None:
        began, succeeded = self._clock.now(), False
        self._record.update(lifecycleStage=stage.name, lifecycleHookDetails=[])
        self._tell(events.StageStarted(at=began, stage=stage.name, rollback=rollback, step=stage.step))
        try:
            if stage.shifts is not None:
                self._shift(stage.shifts, stage.green_percent)
            self._ask_hooks(stage, rollback=rollback)
            if not rollback:
                self._obey_stop_request(stage.name)
            self._do(stage)
            succeeded = True
        finally:
            now = self._clock.now()
            self._tell(
                events.StageFinished(
                    at=now, stage=stage.name, rollback=rollback, succeeded=succeeded, seconds=now - began
                )
            )

    def _ask_hooks(self, stage: PlannedStage, *, rollback: bool) -> None:
        def event(execution_id: str, details: Any) -> dict[str, Any]:
            return hook_event(
                execution_id=execution_id,
                stage=stage.name,
                deployment_arn=self._record.arn,
                service_arn=self._world.service.service_arn,
                green_arn=self._green.revision.arn,
                weights={stage.shows: self._traffic.weights(stage.shows)} if stage.shows else {},
                details=details,
            )

        run = StageRun(
            stage=stage.name,
            rollback=rollback,
            event=event,
            invoker=self._invoker,
            mode=self._settings.details_mode,
            allowance=self._allowance,
            clock=self._clock,
            record=self._record,
            announcer=self._announcer,
            decision=self._decision,
            over=lambda: not rollback and self._stop_request() is not None,
            tell=self._tell,
        )
        states = self._at(stage.name)
        if not self._settings.details_kept:
            for state in states:
                state.details = state.hook.details
        outcome = run_hooks(states, run)
        if outcome.end is End.FAILED:
            raise StageFailedError(stage.name, reasons.hooks_failed(stage.name, outcome.what), outcome.reason)

    def _do(self, stage: PlannedStage) -> None:
        if stage.work is Work.STOP_STRAYS:
            for stray in self._strays:
                self._stop(stray)
        elif stage.work is Work.START_GREEN:
            self.running = [self._green, *self.running]
            start_and_wait(self._world, self._green, self._settings.scale_up_timeout)
            self._record.running(self._green.revision.arn, 1)
        elif stage.work is Work.BAKE:
            self._bake(stage)
        elif stage.work is Work.STOP_BLUE and self._blue is not None:
            self._stop(self._blue)

    def _bake(self, stage: PlannedStage) -> None:
        now, seconds = self._clock.now(), stage.bake_minutes * 60
        self._tell(events.BakeStarted(at=now, stage=stage.name, seconds=seconds))
        wait_until(self._clock, now + seconds, self._stop_request)

    def _shift(self, listener: Listener, green_percent: float) -> None:
        self._traffic.shift(listener, green_percent)
        if listener not in self._shifted:
            self._shifted.append(listener)
        self._record.weights(listener, self._traffic.weights(listener))
        versions = self._traffic.versions(listener)
        self._tell(events.TrafficShifted(at=self._clock.now(), listener=listener.value, weights=versions))

    def _stop(self, placed: Placed) -> None:
        self._world.stop(placed.revision)
        self.running = [other for other in self.running if other is not placed]
        self._record.running(placed.revision.arn, 0)

    def _decision(self, hook_id: str) -> str | None:
        return self._world.store.decisions.get(hook_id)

    def _stop_request(self) -> str | None:
        return self._world.store.stop_requests.get(self._record.arn)

    def _obey_stop_request(self, stage: str) -> None:
        request = self._stop_request()
        if request == ROLLBACK:
            self._record.update(status=result.ROLLBACK_REQUESTED)
            raise StageFailedError(stage, reasons.STOP_REQUESTED)
        if request is not None:
            self._record.update(status=result.STOP_REQUESTED)
            raise DeploymentStoppedError(stage)

    def _roll_back(self, failure: StageFailedError) -> DeploymentResult:
        reason = reasons.ROLLED_BACK.format(cause=failure.cause)
        explanation = failure.reason or reason
        now = self._clock.now()
        rollback: dict[str, Any] = {"reason": reason, "startedAt": now}
        if self._blue is not None:
            rollback["serviceRevisionArn"] = self._blue.revision.arn
        self._record.update(status=result.ROLLBACK_IN_PROGRESS, statusReason=reason, rollback=rollback)
        self._tell(events.RollbackStarted(at=now, stage=failure.stage, reason=reason))
        if self._blue is None:
            self._stop_green()
            return self._finish(result.ROLLBACK_FAILED, failure.stage, reasons.NO_CANDIDATE, explanation)
        self._announcer.deployment(announcing.FAILED, self._green.revision.arn, reason)
        self._announce(announcing.IN_PROGRESS, self._blue, reasons.rolling_back)
        self._allowance = Allowance(self._settings.bounds, self._clock)
        try:
            for listener in reversed(self._shifted):
                self._play(way_back(listener), rollback=True)
        except StageFailedError as second:
            failed = reasons.ROLLBACK_FAILED.format(cause=second.cause)
            return self._finish(result.ROLLBACK_FAILED, second.stage, failed, f"{explanation.rstrip('.')}. {failed}")
        self._stop_green()
        return self._finish(result.ROLLBACK_SUCCESSFUL, failure.stage, reason, explanation)

    def _stop_green(self) -> None:
        if self._green in self.running:
            self._stop(self._green)

    def _finish(self, status: str, stage: str, reason: str | None, explanation: str | None) -> DeploymentResult:
        now = self._clock.now()
        breaker = {"status": "MONITORING_COMPLETE", "failureCount": 0, "threshold": 3}
        told = {} if reason is None else {"statusReason": reason}
        self._record.update(
            status=status, finishedAt=now, lifecycleHookDetails=[], deploymentCircuitBreaker=breaker, **told
        )
        seconds = now - self._began
        self._announce_end(status, reason)
        # Before the end is told, so that nothing comes after it.
        self._delivery.finish()
        self._tell(events.DeploymentFinished(at=now, status=status, status_reason=reason, seconds=seconds))
        return DeploymentResult(
            deployment_arn=self._record.arn,
            status=status,
            status_reason=reason,
            stage=stage,
            explanation=explanation,
            answers=tuple(self._answers),
            seconds=seconds,
        )

    def _announce_end(self, status: str, reason: str | None) -> None:
        """Send the last events.

        AWS says of SERVICE_DEPLOYMENT_FAILED that it is sent where the circuit breaker is on. That other failures are told in
        the same way, and a stop by an operator too, is ours; and so is what ends a rollback, see Settings.
        """
        if status == result.SUCCESSFUL:
            self._announce(announcing.COMPLETED, self._green, reasons.completed)
        elif status != result.ROLLBACK_SUCCESSFUL:
            self._announcer.deployment(announcing.FAILED, self._green.revision.arn, reason or status)
        elif self._settings.rollback_completes and self._blue is not None:
            self._announce(announcing.COMPLETED, self._blue, reasons.completed)
        if status in {result.SUCCESSFUL, result.ROLLBACK_SUCCESSFUL}:
            self._announcer.steady()

    def _announce(self, name: str, placed: Placed, reason: Callable[[str], str]) -> None:
        arn = placed.revision.arn
        self._announcer.deployment(name, arn, reason(announcing.deployment_id(arn)))

    def _at(self, stage: str) -> list[HookState]:
        return [state for state in self._hooks if stage in state.hook.stages]

    def _tell(self, event: events.Event) -> None:
        with self._telling:
            if isinstance(event, events.HookAnswered):
                self._answers.append(event)
            for watcher in self._watchers:
                watcher(event)
