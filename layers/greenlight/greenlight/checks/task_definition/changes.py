"""What is different in green's task definition, in lines for people.

Whatever may hold a secret is named and not told: the values of environment variables, labels and options, and commands.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from greenlight.checks.task_definition.definition import Definition, name_of, pairs, records, shown, texts

Record = Mapping[str, Any]

# Said by ECS about a task definition, and decided by nobody.
_SAID_BY_ECS: Final = frozenset(
    {
        "taskDefinitionArn",
        "revision",
        "status",
        "registeredAt",
        "registeredBy",
        "deregisteredAt",
        "deleteRequestedAt",
        "compatibilities",
        "requiresAttributes",
        "containerDefinitions",
    }
)
_TOLD: Final = frozenset(
    {
        "cpu",
        "memory",
        "memoryReservation",
        "networkMode",
        "pidMode",
        "ipcMode",
        "family",
        "enableFaultInjection",
        "essential",
        "user",
        "privileged",
        "readonlyRootFilesystem",
        "workingDirectory",
        "startTimeout",
        "stopTimeout",
        "versionConsistency",
        "disableNetworking",
        "logDriver",
        "cpuArchitecture",
        "operatingSystemFamily",
        "sizeInGiB",
    }
)
_NAMES: Final = frozenset({"image", "taskRoleArn", "executionRoleArn"})  # of which the last part mostly says it all
_UNWRAPPED: Final = ("runtimePlatform", "ephemeralStorage")
# Told by their parts.
_PARTS: Final = frozenset(
    {
        "name",
        "environment",
        "secrets",
        "portMappings",
        "mountPoints",
        "dockerLabels",
        "logConfiguration",
        "linuxParameters",
    }
)


def changes(blue: Definition, green: Definition) -> list[str]:
    """Return a line for each difference, the task's first.

    Args:
        blue: The task definition that is replaced.
        green: The one that replaces it.
    """
    lines = [*_fields("task", blue.task, green.task, _SAID_BY_ECS | {"volumes"})]
    lines += _parts("task", "volume", _by_name(blue.task, "volumes"), _by_name(green.task, "volumes"))
    before = {name_of(container): container for container in blue.containers}
    after = {name_of(container): container for container in green.containers}
    for name, container in after.items():
        where = shown(name)
        if name in before:
            lines += _container(where, before[name], container)
        else:
            lines.append(f"{where}: added, image {shown(container.get('image'))}")
    return lines + [f"{shown(name)}: removed" for name in before if name not in after]


def _container(where: str, blue: Record, green: Record) -> Iterator[str]:
    yield from _fields(where, blue, green, _PARTS)
    yield from _parts(where, "environment", _values(blue, "environment"), _values(green, "environment"))
    yield from _secrets(where, _by_name(blue, "secrets"), _by_name(green, "secrets"))
    yield from _parts(where, "port", _ports(blue), _ports(green))
    yield from _parts(where, "mount", _mounts(blue), _mounts(green))
    yield from _parts(where, "label", pairs(blue, "dockerLabels"), pairs(green, "dockerLabels"))
    before, after = blue.get("logConfiguration") or {}, green.get("logConfiguration") or {}
    yield from _fields(where, before, after, frozenset({"options"}))
    yield from _parts(where, "log option", pairs(before, "options"), pairs(after, "options"))
    before, after = blue.get("linuxParameters") or {}, green.get("linuxParameters") or {}
    yield from _fields(where, before, after, frozenset({"capabilities"}))
    yield from _parts(where, "capability", _capabilities(before), _capabilities(after))


def _fields(where: str, blue: Record, green: Record, left_out: frozenset[str]) -> Iterator[str]:
    """Tell the differences between the fields of two records."""
    before, after = _unwrapped(blue), _unwrapped(green)
    for key in dict.fromkeys((*before, *after)):
        was, became = _effective(key, before.get(key)), _effective(key, after.get(key))
        if key in left_out or was == became:
            continue
        if key in _TOLD or key in _NAMES:
            yield f"{where}: {key} {_told(key, was, became)}"
        else:
            how = "added" if was is None else "removed" if became is None else "changed"
            yield f"{where}: {key} {how}"


def _unwrapped(record: Record) -> dict[str, Any]:
    """Take records apart of which the parts say more than the whole."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        flat.update(value if key in _UNWRAPPED and isinstance(value, dict) else {key: value})
    return flat


def _effective(key: str, value: Any) -> Any:
    """Return what a value means: ECS leaves out, or fills in, what nobody has set."""
    if key == "essential":
        return value is not False
    return value or None


def _told(key: str, was: Any, became: Any) -> str:
    nothing = "false" if isinstance(was, bool) or isinstance(became, bool) else "none"
    values = [nothing if value in (None, False) else value for value in (was, became)]
    heads = {str(value).rpartition("/")[0] for value in values if value != nothing}
    if key in _NAMES and len(heads) == 1:
        values = [str(value).rpartition("/")[2] for value in values]
    return " → ".join(map(_word, values))


def _word(value: Any) -> str:
    return "true" if value is True else shown(value)


def _parts(where: str, what: str, blue: Record, green: Record) -> Iterator[str]:
    """Tell which named parts came, went, or are different."""
    for name in dict.fromkeys((*blue, *green)):
        if blue.get(name) != green.get(name):
            how = "removed" if name not in green else "changed" if name in blue else "added"
            yield f"{where}: {what} {shown(name)} {how}"


def _secrets(where: str, blue: Record, green: Record) -> Iterator[str]:
    for name in dict.fromkeys((*blue, *green)):
        was, became = (side.get(name, {}).get("valueFrom") for side in (blue, green))
        if name not in green:
            yield f"{where}: secret {shown(name)} removed"
        elif name not in blue:
            yield f"{where}: secret {shown(name)} added, from {shown(became)}"
        elif was != became:
            yield f"{where}: secret {shown(name)} from {shown(was)} → {shown(became)}"


def _by_name(record: Record, key: str) -> dict[str, Record]:
    return {name_of(item): item for item in records(record, key)}


def _values(record: Record, key: str) -> dict[str, Any]:
    return {name_of(item): item.get("value") for item in records(record, key)}


def _ports(container: Record) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for port in records(container, "portMappings"):
        number = port.get("containerPort") or port.get("containerPortRange") or ""
        found[f"{number}/{port.get('protocol') or 'tcp'}"] = {key: value for key, value in port.items() if value}
    return found


def _mounts(container: Record) -> dict[str, Record]:
    return {str(mount.get("containerPath") or ""): mount for mount in records(container, "mountPoints")}


def _capabilities(parameters: Record) -> dict[str, bool]:
    return dict.fromkeys(texts(parameters.get("capabilities") or {}, "add"), True)
