"""Runs the checks of a gate side by side inside the time that there is."""

import math
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Final

from greenlight import clock
from greenlight.bounded import Task, TimeIsUpError
from greenlight.checks import SETTLED, CheckContext, CheckResult, Finding, Outcome
from greenlight.deployment import Deployment, DeploymentError
from greenlight.gates.loading import Gate, NamedCheck
from greenlight.gates.progress import ERROR_BUDGET, CheckProgress, Progress
from greenlight.record import Table

_GRACE_SECONDS = 0.5
_PROOF = "routing"
"""The kind of check that goes before those that ask over a listener: an answer is worth nothing before it is known whose it is."""

_LAST: Final = ("approval", "traffic_steps")
"""Kinds that are asked one after the other when everything else has passed: people are not bothered for nothing, and no user
meets a revision that a machine already found wanting."""

_PROVEN = frozenset({Outcome.PASSED, Outcome.SKIPPED})
_LEAST_SECONDS: Final = 2.0
"""What the last kinds need at least; with less they are asked in the next invocation."""


@dataclass(frozen=True)
class Around:
    """What a gate is asked amid, for the checks that want to know.

    Attributes:
        service: What people call the service.
        record: What is remembered outside ECS; None where there is no table.
        hook_expires_at: When ECS stops waiting for the hook, in seconds since the epoch, where that is known.
        over: Whether the gate's deadline has come.
    """

    service: str = ""
    record: Table | None = None
    hook_expires_at: float | None = None
    over: bool = False


@dataclass(frozen=True)
class Record:
    """A check's answer within a gate.

    Attributes:
        named: The check.
        result: What it answered.
        progress: Where it stands now, to be remembered.
        seconds: How long it took; 0 where the answer is an earlier invocation's.
        fresh: Whether it was asked in this invocation.
        error: The exception that escaped the check, for the log.
    """

    named: NamedCheck
    result: CheckResult
    progress: CheckProgress
    seconds: float = 0.0
    fresh: bool = True
    error: BaseException | None = None

    @property
    def blocking(self) -> bool:
        """Tell whether a failure rolls back."""
        return self.named.check.settings.blocking

    @property
    def settled(self) -> bool:
        """Tell whether the answer stays as it is."""
        return self.result.outcome in SETTLED

    @property
    def spent(self) -> bool:
        """Tell whether it could not be asked so often that its on_error decides."""
        return self.result.outcome is Outcome.ERROR and self.progress.errors >= ERROR_BUDGET


def run_gate(
    gate: Gate,
    deployment: Deployment,
    progress: Progress,
    *,
    deadline: float,
    run_id: str,
    step: str = "",
    around: Around = Around(),
) -> list[Record]:
    """Ask every check that has not settled yet.

    Args:
        gate: The checks.
        deployment: Shared by all of them.
        progress: Where they stood; answers that were settled are kept, not asked for again.
        deadline: Monotonic seconds by which this has to return.
        run_id: Names this deployment in requests.
        step: Names the step of a canary or linear shift; empty elsewhere.
        around: What it is asked amid.
    """
    asking = _Asking(gate, deployment, progress, deadline=deadline, run_id=run_id, step=step, around=around)
    first = [named for named in gate.checks if named.check.kind == _PROOF]
    records = asking.ask(first)
    unproven = [record for record in records.values() if _leaves_open(record)]
    rest = [named for named in gate.checks if named.check.kind not in {_PROOF, *_LAST}]
    held_up = [named for named in rest if unproven and getattr(named.check, "over_listeners", False)]
    records |= {named.name: asking.hold_up(named, "waits until routing has passed") for named in held_up}
    records |= asking.ask([named for named in rest if named not in held_up])
    for kind in _LAST:
        records |= asking.ask_last([named for named in gate.checks if named.check.kind == kind], records)
    return [records[named.name] for named in gate.checks]


def run_on_rollback(
    gate: Gate, deployment: Deployment, *, deadline: float, run_id: str, around: Around
) -> list[Record]:
    """Ask the checks that have work to do on the way back, too; whatever they answer, the way back is free.

    Args:
        gate: The checks of the stage that is played backwards.
        deployment: Shared by all of them.
        deadline: Monotonic seconds by which this has to return.
        run_id: Names this deployment in requests.
        around: What it is asked amid.
    """
    progress = Progress(since=0.0)
    asking = _Asking(gate, deployment, progress, deadline=deadline, run_id=run_id, step="", around=around)
    return list(
        asking.ask([named for named in gate.checks if getattr(named.check, "runs_on_rollback", False)]).values()
    )


def _leaves_open(proof: Record) -> bool:
    """Tell whether it is still open where the listeners lead, for a gate that wants to know."""
    outcome, settings = proof.result.outcome, proof.named.check.settings
    let_go = outcome is Outcome.ERROR and settings.on_error == "pass"
    return proof.blocking and outcome not in _PROVEN and not let_go


def _holds_up(record: Record, *, over: bool) -> bool:
    """Tell whether a check keeps the last kinds from being asked.

    Args:
        record: What it answered.
        over: Whether the gate's deadline has come; a check that has a time of its own keeps to that.
    """
    if record.settled:
        return record.blocking and record.result.outcome not in _PROVEN
    if record.result.until is not None:
        over = record.result.until <= clock.now()
    if not record.blocking:
        return not (over or record.spent)
    settings = record.named.check.settings
    let_go = (record.spent and settings.on_error == "pass") or (over and settings.on_timeout == "pass")
    return record.result.doomed or not let_go


