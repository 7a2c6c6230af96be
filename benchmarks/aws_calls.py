"""The calls of AWS that one invocation of a hook makes, in each configuration.

    python benchmarks/aws_calls.py [--only WORDS]

The hooks of the template run in this process against the rehearsal's AWS API, which counts what it is asked. Prints a
Markdown table, and exits with 1 when a configuration makes other calls than are written down in
tests/unit/checks/scenes/calls.py.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the scenes are those of the tests

from tests.unit.checks.scenes.calls import CONFIGURATIONS, counting, row


def main() -> int:
    """Count and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="count only the configurations that have this in their name")
    arguments = parser.parse_args()
    print("| one invocation of | calls | of which |\n|---|---|---|")
    wrong = 0
    with counting() as service:
        for configuration in CONFIGURATIONS:
            if arguments.only in configuration.name:
                made = configuration.count(service)
                good = sum(made.values()) == configuration.calls
                wrong += not good
                print(row(configuration, made) + ("" if good else f" ← {configuration.calls}"), flush=True)
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
