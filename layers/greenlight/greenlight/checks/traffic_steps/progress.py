"""What the check remembers from one invocation to the next: which step, since when, and how its metrics are."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

READY: Final = -1
"""The step before the first: it is remembered that traffic will be moved, and none is moved yet."""

_WORDS: Final = 200
_AHEAD_SECONDS: Final = 5.0
"""The clock of another machine may be a little ahead; more than that is made up."""


@dataclass(frozen=True)
class Progress:
    """How far the steps are.

    Attributes:
        step: Index of the step, or READY.
        since: When it began, in seconds since the epoch.
        began: When the check began, in seconds since the epoch.
        errors: How many times in a row it could not be asked.
        good: Whether the metrics of this step have passed once.
        metrics: What the metrics check remembers.
        failing: Whether all that is left to do is to give blue its traffic back.
        words: Why; may get lost.
    """

    step: int
    since: float
    began: float
    errors: int = 0
    good: bool = False
    metrics: Mapping[str, Any] = field(default_factory=dict)
    failing: bool = False
    words: str = ""

    def at(self, step: int, now: float) -> "Progress":
        """Return where a step begins."""
        return Progress(step, now, self.began)

    def failed(self, words: str) -> "Progress":
        """Return it with nothing left to do but to give blue its traffic back."""
        return replace(self, failing=True, words=words, errors=self.errors + 1)

    def memory(self) -> dict[str, Any]:
        """Return it as JSON. Whoever keeps it gives blue its traffic back when nobody else can: see ``shifted``."""
        kept: dict[str, Any] = {
            "shifted": True,
            "step": self.step,
            "since": round(self.since, 3),
            "began": round(self.began, 3),
        }
        given = {"errors": self.errors, "good": self.good, "metrics": dict(self.metrics), "failing": self.failing}
        kept |= {key: value for key, value in given.items() if value}
        return kept | ({"words": self.words[:_WORDS]} if self.words else {})


def restore(memory: Mapping[str, Any], steps: Sequence[int], now: float) -> Progress | None:
    """Go on where the previous invocation stopped.

    Args:
        memory: What came back, which may be cut or made up.
        steps: The steps of the gates file.
        now: Seconds since the epoch.

    Returns:
        None where it is not known how far the steps were.
    """
    step, since, began = memory.get("step"), _moment(memory.get("since")), _moment(memory.get("began"))
    if not isinstance(step, int) or isinstance(step, bool) or not READY <= step < len(steps):
        return None
    if since is None or began is None or not began <= since <= now + _AHEAD_SECONDS:
        return None
    metrics, words = memory.get("metrics"), memory.get("words")
    return Progress(
        step=step,
        since=since,
        began=began,
        errors=errors_in(memory),
        good=memory.get("good") is True,
        metrics=metrics if isinstance(metrics, Mapping) else {},
        failing=bool(memory.get("failing")),
        words=words if isinstance(words, str) else "",
    )


def errors_in(memory: Mapping[str, Any]) -> int:
    """Return how many times in a row it could not be asked, as far as that is known."""
    errors = memory.get("errors")
    return errors if isinstance(errors, int) and not isinstance(errors, bool) and errors > 0 else 0


def _moment(value: Any) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        moment = float(value)
    except OverflowError:
        return None
    return moment if math.isfinite(moment) and moment > 0 else None
