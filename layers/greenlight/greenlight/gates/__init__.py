"""The gate of a stage: reading it, running its checks, making the verdict."""

from greenlight.gates.engine import Record, run_gate
from greenlight.gates.loading import Configured, Gate, load_gate
from greenlight.gates.model import DEFAULT_DEADLINE_SECONDS, MAX_CHECKS
from greenlight.gates.progress import CheckProgress, Progress
from greenlight.gates.sources import SourceUnavailableError
from greenlight.gates.verdict import HookStatus, Verdict, decide, give_up, wait_for

__all__ = [
    "DEFAULT_DEADLINE_SECONDS",
    "MAX_CHECKS",
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
    "load_gate",
    "run_gate",
    "wait_for",
]
