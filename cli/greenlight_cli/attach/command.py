"""The commands ``greenlight attach`` and ``greenlight detach``, as click sees them."""

import click

from greenlight_cli import account as accounts
from greenlight_cli.ending import Ending

LONGEST_MINUTES = 1440
"""A hook that is a function: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHookTimeoutConfiguration.html"""

_ATTACH_EXAMPLES = """\
\b
examples:
  greenlight attach orders --cluster shop --gates s3://shop-deploy/orders/gates.yaml
      the hooks of Greenlight's stack for a service; the difference is shown, and you are asked
  greenlight attach shop/orders --dry-run
      what would change, and whether it would work; nothing is changed
  greenlight attach shop/orders --stages PRE_SCALE_UP,POST_TEST_TRAFFIC_SHIFT --timeout 60 --yes
      some stages only, an hour for each, in a pipeline
"""

_DETACH_EXAMPLES = """\
\b
examples:
  greenlight detach shop/orders
      take the hooks of Greenlight's stack away; others stay
  greenlight detach shop/orders --dry-run
      what would change
"""


def _stages(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...] | None:
    named = [stage.strip().upper() for text in value for stage in text.split(",") if stage.strip()]
    if value and not named:
        raise click.BadParameter("names no stage")
    from greenlight.stages import Stage  # noqa: PLC0415 - not for --help

    known = list(Stage)
    for stage in named:
        if stage not in known:
            raise click.BadParameter(f'"{stage}" is no stage; choose of {", ".join(known)}')
    return tuple(dict.fromkeys(named)) if named else None


@click.command(epilog=_ATTACH_EXAMPLES, short_help="Let Greenlight's hooks guard a service that exists.")
@click.argument("service", metavar="SERVICE")
@click.option("--cluster", metavar="NAME", help="the cluster, where SERVICE is a name alone (default: ECS's default)")
@click.option(
    "--gates", metavar="LOCATION", help="the gates file: s3://bucket/key, ssm:/name, or file:path in the functions"
)
@click.option(
    "--stages", multiple=True, callback=_stages, metavar="STAGE,…", help="at which stages (default: the stack's)"
)
@click.option(
    "--timeout",
    type=click.IntRange(1, LONGEST_MINUTES),
    metavar="MINUTES",
    help="how long ECS waits for each hook (default: what it has; new ones 120, before production 360)",
)
@click.option("--dry-run", is_flag=True, help="show what would change, and change nothing")
@click.option("--force", is_flag=True, help="attach in spite of errors")
@click.option("-y", "--yes", is_flag=True, help="do not ask once more")
@accounts.options
def attach(
    account: accounts.Account,
    service: str,
    cluster: str | None,
    *,
    gates: str | None,
    stages: tuple[str, ...] | None,
    timeout: int | None,
    dry_run: bool,
    force: bool,
    yes: bool,
) -> Ending:
    """Attach the hooks of Greenlight's stack to a service, beside the hooks that it has.

    The difference is shown first, and everything is looked at that greenlight doctor looks at; with errors nothing is changed.
    Hooks of Greenlight's that are there already are put right, and keep their gates file and time-out where no other is named. No
    deployment is started. Attaching twice changes nothing.

    Exit codes: 0 attached (or nothing to change, or it would work), 1 refused for errors or by you, 2 it could not be done.
    """
    from greenlight.stages import Stage  # noqa: PLC0415 - not for --help
    from greenlight_cli.attach.merging import Wish  # noqa: PLC0415
    from greenlight_cli.attach.session import Manner, run_attach  # noqa: PLC0415

    wish = Wish(None if stages is None else tuple(Stage(stage) for stage in stages), gates, timeout)
    return run_attach(account, service, cluster=cluster, wish=wish, manner=Manner(dry_run, yes, force))


@click.command(epilog=_DETACH_EXAMPLES, short_help="Take Greenlight's hooks away from a service.")
@click.argument("service", metavar="SERVICE")
@click.option("--cluster", metavar="NAME", help="the cluster, where SERVICE is a name alone (default: ECS's default)")
@click.option("--dry-run", is_flag=True, help="show what would change, and change nothing")
@click.option("-y", "--yes", is_flag=True, help="do not ask once more")
@accounts.options
def detach(account: accounts.Account, service: str, cluster: str | None, *, dry_run: bool, yes: bool) -> Ending:
    """Take the hooks of Greenlight's stack away from a service; all other hooks stay as they are.

    The difference is shown first. No deployment is started.

    Exit codes: 0 detached (or nothing to change), 1 you said no, 2 it could not be done.
    """
    from greenlight_cli.attach.session import Manner, run_detach  # noqa: PLC0415 - not for --help

    return run_detach(account, service, cluster=cluster, manner=Manner(dry_run, yes))
