"""From a command line to files that have arrived."""

import json

import click

from greenlight import aws
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words
from greenlight_cli.ending import Ending
from greenlight_cli.errors import CannotRunError
from greenlight_cli.locations import destination
from greenlight_cli.push.places import Uploaded, refuse_early, unversioned, upload
from greenlight_cli.push.plan import Plan, check, plan
from greenlight_cli.push.rights import lines_of
from greenlight_cli.validate.formats import FORMATS


def run(account: Account, path: str, place: str, *, dry_run: bool) -> Ending:
    """Check a gates file, upload it with its suites, and tell how services name it.

    Args:
        account: Whose buckets and parameters.
        path: The gates file.
        place: Where it goes.
        dry_run: Whether only to tell what would be uploaded.

    Raises:
        CannotRunError: When it cannot be uploaded; what has arrived before is told.
    """
    target = destination(place)
    findings = check(path)
    if findings.mistakes:
        for line in FORMATS["text"](findings):
            click.echo(line, err=True)
        raise CannotRunError(["nothing was uploaded: a gates file with mistakes fails every deployment"])
    made = plan(path, target)
    refuse_early(made)
    for elsewhere in findings.not_looked_at:
        click.echo(
            f"greenlight: {elsewhere.place}: {elsewhere.location} is not on this machine, and was not looked at",
            err=True,
        )
    if dry_run:
        for file in made.uploads:
            click.echo(f"would upload {file.name} to {file.target}")
        return Ending.PASSED
    try:
        warning = unversioned(account, made)
        if warning:
            click.echo(f"greenlight: {warning}", err=True)
        gates = _upload(account, made)
    except aws.AwsError as error:
        raise CannotRunError([in_words(error)]) from error
    _tell(account, made, gates)
    return Ending.PASSED


def _upload(account: Account, made: Plan) -> Uploaded:
    """Upload all files; the gates file last, because it names the others."""
    for file in made.suites:
        click.echo(f"uploaded {file.name} to {upload(account, file).reference}")
    arrived = upload(account, made.gates)
    click.echo(f"uploaded {made.gates.name} to {arrived.reference}")
    return arrived


def _tell(account: Account, made: Plan, gates: Uploaded) -> None:
    if made.suites:
        click.echo(
            "greenlight: the version is that of the gates file; of a suite the newest counts, so that a deployment under way sees the "
            "next push of it",
            err=True,
        )
    if gates.key:
        click.echo(
            f"greenlight: it is encrypted with {gates.key}; is that a key of your own, the stack needs GatesKeyArn",
            err=True,
        )
    for line in lines_of(account, [file.target for file in made.uploads]):
        click.echo(f"greenlight: {line}", err=True)
    click.echo(f"hookDetails: {json.dumps({'gates': gates.reference})}")
    click.echo(gates.reference)
