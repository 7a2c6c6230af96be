"""Settings that need no numbers from anybody."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from greenlight.checks.metrics.rules import Rule

# Three looks of five minutes, a minute apart: about ten minutes a step. A p99 of few requests is one slow request, which blue
# has as well, only seldom in so small a share of the traffic: it is let go where there are too few to tell.
_SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType({"http_health": MappingProxyType({"count": 3})})
_RULES: Final[Mapping[str, Sequence[Rule]]] = MappingProxyType(
    {
        "http_health": (
            Rule(query="5xx_rate", ratio=1.5, slack=0.5, max_without_blue=2),
            Rule(query="connection_error_rate", ratio=1.5, slack=0.5, max_without_blue=1),
            Rule(query="p95", ratio=1.5, slack=0.1, max_without_blue=2),
            Rule(query="p99", ratio=2, slack=0.25, max_without_blue=5, min_samples=500, on_few_samples="pass"),
        )
    }
)


def defaults_of(preset: str | None) -> Mapping[str, Any]:
    """Return what a preset sets, unless the file does."""
    return _SETTINGS[preset] if preset else {}


def with_preset(preset: str | None, written: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules of a preset, each with what the file says about the same value, and those that the file adds.

    Args:
        preset: Its name; None where none is wanted.
        written: The rules of the file.
    """
    given = _RULES[preset] if preset else ()
    by_query = {rule.query: rule for rule in written}
    merged = [rule.with_words_of(by_query[rule.query]) if rule.query in by_query else rule for rule in given]
    return (*merged, *(rule for rule in written if rule.query not in {rule.query for rule in given}))
