"""Takes one measurement: looks up green and blue, asks CloudWatch, and judges what it has."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from greenlight.checks.base import CheckContext
from greenlight.checks.metrics.asking import Reading, read
from greenlight.checks.metrics.judging import Finding, Measured, judge
from greenlight.checks.metrics.questions import Question, Sides, questions
from greenlight.checks.metrics.rules import Rule
from greenlight.checks.metrics.settings import MetricsSettings
from greenlight.checks.metrics.sides import Side, look_up
from greenlight.checks.metrics.window import Window, until
from greenlight.deployment import Deployment
from greenlight.stages import BEFORE_PRODUCTION, Stage

_AFTER: Final = frozenset({Stage.PRODUCTION_TRAFFIC_SHIFT, Stage.POST_PRODUCTION_TRAFFIC_SHIFT})


@dataclass(frozen=True)
class Measurement:
    """What one look brought.

    Attributes:
        findings: One for each rule that could be judged at all.
        window: The time that was looked at.
        blue_window: The same for blue; None where blue was not looked at.
        samples: How many samples there were, by ``green`` and ``blue``; empty where nobody counts.
        readings: All that CloudWatch has, by the ids of the questions.
    """

    findings: Sequence[Finding]
    window: Window
    blue_window: Window | None
    samples: Mapping[str, float]
    readings: Mapping[str, Reading]


def without_traffic(context: CheckContext) -> str | None:
    """Say why green has no production traffic yet; None where it has, or where that is not known.

    ECS gives the weights as they stand before the step, and none at all at the stages at which nothing can be shifted yet.
    """
    stage, weights = context.stage, context.deployment.production_weights
    if stage not in BEFORE_PRODUCTION:
        return None
    if context.deployment.green_arn not in weights:
        # A canary whose weights got lost has traffic; nobody has it before.
        lost = stage == Stage.PRE_PRODUCTION_TRAFFIC_SHIFT and not weights
        return None if lost else f"green has no production traffic yet at {stage}"
    weight = weights[context.deployment.green_arn]
    return "green has 0 % of the production traffic yet" if weight == 0 else None


def measure(
    rules: Sequence[Rule], settings: MetricsSettings, context: CheckContext, *, began: float, moment: float
) -> Measurement:
    """Take a measurement.

    Args:
        rules: Those that can be judged.
        settings: What the gates file says.
        context: Where the check stands.
        began: When this check first looked at the step, in seconds since the epoch.
        moment: The time of the measurement, in seconds since the epoch.

    Raises:
        AwsError: When CloudWatch does not answer.
        DeploymentError: When ECS does not say what is needed.
        MetricsReplyError: When CloudWatch's answer is not whole.
        NotYetKnownError: When ECS does not say it yet.
        SeveralSeriesError: When an expression gives several series.
    """
    follows = any(settings.follows_traffic(rule) for rule in rules)
    compared = [rule.query for rule in rules if rule.compares]
    green = _needed(context.deployment, "green", settings, needed=follows or _names(settings, "green"))
    blue = _needed(context.deployment, "blue", settings, needed=bool(compared) or _names(settings, "blue"))
    counted = follows and settings.samples is None
    samples = [settings.samples] if settings.samples else []
    window = until(moment - settings.delay, settings.window)
    queries, seconds = settings.queries, settings.window
    wanted = [*(rule.query for rule in rules), *samples]
    asked = questions(wanted, queries, Sides("green", green, blue), seconds, counted=counted)
    if not compared or blue is None:
        return _judged(rules, settings, Measured(read(asked, window)), window, None)
    of_blue = questions([*compared, *samples], queries, Sides("blue", blue, blue), seconds, counted=counted)
    blue_window = _blue_window(context, settings, window, began)
    readings = _read_both(asked, window, of_blue, blue_window)
    measured = Measured(readings, has_blue=True, blue_is_past=blue_window != window)
    return _judged(rules, settings, measured, window, blue_window)


def _needed(deployment: Deployment, name: str, settings: MetricsSettings, *, needed: bool) -> Side | None:
    return look_up(deployment, name, settings.container) if needed else None


def _names(settings: MetricsSettings, side: str) -> bool:
    names = {name for query in settings.queries.values() for name in query.placeholders()}
    return any(name.startswith(f"{side}.") for name in names)


def _blue_window(context: CheckContext, settings: MetricsSettings, window: Window, began: float) -> Window:
    """Return the time in which blue had its share of the traffic: the same, or the last before production left it."""
    weights = context.deployment.production_weights
    left = not any(weight > 0 for arn, weight in weights.items() if arn != context.deployment.green_arn)
    if context.stage in _AFTER and left:
        return until(began, settings.window)
    return window


def _read_both(
    asked: Sequence[Question], window: Window, of_blue: Sequence[Question], blue_window: Window
) -> Mapping[str, Reading]:
    if blue_window == window:
        return read([*asked, *of_blue], window)
    return {**read(asked, window), **read(of_blue, blue_window)}


def _judged(
    rules: Sequence[Rule], settings: MetricsSettings, measured: Measured, window: Window, blue_window: Window | None
) -> Measurement:
    counts = settings.samples is not None or any(settings.follows_traffic(rule) for rule in rules)
    sides = (["green"] if counts else []) + (["blue"] if counts and measured.has_blue else [])
    samples = {side: measured.samples(side, settings) for side in sides}
    rounded = {side: math.floor(count) for side, count in samples.items()}
    return Measurement(judge(rules, settings, measured), window, blue_window, rounded, measured.readings)
