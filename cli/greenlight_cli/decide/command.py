"""The commands ``greenlight approve`` and ``greenlight reject``, as click sees them."""

import sys
from typing import TYPE_CHECKING, Any

import click

from greenlight_cli import account as accounts
from greenlight_cli.ending import Ending

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_COMMENT = 1000
"""As in the record, which is not imported for ``--help``."""

_EXAMPLES = """\
\b
examples:
  greenlight {verb} gI4wT1VJGIDqf2kYpoeZ5 --comment "{comment}"
      a deployment by the end of its ARN, as the notification tells it
  greenlight {verb} arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/gI4wT1VJGIDqf2kYpoeZ5
      the whole ARN, which also works where nothing is recorded and the deployment waits at a PAUSE hook
  greenlight {verb} shop/orders --yes
      the newest deployment of a service, without being asked once more
"""

_HELP = """{what} a deployment that waits for people.

DEPLOYMENT is the ARN of a service deployment or its last part; CLUSTER/SERVICE means the service's newest deployment. What
is decided is shown, and asked once more where somebody sits at a terminal. A decision is made once, and counts for this
deployment and this revision alone.

Exit codes: 0 the decision counts, 1 it does not, and it is told why (too late, made already, not asked yet, another
deployment), 2 it could not be made.
"""


def _comment(_: click.Context, __: click.Parameter, value: str) -> str:
    if len(value) > MAX_COMMENT:
        raise click.BadParameter(f"is {len(value)} characters long; {MAX_COMMENT} are kept")
    return value.strip()


def _command(verb: str, *, approves: bool, what: str, short: str, comment: str) -> click.Command:
    def decide(
        account: accounts.Account, deployment: str, comment: str, name: str | None, cluster: str | None, **flags: Any
    ) -> Ending:
        from greenlight_cli.decide.session import run  # noqa: PLC0415 - not for --help

        ask = not flags["yes"] and sys.stdin.isatty()
        return run(account, deployment, approves=approves, comment=comment, name=name, cluster=cluster, ask=ask)

    decorators: list[Callable[[Any], Any]] = [
        click.argument("deployment", metavar="DEPLOYMENT"),
        click.option("--comment", default="", callback=_comment, metavar="TEXT", help="why, for those who ask later"),
        click.option("--name", metavar="CHECK", help="which decision, where a deployment waits for several"),
        click.option("--cluster", metavar="NAME", help="the cluster, where DEPLOYMENT is the name of a service"),
        click.option("-y", "--yes", is_flag=True, help="do not ask once more"),
        accounts.options_with_record,
    ]
    made: Any = decide
    for add in reversed(decorators):
        made = add(made)
    return click.command(
        verb,
        help=_HELP.format(what=what),
        short_help=short,
        epilog=_EXAMPLES.format(verb=verb, comment=comment),
    )(made)


approve = _command(
    "approve", approves=True, what="Approve", short="Approve a deployment that waits for people.", comment="looks good"
)
reject = _command(
    "reject", approves=False, what="Reject", short="Reject a deployment that waits for people.", comment="wrong tag"
)
