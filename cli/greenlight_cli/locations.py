"""Locations of gates files, as they stand on a command line."""

import os

from greenlight.documents import DocumentError
from greenlight.gates.sources import FORMS, Source, locate
from greenlight_cli.errors import CannotRunError


def check_gates(location: str | None) -> None:
    """Refuse a location of a gates file that no function could read.

    Args:
        location: What ``--gates`` says; None where it stands nowhere.

    Raises:
        CannotRunError: When it is none.
    """
    if location is None:
        return
    if os.path.isfile(location):  # noqa: PTH113 - it may be no path at all
        problem = f"--gates {location} is a file of this machine, which no function can read"
        raise CannotRunError(
            [f"{problem}; upload it (greenlight push {location} s3://bucket/gates.yaml), and name that"]
        )
    if _located(location) is None:
        raise CannotRunError(
            [f'--gates "{location}" is no location; write {FORMS} (greenlight push FILE s3://bucket/key uploads one)']
        )


def destination(text: str) -> Source:
    """Read where a gates file is to go.

    Raises:
        CannotRunError: When it is no place that can be written to.
    """
    target = _located(text)
    if target is None:
        raise CannotRunError([f'"{text}" is no location to push to; write s3://bucket/key or ssm:/name'])
    if target.scheme == "file":
        raise CannotRunError([f"{text} is in the deployed function; push to s3://bucket/key or ssm:/name"])
    if target.version_id is not None:
        raise CannotRunError([f"{text} names a version, and S3 gives a new one; leave out ?versionId=…"])
    return target


def _located(text: str) -> Source | None:
    try:
        return locate(text, None, place="the command line")
    except DocumentError:  # whose words are for hookDetails
        return None
