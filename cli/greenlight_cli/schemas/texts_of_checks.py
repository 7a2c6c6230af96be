"""What editors say of the keys of checks, where the docstrings of the models speak to developers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

KEYS_OF_A_CHECK: Final = {
    "name": "What the check is called in logs and reports; needed when a gate has two checks of one kind.",
    "severity": "Whether a failure of this check rolls the deployment back.",
    "dry_run": "Asks and reports like any check, and never rolls back: for a check that is not trusted yet.",
    "on_create": "What to do on the service's first deployment, when there is no blue.",
    "on_error": "What follows when the check could not be asked four times in a row.",
    "on_timeout": "What follows when the gate's deadline comes before the check has an answer.",
}
"""What the keys are for that every kind of check has."""

_LEAVES_ITS_WORK: Final = {"timeout": "After how long the work is stopped, and the check fails."}
_COUNT: Final = "How many findings of this severity are let through; wins over max."

KEYS_OF_CHECKS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "AlarmsSettings": {"ok_for": "For how long every alarm has to have been OK."},
        "ApprovalSettings": {
            "timeout": "How long people have to decide; on_timeout says what follows.",
            "approvers": "How many people have to approve; one who rejects is enough for a no.",
            "message": "What people are told, besides what the checks found and what changes.",
        },
        "CalendarSettings": {"when_closed": "What to do while a calendar is closed."},
        "CodeBuildSettings": _LEAVES_ITS_WORK,
        "EcsTaskSettings": _LEAVES_ITS_WORK,
        "FreezeSettings": {"when_frozen": "What to do inside a window."},
        "FreezeWindow": {
            "from": "The first moment of the window: every week, once, or every day.",
            "to": "The first moment after the window, in the same form.",
            "reason": "Why nothing is deployed then, for those whose deployment meets it.",
        },
        "IgnoreSettings": {
            "container": "The container that may break the rule; without it all may, and the task itself.",
            "variable": "The environment variable, option or volume that is meant; without it all are.",
            "reason": "Why the rule is broken on purpose; it is told in every report.",
        },
        "Ignored": {"until": "The last day (UTC) on which the finding is ignored; without it, for ever."},
        "ImagesSettings": {
            "ignore_containers": "Which containers are not looked at, by name or glob.",
            "registries": "Globs over registry/repository, one of which each image has to match.",
            "pinned": "How images have to be named in the task definition.",
            "max_age": "How long ago an image may have been pushed at most.",
            "scan": "How many findings of ECR's scan an image may have.",
            "signature": "Whether a signature of each image has to be present in its repository.",
        },
        "LambdaSettings": _LEAVES_ITS_WORK,
        "RoutingSettings": {
            "min_healthy": "How many targets of each group in question have to be healthy; without it, one of green's.",
        },
        "RuleSettings": {
            "privileged": "Containers that are privileged, or add a capability that is as good as root on the host.",
            "host_network": "Network, processes or memory that the task shares with its host.",
            "docker_socket": "The host's Docker socket, or a folder that holds it, mounted into a container.",
            "plaintext_secrets": "Values in plain text that are secrets by their format.",
            "secret_names": "Values in plain text that are secrets by their name.",
            "added_capabilities": "Linux capabilities beyond those that every container has.",
            "root_user": "Containers that run as root, or as whatever their image says.",
            "writable_root": "Containers that may write to their root filesystem.",
            "host_volumes": "Files or devices of the host, mounted into a container.",
            "log_configuration": "Containers without a log configuration.",
            "health_check": "Essential containers of which nobody asks whether they are healthy.",
            "memory_limit": "Containers without a memory limit, in a task without one.",
            "execution_role": "Tasks of Fargate without an execution role.",
            "shared_role": "Applications that have the execution role for their own.",
            "foreign_secrets": "Secrets of another account or Region.",
            "task_role": "Tasks without a role of their own.",
        },
        "ScanSettings": {
            "max": "The worst severity that is let through in any number.",
            "critical": _COUNT,
            "high": _COUNT,
            "medium": _COUNT,
            "low": _COUNT,
            "informational": _COUNT,
            "undefined": "How many findings that nobody has rated yet are let through; max counts them only when it is none.",
        },
        "SmokeSettings": {
            "file": "Location of the suite: a path beside this file, s3://bucket/key, ssm:/name or file:path.",
            "suite": "The suite itself, instead of a file.",
            "endpoint": "Where to send the requests, as http://host:port; AWS is not asked for the listener then.",
            "blue_endpoint": "Where blue answers, as http://host:port; for suites that compare with it.",
            "target": "The listener to send the requests to; without it, the stage decides.",
            "tags": "Only tests with one of these tags are run; without any, all are.",
        },
        "StateMachineSettings": _LEAVES_ITS_WORK,
    }
)
"""By the model that the key belongs to; what is not here has its words from there."""
