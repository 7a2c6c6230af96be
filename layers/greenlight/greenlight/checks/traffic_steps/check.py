"""Goes one step further, waits, or goes back: once in each invocation, and never by more than one step.

Everything is written as it shall be, never as a difference, so that it does not matter where an invocation was cut off: the
next one reads what is there and writes what the step says.
"""

import copy
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from greenlight import clock
from greenlight.checks.base import CheckContext, Files
from greenlight.checks.drift import repair
from greenlight.checks.metrics import prepare_metrics
from greenlight.checks.moments import span
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.checks.traffic_steps.progress import READY, Progress, errors_in, restore
from greenlight.checks.traffic_steps.settings import TrafficStepsSettings
from greenlight.deployment import Deployment, DeploymentError, shares
from greenlight.deployment.shifting import ProductionRule, read_production, restore_blue, write_green_share
from greenlight.documents import duration_text

MOST_ERRORS: Final = 4
"""As many in a row as a gate bears; with the last one blue gets its traffic back in the same invocation."""

_ONLY: Final = "BLUE_GREEN"
_LONGEST_WAIT_SECONDS: Final = 60.0
"""Somebody else may write the rule; that is seen when the check is asked."""

_READY_SECONDS: Final = 5.0
_NEXT_LOOK_SECONDS: Final = 30.0
_EARLY_SECONDS: Final = 1.0
"""A callBackDelay is in whole seconds, so that ECS may call this much before the time."""

_MARGIN_SECONDS: Final = 180.0
"""More than the gate itself leaves, so that this check is asked before ECS stops waiting."""


class _StopError(Exception):
    """When the check finds something wrong, so that blue has to have all the traffic."""


@dataclass(frozen=True)
class _Asked:
    """One invocation.

    Attributes:
        context: What the engine says.
        now: Seconds since the epoch.
        until: When the steps have to be through, in seconds since the epoch.
    """

    context: CheckContext
    now: float
    until: float


