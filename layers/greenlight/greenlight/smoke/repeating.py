"""A request that is sent many times, and judged over all replies."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from greenlight.documents import duration_text
from greenlight.smoke.attempts import Question
from greenlight.smoke.client import Client
from greenlight.smoke.results import AssertionResult, Attempt, Outcome, Repetition, StepResult
from greenlight.smoke.rounds import LatencyLimits, Repeat

MAX_SAMPLES: Final = 20
"""How many attempts are kept with all that is to say of them."""


@dataclass
class _Tally:
    """What the workers of one repetition share."""

    count: int
    lock: Lock = field(default_factory=Lock)
    begun: int = 0
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    seconds: dict[int, float | None] = field(default_factory=dict)
    bad: list[Attempt] = field(default_factory=list)
    good: list[Attempt] = field(default_factory=list)

    def next(self) -> int | None:
        """Return the number of the next request; None when all are begun."""
        with self.lock:
            if self.begun == self.count:
                return None
            self.begun += 1
            return self.begun - 1

    def add(self, number: int, attempt: Attempt) -> None:
        with self.lock:
            self.outcomes[attempt.outcome] = self.outcomes.get(attempt.outcome, 0) + 1
            self.seconds[number] = attempt.seconds if attempt.status is not None else None
            samples = self.good if attempt.outcome == "passed" else self.bad
            if len(samples) < MAX_SAMPLES:
                samples.append(attempt)

    def number_of(self, *outcomes: Outcome) -> int:
        return sum(self.outcomes.get(outcome, 0) for outcome in outcomes)


def run_repeated(question: Question, repeat: Repeat, client: Client) -> StepResult:
    """Send the request of a step as often as it says, so many at a time.

    Parameters:
        question: What to send, and what is expected of each reply.
        repeat: How often, and what is expected of all.
        client: Of this thread; every further worker has one of its own.
    """
    tally = _Tally(repeat.count)
    others = min(repeat.concurrency, repeat.count) - 1
    if not others:
        _work(question, client, tally)
        return _result(question, repeat, tally)
    with ThreadPoolExecutor(others, thread_name_prefix="repeat") as pool:
        helpers = [pool.submit(copy_context().run, _work_alone, question, tally) for _ in range(others)]
        _work(question, client, tally)
    for helper in helpers:
        helper.result()
    return _result(question, repeat, tally)


def _work_alone(question: Question, tally: _Tally) -> None:
    with Client(question.around.target, question.around.ca_bundle) as client:
        _work(question, client, tally)


def _work(question: Question, client: Client, tally: _Tally) -> None:
    around = question.around
    while around.left > 0 and (number := tally.next()) is not None:
        with around.slots:
            attempt, _ = question.ask(client)
        tally.add(number, attempt)
        if attempt.fault is not None and attempt.fault.kind == "configuration":
            return


def _result(question: Question, repeat: Repeat, tally: _Tally) -> StepResult:
    repetition = Repetition(
        passed=tally.number_of("passed", "warning"),
        failed=tally.number_of("failed"),
        errors=tally.number_of("error"),
        seconds=tuple(seconds for _, seconds in sorted(tally.seconds.items())),
    )
    assertions = (_success(repeat, repetition), *_latencies(repeat.latency, repetition))
    missing = repeat.count - len(repetition.seconds)
    return question.result(
        outcome=_outcome(repeat, repetition, assertions, warned=tally.number_of("warning") > 0),
        attempts=(*tally.bad, *tally.good)[:MAX_SAMPLES],
        assertions=assertions,
        repetition=repetition,
        note=f"only {len(repetition.seconds)} of {repeat.count} requests were sent: no time was left"
        if missing
        else "",
    )


def _outcome(
    repeat: Repeat, repetition: Repetition, assertions: tuple[AssertionResult, ...], *, warned: bool
) -> Outcome:
    """A failure is what the replies alone make one; where it takes the faults on the way to make one, it is an error."""
    replies = Repetition(
        passed=repeat.count - repetition.failed,
        failed=repetition.failed,
        errors=0,
        seconds=tuple(seconds for seconds in repetition.seconds if seconds is not None),
    )
    answered = (_success(repeat, replies), *(_latencies(repeat.latency, replies) if replies.seconds else ()))
    if not all(assertion.passed for assertion in answered):
        return "failed"
    if len(repetition.seconds) < repeat.count or not all(assertion.passed for assertion in assertions):
        return "error"
    return "warning" if warned else "passed"


def _success(repeat: Repeat, repetition: Repetition) -> AssertionResult:
    return AssertionResult(
        subject="success rate",
        expected=f"at least {repeat.min_success * 100:.6g}%",
        actual=f"{repetition.passed / repeat.count * 100:.6g}% ({repetition.passed} of {repeat.count})",
        passed=repeat.count - repetition.passed <= repeat.allowed,
    )


def _latencies(limits: LatencyLimits | None, repetition: Repetition) -> Iterator[AssertionResult]:
    for name in LatencyLimits.model_fields if limits is not None else ():
        limit = getattr(limits, name)
        if limit is not None:
            actual = latency(name, repetition.seconds)
            yield AssertionResult(
                subject=f"latency {name}",
                expected=f"at most {duration_text(limit)}",
                actual="no reply in time" if math.isinf(actual) else duration_text(actual),
                passed=actual <= limit,
            )


def latency(name: str, seconds: tuple[float | None, ...]) -> float:
    """Return a figure of some latencies, in seconds; an attempt without a reply counts as the slowest there can be.

    Parameters:
        name: ``max``, ``avg``, or a percentile (nearest rank) as ``p95``.
        seconds: Of each attempt; None without a reply.
    """
    ranked = sorted(math.inf if each is None else each for each in seconds)
    if not ranked:
        return math.inf
    if name == "avg":
        return sum(ranked) / len(ranked)
    return ranked[-1] if name == "max" else ranked[math.ceil(int(name[1:]) / 100 * len(ranked)) - 1]
