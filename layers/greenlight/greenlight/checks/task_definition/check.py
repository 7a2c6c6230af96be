"""Asks for green's and blue's task definition, holds the rules against the one, and tells the difference to the other."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar, Final

from greenlight import aws
from greenlight.checks.base import CheckContext
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.checks.task_definition.changes import changes
from greenlight.checks.task_definition.definition import Definition, GarbledError, describe, shown
from greenlight.checks.task_definition.findings import Finding
from greenlight.checks.task_definition.rules import broken
from greenlight.checks.task_definition.settings import IgnoreSettings, TaskDefinitionSettings
from greenlight.checks.trouble import trouble
from greenlight.deployment import Deployment, DeploymentError, Revision

_TOLD_FAILURES: Final = 3
_TOLD_CHANGES: Final = 3
_KEPT: Final = 100  # lines of each kind in the details


@dataclass(frozen=True)
class TaskDefinitionCheck:
    """Rules for a task definition, ready to be held against green's."""

    kind: ClassVar[str] = "task_definition"
    settings: TaskDefinitionSettings

    def skip_on_create(self) -> str | None:
        """Say nothing: the rules are for a first deployment as well."""
        return None

    def run(self, context: CheckContext) -> CheckResult:
        """Hold the rules against green's task definition, and tell what is different from blue's."""
        try:
            revision = context.deployment.green()
            green = _describe(revision, served=self.settings.load_balancer_is_health_check)
        except DeploymentError as error:
            return CheckResult(Outcome.ERROR if error.transient else Outcome.FAILED, str(error))
        except aws.AwsError as error:
            return trouble(error, "green's task definition cannot be read")
        except GarbledError as error:
            return CheckResult(Outcome.ERROR, str(error))
        missing = [name for name in self.settings.containers or () if name not in green.names]
        if missing:
            return CheckResult(Outcome.FAILED, _no_such_container(green, missing))
        return self._judge(green, _Difference.find(context.deployment, revision, green))

    def _judge(self, green: Definition, difference: "_Difference") -> CheckResult:
        rules = self.settings.rules
        found = [finding for finding in broken(green, rules.asked) if self._is_asked(finding)]
        ignored = {finding: ignore for finding in found if (ignore := self._ignored(finding)) is not None}
        left = [finding for finding in found if finding not in ignored]
        failures = [finding for finding in left if rules.severity(finding.rule) == "fail"]
        warnings = [finding for finding in left if rules.severity(finding.rule) == "warning"]
        idle = [ignore for ignore in self.settings.ignore if ignore not in ignored.values()]
        details: dict[str, Any] = {
            "task_definition": green.name,
            "failures": _kept(map(_told, failures)),
            "warnings": _kept(map(_told, warnings)),
            "ignored": _kept({**_told(finding), "reason": ignore.reason} for finding, ignore in ignored.items()),
            "unused_ignores": [ignore.model_dump(exclude_none=True) for ignore in idle],
            **difference.details,
        }
        if failures:
            return CheckResult(Outcome.FAILED, f"{green.name}: {_sentence(failures)}", details=details)
        counted = "1 warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
        kept = f"{green.name} keeps the rules" + (f", with {counted}: {_by_rule(warnings)}" if warnings else "")
        return CheckResult(Outcome.PASSED, f"{kept}; {difference.summary}", details=details)

    def _is_asked(self, finding: Finding) -> bool:
        return self.settings.containers is None or finding.container in (None, *self.settings.containers)

    def _ignored(self, finding: Finding) -> IgnoreSettings | None:
        return next((ignore for ignore in self.settings.ignore if _covers(ignore, finding)), None)


@dataclass(frozen=True)
class _Difference:
    """What changed in this release.

    Attributes:
        summary: In half a sentence.
        details: For log and report.
    """

    summary: str
    details: dict[str, Any]

    @classmethod
    def find(cls, deployment: Deployment, revision: Revision, green: Definition) -> "_Difference":
        """Ask for blue's task definition; that it cannot be had is no reason against green."""
        try:
            blue_revision = None if deployment.is_create() else deployment.blue()
            if blue_revision is None:
                return cls("the first deployment", {"changes": [], "changed_from": None})
            blue = _describe(blue_revision) if blue_revision.task_definition != green.arn else green
        except (DeploymentError, aws.AwsError, GarbledError) as error:
            why = str(error)
            return cls(f"what changed is not known ({why})", {"changes": [], "changes_unknown": why})
        lines = [*changes(blue, green), *_new_digests(blue_revision, revision)]
        return cls(_changed(blue.name, lines), {"changes": _kept(lines), "changed_from": blue.name})


def _describe(revision: Revision, *, served: bool = False) -> Definition:
    if not revision.task_definition:
        raise GarbledError(f"ECS names no task definition for the service revision {revision.id}")
    behind = {balancer.container for balancer in revision.load_balancers if balancer.container}
    return describe(revision.task_definition, frozenset(behind if served else ()))


def _new_digests(blue: Revision, green: Revision) -> list[str]:
    """Tell which images are others under the same name, where ECS knows already."""
    before = {image.container: image for image in blue.images}
    lines = []
    for image in green.images:
        was = before.get(image.container)
        if was and was.image == image.image and was.digest and image.digest and was.digest != image.digest:
            name = shown(image.image.rpartition("/")[2])
            lines.append(f"{shown(image.container)}: image {name} is another one under the same name")
    return lines


def _changed(blue: str, lines: Sequence[str]) -> str:
    if not lines:
        return f"nothing changed since {blue}"
    more = f"; and {len(lines) - _TOLD_CHANGES} more" if len(lines) > _TOLD_CHANGES else ""
    counted = "1 change" if len(lines) == 1 else f"{len(lines)} changes"
    return f"{counted} since {blue} ({'; '.join(lines[:_TOLD_CHANGES])}{more})"


def _no_such_container(green: Definition, missing: Sequence[str]) -> str:
    there = ", ".join(map(shown, green.names))
    names = ", ".join(map(shown, missing))
    return f"{green.name} has no container {names}, so it cannot be looked at; it has {there}: correct `containers`"


def _covers(ignore: IgnoreSettings, finding: Finding) -> bool:
    return (
        ignore.rule == finding.rule
        and ignore.container in (None, finding.container)
        and ignore.variable in (None, finding.subject)
    )


def _told(finding: Finding) -> dict[str, Any]:
    return {"rule": finding.rule, "where": finding.where, "found": finding.found, "cure": finding.cure}


def _kept(lines: Iterable[Any]) -> list[Any]:
    told = list(lines)
    left = len(told) - _KEPT
    return [*told[:_KEPT], f"and {left} more"] if left > 0 else told


def _sentence(findings: Sequence[Finding]) -> str:
    more = f"; and {len(findings) - _TOLD_FAILURES} more" if len(findings) > _TOLD_FAILURES else ""
    return "; ".join(map(str, findings[:_TOLD_FAILURES])) + more


def _by_rule(findings: Sequence[Finding]) -> str:
    """Tell findings in short: each rule, and whom it found."""
    told = []
    for rule, group in groupby(findings, key=lambda finding: finding.rule):
        counted = Counter(finding.where for finding in group)
        told.append(f"{rule} ({', '.join(counted)})")
    return ", ".join(told)
