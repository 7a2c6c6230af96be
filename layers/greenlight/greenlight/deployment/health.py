"""How the targets of a target group are."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Target:
    """A target of a group.

    Attributes:
        id: IP address, instance or function.
        port: Its port.
        state: ELB's word: ``healthy``, ``initial``, ``unhealthy``, ``draining``, ``unused``, ``unavailable``.
        reason: Why, in ELB's words; empty when it is healthy.
    """

    id: str
    port: int | None
    state: str
    reason: str = ""


@dataclass(frozen=True)
class Health:
    """How a whole group is."""

    targets: tuple[Target, ...]

    @property
    def healthy(self) -> int:
        """Return how many are healthy."""
        return sum(target.state == "healthy" for target in self.targets)

    def __str__(self) -> str:
        if not self.targets:
            return "no target at all"
        states = Counter(target.state for target in self.targets)
        text = ", ".join(f"{count} {state}" for state, count in states.most_common())
        trouble = next((target.reason for target in self.targets if target.state == "unhealthy" and target.reason), "")
        return f"{text} ({trouble})" if trouble else text


def read_health(reply: Mapping[str, Any]) -> Health:
    """Read a reply of DescribeTargetHealth."""
    return Health(
        tuple(
            Target(
                id=str(each["Target"]["Id"]),
                port=each["Target"].get("Port"),
                state=str(each["TargetHealth"].get("State", "unknown")),
                reason=str(each["TargetHealth"].get("Description") or each["TargetHealth"].get("Reason") or ""),
            )
            for each in reply["TargetHealthDescriptions"]
        )
    )
