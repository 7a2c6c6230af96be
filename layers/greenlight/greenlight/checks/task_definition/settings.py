"""What a gates file says of a ``task_definition`` check."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from greenlight.checks.base import CheckSettings
from greenlight.documents import Strict

RuleSeverity = Literal["off", "warning", "fail"]

RuleName = Literal[
    "privileged",
    "host_network",
    "docker_socket",
    "plaintext_secrets",
    "secret_names",
    "added_capabilities",
    "root_user",
    "writable_root",
    "host_volumes",
    "log_configuration",
    "health_check",
    "memory_limit",
    "execution_role",
    "shared_role",
    "foreign_secrets",
    "task_role",
]
"""Every rule; a test holds it against the fields of RuleSettings and the rules that there are."""


def _said(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("greenlight", "has to say something; whoever reads the report wants to know why")
    return text.strip()


_Name = Annotated[str, Field(min_length=1, max_length=255)]


class RuleSettings(Strict):
    """How much each rule weighs: ``fail`` fails the check, ``warning`` is told, ``off`` is not looked at.

    What is dangerous and certain fails; what a first-time user of Fargate may well have is a warning.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "latest_tag": "the `images` check looks at tags",
        "images": "the `images` check looks at images",
        "secrets": "write plaintext_secrets (values that are secrets) or secret_names (names that sound like one)",
        "capabilities": "write added_capabilities; those that are as good as root belong to privileged",
        "readonly_root_filesystem": "write writable_root",
        "readonlyRootFilesystem": "write writable_root",
        "host_pid": "write host_network; it looks at pidMode and ipcMode, too",
        "user": "write root_user",
        "logging": "write log_configuration",
    }

    privileged: RuleSeverity = "fail"
    host_network: RuleSeverity = "fail"
    docker_socket: RuleSeverity = "fail"
    plaintext_secrets: RuleSeverity = "fail"
    secret_names: RuleSeverity = "warning"  # noqa: S105 - a rule's name
    added_capabilities: RuleSeverity = "warning"
    root_user: RuleSeverity = "warning"
    writable_root: RuleSeverity = "warning"
    host_volumes: RuleSeverity = "warning"
    log_configuration: RuleSeverity = "warning"
    health_check: RuleSeverity = "warning"
    memory_limit: RuleSeverity = "warning"
    execution_role: RuleSeverity = "warning"
    shared_role: RuleSeverity = "warning"
    foreign_secrets: RuleSeverity = "warning"
    # A task that asks nothing of AWS needs no role, and is the safer for it.
    task_role: RuleSeverity = "off"

    def severity(self, rule: str) -> RuleSeverity:
        """Return how much a rule weighs."""
        severity: RuleSeverity = getattr(self, rule)
        return severity

    @property
    def asked(self) -> tuple[str, ...]:
        """Return the rules that are not switched off."""
        return tuple(rule for rule in get_args(RuleName) if self.severity(rule) != "off")


class IgnoreSettings(Strict):
    """An exception from a rule.

    Attributes:
        rule: The rule that is broken on purpose.
        container: The container that may break it; None means all, and the task itself.
        variable: The environment variable (or option, or volume) that is meant; None means all.
        reason: Why; it is told in every report.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "why": 'write "reason"',
        "comment": 'write "reason"',
        "containers": 'write "container", and one exception for each',
        "rules": 'write "rule", and one exception for each',
    }

    rule: RuleName
    container: _Name | None = None
    variable: _Name | None = None
    reason: Annotated[str, AfterValidator(_said), Field(max_length=500)]


class TaskDefinitionSettings(CheckSettings):
    """What a gates file says of a task_definition check.

    Attributes:
        rules: How much each rule weighs.
        ignore: Exceptions, each with its reason.
        containers: The containers that the rules are for; None means all.
        load_balancer_is_health_check: Whether a container behind a load balancer needs no health check of its own.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "exceptions": 'write "ignore"',
        "allow": 'write "ignore"',
        "container": 'write "containers", a list',
        "task_definition": "it is green's; ECS names it",
    } | dict.fromkeys(get_args(RuleName), "rules stand under `rules`, as in `rules: {root_user: fail}`")

    rules: RuleSettings = RuleSettings()
    ignore: tuple[IgnoreSettings, ...] = Field(default=(), strict=False)
    containers: Annotated[tuple[_Name, ...], Field(min_length=1, strict=False)] | None = None
    load_balancer_is_health_check: bool = True

    @model_validator(mode="after")
    def _something_to_ask(self) -> Self:
        if not self.rules.asked:
            raise PydanticCustomError(
                "greenlight", "has every rule switched off, and what was not checked does not pass; leave one on"
            )
        return self
