"""Whether the time-outs fit together: a gate has to end before ECS stops waiting, and all before CloudFormation does."""

import math
from collections.abc import Iterator
from typing import Final

from greenlight.checks.approval.settings import ApprovalSettings
from greenlight.checks.traffic_steps.settings import TrafficStepsSettings
from greenlight.documents.types import duration_text
from greenlight_cli.doctor.finding import Finding, error, fine, warning
from greenlight_cli.doctor.guards import Guard
from greenlight_cli.doctor.subject import Subject

PLACE: Final = "time-outs"
MOST_UNDER_CLOUDFORMATION: Final = 33 * 60
"""Minutes: CloudFormation refuses services whose bake time and time-outs of hooks are longer together."""

_SPARE_MINUTES: Final = 5
_MOST_MINUTES: Final = 1440


def look_at_times(subject: Subject) -> Iterator[Finding]:
    """Look at the time-outs of hooks, gates, checks and the stack that the service belongs to."""
    found = [*(finding for guard in subject.guards for finding in _guard(guard)), *_cloudformation(subject)]
    yield from found
    if not found and subject.ours:
        yield fine(PLACE, "every gate ends before ECS stops waiting for its hook")


def _guard(guard: Guard) -> Iterator[Finding]:
    if guard.gate is None:
        return
    patience = guard.hook.timeout_minutes * 60
    times = {f"{guard.place}, deadline": guard.gate.deadline_seconds}
    for each in guard.gate.checks:
        settings = each.check.settings
        if isinstance(settings, ApprovalSettings):
            times[f"{guard.place}, {each.name}.timeout"] = settings.timeout
        elif isinstance(settings, TrafficStepsSettings):
            times[f"{guard.place}, {each.name}.timeout"] = settings.longest
    for place, seconds in times.items():
        if seconds >= patience:
            needed = min(_MOST_MINUTES, math.ceil(seconds / 60) + _SPARE_MINUTES)
            yield error(
                place,
                f"it is {duration_text(seconds)}, and ECS waits {duration_text(patience)} for the hook, so that ECS "
                f"decides ({guard.hook.timeout_action}) before the gate does",
                f"shorten it, or give the hook more time: greenlight attach --timeout {needed}",
            )


def _cloudformation(subject: Subject) -> Iterator[Finding]:
    if subject.cloudformation is None:
        return
    bake = int(subject.configuration.get("bakeTimeInMinutes") or 0)
    whole = bake + sum(hook.timeout_minutes for hook in subject.hooks)
    stated = bake + sum(hook.timeout_minutes for hook in subject.hooks if hook.states_timeout)
    cure = (
        f"give the hooks shorter time-outs (timeoutConfiguration), {MOST_UNDER_CLOUDFORMATION} min with the bake time"
    )
    if stated > MOST_UNDER_CLOUDFORMATION:
        yield error(
            PLACE,
            f"bake time and hooks may take {stated} min together, and CloudFormation (stack {subject.cloudformation}) "
            f"takes {MOST_UNDER_CLOUDFORMATION}",
            cure,
        )
    elif whole > MOST_UNDER_CLOUDFORMATION:
        yield warning(
            PLACE,
            f"with ECS's usual {_MOST_MINUTES} min for each hook that names no time-out, bake time and hooks may take "
            f"{whole} min, and CloudFormation (stack {subject.cloudformation}) takes {MOST_UNDER_CLOUDFORMATION}",
            cure,
        )
