"""Writing a service's hooks, and making sure that they are what was shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from greenlight import aws
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words
from greenlight_cli.doctor.hook import hook_of, read_hooks
from greenlight_cli.doctor.service import describe
from greenlight_cli.errors import CannotRunError


def apply(account: Account, shown: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> None:
    """Register hooks with a service, in the place of all that it has.

    The whole deployment configuration is sent, as ECS told it, because ECS keeps what is not named, and nobody documents for
    how deep a part that holds. "This parameter doesn't trigger a new service deployment":
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html

    Args:
        account: Whose permissions count.
        shown: The service, as it was when its hooks were shown.
        records: The hooks.

    Raises:
        CannotRunError: When it was changed by somebody else meanwhile, ECS refuses, or the hooks are not what was asked for.
    """
    cluster, name = str(shown["clusterArn"]), str(shown["serviceArn"])
    try:
        now = describe(account, cluster, name)
    except aws.AwsError as trouble:
        raise CannotRunError([f"nothing was changed: {in_words(trouble)}"]) from trouble
    there = now.get("deploymentConfiguration") or {}
    if there != (shown.get("deploymentConfiguration") or {}):
        raise CannotRunError(
            ["nothing was changed: somebody else has changed the service since its hooks were shown; look again"]
        )
    wanted = {**there, "lifecycleHooks": [dict(record) for record in records]}
    try:
        reply = account.call("ecs", "update_service", cluster=cluster, service=name, deploymentConfiguration=wanted)
    except aws.AwsUnreachableError as trouble:
        problem = f"nobody knows whether the hooks were changed: {in_words(trouble)}; look with greenlight doctor"
        raise CannotRunError([problem]) from trouble
    except aws.AwsError as trouble:
        raise CannotRunError([f"nothing was changed: {in_words(trouble)}"]) from trouble
    asked = [hook_of(record, None).essence for record in records]
    if asked != [hook.essence for hook in read_hooks(reply.get("service") or {}, None)]:
        raise CannotRunError(
            ["ECS took the hooks, and shows others than it was asked for; look with greenlight doctor, and try again"]
        )
