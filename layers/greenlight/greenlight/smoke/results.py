"""What came of a run: suite, tests, steps, attempts, assertions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from greenlight.smoke.differences import Difference
from greenlight.smoke.earlier import Earlier
from greenlight.smoke.suite import Severity

Outcome = Literal["passed", "failed", "warning", "error", "not_run", "skipped"]

FaultKind = Literal[
    "configuration",  # the request cannot be made as it is written; never retried
    "dns",
    "connect",
    "tls",
    "certificate",
    "timeout",  # the request's own time-out
    "deadline",  # no time was left for the run
    "reset",
    "cut",
    "protocol",
    "encoding",
    "too_large",
]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Why there is no reply to judge, or not all of it.

    Attributes:
        kind: For programs.
        text: For people: one sentence, what happened and where to look.
    """

    kind: FaultKind
    text: str


@dataclass(frozen=True, kw_only=True)
class AssertionResult:
    """One expectation and what came of it.

    Attributes:
        subject: What was looked at: ``status``, ``header Location``, ``json items[0].id``.
        expected: In words that follow the subject.
        actual: What was there.
        passed: Whether it holds.
        severity: ``warning`` for what stands under ``warn``.
    """

    subject: str
    expected: str
    actual: str
    passed: bool
    severity: Severity = "required"

    def __str__(self) -> str:
        return f"expected {self.subject} {self.expected}, got {self.actual}"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try of a step.

    Attributes:
        started: Seconds since the epoch.
        seconds: How long the exchange lasted.
        status: Status code of the reply; None without a reply.
        headers: Of the reply; only where something failed.
        body: Beginning of the reply's body; only where something failed.
        assertions: Everything that was looked at.
        fault: What kept the reply from being judged; None when nothing did.
    """

    started: float
    seconds: float
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    assertions: tuple[AssertionResult, ...] = ()
    fault: Fault | None = None

    @property
    def outcome(self) -> Outcome:
        """Return what this attempt says of the step."""
        broken = [assertion for assertion in self.assertions if not assertion.passed]
        if any(assertion.severity == "required" for assertion in broken):
            return "failed"
        if self.fault is not None:
            return "failed" if self.fault.kind == "configuration" else "error"
        return "warning" if broken else "passed"

    @property
    def why(self) -> str:
        """Return the first thing that was not as it should be; empty when all was."""
        broken = sorted((a for a in self.assertions if not a.passed), key=lambda a: a.severity != "required")
        if self.fault is not None and (not broken or broken[0].severity != "required"):
            return self.fault.text
        return str(broken[0]) if broken else ""


@dataclass(frozen=True, kw_only=True)
class Repetition:
    """What came of a request that was sent many times.

    Attributes:
        passed: Attempts that were as expected.
        failed: Attempts whose reply was not.
        errors: Attempts without a reply to judge.
        seconds: How long each took, in the order they were started; None without a reply.
    """

    passed: int
    failed: int
    errors: int
    seconds: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How green's answer compares with blue's.

    Attributes:
        blue_url: Where blue was asked.
        blue_status: Of blue's last reply; None without one.
        blue_seconds: The fastest of blue's answers; None without one.
        green_seconds: The fastest of green's answers.
        differences: What is told of the differences, in the order of the document.
        more: How many differences there are besides.
        no_baseline: Why nothing was compared; empty when it was.
    """

    blue_url: str
    blue_status: int | None = None
    blue_seconds: float | None = None
    green_seconds: float | None = None
    differences: tuple[Difference, ...] = ()
    more: int = 0
    no_baseline: str = ""


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """What came of a step.

    Attributes:
        name: As in the suite.
        request: Method and path.
        url: Where it went.
        outcome: What it says of the test.
        attempts: In order; none when it was not run. Of a repeated request only samples, bad ones first.
        tries: How many attempts it may take until one passes.
        note: Why it was not run, or one sentence on all attempts.
        assertions: What was looked at over all attempts: the success rate, percentiles, likeness to blue.
        repetition: Of a request that is repeated.
        comparison: Of a request that blue was asked, too.
    """

    name: str
    request: str
    url: str
    outcome: Outcome
    attempts: tuple[Attempt, ...] = ()
    tries: int = 1
    note: str = ""
    assertions: tuple[AssertionResult, ...] = ()
    repetition: Repetition | None = None
    comparison: Comparison | None = None

    @property
    def why(self) -> str:
        """Return one sentence where there is something to say, as ``passed on attempt 2 of 3``."""
        if self.note or not self.attempts:
            return self.note
        if self.repetition is not None:
            return self._why_of_all
        alone = self._why_of_attempts
        return alone if self.attempts[-1].outcome != "passed" else "; ".join(filter(None, (self._why_of_all, alone)))

    @property
    def _why_of_all(self) -> str:
        broken = sorted((a for a in self.assertions if not a.passed), key=lambda a: a.severity != "required")
        parts = [str(broken[0])] if broken else []
        if self.repetition is not None and self.attempts[0].why:
            parts.append(f"as in: {self.attempts[0].why}" if broken else self.attempts[0].why)
        if self.comparison is not None and self.comparison.no_baseline:
            parts.append(f"no baseline: {self.comparison.no_baseline}")
        return "; ".join(parts)

    @property
    def _why_of_attempts(self) -> str:
        which = f"attempt {len(self.attempts)} of {self.tries}" if len(self.attempts) > 1 else ""
        if self.attempts[-1].outcome == "passed":
            return f"passed on {which}" if which else ""
        return f"{self.attempts[-1].why} ({which})" if which else self.attempts[-1].why