@dataclass(frozen=True)
class TrafficStepsCheck:
    """Steps of production traffic, ready to be gone.

    `moves_traffic` tells the lifecycle to look at ``shifted`` in what the check remembers: True from before the first write
    on, until blue surely has everything again. It is left out where that is not known.
    """

    kind: ClassVar[str] = "traffic_steps"
    moves_traffic: ClassVar[bool] = True
    settings: TrafficStepsSettings
    metrics: Any = None

    @classmethod
    def of(cls, settings: TrafficStepsSettings, stage: str, files: Files) -> "TrafficStepsCheck":
        """Make it ready, with the metrics check in it."""
        metrics = None if settings.metrics is None else prepare_metrics(settings.metrics, stage, files)
        return cls(settings, metrics)

    def skip_on_create(self) -> str | None:
        """Say that on a first deployment there is nobody to share the traffic with."""
        return "there is no blue that green could share the traffic with"

    def run(self, context: CheckContext) -> CheckResult:
        """Go at most one step; never raises."""
        if self.settings.dry_run:
            return CheckResult(Outcome.SKIPPED, f"`dry_run`: no traffic was moved; the steps would be {self._listed()}")
        now = clock.now()
        progress = restore(context.memory, self.settings.steps, now)
        began = now if progress is None else progress.began
        asked = _Asked(context, now, self._until(began, context))
        rules: list[ProductionRule] = []
        try:
            if progress is not None and progress.failing:
                return self._back(asked, progress, progress.words or "the traffic had to go back", rules)
            problem = _unsuitable(context.deployment) if progress is None else ""
            if problem:
                return CheckResult(Outcome.FAILED, problem, memory={"shifted": False})
            rules += read_production(context.deployment)
            return self._go_on(asked, progress, rules)
        except _StopError as found:
            return self._back(asked, progress, str(found), rules)
        except DeploymentError as error:
            return self._trouble(asked, progress, error, rules)

    def _go_on(self, asked: _Asked, progress: Progress | None, rules: Sequence[ProductionRule]) -> CheckResult:
        if not rules:
            raise DeploymentError(
                "the service has no production listener rule whose weights could be set; remove `traffic_steps`, and let "
                "ECS shift the traffic (CANARY and LINEAR work with Service Connect, too)"
            )
        if progress is None:
            return self._begin(asked, rules)
        if asked.now >= asked.until:
            took, may = span(asked.now - progress.began), span(asked.until - progress.began)
            raise _StopError(
                f"the steps are not through after {took}, expected within {may} ({self._where(progress.step)}"
                f"{self._late(progress)})"
            )
        percent = self._percent(progress.step)
        self._refuse_strange(
            rules, {self._percent(step) for step in range(progress.step - 1, progress.step + 2)}, percent
        )
        if progress.step == READY:
            return self._shift(asked, progress, 0, rules)
        if any(rule.green != percent for rule in rules):
            return self._shift(asked, progress, progress.step, rules)
        progress, waiting = self._watch(asked, progress, percent)
        if waiting is not None:
            return waiting
        if progress.step + 1 < len(self.settings.steps):
            return self._shift(asked, progress, progress.step + 1, rules)
        held = "" if self.metrics is None else ", and the metrics held"
        summary = (
            f"{self._listed()} of the production traffic went to green for {self._bake} each{held}; ECS shifts the rest"
        )
        return CheckResult(Outcome.PASSED, summary, details=self._details(progress.step), memory={"shifted": True})

    def _begin(self, asked: _Asked, rules: Sequence[ProductionRule]) -> CheckResult:
        """Begin; or begin again, where what was remembered got lost on the way."""
        self._refuse_strange(rules, {0, *self.settings.steps}, 0)
        start = Progress(READY, asked.now, asked.now)
        if any(rule.green for rule in rules):
            return self._shift(asked, start, 0, rules)
        if asked.now + self.settings.baking >= asked.until:
            problem = (
                f"the steps take {span(self.settings.baking)} at least ({self._listed()} for {self._bake} each), and ECS "
                f"waits for this hook only {span(asked.until - asked.now)} longer; shorten `bake`, or raise the hook's "
                "timeoutInMinutes"
            )
            return CheckResult(Outcome.FAILED, f"no traffic was moved: {problem}", memory={"shifted": False})
        # Nothing is written before ECS has it in its hands that something will be: whatever happens to the invocation that
        # writes, the next one knows.
        told = f"the production {rules[0].route.name} sends everything to blue; green gets {self._percent(0)} % next"
        return self._wait(asked, start, told, _READY_SECONDS)

    def _shift(self, asked: _Asked, progress: Progress, step: int, rules: Sequence[ProductionRule]) -> CheckResult:
        percent = self._percent(step)
        try:
            write_green_share(rules, percent, deadline=asked.context.deadline)
        except DeploymentError as error:
            return self._trouble(asked, progress, error, rules)
        reached = progress.at(step, asked.now)
        return self._wait(asked, reached, f"{self._where(step)}, from now on for {self._bake}", self.settings.bake)

    def _watch(self, asked: _Asked, progress: Progress, percent: int) -> tuple[Progress, CheckResult | None]:
        """Look at the metrics; return what is to be waited for, None where the step is through."""
        left = max(0.0, progress.since + self.settings.bake - asked.now - _EARLY_SECONDS)
        baking = f"{self._where(progress.step)}, for {span(asked.now - progress.since)} of {self._bake}"
        if self.metrics is None:
            return progress, self._wait(asked, progress, baking, left + _EARLY_SECONDS) if left else None
        found = self._measure(asked, progress, percent)
        if found.outcome is Outcome.FAILED or found.doomed:
            raise _StopError(f"{self._where(progress.step)}, metrics: {found.summary}")
        if found.outcome is Outcome.ERROR:
            told = f"{self._where(progress.step)}, metrics: {found.summary}"
            return progress, self._error(asked, replace(progress, metrics=found.memory), told)
        # Once they have passed they are measured anew until the step is over: what goes wrong later is seen, too.
        held = found.outcome in {Outcome.PASSED, Outcome.SKIPPED}
        progress = replace(progress, metrics={} if held else found.memory, good=progress.good or held)
        if progress.good and not left:
            return progress, None
        waits = [left + _EARLY_SECONDS] if left else []
        waits += [found.retry_after] if found.retry_after is not None and not held else []
        told = f"{baking}; metrics: {found.summary}"
        return progress, self._wait(asked, progress, told, min(waits, default=_NEXT_LOOK_SECONDS))

    def _measure(self, asked: _Asked, progress: Progress, percent: int) -> CheckResult:
        deployment = copy.copy(asked.context.deployment)  # what was looked up is shared
        blue = deployment.blue()
        weights = {deployment.green_arn: float(percent)}
        deployment.production_weights = weights | ({blue.arn: 100.0 - percent} if blue else {})
        step = f"at-{percent}-percent"
        result: CheckResult = self.metrics.run(
            replace(asked.context, deployment=deployment, step=step, memory=progress.metrics)
        )
        return result

    # Going back.

    def _trouble(
        self, asked: _Asked, progress: Progress | None, error: DeploymentError, rules: Sequence[ProductionRule]
    ) -> CheckResult:
        """Answer where AWS did not do as it was told: what may pass is asked again, with the weights left where they are."""
        if error.transient:
            errors = (errors_in(asked.context.memory) if progress is None else progress.errors) + 1
            if errors >= MOST_ERRORS:
                return self._back(
                    asked, progress, f"it could not be asked {errors} times in a row, last: {error}", rules
                )
            if progress is None:
                # Whether an earlier invocation moved traffic is not known, so nothing is said of it.
                return CheckResult(Outcome.ERROR, str(error), memory={"errors": errors}, until=asked.until)
            return self._error(asked, progress, str(error))
        if progress is None:
            return CheckResult(Outcome.FAILED, f"no traffic was moved: {error}", memory={"shifted": False})
        return self._back(asked, progress, str(error), rules)

    def _error(self, asked: _Asked, progress: Progress, told: str) -> CheckResult:
        later = replace(progress, errors=progress.errors + 1)
        if later.errors >= MOST_ERRORS:
            raise _StopError(f"it could not be asked {later.errors} times in a row, last: {told}")
        details = self._details(progress.step)
        return CheckResult(Outcome.ERROR, told, details=details, memory=later.memory(), until=asked.until)

    def _back(
        self, asked: _Asked, progress: Progress | None, found: str, rules: Sequence[ProductionRule]
    ) -> CheckResult:
        """Give blue all the traffic. While that may still succeed the answer is open, because green serves users until then."""
        known = progress or Progress(READY, asked.now, asked.now, errors=errors_in(asked.context.memory))
        try:
            restore_blue(asked.context.deployment)
        except DeploymentError as error:
            return self._not_back(asked, known, found, error, rules)
        told = f"{found}; production is back at blue 100 %"
        return CheckResult(Outcome.FAILED, told, details=self._details(READY), memory={"shifted": False})

    def _not_back(
        self, asked: _Asked, progress: Progress, found: str, error: DeploymentError, rules: Sequence[ProductionRule]
    ) -> CheckResult:
        commands = [repair(rule.route, rule.weights(0)) for rule in rules]
        details = {**self._details(progress.step), **({"repair": commands} if commands else {})}
        told = f"{found}; production is NOT back at blue 100 %: {error}"
        if error.transient and progress.errors + 1 < MOST_ERRORS:
            return CheckResult(
                Outcome.ERROR,
                f"{told}; it is tried again",
                details=details,
                memory=progress.failed(found).memory(),
                doomed=True,
                until=asked.until + _MARGIN_SECONDS,
            )
        cure = (
            "run the command that the report gives under `repair` NOW"
            if commands
            else "give blue's target group the weight 100, and green's 0, on the service's production rule NOW"
        )
        return CheckResult(Outcome.FAILED, f"{told}; {cure}", details=details, memory={"shifted": True})

    def _refuse_strange(self, rules: Sequence[ProductionRule], ours: Collection[int], expected: int) -> None:
        """Stop where somebody else writes the weights; those of the steps beside are what a broken-off invocation leaves."""
        for rule in rules:
            if rule.green in ours:
                continue
            found = f"the production {rule.route.name} sends {shares(rule.route.weights)}"
            if rule.green == 0:
                who = "somebody gave blue all the traffic back, or an invocation that was cut off did"
            else:
                who = (
                    "somebody else set it (a pipeline, Terraform, CloudFormation, the console), so keep them from it while "
                    "a deployment runs"
                )
            raise _StopError(f"{found}, expected {shares(rule.weights(expected))}; {who}")

    # Times and words.

    def _until(self, began: float, context: CheckContext) -> float:
        until = began + self.settings.longest
        if context.hook_expires_at is None:
            return until
        margin = min(_MARGIN_SECONDS, max(0.0, context.hook_expires_at - began) / 3)
        return min(until, context.hook_expires_at - margin)

    def _wait(self, asked: _Asked, progress: Progress, told: str, seconds: float) -> CheckResult:
        return CheckResult(
            Outcome.INCONCLUSIVE,
            told,
            retry_after=min(max(seconds, 0.0), _LONGEST_WAIT_SECONDS),
            details=self._details(progress.step),
            memory=replace(progress, errors=0).memory(),
            until=asked.until,
        )

    def _percent(self, step: int) -> int:
        """Return green's share at a step; before the first it has none, and after the last ECS gives it everything."""
        if step <= READY:
            return 0
        return self.settings.steps[min(step, len(self.settings.steps) - 1)]

    def _where(self, step: int) -> str:
        if step == READY:
            return "before the first step"
        return f"green has {self._percent(step)} % of the production traffic (step {step + 1} of {len(self.settings.steps)})"

    def _late(self, progress: Progress) -> str:
        if progress.step == READY or progress.good or self.metrics is None:
            return ""
        return ", whose metrics have not passed"

    @property
    def _bake(self) -> str:
        return duration_text(self.settings.bake)

    def _listed(self) -> str:
        *others, last = self.settings.steps
        return f"{', '.join(map(str, others))} and {last} %" if others else f"{last} %"

    def _details(self, step: int) -> dict[str, Any]:
        return {"steps": list(self.settings.steps), "green": self._percent(step), "step": step + 1}


def _unsuitable(deployment: Deployment) -> str:
    """Say why no traffic is moved in this deployment; empty where it may be.

    Raises:
        DeploymentError: When ECS does not tell.
    """
    strategy = deployment.record().strategy
    if deployment.blue() is None:
        return "no traffic was moved: this is the service's first deployment, and there is no blue to share the traffic with"
    if strategy == _ONLY:
        return ""
    if not strategy:
        return (
            f"no traffic was moved: ECS does not say by which strategy the service is deployed, expected {_ONLY}, because "
            "LINEAR and CANARY set the same weights themselves; remove `traffic_steps`"
        )
    return (
        f"no traffic was moved: the service is deployed by {strategy}, expected {_ONLY}, because LINEAR and CANARY set the same "
        f"weights themselves; remove `traffic_steps`, and let the gate stand before each step of {strategy}"
    )
