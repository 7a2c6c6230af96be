"""Users of the service: a steady load on the production listener, bounded in every respect."""

import contextlib
import http.client
import math
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from rehearsal.clock import Clock

MOST_A_SECOND: Final = 200
"""Requests in a real second at most, however fast the clock runs."""

MOST_AT_ONCE: Final = 32
MOST_REQUESTS: Final = 100_000
CUSTOMERS: Final = 1000
DEFAULT_PATH = "/v2/orders"
_PATIENCE: Final = 10.0
_JOIN_SECONDS: Final = 5.0
BROKEN = "broken"


class Users:
    """Ask a service for as long as the context lasts.

    Each request is one of a customer's, in the query: ``?customer=417``, of whom there are a thousand. What cannot be asked in
    time is left out and not made up for, so that a slow service gets fewer requests, and the counts are those of requests that
    were really sent.

    Args:
        address: Host and port of the listener.
        per_minute: Requests in a simulated minute; fewer where that would be more than MOST_A_SECOND real ones.
        clock: Simulated time.
        path: What to GET.
        most: Requests in all.
        rng: Where the customers come from.

    Raises:
        ValueError: When there are to be less than one request a minute.
    """

    def __init__(
        self,
        address: tuple[str, int],
        per_minute: float,
        clock: Clock,
        *,
        path: str = DEFAULT_PATH,
        most: int = MOST_REQUESTS,
        rng: random.Random | None = None,
    ) -> None:
        if not per_minute >= 1:
            raise ValueError(f"users ask at least once a minute, got {per_minute:g}")
        a_second = min(per_minute / 60 * clock.speed, MOST_A_SECOND)
        self._address = address
        self._path = path
        self._interval = 1 / a_second
        self._left = most
        self._rng = rng or random.Random()  # noqa: S311 - customers, no secrets
        self._lock = threading.Lock()
        self._next = 0.0
        self._over = threading.Event()
        self._answers: Counter[str] = Counter()
        self._connections: set[http.client.HTTPConnection] = set()
        # So many can be under way at once when each takes as long as a user waits.
        count = min(MOST_AT_ONCE, math.ceil(a_second * _PATIENCE))
        self._threads = [threading.Thread(target=self._ask_on, name="user", daemon=True) for _ in range(count)]

    def __enter__(self) -> Self:
        self._next = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            if connection.sock is not None:
                with contextlib.suppress(OSError):  # the other side may have closed it first
                    connection.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)

    @property
    def answers(self) -> Mapping[str, int]:
        """How many answers there were of each class, ``2xx`` to ``5xx``, and how many requests broke."""
        with self._lock:
            return dict(sorted(self._answers.items()))

    def _ask_on(self) -> None:
        connection = http.client.HTTPConnection(*self._address, timeout=_PATIENCE)
        with self._lock:
            self._connections.add(connection)
        with contextlib.closing(connection):
            while (wait := self._turn()) is not None and not self._over.wait(wait):
                answer = self._ask(connection)
                # What was broken off because all is over says nothing about the service.
                if answer is not BROKEN or not self._over.is_set():
                    with self._lock:
                        self._answers[answer] += 1

    def _turn(self) -> float | None:
        """Take the next request, and return the real seconds until it is due; None when there are no more."""
        with self._lock:
            if self._left <= 0 or self._over.is_set():
                return None
            self._left -= 1
            now = time.monotonic()
            due = max(self._next, now - self._interval)
            self._next = due + self._interval
            return max(0.0, due - now)

    def _ask(self, connection: http.client.HTTPConnection) -> str:
        with self._lock:
            customer = self._rng.randrange(CUSTOMERS)
        try:
            connection.request("GET", f"{self._path}?customer={customer}", headers={"User-Agent": "rehearsal-user"})
            with connection.getresponse() as response:
                response.read()
                return f"{response.status // 100}xx"
        except (OSError, http.client.HTTPException):
            connection.close()  # the next request opens it again
            return BROKEN
