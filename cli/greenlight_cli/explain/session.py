"""From a command line to a story."""

import json

import click

from greenlight import aws
from greenlight.story import Story, tell
from greenlight.story.ending import read
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words
from greenlight_cli.ending import Ending
from greenlight_cli.errors import CannotRunError
from greenlight_cli.explain.facts import Facts, gather
from greenlight_cli.explain.logs import needed, read_logs


def run(account: Account, deployment: str, *, cluster: str | None, as_json: bool) -> Ending:
    """Tell the story of a deployment.

    Args:
        account: Where to look.
        deployment: What the person calls it.
        cluster: The cluster, where it is the name of a service.
        as_json: Whether programs read it.

    Raises:
        CannotRunError: When nobody knows it, or AWS does not say which one is meant.
    """
    try:
        facts = gather(account, deployment, cluster)
    except aws.AwsError as error:
        raise CannotRunError([in_words(error)]) from error
    story = told(facts)
    if as_json:
        click.echo(json.dumps(_document(facts, story), indent=2, ensure_ascii=False))
    else:
        for line in story.lines:
            click.echo(harmless(line))
    return Ending.PASSED


def told(facts: Facts) -> Story:
    """Tell what is known, with the logs where they are needed, and name what could not be asked."""
    ending = read(facts.deployment)
    lines = read_logs(facts, ending) if needed(facts, ending) else []
    story = tell(
        facts.deployment,
        facts.verdicts,
        facts.approvals,
        log_lines=lines,
        functions=list(facts.functions.values()),
    )
    return story.noting("; ".join(facts.trouble))


def harmless(text: str) -> str:
    """Return a text without what would steer a terminal; others wrote parts of it."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _document(facts: Facts, story: Story) -> dict[str, object]:
    return {
        "deployment": facts.arn,
        "service": str(facts.deployment.get("serviceArn") or ""),
        "status": story.status,
        "good": story.good,
        "cause": str(story.cause),
        "headline": story.headline,
        "lines": list(story.lines),
        "trouble": list(facts.trouble),
    }
