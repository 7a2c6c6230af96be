"""Where the process begins and ends."""

import os
import sys
from contextlib import suppress
from typing import NoReturn

from greenlight_cli.ending import Ending, exit_code

try:
    from greenlight_cli.program import program
except ModuleNotFoundError as error:
    sys.stderr.write(
        f"greenlight: there is no module {error.name}; install it with: pip install 'greenlight-ecs[cli]'\n"
    )
    sys.exit(exit_code(Ending.COULD_NOT_RUN))


def main() -> NoReturn:
    """Run the command line of this process, and end it with the exit code."""
    try:
        program.main(prog_name="greenlight")
    except SystemExit as ended:
        if ended.code == exit_code(Ending.INTERRUPTED):
            _leave(ended.code)
        raise


def _leave(code: int) -> NoReturn:
    """End at once: an ordinary end waits for every test that is under way."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # whoever read it may be gone
            stream.flush()
    os._exit(code)
