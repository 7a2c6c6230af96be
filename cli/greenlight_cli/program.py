"""The program: its commands, and what their ends and errors look like from outside.

What a command needs beyond click is imported when the command runs: ``--help`` has to answer at once.
"""

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

import click

from greenlight import __version__
from greenlight_cli.attach.command import attach, detach
from greenlight_cli.decide.command import approve, reject
from greenlight_cli.doctor.command import doctor
from greenlight_cli.ending import Ending, exit_code
from greenlight_cli.errors import CannotRunError
from greenlight_cli.explain.command import explain
from greenlight_cli.push.command import push
from greenlight_cli.run.command import run
from greenlight_cli.schemas.command import schema
from greenlight_cli.snippet.command import snippet
from greenlight_cli.status.command import status, watch
from greenlight_cli.validate.command import validate

_EXAMPLES = """\
\b
examples:
  greenlight validate gates.yaml
      every mistake in a gates file and in the suites that it names
  greenlight run smoke.yaml --url http://127.0.0.1:8080
      the suite of a smoke check, against any URL
  greenlight schema gates > gates.schema.json
      for editors: they complete and check while you type
  greenlight approve gI4wT1VJGIDqf2kYpoeZ5 --comment "looks good"
      a deployment that waits for people; reject is the other word
  greenlight attach shop/orders --gates s3://bucket/gates.yaml
      Greenlight's hooks for a service that exists; detach takes them away, doctor says what is wrong
  greenlight explain shop/orders
      why did this roll back? at most ten lines
  greenlight run --help
      the options of a command
"""


_SECTIONS: Final[Mapping[str, Sequence[click.Command]]] = {
    "Write gates, and try them": (validate, run, schema),
    "Put them in place": (push, attach, detach, doctor, snippet),
    "While a service is deployed, and afterwards": (status, watch, approve, reject, explain),
}


class Program(click.Group):
    """A group whose commands return an ``Ending``, and whose errors become one here and nowhere else."""

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in the order in which people need them."""
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(str(each.name), each.get_short_help_str(formatter.width)) for each in commands])

    def main(self, *arguments: Any, **settings: Any) -> NoReturn:
        """Run a command line, and end with its exit code."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                # A terminal that cannot show a character is no reason to break down.
                stream.reconfigure(errors="backslashreplace")
        sys.exit(self._code(*arguments, **settings))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; who reads its output may go away before the end."""
        try:
            ending = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it ends
            return Ending.COULD_NOT_RUN
        return ending

    def _code(self, *arguments: Any, **settings: Any) -> int:
        try:
            ending = super().main(*arguments, **settings | {"standalone_mode": False})
        except click.ClickException as error:
            error.show()
        except CannotRunError as error:
            for problem in error.problems:
                click.echo(f"greenlight: {problem}", err=True)
        except click.Abort:
            click.echo("greenlight: interrupted", err=True)
            return exit_code(Ending.INTERRUPTED)
        except Exception:  # noqa: BLE001 - Python would end with 1, which says that a suite has failed
            traceback.print_exc()
        else:
            return exit_code(ending) if isinstance(ending, Ending) else ending  # click's own, as of --help
        return exit_code(Ending.COULD_NOT_RUN)


@click.group(
    name="greenlight",
    cls=Program,
    epilog=_EXAMPLES,
    commands=[each for commands in _SECTIONS.values() for each in commands],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="greenlight")
def program() -> None:
    """Deployment gates for Amazon ECS: write them, put them in place, and see what they decide.

    Exit codes of every command: 0 passed, 1 failed, 2 it could not run, 130 interrupted.
    """
