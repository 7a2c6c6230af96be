"""What a call of ECS meets: how the function was deployed, and how much time there is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from greenlight.deployment import Deployment
from greenlight.gates import Configured, HookStatus, Verdict
from greenlight.lifecycle.event import HookEvent
from greenlight.lifecycle.reporting import Reports
from greenlight.lifecycle.state import KEY
from greenlight.record import Table
from greenlight.telling import Channels


@dataclass(frozen=True)
class HookSettings:
    """How a function was deployed.

    Attributes:
        stage: The stage that it was deployed for.
        gates: Location of the gates file; empty means the packaged default.
        reports: Where reports go.
        record: What is remembered outside ECS; None where the stack has no such table.
        channels: Where people and other systems are told.
        measured: Whether Greenlight's own metrics are written.
    """

    stage: str
    gates: str = ""
    reports: Reports = field(default_factory=Reports)
    record: Table | None = None
    channels: Channels = field(default_factory=Channels)
    measured: bool = True


@dataclass(frozen=True)
class Caller:
    """What Lambda says about this invocation.

    Attributes:
        function_arn: The function, as ECS names it.
        deadline: Monotonic seconds by which the answer has to be made.
    """

    function_arn: str
    deadline: float


def configured(event: HookEvent, settings: HookSettings) -> Configured:
    """Return which gates file applies: the service's own, else the function's."""
    gates = event.details.get("gates")
    if gates is not None and gates != "":
        return Configured(gates, "hookDetails.gates")
    return Configured(settings.gates, "the function's GATES")


def deployment_of(event: HookEvent) -> Deployment:
    """Return the deployment that an event is about."""
    return Deployment(
        event.deployment_arn,
        event.green_arn,
        is_create=event.is_create,
        production_weights=event.production_weights,
    )


def reply(verdict: Verdict, details: Mapping[str, Any]) -> dict[str, Any]:
    """Write a verdict in the words of ECS; callBackDelay goes only with IN_PROGRESS."""
    delay = {"callBackDelay": verdict.delay} if verdict.status is HookStatus.IN_PROGRESS else {}
    return {"hookStatus": str(verdict.status), **delay, "hookDetails": dict(details)}


def reason_only(details: Mapping[str, Any], verdict: Verdict) -> dict[str, Any]:
    """Return the hookDetails for a reply that leaves no state behind."""
    return {**details, KEY: {"v": 1, "reason": verdict.reason}}
