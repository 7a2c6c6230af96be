"""What people are told about measurements."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from greenlight.checks.metrics.analysis import Limits, Tally
from greenlight.checks.metrics.judging import Finding, Judgement, worst
from greenlight.checks.metrics.measuring import Measurement
from greenlight.checks.metrics.window import Window

_TOLD: Final = 3
_SHOWN_POINTS: Final = 60


def found(measurement: Measurement) -> str:
    """Say what a measurement found and what it rests on; where it is not good, only what made it so."""
    level = worst(measurement.findings)
    chosen = [each for each in measurement.findings if each.judgement == level]
    if level <= Judgement.LET_GO:
        chosen = sorted(measurement.findings, key=lambda finding: finding.judgement)
    told = _grouped(chosen)
    more = f"; and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return f"{'; '.join(told[:_TOLD])}{more} ({rests_on(measurement)})"


def _grouped(findings: Sequence[Finding]) -> list[str]:
    """Tell findings, those that have the same reason together."""
    told: dict[str, list[str]] = {}
    for finding in findings:
        told.setdefault(finding.why or finding.text, []).append(finding.query if finding.why else "")
    return [f"{', '.join(names)}: {text}" if names[0] else text for text, names in told.items()]


def rests_on(measurement: Measurement) -> str:
    """Say how many samples there were, and of what time."""
    counted = [f"{count} of {side}" for side, count in measurement.samples.items()]
    times = str(measurement.window)
    if measurement.blue_window not in {None, measurement.window}:
        times += f", blue {measurement.blue_window}"
    return f"{' and '.join(counted)} counted, {times}" if counted else times


def counted(tally: Tally, limits: Limits) -> str:
    """Say how the measurements stand: ``measurement 2 of 3, 1 failed``."""
    of = "" if limits.count is None else f" of {limits.count}"
    if not tally.count:
        return "no measurement counts yet"
    bad = [f"{tally.failed} failed"] if tally.failed else []
    bad += [f"{tally.inconclusive} inconclusive"] if tally.inconclusive else []
    return ", ".join([f"measurement {tally.count}{of}", *bad])


def details(measurement: Measurement, tally: Tally) -> Mapping[str, Any]:
    """Return what log and report shall hold: every rule, and every series that it was judged by."""
    blue = measurement.blue_window
    return {
        "measurements": {
            "count": tally.count,
            "failed": tally.failed,
            "inconclusive": tally.inconclusive,
            "consecutive_success": tally.streak,
        },
        "window": _times(measurement.window),
        **({"blue_window": _times(blue)} if blue not in {None, measurement.window} and blue else {}),
        **({"samples": dict(measurement.samples)} if measurement.samples else {}),
        "rules": [_rule(finding) for finding in measurement.findings],
        "series": {
            name: [[_iso(at), value] for at, value in reading.points[-_SHOWN_POINTS:]]
            for name, reading in measurement.readings.items()
        },
    }


def left_out(names: Sequence[str], why: str) -> str:
    """Say which rules were not looked at."""
    return f"{', '.join(names)} not looked at: {why}"


def _rule(finding: Finding) -> Mapping[str, Any]:
    numbers = {"green": finding.green, "blue": finding.blue, "limit": finding.limit}
    return {
        "query": finding.query.strip('"'),
        "judgement": finding.judgement.name.lower(),
        "text": finding.text,
        **{key: value for key, value in numbers.items() if value is not None},
    }


def _times(window: Window) -> list[str]:
    return [_iso(window.start), _iso(window.end)]


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
