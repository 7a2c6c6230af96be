"""What a task of ECS came to: exit codes, and why it stopped.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from greenlight.checks.external.console import Place
from greenlight.checks.external.work import State, Work, one_line

_ENDED_BY_ITSELF: Final = frozenset({"EssentialContainerExited", None})
_BY_A_PERSON: Final = "UserInitiated"


def work_of(task: Mapping[str, Any], container: str | None) -> Work:
    """Read a record of DescribeTasks.

    Args:
        task: The record.
        container: The one whose exit code counts; None for all of them.
    """
    arn = task["taskArn"]
    number, definition = arn.rpartition("/")[2], task["taskDefinitionArn"].rpartition("/")[2]
    state, said, why = _judged(task, container)
    return Work(
        id=number,
        what=f"task {number} of {definition}",
        state=state,
        status=task["lastStatus"],
        said=said,
        why=why,
        started=task.get("createdAt"),
        ended=task.get("executionStoppedAt") or task.get("stoppedAt"),
        details={
            **_links(arn, task["clusterArn"].rpartition("/")[2], number),
            "containers": [_container(each) for each in task.get("containers") or ()],
        },
    )


def _judged(task: Mapping[str, Any], container: str | None) -> tuple[State, str, str]:
    if task["lastStatus"] != "STOPPED":
        return State.RUNNING, "", ""
    containers: Sequence[Mapping[str, Any]] = task.get("containers") or ()
    code, reason = task.get("stopCode"), _reason(task, containers)
    if code == _BY_A_PERSON:
        return State.FAILED, "was stopped", reason
    if code not in _ENDED_BY_ITSELF:
        if task.get("startedAt") or any(each.get("exitCode") is not None for each in containers):
            return State.BROKEN, f"was ended by AWS ({code})", reason
        return State.NOT_BEGUN, f"could not be started ({code})", reason
    return _by_exit_codes(containers, container, reason)


def _by_exit_codes(
    containers: Sequence[Mapping[str, Any]], container: str | None, reason: str
) -> tuple[State, str, str]:
    counted = [each for each in containers if container in (None, each.get("name"))]
    if not counted:
        there = ", ".join(str(each.get("name")) for each in containers) or "none"
        return (
            State.FAILED,
            "ended",
            f'it has no container "{container}" whose exit code could count; there are: {there}',
        )
    bad = [each for each in counted if each.get("exitCode") != 0]
    if not bad:
        return State.SUCCEEDED, "succeeded", ""
    told = ", ".join(_ended(each) for each in bad)
    hint = "" if container or len(containers) == 1 else "; name the one that counts with `container`"
    return State.FAILED, "ended", f"expected exit code 0, got {told}{f' ({reason})' if reason else ''}{hint}"


def _ended(container: Mapping[str, Any]) -> str:
    code = container.get("exitCode")
    return f"{'none' if code is None else code} of container {container.get('name')}"


def _reason(task: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]) -> str:
    """Join what the task and its containers say, the latter with more detail."""
    reasons = [task.get("stoppedReason"), *(each.get("reason") for each in containers)]
    return one_line("; ".join(dict.fromkeys(str(each) for each in reasons if each)))


def _container(record: Mapping[str, Any]) -> dict[str, Any]:
    told = {"name": record.get("name"), "exit_code": record.get("exitCode"), "reason": record.get("reason")}
    return {key: value for key, value in told.items() if value is not None}


def _links(arn: str, cluster: str, number: str) -> dict[str, Any]:
    place = Place.of(arn)
    page = f"ecs/v2/clusters/{quote(cluster, safe='')}/tasks/{number}"
    query = f"?region={place.region}"
    return {"link": place.console(f"{page}/configuration{query}"), "log": place.console(f"{page}/logs{query}")}
