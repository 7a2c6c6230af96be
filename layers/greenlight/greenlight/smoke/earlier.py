"""What earlier invocations of a run leave to the next, small enough to travel in hookDetails."""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

Settled = Literal["passed", "failed", "warning", "skipped"]
"""Outcomes of tests that are not run again; after an error a test is."""

SETTLED: Final[frozenset[str]] = frozenset(get_args(Settled))

_DIGITS: Final[tuple[Settled | None, ...]] = (None, *get_args(Settled))
_MAX_WORDS: Final = 600


@dataclass(frozen=True, kw_only=True)
class Proof:
    """How far the proof has come.

    Attributes:
        proven: Whether it was given.
        streak: Good answers in a row up to now.
        waited: Seconds spent on it.
    """

    proven: bool = False
    streak: int = 0
    waited: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What earlier invocations left.

    Attributes:
        outcomes: Of each test, in the order of the suite; None for those that wait to be run.
        start: Number of the test to go on with, so that those that had their turn come last.
        proof: How far the proof of green's identity has come.
        words: What there is to say of the first test that failed; where none did, of the first with a warning.
    """

    outcomes: tuple[Settled | None, ...] = ()
    start: int = 0
    proof: Proof = field(default_factory=Proof)
    words: str = ""


def encode(earlier: Earlier) -> dict[str, Any]:
    """Write it as JSON values, in about 100 bytes for 200 tests, and the words."""
    encoded: dict[str, Any] = {}
    if any(earlier.outcomes):
        encoded["tests"] = _packed(earlier.outcomes)
    if earlier.start:
        encoded["start"] = earlier.start
    if earlier.proof.proven:
        encoded["proven"] = True
    elif earlier.proof != Proof():
        encoded |= {"streak": earlier.proof.streak, "waited": round(earlier.proof.waited, 1)}
    if earlier.words:
        encoded["words"] = earlier.words[:_MAX_WORDS]
    return encoded


def decode(encoded: Mapping[str, Any], tests: int) -> Earlier:
    """Read what ``encode`` wrote. What makes no sense is as if it had not been written: the tests are run again.

    Args:
        encoded: As it came back from ECS.
        tests: How many tests the suite has.
    """
    waited, start = encoded.get("waited"), _count(encoded.get("start"))
    words = encoded.get("words")
    return Earlier(
        outcomes=_unpacked(encoded.get("tests"), tests),
        start=start if start < tests else 0,
        proof=Proof(
            proven=encoded.get("proven") is True,
            streak=_count(encoded.get("streak")),
            waited=waited if isinstance(waited, float) and 0 <= waited < math.inf else float(_count(waited)),
        ),
        words=words if isinstance(words, str) else "",
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _packed(outcomes: Sequence[Settled | None]) -> str:
    """Write a digit of base 5 for each test, the first one lowest; all together as one number, in base64."""
    number = 0
    for outcome in reversed(outcomes):
        number = number * len(_DIGITS) + _DIGITS.index(outcome)
    data = number.to_bytes((number.bit_length() + 7) // 8, "little")
    return base64.b64encode(data).decode("ascii").rstrip("=")


def _unpacked(text: Any, tests: int) -> tuple[Settled | None, ...]:
    try:
        number = int.from_bytes(
            base64.b64decode(f"{text}==" if isinstance(text, str) else "", validate=False), "little"
        )
    except ValueError:
        number = 0
    if number >= len(_DIGITS) ** tests:  # of another suite
        number = 0
    outcomes = []
    for _ in range(tests):
        number, digit = divmod(number, len(_DIGITS))
        outcomes.append(_DIGITS[digit])
    return tuple(outcomes)
