"""Rude servers: what the smoke suite makes of each, how long it takes, and how much memory.

    python benchmarks/rude_servers.py [--only WORDS]

Every case is a test in a fresh interpreter against a server in this one. The memory is the most that the process of the
test ever held, beyond the same with a polite reply. Prints a Markdown table, and exits with 1 when a case comes out
other than it should, later than its time-out and half a second, or with more than 32 MB.
"""

import argparse
import re
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the servers are those of the tests

from tests.unit.smoke.measured import Measured, measure
from tests.unit.smoke.rude import CASES, Case, polite
from tests.unit.smoke.servers import RudeServers

TOLERANCE = 0.5
ALLOWANCE = 32
_POLITE = Case(name="a polite reply", behave=polite, outcome="passed")
_POLITE_RUNS = 5
_WIDTH = 125


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="measure only the cases that have this in their name")
    arguments = parser.parse_args()
    servers = RudeServers()
    measure_case(servers, _POLITE)  # the first one compiles bytecode
    base = sorted(measure_case(servers, _POLITE).megabytes for _ in range(_POLITE_RUNS))[_POLITE_RUNS // 2]
    print(f"A polite reply: {base:.0f} MB.\n")
    print("| the server | outcome | in words | seconds (time-out) | extra MB |\n|---|---|---|---|---|")
    wrong = 0
    for case in CASES:
        if arguments.only in case.name:
            measured = measure_case(servers, case)
            good = is_good(case, measured, base)
            wrong += not good
            print(row(case, measured, base) + ("" if good else " ←"), flush=True)
    servers.stop()
    return min(wrong, 1)


def measure_case(servers: RudeServers, case: Case) -> Measured:
    """Run one test against a server of its own."""
    return measure(replace(servers.start(case.behave), scheme=case.scheme).url, case.test)


def is_good(case: Case, measured: Measured, base: float) -> bool:
    """Tell whether a case came out as it should, on time and without taking much."""
    right = (case.outcome, case.kind) == (measured.outcome, measured.kind) and case.words in measured.reason
    return right and measured.seconds < case.seconds + TOLERANCE and measured.megabytes - base < ALLOWANCE


def row(case: Case, measured: Measured, base: float) -> str:
    """Return a case as a line of the table."""
    outcome = measured.outcome if measured.kind is None else f"{measured.outcome}: {measured.kind}"
    words = re.sub(r"127\.0\.0\.1:\d+", "green", measured.reason.removeprefix('test "health": '))
    cells = [
        textwrap.shorten(case.name, _WIDTH, placeholder=" …"),
        outcome,
        textwrap.shorten(words, _WIDTH, placeholder=" …").replace("|", "\\|"),
        f"{measured.seconds:.2f} ({case.seconds:.0f})",
        f"{max(0.0, measured.megabytes - base):.1f}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
