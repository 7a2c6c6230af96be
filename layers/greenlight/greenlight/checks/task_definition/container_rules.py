"""Rules about containers."""

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any, Final

from greenlight.checks.task_definition.definition import Definition, name_of, records, shown, texts
from greenlight.checks.task_definition.findings import Finding, of_container

# Each of them is a known way out of a container, https://man7.org/linux/man-pages/man7/capabilities.7.html
_AS_GOOD_AS_ROOT: Final = frozenset(
    {"ALL", "DAC_READ_SEARCH", "MAC_ADMIN", "MAC_OVERRIDE", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_RAWIO"}
)
# What Docker gives every container, https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities
_GIVEN_ANYWAY: Final = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "NET_RAW",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)
_ROOT: Final = frozenset({"0", "root"})
_SOCKETS: Final = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock")


def privileged(definition: Definition) -> Iterator[Finding]:
    """Find containers that have the host in their hands."""
    for container in definition.containers:
        if container.get("privileged"):
            found = "is privileged, so that it has the host in its hands"
            yield of_container(container, "privileged", found, "remove `privileged`")
        capabilities = _added(container)
        if dangerous := sorted(_AS_GOOD_AS_ROOT.intersection(capabilities)):
            found = f"adds {_capabilities(dangerous)}, as good as root on the host"
            yield of_container(container, "privileged", found, _removed(dangerous))


def added_capabilities(definition: Definition) -> Iterator[Finding]:
    """Find capabilities beyond those that every container has, and not dangerous enough for ``privileged``."""
    for container in definition.containers:
        if added := sorted(set(_added(container)) - _AS_GOOD_AS_ROOT - _GIVEN_ANYWAY):
            found = f"adds {_capabilities(added)}"
            yield of_container(container, "added_capabilities", found, _removed(added))


def _added(container: Mapping[str, Any]) -> list[str]:
    capabilities = (container.get("linuxParameters") or {}).get("capabilities") or {}
    return [name.upper().removeprefix("CAP_") for name in texts(capabilities, "add")]


def _capabilities(names: list[str]) -> str:
    return f"the Linux capabilit{'y' if len(names) == 1 else 'ies'} {', '.join(map(shown, names))}"


def _removed(names: list[str]) -> str:
    return f"remove {'it' if len(names) == 1 else 'them'} from linuxParameters.capabilities.add"


def root_user(definition: Definition) -> Iterator[Finding]:
    """Find containers that run as root, or as whatever their image says."""
    for container in () if definition.is_windows else definition.containers:
        user = str(container.get("user") or "").partition(":")[0].strip()
        cure = "set `user`, as in 1000:1000"
        if not user:
            found = "names no user, so that the image decides, and most run as root"
            yield of_container(container, "root_user", found, cure)
        elif user in _ROOT or not user.strip("0"):
            yield of_container(container, "root_user", f"runs as root (user: {shown(container['user'])})", cure)


def writable_root(definition: Definition) -> Iterator[Finding]:
    """Find containers that may change their own program."""
    for container in () if definition.is_windows else definition.containers:
        if not container.get("readonlyRootFilesystem"):
            cure = "set readonlyRootFilesystem: true, and mount a volume where it has to write"
            yield of_container(container, "writable_root", "may write to its root filesystem", cure)


def docker_socket(definition: Definition) -> Iterator[Finding]:
    """Find containers that can command the host's Docker, by its socket or a folder that holds it."""
    for container, volume, path in _host_paths(definition):
        if _holds_socket(path):
            found = f"mounts {shown(path)} of the host, and with its Docker socket every container there"
            cure = f"remove the volume {shown(volume)}"
            yield of_container(container, "docker_socket", found, cure, volume)


def host_volumes(definition: Definition) -> Iterator[Finding]:
    """Find containers that see files or devices of their host."""
    for container, volume, path in _host_paths(definition):
        if not _holds_socket(path):
            cure = f"make the volume {shown(volume)} one of ECS, EFS or EBS"
            yield of_container(container, "host_volumes", f"mounts {shown(path)} of the host", cure, volume)
    for container in definition.containers:
        for device in records(container.get("linuxParameters") or {}, "devices"):
            path = str(device.get("hostPath") or "")
            cure = "remove it from linuxParameters.devices"
            yield of_container(container, "host_volumes", f"has the host's device {shown(path)}", cure, path)


def _host_paths(definition: Definition) -> Iterator[tuple[Mapping[str, Any], str, str]]:
    """Give container, volume and path of each mount of the host's file system."""
    paths = {
        name_of(volume): str(path)
        for volume in records(definition.task, "volumes")
        if (path := (volume.get("host") or {}).get("sourcePath"))
    }
    for container in definition.containers:
        for mount in records(container, "mountPoints"):
            volume = str(mount.get("sourceVolume") or "")
            if volume in paths:
                yield container, volume, paths[volume]


def _holds_socket(path: str) -> bool:
    folder = posixpath.normpath(path).lstrip("/")
    folder = f"/{folder}/" if folder else "/"
    return any(f"{socket}/".startswith(folder) for socket in _SOCKETS)


def log_configuration(definition: Definition) -> Iterator[Finding]:
    """Find containers whose words nobody gets to see."""
    for container in definition.containers:
        if not (container.get("logConfiguration") or {}).get("logDriver"):
            found = "has no log configuration, so that what it says is lost with it"
            yield of_container(container, "log_configuration", found, "set logConfiguration, as in logDriver: awslogs")


def health_check(definition: Definition) -> Iterator[Finding]:
    """Find containers that nobody asks after their health, of those that the task stops without."""
    for container in definition.containers:
        essential = container.get("essential") is not False
        asked = container.get("healthCheck") or name_of(container) in definition.served
        if essential and not asked:
            found = "is essential and has no health check, so that ECS keeps it as long as it runs"
            yield of_container(container, "health_check", found, "set healthCheck")


def memory_limit(definition: Definition) -> Iterator[Finding]:
    """Find containers that may take the whole memory of their host."""
    for container in () if definition.task.get("memory") else definition.containers:
        if not container.get("memory"):
            found = "has no memory limit, and neither has the task"
            yield of_container(container, "memory_limit", found, "set `memory` of the task or the container")
