"""Results with any text and any number in every place."""

from hypothesis import strategies as st

from greenlight.checks import Outcome
from greenlight.gates import HookStatus, Verdict
from greenlight.reports import Facts
from greenlight.smoke.differences import Difference
from greenlight.smoke.results import (
    AssertionResult,
    Attempt,
    Comparison,
    Fault,
    Repetition,
    StepResult,
    SuiteResult,
    TestResult,
)
from tests.unit.reports.samples import record

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(
    [
        "<b>",
        "</p><script>",
        "\" onload='x'",
        "&amp;",
        "]]>",
        "-->",
        "\x00",
        "\ud83d",
        "\u202e",
        "</style>",
        "a\r\nb",
        "_x",
    ]
)
ANY_NUMBER = st.floats() | st.floats(0, 10)
OUTCOME = st.sampled_from(["passed", "failed", "warning", "error", "not_run", "skipped"])
SEVERITY = st.sampled_from(["required", "warning"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


def verdicts(text=ANY_TEXT, details=None):
    """Verdicts in which every text is drawn from one strategy."""
    details = st.dictionaries(text, ANY_JSON, max_size=2) if details is None else details
    records = st.builds(
        record,
        text,
        st.sampled_from(list(Outcome)),
        text,
        evidence=st.none() | suites(text),
        details=details,
        fresh=st.booleans(),
        errors=st.integers(0, 3),
        dry_run=st.booleans(),
        severity=SEVERITY,
    )
    return st.builds(
        Verdict, st.sampled_from(list(HookStatus)), text, st.integers(5, 900), st.lists(records, max_size=2)
    )


def facts(text=ANY_TEXT):
    """Facts of which some are not known."""
    known = dict.fromkeys(("service", "deployment", "stage", "green", "gates", "suite", "url"), st.none() | text)
    return st.builds(Facts, attempt=st.none() | st.integers(1, 99), **known)


def suites(text=ANY_TEXT):
    """Suites with some tests."""
    assertions = st.lists(
        st.builds(AssertionResult, subject=text, expected=text, actual=text, passed=st.booleans(), severity=SEVERITY),
        max_size=2,
    ).map(tuple)
    attempts = st.builds(
        Attempt,
        started=ANY_NUMBER,
        seconds=ANY_NUMBER,
        status=st.none() | st.integers(100, 599),
        headers=st.lists(st.tuples(text, text), max_size=2).map(tuple),
        body=text,
        assertions=assertions,
        fault=st.none() | st.builds(Fault, kind=st.sampled_from(["dns", "timeout", "reset"]), text=text),
    )
    repetitions = st.builds(
        Repetition,
        passed=st.integers(0, 9),
        failed=st.integers(0, 9),
        errors=st.integers(0, 9),
        seconds=st.lists(st.none() | ANY_NUMBER, max_size=5).map(tuple),
    )
    comparisons = st.builds(
        Comparison,
        blue_url=text,
        blue_status=st.none() | st.integers(100, 599),
        blue_seconds=st.none() | ANY_NUMBER,
        green_seconds=st.none() | ANY_NUMBER,
        differences=st.lists(st.builds(Difference, path=text, blue=text, green=text), max_size=2).map(tuple),
        more=st.integers(0, 5),
        no_baseline=st.just("") | text,
    )
    steps = st.builds(
        StepResult,
        name=text,
        request=text,
        url=text,
        outcome=OUTCOME,
        attempts=st.lists(attempts, max_size=2).map(tuple),
        tries=st.integers(1, 5),
        note=text,
        assertions=assertions,
        repetition=st.none() | repetitions,
        comparison=st.none() | comparisons,
    )
    tests = st.builds(
        TestResult,
        name=text,
        outcome=OUTCOME,
        severity=SEVERITY,
        tags=st.lists(text, max_size=2).map(tuple),
        steps=st.lists(steps, max_size=2).map(tuple),
        seconds=ANY_NUMBER,
        note=text,
        earlier=st.booleans(),
    )
    return st.builds(
        SuiteResult,
        name=text,
        tests=st.lists(tests, max_size=3).map(tuple),
        seconds=ANY_NUMBER,
        identity=st.none() | tests,
        setup=st.none() | tests,
        unfinished=st.integers(0, 3),
        url=text,
        blue_url=text,
    )
