"""The ``smoke`` check: a suite of HTTP tests against the test or the production listener."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from greenlight import secrets
from greenlight.checks.base import CheckContext, CheckSettings, Files
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.deployment import Deployment, DeploymentError, Revision, Target
from greenlight.documents import DocumentError, Mistake
from greenlight.endpoint import Endpoint, EndpointError, parse_endpoint
from greenlight.smoke import (
    NoBlue,
    Suite,
    SuiteResult,
    TestResult,
    decode,
    encode,
    load_suite,
    run_suite,
    select,
)
from greenlight.stages import BEFORE_PRODUCTION, TESTING, Stage

_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "error": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
}
_TOLD_TESTS = 20


def _endpoint(url: str) -> str:
    try:
        parse_endpoint(url)
    except EndpointError as error:
        raise PydanticCustomError("greenlight", "{problem}", {"problem": str(error)}) from error
    return url


_EndpointUrl = Annotated[
    str,
    AfterValidator(_endpoint),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\s]+/?[?#]*$",
            "errorMessage": "write http://host:port or https://host:port; user, path and query come from the tests",
        }
    ),
]


class SmokeSettings(CheckSettings):
    """What a gates file says of a smoke check.

    Attributes:
        file: Location of the suite; a relative one counts from the gates file.
        suite: The suite itself.
        endpoint: Where to send the requests, as in ``http://host:port``; nothing is looked up then.
        blue_endpoint: Where to ask blue for comparison, as in ``http://host:port``.
        service_connect: Whether requests to the endpoint carry the header that Service Connect takes for test traffic.
        container: The container behind the load balancer to ask, where the service has several of them.
        target: Which listener to look up; None leaves it to the stage.
        tags: Only tests with one of these tags are run; empty means all.
    """

    file: Annotated[str, Field(min_length=1)] | None = None
    suite: dict[str, Any] | None = None
    endpoint: _EndpointUrl | None = None
    blue_endpoint: _EndpointUrl | None = None
    service_connect: bool = False
    container: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    target: Literal["test", "production"] | None = None
    tags: tuple[str, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _one_suite(self) -> Self:
        if (self.file is None) == (self.suite is None):
            raise PydanticCustomError(
                "greenlight", "needs a suite: either `file: smoke.yaml`, or `suite:` with the suite itself"
            )
        if self.service_connect and self.endpoint is None:
            raise PydanticCustomError(
                "greenlight", "service_connect needs an endpoint: its names resolve only inside the namespace"
            )
        if self.container is not None and self.endpoint is not None:
            raise PydanticCustomError("greenlight", "container chooses among listeners; it has no use beside endpoint")
        return self


@dataclass(frozen=True)
class SmokeCheck:
    """A suite, ready to be run."""

    kind: ClassVar[str] = "smoke"
    settings: SmokeSettings
    suite: Suite
    target: Target
    stage: str

    @property
    def over_listeners(self) -> bool:
        """Tell whether its requests go over a listener of the service, so that it matters where that leads."""
        return self.settings.endpoint is None

    def skip_on_create(self) -> str | None:
        """Say that production does not answer before a new service's traffic is shifted, unless an endpoint is given."""
        if self.target == "production" and self.settings.endpoint is None and self.stage in BEFORE_PRODUCTION:
            return "production does not answer yet"
        return None

    def run(self, context: CheckContext) -> CheckResult:
        """Run what is left of the suite; trouble on the way to an answer is an error, never a failure."""
        try:
            endpoint = self._endpoint(context.deployment)
            namespaces = self._namespaces(context)
        except (DeploymentError, secrets.SecretError) as error:
            outcome = Outcome.ERROR if error.transient else Outcome.FAILED
            return CheckResult(outcome, str(error), memory=context.memory)
        result = run_suite(
            self.suite,
            endpoint,
            namespaces=namespaces,
            deadline=context.deadline,
            run_id=context.run_id,
            tags=self.settings.tags,
            blue=self._blue_endpoint(context.deployment) if self.suite.compares else None,
            earlier=decode(context.memory, len(select(self.suite, self.settings.tags))),
        )
        return _check_result(result, endpoint)

    def _endpoint(self, deployment: Deployment) -> Endpoint:
        if self.settings.endpoint is None:
            return deployment.endpoint(
                self.target, container=self.settings.container, named=self.suite.host is not None
            )
        endpoint = parse_endpoint(self.settings.endpoint)
        if not self.settings.service_connect or self.target != "test":
            return endpoint
        headers = deployment.green().test_headers
        if not headers:
            raise DeploymentError(
                "the check says service_connect, and green has no test traffic rule; add testTrafficRules to the "
                "clientAliases of its serviceConnectConfiguration"
            )
        return replace(endpoint, headers=headers)

    def _blue_endpoint(self, deployment: Deployment) -> Endpoint | NoBlue:
        """Return where blue answers: the production listener, as long as green is behind the other one."""
        if self.settings.blue_endpoint is not None:
            return parse_endpoint(self.settings.blue_endpoint)
        if self.settings.endpoint is not None:
            return NoBlue(reason="the check has an explicit endpoint; give it a blue_endpoint beside")
        if self.target == "production":
            return NoBlue(reason="the target is the production listener itself", expected=True)
        try:
            if deployment.is_create():
                return NoBlue(reason="the service's first deployment", expected=True)
            return deployment.endpoint(
                "production", container=self.settings.container, named=self.suite.host is not None
            )
        except DeploymentError as error:
            return NoBlue(reason=str(error))

    def _namespaces(self, context: CheckContext) -> dict[str, dict[str, Any]]:
        """Look up what the suite's templates name, and only that."""
        namespaces: dict[str, dict[str, Any]] = {"run": {"id": context.run_id}}
        if "green" in self.suite.namespaces:
            namespaces["green"] = context.deployment.green().variables()
        if "blue" in self.suite.namespaces:
            namespaces["blue"] = _blue(context.deployment).variables()
        if self.suite.secrets:
            namespaces["secrets"] = secrets.resolve(self.suite.secrets)
        return namespaces


