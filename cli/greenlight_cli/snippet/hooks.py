"""The hooks of a service: those that Greenlight's stack offers, or placeholders where there is no account to ask."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from greenlight_cli import waiting
from greenlight_cli.account import Account
from greenlight_cli.account.stack import HOOKS_OUTPUT, ROLE_OUTPUT
from greenlight_cli.errors import CannotRunError
from greenlight_cli.snippet.choices import FUNCTIONS, USUAL_STAGES

_PAUSE_TIMEOUT: Final = 240
"""Minutes, as in the template's parameter ``ApprovalHookTimeoutMinutes``."""

PLACEHOLDER_NOTE: Final = "REGION, ACCOUNT and STACK are placeholders: take the ARNs from the outputs of Greenlight's stack, or leave out --offline"


def placeholders(stages: Sequence[str]) -> list[dict[str, Any]]:
    """Return hooks that name what has to be put in their place.

    Args:
        stages: The stages; none means the usual ones.
    """
    return [
        _hook(stage, f"arn:aws:lambda:REGION:ACCOUNT:function:STACK-{FUNCTIONS[stage]}", _role_placeholder())
        for stage in stages or USUAL_STAGES
    ]


def offered(account: Account, stages: Sequence[str]) -> list[dict[str, Any]]:
    """Return the hooks that the stack offers.

    Args:
        account: Whose stack.
        stages: Those of the functions; none means what the stack's parameter ``Stages`` says. A PAUSE hook of the stack comes along.

    Raises:
        AwsError: When CloudFormation does not answer.
        CannotRunError: When there is no such stack, or it has no function for a stage.
    """
    role = account.output(ROLE_OUTPUT)
    if role is None:
        where = f" in {account.region}" if account.region else ""
        raise CannotRunError(
            [
                f"there is no stack {account.stack}{where} with an output {ROLE_OUTPUT}; name Greenlight's with --stack, look at --region and --profile, or take placeholders with --offline"
            ]
        )
    hooks = _read(account)
    if not stages:
        return hooks
    functions = {stage: account.output(f"{FUNCTIONS[stage]}Arn") for stage in stages}
    missing = [
        f"stack {account.stack} has no function for {stage}; deploy it with {stage} in the parameter Stages"
        for stage, function in functions.items()
        if function is None
    ]
    if missing:
        raise CannotRunError(missing)
    return [
        *(_hook(stage, str(function), role) for stage, function in functions.items()),
        *(hook for hook in hooks if not is_function(hook)),
    ]


def pause(stage: str) -> dict[str, Any]:
    """Return a hook at which ECS waits for a person.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html

    Args:
        stage: Where it waits.
    """
    return {
        "targetType": "PAUSE",
        "lifecycleStages": [stage],
        "timeoutConfiguration": waiting.timeout_of(_PAUSE_TIMEOUT),
    }


def completed(
    hook: Mapping[str, Any], *, gates: str | None, timeout: int | None, usual_timeout: bool
) -> dict[str, Any]:
    """Return a hook with what the service says besides.

    Args:
        hook: As the stack offers it.
        gates: Location of the service's gates file; None leaves it to the stack.
        timeout: Minutes that ECS waits for a function; None where nobody says so.
        usual_timeout: Whether it then gets what is usual at its stage, and not ECS's own 24 hours.
    """
    whole = dict(hook)
    if not is_function(hook):
        return whole
    if gates is not None:
        whole["hookDetails"] = {**(hook.get("hookDetails") or {}), "gates": gates}
    if timeout is not None:
        whole["timeoutConfiguration"] = waiting.timeout_of(timeout)
    elif usual_timeout and "timeoutConfiguration" not in hook:
        whole["timeoutConfiguration"] = waiting.usual_timeout(hook["lifecycleStages"])
    return whole


def is_function(hook: Mapping[str, Any]) -> bool:
    """Tell whether a hook calls a function; the others are PAUSE hooks, which are nobody who could read gates."""
    return bool(hook.get("hookTargetArn"))


def _read(account: Account) -> list[dict[str, Any]]:
    text = account.output(HOOKS_OUTPUT)
    try:
        hooks = json.loads(text or "")
    except ValueError:
        hooks = None
    if not isinstance(hooks, list) or not hooks or not all(_is_hook(hook) for hook in hooks):
        raise CannotRunError(
            [f"the output {HOOKS_OUTPUT} of stack {account.stack} holds no hooks; deploy the stack again"]
        )
    return hooks


def _is_hook(hook: Any) -> bool:
    return isinstance(hook, dict) and isinstance(hook.get("lifecycleStages"), list) and bool(hook["lifecycleStages"])


def _hook(stage: str, function: str, role: str) -> dict[str, Any]:
    return {"hookTargetArn": function, "roleArn": role, "lifecycleStages": [stage]}


def _role_placeholder() -> str:
    return "arn:aws:iam::ACCOUNT:role/STACK-EcsHookRole"
