"""Decisions as people say them."""

from typing import Final

from greenlight.checks.moments import utc
from greenlight.record import Decision

_PARTS_OF_ARN: Final = 6
_MAX_COMMENT: Final = 200


def person(who: str) -> str:
    """Write who it was without what is the same for everybody: ``user/jane``, ``assumed-role/deployers/jane``."""
    parts = who.split(":", _PARTS_OF_ARN - 1)
    return parts[-1] if len(parts) == _PARTS_OF_ARN and parts[-1] else who


def told(decision: Decision) -> str:
    """Write who decided, when and why: ``user/jane at 2026-12-21 06:00 UTC (looks good)``."""
    comment = " ".join(decision.comment.split())
    short = comment if len(comment) <= _MAX_COMMENT else f"{comment[: _MAX_COMMENT - 1]}…"
    return f"{person(decision.who)} at {utc(decision.at)}" + (f" ({short})" if short else "")
