"""Runs the checks of a gate side by side inside the time that there is."""

import time
import traceback
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

from greenlight.bounded import Task, TimeIsUpError
from greenlight.checks import SETTLED, CheckContext, CheckResult, Outcome
from greenlight.deployment import Deployment, DeploymentError
from greenlight.gates.loading import Gate, NamedCheck
from greenlight.gates.progress import CheckProgress, Progress

_GRACE_SECONDS = 0.5


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


def run_gate(
    gate: Gate, deployment: Deployment, progress: Progress, *, deadline: float, run_id: str, step: str = ""
) -> list[Record]:
    """Ask every check that has not settled yet.

    Args:
        gate: The checks.
        deployment: Shared by all of them.
        progress: Where they stood; answers that were settled are kept, not asked for again.
        deadline: Monotonic seconds by which this has to return.
        run_id: Names this deployment in requests.
        step: Names the step of a canary or linear shift; empty elsewhere.
    """
    started = time.monotonic()
    tasks: dict[str, Task[_Answer]] = {}
    for named in gate.checks:
        before = progress.checks.get(named.name, CheckProgress())
        if before.outcome not in SETTLED:
            context = CheckContext(gate.stage, deployment, deadline - _GRACE_SECONDS, run_id, before.memory, step)
            tasks[named.name] = Task(partial(_ask, named, context), f"check {named.name}")
    return [_record(named, tasks.get(named.name), progress, started, deadline) for named in gate.checks]


@dataclass(frozen=True)
class _Answer:
    result: CheckResult
    seconds: float
    error: BaseException | None = None


def _record(
    named: NamedCheck, task: Task[_Answer] | None, progress: Progress, started: float, deadline: float
) -> Record:
    before = progress.checks.get(named.name, CheckProgress())
    if task is None:
        kept = CheckResult(before.outcome or Outcome.ERROR, before.summary, memory=before.memory)
        return Record(named, kept, before, fresh=False)
    try:
        answer = task.result(deadline - time.monotonic())
    except TimeIsUpError:
        waited = max(0.0, deadline - started)
        summary = f"did not answer within the {waited:.0f} s left in this invocation; raise the function's time-out"
        answer = _Answer(CheckResult(Outcome.ERROR, summary, memory=before.memory), waited)
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
