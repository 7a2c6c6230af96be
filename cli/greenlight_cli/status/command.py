"""The commands ``greenlight status`` and ``greenlight watch``, as click sees them."""

import os

import click

from greenlight_cli import account as accounts
from greenlight_cli.ending import Ending

LEAST_INTERVAL, MOST_INTERVAL, USUAL_INTERVAL = 2, 300, 5
"""Seconds between two looks. ECS throttles whoever looks more often, and hooks are asked every 30 s."""

_STATUS_EXAMPLES = """\
\b
examples:
  greenlight status shop/orders
      the newest deployment of a service: stage, weights, hooks, verdicts, who is waited for
"""

_WATCH_EXAMPLES = """\
\b
examples:
  greenlight watch shop/orders
      until the deployment has ended
  greenlight watch shop/orders --interval 30 && ./announce.sh
      in a pipeline: a line for each change, and an exit code at the end
"""


@click.command(epilog=_STATUS_EXAMPLES, short_help="How a deployment stands, on one screen.")
@click.argument("service", metavar="SERVICE")
@click.option("--cluster", metavar="NAME", help="the cluster, where SERVICE is a name alone")
@accounts.options_with_record
def status(account: accounts.Account, service: str, cluster: str | None) -> Ending:
    """Show how the newest deployment of a service stands.

    Strategy and stage, the weights of blue and green, the hooks and how long ECS waits for them, the last verdict of each gate
    with its reason, and the command that answers whoever is waited for. SERVICE is CLUSTER/SERVICE, an ARN, or a deployment's.

    Exit codes: 0 it was told, 2 nobody knows such a service or deployment.
    """
    from greenlight_cli.status.session import show  # noqa: PLC0415 - not for --help

    return show(account, service, cluster)


@click.command(epilog=_WATCH_EXAMPLES, short_help="Watch a deployment live, until it has ended.")
@click.argument("service", metavar="SERVICE")
@click.option("--cluster", metavar="NAME", help="the cluster, where SERVICE is a name alone")
@click.option(
    "--interval",
    type=click.IntRange(LEAST_INTERVAL, MOST_INTERVAL),
    default=USUAL_INTERVAL,
    show_default=True,
    metavar="SECONDS",
    help=f"how often to look, {LEAST_INTERVAL} to {MOST_INTERVAL}",
)
@accounts.options_with_record
def watch(account: accounts.Account, service: str, cluster: str | None, interval: int) -> Ending:
    """Watch the newest deployment of a service until it has ended, and then tell its story.

    In a terminal the screen of ``greenlight status`` is kept up to date; elsewhere each change is a line. Where AWS throttles,
    it is asked less often.

    Exit codes: 0 it succeeded, 1 it did not, 2 it could not be watched, 130 interrupted with Ctrl-C.
    """
    from greenlight_cli.status.session import follow  # noqa: PLC0415 - not for --help

    return follow(account, service, cluster, interval=interval, environment=os.environ)
