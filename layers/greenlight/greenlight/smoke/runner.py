"""A run of a suite: the proof of green's identity, the setup, then tests side by side, the steps of each in order."""

import logging
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import Any

from greenlight import __version__
from greenlight.documents import DocumentError, Mistake
from greenlight.endpoint import Endpoint
from greenlight.smoke.attempts import Blue, Surroundings
from greenlight.smoke.client import Client
from greenlight.smoke.earlier import SETTLED, Earlier, Proof
from greenlight.smoke.finishing import finished
from greenlight.smoke.outgoing import Target
from greenlight.smoke.proving import prove
from greenlight.smoke.redaction import Redactor
from greenlight.smoke.results import Outcome, StepResult, SuiteResult, TestResult
from greenlight.smoke.schedule import Schedule
from greenlight.smoke.steps import not_run, run_step
from greenlight.smoke.suite import Identity, Step, Suite, Test

logger = logging.getLogger("greenlight.smoke")

OnTest = Callable[[TestResult], None]


@dataclass(frozen=True, kw_only=True)
class NoBlue:
    """Why there is no blue to compare with.

    Attributes:
        reason: For people.
        expected: Whether that is as it should be, as in a first deployment.
    """

    reason: str
    expected: bool = False


def run_suite(
    suite: Suite,
    endpoint: Endpoint,
    *,
    namespaces: Mapping[str, Mapping[str, Any]],
    deadline: float,
    run_id: str,
    tags: Sequence[str] = (),
    ca_bundle: str | None = None,
    on_test: OnTest | None = None,
    blue: Endpoint | NoBlue | None = None,
    earlier: Earlier | None = None,
) -> SuiteResult:
    """Run a suite against an endpoint. Whatever the server does ends up in the result.

    Parameters:
        suite: What to run.
        endpoint: Where the requests go, all of them but those to blue.
        namespaces: Values for templates: ``green``, ``blue``, ``run``, ``secrets``; only those of ``suite.namespaces``
            are looked at. The values of ``secrets`` are kept out of the result.
        deadline: When the run has to be over, in seconds of ``time.monotonic()``.
        run_id: What the run calls itself in the User-Agent, and ``{{ run.id }}``.
        tags: Run only tests with one of these; none means all.
        ca_bundle: File with the authorities to trust; None for those that requests trusts.
        on_test: Called in this thread with the identity, the setup and each test as it is done.
        blue: Where blue answers, or why nowhere.
        earlier: What an earlier invocation left; its tests are not run again.

    Raises:
        DocumentError: When no test has one of the tags.
        OSError: When the CA bundle cannot be read.
    """
    tests = select(suite, tags)
    redactor = Redactor()
    redactor.add(dict(namespaces.get("secrets", {})))
    around = Surroundings(
        target=Target(endpoint, suite.host, run_id=run_id, version=__version__),
        blue=_blue(blue, suite, run_id),
        values={**suite.variables, **_flat({"run": {"id": run_id}, **namespaces})},
        deadline=deadline,
        redactor=redactor,
        ca_bundle=ca_bundle,
    )
    return _Run(suite, tests, around, earlier or Earlier(), on_test).result()


def select(suite: Suite, tags: Sequence[str]) -> tuple[Test, ...]:
    """Return the tests that have one of the tags; all of them without tags.

    Raises:
        DocumentError: When there are none, with the tags that there are.
    """
    chosen = tuple(test for test in suite.tests if not tags or set(tags) & set(test.tags))
    if not chosen:
        there = ", ".join(sorted({tag for test in suite.tests for tag in test.tags})) or "no tags at all"
        wanted = " or ".join(tags)
        problem = f"no test of {suite.source} has the tag {wanted}; it has {there}"
        raise DocumentError([Mistake(f"{suite.source} tests", problem)])
    return chosen


