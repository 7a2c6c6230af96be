"""How a strategy moves production traffic: in which steps, and how long each is left to itself.

The bounds and defaults are those of
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html and
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CanaryConfiguration.html
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

BLUE_GREEN = "BLUE_GREEN"
LINEAR = "LINEAR"
CANARY = "CANARY"
STRATEGIES = (BLUE_GREEN, LINEAR, CANARY)

MOST_MINUTES = 1440
SMALLEST_STEP = 3.0
SMALLEST_CANARY = 0.1
_ALL = 100.0
_TENTHS = 10


class UnknownStrategyError(ValueError):
    """When the rehearsal has no plan for a deployment strategy."""


class StrategyNumbersError(ValueError):
    """When ECS would refuse the percents or minutes of a strategy."""


@dataclass(frozen=True)
class Step:
    """One shift of production traffic.

    Attributes:
        green_percent: How much green has then.
        bake_minutes: How long that is left so before the next step.
    """

    green_percent: float
    bake_minutes: float = 0


@dataclass(frozen=True)
class Strategy(ABC):
    """A deployment strategy with its numbers."""

    name: ClassVar[str]

    @abstractmethod
    def steps(self) -> tuple[Step, ...]:
        """Return the steps; in the last one green gets all."""

    @abstractmethod
    def configuration(self) -> dict[str, Any]:
        """Return what ``deploymentConfiguration`` says of the strategy, as DescribeServiceDeployments shows it."""


@dataclass(frozen=True)
class BlueGreen(Strategy):
    """All traffic at once."""

    name = BLUE_GREEN

    def steps(self) -> tuple[Step, ...]:
        """Return the only step."""
        return (Step(_ALL),)

    def configuration(self) -> dict[str, Any]:
        """Return the strategy's name; it has no numbers."""
        return {"strategy": self.name}


@dataclass(frozen=True)
class Linear(Strategy):
    """Equal steps until green has all; a last one that would go beyond ends there.

    Attributes:
        percent: ``stepPercent``.
        bake_minutes: ``stepBakeTimeInMinutes``; "not applied after reaching 100 percent traffic".

    Raises:
        StrategyNumbersError: When ECS would refuse a number.
    """

    percent: float
    bake_minutes: float

    name = LINEAR

    def __post_init__(self) -> None:
        check_percent("stepPercent", self.percent, SMALLEST_STEP)
        check_minutes("stepBakeTimeInMinutes", self.bake_minutes)

    def steps(self) -> tuple[Step, ...]:
        """Return the steps, each counted from 0, so that no rounding adds up."""
        tenth = round(self.percent * _TENTHS)
        before = range(tenth, round(_ALL * _TENTHS), tenth)
        return (*(Step(tenths / _TENTHS, self.bake_minutes) for tenths in before), Step(_ALL))

    def configuration(self) -> dict[str, Any]:
        """Return the strategy with its ``linearConfiguration``."""
        numbers = {"stepPercent": float(self.percent), "stepBakeTimeInMinutes": int(self.bake_minutes)}
        return {"strategy": self.name, "linearConfiguration": numbers}


@dataclass(frozen=True)
class Canary(Strategy):
    """A small share first, then all.

    A canary of 100 percent leaves nothing for a second step. What ECS makes of it is not documented; here it is one step.

    Attributes:
        percent: ``canaryPercent``.
        bake_minutes: ``canaryBakeTimeInMinutes``.

    Raises:
        StrategyNumbersError: When ECS would refuse a number.
    """

    percent: float
    bake_minutes: float

    name = CANARY

    def __post_init__(self) -> None:
        check_percent("canaryPercent", self.percent, SMALLEST_CANARY)
        check_minutes("canaryBakeTimeInMinutes", self.bake_minutes)

    def steps(self) -> tuple[Step, ...]:
        """Return the canary's step and the one for the rest."""
        return (Step(self.percent, self.bake_minutes), Step(_ALL)) if self.percent < _ALL else (Step(_ALL),)

    def configuration(self) -> dict[str, Any]:
        """Return the strategy with its ``canaryConfiguration``."""
        numbers = {"canaryPercent": float(self.percent), "canaryBakeTimeInMinutes": int(self.bake_minutes)}
        return {"strategy": self.name, "canaryConfiguration": numbers}


def check_percent(name: str, percent: float, smallest: float) -> None:
    """Refuse a percentage as ECS does.

    Raises:
        StrategyNumbersError: When it is out of bounds or no multiple of 0.1.
    """
    tenths = percent * _TENTHS
    if not smallest <= percent <= _ALL or abs(tenths - round(tenths)) > 1e-6:  # noqa: PLR2004 - 3.3 * 10 is not 33
        raise StrategyNumbersError(f"{name} is {percent:g}; ECS takes multiples of 0.1 from {smallest:g} to {_ALL:g}")


def check_minutes(name: str, minutes: float) -> None:
    """Refuse a bake time as ECS does.

    Raises:
        StrategyNumbersError: When it is no whole number of minutes or out of bounds.
    """
    if not (0 <= minutes <= MOST_MINUTES and float(minutes).is_integer()):
        raise StrategyNumbersError(f"{name} is {minutes:g}; ECS takes whole minutes from 0 to {MOST_MINUTES}")
