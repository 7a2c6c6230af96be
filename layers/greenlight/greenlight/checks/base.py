"""What every kind of check has in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import Field

from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.deployment import Deployment
from greenlight.documents import Document, Strict
from greenlight.record import Table

CheckName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=32)]


class CheckSettings(Strict):
    """The keys that every check takes.

    Attributes:
        name: How the check is called in logs and reports; the kind where it is not given.
        severity: ``warning`` reports a failure and never rolls back.
        dry_run: Asks and reports like any check, and never rolls back.
        on_create: What to do when the service is deployed for the first time; None leaves it to the kind.
        on_error: What follows when the check could not be asked time after time.
        on_timeout: What follows when the gate's deadline comes before an answer.
    """

    name: CheckName | None = None
    severity: Literal["required", "warning"] = "required"
    dry_run: bool = False
    on_create: Literal["run", "skip"] | None = None
    on_error: Literal["fail", "pass"] = "fail"
    on_timeout: Literal["fail", "pass"] = "fail"

    @property
    def blocking(self) -> bool:
        """Tell whether a failure of this check rolls the deployment back."""
        return self.severity == "required" and not self.dry_run


@dataclass(frozen=True)
class Finding:
    """What another check of the same gate answered.

    Attributes:
        name: What people call it.
        kind: Its kind.
        outcome: Its answer.
        summary: Its sentence.
        blocking: Whether a failure of it rolls back.
    """

    name: str
    kind: str
    outcome: Outcome
    summary: str
    blocking: bool


@dataclass(frozen=True)
class CheckContext:
    """What a check may look at while it runs.

    Attributes:
        stage: The lifecycle stage, as ECS writes it.
        deployment: What AWS says about the deployment, looked up when asked for.
        deadline: Monotonic seconds by which the answer has to be there.
        run_id: Names this deployment in requests.
        step: Names the step of a canary or linear shift; empty elsewhere.
        memory: What this check remembered in the previous invocation.
        service: What people call the service.
        record: What is remembered outside ECS; None where the stack has no such table.
        findings: What the checks answered that have to pass before this one is asked; only for kinds that wait for others.
        hook_expires_at: When ECS stops waiting for the hook, in seconds since the epoch; None where that is not known.
    """

    stage: str
    deployment: Deployment
    deadline: float
    run_id: str
    memory: Mapping[str, Any]
    step: str = ""
    service: str = ""
    record: Table | None = None
    findings: Sequence[Finding] = ()
    hook_expires_at: float | None = None


@dataclass(frozen=True)
class Files:
    """What a check may read while it is made ready.

    Attributes:
        here: The check's own settings as they stand in the gates file.
        read: Reads a file; a relative location counts from the gates file. Raises DocumentError when it cannot be
            found or read as YAML, and SourceUnavailableError when AWS did not answer.
    """

    here: Document
    read: Callable[[str], Document]


class Check(Protocol):
    """One question about a deployment, ready to be asked."""

    kind: ClassVar[str]

    @property
    def settings(self) -> CheckSettings:
        """Return the settings that it was made from."""
        ...

    def skip_on_create(self) -> str | None:
        """Say why the question makes no sense for a service's first deployment; None when it does."""
        ...

    def run(self, context: CheckContext) -> CheckResult:
        """Ask the question. Whatever it finds is told in the result, and nothing is raised."""
        ...
