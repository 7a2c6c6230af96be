"""Changes of this process's environment that are taken back."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    """Set variables for a while; None removes one."""
    before = {name: os.environ.get(name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


def sealed(rehearsed: Mapping[str, str]) -> dict[str, str | None]:
    """Return the changes that leave no way to a real AWS account.

    Args:
        rehearsed: What the rehearsal's own AWS API asks a client to have in its environment.
    """
    changes: dict[str, str | None] = {name: None for name in os.environ if name.startswith("AWS_")}
    changes |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    changes["no_proxy"] = None  # it would go before NO_PROXY, which the rehearsal's API sets
    return changes | dict(rehearsed)


def _set(changes: Mapping[str, str | None]) -> None:
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
