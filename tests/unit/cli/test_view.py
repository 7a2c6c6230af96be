"""How results are written, whatever is in them."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from greenlight.smoke import AssertionResult, Attempt, Fault, StepResult, SuiteResult, TestResult
from greenlight.smoke.results import Comparison, Difference, Repetition
from greenlight_cli.run.options import RunOptions
from greenlight_cli.run.running import Run
from greenlight_cli.run.session import show
from greenlight_cli.run.view.screen import open_screen
from greenlight_cli.run.view.telling import lines_of
from greenlight_cli.run.view.words import at_a_glance, attempts_text, one_line

OPTIONS = RunOptions(suite="smoke.yaml", url="http://a")


class Terminal(io.StringIO):
    """Output that says it is a terminal."""

    def isatty(self):
        return True


def attempt(status=200, seconds=0.012, broken=(), fault=None, body=""):
    """An attempt that met with some trouble."""
    assertions = tuple(AssertionResult(subject=text, expected="a", actual="b", passed=False) for text in broken)
    return Attempt(
        started=0,
        seconds=seconds,
        status=status,
        assertions=assertions,
        fault=fault and Fault(kind="connect", text=fault),
        body=body,
    )


def step(*attempts, name="t", outcome="failed", **more):
    """A step with some attempts."""
    return StepResult(name=name, request="GET /", url="http://a/", outcome=outcome, attempts=attempts, **more)


def case(*steps, name="t", outcome="failed", **more):
    """A test with some steps."""
    return TestResult(name=name, outcome=outcome, steps=steps, seconds=0.5, **more)


def suite(*tests, **more):
    """The result of a suite with some tests."""
    return SuiteResult(name="s", tests=tests, seconds=1.5, **more)


def shown(result, *, interrupted=False, columns=None, no_color=True):
    """Show a run, and return what was written."""
    file = io.StringIO() if columns is None else Terminal()
    size = {} if columns is None else {"COLUMNS": str(columns)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in size.items():
            patch.setenv(name, value)
        show(Run(result=result, interrupted=interrupted), open_screen(file, size, no_color=no_color), OPTIONS)
    return file.getvalue()


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ((), ""),
        ((step(),), ""),
        ((step(attempt()),), "1"),
        ((step(attempt(), tries=3),), "1 of 3"),
        ((step(attempt(), attempt(), tries=3),), "2 of 3"),
        ((step(attempt()), step(attempt(), attempt(), tries=2), step(attempt())), "2 of 2"),
        (
            (step(attempt(), repetition=Repetition(passed=7, failed=2, errors=1, seconds=())),),
            "7 of 10 passed",
        ),
    ],
)
def test_attempts_are_those_of_the_step_that_took_most(steps, text):
    """Three steps with one attempt each are no three attempts."""
    assert text == attempts_text(case(*steps))


@pytest.mark.parametrize(
    ("test", "lines"),
    [
        (case(outcome="not_run", note="not run: no time"), ["not run: no time"]),
        (case(step(attempt(500, broken=["x", "y"]))), ["GET / (http://a/)", "attempt 1 of 1: status 500 after 12 ms", "  expected x a, got b", "  expected y a, got b"]),
        (case(step(attempt(None, fault="no route"), outcome="error")), ["GET / (http://a/)", "attempt 1 of 1: no reply after 12 ms", "  no route"]),
        (case(step(attempt(500, broken=["x"], body="a\n\tb\n"))), ["GET / (http://a/)", "attempt 1 of 1: status 500 after 12 ms", "  expected x a, got b", "  body: a", "            b"]),
        (
            case(step(attempt(503, broken=["x"]), attempt(503, 0.5, broken=["x"]), attempt(200), tries=5, outcome="warning")),
            ["GET / (http://a/)", "attempts 1 to 2 of 5: status 503 after 12 ms to 500 ms", "  expected x a, got b"],
        ),
        (
            case(step(attempt(), name="one", outcome="passed"), step(attempt(404, broken=["x"]), name="two"), step(name="three", outcome="not_run", note="not run")),
            ['step "two": FAILED', "  GET / (http://a/)", "  attempt 1 of 1: status 404 after 12 ms", "    expected x a, got b", 'step "three": NOT RUN', "  GET / (http://a/)", "  not run"],
        ),
        (
            case(step(attempt(), outcome="warning", comparison=Comparison(blue_url="http://b", no_baseline="blue is down"))),
            ["GET / (http://a/)", "nothing to compare with: blue is down"],
        ),
        (
            case(step(attempt(), comparison=Comparison(blue_url="http://b", differences=(Difference(path="a.b", blue="1", green="2"),), more=1))),
            ["GET / (http://a/)", "  a.b: blue 1, green 2", "  and 1 more difference"],
        ),
        (
            case(step(attempt(500, broken=["x"]), repetition=Repetition(passed=7, failed=2, errors=1, seconds=()))),
            ["GET / (http://a/)", "sent 10 times: 7 as expected, 2 not, 1 without a reply", "sample 1: status 500 after 12 ms", "  expected x a, got b"],
        ),
    ],
)  # fmt: skip
def test_a_test_is_told_in_lines(test, lines):
    """All that was not as it should be, and nothing that was."""
    assert lines == [" " * indent + text for indent, text in lines_of(test)]


def test_what_an_interrupted_run_has_to_say():
    """How far it came, and what it found until then."""
    result = suite(case(outcome="passed"), case(outcome="failed"), case(outcome="not_run", note="not run: interrupted"))

    assert (
        "INTERRUPTED s: 2 of 3 tests had ended: 1 passed, 1 failed (1.5 s)"
        == shown(result, interrupted=True).splitlines()[-1]
    )


def test_tests_that_were_not_run_are_counted_by_their_reason():
    """Two hundred of them would bury what matters."""
    result = suite(*(case(outcome="not_run", note=note, name=str(number)) for number, note in enumerate("aab")))

    assert ["NOT RUN 2 tests: a", "NOT RUN 1 test: b"] == re.findall(r"^NOT RUN .*", shown(result), re.MULTILINE)


def test_the_table_cuts_what_is_told_beneath_it():
    """A sentence of five lines for each test is no glance."""
    fault = "no route " * 40
    written = shown(suite(case(step(attempt(None, fault=fault), outcome="error"), outcome="error")))

    assert f"    {one_line(fault)}\n" in written
    assert at_a_glance(fault).endswith("...")
    assert len(at_a_glance(fault)) == 100


WILD = st.text(max_size=60)


@given(WILD, WILD, WILD, st.sampled_from([20, 40, 80, 133, None]), st.booleans())
def test_whatever_is_in_a_result_it_is_shown(name, text, body, columns, no_color):
    """No character steers the terminal, none is lost to a format, and no line is wider than there is room."""
    trouble = step(attempt(500, broken=[text], body=body), name=name)
    written = shown(suite(case(trouble, trouble, name=name)), columns=columns, no_color=no_color)

    plain = re.sub(r"\x1b\[[\d;]*m", "", written)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", plain)
    assert "FAILED" in plain
    assert columns is None or columns >= max(cell_len(line) for line in plain.split("\n"))
