"""PAUSE hooks of ECS: which of them wait, and what was decided at them.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/continue-service-deployment.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from greenlight import aws, clock
from greenlight.record import Approval, Decision, DecisionRefusedError, Table, approvals
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words
from greenlight_cli.decide.errors import RefusedError, UncertainError

NAME: Final = "pause"
"""The record's name for what is decided at a PAUSE hook."""

_PAUSE, _AWAITING = "PAUSE", "AWAITING_ACTION"
_LONGEST_SECONDS: Final = 14 * 24 * 60 * 60.0
"""A PAUSE hook waits no longer: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHook.html"""


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A PAUSE hook of a deployment.

    Attributes:
        id: What ECS calls it; each step of a canary or linear shift has a new one.
        status: ECS's word for how it stands.
        expires_at: When ECS decides itself, in seconds since the epoch; None where ECS does not say.
        timeout_action: What ECS does then: ROLLBACK or CONTINUE.
    """

    id: str
    status: str
    expires_at: float | None = None
    timeout_action: str = "ROLLBACK"

    @property
    def waits(self) -> bool:
        """Tell whether ECS waits for somebody."""
        return self.status == _AWAITING

    @classmethod
    def read(cls, details: Mapping[str, Any]) -> Self:
        """Read one of ``lifecycleHookDetails``."""
        expires = details.get("expiresAt")
        return cls(
            id=str(details.get("hookId") or ""),
            status=str(details.get("status") or ""),
            expires_at=expires.timestamp() if isinstance(expires, datetime) else None,
            timeout_action=str(details.get("timeoutAction") or "ROLLBACK"),
        )


def every(ecs: Mapping[str, Any] | None) -> list[Pause]:
    """Return the PAUSE hooks that a deployment has come to, out of what DescribeServiceDeployments says."""
    details = (ecs or {}).get("lifecycleHookDetails") or ()
    return [Pause.read(each) for each in details if each.get("targetType") == _PAUSE and each.get("hookId")]


def waiting(ecs: Mapping[str, Any] | None) -> list[Pause]:
    """Return those at which ECS waits for somebody."""
    return [each for each in every(ecs) if each.waits]


def is_name(name: str) -> bool:
    """Tell whether an entry of the record is about a PAUSE hook."""
    return name == NAME or name.startswith(f"{NAME}-")


def names_of(pause: Pause) -> frozenset[str]:
    """Return what people may call a hook: as any, by its ID, or by its entry in the record, as a notification has it."""
    return frozenset({NAME, pause.id, f"{NAME}-{pause.id}"})


def went_on(pause: Pause, recorded: Approval | None) -> str:
    """Say that a hook does not wait any more, and who decided where the record knows."""
    decision = recorded.decisions[-1] if recorded and recorded.decisions else None
    by = f", {'approved' if decision.approves else 'rejected'} by {decision.who}" if decision else ""
    return f"too late: PAUSE hook {pause.id} does not wait any more (it is {pause.status}{by})"


def answer(account: Account, arn: str, pause: Pause, *, approves: bool) -> None:
    """Let ECS go on, or roll back.

    Args:
        account: Whose permissions count.
        arn: ARN of the service deployment.
        pause: The hook that waits.
        approves: Whether to go on.

    Raises:
        RefusedError: When the hook does not wait any more.
        UncertainError: When ECS did not answer, and does not say either what holds.
        AwsError: When ECS said no, and nothing was decided.
    """
    try:
        account.call(
            "ecs",
            "continue_service_deployment",
            serviceDeploymentArn=arn,
            hookId=pause.id,
            action="CONTINUE" if approves else "ROLLBACK",
        )
    except aws.AwsRefusedError as error:
        now = _look_again(account, arn, pause)
        if now is None or now.waits:
            raise RefusedError(f"{in_words(error)}; the hook was {pause.status} a moment ago") from error
        raise RefusedError(went_on(now, None)) from error
    except aws.AwsUnreachableError as error:
        now = _look_again(account, arn, pause)
        stands = f"is {now.status}" if now else "cannot be looked at either"
        raise UncertainError(
            f"it is not known whether ECS took the decision: {in_words(error)}. PAUSE hook {pause.id} {stands}; look at "
            "the deployment, and repeat the command: where it was taken, it is told so"
        ) from error


def _look_again(account: Account, arn: str, pause: Pause) -> Pause | None:
    try:
        reply = account.call("ecs", "describe_service_deployments", serviceDeploymentArns=[arn])
    except aws.AwsError:
        return None  # the caller tells that it could not be looked at
    found = [each for record in reply.get("serviceDeployments") or () for each in every(record)]
    return next((each for each in found if each.id == pause.id), None)


def recorded(table: Table | None, deployment: str, pause: Pause) -> Approval | None:
    """Return what the record knows of a hook; None where it knows nothing, or there is no record to be asked."""
    if table is None:
        return None
    try:
        found = approvals.every(table, deployment)
    except aws.AwsError:
        return None  # ECS's word is enough, and is told
    return next((each for each in found if _is_about(each, pause)), None)


def write_down(table: Table, asked: Approval, pause: Pause, decision: Decision) -> Approval:
    """Write down what was decided at a hook, after ECS took it, and return the record's entry.

    The entry is ``pause``, which whoever told people of the hook has made; it is made here where it is missing. Where a canary
    or linear shift has more such hooks, each later one has an entry of its own, ``pause-HOOK``.

    Args:
        table: The record.
        asked: The entry, as it is made where it is missing; its name does not count.
        pause: The hook.
        decision: The decision.

    Raises:
        DecisionRefusedError: When the record has another decision.
        AwsError: When DynamoDB did not answer.
    """
    names = (NAME, f"{NAME}-{pause.id}")
    for name in names:
        entry = Approval(
            **{
                **{key: getattr(asked, key) for key in ("deployment", "deployment_arn", "service", "green", "stage")},
                "name": name,
                "requested_at": clock.now(),
                # ECS took the decision, so that it came in time, whatever the clocks say.
                "expires_at": max(pause.expires_at or clock.now() + _LONGEST_SECONDS, decision.at + 1),
                "evidence": {"hook_id": pause.id, **asked.evidence},
            }
        )
        found, _ = approvals.request(table, entry)
        if _is_about(found, pause):
            return approvals.decide(table, found, decision)
    raise DecisionRefusedError(f"its entries {' and '.join(names)} are about other hooks")


def _is_about(found: Approval, pause: Pause) -> bool:
    """Tell whether an entry is about a hook; one that does not say so is about the first."""
    if not is_name(found.name):
        return False
    return bool(found.evidence.get("hook_id", pause.id) == pause.id)
