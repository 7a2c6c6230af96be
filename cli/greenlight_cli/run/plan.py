"""From options to a plan of what to run, or to everything that stands in its way. Nobody but AWS is asked anything."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from greenlight.endpoint import Endpoint
from greenlight.smoke import Suite, Test
from greenlight_cli.errors import refuse_together
from greenlight_cli.run import checked, secret_values
from greenlight_cli.run.loading import load
from greenlight_cli.run.options import RunOptions
from greenlight_cli.run.report_files import refuse_unwritable
from greenlight_cli.run.templates import refuse_unfilled, secrets_in
from greenlight_cli.run.values import Values, read_values


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run.

    Attributes:
        suite: With the host, the concurrency and the variables that the options say.
        tests: Those of its tests that are wanted.
        endpoint: Where the requests go.
        blue: Where blue is; None when nobody said.
        namespaces: Values for templates.
        run_id: What the run calls itself.
        seconds: How long it may take.
        options: What was asked for.
    """

    suite: Suite
    tests: tuple[Test, ...]
    endpoint: Endpoint
    blue: Endpoint | None
    namespaces: Mapping[str, Mapping[str, Any]]
    run_id: str
    seconds: float
    options: RunOptions


def make_plan(options: RunOptions, environment: Mapping[str, str]) -> Plan:
    """Read everything that the options name.

    Args:
        options: What is asked for.
        environment: Of this process, for secrets.

    Raises:
        CannotRunError: With everything that is wrong.
    """
    suite = load(options.suite)
    _refuse_mistakes(options, suite, environment)
    tests = checked.tests(options, suite)
    values = _values(options, suite)
    return Plan(
        suite=replace(
            suite,
            host=checked.host(options) or suite.host,
            concurrency=options.concurrency or suite.concurrency,
            variables={**suite.variables, **values.variables},
        ),
        tests=tests,
        endpoint=checked.endpoint(options),
        blue=checked.blue(options),
        namespaces={**values.namespaces, "secrets": _secrets(options, suite, tests, environment)},
        run_id=str(values.namespaces["run"]["id"]),
        seconds=checked.seconds(options),
        options=options,
    )


def _refuse_mistakes(options: RunOptions, suite: Suite, environment: Mapping[str, str]) -> None:
    refuse_together(
        partial(checked.endpoint, options),
        partial(checked.blue, options),
        partial(checked.host, options),
        partial(checked.seconds, options),
        partial(checked.refuse_unusable_authorities, options),
        partial(refuse_unwritable, options.reports),
        partial(secret_values.from_environment, options.secrets, suite, environment),
        partial(_values, options, suite),
        partial(checked.tests, options, suite),
    )
    refuse_unfilled(suite, checked.tests(options, suite), _values(options, suite).namespaces)


def _secrets(
    options: RunOptions, suite: Suite, tests: Sequence[Test], environment: Mapping[str, str]
) -> dict[str, Any]:
    given = secret_values.from_environment(options.secrets, suite, environment)
    return {**given, **secret_values.from_aws(suite, secrets_in(suite, tests) - given.keys())}


def _values(options: RunOptions, suite: Suite) -> Values:
    given = read_values(options.variables, suite.variables)
    run = {"id": f"cli-{uuid.uuid4().hex[:8]}", **given.namespaces.get("run", {})}
    return replace(given, namespaces={**given.namespaces, "run": run})
