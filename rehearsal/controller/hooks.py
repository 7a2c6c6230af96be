"""Lifecycle hooks as a service registers them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.controller.plan import PRODUCTION_TRAFFIC_SHIFT, STAGES_WITH_HOOKS, TEST_TRAFFIC_SHIFT

AWS_LAMBDA = "AWS_LAMBDA"
PAUSE = "PAUSE"
ROLLBACK = "ROLLBACK"
CONTINUE = "CONTINUE"

# ECS API reference, DeploymentLifecycleHook and DeploymentLifecycleHookTimeoutConfiguration.
DEFAULT_TIMEOUT_MINUTES = 1440
LONGEST_TIMEOUT_MINUTES = {AWS_LAMBDA: 1440, PAUSE: 20160}
MOST_HOOKS_OF_A_TYPE = 10
_KEYS = frozenset({"targetType", "hookTargetArn", "roleArn", "lifecycleStages", "hookDetails", "timeoutConfiguration"})


class HookRegistrationError(ValueError):
    """When ECS would refuse a hook, or the hooks of a service together."""


@dataclass(frozen=True)
class Hook:
    """One entry of ``deploymentConfiguration.lifecycleHooks``.

    Attributes:
        target_type: AWS_LAMBDA or PAUSE.
        target_arn: The function to invoke; None for PAUSE.
        stages: The lifecycle stages it is registered at.
        details: The ``hookDetails`` of the registration; None when there are none.
        timeout: Seconds that the hook may take at a stage, all its invocations together.
        timeout_action: What happens after that: ROLLBACK or CONTINUE.
    """

    target_type: str
    target_arn: str | None
    stages: tuple[str, ...]
    details: Any = None
    timeout: float = DEFAULT_TIMEOUT_MINUTES * 60
    timeout_action: str = ROLLBACK

    @property
    def name(self) -> str:
        """Return a short name for people."""
        return self.target_arn.rsplit(":", 1)[-1] if self.target_arn else PAUSE


def read_hooks(registrations: Iterable[Mapping[str, Any]]) -> tuple[Hook, ...]:
    """Read hooks in the shape of the ECS API, as strictly as ECS does.

    Raises:
        HookRegistrationError: When ECS would refuse them.
    """
    hooks = tuple(_read(registration) for registration in registrations)
    for kind in (AWS_LAMBDA, PAUSE):
        count = sum(hook.target_type == kind for hook in hooks)
        if count > MOST_HOOKS_OF_A_TYPE:
            raise HookRegistrationError(f"{count} {kind} hooks; a service may have at most {MOST_HOOKS_OF_A_TYPE}")
    return hooks


def _read(registration: Mapping[str, Any]) -> Hook:
    unknown = sorted(set(registration) - _KEYS)
    if unknown:
        raise HookRegistrationError(f"a lifecycle hook has no {unknown[0]}; it has {', '.join(sorted(_KEYS))}")
    kind = registration.get("targetType", AWS_LAMBDA)
    if kind not in LONGEST_TIMEOUT_MINUTES:
        raise HookRegistrationError(f'targetType is "{kind}"; ECS knows {AWS_LAMBDA} and {PAUSE}')
    target = registration.get("hookTargetArn")
    if (kind == AWS_LAMBDA) != bool(target):
        raise HookRegistrationError(f"a {kind} hook {'needs a' if kind == AWS_LAMBDA else 'has no'} hookTargetArn")
    timeouts = registration.get("timeoutConfiguration") or {}
    return Hook(
        target_type=kind,
        target_arn=target,
        stages=_stages(kind, registration.get("lifecycleStages") or []),
        details=registration.get("hookDetails"),
        timeout=_timeout(kind, timeouts.get("timeoutInMinutes", DEFAULT_TIMEOUT_MINUTES)),
        timeout_action=_action(timeouts.get("action", ROLLBACK)),
    )


def _stages(kind: str, stages: list[str]) -> tuple[str, ...]:
    if not stages:
        raise HookRegistrationError("a lifecycle hook needs lifecycleStages")
    for stage in stages:
        if stage not in STAGES_WITH_HOOKS:
            raise HookRegistrationError(f'no hook attaches to "{stage}"; choose of {", ".join(STAGES_WITH_HOOKS)}')
        if kind == PAUSE and stage in {TEST_TRAFFIC_SHIFT, PRODUCTION_TRAFFIC_SHIFT}:
            raise HookRegistrationError(f"a PAUSE hook cannot attach to {stage}")
    return tuple(stages)


def _timeout(kind: str, minutes: int) -> float:
    longest = LONGEST_TIMEOUT_MINUTES[kind]
    if not 1 <= minutes <= longest:
        raise HookRegistrationError(f"timeoutInMinutes of a {kind} hook is {minutes}; ECS takes 1 to {longest}")
    return minutes * 60.0


def _action(action: str) -> str:
    if action not in {ROLLBACK, CONTINUE}:
        raise HookRegistrationError(f'the action of a timeoutConfiguration is "{action}"; ECS knows ROLLBACK, CONTINUE')
    return action
