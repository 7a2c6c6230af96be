"""The command ``greenlight push``, as click sees it."""

import click

from greenlight_cli import account as accounts
from greenlight_cli.ending import Ending

_EXAMPLES = """\
\b
examples:
  greenlight push gates.yaml s3://my-bucket/orders/gates.yaml
      the gates file, and the suites that it names beside it
  gates=$(greenlight push gates.yaml s3://my-bucket/orders/gates.yaml | tail -1)
      the versioned reference for the next command
  greenlight push gates.yaml ssm:/orders/gates
      a small one, as a parameter of Systems Manager
"""


@click.command(epilog=_EXAMPLES, short_help="Check a gates file, and upload it with its suites.")
@click.argument("file", metavar="FILE")
@click.argument("destination", metavar="DESTINATION")
@click.option("--dry-run", is_flag=True, help="only tell what would be uploaded")
@accounts.options
def push(
    account: accounts.Account,
    file: str,
    destination: str,
    dry_run: bool,  # noqa: FBT001 - click hands it over by its name
) -> Ending:
    """Check a gates file as greenlight validate does, and upload it with the suites that it names beside it.

    DESTINATION is s3://bucket/key or ssm:/name; suites go beside it. The last line is the reference for hookDetails, with the
    version where there is one. Standard error tells what the stack needs so that its functions may read it.

    Exit codes: 0 it was uploaded, 2 it was not.
    """
    from greenlight_cli.push.session import run  # noqa: PLC0415 - not for --help

    return run(account, file, destination, dry_run=dry_run)
