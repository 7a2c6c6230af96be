"""From a command line to what is wrong with a service."""

import os
import sys

import click

from greenlight import aws
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words
from greenlight_cli.account.stack import read_stack
from greenlight_cli.doctor.examining import examine
from greenlight_cli.doctor.finding import Finding, Level, ending_of, error, unknown
from greenlight_cli.doctor.service import find_service
from greenlight_cli.doctor.showing import as_json, show_findings, total
from greenlight_cli.doctor.subject import Subject
from greenlight_cli.ending import Ending
from greenlight_cli.errors import CannotRunError
from greenlight_cli.run.view.screen import open_screen


def run(account: Account, service: str, *, cluster: str | None, as_document: bool, quiet: bool) -> Ending:
    """Look at a service, and tell what was found.

    Args:
        account: Where to look.
        service: What the person calls it.
        cluster: The cluster, where the service is a name alone.
        as_document: Whether programs read it.
        quiet: Whether what is as it should be is left out.

    Raises:
        CannotRunError: When nobody knows the service, or ECS does not say.
    """
    try:
        account, found = find_service(account, service, cluster)
    except aws.AwsError as trouble:
        raise CannotRunError([in_words(trouble)]) from trouble
    subject, findings = meet(account, found)
    findings += examine(subject)
    if as_document:
        click.echo(as_json(str(found["serviceArn"]), findings))
    else:
        screen = open_screen(sys.stdout, os.environ, no_color=False)
        shown = [finding for finding in findings if not quiet or finding.level is not Level.OK]
        show_findings(screen, shown)
        screen.line(f"{found['serviceName']}: {total(findings)}")
    return ending_of(findings)


def meet(account: Account, service: dict[str, object]) -> tuple[Subject, list[Finding]]:
    """Return the service as it is looked at, and what was found of Greenlight's stack."""
    take_region(account)
    place = f"stack {account.stack}"
    try:
        return Subject(account, service, read_stack(account)), []
    except CannotRunError as problem:
        found = [error(place, *_text_and_cure(each)) for each in problem.problems]
    except aws.AwsError as trouble:
        found = [unknown(place, in_words(trouble))]
    return Subject(account, service, None), found


def take_region(account: Account) -> None:
    """Let the library, which reads gates files as functions do, ask in the region of the service."""
    if account.region is None:
        return
    import boto3  # noqa: PLC0415 - not where nothing is read

    session = boto3.DEFAULT_SESSION
    if session is not None and session.region_name == account.region and account.profile is None:
        return
    boto3.setup_default_session(profile_name=account.profile, region_name=account.region)
    aws.forget_clients()


def _text_and_cure(problem: str) -> tuple[str, str]:
    text, _, cure = problem.partition("; ")
    return text, cure or "name Greenlight's stack with --stack"
