"""What is remembered of a deployment outside ECS: verdicts, decisions of people, and what was told to whom."""

from greenlight.record.approvals import Approval, ApprovalState, Decision, DecisionRefusedError, Waited
from greenlight.record.once import Claim
from greenlight.record.table import Table, table_of
from greenlight.record.verdicts import Answer, VerdictEntry

__all__ = [
    "Answer",
    "Approval",
    "ApprovalState",
    "Claim",
    "Decision",
    "DecisionRefusedError",
    "Table",
    "VerdictEntry",
    "Waited",
    "table_of",
]
