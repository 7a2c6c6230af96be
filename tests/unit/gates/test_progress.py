"""Where a check stands after another answer."""

import pytest

from greenlight.checks import CheckResult, Outcome
from greenlight.gates import CheckProgress


def test_errors_in_a_row_are_counted():
    """Any other answer ends the row."""
    stands = CheckProgress()
    for expected in (1, 2, 3):
        stands = stands.after(CheckResult(Outcome.ERROR, "no"))
        assert expected == stands.errors
    assert 0 == stands.after(CheckResult(Outcome.INCONCLUSIVE, "not yet")).errors


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.ERROR])
def test_an_answer_is_remembered(outcome):
    """With what it said and what it wants handed back."""
    result = CheckResult(outcome, "so it is", memory={"seen": 5})
    assert CheckProgress(outcome, 0, "so it is", {"seen": 5}) == CheckProgress(None, 3, "old", {"seen": 4}).after(
        result
    )
