"""From what people call a deployment to what ECS says of it."""

import re
from typing import TYPE_CHECKING, Any, Final

from greenlight import aws
from greenlight.record import Table
from greenlight_cli.errors import CannotRunError

if TYPE_CHECKING:
    from greenlight_cli.account.account import Account

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
DEPLOYMENT_ARN: Final = re.compile(r"arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:service-deployment/[^/\s]+/[^/\s]+/[^/\s]+")
SERVICE_ARN: Final = re.compile(r"arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:service/(?:([^/\s]+)/)?([^/\s]+)")
_NAMES: Final = re.compile(r"[^/\s:]+(?:/[^/\s:]+){0,2}")
_NO_SUCH_SERVICE: Final = frozenset({"ServiceNotFoundException", "ClusterNotFoundException"})
_PAGE: Final = 100


class UnknownDeploymentError(CannotRunError):
    """When nobody knows a deployment of that name: neither ECS nor the record."""

    def __init__(self, problem: str) -> None:
        super().__init__([problem])


def find(account: "Account", text: str, cluster: str | None = None) -> dict[str, Any]:
    """Find a deployment; see ``Account.deployment``.

    Raises:
        AwsError: When AWS does not answer.
        UnknownDeploymentError: When there is none.
        CannotRunError: When the text can be no name of one, or there is no record to look it up in.
    """
    text = text.strip()
    if DEPLOYMENT_ARN.fullmatch(text):
        return described(account.beside(text), text)
    service = SERVICE_ARN.fullmatch(text)
    if service:
        return _of_service(account.beside(text), text, cluster or service[1] or "default")
    if not _NAMES.fullmatch(text):
        raise CannotRunError([f'"{text}" names no deployment; {_FORMS}'])
    names = text.split("/")
    if len(names) == 3:  # noqa: PLR2004 - cluster, service and deployment, as at the end of an ARN
        return _of_service(account, names[1], names[0], names[2])
    if len(names) == 2:  # noqa: PLR2004 - cluster and service
        return _of_service(account, names[1], names[0])
    return _of_service(account, text, cluster) if cluster else described(account, arn_in_record(account, text))


_FORMS: Final = (
    "give the ARN of a service deployment or of a service, CLUSTER/SERVICE, CLUSTER/SERVICE/ID, a service's name with "
    "--cluster, or the ID of a deployment that the record knows"
)


def described(account: "Account", arn: str) -> dict[str, Any]:
    """Return what ECS says of a service deployment.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html

    Raises:
        AwsError: When ECS does not answer.
        UnknownDeploymentError: When ECS knows no such deployment.
    """
    reply = account.beside(arn).call("ecs", "describe_service_deployments", serviceDeploymentArns=[arn])
    found: list[dict[str, Any]] = reply.get("serviceDeployments") or []
    if not found:
        reasons = ", ".join(str(each.get("reason")) for each in reply.get("failures") or ()) or "no reason given"
        raise UnknownDeploymentError(
            f"ECS knows no deployment {arn} ({reasons}); is it the account that you are logged in to?"
        )
    return found[0]


def arn_in_record(account: "Account", identifier: str) -> str:
    """Return the ARN of a deployment, of which the record knows the ID.

    Raises:
        AwsError: When AWS does not answer.
        UnknownDeploymentError: When the record does not know it.
        CannotRunError: When there is no record.
    """
    table = account.table()
    if table is None:
        raise CannotRunError(
            [f'"{identifier}" can only be looked up in a record, and {account.no_table()}; or {_FORMS}']
        )
    arn = _recorded(table, identifier)
    if arn is None:
        raise UnknownDeploymentError(f'the record (table {table.name}) knows no deployment "{identifier}"; {_FORMS}')
    return arn


def _recorded(table: Table, identifier: str) -> str | None:
    entries = table.query(identifier)
    return next((str(each["deployment_arn"]) for each in entries if each.get("deployment_arn")), None)


def _of_service(account: "Account", service: str, cluster: str, identifier: str | None = None) -> dict[str, Any]:
    """Find the newest deployment of a service, or the one with some ID.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html promises no order.
    """
    name = f"{cluster.rpartition('/')[2]}/{service.rpartition('/')[2]}"
    asked: dict[str, Any] = {"service": service, "cluster": cluster, "maxResults": _PAGE}
    found: list[dict[str, Any]] = []
    try:
        while True:
            reply = account.call("ecs", "list_service_deployments", **asked)
            found += reply.get("serviceDeployments") or ()
            if not reply.get("nextToken"):
                break
            asked["nextToken"] = reply["nextToken"]
    except aws.AwsRefusedError as error:
        if error.code in _NO_SUCH_SERVICE:
            raise UnknownDeploymentError(
                f"ECS knows no service {name} ({error.code}); look at --cluster, --region and --profile"
            ) from error
        raise
    if identifier is not None:
        found = [each for each in found if each["serviceDeploymentArn"].rpartition("/")[2] == identifier]
    if not found:
        which = "" if identifier is None else f" {identifier}"
        raise UnknownDeploymentError(
            f"service {name} has no deployment{which} that ECS still knows (it forgets after 90 days)"
        )
    newest = max(found, key=lambda each: each["createdAt"].timestamp() if each.get("createdAt") else 0.0)
    return described(account, newest["serviceDeploymentArn"])
