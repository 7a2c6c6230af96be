"""The proof that green really answers, before anything else is asked of it."""

import time
from typing import Final

from greenlight.documents import duration_text
from greenlight.smoke.attempts import Question, Surroundings
from greenlight.smoke.client import Client
from greenlight.smoke.earlier import Proof
from greenlight.smoke.outgoing import UnsendableError
from greenlight.smoke.results import Attempt, Outcome, TestResult
from greenlight.smoke.steps import ready, unsendable
from greenlight.smoke.suite import Identity
from greenlight.smoke.templates import UnknownValueError

_KEPT: Final = 20


def prove(identity: Identity, before: Proof, around: Surroundings) -> tuple[TestResult, Proof]:
    """Ask until green has answered as it should so many times in a row, or that has taken too long.

    After a proof in an earlier invocation one good answer is enough.

    Parameters:
        identity: What to ask, and how often.
        before: How far an earlier invocation came.
        around: What all steps share.

    Returns:
        What came of it, ``not_run`` where the time of this invocation ended first, and how far the proof has come.
    """
    try:
        question = ready(identity.step, dict(around.values), around)
    except (UnsendableError, UnknownValueError) as error:
        step = unsendable(identity.step, around.target, error)
        return TestResult(name="identity", outcome=step.outcome, steps=(step,)), before
    return _Proving(identity, before, question).run()


class _Proving:
    def __init__(self, identity: Identity, before: Proof, question: Question) -> None:
        self._identity = identity
        self._question = question
        self._around = question.around
        self._streak = identity.consecutive - 1 if before.proven else before.streak
        self._best = self._streak
        self._waited = before.waited
        self._began = time.monotonic()
        self._attempts: list[Attempt] = []
        self._asked = 0

    def run(self) -> tuple[TestResult, Proof]:
        identity = self._identity
        while self._ask() < identity.consecutive:
            if self._spent >= identity.wait and not self._streak:
                return self._over(self._last_bad.outcome, self._sentence)
            if identity.interval + identity.step.timeout >= self._around.left:
                return self._over("not_run", f"{self._streak} of {identity.consecutive} good answers in a row so far")
            time.sleep(identity.interval)
        return self._over("passed", f"{identity.consecutive} good answers in a row")

    def _ask(self) -> int:
        # A connection of its own each time: one that is kept would go to the same place again.
        with Client(self._around.target, self._around.ca_bundle) as client:
            attempt, _ = self._question.ask(client)
        self._asked += 1
        self._attempts.append(attempt)
        self._streak = self._streak + 1 if attempt.outcome in {"passed", "warning"} else 0
        self._best = max(self._best, self._streak)
        return self._streak

    @property
    def _spent(self) -> float:
        return self._waited + time.monotonic() - self._began

    @property
    def _last_bad(self) -> Attempt:
        return next(each for each in reversed(self._attempts) if each.outcome not in {"passed", "warning"})

    @property
    def _sentence(self) -> str:
        often = f"{self._best} of {self._identity.consecutive} good answers in a row at best"
        return f"{self._last_bad.why} ({often}, within {duration_text(round(self._spent, 1))})"

    def _over(self, outcome: Outcome, note: str) -> tuple[TestResult, Proof]:
        step = self._question.result(
            outcome=outcome,
            attempts=tuple(self._attempts[-_KEPT:]),
            tries=self._asked,
            note=note,
        )
        proof = Proof(proven=True) if outcome == "passed" else Proof(streak=self._streak, waited=self._spent)
        seconds = time.monotonic() - self._began
        return TestResult(name="identity", outcome=outcome, steps=(step,), seconds=seconds), proof
