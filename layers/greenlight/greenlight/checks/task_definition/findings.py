"""What a rule found in a task definition."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from greenlight.checks.task_definition.definition import name_of, shown


@dataclass(frozen=True)
class Finding:
    """A rule that is broken in one place.

    Attributes:
        rule: The rule.
        container: Name of the container; None where it is about the task.
        found: What is there, to follow the container's name in a sentence.
        cure: What to do.
        subject: The variable, option or volume that it is about.
    """

    rule: str
    container: str | None
    found: str
    cure: str
    subject: str | None = None

    @property
    def where(self) -> str:
        """Return the container, or the task, as people call it."""
        return "the task" if self.container is None else shown(self.container)

    def __str__(self) -> str:
        return f"{self.where} {self.found}; {self.cure}"


def of_container(container: Mapping[str, Any], rule: str, found: str, cure: str, subject: str | None = None) -> Finding:
    """Make a finding about a container."""
    return Finding(rule, name_of(container), found, cure, subject)
