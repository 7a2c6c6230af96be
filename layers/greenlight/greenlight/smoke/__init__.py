"""The HTTP smoke suite: reading it, running it against a listener, and saying what came of it."""

from greenlight.smoke.loader import load_suite
from greenlight.smoke.results import (
    AssertionResult,
    Attempt,
    Fault,
    FaultKind,
    Outcome,
    StepResult,
    SuiteResult,
    TestResult,
)
from greenlight.smoke.runner import run_suite, select
from greenlight.smoke.suite import Step, Suite, Test

__all__ = [
    "AssertionResult",
    "Attempt",
    "Fault",
    "FaultKind",
    "Outcome",
    "Step",
    "StepResult",
    "Suite",
    "SuiteResult",
    "Test",
    "TestResult",
    "load_suite",
    "run_suite",
    "select",
]
