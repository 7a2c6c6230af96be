"""The command ``greenlight validate``, as click sees it."""

import click

from greenlight_cli.ending import Ending

_EXAMPLES = """\
\b
examples:
  greenlight validate gates.yaml
      the gates file, and the suites that it names beside it
  greenlight validate gates.yaml smoke.yaml other/smoke.yaml
      all of them in one go
  generate-suite | greenlight validate -
      standard input
  greenlight validate --format github gates.yaml
      in GitHub Actions: each mistake beside its line
"""


@click.command(epilog=_EXAMPLES, short_help="Find every mistake in gates files and smoke suites.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="for people, for programs, or as annotations for GitHub Actions",
)
def validate(files: tuple[str, ...], form: str) -> Ending:
    """Find every mistake in gates files and smoke suites, each with its line and its cure.

    A FILE is either of the two, which is seen from its keys; - is standard input. Suites that a gates file names beside it
    are looked at, too. Nothing is sent anywhere.

    Exit codes: 0 no mistakes, 2 mistakes.
    """
    if files.count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    from greenlight_cli.validate.checking import check_files  # noqa: PLC0415 - not for --help
    from greenlight_cli.validate.formats import FORMATS  # noqa: PLC0415

    findings = check_files(files)
    for line in FORMATS[form](findings):
        click.echo(line)
    return Ending.COULD_NOT_RUN if findings.mistakes else Ending.PASSED
