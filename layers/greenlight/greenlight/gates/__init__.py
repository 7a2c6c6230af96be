"""The gate of a stage: reading it, running its checks, making the verdict."""

from greenlight.gates.engine import Around, Record, run_gate, run_on_rollback
from greenlight.gates.loading import Configured, Gate, has_gate, load_gate
from greenlight.gates.model import DEFAULT_DEADLINE_SECONDS, MAX_CHECKS
from greenlight.gates.progress import ERROR_BUDGET, CheckProgress, Progress
from greenlight.gates.sources import SourceUnavailableError
from greenlight.gates.verdict import HookStatus, Verdict, decide, give_up, wait_for

__all__ = [
    "DEFAULT_DEADLINE_SECONDS",
    "ERROR_BUDGET",
    "MAX_CHECKS",
    "Around",
    "CheckProgress",
    "Configured",
    "Gate",
    "HookStatus",
    "Progress",
    "Record",
    "SourceUnavailableError",
    "Verdict",
    "decide",
    "give_up",
    "has_gate",
    "load_gate",
    "run_gate",
    "run_on_rollback",
    "wait_for",
]
