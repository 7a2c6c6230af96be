"""How a verdict comes about: the one place where outcomes become a hookStatus."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from greenlight.checks import Outcome
from greenlight.gates.engine import Record
from greenlight.gates.progress import ERROR_BUDGET

MIN_CALLBACK_SECONDS, MAX_CALLBACK_SECONDS = 5, 900
"""No bound of callBackDelay is documented; these are ours."""

_INCONCLUSIVE_SECONDS = 30.0
_FIRST_ERROR_SECONDS = 10.0
_MAX_REASON = 600


class HookStatus(StrEnum):
    """What ECS obeys.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html
    """

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    IN_PROGRESS = "IN_PROGRESS"


@dataclass(frozen=True)
class Verdict:
    """The gate's answer.

    Attributes:
        status: The hookStatus that follows.
        reason: One sentence for people.
        delay: Seconds until ECS shall ask again; only with IN_PROGRESS.
        records: What it rests on; empty where no check could be asked.
    """

    status: HookStatus
    reason: str
    delay: int | None = None
    records: Sequence[Record] = ()


def decide(records: Sequence[Record], *, now: float, deadline: float) -> Verdict:
    """Make the verdict out of the checks' answers.

    Args:
        records: One for each check of the gate.
        now: Seconds since the epoch.
        deadline: When on_timeout decides, in seconds since the epoch; a check that has a time of its own keeps to that.
    """
    if not records:
        return Verdict(HookStatus.FAILED, "the gate has no checks, and what was not checked does not pass")

    def left(record: Record) -> float:
        return (deadline if record.result.until is None else record.result.until) - now

    def told(records: Sequence[Record]) -> list[str]:
        return [_told(record, over=left(record) <= 0) for record in records]

    failed = [record for record in records if record.blocking and _fails(record, over=left(record) <= 0)]
    if failed:
        return Verdict(HookStatus.FAILED, _sentence(told(failed)), records=records)
    waiting = [record for record in records if not _final(record, over=left(record) <= 0)]
    if waiting:
        delay = _bounded(min(map(_wanted_delay, waiting)), min(map(left, waiting)))
        return Verdict(HookStatus.IN_PROGRESS, _sentence(told(waiting), before="waiting for "), delay, records)
    return Verdict(HookStatus.SUCCEEDED, _sentence(told(records)), records=records)


def give_up(problem: str) -> Verdict:
    """Make the verdict for an invocation in which nothing could be checked, and waiting would not help."""
    return Verdict(HookStatus.FAILED, _cut(problem))


def wait_for(problem: str, errors: int, *, now: float, deadline: float) -> Verdict:
    """Make the verdict where the gate itself could not be read, for reasons that may pass.

    Args:
        problem: What came in between.
        errors: How many times in a row.
        now: Seconds since the epoch.
        deadline: When waiting ends, in seconds since the epoch.
    """
    if errors >= ERROR_BUDGET or now >= deadline:
        return give_up(f"{problem} (tried {errors} of {ERROR_BUDGET} times)")
    seconds = _bounded(_error_delay(errors), deadline - now)
    return Verdict(HookStatus.IN_PROGRESS, _cut(f"error {errors} of {ERROR_BUDGET}: {problem}"), seconds)


def _fails(record: Record, *, over: bool) -> bool:
    match record.result.outcome:
        case Outcome.FAILED:
            return True
        case Outcome.ERROR if record.spent:
            return record.result.doomed or record.named.check.settings.on_error == "fail"
        case Outcome.ERROR | Outcome.INCONCLUSIVE if over:
            return record.result.doomed or record.named.check.settings.on_timeout == "fail"
    return False


def _final(record: Record, *, over: bool) -> bool:
    return record.settled or over or record.spent


def _told(record: Record, *, over: bool) -> str:
    """Say how a check stands and what that meant for the verdict."""
    outcome, name, summary = record.result.outcome, record.named.name, record.result.summary
    settings = record.named.check.settings
    if outcome is Outcome.PASSED:
        return f"{name} passed" + (f" ({summary})" if summary else "")
    if outcome is Outcome.SKIPPED:
        return f"{name} skipped: {summary}"
    if outcome is Outcome.FAILED:
        softened = "" if record.blocking else f" failed, only reported ({_softness(record)})"
        return f"{name}{softened}: {summary}"
    errors = record.progress.errors
    if record.spent:
        return _resolved(record, f"could not be asked {errors} times in a row", "on_error", settings.on_error)
    if over:
        return _resolved(record, "had no answer by the deadline", "on_timeout", settings.on_timeout)
    counted = f" (error {errors} of {ERROR_BUDGET})" if errors else ""
    return f"{name}{counted}: {summary}"


def _resolved(record: Record, what: str, key: str, choice: str) -> str:
    rule = f"{key}: {choice}" if record.blocking else f"only reported ({_softness(record)})"
    return f"{record.named.name} {what}, {rule}; last: {record.result.summary}"


def _softness(record: Record) -> str:
    return "dry_run" if record.named.check.settings.dry_run else "severity: warning"


def _wanted_delay(record: Record) -> float:
    if record.result.retry_after is not None:
        return record.result.retry_after
    return _error_delay(record.progress.errors) if record.progress.errors else _INCONCLUSIVE_SECONDS


def _error_delay(errors: int) -> float:
    return float(_FIRST_ERROR_SECONDS * 2 ** (errors - 1))


def _bounded(seconds: float, left: float) -> int:
    return round(max(MIN_CALLBACK_SECONDS, min(seconds, left, MAX_CALLBACK_SECONDS)))


def _sentence(parts: Sequence[str], before: str = "") -> str:
    """Join what is to say of each check; where that is too much, everyone gets the same room."""
    text = before + "; ".join(parts)
    if len(text) > _MAX_REASON:
        share = (_MAX_REASON - len(before)) // len(parts) - len("; ")
        text = before + "; ".join(_cut(part, share) for part in parts)
    return text


def _cut(text: str, most: int = _MAX_REASON) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