@dataclass(frozen=True, kw_only=True)
class TestResult:
    """What came of a test.

    Attributes:
        name: As in the suite.
        outcome: Of the first step that did not pass; ``warning`` also when a test that is not required failed.
        severity: As in the suite.
        tags: As in the suite.
        steps: In order; none when it was not run.
        seconds: How long it lasted.
        note: Why it was not run.
        earlier: Whether it ran in an earlier invocation, of which nothing but the outcome is known here.
    """

    __test__ = False  # pytest is not meant

    name: str
    outcome: Outcome
    severity: Severity = "required"
    tags: tuple[str, ...] = ()
    steps: tuple[StepResult, ...] = ()
    seconds: float = 0.0
    note: str = ""
    earlier: bool = False

    @property
    def why(self) -> str:
        """Return what was not as it should be, with the step where there are several; empty when all was."""
        step = self._troubled
        if step is None:
            return self.note
        return f'step "{step.name}": {step.why}' if len(self.steps) > 1 else step.why

    @property
    def reason(self) -> str:
        """Return one sentence that names the test and says why it came out as it did."""
        joint = ", " if self._troubled is not None and len(self.steps) > 1 else ": "
        return f'test "{self.name}"{joint}{self.why or self.outcome}'

    @property
    def _troubled(self) -> StepResult | None:
        """Return the step that decided the outcome, or that there is something to say about."""
        telling = [step for step in self.steps if step.outcome != "passed"] or [step for step in self.steps if step.why]
        return min(telling, key=lambda step: step.outcome in {"passed", "warning"}, default=None)


@dataclass(frozen=True, kw_only=True)
class SuiteResult:
    """What came of a suite.

    Attributes:
        name: As in the suite.
        tests: In the order of the suite.
        seconds: How long it lasted.
        identity: What came of the proof that green answers; None where the suite asks for none.
        setup: What came of the steps before all tests; None where there are none.
        unfinished: How many tests wait for the next invocation, and will be run then.
        earlier: What the next invocation has to know.
        url: Where the requests went.
        blue_url: Where blue was asked for comparison; empty when it was not.
    """

    name: str
    tests: tuple[TestResult, ...]
    seconds: float
    identity: TestResult | None = None
    setup: TestResult | None = None
    unfinished: int = 0
    earlier: Earlier = field(default_factory=Earlier)
    url: str = ""
    blue_url: str = ""

    @property
    def outcome(self) -> Literal["passed", "failed", "error", "skipped"]:
        """Return the answer of the suite. What is not required never fails it; what was not run never passes it."""
        before = {phase.outcome for phase in (self.identity, self.setup) if phase is not None}
        required = {test.outcome for test in self.tests if test.severity == "required"} | before
        if "failed" in required:
            return "failed"
        if required & {"error", "not_run"}:
            return "error"
        outcomes = {test.outcome for test in self.tests}
        if outcomes & {"passed", "warning"}:
            return "passed"
        return "skipped" if outcomes == {"skipped"} else "error"

    @property
    def reason(self) -> str:
        """Return one sentence for people: the first thing that went wrong, or how much went well."""
        if self.outcome == "failed":
            return self._first_of("failed")
        if self.outcome == "error":
            return self._first_of("error", "not_run")
        counts = [f"{_tests(self.tests, 'passed', 'warning')} passed"]
        warnings = [test for test in self.tests if test.outcome == "warning"]
        if warnings:
            counts.append(f"{len(warnings)} with warnings: {self._told(warnings[0])}")
        if any(test.outcome == "skipped" for test in self.tests):
            counts.append(f"{_tests(self.tests, 'skipped')} skipped")
        return ", ".join(counts)

    def _told(self, test: TestResult) -> str:
        return self.earlier.words if test.earlier and self.earlier.words else test.reason

    def _first_of(self, *outcomes: Outcome) -> str:
        for phase in (self.identity, self.setup):
            if phase is not None and phase.outcome in outcomes:
                return f"{phase.name}: {phase.why or phase.outcome}"
        troubled = [test for test in self.tests if test.outcome in {"failed", "error", "not_run"}]
        troubled = [test for test in troubled if test.severity == "required"] or troubled
        first = next((test for test in troubled if test.outcome in outcomes), None)
        if first is None:
            return "no test was run"
        told = self._told(first)
        others = [test for test in troubled if test is not first]
        if not others:
            return told
        did = "failed" if all(test.outcome == "failed" for test in others) else "did not pass"
        return f"{told}, and {len(others)} more test{'s' if len(others) > 1 else ''} {did}"


def _tests(tests: Sequence[TestResult], *outcomes: Outcome) -> str:
    count = sum(test.outcome in outcomes for test in tests)
    return f"{count} test{'' if count == 1 else 's'}"
