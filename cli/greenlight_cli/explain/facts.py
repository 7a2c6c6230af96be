"""What is known of a deployment: what ECS says, what the record holds, which functions are Greenlight's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from greenlight import aws
from greenlight.record import Approval, VerdictEntry, approvals, verdicts
from greenlight.stages import Stage
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words
from greenlight_cli.account.finding import DEPLOYMENT_ARN, arn_in_record, described

T = TypeVar("T")

LOG_GROUPS_OUTPUT: Final = "HookLogGroups"
"""The output of template.yaml that names the log groups of the hooks."""


@dataclass
class Facts:
    """What could be found out of a deployment, and what could not.

    Attributes:
        account: As it is looked at for this deployment.
        deployment: What ECS says of it.
        verdicts: What the record has.
        approvals: The questions to people.
        functions: Log group → ARN of the function; where a function's log group is not known, its ARN → its ARN.
        trouble: What could not be asked, and why.
    """

    account: Account
    deployment: Mapping[str, Any]
    verdicts: Sequence[VerdictEntry] = ()
    approvals: Sequence[Approval] = ()
    functions: Mapping[str, str] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)

    @property
    def arn(self) -> str:
        """Return the ARN of the service deployment."""
        return str(self.deployment["serviceDeploymentArn"])

    @property
    def id(self) -> str:
        """Return the last part of the ARN, which the record knows it by."""
        return self.arn.rpartition("/")[2]


def gather(account: Account, text: str, cluster: str | None) -> Facts:
    """Find a deployment, and ask everybody but the logs.

    Args:
        account: Where to look.
        text: What the person calls it, see ``Account.deployment``.
        cluster: Name or ARN of the cluster, where the text is a service's name.

    Raises:
        AwsError: When AWS does not say which one is meant.
        CannotRunError: When nobody knows it.
    """
    trouble: list[str] = []
    deployment = _asked_of_ecs(account, text.strip(), cluster, trouble)
    account = account.beside(str(deployment["serviceDeploymentArn"]))
    facts = Facts(account, deployment, trouble=trouble)
    facts.functions = facts_or(facts, {}, lambda: functions_of(account))
    read_record(facts)
    return facts


def read_record(facts: Facts) -> None:
    """Read what the record has of the deployment, anew."""

    def read() -> None:
        table = facts.account.table()
        if table is None:
            facts.trouble.append(facts.account.no_table())
            return
        facts.verdicts = verdicts.every(table, facts.id)
        facts.approvals = approvals.every(table, facts.id)

    facts_or(facts, None, read)


def functions_of(account: Account) -> dict[str, str]:
    """Return Greenlight's functions: log group → ARN.

    Function names are CloudFormation's, and log groups are named after stages, so that only the stack's outputs tell them.

    Raises:
        AwsError: When CloudFormation does not answer.
    """
    found = {}
    for stage in Stage:
        words = stage.lower().split("_")
        arn = account.output(f"{''.join(word.capitalize() for word in words)}FunctionArn")
        if arn is not None:
            ending = f"{account.stack}-{'-'.join(words)}"
            groups = (account.output(LOG_GROUPS_OUTPUT) or "").split(",")
            group = next((each for each in groups if each.rpartition("/")[2] == ending), arn)
            found[group] = arn
    return found


def facts_or(facts: Facts, otherwise: T, ask: Callable[[], T]) -> T:
    """Ask AWS; where it does not answer, remember that and return something else."""
    try:
        return ask()
    except aws.AwsError as error:
        problem = in_words(error)
        if problem not in facts.trouble:
            facts.trouble.append(problem)
        return otherwise


def _asked_of_ecs(account: Account, text: str, cluster: str | None, trouble: list[str]) -> Mapping[str, Any]:
    if not DEPLOYMENT_ARN.fullmatch(text) and (cluster or "/" in text or ":" in text):
        return account.deployment(text, cluster)
    arn = text if DEPLOYMENT_ARN.fullmatch(text) else arn_in_record(account, text)
    try:
        return described(account.beside(arn), arn)
    except aws.AwsError as error:
        trouble.append(in_words(error))
        beginning, _, names = arn.partition(":service-deployment/")
        return {
            "serviceDeploymentArn": arn,
            "serviceArn": f"{beginning}:service/{names.rpartition('/')[0]}",
            # Not known, so that nothing is taken for a create.
            "sourceServiceRevisions": [{}],
        }
