"""A hook as a service registers it, and what ECS makes of what is not written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from greenlight.stages import Stage
from greenlight_cli.account.stack import Stack

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHook.html
AWS_LAMBDA: Final = "AWS_LAMBDA"
PAUSE: Final = "PAUSE"
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHookTimeoutConfiguration.html
USUAL_MINUTES: Final = 1440
USUAL_ACTION: Final = "ROLLBACK"
MOST_OF_A_KIND: Final = 10
_PARTS_WITH_QUALIFIER: Final = 8


@dataclass(frozen=True)
class Hook:
    """One of ``deploymentConfiguration.lifecycleHooks``.

    Attributes:
        record: As ECS tells it.
        made_for: The stage that its function was made for; None where it is none of Greenlight's stack.
    """

    record: Mapping[str, Any]
    made_for: Stage | None = None

    @property
    def kind(self) -> str:
        """Return AWS_LAMBDA or PAUSE."""
        return str(self.record.get("targetType") or AWS_LAMBDA)

    @property
    def target(self) -> str:
        """Return the ARN of the function, without version or alias; empty for a PAUSE hook."""
        return unqualified(str(self.record.get("hookTargetArn") or ""))

    @property
    def role_arn(self) -> str:
        """Return the role that ECS assumes to invoke it; empty where there is none."""
        return str(self.record.get("roleArn") or "")

    @property
    def stages(self) -> tuple[str, ...]:
        """Return where it is called."""
        return tuple(self.record.get("lifecycleStages") or ())

    @property
    def place(self) -> str:
        """Return what to call it in findings."""
        at = "+".join(self.stages) or "without a stage"
        return f"hook {at}" if self.made_for else f"{'PAUSE' if self.kind == PAUSE else 'other'} hook {at}"

    @property
    def timeout_minutes(self) -> int:
        """Return how long ECS waits for it."""
        return int((self.record.get("timeoutConfiguration") or {}).get("timeoutInMinutes") or USUAL_MINUTES)

    @property
    def timeout_action(self) -> str:
        """Return what ECS does after that."""
        return str((self.record.get("timeoutConfiguration") or {}).get("action") or USUAL_ACTION)

    @property
    def states_timeout(self) -> bool:
        """Tell whether somebody chose the time-out; ECS may show its usual one where nobody did."""
        return self.timeout_minutes != USUAL_MINUTES

    @property
    def details(self) -> Any:
        """Return its hookDetails; text that some tools write is read as what it stands for."""
        details = self.record.get("hookDetails")
        if not isinstance(details, str):
            return details
        try:
            return json.loads(details)
        except ValueError:
            return details

    @property
    def gates(self) -> Any:
        """Return what its hookDetails say of gates: a location, an object, or nothing."""
        details = self.details
        return details.get("gates") if isinstance(details, Mapping) else None

    @property
    def essence(self) -> dict[str, Any]:
        """Return what it means, in one form for all that ECS takes for the same."""
        return {
            "kind": self.kind,
            "target": str(self.record.get("hookTargetArn") or ""),
            "role": self.role_arn,
            "stages": sorted(self.stages),
            "details": self.details or {},
            "timeout": self.timeout_minutes,
            "action": self.timeout_action,
        }


def read_hooks(service: Mapping[str, Any], stack: Stack | None) -> tuple[Hook, ...]:
    """Return the hooks of a service.

    Args:
        service: As DescribeServices tells it.
        stack: Whose functions are Greenlight's; None where nobody knows.
    """
    configuration = service.get("deploymentConfiguration") or {}
    return tuple(hook_of(record, stack) for record in configuration.get("lifecycleHooks") or ())


def hook_of(record: Mapping[str, Any], stack: Stack | None) -> Hook:
    """Return a hook, and whose it is."""
    functions = stack.functions if stack else {}
    return Hook(record, functions.get(unqualified(str(record.get("hookTargetArn") or ""))))


def unqualified(arn: str) -> str:
    """Return the ARN of a function without the version or alias that may stand at its end."""
    parts = arn.split(":")
    return ":".join(parts[: _PARTS_WITH_QUALIFIER - 1]) if len(parts) == _PARTS_WITH_QUALIFIER else arn
