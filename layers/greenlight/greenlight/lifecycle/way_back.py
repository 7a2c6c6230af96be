"""A rollback: nothing stands in its way, and what has to follow the traffic follows it."""

import time
from dataclasses import replace
from typing import Any, Final

from greenlight.bounded import Task
from greenlight.documents import DocumentError, Mistake
from greenlight.gates import Around, Gate, HookStatus, Record, Verdict, has_gate, load_gate, run_on_rollback
from greenlight.lifecycle import announcing
from greenlight.lifecycle.calling import Caller, HookSettings, configured, deployment_of, reason_only, reply
from greenlight.lifecycle.event import HookEvent
from greenlight.lifecycle.observability import logger, tell
from greenlight.lifecycle.remembering import add, entry_of, reserve
from greenlight.stages import Stage
from greenlight.telling import Level

_MAX_REASON: Final = 600
_FOLLOWS_TRAFFIC: Final = frozenset({Stage.PRODUCTION_TRAFFIC_SHIFT})


def let_back(event: HookEvent, settings: HookSettings, caller: Caller, started: float) -> dict[str, Any]:
    """Answer on the way back.

    Args:
        event: What ECS said.
        settings: How the function was deployed.
        caller: What Lambda says about this invocation.
        started: Monotonic seconds at which the invocation began.
    """
    reason = "the deployment is going back, and nothing stands in its way"
    recording = caller.deadline - announcing.reserve(settings.channels, caller.deadline - started)
    undone = False
    gate: Gate | None = None
    records: list[Record] = []
    if event.stage in _FOLLOWS_TRAFFIC:
        try:
            following = replace(caller, deadline=recording)
            gate, records = Task(lambda: _follow(event, settings, following), "way back").result(
                recording - time.monotonic()
            )
        except Exception as error:  # noqa: BLE001 - a rollback that is held up leaves users with the broken revision
            logger.exception("what has to follow the traffic back could not be done")
            undone = True
            reason += f"; but what has to follow the traffic was not done: {error or 'no time was left'}"
    told = [f"{record.named.name} {record.result.outcome}: {record.result.summary}" for record in records]
    verdict = Verdict(HookStatus.SUCCEEDED, "; ".join([reason, *told])[:_MAX_REASON], records=records)
    entry = entry_of(event, gate, verdict, attempt=1, function=caller.function_arn, report="", state={})
    if undone:
        entry = replace(entry, severity=str(Level.WARNING))
    entry = add(settings.record, entry, deadline=recording)
    tell(verdict, gate=gate, attempt=entry.attempt, seconds=time.monotonic() - started)
    # People have to hear where the workers stayed with the revision that the traffic has left.
    announcing.announce(settings.channels, settings.record, verdict, entry, None, deadline=caller.deadline)
    return reply(verdict, reason_only(event.details, verdict))


def _follow(event: HookEvent, settings: HookSettings, caller: Caller) -> tuple[Gate | None, list[Record]]:
    """Ask the checks that have work to do on the way back; a service without a gate here has none."""
    if event.details_problem:
        raise DocumentError([Mistake("hookDetails", event.details_problem)])
    gates = configured(event, settings)
    if not has_gate(gates, event.stage):
        return None, []
    gate = load_gate(gates, event.stage)
    around = Around(service=gate.service or event.service_name, record=settings.record)
    records = run_on_rollback(
        gate,
        deployment_of(event),
        deadline=caller.deadline - reserve(settings.record, caller.deadline - time.monotonic()),
        run_id=event.deployment_id,
        around=around,
    )
    return gate, records
