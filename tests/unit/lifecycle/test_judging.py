"""What is known of production traffic that a check moved, from one call to the next."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from greenlight.checks import CheckResult, CheckSettings, Outcome
from greenlight.gates import CheckProgress, Record
from greenlight.gates.loading import NamedCheck
from greenlight.lifecycle.judging import _is_shifted
from tests.unit.fakes import FakeCheck, record


@dataclass
class Mover(FakeCheck):
    """A check that moves traffic."""

    moves_traffic: ClassVar[bool] = True


def moved(outcome, memory, *, fresh=True):
    """What a check that moves traffic answered."""
    result = CheckResult(outcome, "so it is", memory=memory)
    check = Mover(lambda _: result, CheckSettings())
    return Record(NamedCheck("steps", check), result, CheckProgress().after(result), fresh=fresh)


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize(
    ("answer", "after"),
    [
        (moved(Outcome.INCONCLUSIVE, {"shifted": True}), {False: True, True: True}),
        (moved(Outcome.FAILED, {"shifted": False}), {False: False, True: False}),
        (moved(Outcome.FAILED, {}), {False: True, True: True}),
        (moved(Outcome.ERROR, {}), {False: True, True: True}),
        (moved(Outcome.INCONCLUSIVE, {}, fresh=False), {False: False, True: True}),
        (moved(Outcome.SKIPPED, {}), {False: False, True: True}),
        (record(Outcome.PASSED), {False: False, True: True}),
    ],
    ids=["moved", "moved back", "broke", "cut off", "held up", "dry_run", "taken out of the gates file"],
)
def test_traffic_counts_as_moved_until_it_surely_is_not(answer, after, before):
    """A gates file that changed in the middle makes a check forget, and users would stay where they are."""
    assert after[before] is _is_shifted([answer], before=before)
