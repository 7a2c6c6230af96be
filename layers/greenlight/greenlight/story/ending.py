"""A record of DescribeServiceDeployments, read as the end of a story (or where it stands)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

UNDER_WAY: Final = frozenset({"PENDING", "IN_PROGRESS"})
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html"""

UNKNOWN: Final = "UNKNOWN"
"""In the place of a status, where ECS could not be asked."""

_TRIGGERED: Final = "TRIGGERED"
_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, kw_only=True)
class HookState:
    """A hook as ECS shows it.

    Attributes:
        id: ECS's identifier of this execution.
        is_pause: Whether it is a PAUSE hook.
        target: ARN of its function; empty for a PAUSE hook.
        status: ``AWAITING_ACTION``, ``IN_PROGRESS``, ``SUCCEEDED``, ``FAILED`` or ``TIMED_OUT``.
        expires_at: When its time is up, in seconds since the epoch.
        goes_on: Whether the deployment goes on when its time is up.
    """

    id: str
    is_pause: bool
    target: str
    status: str
    expires_at: float | None
    goes_on: bool


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What ECS shows of a deployment.

    Attributes:
        arn: The service deployment.
        service: The service's name.
        status: ECS's status.
        reason: Why it is in that status, in ECS's words.
        first_reason: Why it failed at first, where the way back failed, too; otherwise the same.
        stage: The lifecycle stage.
        strategy: ``BLUE_GREEN``, ``LINEAR``, …
        is_create: Whether there was nothing before it.
        hooks: Its hooks of this stage.
        alarms: Names of the alarms that went off.
        breaker: Whether the circuit breaker tripped.
        failed_tasks: How many tasks the circuit breaker counted.
        began: When, in seconds since the epoch.
        ended: When; None while it goes on.
        green: Identifier of the revision that is deployed.
        back_on: Identifier of the revision that was gone back to.
    """

    arn: str
    service: str
    status: str
    reason: str = ""
    first_reason: str = ""
    stage: str = ""
    strategy: str = ""
    is_create: bool = False
    hooks: tuple[HookState, ...] = ()
    alarms: tuple[str, ...] = ()
    breaker: bool = False
    failed_tasks: int = 0
    began: float | None = None
    ended: float | None = None
    green: str = ""
    back_on: str = ""

    @property
    def id(self) -> str:
        """Return the last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def path(self) -> str:
        """Return cluster, service and identifier, as the commands take them: ``shop/orders/4kRv…``."""
        return self.arn.partition(":service-deployment/")[2] or self.id

    @property
    def service_path(self) -> str:
        """Return cluster and service, as the commands take them: ``shop/orders``."""
        return self.path.rpartition("/")[0] or self.service

    @property
    def lasted(self) -> str:
        """Write how long it lasted; empty while it goes on."""
        return span(self.ended - self.began) if self.ended is not None and self.began is not None else ""


def read(record: Mapping[str, Any]) -> Ending:
    """Read a record of DescribeServiceDeployments, as boto3 returns it; what is missing stays empty."""
    rollback = record.get("rollback") or {}
    alarms = record.get("alarms") or {}
    breaker = record.get("deploymentCircuitBreaker") or {}
    reason = str(record.get("statusReason") or "")
    return Ending(
        arn=str(record.get("serviceDeploymentArn") or ""),
        service=_last(record.get("serviceArn")) or "the service",
        status=str(record.get("status") or UNKNOWN),
        reason=reason,
        first_reason=str(rollback.get("reason") or reason),
        stage=str(record.get("lifecycleStage") or ""),
        strategy=str((record.get("deploymentConfiguration") or {}).get("strategy") or ""),
        is_create=not record.get("sourceServiceRevisions"),
        hooks=tuple(_hook(hook) for hook in record.get("lifecycleHookDetails") or ()),
        alarms=tuple(alarms.get("triggeredAlarmNames") or (("",) if alarms.get("status") == _TRIGGERED else ())),
        breaker=breaker.get("status") == _TRIGGERED,
        failed_tasks=int(breaker.get("failureCount") or 0),
        began=seconds_of(record.get("startedAt") or record.get("createdAt")),
        ended=seconds_of(record.get("finishedAt") or record.get("stoppedAt")),
        green=_last((record.get("targetServiceRevision") or {}).get("arn")),
        back_on=_last(rollback.get("serviceRevisionArn")),
    )


def seconds_of(moment: Any) -> float | None:
    """Return a time of boto3, or seconds, as seconds since the epoch; None for anything else."""
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return float(moment) if isinstance(moment, int | float) and not isinstance(moment, bool) else None


def span(seconds: float) -> str:
    """Write a span of time as people do: ``45 s``, ``12 min``, ``3 h 5 min``."""
    whole = max(0, round(seconds))
    if whole < _MINUTE * 2:
        return f"{whole} s"
    minutes = round(whole / _MINUTE)
    if minutes < _HOUR // _MINUTE * 2:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def clock_text(seconds: float) -> str:
    """Write a moment: ``2026-01-15 12:00 UTC``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _hook(record: Mapping[str, Any]) -> HookState:
    return HookState(
        id=str(record.get("hookId") or ""),
        is_pause=record.get("targetType") == "PAUSE",
        target=str(record.get("targetArn") or ""),
        status=str(record.get("status") or ""),
        expires_at=seconds_of(record.get("expiresAt")),
        goes_on=record.get("timeoutAction") == "CONTINUE",
    )


def _last(arn: Any) -> str:
    return str(arn or "").rpartition("/")[2]