def _blue(deployment: Deployment) -> Revision:
    blue = deployment.blue()
    if blue is None:
        raise DeploymentError(
            "the suite uses {{ blue.* }}, and there is no blue in a first deployment; set on_create: skip"
        )
    return blue


def prepare_smoke(settings: CheckSettings, stage: str, files: Files) -> SmokeCheck:
    """Read the suite of a smoke check.

    Raises:
        DocumentError: With every mistake in it, or when no test has one of the tags.
    """
    if not isinstance(settings, SmokeSettings):
        raise TypeError(settings)
    document = files.here.at(("suite",)) if settings.file is None else files.read(settings.file)
    target: Target = settings.target or ("test" if stage in TESTING else "production")
    suite = load_suite(document)
    try:
        select(suite, settings.tags)
    except DocumentError as error:  # the tags stand in the gates file, and are wrong there
        place = files.here.place(("tags",))
        raise DocumentError([Mistake(place, mistake.text) for mistake in error.mistakes]) from error
    before = stage in BEFORE_PRODUCTION or stage == Stage.PRODUCTION_TRAFFIC_SHIFT
    if target == "production" and settings.endpoint is None and before:
        suite = replace(suite, identity=None)  # blue answers there as well, and is meant to
    return SmokeCheck(settings, suite, target, stage)


def _check_result(result: SuiteResult, endpoint: Endpoint) -> CheckResult:
    details = _details(result, endpoint)
    if result.unfinished:
        return CheckResult(
            Outcome.INCONCLUSIVE,
            _so_far(result),
            retry_after=0,
            details=details,
            memory=encode(result.earlier),
            evidence=result,
            doomed=result.outcome == "failed",
        )
    outcome = _OUTCOMES[result.outcome]
    # After an error the tests that have an outcome are not run again.
    memory = encode(result.earlier) if outcome is Outcome.ERROR else {}
    return CheckResult(outcome, result.reason, details=details, memory=memory, evidence=result)


def _so_far(result: SuiteResult) -> str:
    """Say how far a suite came that goes on in the next invocation."""
    if result.identity is not None and result.identity.outcome == "not_run":
        return f"identity: {result.identity.why}; it is asked on in the next invocation"
    settled = sum(outcome is not None for outcome in result.earlier.outcomes)
    failed = sum(test.outcome == "failed" for test in result.tests)
    trouble = f", {failed} of them failed ({result.earlier.words})" if failed else ""
    return f"{settled} of {len(result.tests)} tests done{trouble}; the others follow in the next invocation"


def _details(result: SuiteResult, endpoint: Endpoint) -> dict[str, Any]:
    """Return what the log shall hold: the numbers, and all that did not pass."""
    outcomes = Counter(test.outcome for test in result.tests)
    blemished = [test for test in result.tests if test.outcome != "passed" and not test.earlier]
    return {
        "suite": result.name,
        "endpoint": endpoint.url,
        "named_by": endpoint.source,
        "tests": dict(outcomes),
        **({"identity": _test(result.identity)} if result.identity else {}),
        **({"setup": _test(result.setup)} if result.setup and result.setup.outcome != "passed" else {}),
        "not_passed": [_test(test) for test in blemished[:_TOLD_TESTS]],
    }


def _test(test: TestResult) -> dict[str, Any]:
    told: dict[str, Any] = {"name": test.name, "outcome": test.outcome, "why": test.why}
    step = next((step for step in test.steps if step.outcome != "passed" and step.attempts), None)
    if step is not None:
        last = step.attempts[-1]
        told |= {
            "request": f"{step.request} ({step.url})",
            "attempts": len(step.attempts),
            "seconds": round(last.seconds, 3),
            "status": last.status,
            "failed": [str(each) for each in (*step.assertions, *last.assertions) if not each.passed],
            "body": last.body,
        }
    return told
