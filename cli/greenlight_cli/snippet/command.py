"""The command ``greenlight snippet``, as click sees it."""

from typing import Any

import click

from greenlight_cli import account as accounts
from greenlight_cli.ending import Ending
from greenlight_cli.snippet import choices

_EXAMPLES = """\
\b
examples:
  greenlight snippet --format cloudformation --gates s3://my-bucket/orders/gates.yaml
      filled in from the outputs of the stack greenlight
  greenlight snippet --format cdk --pause PRE_PRODUCTION_TRAFFIC_SHIFT --offline
      with placeholders, and a hook of ECS that waits for a person
  greenlight snippet --format terraform --stages PRE_SCALE_UP,POST_TEST_TRAFFIC_SHIFT
      hooks at two stages
"""


def _stages(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(each.strip().upper() for each in value.split(",") if each.strip()))
    if unknown := [stage for stage in named if stage not in choices.FUNCTIONS]:
        raise click.BadParameter(
            f"there is no function for {', '.join(unknown)}; choose of {', '.join(choices.FUNCTIONS)} (a gate at another stage: add "
            "the stage to the lifecycleStages of one of them)"
        )
    return named


@click.command(epilog=_EXAMPLES, short_help="What to paste into a service's definition.")
@click.option(
    "--format", "form", type=click.Choice(choices.FORMATS), required=True, help="the tool that deploys the service"
)
@click.option(
    "--gates", metavar="LOCATION", help="the service's gates file: s3://bucket/key, ssm:/name (default: the stack's)"
)
@click.option(
    "--stages", default="", callback=_stages, metavar="A,B", help="the stages with a hook (default: those of the stack)"
)
@click.option(
    "--strategy",
    type=click.Choice(choices.STRATEGIES),
    default=choices.BLUE_GREEN,
    show_default=True,
    help="how traffic moves",
)
@click.option(
    "--bake",
    type=click.IntRange(0, choices.MOST_BAKE_MINUTES),
    default=choices.USUAL_BAKE_MINUTES,
    show_default=True,
    metavar="MINUTES",
    help="how long blue goes on afterwards",
)
@click.option(
    "--timeout",
    type=click.IntRange(1, choices.MOST_TIMEOUT_MINUTES),
    metavar="MINUTES",
    help="how long ECS waits for a gate (default: 120, before production 360; terraform: ECS's 1440)",
)
@click.option(
    "--pause", type=click.Choice(choices.PAUSE_STAGES), metavar="STAGE", help="a hook of ECS that waits for a person"
)
@click.option("--offline", is_flag=True, help="placeholders instead of the stack's outputs; asks nothing of AWS")
@accounts.options
def snippet(account: accounts.Account, **wish: Any) -> Ending:
    """Print what to paste into a service's definition, so that Greenlight guards its deployments.

    It is filled in from the outputs of Greenlight's stack. Nothing is changed; greenlight attach changes a service itself.

    Exit codes: 0 it was printed, 2 it could not be made.
    """
    from greenlight_cli.snippet.session import Wish, run  # noqa: PLC0415 - not for --help

    return run(account, Wish(**wish))
