"""The ``smoke`` check: a suite of HTTP tests against the test or the production listener."""

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from greenlight.checks.base import CheckContext, CheckSettings, Files
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.deployment import Deployment, DeploymentError, Revision, Target
from greenlight.endpoint import Endpoint, EndpointError, parse_endpoint
from greenlight.smoke import Suite, SuiteResult, TestResult, load_suite, run_suite, select
from greenlight.stages import BEFORE_PRODUCTION, TESTING

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


class SmokeSettings(CheckSettings):
    """What a gates file says of a smoke check.

    Attributes:
        file: Location of the suite; a relative one counts from the gates file.
        suite: The suite itself.
        endpoint: Where to send the requests, as in ``http://host:port``; nothing is looked up then.
        target: Which listener to look up; None leaves it to the stage.
        tags: Only tests with one of these tags are run; empty means all.
    """

    file: Annotated[str, Field(min_length=1)] | None = None
    suite: dict[str, Any] | None = None
    endpoint: Annotated[str, AfterValidator(_endpoint)] | None = None
    target: Literal["test", "production"] | None = None
    tags: tuple[str, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _one_suite(self) -> Self:
        if (self.file is None) == (self.suite is None):
            raise PydanticCustomError(
                "greenlight", "needs a suite: either `file: smoke.yaml`, or `suite:` with the suite itself"
            )
        return self


@dataclass(frozen=True)
class SmokeCheck:
    """A suite, ready to be run."""

    kind: ClassVar[str] = "smoke"
    settings: SmokeSettings
    suite: Suite
    target: Target
    stage: str

    def skip_on_create(self) -> str | None:
        """Say that production does not answer before a new service's traffic is shifted, unless an endpoint is given."""
        if self.target == "production" and self.settings.endpoint is None and self.stage in BEFORE_PRODUCTION:
            return "production does not answer yet"
        return None

    def run(self, context: CheckContext) -> CheckResult:
        """Run the suite; trouble on the way to an answer is an error, never a failure."""
        try:
            endpoint = self._endpoint(context.deployment)
            namespaces = self._namespaces(context)
        except DeploymentError as error:
            return CheckResult(Outcome.ERROR if error.transient else Outcome.FAILED, str(error))
        result = run_suite(
            self.suite,
            endpoint,
            namespaces=namespaces,
            deadline=context.deadline,
            run_id=context.run_id,
            tags=self.settings.tags,
        )
        return CheckResult(_OUTCOMES[result.outcome], result.reason, details=_details(result, endpoint))

    def _endpoint(self, deployment: Deployment) -> Endpoint:
        explicit = self.settings.endpoint
        return parse_endpoint(explicit) if explicit else deployment.endpoint(self.target)

    def _namespaces(self, context: CheckContext) -> dict[str, dict[str, Any]]:
        """Look up what the suite's templates name, and only that."""
        namespaces: dict[str, dict[str, Any]] = {"run": {"id": context.run_id}}
        if "green" in self.suite.namespaces:
            namespaces["green"] = context.deployment.green().variables()
        if "blue" in self.suite.namespaces:
            namespaces["blue"] = _blue(context.deployment).variables()
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
    select(suite, settings.tags)
    return SmokeCheck(settings, suite, target, stage)


def _details(result: SuiteResult, endpoint: Endpoint) -> dict[str, Any]:
    """Return what the log shall hold: the numbers, and all that did not pass."""
    outcomes = Counter(test.outcome for test in result.tests)
    blemished = [test for test in result.tests if test.outcome != "passed"]
    return {
        "suite": result.name,
        "endpoint": endpoint.url,
        "named_by": endpoint.source,
        "tests": dict(outcomes),
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
            "failed": [str(assertion) for assertion in last.assertions if not assertion.passed],
            "body": last.body,
        }
    return told