class _Asking:
    """One round of questions of a gate."""

    def __init__(
        self,
        gate: Gate,
        deployment: Deployment,
        progress: Progress,
        *,
        deadline: float,
        run_id: str,
        step: str,
        around: Around,
    ) -> None:
        self._gate, self._deployment, self._progress = gate, deployment, progress
        self._deadline, self._run_id, self._step, self._around = deadline, run_id, step, around

    def ask(self, checks: Sequence[NamedCheck], findings: Sequence[Finding] = ()) -> dict[str, Record]:
        """Ask some checks side by side; answers that were settled are kept."""
        started = time.monotonic()
        tasks: dict[str, Task[_Answer]] = {}
        for named in checks:
            before = self._before(named)
            if before.outcome not in SETTLED:
                context = CheckContext(
                    self._gate.stage,
                    self._deployment,
                    self._deadline - _GRACE_SECONDS,
                    self._run_id,
                    before.memory,
                    self._step,
                    service=self._around.service,
                    record=self._around.record,
                    findings=findings,
                    hook_expires_at=self._around.hook_expires_at,
                )
                tasks[named.name] = Task(partial(_ask, named, context), f"check {named.name}")
        return {
            named.name: _record(named, tasks.get(named.name), self._before(named), started, self._deadline)
            for named in checks
        }

    def ask_last(self, checks: Sequence[NamedCheck], earlier: Mapping[str, Record]) -> dict[str, Record]:
        """Ask checks that wait for all others; where one of those is still open, they wait."""
        holding = [record for record in earlier.values() if _holds_up(record, over=self._around.over)]
        if holding:
            # Its own time has not begun while another check has one: people may take longer than the gate's deadline.
            until = max((record.result.until for record in holding if record.result.until is not None), default=None)
            why = "waits until the other checks have passed"
            return {named.name: self.hold_up(named, why, until=until) for named in checks}
        if checks and self._deadline - time.monotonic() < _LEAST_SECONDS:
            soon = "waits for the next call: no time was left in this one"
            return {named.name: self.hold_up(named, soon, retry_after=0.0) for named in checks}
        return self.ask(checks, [_finding(record) for record in earlier.values()])

    def hold_up(
        self, named: NamedCheck, why: str, *, retry_after: float = math.inf, until: float | None = None
    ) -> Record:
        """Answer for a check whose turn has not come."""
        before = self._before(named)
        if before.outcome in SETTLED:
            return _record(named, None, before, 0.0, 0.0)
        # As long as it takes: when to ask again is for those to say that it waits for.
        waits = CheckResult(
            Outcome.INCONCLUSIVE, why, retry_after=retry_after, memory=before.memory, until=until or before.until
        )
        return Record(named, waits, before.after(waits), fresh=False)

    def _before(self, named: NamedCheck) -> CheckProgress:
        return self._progress.checks.get(named.name, CheckProgress())


@dataclass(frozen=True)
class _Answer:
    result: CheckResult
    seconds: float
    error: BaseException | None = None


def _finding(record: Record) -> Finding:
    check = record.named.check
    return Finding(record.named.name, check.kind, record.result.outcome, record.result.summary, record.blocking)


def _record(
    named: NamedCheck, task: Task[_Answer] | None, before: CheckProgress, started: float, deadline: float
) -> Record:
    if task is None:
        kept = CheckResult(before.outcome or Outcome.ERROR, before.summary, memory=before.memory)
        return Record(named, kept, before, fresh=False)
    try:
        answer = task.result(deadline - time.monotonic())
    except TimeIsUpError:
        waited = max(0.0, deadline - started)
        summary = f"did not answer within the {waited:.0f} s left in this invocation; raise the function's time-out"
        answer = _Answer(CheckResult(Outcome.ERROR, summary, memory=before.memory, until=before.until), waited)
    return Record(named, answer.result, before.after(answer.result), answer.seconds, error=answer.error)


def _ask(named: NamedCheck, context: CheckContext) -> _Answer:
    started = time.monotonic()
    error: BaseException | None = None
    try:
        result = _skipped(named, context.deployment) or named.check.run(context)
    except BaseException as unforeseen:  # noqa: BLE001 - a defect in one check must not keep the others' answers from ECS
        error = unforeseen
        result = CheckResult(
            Outcome.FAILED, f"broke: {_place(unforeseen)}; a defect in Greenlight, its log has the trace"
        )
    return _Answer(result, time.monotonic() - started, error)


def _skipped(named: NamedCheck, deployment: Deployment) -> CheckResult | None:
    choice = named.check.settings.on_create
    why = "on_create: skip" if choice == "skip" else None if choice == "run" else named.check.skip_on_create()
    if why is None:
        return None
    try:
        is_create = deployment.is_create()
    except DeploymentError as error:
        summary = f"cannot tell whether this is the service's first deployment: {error}"
        return CheckResult(Outcome.ERROR if error.transient else Outcome.FAILED, summary)
    return CheckResult(Outcome.SKIPPED, f"the service's first deployment ({why})") if is_create else None


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
