"""The report of a verdict, in the bucket of the stack; a verdict stands whether or not its report can be written."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from greenlight.aws import AwsError
from greenlight.bounded import Task, TimeIsUpError
from greenlight.gates import Gate, HookStatus, Verdict
from greenlight.lifecycle.event import HookEvent
from greenlight.lifecycle.observability import logger

if TYPE_CHECKING:
    from greenlight.reports import Stored

RESERVE_SECONDS: Final = 3.0
"""How much time the checks leave for it."""

_LEAST_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Reports:
    """Where reports go.

    Attributes:
        location: ``s3://bucket/prefix``; empty for no reports.
        region: The bucket's.
    """

    location: str = ""
    region: str = ""

    def reserve(self, left: float) -> float:
        """Return the seconds that the checks have to leave, of those that are left."""
        return min(RESERVE_SECONDS, left * 0.15) if self.location else 0.0


def write(
    reports: Reports, event: HookEvent, gate: Gate | None, verdict: Verdict, *, attempt: int, deadline: float
) -> "Stored | None":
    """Write the report of a verdict, if it is worth one: each that is final, and each that brought something new.

    Args:
        reports: Where to.
        event: What ECS asked.
        gate: What it was asked about; None where the gates file could not be used.
        verdict: What was answered.
        attempt: Number of this call of the hook.
        deadline: Monotonic seconds by which it has to be written.
    """
    news = any(record.fresh and record.result.evidence is not None for record in verdict.records)
    if not reports.location or not (news or verdict.status is not HookStatus.IN_PROGRESS):
        return None
    try:
        task = Task(lambda: _store(reports, event, gate, verdict, attempt), "report")
        return task.result(max(_LEAST_SECONDS, deadline - time.monotonic()))
    except (AwsError, TimeIsUpError) as error:
        problem = str(error) or "there was not enough time"
        logger.warning("the report could not be written", extra={"reports": reports.location, "problem": problem})
    except Exception:  # noqa: BLE001 - a verdict that was made stands, whether or not it could be reported
        logger.exception("the report could not be made; a defect in Greenlight")
    return None


def _store(reports: Reports, event: HookEvent, gate: Gate | None, verdict: Verdict, attempt: int) -> "Stored":
    # Here and not above: a function without reports would pay for it at each cold start.
    from greenlight.reports import Facts, Key, of_verdict, store  # noqa: PLC0415

    facts = Facts(
        service=gate.service or event.service_name if gate else event.service_name,
        deployment=event.deployment_id,
        stage=event.stage,
        attempt=attempt,
        direction=str(event.direction),
        green=event.green_arn.rpartition("/")[2],
        gates=gate.source if gate else None,
        invoked_by=event.execution_id,
    )
    stage = "-".join(filter(None, (event.stage, event.step)))  # each step counts its attempts anew
    key = Key(service=event.service_name, deployment=event.deployment_id, stage=stage, attempt=attempt)
    return store(reports.location, key, of_verdict(verdict, facts), region=reports.region)
