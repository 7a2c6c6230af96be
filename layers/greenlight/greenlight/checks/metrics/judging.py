"""What the values of one measurement mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from greenlight.checks.metrics.asking import Reading
from greenlight.checks.metrics.measures import COUNTS_REQUESTS, MEASURES
from greenlight.checks.metrics.questions import id_of, requests_of
from greenlight.checks.metrics.rules import Rule
from greenlight.checks.metrics.settings import MetricsSettings

_HUNDRED: Final = 100.0
_MISSING: Final = "CloudWatch has no data"
_NO_NUMBER: Final = "CloudWatch's value is no number (a division by zero?)"


class Judgement(IntEnum):
    """What a value is, the better the lower."""

    GOOD = 0
    LET_GO = 1
    """Not judged, because the gates file says so."""
    WAITS = 2
    """Cannot be judged yet."""
    UNCLEAR = 3
    """Neither good nor bad."""
    BAD = 4


@dataclass(frozen=True)
class Finding:
    """What became of one rule.

    Attributes:
        query: Its measure or query, as people call it.
        judgement: What its value is.
        text: The value and what it should be.
        green: Green's value, where there is one.
        blue: Blue's value, where it was compared and there is one.
        limit: The most that was let through, where it was compared.
        why: Why there was nothing to judge, without the query; empty where it was judged.
    """

    query: str
    judgement: Judgement
    text: str
    green: float | None = None
    blue: float | None = None
    limit: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Measured:
    """What CloudWatch has for one measurement.

    Attributes:
        readings: By the ids of the questions.
        has_blue: Whether there is a blue to compare with.
        blue_is_past: Whether blue's values are of the time before production left it, so that no more will come.
    """

    readings: Mapping[str, Reading]
    has_blue: bool = False
    blue_is_past: bool = False

    def samples(self, side: str, settings: MetricsSettings) -> float:
        """Return how many samples there are of a revision; 0 where CloudWatch knows of none."""
        name = requests_of(side) if settings.samples is None else id_of(side, settings.samples)
        reading = self.readings.get(name, Reading())
        return reading.value if reading.is_number and reading.value is not None else 0.0

    def value(self, side: str, query: str) -> Reading:
        """Return a revision's value of a measure or query."""
        reading = self.readings.get(id_of(side, query), Reading())
        if query not in MEASURES or not reading.is_number:
            return reading
        if query == COUNTS_REQUESTS:
            return Reading(reading.value or 0.0, points=reading.points)
        if not MEASURES[query].share:
            return reading
        requests = self.readings.get(requests_of(side), Reading())
        if not requests.is_number or not requests.value or requests.value < 0:
            return Reading()
        # The load balancer reports errors only where there are some.
        return Reading(_HUNDRED * (reading.value or 0.0) / requests.value, points=reading.points)


def judge(rules: Sequence[Rule], settings: MetricsSettings, measured: Measured) -> list[Finding]:
    """Hold every rule against what was measured.

    Args:
        rules: Those that can be judged at all.
        settings: What the gates file says.
        measured: What CloudWatch has.
    """
    return [_Judging(rule, settings, measured).finding() for rule in rules]


def worst(findings: Sequence[Finding]) -> Judgement:
    """Return what a measurement is altogether."""
    return max(finding.judgement for finding in findings)


def number(value: float, unit: str) -> str:
    """Write a number as people do."""
    told = f"{value:.0f}" if value == int(value) or abs(value) >= _HUNDRED else f"{value:.3g}"
    return f"{told} {unit}".rstrip()


