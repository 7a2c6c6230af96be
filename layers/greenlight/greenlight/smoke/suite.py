"""A suite as it is run: defaults merged in, every test a list of steps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from greenlight.smoke import templates
from greenlight.smoke.expected import Expect
from greenlight.smoke.model import Capture
from greenlight.smoke.patterns import Pattern
from greenlight.smoke.rounds import Compare, Repeat, Retries
from greenlight.smoke.statuses import REDIRECT, SUCCESS, StatusRule

Severity = Literal["required", "warning"]


@dataclass(frozen=True, kw_only=True)
class Body:
    """What a request carries.

    Attributes:
        kind: How it is written onto the wire.
        value: As loaded, templates and all.
    """

    kind: Literal["json", "text", "form"]
    value: Any


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request and what is expected of its reply.

    Attributes:
        name: Unique in its test.
        method: HTTP method.
        path: Path, possibly with a query; templates not yet filled in, as in all that follows.
        query: Parameters to add to the path.
        headers: Headers to send.
        body: None for a request without.
        timeout: Seconds for the whole exchange.
        follow_redirects: Whether to go on to where a reply points, on the same listener.
        retries: How often a failed attempt is repeated.
        expect: What has to hold.
        warn: What should hold; None for nothing.
        captures: Values to take from the reply, by name.
        always_run: Whether it runs after a failed step, too.
        repeat: How often it is sent to be judged over all replies; None for once.
        compare: How its answer is compared with blue's; None for not at all.
    """

    name: str
    method: str
    path: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Body | None
    timeout: float
    follow_redirects: bool
    retries: Retries
    expect: Expect
    warn: Expect | None
    captures: Mapping[str, Capture]
    always_run: bool = False
    repeat: Repeat | None = None
    compare: Compare | None = None

    @cached_property
    def worst_seconds(self) -> float:
        """Return how long it takes at the very worst."""
        if self.repeat is not None:
            return -(-self.repeat.count // self.repeat.concurrency) * self.timeout
        exchanges = self.retries.count + 1
        if self.compare is not None:
            exchanges += self.compare.samples * (1 if self.compare.latency is None else 2)
        return exchanges * self.timeout + self.retries.pauses

    @property
    def usual_status(self) -> StatusRule:
        """Return the status that its reply has to have, where nothing else is said that of what it looks at."""
        return self.expect.status or (SUCCESS if self.expect.redirect_to is None else REDIRECT)

    @cached_property
    def names(self) -> frozenset[str]:
        """Return every name that a template of this step mentions."""
        body = None if self.body is None else self.body.value
        return frozenset(
            (
                *templates.names([self.path, self.query, self.headers, body]),
                *(name for expect in (self.expect, self.warn) for name in _names(expect)),
            )
        )

    @cached_property
    def needs(self) -> frozenset[str]:
        """Return the names that must have a value before it can be sent; it makes its own captures itself."""
        body = None if self.body is None else self.body.value
        sent = templates.names([self.path, self.query, self.headers, body])
        return frozenset((*sent, *_names(self.expect))) - self.captures.keys()


def _names(expect: Expect | None) -> Iterator[str]:
    if expect is None:
        return
    yield from templates.names(expect.content_type)
    conditions = [*(expect.headers or {}).values(), *(expect.json_ or {}).values(), expect.body, expect.redirect_to]
    for condition in conditions:
        for field_name in condition.model_fields_set if condition else ():
            operand = getattr(condition, field_name)
            yield from templates.names(operand.text if isinstance(operand, Pattern) else operand)


@dataclass(frozen=True, kw_only=True)
class Test:
    """Steps that run in order and share captures.

    Attributes:
        name: Unique in the suite.
        severity: Whether its failure fails the suite, or is only reported.
        tags: For the selection of tests.
        skip: Why it is not run; None when it is.
        steps: One or more.
    """

    __test__ = False  # pytest is not meant

    name: str
    severity: Severity
    tags: tuple[str, ...]
    skip: str | None
    steps: tuple[Step, ...]

    @cached_property
    def worst_seconds(self) -> float:
        """Return how long it takes at the very worst."""
        return 0.0 if self.skip is not None else sum(step.worst_seconds for step in self.steps)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What proves that green answers.

    Attributes:
        step: What is asked.
        consecutive: How many good replies in a row it takes.
        interval: Seconds between them.
        wait: Seconds after which no new row is begun.
    """

    step: Step
    consecutive: int
    interval: float
    wait: float


@dataclass(frozen=True)
class SecretPlace:
    """Where a secret is kept.

    Attributes:
        service: boto3's name of the service.
        name: Of the parameter or secret; its ARN does as well.
        key: Key of the JSON object that it is; None for all of it.
    """

    service: Literal["ssm", "secretsmanager"]
    name: str
    key: str | None = None

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Tests that run side by side against one endpoint.

    Attributes:
        name: For reports.
        source: The document it was read from, for messages.
        host: Host header, SNI, and the name looked for in the certificate; None leaves it to the endpoint.
        variables: Values for templates.
        concurrency: How many tests run at a time.
        tests: One or more.
        namespaces: Namespaces that its templates refer to, so that a caller looks up only those.
        secrets: Where the secrets are kept, by name.
        identity: What proves that green answers, before anything else is asked; None for no proof.
        setup: Steps before all tests, whose captures all tests see.
    """

    name: str
    source: str
    host: str | None
    variables: Mapping[str, Any] = field(repr=False)
    concurrency: int
    tests: tuple[Test, ...]
    namespaces: frozenset[str]
    secrets: Mapping[str, SecretPlace] = field(default_factory=dict)
    identity: Identity | None = None
    setup: tuple[Step, ...] = ()

    @property
    def compares(self) -> bool:
        """Tell whether some test asks blue as well."""
        return any(step.compare is not None for test in self.tests for step in test.steps)
