"""The tasks of a service, as ECS describes them, and where each can be reached.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
"""

import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from greenlight import aws

# The most that ListTasks, DescribeTasks and DescribeContainerInstances take in one call.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
_BATCH: Final = 100
# ECS writes it so in an attachment's details, and otherwise in the containers' networkInterfaces.
_ADDRESSES: Final = frozenset({"privateIPv4Address", "privateIpv4Address", "ipv6Address"})

Place = tuple[str, int | None]
"""Where a task can be reached: an address of its own and any port, or an instance and a port."""


class GarbledError(Exception):
    """When ECS's reply is well-formed, and makes no sense all the same."""


@dataclass(frozen=True)
class Task:
    """A task of the service.

    Attributes:
        id: The last part of its ARN.
        definition: ARN of its task definition.
        status: Where it stands, as in ``RUNNING``.
        desired: Where ECS wants it: ``RUNNING`` or ``STOPPED``.
        health: What ECS says of its containers' health checks.
        addresses: Its own IP addresses; empty where it shares those of an instance.
        instance_arn: The container instance that it runs on; None on Fargate.
        ports: Ports of that instance that lead to it.
        digests: Container → digest of the image that it runs, where ECS tells.
    """

    id: str
    definition: str
    status: str
    desired: str
    health: str
    addresses: frozenset[str]
    instance_arn: str | None
    ports: frozenset[int]
    digests: Mapping[str, str]

    @property
    def is_leaving(self) -> bool:
        """Tell whether ECS stops it."""
        return self.desired == "STOPPED"


def list_tasks(cluster: str, service: str, desired: Literal["RUNNING", "STOPPED"]) -> list[Task]:
    """Ask ECS for the tasks of a service.

    Args:
        cluster: Name of the cluster.
        service: Name of the service.
        desired: Those that ECS keeps running, or those that it stops or has stopped lately.

    Raises:
        AwsError: When ECS does not answer.
        GarbledError: When the answer makes no sense.
    """
    arns = list(_pages(cluster=cluster, serviceName=service, desiredStatus=desired, maxResults=_BATCH))
    found: list[Task] = []
    for batch in _batches(arns):
        # Those that are gone in the meantime stand under `failures`, and are nobody's target any more.
        reply = aws.call("ecs", "describe_tasks", cluster=cluster, tasks=batch)
        found += [_task(record) for record in _records(reply, "tasks", "DescribeTasks")]
    return found


def instance_ids(cluster: str, tasks: Iterable[Task]) -> dict[str, str]:
    """Ask ECS which EC2 instances tasks run on: ARN of the container instance → ID of the EC2 instance.

    Raises:
        AwsError: When ECS does not answer.
        GarbledError: When the answer makes no sense.
    """
    arns = sorted({task.instance_arn for task in tasks if task.instance_arn and task.ports})
    found: dict[str, str] = {}
    for batch in _batches(arns):
        reply = aws.call("ecs", "describe_container_instances", cluster=cluster, containerInstances=batch)
        for record in _records(reply, "containerInstances", "DescribeContainerInstances"):
            found[str(record.get("containerInstanceArn"))] = str(record.get("ec2InstanceId"))
    return found


def by_place(tasks: Iterable[Task], instances: Mapping[str, str]) -> dict[Place, Task]:
    """Return the tasks by where they can be reached; of two at one place, the first."""
    places: dict[Place, Task] = {}
    for task in tasks:
        for address in task.addresses:
            places.setdefault((address, None), task)
        for port in task.ports if task.instance_arn in instances else ():
            places.setdefault((instances[str(task.instance_arn)], port), task)
    return places


def normal(address: str) -> str:
    """Return an address in the one spelling that all its spellings share; ELB and ECS may write IPv6 differently."""
    if ":" not in address:
        return address
    try:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, address))
    except (OSError, ValueError):  # what is no address is compared as it stands
        return address


def _pages(**parameters: Any) -> Iterator[str]:
    token: str | None = None
    while True:
        reply = aws.call("ecs", "list_tasks", **parameters, **({"nextToken": token} if token else {}))
        if not isinstance(reply.get("taskArns"), list):
            raise GarbledError("ecs:ListTasks's reply makes no sense: it has no taskArns")
        yield from map(str, reply["taskArns"])
        previous, token = token, reply.get("nextToken")
        if not token:
            return
        if token == previous:
            raise GarbledError("ecs:ListTasks's reply makes no sense: its next page is the same one again")


def _batches(arns: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(arns), _BATCH):
        yield list(arns[start : start + _BATCH])


def _records(reply: Mapping[str, Any], key: str, operation: str) -> list[Mapping[str, Any]]:
    found = reply.get(key)
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise GarbledError(f"ecs:{operation}'s reply makes no sense: it has no {key}")
    return found


def _task(record: Mapping[str, Any]) -> Task:
    containers = _objects(record, "containers")
    bindings = [binding for each in containers for binding in _objects(each, "networkBindings")]
    return Task(
        id=str(record.get("taskArn") or "").rpartition("/")[2],
        definition=str(record.get("taskDefinitionArn") or ""),
        status=str(record.get("lastStatus") or "unknown"),
        desired=str(record.get("desiredStatus") or "unknown"),
        health=str(record.get("healthStatus") or "UNKNOWN"),
        addresses=frozenset(map(normal, _addresses(record, containers))),
        instance_arn=record.get("containerInstanceArn"),
        ports=frozenset(binding["hostPort"] for binding in bindings if binding.get("hostPort")),
        digests={str(each.get("name")): str(each["imageDigest"]) for each in containers if each.get("imageDigest")},
    )


def _addresses(record: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for attachment in _objects(record, "attachments"):
        for detail in _objects(attachment, "details"):
            if detail.get("name") in _ADDRESSES and detail.get("value"):
                yield str(detail["value"])
    for container in containers:
        for interface in _objects(container, "networkInterfaces"):
            yield from (str(interface[key]) for key in _ADDRESSES if interface.get(key))


def _objects(record: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return [each for each in record.get(key) or () if isinstance(each, dict)]
