"""The command ``greenlight schema``, as click sees it."""

import click

from greenlight_cli.ending import Ending

_EXAMPLES = """\
\b
examples:
  greenlight schema gates > gates.schema.json
      for the first line of a gates file:
      # yaml-language-server: $schema=gates.schema.json
  greenlight schema suite > suite.schema.json
      the same for a smoke suite
"""


@click.command(epilog=_EXAMPLES, short_help="Print the JSON Schema of gates files or smoke suites, for editors.")
@click.argument("kind", type=click.Choice(["gates", "suite"]))
def schema(kind: str) -> Ending:
    """Print the JSON Schema of gates files or smoke suites, with which editors complete and check while you type."""
    from greenlight_cli.schemas.files import FILES, as_text  # noqa: PLC0415 - not for --help

    click.echo(as_text(FILES[f"{kind}.schema.json"]()), nl=False)
    return Ending.PASSED
