"""What becomes of a service's hooks. Nothing here talks to AWS or to a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from greenlight.stages import Stage
from greenlight_cli.account.stack import Stack
from greenlight_cli.doctor.hook import AWS_LAMBDA, PAUSE, Hook, hook_of
from greenlight_cli.errors import CannotRunError
from greenlight_cli.waiting import timeout_of, usual_timeout

_GATES: Final = "gates"


class Fate(StrEnum):
    """What becomes of one hook."""

    ADDED = "+"
    CHANGED = "~"
    REMOVED = "-"
    STAYS = "="


@dataclass(frozen=True)
class Change:
    """What becomes of one hook.

    Attributes:
        fate: In one word.
        before: As it was; None for a new one.
        after: As it will be; None for one that goes.
    """

    fate: Fate
    before: Hook | None
    after: Hook | None


@dataclass(frozen=True)
class Merge:
    """What becomes of all hooks of a service.

    Attributes:
        changes: One for each hook, in the order of the service; new ones stand at the end.
        remarks: What the person should know.
    """

    changes: tuple[Change, ...]
    remarks: tuple[str, ...] = ()

    @property
    def records(self) -> list[dict[str, Any]]:
        """Return the hooks as they will be registered."""
        return [dict(change.after.record) for change in self.changes if change.after]

    @property
    def changes_something(self) -> bool:
        """Tell whether anything is different afterwards."""
        return any(change.fate is not Fate.STAYS for change in self.changes)


@dataclass(frozen=True)
class Wish:
    """How the hooks of Greenlight are wanted.

    Attributes:
        stages: Where; None for where the stack's output LifecycleHooks has them.
        gates: Location of the gates file; None leaves what the hooks have.
        timeout_minutes: How long ECS waits for each; None leaves what the hooks have, and gives new ones what is usual.
    """

    stages: tuple[Stage, ...] | None = None
    gates: str | None = None
    timeout_minutes: int | None = None


def attach(there: Sequence[Hook], stack: Stack, wish: Wish) -> Merge:
    """Put the hooks of the stack among those of a service: others stay as they are, and none is there twice.

    Args:
        there: The service's hooks.
        stack: Whose functions are Greenlight's.
        wish: How they are wanted.

    Raises:
        CannotRunError: When the stack has no function for a stage, or does not tell the role.
    """
    wanted = {hook.target: hook for hook in _wanted(there, stack, wish)}
    changes: list[Change] = []
    for hook in there:
        if hook.made_for is None:
            changes.append(Change(Fate.STAYS, hook, hook))
            continue
        after = wanted.pop(hook.target, None)
        changes.append(_change(hook, after))
    changes += [Change(Fate.ADDED, None, hook) for hook in wanted.values()]
    pauses, remarks = _pauses(there, stack)
    changes += [Change(Fate.ADDED, None, hook) for hook in pauses]
    return Merge(tuple(changes), tuple(remarks))


def detach(there: Sequence[Hook], stack: Stack) -> Merge:
    """Take the hooks of the stack away, and nothing else.

    Args:
        there: The service's hooks.
        stack: Whose functions are Greenlight's.
    """
    offered = [hook.essence for hook in _offered_pauses(stack)]
    ours = [hook.made_for is not None or (hook.kind == PAUSE and hook.essence in offered) for hook in there]
    changes = tuple(
        Change(Fate.REMOVED, hook, None) if is_ours else Change(Fate.STAYS, hook, hook)
        for hook, is_ours in zip(there, ours, strict=True)
    )
    stages = {stage for hook in _offered_pauses(stack) for stage in hook.stages}
    left = [
        hook
        for hook, is_ours in zip(there, ours, strict=True)
        if hook.kind == PAUSE and not is_ours and stages & {*hook.stages}
    ]
    remarks = [
        f"the PAUSE hook at {', '.join(hook.stages)} stays: it is not as stack {stack.name} offers its own; take it out by hand "
        "where it is not wanted"
        for hook in left
    ]
    return Merge(changes, tuple(remarks))


def _change(before: Hook, after: Hook | None) -> Change:
    if after is None:
        return Change(Fate.REMOVED, before, None)
    if before.essence == after.essence:
        return Change(Fate.STAYS, before, before)
    return Change(Fate.CHANGED, before, after)


def _wanted(there: Sequence[Hook], stack: Stack, wish: Wish) -> Iterator[Hook]:
    offered = {hook.made_for: hook for hook in _offered(stack) if hook.made_for}
    stages = wish.stages if wish.stages is not None else tuple(stage for stage in Stage if stage in offered)
    if not stages:
        problem = f"stack {stack.name} offers no hooks in its output LifecycleHooks"
        raise CannotRunError([f"{problem}; deploy it with Stages, or name some with --stages"])
    functions = {stage: arn for arn, stage in stack.functions.items()}
    lacking = [stage for stage in stages if stage not in functions]
    if lacking:
        raise CannotRunError(
            [
                f"stack {stack.name} has no function for {stage}; it has them for {', '.join(functions)}"
                f"; {_function_cure(stage)}"
                for stage in lacking
            ]
        )
    role = stack.role_arn or next((hook.role_arn for hook in offered.values() if hook.role_arn), None)
    if role is None:
        raise CannotRunError([f"stack {stack.name} does not tell its role: it has no output EcsHookRoleArn"])
    common = _common_gates(there)
    for stage in stages:
        present = next((hook for hook in there if hook.target == functions[stage]), None)
        # A stage without a function of its own may have been given to this one on purpose.
        more = [each for each in (present.stages if present else ()) if each not in functions]
        at = [str(stage), *more]
        bare = {"hookTargetArn": functions[stage], "roleArn": role, "lifecycleStages": at}
        yield hook_of({**bare, **_details(present, common, wish), **_timeout(present, at, wish)}, stack)


def _details(present: Hook | None, common: Any, wish: Wish) -> dict[str, Any]:
    """Return the hookDetails of a hook: what is wished, else what it has, else what its fellows have."""
    details = dict(present.details) if present and isinstance(present.details, Mapping) else {}
    if wish.gates is not None:
        details[_GATES] = wish.gates
    elif common is not None:
        details.setdefault(_GATES, common)
    return {"hookDetails": details} if details else {}


def _timeout(present: Hook | None, stages: Sequence[str], wish: Wish) -> dict[str, Any]:
    """Return the time-out of a hook: what is wished, else what it has, else what is usual."""
    if wish.timeout_minutes is not None:
        return {"timeoutConfiguration": timeout_of(wish.timeout_minutes)}
    if present is None:
        return {"timeoutConfiguration": usual_timeout(stages)}
    theirs = present.record.get("timeoutConfiguration")
    return {"timeoutConfiguration": dict(theirs)} if theirs else {}


def _common_gates(there: Sequence[Hook]) -> Any:
    """Return the gates file that all hooks of Greenlight have; a new stage gets it, too."""
    gates = [hook.gates for hook in there if hook.made_for]
    return gates[0] if gates and all(each == gates[0] for each in gates) else None


def _function_cure(stage: Stage) -> str:
    if stage is Stage.PRODUCTION_TRAFFIC_SHIFT:
        return "that one is made where the stack's parameter Stages or SwitchParameterArns asks for it"
    return f"for a gate at {stage}, add the stage to the lifecycleStages of one of its hooks"


def _offered(stack: Stack) -> Iterator[Hook]:
    return (hook_of(record, stack) for record in stack.offered)


def _offered_pauses(stack: Stack) -> list[Hook]:
    return [hook for hook in _offered(stack) if hook.kind == PAUSE]


def _pauses(there: Sequence[Hook], stack: Stack) -> tuple[list[Hook], list[str]]:
    """Return the PAUSE hooks of the stack that are not there yet.

    A PAUSE hook bears nobody's name. One that waits where the stack's would is left alone, whose ever it is: people would be
    asked twice.
    """
    missing, remarks = [], []
    present = [hook for hook in there if hook.kind != AWS_LAMBDA]
    for hook in _offered_pauses(stack):
        beside = next((each for each in present if set(each.stages) & set(hook.stages)), None)
        if beside is None:
            missing.append(hook)
        elif beside.essence != hook.essence:
            remarks.append(
                f"a PAUSE hook waits at {', '.join(beside.stages)} already ({beside.timeout_minutes} min, then "
                f"{beside.timeout_action}); it stays as it is, and that of stack {stack.name} is not added beside it"
            )
    return missing, remarks
