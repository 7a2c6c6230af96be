"""One call of ECS, from event to reply."""

import time
from dataclasses import replace
from typing import Any

from greenlight import clock
from greenlight.gates import HookStatus, give_up
from greenlight.lifecycle import announcing
from greenlight.lifecycle.calling import Caller, HookSettings, reason_only, reply
from greenlight.lifecycle.event import Direction, EventError, parse_event
from greenlight.lifecycle.judging import judge
from greenlight.lifecycle.measures import measure
from greenlight.lifecycle.observability import bind, logger, tell
from greenlight.lifecycle.putting_back import put_back
from greenlight.lifecycle.remembering import add, entry_of, last_of, reserve
from greenlight.lifecycle.reporting import write
from greenlight.lifecycle.state import KEY, WarmMemory, gate_key, is_known, restore, store
from greenlight.lifecycle.way_back import let_back

__all__ = ["Caller", "HookSettings", "answer"]

_memory = WarmMemory()


def answer(raw: Any, settings: HookSettings, caller: Caller) -> dict[str, Any]:
    """Answer one call of ECS.

    Args:
        raw: The event, as Lambda handed it over.
        settings: How the function was deployed.
        caller: What Lambda says about this invocation.
    """
    started = time.monotonic()
    try:
        event = parse_event(raw)
    except EventError as error:
        verdict = give_up(str(error))
        tell(verdict, gate=None, attempt=1, seconds=time.monotonic() - started)
        return reply(verdict, reason_only({}, verdict))
    bind(event)
    if event.direction is Direction.ROLLBACK:
        return let_back(event, settings, caller, started)
    if event.stage != settings.stage:
        logger.warning(
            "called at another stage than the one that this function was deployed for; its gate runs all the same",
            extra={"deployed_for": settings.stage},
        )
    known = is_known(event, _memory)
    previous = None if known else last_of(settings.record, event, deadline=caller.deadline)
    stood = progress = restore(event, _memory, now=clock.now(), recorded=previous.state if previous else None)
    # What follows the verdict has its own time each, so that none of it can cost the reply.
    left = caller.deadline - started
    recording = caller.deadline - announcing.reserve(settings.channels, left)
    reporting = recording - reserve(settings.record, left)
    judging = replace(caller, deadline=reporting - settings.reports.reserve(left))
    gate, verdict, progress = judge(event, settings, judging, progress)
    if verdict.status is HookStatus.FAILED and progress.shifted:
        verdict = put_back(event, verdict, deadline=caller.deadline)
    report = write(settings.reports, event, gate, verdict, attempt=progress.attempt, deadline=reporting)
    details = store(event, progress, verdict)
    entry = add(
        settings.record,
        entry_of(
            event,
            gate,
            verdict,
            attempt=progress.attempt,
            function=caller.function_arn,
            report=report.console_url if report else "",
            state=details[KEY],
        ),
        deadline=recording,
    )
    details[KEY]["attempt"] = entry.attempt
    tell(verdict, gate=gate, attempt=entry.attempt, seconds=time.monotonic() - started, report=report)
    if settings.measured:
        measure(
            verdict,
            gate=gate,
            stage=event.stage,
            service=entry.service,
            attempt=entry.attempt,
            seconds=time.monotonic() - started,
            since_seconds=clock.now() - progress.since,
        )
    news = announcing.before(entry, stood)
    announcing.announce(settings.channels, settings.record, verdict, entry, news, deadline=caller.deadline)
    if verdict.status is HookStatus.IN_PROGRESS:
        _memory.keep(gate_key(event), details[KEY])
    else:
        _memory.forget(gate_key(event))
    return reply(verdict, details)
