"""The secrets of a suite: from the environment where the command line says so, else from AWS."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from greenlight.smoke import Suite
from greenlight_cli.errors import CannotRunError
from greenlight_cli.run.values import did_you_mean


def from_environment(
    assignments: Sequence[tuple[str, str]], suite: Suite, environment: Mapping[str, str]
) -> dict[str, str]:
    """Take secrets from environment variables.

    Args:
        assignments: Names of secrets, and of the environment variables that hold them.
        suite: Whose secrets they are.
        environment: Of this process.

    Raises:
        CannotRunError: With every secret that the suite does not have, and every variable that is not set.
    """
    problems = []
    for name, variable in assignments:
        if name not in suite.secrets:
            cure = did_you_mean(name, [*suite.secrets])
            problems.append(f"--secret {name}: the suite needs no such secret; {cure}")
        if not environment.get(variable):
            state = "empty" if variable in environment else "not set"
            problems.append(
                f"--secret {name}: the environment variable {variable} is {state}; the secret belongs there"
            )
    if problems:
        raise CannotRunError(problems)
    return {name: environment[variable] for name, variable in assignments}


def from_aws(suite: Suite, names: Collection[str]) -> dict[str, Any]:
    """Look up secrets with the operator's credentials.

    Raises:
        CannotRunError: With every secret that cannot be had.
    """
    from greenlight.secrets import SecretError, resolve  # noqa: PLC0415 - most suites have none

    values: dict[str, Any] = {}
    problems = []
    for name in sorted(names):
        try:
            values |= resolve({name: suite.secrets[name]})
        except SecretError as error:
            problems.append(f"{str(error).rstrip('.')}; or give it with --secret {name}=ENVVAR")
    if problems:
        raise CannotRunError(problems)
    return values
