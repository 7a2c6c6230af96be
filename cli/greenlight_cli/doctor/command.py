"""The command ``greenlight doctor``, as click sees it."""

import click

from greenlight_cli import account as accounts
from greenlight_cli.ending import Ending

_EXAMPLES = """\
\b
examples:
  greenlight doctor orders --cluster shop
      everything that would make the next deployment fail, or let it pass unguarded, each with its cure
  greenlight doctor shop/orders --stack gates --json
      the same for programs, with the hooks of another stack of Greenlight's
  greenlight doctor shop/orders --quiet || exit 1
      in a pipeline, before a release: only what is not as it should be
"""


@click.command(epilog=_EXAMPLES, short_help="What is wrong with a service and its hooks, and the cure.")
@click.argument("service", metavar="SERVICE")
@click.option("--cluster", metavar="NAME", help="the cluster, where SERVICE is a name alone (default: ECS's default)")
@click.option("--json", "as_json", is_flag=True, help="the same for programs")
@click.option("-q", "--quiet", is_flag=True, help="leave out what is as it should be")
@accounts.options
def doctor(account: accounts.Account, service: str, cluster: str | None, *, as_json: bool, quiet: bool) -> Ending:
    """Look at a service, its hooks and what surrounds them; nothing is changed.

    Strategy and controller, hooks and their functions, roles and their trust, target groups, listener rules and health checks,
    the gates files and what their checks need, time-outs, and the network between functions and listeners. What AWS does not
    tell is named as such.

    Exit codes: 0 nothing is wrong, 1 errors, 2 no errors, but something could not be looked at (or nobody knows the service).
    """
    from greenlight_cli.doctor.session import run  # noqa: PLC0415 - not for --help

    return run(account, service, cluster=cluster, as_document=as_json, quiet=quiet)
