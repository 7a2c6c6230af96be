"""The load balancer: its listeners, its target groups' health, and faults to switch on."""

import random
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rehearsal.load_balancer.configuration import Configuration
from rehearsal.load_balancer.exchange import Observer, unobserved
from rehearsal.load_balancer.health import is_healthy
from rehearsal.load_balancer.listener import Listener


class LoadBalancer:
    """Real ports for elbv2 listeners, as a context manager.

    Args:
        configuration: Where listeners, rules and targets are looked up.
        bind: The address to listen on.
        rng: Where chance comes from, for weights and among the targets of a group.
        target_timeout: How long a target may be silent before the client gets 504, in seconds. An Application Load
            Balancer waits for its idle time-out, 60 s unless it is told otherwise.
        observer: Is told of each request for which a target was chosen; health checks are none.

    Attributes:
        configuration: See above.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        bind: str = "127.0.0.1",
        rng: random.Random | None = None,
        target_timeout: float = 60.0,
        observer: Observer = unobserved,
    ) -> None:
        self.configuration = configuration
        self._bind = bind
        self._rng = rng or random.Random()  # noqa: S311 - shares of traffic, no secrets
        self._target_timeout = target_timeout
        self._observer = observer
        self._listeners: dict[str, Listener] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for listener in self._listeners.values():
            listener.stop()
        self._listeners.clear()

    def listen(self, create: Callable[[int], str]) -> tuple[str, int]:
        """Open a port and serve it as an elbv2 listener.

        Args:
            create: Gets the port, creates the elbv2 listener with it, and returns the listener's ARN.

        Returns:
            The listener's ARN and its port.

        Raises:
            OSError: When no port can be opened.
        """
        listener = Listener(self._bind, self.configuration, self._rng, self._target_timeout, self._observer)
        try:
            listener.arn = create(listener.port)
        except BaseException:
            listener.server_close()
            raise
        self._listeners[listener.arn] = listener
        listener.start()
        return listener.arn, listener.port

    def reset_next(self, listener_arn: str, connections: int) -> None:
        """Accept and reset (RST) the next connections on a listener: a transport fault that heals.

        Args:
            listener_arn: The listener.
            connections: How many. Connections that are open already are left alone.

        Raises:
            KeyError: When no such listener is served here.
        """
        self._listeners[listener_arn].reset_next(connections)

    def healthy(self, target_group_arn: str) -> bool:
        """Whether the group has targets and each one answers the group's health check.

        Args:
            target_group_arn: The target group.

        Raises:
            KeyError: When there is no such target group.
        """
        check = self.configuration.health_check(target_group_arn)
        targets = self.configuration.targets(target_group_arn)
        return bool(targets) and all(is_healthy(address, port, check) for address, port in targets)
