"""What a metrics check remembers from one invocation to the next: a few numbers, bound to the step of the deployment."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from greenlight.checks.metrics.analysis import Tally
from greenlight.checks.metrics.settings import MetricsSettings
from greenlight.checks.metrics.window import first_end

_WORDS: Final = 200
_EARLY_SECONDS: Final = 1.0
"""A callBackDelay is in whole seconds, so that ECS may call this much before the time."""

_COUNTERS: Final = ("count", "failed", "inconclusive", "errors", "streak")


@dataclass(frozen=True)
class Progress:
    """How far the measurements are.

    Attributes:
        step: The step of a canary or linear shift that they belong to.
        began: When this check first looked at the step, in seconds since the epoch.
        due: When the next measurement is to be taken, in seconds since the epoch.
        tally: What they were.
        words: What the last one found; may get lost.
    """

    step: str
    began: float
    due: float
    tally: Tally = field(default_factory=Tally)
    words: str = ""

    def is_due(self, now: float) -> bool:
        """Tell whether the time of the next measurement has come."""
        return now >= self.due - _EARLY_SECONDS

    def later(self, due: float, words: str, tally: Tally | None = None) -> "Progress":
        """Return it with another time of the next measurement.

        Args:
            due: In seconds since the epoch.
            words: What was found.
            tally: What the measurements were; as before where it is not given.
        """
        return replace(self, due=due, words=_cut(words), tally=self.tally if tally is None else tally)

    def memory(self) -> Mapping[str, Any]:
        """Return it as JSON."""
        counters = [getattr(self.tally, name) for name in _COUNTERS]
        kept = {"step": self.step, "began": math.ceil(self.began), "due": math.ceil(self.due), "tally": counters}
        return {**kept, **({"words": self.words} if self.words else {})}


def begin(settings: MetricsSettings, step: str, now: float, *, follows_traffic: bool) -> Progress:
    """Start the measurements of a step.

    Args:
        settings: What the gates file says.
        step: The step.
        now: Seconds since the epoch.
        follows_traffic: Whether data from before now is of other traffic, and would hide what is wrong with this one.
    """
    if settings.initial_delay is not None:
        due = now + settings.initial_delay
    elif follows_traffic:
        due = first_end(now, settings.window) + settings.delay
    else:
        due = now
    return Progress(step, now, due)


def restore(
    memory: Mapping[str, Any], settings: MetricsSettings, step: str, now: float, *, follows_traffic: bool
) -> Progress:
    """Go on where the previous invocation stopped; from the beginning where that is not known.

    Args:
        memory: What came back, which may be of another step, cut, or made up.
        settings: What the gates file says.
        step: The step.
        now: Seconds since the epoch.
        follows_traffic: See `begin`.
    """
    fresh = begin(settings, step, now, follows_traffic=follows_traffic)
    began, due = _whole(memory.get("began")), _whole(memory.get("due"))
    tally, words = _tally(memory.get("tally"), settings), memory.get("words", "")
    if memory.get("step") != step or tally is None or began is None or due is None:
        return fresh
    # The clock of another machine may be a little ahead; more than that is made up.
    longest = fresh.due - now + settings.interval
    if began > now + _EARLY_SECONDS or not began <= due <= now + longest + _EARLY_SECONDS:
        return fresh
    return Progress(step, began, due, tally, words if isinstance(words, str) else "")


def _cut(words: str) -> str:
    return words if len(words) <= _WORDS else f"{words[: _WORDS - 1]}…"


def _tally(kept: Any, settings: MetricsSettings) -> Tally | None:
    if not isinstance(kept, list) or len(kept) != len(_COUNTERS) or None in map(_whole, kept):
        return None
    tally = Tally(**dict(zip(_COUNTERS, kept, strict=True)))
    good = tally.count - tally.failed - tally.inconclusive
    # More than there can be would be taken for an end that never came.
    if good < tally.streak or (settings.most is not None and tally.count >= settings.most):
        return None
    return tally


def _whole(number: Any) -> int | None:
    return number if isinstance(number, int) and not isinstance(number, bool) and number >= 0 else None
