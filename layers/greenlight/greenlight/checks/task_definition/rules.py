"""The rules: each looks at a task definition and gives what it finds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from greenlight.checks.task_definition import container_rules, secret_rules, task_rules
from greenlight.checks.task_definition.definition import Definition
from greenlight.checks.task_definition.findings import Finding

Rule = Callable[[Definition], Iterator[Finding]]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "privileged": container_rules.privileged,
        "host_network": task_rules.host_network,
        "docker_socket": container_rules.docker_socket,
        "plaintext_secrets": secret_rules.plaintext_secrets,
        "secret_names": secret_rules.secret_names,
        "added_capabilities": container_rules.added_capabilities,
        "root_user": container_rules.root_user,
        "writable_root": container_rules.writable_root,
        "host_volumes": container_rules.host_volumes,
        "log_configuration": container_rules.log_configuration,
        "health_check": container_rules.health_check,
        "memory_limit": container_rules.memory_limit,
        "execution_role": task_rules.execution_role,
        "shared_role": task_rules.shared_role,
        "foreign_secrets": secret_rules.foreign_secrets,
        "task_role": task_rules.task_role,
    }
)


def broken(definition: Definition, rules: Iterable[str]) -> list[Finding]:
    """Return what some rules find."""
    return [finding for rule in rules for finding in RULES[rule](definition)]
