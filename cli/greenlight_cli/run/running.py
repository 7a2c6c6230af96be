"""The run itself, and what is known of it when somebody ends it before its time."""

import time
from dataclasses import dataclass, replace

from greenlight.smoke import SuiteResult, TestResult, run_suite
from greenlight.smoke.runner import NoBlue
from greenlight_cli.run.interrupts import told_of_interrupts
from greenlight_cli.run.plan import Plan
from greenlight_cli.run.view.progress import Watcher


@dataclass(frozen=True, kw_only=True)
class Run:
    """What came of a run.

    Attributes:
        result: What is known.
        interrupted: Whether somebody ended it before its time.
    """

    result: SuiteResult
    interrupted: bool = False


def carry_out(plan: Plan, watcher: Watcher) -> Run:
    """Run the tests of a plan.

    Args:
        plan: What to run.
        watcher: Is told of each test as it ends.
    """
    record = _Record(plan, watcher)
    try:
        with watcher, told_of_interrupts(watcher.interrupted):
            result = run_suite(
                plan.suite,
                plan.endpoint,
                namespaces=plan.namespaces,
                deadline=time.monotonic() + plan.seconds,
                run_id=plan.run_id,
                tags=plan.options.tags,
                ca_bundle=plan.options.ca_bundle,
                on_test=record.add,
                blue=plan.blue or NoBlue(reason="there is no --blue-url"),
            )
    except KeyboardInterrupt:
        return Run(result=record.so_far(), interrupted=True)
    return Run(result=_without_next(result, plan.options.deadline))


class _Record:
    """Keeps the results of tests as they end: first the identity and the setup, where there are any.

    Args:
        plan: What is run.
        watcher: Is told as well.
    """

    def __init__(self, plan: Plan, watcher: Watcher) -> None:
        self._plan = plan
        self._watcher = watcher
        self._started = time.monotonic()
        suite = plan.suite
        self._phases = [name for name, there in (("identity", suite.identity), ("setup", suite.setup)) if there]
        self._before: dict[str, TestResult] = {}
        self._tests: dict[str, TestResult] = {}

    def add(self, test: TestResult) -> None:
        """Take what has ended."""
        if len(self._before) < len(self._phases):
            self._before[self._phases[len(self._before)]] = test
        else:
            self._tests[test.name] = test
        self._watcher(test)

    def so_far(self) -> SuiteResult:
        """Return what is known at this moment."""
        note = "not run: interrupted"
        return SuiteResult(
            name=self._plan.suite.name,
            tests=tuple(
                self._tests.get(test.name)
                or TestResult(name=test.name, outcome="not_run", severity=test.severity, tags=test.tags, note=note)
                for test in self._plan.tests
            ),
            seconds=time.monotonic() - self._started,
            identity=self._before.get("identity"),
            setup=self._before.get("setup"),
            url=self._plan.endpoint.url,
        )


def _without_next(result: SuiteResult, deadline: str) -> SuiteResult:
    """Tell of tests that were not begun what it means here: a hook would go on with them in its next invocation."""
    if not result.unfinished:
        return result
    note = f"not run: it could not be sure to end within --deadline {deadline}; give it more"
    tests = tuple(
        replace(test, note=note) if test.outcome == "not_run" and not test.steps else test for test in result.tests
    )
    return replace(result, tests=tests, unfinished=0)
