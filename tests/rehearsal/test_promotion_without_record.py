"""A stack whose record is turned off: less to tell, and it says what is missing."""

from tests.rehearsal.promotions import BEFORE, HEALTH, deployed
from tests.rehearsal.test_promotion import BACK, WELL

GATES = {BEFORE: {"smoke": {"suite": HEALTH}}}


def test_without_a_record_an_approval_says_what_is_missing():
    """And a gate that asks nobody works as ever, and is told."""
    with deployed(RecordRetentionDays="0") as stack:
        assert WELL == stack.deploy(GATES).ending
        played = stack.deploy({BEFORE: {"approval": {}}})
        assert BACK == played.ending
        assert "RecordRetentionDays" in played.result.explanation
        assert 1 == len(played.subjects(f"FAILED at {BEFORE}"))
        assert WELL == stack.deploy(GATES).ending
