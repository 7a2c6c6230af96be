"""How a command can end, and the exit code of each end. This is the only place that knows exit codes."""

from collections.abc import Mapping
from enum import Enum
from typing import Final


class Ending(Enum):
    """What a command came to."""

    PASSED = "passed"
    FAILED = "failed"
    COULD_NOT_RUN = "could not run"
    INTERRUPTED = "interrupted"


_CODES: Final[Mapping[Ending, int]] = {
    Ending.PASSED: 0,
    Ending.FAILED: 1,
    Ending.COULD_NOT_RUN: 2,
    Ending.INTERRUPTED: 130,  # as shells have it: 128 and the number of SIGINT
}


_ENDINGS: Final[Mapping[str, Ending]] = {
    "passed": Ending.PASSED,
    "skipped": Ending.PASSED,  # for a stated reason, and the verdict says loudly that nothing was checked
    "failed": Ending.FAILED,
    "error": Ending.COULD_NOT_RUN,
}


def ending_of(outcome: str) -> Ending:
    """Return the end that the outcome of a suite is."""
    return _ENDINGS[outcome]


def exit_code(ending: Ending) -> int:
    """Return the exit code of an end."""
    return _CODES[ending]
