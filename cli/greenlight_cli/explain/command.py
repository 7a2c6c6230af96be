"""The command ``greenlight explain``, as click sees it."""

import click

from greenlight_cli import account as accounts
from greenlight_cli.ending import Ending

_EXAMPLES = """\
\b
examples:
  greenlight explain shop/orders
      the newest deployment of a service: how it went, why, and what to do
  greenlight explain arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/gI4wT1VJGIDqf2kYpoeZ5
      one deployment, as long as ECS knows it (90 days)
  greenlight explain gI4wT1VJGIDqf2kYpoeZ5 --json
      by its ID, which the record has to know; for programs
"""

_NAME_ONE = "name a deployment or a service, as in: greenlight explain CLUSTER/SERVICE"


@click.command(epilog=_EXAMPLES, short_help="Why did this roll back? At most ten lines.")
@click.argument("deployment", required=False, metavar="DEPLOYMENT|SERVICE")
@click.option("--cluster", metavar="NAME", help="the cluster, where SERVICE is a name alone")
@click.option("--json", "as_json", is_flag=True, help="the same for programs")
@accounts.options_with_record
def explain(account: accounts.Account, deployment: str | None, cluster: str | None, *, as_json: bool) -> Ending:
    """Tell how a deployment went, why, and what to do next, in at most ten lines.

    DEPLOYMENT is the ARN of a service deployment or its last part; CLUSTER/SERVICE means the service's newest deployment. ECS,
    the record and the logs of Greenlight's functions are asked; what they do not answer is named, and the rest is told.

    Exit codes: 0 it was told, however the deployment went, 2 nobody knows such a deployment.
    """
    if deployment is None:
        raise click.UsageError(_NAME_ONE)  # the record is kept by deployment, and has no list of them
    from greenlight_cli.explain.session import run  # noqa: PLC0415 - not for --help

    return run(account, deployment, cluster=cluster, as_json=as_json)
