"""What waits for a decision: a question in the record, or a PAUSE hook of ECS."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greenlight import aws
from greenlight.record import Approval, ApprovalState, Table, approvals
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words
from greenlight_cli.account.finding import DEPLOYMENT_ARN, UnknownDeploymentError, arn_in_record, described
from greenlight_cli.decide import pauses
from greenlight_cli.decide.errors import RefusedError
from greenlight_cli.errors import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Sequence

# botocore's model of ECS, ServiceDeploymentStatus.
_ENDED = {
    "SUCCESSFUL": "has ended (SUCCESSFUL)",
    "STOPPED": "was stopped",
    "STOP_REQUESTED": "is being stopped",
    "ROLLBACK_REQUESTED": "is being rolled back",
    "ROLLBACK_IN_PROGRESS": "is being rolled back",
    "ROLLBACK_SUCCESSFUL": "was rolled back",
    "ROLLBACK_FAILED": "has ended (ROLLBACK_FAILED)",
}


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A deployment, and what ECS and the record say of it.

    Attributes:
        arn: ARN of the service deployment.
        ecs: What ECS says of it; None where ECS could not be asked.
        table: The record; None where there is none.
        remarks: What could not be found out, for the person who decides.
    """

    arn: str
    ecs: Mapping[str, Any] | None
    table: Table | None
    remarks: "Sequence[str]" = ()

    @property
    def id(self) -> str:
        """Return the last part of the ARN, which the record knows it by."""
        return self.arn.rpartition("/")[2]

    @property
    def service(self) -> str:
        """Return the name of the service."""
        return self.arn.split("/")[-2]

    @property
    def green(self) -> str:
        """Return the ARN of the green revision, as ECS says it; empty where it does not."""
        return str(((self.ecs or {}).get("targetServiceRevision") or {}).get("arn") or "")


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a person decides about.

    Attributes:
        waiting: The deployment.
        approval: The record's entry; None for a PAUSE hook of which nothing is recorded yet.
        pause: The PAUSE hook; None for a question that a check asks.
    """

    waiting: Waiting
    approval: Approval | None = None
    pause: pauses.Pause | None = None


def look(account: Account, text: str, cluster: str | None) -> tuple[Account, Waiting]:
    """Find a deployment; return it, and the account as it is looked at for it.

    Args:
        account: Where to look.
        text: What the person calls it, see ``Account.deployment``.
        cluster: Name or ARN of the cluster, where the text is a service's name.

    Raises:
        RefusedError: When nobody knows it, or it has ended.
        CannotRunError: When it cannot be looked for.
        AwsError: When AWS does not say which one is meant.
    """
    try:
        arn, ecs, remarks = _said_by_ecs(account, text.strip(), cluster)
    except UnknownDeploymentError as error:
        raise RefusedError(str(error)) from error
    account = account.beside(arn)
    status = str((ecs or {}).get("status") or "")
    if status in _ENDED:
        reason = str((ecs or {}).get("statusReason") or "")
        raise RefusedError(
            f"deployment {arn.rpartition('/')[2]} {_ENDED[status]}{f': {reason}' if reason else ''}; "
            "nothing is left to decide"
        )
    table, remark = _table(account, must_be_there=not pauses.waiting(ecs))
    return account, Waiting(arn=arn, ecs=ecs, table=table, remarks=[*remarks, *remark])


def choose(waiting: Waiting, name: str | None) -> Question:
    """Find out what is to be decided.

    Args:
        waiting: The deployment.
        name: The check that asks, ``pause``, or the ID of a PAUSE hook; None for the only one that waits.

    Raises:
        RefusedError: When nothing waits for a decision.
        CannotRunError: When several do, and the name does not say which.
        AwsError: When the record does not answer.
    """
    asked = _asked(waiting)
    held = pauses.waiting(waiting.ecs)
    if name is not None:
        asked = [each for each in asked if each.name == name]
        held = [each for each in held if name in pauses.names_of(each)]
    open_ones = [each for each in asked if each.state is ApprovalState.OPEN]
    if len(held) + len(open_ones) > 1:
        names = ", ".join([each.name for each in open_ones] + [f"{each.id} (PAUSE hook)" for each in held])
        raise CannotRunError([f"deployment {waiting.id} waits for several decisions: {names}; choose one with --name"])
    if held:
        return Question(waiting=waiting, pause=held[0])
    if not asked:
        raise RefusedError(_nobody_asked(waiting, name))
    found = open_ones[0] if open_ones else max(asked, key=lambda each: each.requested_at)
    _refuse_foreign(waiting, found)
    return Question(waiting=waiting, approval=found)


def _said_by_ecs(account: Account, text: str, cluster: str | None) -> tuple[str, Mapping[str, Any] | None, list[str]]:
    if not DEPLOYMENT_ARN.fullmatch(text) and (cluster or "/" in text or ":" in text):
        found = account.deployment(text, cluster)
        return str(found["serviceDeploymentArn"]), found, []
    arn = text if DEPLOYMENT_ARN.fullmatch(text) else arn_in_record(account, text)
    try:
        return arn, described(account.beside(arn), arn), []
    except aws.AwsError as error:
        problem = f"ECS cannot be asked whether the deployment still goes on, so that the record's word counts: {in_words(error)}"
        return arn, None, [problem]


def _table(account: Account, *, must_be_there: bool) -> tuple[Table | None, list[str]]:
    try:
        table = account.table()
    except aws.AwsError as error:
        if must_be_there:
            raise
        return None, [f"the decision will not be written into the record: {in_words(error)}"]
    if table is not None:
        return table, []
    if must_be_there:
        raise CannotRunError([f"no decision can be written down: {account.no_table()}"])
    return None, [f"the decision will not be written into a record: {account.no_table()}"]


def _asked(waiting: Waiting) -> list[Approval]:
    """Return what checks asked; what was decided at PAUSE hooks is ECS's own to tell."""
    if waiting.table is None:
        return []
    every = approvals.every(waiting.table, waiting.id)
    return [each for each in every if not pauses.is_name(each.name)]


def _nobody_asked(waiting: Waiting, name: str | None) -> str:
    gone = [each for each in pauses.every(waiting.ecs) if name is None or name in pauses.names_of(each)]
    if gone:
        return pauses.went_on(gone[-1], pauses.recorded(waiting.table, waiting.id, gone[-1]))
    what = f"asked for {name} of" if name else "been asked about"
    stage = str((waiting.ecs or {}).get("lifecycleStage") or "")
    where = f" (it is at {stage})" if stage else ""
    return (
        f"nobody has {what} deployment {waiting.id} yet{where}: an approval is asked for when the gate's other checks "
        "have passed"
    )


def _refuse_foreign(waiting: Waiting, found: Approval) -> None:
    if found.deployment_arn != waiting.arn:
        raise RefusedError(f"{found.name} was asked about {found.deployment_arn}, and not about {waiting.arn}")
    if waiting.green and found.green != waiting.green:
        raise RefusedError(
            f"{found.name} was asked about revision {found.green.rpartition('/')[2]}, and the deployment's is "
            f"{waiting.green.rpartition('/')[2]}"
        )
