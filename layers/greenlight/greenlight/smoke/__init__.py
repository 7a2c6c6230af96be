"""The HTTP smoke suite: reading it, running it against a listener, and saying what came of it."""

from greenlight.smoke.differences import Difference
from greenlight.smoke.earlier import Earlier, decode, encode
from greenlight.smoke.loader import load_suite
from greenlight.smoke.results import (
    AssertionResult,
    Attempt,
    Comparison,
    Fault,
    FaultKind,
    Outcome,
    Repetition,
    StepResult,
    SuiteResult,
    TestResult,
)
from greenlight.smoke.runner import NoBlue, run_suite, select
from greenlight.smoke.suite import SecretPlace, Step, Suite, Test

__all__ = [
    "AssertionResult",
    "Attempt",
    "Comparison",
    "Difference",
    "Earlier",
    "Fault",
    "FaultKind",
    "NoBlue",
    "Outcome",
    "Repetition",
    "SecretPlace",
    "Step",
    "StepResult",
    "Suite",
    "SuiteResult",
    "Test",
    "TestResult",
    "decode",
    "encode",
    "load_suite",
    "run_suite",
    "select",
]
