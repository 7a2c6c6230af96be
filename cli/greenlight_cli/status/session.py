"""From a command line to what is seen, once or until the deployment has ended."""

import sys
import time
from collections.abc import Mapping
from typing import Final

import click

from greenlight import aws
from greenlight.story.ending import read
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words
from greenlight_cli.account.finding import described
from greenlight_cli.ending import Ending
from greenlight_cli.errors import CannotRunError
from greenlight_cli.explain.facts import Facts, gather, read_record
from greenlight_cli.explain.session import harmless, told
from greenlight_cli.run.view.screen import open_screen
from greenlight_cli.status.picture import lines_of
from greenlight_cli.status.views import ChangesView, LiveView, View

LONGEST_PAUSE: Final = 120.0
"""Seconds between two looks where AWS throttles."""

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
ENDS: Final[Mapping[str, Ending]] = {
    "SUCCESSFUL": Ending.PASSED,
    "STOPPED": Ending.FAILED,
    "ROLLBACK_SUCCESSFUL": Ending.FAILED,
    "ROLLBACK_FAILED": Ending.FAILED,
}

pause = time.sleep


def show(account: Account, service: str, cluster: str | None) -> Ending:
    """Show how the newest deployment of a service stands.

    Raises:
        CannotRunError: When nobody knows it, or AWS does not say which one is meant.
    """
    for line in lines_of(_found(account, service, cluster)):
        click.echo(harmless(line))
    return Ending.PASSED


def follow(
    account: Account, service: str, cluster: str | None, *, interval: float, environment: Mapping[str, str]
) -> Ending:
    """Watch the newest deployment of a service until it has ended.

    Args:
        account: Where to look.
        service: What the person calls it.
        cluster: The cluster, where it is a name alone.
        interval: Seconds between two looks.
        environment: Says what the terminal can show.

    Raises:
        CannotRunError: When nobody knows it, or AWS does not let it be watched.
    """
    facts = _found(account, service, cluster)
    screen = open_screen(sys.stdout, environment, no_color=False)
    view: View = LiveView(screen) if screen.terminal and not screen.console.is_dumb_terminal else ChangesView(screen)
    with view:
        _until_it_ends(facts, view, interval)
    story = told(facts)
    for line in story.lines:
        click.echo(harmless(line))
    return ENDS[story.status]


def _until_it_ends(facts: Facts, view: View, interval: float) -> None:
    seconds = interval
    if facts.trouble and read(facts.deployment).status == "UNKNOWN":
        raise CannotRunError(facts.trouble)
    view.show(lines_of(facts))
    while read(facts.deployment).status not in ENDS:
        pause(seconds)
        try:
            facts.deployment = described(facts.account, facts.arn)
        except aws.AwsError as error:
            if not error.transient:
                raise CannotRunError([in_words(error)]) from error
            seconds = min(seconds * 2, max(LONGEST_PAUSE, interval))
            view.trouble(f"{in_words(error)}; asked again in {seconds:g} s")
            continue
        seconds = interval
        facts.trouble.clear()
        read_record(facts)
        view.show(lines_of(facts))


def _found(account: Account, service: str, cluster: str | None) -> Facts:
    try:
        return gather(account, service, cluster)
    except aws.AwsError as error:
        raise CannotRunError([in_words(error)]) from error