def _flat(namespaces: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Name values as templates do; what has no value is left out, so that nobody sends ``null`` unawares."""
    return {
        f"{namespace}.{key}": value
        for namespace, values in namespaces.items()
        for key, value in values.items()
        if value is not None
    }


def _blue(blue: Endpoint | NoBlue | None, suite: Suite, run_id: str) -> Blue:
    if isinstance(blue, Endpoint):
        return Blue(target=Target(blue, suite.host, run_id=run_id, version=__version__))
    return (
        Blue(absent="nobody said where blue is") if blue is None else Blue(absent=blue.reason, expected=blue.expected)
    )


@dataclass
class _Run:
    suite: Suite
    tests: Sequence[Test]
    around: Surroundings
    earlier: Earlier
    on_test: OnTest | None
    drafts: dict[int, TestResult] = field(default_factory=dict)
    identity: TestResult | None = None
    setup: TestResult | None = None

    def result(self) -> SuiteResult:
        started = time.monotonic()
        self.drafts |= _kept(self.tests, self.earlier)
        kept = len(self.drafts)
        proof, waiting = self._before(), []
        if _went_well(self.identity) and _went_well(self.setup):
            waiting = self._tests(hopeful=proof.proven and not self.earlier.proof.proven)
        elif self.identity is not None and self.identity.outcome == "not_run":
            waiting = [number for number in range(len(self.tests)) if number not in self.drafts]
        goes_on = bool(waiting) and (self._has_got_on(kept) or proof != self.earlier.proof)
        note = "not run in this invocation: no time was left" if goes_on else self._why_not
        for number, test in enumerate(self.tests):
            self.drafts.setdefault(number, _passed_over(test, note))
        tests = tuple(self._shown(self.drafts[number]) for number in range(len(self.tests)))
        return SuiteResult(
            name=self.suite.name,
            tests=tests,
            seconds=time.monotonic() - started,
            identity=self.identity and self._shown(self.identity),
            setup=self.setup and self._shown(self.setup),
            unfinished=len(waiting) if goes_on else 0,
            earlier=self._left(tests, proof, waiting),
            url=self.around.target.endpoint.url,
            blue_url=self.around.blue.target.endpoint.url if self.suite.compares and self.around.blue.target else "",
        )

    def _before(self) -> Proof:
        """Prove green's identity and set the suite up, as far as it asks for that; what was set up all tests see."""
        proof = self.earlier.proof
        if self.suite.identity is not None:
            self.identity, proof = _proven(self.suite.identity, proof, self.around)
            self._tell(self.identity)
        if self.suite.setup and _went_well(self.identity):
            values = dict(self.around.values)
            setup = Test(name="setup", severity="required", tags=(), skip=None, steps=self.suite.setup)
            with Client(self.around.target, self.around.ca_bundle) as client:
                self.setup = _guarded(setup, client, values, self.around)
            self.around = replace(self.around, values=values)
            self._tell(self.setup)
        return proof

    def _tests(self, *, hopeful: bool) -> list[int]:
        """Run what waits and fits, and return what still waits."""
        numbers = range(len(self.tests))
        in_turn = (*numbers[self.earlier.start :], *numbers[: self.earlier.start])
        waiting = [number for number in in_turn if number not in self.drafts]
        workers = min(self.suite.concurrency, len(waiting))
        schedule = Schedule(self.tests, waiting, deadline=self.around.deadline, workers=workers, hopeful=hopeful)
        with closing(_side_by_side(self.tests, schedule, workers, self.around)) as results:
            for number, draft in results:
                self.drafts[number] = draft
                self._tell(draft)
        return schedule.waiting

    def _has_got_on(self, kept: int) -> bool:
        return sum(draft.outcome in SETTLED for draft in self.drafts.values()) > kept

    @property
    def _why_not(self) -> str:
        for phase in (self.identity, self.setup):
            if not _went_well(phase):
                return f"not run: {phase.name if phase else 'what comes before'} did not pass"
        return "not run: no time was left"

    def _left(self, tests: Sequence[TestResult], proof: Proof, waiting: Sequence[int]) -> Earlier:
        return Earlier(
            outcomes=tuple(test.outcome if test.outcome in SETTLED else None for test in tests),  # type: ignore[misc]  # mypy does not narrow by a set
            start=waiting[0] if waiting else 0,
            proof=proof,
            words=self._words(tests),
        )

    def _words(self, tests: Sequence[TestResult]) -> str:
        """Say what a later invocation could not find out: why the test came out as it did that will be told of."""
        for outcome in ("failed", "warning"):
            first = next((test for test in tests if test.outcome == outcome), None)
            if first is not None:
                return self.earlier.words if first.earlier else first.reason
        return ""

    def _tell(self, draft: TestResult) -> None:
        if self.on_test is not None:
            self.on_test(self._shown(draft))

    def _shown(self, draft: TestResult) -> TestResult:
        return finished(draft, self.around.redactor)


def _kept(tests: Sequence[Test], earlier: Earlier) -> dict[int, TestResult]:
    return {
        number: TestResult(
            name=tests[number].name,
            outcome=outcome,
            severity=tests[number].severity,
            tags=tests[number].tags,
            note=tests[number].skip or "in an earlier invocation",
            earlier=True,
        )
        for number, outcome in enumerate(earlier.outcomes[: len(tests)])
        if outcome is not None
    }


def _went_well(phase: TestResult | None) -> bool:
    return phase is None or phase.outcome in {"passed", "warning"}


def _side_by_side(
    tests: Sequence[Test], schedule: Schedule, workers: int, around: Surroundings
) -> Generator[tuple[int, TestResult], None, None]:
    """Give the result of each test as it is done."""
    if not workers:
        return
    done: SimpleQueue[tuple[int, TestResult] | None] = SimpleQueue()

    def work() -> None:
        try:
            with Client(around.target, around.ca_bundle) as client:
                while (number := schedule.next()) is not None:
                    done.put((number, _guarded(tests[number], client, dict(around.values), around)))
        finally:
            done.put(None)

    with ThreadPoolExecutor(workers, thread_name_prefix="smoke") as pool:
        # The clock of a rehearsal lives in the context.
        futures = [pool.submit(copy_context().run, work) for _ in range(workers)]
        at_work = workers
        try:
            while at_work:
                result = done.get()
                if result is None:
                    at_work -= 1
                else:
                    yield result
        except (GeneratorExit, KeyboardInterrupt):  # whoever watches gave up
            schedule.stop()
            raise
    for future in futures:
        future.result()


def _proven(identity: Identity, before: Proof, around: Surroundings) -> tuple[TestResult, Proof]:
    """Prove green's identity; a defect of this program is told in the result, too, and proves nothing."""
    try:
        return prove(identity, before, around)
    except Exception as error:
        logger.exception("the proof of green's identity broke down")
        return TestResult(name="identity", outcome="error", note=_broke_down("the proof", error)), before


def _broke_down(what: str, error: Exception) -> str:
    return f"{what} broke down inside Greenlight ({type(error).__name__}); the log has the details"


def _guarded(test: Test, client: Client, values: dict[str, Any], around: Surroundings) -> TestResult:
    """Run a test; a defect of this program is told in its result, too."""
    try:
        return _run_test(test, client, values, around)
    except Exception as error:
        logger.exception("a smoke test broke down", extra={"test": test.name})
        return replace(_passed_over(test, _broke_down("the test", error)), outcome="error")


def _passed_over(test: Test, note: str) -> TestResult:
    return TestResult(name=test.name, outcome="not_run", severity=test.severity, tags=test.tags, note=note)


def _run_test(test: Test, client: Client, values: dict[str, Any], around: Surroundings) -> TestResult:
    if test.skip is not None:
        return replace(_passed_over(test, test.skip), outcome="skipped")
    started = time.monotonic()
    steps: list[StepResult] = []
    for step in test.steps:
        held_up = next((result.name for result in steps if result.outcome not in {"passed", "warning"}), None)
        steps.append(_run_or_pass_over(step, held_up, client, values, around))
    return TestResult(
        name=test.name,
        outcome=_outcome(steps, test),
        severity=test.severity,
        tags=test.tags,
        steps=tuple(steps),
        seconds=time.monotonic() - started,
    )


def _run_or_pass_over(
    step: Step, held_up: str | None, client: Client, values: dict[str, Any], around: Surroundings
) -> StepResult:
    if held_up is not None and not step.always_run:
        return not_run(step, around.target, f'not run: step "{held_up}" did not pass')
    unmade = sorted(name for name in step.needs - values.keys() if "." not in name)
    if unmade:
        return not_run(step, around.target, f"not run: needs {{{{ {unmade[0]} }}}}, which was never captured")
    if around.left <= 0:
        return not_run(step, around.target, "not run: no time was left")
    return run_step(step, client, values, around)


def _outcome(steps: Sequence[StepResult], test: Test) -> Outcome:
    """Return the outcome of the first step that did not pass; later ones fail for its sake."""
    outcomes = [step.outcome for step in steps]
    first = next((outcome for outcome in outcomes if outcome not in {"passed", "warning"}), None)
    if first is None:
        return "warning" if "warning" in outcomes else "passed"
    return "warning" if first == "failed" and test.severity == "warning" else first
