"""What roles may do, and who may take them on.

Permissions are IAM's own verdict (SimulatePrincipalPolicy), because policies, boundaries and their conditions cannot be weighed
from outside: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from greenlight_cli.doctor.finding import Finding, error, unknown
from greenlight_cli.doctor.subject import Subject

ECS: Final = "ecs.amazonaws.com"
ASSUME: Final = "sts:AssumeRole"
_ALLOWED: Final = "allowed"
_MISSING: Final = ("NoSuchEntity",)
_SOURCE_ACCOUNT: Final = "aws:sourceaccount"


def name_of(arn: str) -> str:
    """Return the name in the ARN of a role, which may have a path before it."""
    return arn.rpartition("/")[2] or arn


def look_at_trust(subject: Subject, arn: str, purpose: str) -> Iterator[Finding]:
    """Look whether a role exists, and ECS may assume it.

    Args:
        subject: The service.
        arn: The role.
        purpose: What ECS needs it for, as in ``invoke the hooks``.

    Raises:
        AwsError: When IAM does not tell.
    """
    place = f"role {name_of(arn)}"
    account = arn.split(":")[4] if arn.count(":") >= 5 else ""  # noqa: PLR2004 - arn:aws:iam::ACCOUNT:role/…
    if account != subject.account_id:
        yield error(
            place,
            f"{arn} is no role of account {subject.account_id}, so that ECS cannot use it to {purpose}",
            "name a role of the service's own account",
        )
        return
    reply = subject.find(_MISSING, "iam", "get_role", RoleName=name_of(arn))
    if reply is None:
        yield error(
            place,
            f"there is no such role, so that ECS cannot {purpose}",
            f"make one that trusts {ECS}, and name it",
        )
    elif not trusts(reply["Role"].get("AssumeRolePolicyDocument"), ECS, subject.account_id):
        yield error(
            place,
            f"it does not let {ECS} assume it, so that ECS cannot {purpose}",
            f'add to its trust policy: {{"Effect": "Allow", "Principal": {{"Service": "{ECS}"}}, "Action": "{ASSUME}"}}',
        )


def trusts(document: Any, service: str, account: str) -> bool:
    """Tell whether a trust policy lets an AWS service assume the role on behalf of an account.

    Args:
        document: The policy, as an object or as text.
        service: The service, as in ``ecs.amazonaws.com``.
        account: The account; a condition on ``aws:SourceAccount`` has to name it.
    """
    try:
        policy = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return False
    statements = policy.get("Statement") if isinstance(policy, Mapping) else None
    meant = [each for each in _list(statements) if _is_meant(each, service)]
    return any(each.get("Effect") == "Allow" and _admits(each, account) for each in meant) and not any(
        each.get("Effect") == "Deny" and not each.get("Condition") for each in meant
    )


def look_at_rights(
    subject: Subject, arn: str, wanted: Mapping[str, Sequence[str]], purpose: str, cure: str
) -> Iterator[Finding]:
    """Look whether a role may do something.

    Args:
        subject: The service.
        arn: The role.
        wanted: Action → the ARNs that it is needed for.
        purpose: What it cannot do without.
        cure: What to do.

    Raises:
        AwsError: When IAM does not tell.
    """
    place = f"role {name_of(arn)}"
    refused: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for action, resources in wanted.items():
        reply = subject.find(
            _MISSING,
            "iam",
            "simulate_principal_policy",
            PolicySourceArn=arn,
            ActionNames=[action],
            ResourceArns=list(dict.fromkeys(resources)),
        )
        if reply is None:
            yield error(place, f"there is no such role, so that it cannot {purpose}", cure)
            return
        results = [each for each in reply.get("EvaluationResults") or () if each.get("EvalDecision") != _ALLOWED]
        for each in results:
            if each.get("MissingContextValues"):
                keys = ", ".join(each["MissingContextValues"])
                yield unknown(place, f"whether it may {action} for {each['EvalResourceName']} depends on {keys}", cure)
        sure = tuple(str(each["EvalResourceName"]) for each in results if not each.get("MissingContextValues"))
        if sure:
            refused[sure].append(action)
    for sure, actions in refused.items():
        yield error(place, f"it may not {', '.join(actions)} for {', '.join(sure)}, so that it cannot {purpose}", cure)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _is_meant(statement: Any, service: str) -> bool:
    if not isinstance(statement, Mapping):
        return False
    principal = statement.get("Principal")
    named = principal == "*" or service in _list(principal.get("Service") if isinstance(principal, Mapping) else None)
    actions = {str(action).lower() for action in _list(statement.get("Action"))}
    return named and bool(actions & {ASSUME.lower(), "sts:*", "*"})


def _admits(statement: Mapping[str, Any], account: str) -> bool:
    """Tell whether the conditions let the account through; those on other keys are left to IAM."""
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            named = [str(value) for value in _list(values)]
            exact = str(operator).lower().removesuffix("ifexists") == "stringequals"
            if exact and str(key).lower() == _SOURCE_ACCOUNT and account not in named:
                return False
    return True
