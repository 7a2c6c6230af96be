"""One request that a load balancer passes to a target, for those who count."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, Self


class Destination(NamedTuple):
    """The target that was chosen.

    Attributes:
        target_group_arn: Its target group.
        address: Its IP address.
        port: Its port.
    """

    target_group_arn: str
    address: str
    port: int


@dataclass(frozen=True)
class Exchange:
    """A request for which a target was chosen, and what came of it.

    Attributes:
        listener_arn: The listener that took it.
        target_group_arn: The target's group.
        reached: Whether there was a connection to the target.
        status: The target's status code; None when it gave none.
        seconds: From the request's end to the beginning of the target's answer; None when there was none.
        own_status: The status code of the load balancer's own answer, where the target gave none.
    """

    listener_arn: str
    target_group_arn: str
    reached: bool = False
    status: int | None = None
    seconds: float | None = None
    own_status: int | None = None

    def connected(self) -> Self:
        """Return it with a connection to the target."""
        return replace(self, reached=True)

    def answered(self, status: int, seconds: float) -> Self:
        """Return it with the target's answer."""
        return replace(self, status=status, seconds=seconds)

    def refused(self, status: int) -> Self:
        """Return it with an answer of the load balancer's own."""
        return replace(self, own_status=status)


Observer = Callable[[Exchange], None]
"""Is told of each exchange, from whichever thread served it, before the client has all of the answer."""


def unobserved(_: Exchange) -> None:
    """Tell nobody."""
