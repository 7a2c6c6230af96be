"""When measurements are enough: the truth table of Argo Rollouts.

https://github.com/argoproj/argo-rollouts/blob/master/analysis/analysis_test.go (TestAssessMetricStatus…,
TestAssessMetricFailureInconclusiveOrError, TestRunMeasurementsResetConsecutiveErrorCounter) and
https://argo-rollouts.readthedocs.io/en/stable/features/analysis/#consecutivesuccesslimit-and-failurelimit
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.checks.metrics.analysis import Limits, Phase, Tally, assess
from greenlight.checks.metrics.settings import MOST_ERRORS
from greenlight.gates.progress import ERROR_BUDGET

S, F, I, E = Phase.SUCCESSFUL, Phase.FAILED, Phase.INCONCLUSIVE, Phase.ERROR  # noqa: E741 - as the words of the table
RUNNING = Phase.RUNNING
FOREVER = None


def tally(phases):
    """What some measurements come to."""
    counted = Tally()
    for phase in phases:
        counted = counted.after(phase)
    return counted


@pytest.mark.parametrize(
    ("counted", "limits", "expected"),
    [
        # TestAssessMetricStatusFailureLimit: more than failureLimit fails, as many are let through.
        (Tally(count=3, failed=3), Limits(FOREVER, failure=2), F),
        (Tally(count=3, failed=3), Limits(FOREVER, failure=3), RUNNING),
        # TestAssessMetricStatusInconclusiveLimit
        (Tally(count=3, inconclusive=3), Limits(FOREVER, inconclusive=2), I),
        (Tally(count=3, inconclusive=3), Limits(FOREVER, inconclusive=3), RUNNING),
        # TestAssessMetricStatusConsecutiveErrors: the default is 4.
        (Tally(errors=5), Limits(FOREVER), E),
        (Tally(errors=4), Limits(FOREVER), RUNNING),
        # TestAssessMetricStatusCountReached
        (Tally(count=10, streak=10), Limits(10), S),
        (Tally(count=10, inconclusive=5), Limits(10), I),
        # Failures within the limit do not fail when the count is reached.
        (Tally(count=10, failed=3), Limits(10, failure=3), S),
        (Tally(count=9, failed=3), Limits(10, failure=3), RUNNING),
        # TestAssessMetricFailureInconclusiveOrError: the last limit that is broken has the word.
        (Tally(count=2, failed=1, inconclusive=1), Limits(FOREVER), I),
        (Tally(count=2, failed=1, inconclusive=1, errors=5), Limits(FOREVER), E),
        # consecutiveSuccessLimit alone: failureLimit -1 is off, and it is waited for N good ones in a row.
        (Tally(count=50, failed=47, streak=3), Limits(FOREVER, failure=-1, consecutive_success=4), RUNNING),
        (Tally(count=50, failed=46, streak=4), Limits(FOREVER, failure=-1, consecutive_success=4), S),
        (Tally(count=50, failed=50), Limits(FOREVER, failure=-1, consecutive_success=4), RUNNING),
        # Both: failureLimit broken, whatever the streak.
        (Tally(count=5, failed=3, streak=1), Limits(FOREVER, failure=2, consecutive_success=4), F),
        (Tally(count=7, failed=3, streak=4), Limits(FOREVER, failure=2, consecutive_success=4), F),
        # Both: the row is complete before failureLimit is broken.
        (Tally(count=6, failed=2, streak=4), Limits(FOREVER, failure=2, consecutive_success=4), S),
        # Both: neither yet.
        (Tally(count=5, failed=2, streak=3), Limits(FOREVER, failure=2, consecutive_success=4), RUNNING),
        # The count ends it before the row is complete: not a success.
        (Tally(count=5, failed=2, streak=3), Limits(5, failure=2, consecutive_success=4), I),
        (Tally(count=5, failed=5), Limits(5, failure=-1, consecutive_success=4), I),
        # consecutiveSuccessLimit 0 is off.
        (Tally(count=4, streak=4), Limits(5), RUNNING),
    ],
)
def test_truth_table(counted, limits, expected):
    """A limit is broken by more than it says; a count or a row is reached by as many as it says."""
    assert expected is assess(counted, limits)


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        ([S, S, F, S], Tally(count=4, failed=1, streak=1)),
        ([E, E, E], Tally(errors=3)),
        ([S, E, S], Tally(count=2, streak=1)),
        ([E, E, I], Tally(count=1, inconclusive=1)),
        ([E, E, F, E], Tally(count=1, failed=1, errors=1)),
        ([S, S, I, S], Tally(count=4, inconclusive=1, streak=1)),
    ],
)
def test_what_counts(phases, expected):
    """An error is no measurement, and ends a row of good ones; any measurement ends a row of errors."""
    assert expected == tally(phases)


def test_a_gate_gives_up_with_the_error_that_breaks_the_highest_limit():
    """So that consecutive_error_limit and the gate's own budget are one thing."""
    assert ERROR_BUDGET == MOST_ERRORS + 1


@given(
    phases=st.lists(st.sampled_from([S, F, I, E]), max_size=30),
    limits=st.builds(
        Limits,
        count=st.one_of(st.none(), st.integers(1, 10)),
        failure=st.integers(-1, 5),
        inconclusive=st.integers(0, 5),
        consecutive_error=st.integers(0, 4),
        consecutive_success=st.integers(0, 5),
    ),
)
def test_nothing_succeeds_with_more_than_is_let_through(phases, limits):
    """Whatever came, in whatever order."""
    counted = tally(phases)
    if assess(counted, limits) is S:
        assert counted.count > 0
        assert limits.failure < 0 or counted.failed <= limits.failure
        assert counted.inconclusive <= limits.inconclusive
        assert counted.errors <= limits.consecutive_error
        assert not limits.consecutive_success or counted.streak >= limits.consecutive_success
        assert limits.consecutive_success or counted.count >= limits.count
