"""The command ``greenlight run``, as click sees it."""

import os
from typing import Any

import click

from greenlight_cli.ending import Ending
from greenlight_cli.run.options import RunOptions

MAX_CONCURRENCY = 20
"""As in the language of suites, which is not imported for ``--help``."""

_EXAMPLES = """\
\b
examples:
  greenlight run smoke.yaml --url http://127.0.0.1:8080
      every test of the suite against one URL
  greenlight run smoke.yaml --url https://10.0.1.7 --host orders.example.com \\
      --var green.image_tag=v2 --tag critical
      an address, under the name in its certificate; with a value for {{ green.image_tag }}
  greenlight run smoke.yaml --url http://green:8080 --blue-url http://blue:8080
      tests with compare: ask both, and tell what differs
  TOKEN=... greenlight run smoke.yaml --url http://green:8080 --secret api_token=TOKEN
      {{ secrets.api_token }} from the environment instead of from AWS
  greenlight run smoke.yaml --url http://green:8080 --junit report.xml --html report.html
      reports besides
"""


class _Assignment(click.ParamType[tuple[str, str]]):
    """Two texts around an equals sign.

    Args:
        form: What to write, as in ``NAME=VALUE``.
    """

    def __init__(self, form: str) -> None:
        self.name = form

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Take the two apart."""
        name, equals, right = str(value).partition("=")
        if not equals or not name.strip():
            self.fail(f'"{value}" is not {self.name}', param, ctx)
        return name.strip(), right


@click.command(epilog=_EXAMPLES, short_help="Run a smoke suite against a URL.")
@click.argument("suite", metavar="SUITE")
@click.option(
    "--url", required=True, metavar="URL", help="where the requests go: http://host:port or https://host:port"
)
@click.option("--blue-url", metavar="URL", help="where blue is, for tests that compare with it")
@click.option(
    "--host",
    metavar="NAME",
    help="the name that users ask for: Host header and certificate (default: target.host of the suite)",
)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="only tests with this tag; may be repeated")
@click.option(
    "--var",
    "variables",
    multiple=True,
    type=_Assignment("NAME=VALUE"),
    metavar="NAME=VALUE",
    help="a variable of the suite, or a value such as green.image_tag=v2; 3 and true are JSON, '\"3\"' is text; "
    "may be repeated",
)
@click.option(
    "--secret",
    "secrets",
    multiple=True,
    type=_Assignment("NAME=ENVVAR"),
    metavar="NAME=ENVVAR",
    help="a secret of the suite from an environment variable; others are looked up in AWS; may be repeated",
)
@click.option("--ca-bundle", metavar="FILE", help="the authorities to trust (default: those that requests trusts)")
@click.option(
    "--concurrency",
    type=click.IntRange(1, MAX_CONCURRENCY),
    metavar="N",
    help="tests at a time (default: as the suite says)",
)
@click.option(
    "--deadline", default="15m", show_default=True, metavar="TIME", help="when it has to be over: 90s, 15m, 1h"
)
@click.option("--json", metavar="FILE", help="write the report as JSON; - is standard output, as for the other reports")
@click.option("--junit", metavar="FILE", help="write the report as JUnit XML")
@click.option("--html", metavar="FILE", help="write the report as an HTML page")
@click.option("-q", "--quiet", is_flag=True, help="only failures and the verdict")
@click.option("--no-color", is_flag=True, help="plain output even in a terminal, as with NO_COLOR set")
def run(**options: Any) -> Ending:
    """Run a smoke suite against a URL.

    SUITE is a file, or - for standard input. Progress goes to standard error; the table, the failures and the verdict in the
    last line go to standard output.

    Exit codes: 0 passed (or every test is skipped for a reason), 1 failed, 2 it could not run: a mistake in the suite or the
    options, or an endpoint that did not answer.
    """
    from greenlight_cli.run.session import play  # noqa: PLC0415 - not for --help

    return play(RunOptions(**options), os.environ)
