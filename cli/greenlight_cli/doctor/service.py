"""From what people call a service to what ECS says of it."""

import re
from typing import Any, Final

from greenlight import aws
from greenlight_cli.account import Account
from greenlight_cli.account.finding import SERVICE_ARN
from greenlight_cli.errors import CannotRunError

_NAMES: Final = re.compile(r"(?:([^/\s:]+)/)?([^/\s:]+)")
_USUAL_CLUSTER: Final = "default"
"""ECS's own, where nobody names a cluster: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html"""

_NO_SUCH_CLUSTER: Final = "ClusterNotFoundException"
_FORMS: Final = "give a service's name with --cluster, CLUSTER/SERVICE, or the ARN of a service"


def find_service(account: Account, text: str, cluster: str | None) -> tuple[Account, dict[str, Any]]:
    """Find a service, and return the account as it is looked at for it, and what ECS's DescribeServices says.

    Args:
        account: Where to look.
        text: What the person calls it.
        cluster: The cluster, where the text does not name it.

    Raises:
        AwsError: When ECS does not answer.
        CannotRunError: When there is none, or the text can be no name of one.
    """
    text = text.strip()
    arn = SERVICE_ARN.fullmatch(text)
    names = _NAMES.fullmatch(text)
    if arn:
        account, named, service = account.beside(text), arn[1], arn[2]
    elif names:
        named, service = names[1], names[2]
    else:
        raise CannotRunError([f'"{text}" names no service; {_FORMS}'])
    if named and cluster and cluster.rpartition("/")[2] != named:
        raise CannotRunError([f'"{text}" is in cluster {named}, and not in {cluster}; leave out --cluster'])
    where = cluster or named or _USUAL_CLUSTER
    return account, describe(account, where, service)


def describe(account: Account, cluster: str, service: str) -> dict[str, Any]:
    """Return what ECS says of a service, its tags too.

    Args:
        account: Where to look.
        cluster: Name or ARN of its cluster.
        service: Its name or ARN.

    Raises:
        AwsError: When ECS does not answer.
        CannotRunError: When there is no such service.
    """
    name = f"{cluster.rpartition('/')[2]}/{service.rpartition('/')[2]}"
    try:
        reply = account.call("ecs", "describe_services", cluster=cluster, services=[service], include=["TAGS"])
    except aws.AwsRefusedError as error:
        if error.code != _NO_SUCH_CLUSTER:
            raise
        raise CannotRunError([f"ECS knows no cluster {cluster}, asked for service {name}; {_FORMS}"]) from error
    found: list[dict[str, Any]] = reply.get("services") or []
    if not found:
        reasons = ", ".join(str(each.get("reason")) for each in reply.get("failures") or ()) or "no reason given"
        raise CannotRunError([f"ECS knows no service {name} ({reasons}); look at --cluster, --region and --profile"])
    return found[0]
