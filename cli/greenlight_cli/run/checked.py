"""Options whose values are more than text, each read or refused."""

import ssl

from greenlight.documents import Document, DocumentError, Strict, validate
from greenlight.endpoint import FROM_A_TERMINAL, Endpoint, EndpointError, parse_endpoint
from greenlight.smoke import Suite, Test, select
from greenlight.smoke.fields import Span
from greenlight.smoke.model import Target
from greenlight_cli.errors import CannotRunError
from greenlight_cli.run.options import RunOptions


class _Deadline(Strict):
    deadline: Span


def endpoint(options: RunOptions) -> Endpoint:
    """Return where the requests go.

    Raises:
        CannotRunError: When the URL is none.
    """
    return _endpoint(options.url, "--url")


def blue(options: RunOptions) -> Endpoint | None:
    """Return where blue is; None when nobody said.

    Raises:
        CannotRunError: When the URL is none.
    """
    return _endpoint(options.blue_url, "--blue-url") if options.blue_url is not None else None


def host(options: RunOptions) -> str | None:
    """Return the name that users ask for; None when it is left to the suite.

    Raises:
        CannotRunError: When it is no name of a host.
    """
    if options.host is None:
        return None
    try:
        return validate(Target, Document("--host", {"host": options.host})).host
    except DocumentError as error:
        raise CannotRunError([f"--host: {mistake.text}" for mistake in error.mistakes]) from error


def seconds(options: RunOptions) -> float:
    """Return how long the run may take.

    Raises:
        CannotRunError: When that is no duration.
    """
    try:
        return validate(_Deadline, Document("--deadline", {"deadline": options.deadline})).deadline
    except DocumentError as error:
        raise CannotRunError([f"--deadline: {mistake.text}" for mistake in error.mistakes]) from error


def tests(options: RunOptions, suite: Suite) -> tuple[Test, ...]:
    """Return the tests that are wanted.

    Raises:
        CannotRunError: When no test has one of the tags.
    """
    try:
        return select(suite, options.tags)
    except DocumentError as error:
        raise CannotRunError([f"--tag: {mistake.text}" for mistake in error.mistakes]) from error


def refuse_unusable_authorities(options: RunOptions) -> None:
    """Look whether certificates can be checked with the authorities that are given.

    Raises:
        CannotRunError: When they cannot be read, or are none.
    """
    if options.ca_bundle is None:
        return
    try:
        ssl.create_default_context(cafile=options.ca_bundle)
    except ssl.SSLError as error:
        problem = "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"
        raise CannotRunError([f"--ca-bundle: {options.ca_bundle} {problem}"]) from error
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
        raise CannotRunError([f"--ca-bundle: {options.ca_bundle} {problem}"]) from error


def _endpoint(url: str, option: str) -> Endpoint:
    try:
        return parse_endpoint(url, source=option, where_to_look=FROM_A_TERMINAL)
    except EndpointError as error:
        raise CannotRunError([f"{option}: {error}"]) from error
