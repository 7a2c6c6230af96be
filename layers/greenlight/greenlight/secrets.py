"""Secrets of suites, from where they are kept: Parameter Store and Secrets Manager."""

import json
from collections.abc import Mapping
from typing import Any, Final

from greenlight import aws
from greenlight.smoke import SecretPlace

_MAX_AGE_SECONDS: Final = 60
"""How long a value serves several checks and invocations; a rotated secret is seen after that."""

_HINT: Final = "; the stack's parameter SecretArns says which secrets may be read"


class SecretError(Exception):
    """When a secret cannot be had.

    Attributes:
        transient: Whether asking again may help.
    """

    def __init__(self, problem: str, *, transient: bool = False) -> None:
        self.transient = transient
        super().__init__(problem)


def resolve(places: Mapping[str, SecretPlace]) -> dict[str, Any]:
    """Look up secrets.

    Args:
        places: By the name that templates use.

    Raises:
        SecretError: When one of them cannot be had; it never says what a secret holds.
    """
    return {name: _value(name, place) for name, place in places.items()}


def _value(name: str, place: SecretPlace) -> Any:
    try:
        text = _ask(place)
    except aws.AwsError as error:
        denied = isinstance(error, aws.AwsDeniedError)
        problem = f"secret {name} ({place}): {error}{_HINT if denied else ''}"
        raise SecretError(problem, transient=error.may_pass) from error
    if not isinstance(text, str) or not text:
        raise SecretError(f"secret {name} ({place}) holds no text; a binary or an empty secret cannot be used")
    return text if place.key is None else _member(text, place.key, f"secret {name} ({place})")


def _ask(place: SecretPlace) -> Any:
    # Here and not above, because most suites have no secrets and each cold start would pay for it.
    from aws_lambda_powertools.utilities import parameters  # noqa: PLC0415

    operation = "GetParameter" if place.service == "ssm" else "GetSecretValue"
    with aws.in_words(f"{place.service}:{operation}"):
        client = aws.client(place.service)
        try:
            if place.service == "ssm":
                return _provider(parameters.SSMProvider, client).get(place.name, max_age=_MAX_AGE_SECONDS, decrypt=True)
            return _provider(parameters.SecretsProvider, client).get(place.name, max_age=_MAX_AGE_SECONDS)
        except parameters.GetParameterError as error:
            # Powertools wraps what boto3 raised, which says more.
            raise error.__context__ or error from None


_providers: dict[int, Any] = {}


def _provider(kind: Any, client: Any) -> Any:
    """Return the provider of a client, which caches; a client that was built anew has a new one."""
    key = id(client)
    if key not in _providers or _providers[key].client is not client:
        _providers[key] = kind(boto3_client=client)
    return _providers[key]


def _member(text: str, key: str, what: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise SecretError(f'{what} is no JSON object, so it has no key "{key}"; leave out key, or store an object')
    if value.get(key) is None or value[key] == "":
        raise SecretError(f'{what} has no value under the key "{key}"')
    return value[key]
