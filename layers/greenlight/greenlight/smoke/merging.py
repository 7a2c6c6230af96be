"""Defaults under what a test says itself: merged key by key, never inside a single expectation."""

from typing import Any

from greenlight.smoke.expected import Expect
from greenlight.smoke.model import Defaults, Request
from greenlight.smoke.rounds import Retries


def merged(defaults: Defaults, request: Request) -> Defaults:
    """Put a request's own settings over the defaults of the suite.

    A header set to null drops a default of that name; header names are the same in upper and lower case.
    """
    return Defaults.model_construct(
        **{name: _over(getattr(defaults, name), getattr(request, name), name) for name in Defaults.model_fields}
    )


def _over(default: Any, own: Any, name: str) -> Any:
    if default is None or own is None:
        return own if default is None else default
    if isinstance(own, Expect | Retries):
        fields = own.model_fields_set
        return default.model_copy(update={key: _over(getattr(default, key), getattr(own, key), key) for key in fields})
    if isinstance(own, dict):
        replaced = {_key(key, name) for key in own}
        return {key: value for key, value in default.items() if _key(key, name) not in replaced} | own
    return own


def _key(key: Any, name: str) -> Any:
    return key.lower() if name == "headers" else key
