"""What a person may run to decide: the command line of Greenlight, or the AWS CLI alone.

The call of the AWS CLI is made of the very parameters that ``record.approvals.decide`` asks DynamoDB with, so that both do
the same and refuse the same.
"""

import json
import shlex
from collections.abc import Mapping
from typing import Any, Final

from greenlight.record import Approval, Decision, Table
from greenlight.record.approvals import decision_parameters

DEFAULT_NAME: Final = "approval"
COMMENT: Final = "why"
"""What stands where the person writes a comment."""

_VIA: Final = "aws cli"
# What only the person's own shell knows when the command is run.
_WHO_STANDS_HERE: Final = "@who@"
_NOW_STANDS_HERE: Final = 4102444800
_WHO: Final = "$(aws sts get-caller-identity --query Arn --output text)"
_NOW: Final = "$(date +%s)"
_OPTIONS: Final = {
    "Key": "--key",
    "UpdateExpression": "--update-expression",
    "ConditionExpression": "--condition-expression",
    "ExpressionAttributeNames": "--expression-attribute-names",
    "ExpressionAttributeValues": "--expression-attribute-values",
}
_PARTS_OF_ARN: Final = 6


def of_greenlight(table: Table, approval: Approval, *, approves: bool) -> str:
    """Return the command line of Greenlight that approves, or rejects.

    Args:
        table: The record; it is named, so that whoever decides need not read the stack's outputs.
        approval: The question.
        approves: Whether to approve.
    """
    words = ["greenlight", "approve" if approves else "reject", approval.deployment]
    if approval.name != DEFAULT_NAME:
        words += ["--name", approval.name]
    words += ["--table", table.name]
    region = _region(table, approval)
    if region:
        words += ["--region", region]
    return f'{shlex.join(words)} --comment "{COMMENT}"'


def of_aws(table: Table, approval: Approval, *, approves: bool) -> str:
    """Return the call of the AWS CLI, complete, for a shell as bash, zsh or AWS CloudShell's.

    It writes down as ``who`` the caller that AWS names; whoever changes that is told by CloudTrail's data events alone.
    https://docs.aws.amazon.com/cli/latest/reference/dynamodb/update-item.html

    Args:
        table: The record.
        approval: The question; the decision is bound to its deployment and green revision, as it is with ``decide``.
        approves: Whether to approve.
    """
    decision = Decision(who=_WHO_STANDS_HERE, approves=approves, at=_NOW_STANDS_HERE, comment=COMMENT, via=_VIA)
    parameters = decision_parameters(approval, decision)
    words = ["aws", "dynamodb", "update-item", "--table-name", shlex.quote(table.name)]
    region = _region(table, approval)
    if region:
        words += ["--region", region]
    for name, value in parameters.items():
        words += [_OPTIONS[name], _word(value)]
    return " ".join(words)


def all_of(table: Table, approval: Approval) -> list[str]:
    """Return every command that decides: Greenlight's, then the AWS CLI's, each to approve and to reject."""
    return [make(table, approval, approves=approves) for make in (of_greenlight, of_aws) for approves in (True, False)]


def _word(value: str | Mapping[str, Any]) -> str:
    """Write a parameter as one word of a shell, with a hole where the shell fills something in."""
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    quoted = shlex.quote(text)
    for stand_in, command in ((_WHO_STANDS_HERE, _WHO), (f"{_NOW_STANDS_HERE}", _NOW)):
        quoted = quoted.replace(f'"{stand_in}"', f'"\'"{command}"\'"')
    return quoted


def _region(table: Table, approval: Approval) -> str:
    parts = approval.deployment_arn.split(":", _PARTS_OF_ARN - 1)
    return table.region or (parts[3] if len(parts) == _PARTS_OF_ARN else "")
