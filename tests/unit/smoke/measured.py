"""A test in a process of its own, so that nothing else counts into the memory that it takes."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from greenlight.endpoint import parse_endpoint
from tests.unit.smoke.servers import only_attempt, run

ROOT = Path(__file__).resolve().parents[3]
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What came of a test, and what it took.

    Attributes:
        outcome: Of the suite.
        kind: Of the fault; None without one.
        reason: One sentence.
        seconds: How long the run lasted.
        megabytes: The most memory that its process ever held.
    """

    outcome: str
    kind: str | None
    reason: str
    seconds: float
    megabytes: float


def measure(url: str, test: Mapping[str, Any]) -> Measured:
    """Run one test in a fresh interpreter."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "greenlight")])
    process = subprocess.run(
        [sys.executable, "-m", "tests.unit.smoke.measured", url, json.dumps(test)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return Measured(**json.loads(process.stdout))


def peak_megabytes() -> float:
    """Return the most memory that this process ever held."""
    if _STATUS.exists():  # ru_maxrss counts the parent, too, because a child starts as its copy
        peak = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Run the test of the command line, and print what came of it."""
    url, test = sys.argv[1:]
    started = time.monotonic()
    result = run(parse_endpoint(url), json.loads(test))
    seconds = time.monotonic() - started
    fault = only_attempt(result).fault
    measured = Measured(
        outcome=result.outcome,
        kind=None if fault is None else fault.kind,
        reason=result.reason,
        seconds=seconds,
        megabytes=peak_megabytes(),
    )
    sys.stdout.write(json.dumps(asdict(measured)))


if __name__ == "__main__":
    main()
