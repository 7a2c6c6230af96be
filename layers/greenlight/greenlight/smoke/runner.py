"""A run of a suite: tests side by side, the steps of each in order."""

import logging
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing
from contextvars import copy_context
from queue import LifoQueue
from typing import Any

from greenlight import __version__
from greenlight.documents import DocumentError, Mistake
from greenlight.endpoint import Endpoint
from greenlight.smoke.client import Client
from greenlight.smoke.finishing import finished
from greenlight.smoke.outgoing import Target
from greenlight.smoke.redaction import Redactor
from greenlight.smoke.results import Outcome, StepResult, SuiteResult, TestResult
from greenlight.smoke.steps import Surroundings, not_run, run_step
from greenlight.smoke.suite import Step, Suite, Test

logger = logging.getLogger("greenlight.smoke")


def run_suite(
    suite: Suite,
    endpoint: Endpoint,
    *,
    namespaces: Mapping[str, Mapping[str, Any]],
    deadline: float,
    run_id: str,
    tags: Sequence[str] = (),
    ca_bundle: str | None = None,
    on_test: Callable[[TestResult], None] | None = None,
) -> SuiteResult:
    """Run a suite against an endpoint. Whatever the server does ends up in the result.

    Parameters:
        suite: What to run.
        endpoint: Where the requests go, all of them.
        namespaces: Values for templates: ``green``, ``blue``, ``run``, ``secrets``; only those of ``suite.namespaces``
            are looked at. The values of ``secrets`` are kept out of the result.
        deadline: When the run has to be over, in seconds of ``time.monotonic()``.
        run_id: What the run calls itself in the User-Agent, and ``{{ run.id }}``.
        tags: Run only tests with one of these; none means all.
        ca_bundle: File with the authorities to trust; None for those that requests trusts.
        on_test: Called in this thread with each test as it is done.

    Raises:
        DocumentError: When no test has one of the tags.
        OSError: When the CA bundle cannot be read.
    """
    started = time.monotonic()
    tests = select(suite, tags)
    redactor = Redactor()
    redactor.add(dict(namespaces.get("secrets", {})))
    around = Surroundings(
        target=Target(endpoint, suite.host, run_id=run_id, version=__version__),
        values={**suite.variables, **_flat({"run": {"id": run_id}, **namespaces})},
        deadline=deadline,
        redactor=redactor,
    )
    drafts: dict[int, TestResult] = {}
    workers = min(suite.concurrency, len(tests))
    with closing(_side_by_side(tests, workers, around, ca_bundle)) as results:
        for index, draft in results:
            drafts[index] = draft
            if on_test is not None:
                on_test(finished(draft, redactor))
    return SuiteResult(
        name=suite.name,
        tests=tuple(finished(drafts[index], redactor) for index in range(len(tests))),
        seconds=time.monotonic() - started,
    )


def select(suite: Suite, tags: Sequence[str]) -> tuple[Test, ...]:
    """Return the tests that have one of the tags; all of them without tags.

    Raises:
        DocumentError: When there are none, with the tags that there are.
    """
    chosen = tuple(test for test in suite.tests if not tags or set(tags) & set(test.tags))
    if not chosen:
        there = ", ".join(sorted({tag for test in suite.tests for tag in test.tags})) or "no tags at all"
        wanted = " or ".join(tags)
        raise DocumentError([Mistake(f"{suite.source} tests", f"no test has the tag {wanted}; the suite has {there}")])
    return chosen


def _flat(namespaces: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Name values as templates do; what has no value is left out, so that nobody sends ``null`` unawares."""
    return {
        f"{namespace}.{key}": value
        for namespace, values in namespaces.items()
        for key, value in values.items()
        if value is not None
    }


def _side_by_side(
    tests: Sequence[Test], workers: int, around: Surroundings, ca_bundle: str | None
) -> Generator[tuple[int, TestResult], None, None]:
    """Give the result of each test as it is done."""
    with ExitStack() as stack:
        idle: LifoQueue[Client] = LifoQueue()
        for _ in range(workers):
            idle.put(stack.enter_context(Client(around.target, ca_bundle)))
        pool = ThreadPoolExecutor(workers, thread_name_prefix="smoke")
        stack.callback(pool.shutdown, cancel_futures=True)
        futures = {
            # The clock of a rehearsal lives in the context.
            pool.submit(copy_context().run, _with_client, test, idle, around): index
            for index, test in enumerate(tests)
        }
        for future in as_completed(futures):
            yield futures[future], future.result()


def _with_client(test: Test, idle: "LifoQueue[Client]", around: Surroundings) -> TestResult:
    client = idle.get()
    try:
        return _guarded(test, client, around)
    finally:
        idle.put(client)


def _guarded(test: Test, client: Client, around: Surroundings) -> TestResult:
    """Run a test; a defect of this program is told in its result, too."""
    try:
        return _run_test(test, client, around)
    except Exception as error:
        logger.exception("a smoke test broke down", extra={"test": test.name})
        note = f"the test broke down inside Greenlight ({type(error).__name__}); the log has the details"
        return TestResult(name=test.name, outcome="error", severity=test.severity, note=note)


def _run_test(test: Test, client: Client, around: Surroundings) -> TestResult:
    if test.skip is not None:
        return TestResult(name=test.name, outcome="skipped", severity=test.severity, note=test.skip)
    started = time.monotonic()
    if started >= around.deadline:
        note = "not run: no time was left"
        return TestResult(name=test.name, outcome="not_run", severity=test.severity, note=note)
    values = dict(around.values)
    steps: list[StepResult] = []
    for step in test.steps:
        held_up = next((result.name for result in steps if result.outcome not in {"passed", "warning"}), None)
        steps.append(_run_or_pass_over(step, held_up, client, values, around))
    return TestResult(
        name=test.name,
        outcome=_outcome(steps, test),
        severity=test.severity,
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
    if time.monotonic() >= around.deadline:
        return not_run(step, around.target, "not run: no time was left")
    return run_step(step, client, values, around)


def _outcome(steps: Sequence[StepResult], test: Test) -> Outcome:
    """Return the outcome of the first step that did not pass; later ones fail for its sake."""
    outcomes = [step.outcome for step in steps]
    first = next((outcome for outcome in outcomes if outcome not in {"passed", "warning"}), None)
    if first is None:
        return "warning" if "warning" in outcomes else "passed"
    return "warning" if first == "failed" and test.severity == "warning" else first
