"""From a command line to a snippet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from greenlight import aws
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words
from greenlight_cli.ending import Ending
from greenlight_cli.errors import CannotRunError
from greenlight_cli.locations import check_gates
from greenlight_cli.snippet import hooks
from greenlight_cli.snippet.configuration import CLOUDFORMATION_MINUTES, Configuration
from greenlight_cli.snippet.formats import FORMATS, Format


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        form: One of ``FORMATS``.
        stages: The stages; none means the stack's.
        gates: Location of the service's gates file; None leaves it to the stack.
        strategy: BLUE_GREEN, LINEAR or CANARY.
        bake: Minutes.
        timeout: Minutes that ECS waits for a function; None for what is usual at its stage.
        pause: Stage of a PAUSE hook besides; None for none.
        offline: Whether nothing is asked of AWS.
    """

    form: str
    stages: Sequence[str]
    gates: str | None
    strategy: str
    bake: int
    timeout: int | None
    pause: str | None
    offline: bool


def run(account: Account, wish: Wish) -> Ending:
    """Print the snippet.

    Args:
        account: Whose stack has the hooks.
        wish: What is asked for.

    Raises:
        CannotRunError: When there is no such stack, no such location, or CloudFormation would refuse the time-outs.
    """
    form = FORMATS[wish.form]
    try:
        made = _configuration(account, wish, usual_timeout=form.usual_timeouts)
    except aws.AwsError as error:
        raise CannotRunError([f"{in_words(error)}; or take placeholders with --offline"]) from error
    if form.by_cloudformation and made.minutes > CLOUDFORMATION_MINUTES:
        raise CannotRunError(
            [
                f"bake time and time-outs come to {made.minutes} minutes, and CloudFormation allows {CLOUDFORMATION_MINUTES} together; give a shorter --timeout or --bake"
            ]
        )
    for note in (*form.notes, *made.notes):
        click.echo(_note(note, form), err=form.comment is None)
    for line in form.write(made):
        click.echo(line)
    return Ending.PASSED


def _note(note: str, form: Format) -> str:
    return f"{form.comment} {note}" if form.comment else f"greenlight: {note}"


def _configuration(account: Account, wish: Wish, *, usual_timeout: bool) -> Configuration:
    check_gates(wish.gates)
    found = hooks.placeholders(wish.stages) if wish.offline else hooks.offered(account, wish.stages)
    if wish.pause is not None:
        found = [hook for hook in found if hooks.is_function(hook)] + [hooks.pause(wish.pause)]
    return Configuration(
        strategy=wish.strategy,
        bake_minutes=wish.bake,
        hooks=[
            hooks.completed(hook, gates=wish.gates, timeout=wish.timeout, usual_timeout=usual_timeout) for hook in found
        ],
        notes=tuple(_notes(wish)),
    )


def _notes(wish: Wish) -> Iterator[str]:
    if wish.offline:
        yield hooks.PLACEHOLDER_NOTE
    if wish.gates is None:
        yield "without --gates the stack's parameter Gates says which gates file counts"
