"""Handing events to the functions that wait for them, as EventBridge does: later, side by side, and in no order."""

import copy
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from rehearsal.clock import Clock
from rehearsal.controller import events
from rehearsal.eventbridge import Subscription, matches
from rehearsal.invokers import Invocation, Invoker, InvokerError

_AT_ONCE = 8
# Simulated seconds before the second and the third attempt:
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_PAUSES = (60, 120)


class Delivery:
    """Invokes the functions whose patterns an event meets, and those that fail again, as Lambda does.

    Args:
        subscriptions: Who waits for what.
        invoker: Invokes the functions.
        clock: Simulated time.
        tell: Is told of each event and of each invocation.
    """

    def __init__(
        self, subscriptions: Sequence[Subscription], invoker: Invoker, clock: Clock, tell: events.Watcher
    ) -> None:
        self._subscriptions = subscriptions
        self._invoker = invoker
        self._clock = clock
        self._tell = tell
        # Its threads start with the first event that somebody waits for.
        self._pool = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="events")
        self._under_way: list[Future[None]] = []

    def send(self, event: Mapping[str, Any]) -> None:
        """Tell an event to those who watch, and hand it to those who wait for it, without waiting for them."""
        self._tell(events.EventSent(at=self._clock.now(), event=event))
        for subscription in self._subscriptions:
            if matches(subscription.pattern, event):
                self._under_way.append(self._pool.submit(self._deliver, subscription, copy.deepcopy(dict(event))))

    def finish(self) -> None:
        """Wait until every function has had its events; no more can be sent."""
        self._pool.shutdown()
        for future in self._under_way:
            future.result()

    def _deliver(self, subscription: Subscription, event: dict[str, Any]) -> None:
        for attempt in range(1, subscription.retries + 2):
            try:
                invocation = self._invoker.invoke(subscription.function_arn, event)
            except InvokerError as error:
                self._told(subscription, event, attempt, Invocation(None, str(error), 0.0))
                return
            self._told(subscription, event, attempt, invocation)
            if invocation.function_error is None:
                return
            if attempt <= subscription.retries:
                self._clock.sleep(_PAUSES[min(attempt, len(_PAUSES)) - 1])

    def _told(self, subscription: Subscription, event: Mapping[str, Any], attempt: int, invocation: Invocation) -> None:
        self._tell(
            events.EventDelivered(
                at=self._clock.now(),
                function=subscription.function_arn.rpartition(":")[2],
                event_name=str(event["detail"]["eventName"]),
                attempt=attempt,
                problem=invocation.function_error,
                seconds=invocation.seconds,
                log_lines=tuple(invocation.log_lines),
            )
        )
