"""Asks for metrics, measurement by measurement, and answers when they are enough."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Final

from greenlight import aws, clock
from greenlight.checks.base import CheckContext
from greenlight.checks.metrics.analysis import Limits, Phase, Tally, assess
from greenlight.checks.metrics.asking import MetricsReplyError, SeveralSeriesError
from greenlight.checks.metrics.judging import Judgement, worst
from greenlight.checks.metrics.measuring import Measurement, measure, without_traffic
from greenlight.checks.metrics.progress import Progress, restore
from greenlight.checks.metrics.rules import Rule
from greenlight.checks.metrics.settings import MOST_ERRORS, MetricsSettings
from greenlight.checks.metrics.sides import NotYetKnownError
from greenlight.checks.metrics.telling import counted, details, found, left_out
from greenlight.checks.moments import span
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.checks.trouble import trouble
from greenlight.deployment import DeploymentError

_PHASES: Final = {
    Judgement.GOOD: Phase.SUCCESSFUL,
    Judgement.LET_GO: Phase.SUCCESSFUL,
    Judgement.UNCLEAR: Phase.INCONCLUSIVE,
    Judgement.BAD: Phase.FAILED,
}
_NEW_DATA_SECONDS: Final = 60.0
"""How soon there may be data that was waited for: CloudWatch has a point a minute."""

_UNKNOWN_GROUP_SECONDS: Final = 10.0
_CURE: Final = "find the cause, and deploy again when it is gone"


@dataclass(frozen=True)
class _Looked:
    """What is looked at in this invocation.

    Attributes:
        rules: Those that can be judged.
        beside: What is to be told of the others.
    """

    rules: Sequence[Rule]
    beside: str = ""


@dataclass(frozen=True)
class MetricsCheck:
    """Rules about metrics, ready to be held against what CloudWatch has."""

    kind: ClassVar[str] = "metrics"
    settings: MetricsSettings

    @cached_property
    def _whole(self) -> MetricsSettings:
        return self.settings.complete()

    @property
    def limits(self) -> Limits:
        """Return how many measurements are enough."""
        whole = self._whole
        return Limits(
            count=whole.most,
            failure=whole.failure_limit,
            inconclusive=whole.inconclusive_limit,
            consecutive_error=whole.consecutive_error_limit,
            consecutive_success=whole.consecutive_success_limit,
        )

    def skip_on_create(self) -> str | None:
        """Say that there is no blue, where green is held against it."""
        names = {name for query in self._whole.queries.values() for name in query.placeholders()}
        needs_blue = any(rule.compares for rule in self._whole.rules) or any(name.startswith("blue.") for name in names)
        return "there is nothing to compare with" if needs_blue else None

    def run(self, context: CheckContext) -> CheckResult:
        """Take the next measurement if its time has come, and say how they stand."""
        try:
            looked = self._looked(context)
        except DeploymentError as error:
            return CheckResult(_outcome_of(error), str(error), memory=context.memory)
        if not looked.rules:
            return CheckResult(Outcome.SKIPPED, looked.beside)
        follows = any(self._whole.follows_traffic(rule) for rule in looked.rules)
        now = clock.now()
        progress = restore(context.memory, self._whole, context.step, now, follows_traffic=follows)
        if not progress.is_due(now):
            return self._too_early(looked.rules, progress, now)
        result = self._measured(context, looked.rules, progress, now)
        beside = f"; {looked.beside}" if looked.beside else ""
        return replace(result, summary=f"{result.summary}{beside}")

    def _looked(self, context: CheckContext) -> _Looked:
        """Return the rules that can be judged at this point of the deployment."""
        rules, told = list(self._whole.rules), []
        if why := without_traffic(context):
            idle = [rule for rule in rules if self._whole.follows_traffic(rule)]
            told += [left_out([rule.called for rule in idle], why)] if idle else []
            rules = [rule for rule in rules if rule not in idle]
        if any(rule.compares for rule in rules) and context.deployment.blue() is None:
            lost = [rule for rule in rules if rule.compares and not rule.has_limits and rule.max_without_blue is None]
            told += [left_out([rule.called for rule in lost], "there is no blue to compare with")] if lost else []
            rules = [rule for rule in rules if rule not in lost]
        return _Looked(rules, "; ".join(told))

    def _too_early(self, rules: Sequence[Rule], progress: Progress, now: float) -> CheckResult:
        wait = progress.due - now
        tally, limits = progress.tally, self.limits
        if not tally.count and not progress.words:
            names = ", ".join(rule.called for rule in rules)
            summary = f"{names} of green: first measured in {span(wait)}; {self._why_later()}"
        else:
            last = f"; last: {progress.words}" if progress.words else ""
            summary = f"{counted(tally, limits)}; the next one is taken in {span(wait)}{last}"
        return CheckResult(Outcome.INCONCLUSIVE, summary, retry_after=wait, memory=progress.memory())

    def _why_later(self) -> str:
        whole = self._whole
        if whole.initial_delay is not None:
            return f"initial_delay is {span(whole.initial_delay)}"
        return (
            f"a window of {span(whole.window)} has to pass first, and {span(whole.delay)} until CloudWatch has its data"
        )

    def _measured(self, context: CheckContext, rules: Sequence[Rule], progress: Progress, now: float) -> CheckResult:
        moment = max(now, progress.due)
        try:
            measurement = measure(rules, self._whole, context, began=progress.began, moment=moment)
        except NotYetKnownError as error:
            # Nothing was measured; where the answer stays away, the gate's deadline ends the waiting.
            return CheckResult(
                Outcome.INCONCLUSIVE, str(error), retry_after=_UNKNOWN_GROUP_SECONDS, memory=progress.memory()
            )
        except SeveralSeriesError as error:
            return CheckResult(Outcome.FAILED, str(error))
        except DeploymentError as error:
            return self._error(CheckResult(_outcome_of(error), str(error)), progress)
        except aws.AwsError as error:
            told = trouble(error)
            cure = "" if told.outcome is Outcome.ERROR else "; correct the query in the gates file"
            return self._error(replace(told, summary=f"{told.summary}{cure}"), progress)
        except MetricsReplyError as error:
            return self._error(CheckResult(Outcome.ERROR, str(error)), progress)
        return self._told(measurement, progress, moment)

    def _error(self, result: CheckResult, progress: Progress) -> CheckResult:
        """Count an error; what AWS will say again is a failure, and counts nothing."""
        if result.outcome is not Outcome.ERROR:
            return result
        tally, limit = progress.tally.after(Phase.ERROR), self._whole.consecutive_error_limit
        # The highest limit is broken just when the gate itself gives up on a check, and that is for on_error to decide.
        sooner = limit < MOST_ERRORS and assess(tally, self.limits) is Phase.ERROR
        if sooner and self.settings.on_error == "fail":
            summary = f"{result.summary}; {tally.errors} errors in a row, consecutive_error_limit: {limit}"
            return CheckResult(Outcome.FAILED, summary)
        # It stays due: after an error the gate says when to ask again, and counts errors only where they follow each other.
        return replace(result, memory=progress.later(progress.due, progress.words, tally).memory())

    def _told(self, measurement: Measurement, progress: Progress, moment: float) -> CheckResult:
        text, judgement = found(measurement), worst(measurement.findings)
        if judgement is Judgement.WAITS:
            wait = min(self._whole.interval, _NEW_DATA_SECONDS)
            # Asked and answered, only not to be judged: errors before it were not in a row with those after it.
            waiting = progress.later(moment + wait, text, replace(progress.tally, errors=0))
            return CheckResult(
                Outcome.INCONCLUSIVE,
                f"{text}; it is waited for, until the gate's deadline",
                retry_after=wait,
                details=details(measurement, progress.tally),
                memory=waiting.memory(),
            )
        tally = progress.tally.after(_PHASES[judgement])
        result = self._assessed(text, tally)
        if result.outcome is Outcome.INCONCLUSIVE:
            following = progress.later(moment + self._whole.interval, text, tally)
            result = replace(result, retry_after=self._whole.interval, memory=following.memory())
        return replace(result, details=details(measurement, tally))

    def _assessed(self, text: str, tally: Tally) -> CheckResult:
        limits, whole = self.limits, self._whole
        stands = counted(tally, limits)
        match assess(tally, limits):
            case Phase.SUCCESSFUL:
                return CheckResult(Outcome.PASSED, f"{text}; {stands}")
            case Phase.FAILED:
                return CheckResult(Outcome.FAILED, f"{text}; {stands}, failure_limit: {limits.failure}; {_CURE}")
            case Phase.INCONCLUSIVE:
                return self._unclear(text, stands, tally)
        return CheckResult(Outcome.INCONCLUSIVE, f"{text}; {stands}, the next one is taken in {span(whole.interval)}")

    def _unclear(self, text: str, stands: str, tally: Tally) -> CheckResult:
        """Say what follows where Argo Rollouts would stop and ask a person: there is none to ask here."""
        limits = self.limits
        if tally.inconclusive > limits.inconclusive:
            rule = f"{stands}, inconclusive_limit: {limits.inconclusive}"
        else:
            rule = f"{stands}, and never {limits.consecutive_success} good ones in a row (consecutive_success_limit)"
        if self._whole.on_inconclusive == "pass":
            return CheckResult(Outcome.PASSED, f"neither good nor bad, on_inconclusive: pass: {text}; {rule}")
        return CheckResult(Outcome.FAILED, f"neither good nor bad: {text}; {rule}; look at the values, and decide")


def _outcome_of(error: DeploymentError) -> Outcome:
    return Outcome.ERROR if error.transient else Outcome.FAILED