class _Judging:
    """One rule, held against what was measured."""

    def __init__(self, rule: Rule, settings: MetricsSettings, measured: Measured) -> None:
        self.rule, self.settings, self.measured = rule, settings, measured
        self.green = measured.value("green", rule.query)
        self.blue = measured.value("blue", rule.query) if rule.compares and measured.has_blue else Reading()

    def finding(self) -> Finding:
        """Say what its value is."""
        rule = self.rule
        compares = rule.compares and self.measured.has_blue
        few = self._few("green")
        if few is None and compares:
            few = self._few("blue")
            if few is not None and self.measured.blue_is_past and rule.max_without_blue is not None:
                few, compares = None, False
        if few is not None:
            return self._told(*few)
        green = self._number("green", self.green)
        if isinstance(green, tuple):
            return self._told(*green)
        blue = self._number("blue", self.blue) if compares else None
        if isinstance(blue, tuple):
            return self._told(*blue)
        return self._judged(green, blue)

    def _few(self, side: str) -> tuple[Judgement, str] | None:
        """Say what too few samples mean; None where there are enough, or none are needed."""
        rule, settings = self.rule, self.settings
        if rule.query == COUNTS_REQUESTS or not (settings.samples or settings.follows_traffic(rule)):
            return None
        wanted = rule.min_samples or settings.min_samples
        there = self.measured.samples(side, settings)
        if there >= wanted:
            return None
        choice = rule.on_few_samples or settings.on_few_samples
        kind = {"wait": Judgement.WAITS, "pass": Judgement.LET_GO, "fail": Judgement.BAD}[choice]
        what = "samples" if settings.samples else "requests"
        return kind, f"{number(there, '')} {what} of {side}, expected at least {wanted}"

    def _number(self, side: str, reading: Reading) -> float | tuple[Judgement, str]:
        """Return a value, or what it means that there is none."""
        rule, settings = self.rule, self.settings
        of = f" of {side}" if rule.compares else ""
        if not reading.is_number:
            fails = (rule.not_a_number or settings.not_a_number) == "fail"
            return (Judgement.BAD if fails else Judgement.WAITS), f"{_NO_NUMBER}{of}, expected one"
        if reading.value is not None:
            return reading.value
        choice = rule.missing_data or settings.missing_data
        if choice == "zero":
            return 0.0
        kind = {"wait": Judgement.WAITS, "pass": Judgement.LET_GO, "fail": Judgement.BAD}[choice]
        return kind, f"{_MISSING}{of}, expected some"

    def _told(self, judgement: Judgement, why: str) -> Finding:
        beside = {Judgement.LET_GO: ", so that it is not judged"}.get(judgement, "")
        why = f"{why}{beside}"
        text = f"{self.rule.called}: {why}"
        return Finding(self.rule.called, judgement, text, self.green.value, self.blue.value, why=why)

    def _judged(self, green: float, blue: float | None) -> Finding:
        rule = self.rule
        limit = None if blue is None else blue * rule.times + rule.plus
        parts = [_side(green, rule.max, rule.fail_above), _side(-green, _less(rule.min), _less(rule.fail_below))]
        if limit is not None:
            parts.append(_side(green, limit, None))
        elif rule.max_without_blue is not None:
            parts.append(_side(green, rule.max_without_blue, None))
        judgement = max(part for part in parts if part is not None)
        text = f"{rule.called} {number(green, rule.unit)}"
        if judgement is Judgement.GOOD and limit is not None and blue is not None:
            text += f" (blue {number(blue, rule.unit)}, at most {number(limit, rule.unit)})"
        else:
            text += f", expected {self._expected(blue, limit)}"
        return Finding(rule.called, judgement, text, green, blue, limit)

    def _expected(self, blue: float | None, limit: float | None) -> str:
        rule, unit = self.rule, self.rule.unit
        told = []
        if limit is not None and blue is not None:
            plus = f", plus {number(rule.plus, unit)}" if rule.plus else ""
            made = f"{rule.times:g} times blue's {number(blue, unit)}{plus}"
            told.append(f"at most {number(limit, unit)} ({made})")
        elif rule.max_without_blue is not None:
            told.append(f"at most {number(rule.max_without_blue, unit)} (max_without_blue)")
        limits = (
            ("at most", rule.max),
            ("at least", rule.min),
            ("not above", rule.fail_above),
            ("not below", rule.fail_below),
        )
        told += [f"{words} {number(value, unit)}" for words, value in limits if value is not None]
        return " and ".join(told)


def _side(value: float, good: float | None, bad: float | None) -> Judgement | None:
    """Judge a value by the most that is good and the most that is not bad, of which either may be missing."""
    if good is None and bad is None:
        return None
    if good is not None and value <= good:
        return Judgement.GOOD
    if bad is None:
        return Judgement.BAD
    if value > bad:
        return Judgement.BAD
    return Judgement.UNCLEAR if good is not None else Judgement.GOOD


def _less(value: float | None) -> float | None:
    """Turn a lower limit into an upper one."""
    return None if value is None else -value
