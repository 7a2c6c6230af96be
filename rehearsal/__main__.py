"""``python -m rehearsal``."""

import sys
from collections.abc import Sequence

SETUP_FAILED = 2
INTERRUPTED = 130

try:
    from rehearsal.arguments import parse_arguments
    from rehearsal.demo import play
    from rehearsal.registration import SetupError
except ModuleNotFoundError as error:
    sys.stderr.write(f"rehearsal: there is no module {error.name}; run `make install` and use .venv/bin/python\n")
    sys.exit(SETUP_FAILED)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the demo and return the exit code: 0 SUCCESSFUL, 1 any other end, 2 it could not be set up.

    Args:
        arguments: The command line; that of the process when None.
    """
    options = parse_arguments(arguments)
    try:
        return play(options, sys.stdout)
    except SetupError as error:
        sys.stderr.write(f"rehearsal: {error}\n")
        return SETUP_FAILED
    except KeyboardInterrupt:
        sys.stderr.write("rehearsal: interrupted\n")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
