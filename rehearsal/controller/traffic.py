"""Which revision sits in which target group, and how much traffic each listener rule sends there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rehearsal.controller.plan import Listener

if TYPE_CHECKING:
    from rehearsal.world import Revision, World


@dataclass(frozen=True)
class Placed:
    """A revision that runs.

    Attributes:
        revision: The service revision.
        target_group_arn: Where its tasks are registered.
    """

    revision: "Revision"
    target_group_arn: str


class Traffic:
    """The weights of the production and the test listener rule during one deployment.

    Args:
        world: Holds the rules.
        blue: What ran before; None on a create.
        green: What is deployed.
    """

    def __init__(self, world: "World", *, blue: Placed | None, green: Placed) -> None:
        self._world = world
        self._blue = blue
        self._green = green
        self._rules = {
            Listener.TEST: world.service.test_rule_arn,
            Listener.PRODUCTION: world.service.production_rule_arn,
        }
        self._green_percent: dict[Listener, float] = {Listener.TEST: 0, Listener.PRODUCTION: 0}

    def shift(self, listener: Listener, green_percent: float) -> None:
        """Set the weights of a listener rule outright, whatever they were."""
        groups: dict[str, float] = dict.fromkeys(self._world.service.target_group_arns, 0)
        for placed, percent in self._shares(green_percent):
            groups[placed.target_group_arn] = percent
        self._world.set_weights(self._rules[listener], groups)
        self._green_percent[listener] = green_percent

    def weights(self, listener: Listener) -> dict[str, float]:
        """Return the percent of each revision ARN; on a create green is the only one."""
        return {placed.revision.arn: percent for placed, percent in self._shares(self._green_percent[listener])}

    def versions(self, listener: Listener) -> dict[str, float]:
        """Return the percent of each version, for people."""
        return {placed.revision.version: percent for placed, percent in self._shares(self._green_percent[listener])}

    def _shares(self, green_percent: float) -> list[tuple[Placed, float]]:
        shares = [(self._green, _percent(green_percent))]
        return shares if self._blue is None else [*shares, (self._blue, _percent(100 - green_percent))]


def _percent(value: float) -> float:
    """A percent as ECS tells it: in tenths, and as a whole number where it is one."""
    rounded = round(float(value), 1)
    return int(rounded) if rounded.is_integer() else rounded
