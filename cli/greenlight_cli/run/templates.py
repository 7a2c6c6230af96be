"""Templates of a suite that nothing gives a value to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from greenlight.smoke import Step, Suite, Test
from greenlight_cli.errors import CannotRunError


def secrets_in(suite: Suite, tests: Iterable[Test]) -> set[str]:
    """Return the secrets that will be needed."""
    names = (name.partition(".") for step, _ in _steps(suite, tests) for name in step.needs)
    return {key for namespace, _, key in names if namespace == "secrets"}


def refuse_unfilled(suite: Suite, tests: Sequence[Test], namespaces: Mapping[str, Mapping[str, Any]]) -> None:
    """Let no test begin that could not be sent.

    Args:
        suite: For its proof of identity and its setup.
        tests: Those that are to be run.
        namespaces: What has a value.

    Raises:
        CannotRunError: With every template of ``green``, ``blue`` and ``run`` that has no value.
    """
    users: dict[str, str] = {}
    for step, user in _steps(suite, tests):
        for name in sorted(step.needs):
            namespace, dot, key = name.partition(".")
            if dot and namespace != "secrets" and namespaces.get(namespace, {}).get(key) is None:
                users.setdefault(name, user)
    if users:
        raise CannotRunError(
            [
                f"{user} needs {{{{ {name} }}}}, which has no value here; give it with --var {name}=VALUE"
                for name, user in users.items()
            ]
        )


def _steps(suite: Suite, tests: Iterable[Test]) -> Iterator[tuple[Step, str]]:
    if suite.identity is not None:
        yield suite.identity.step, "identity"
    for step in suite.setup:
        yield step, "setup"
    for test in tests:
        if test.skip is None:
            for step in test.steps:
                yield step, f'test "{test.name}"'
