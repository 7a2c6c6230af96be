"""The hooks as they are registered: how many, where, with what, and whether their functions are there."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from greenlight.stages import KNOWN_STAGES, Stage
from greenlight_cli.doctor.finding import Finding, error, fine, warning
from greenlight_cli.doctor.hook import AWS_LAMBDA, MOST_OF_A_KIND, PAUSE, Hook
from greenlight_cli.doctor.subject import Subject

PLACE: Final = "hooks"
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html
_NO_PAUSE_AT: Final = frozenset({Stage.TEST_TRAFFIC_SHIFT, Stage.PRODUCTION_TRAFFIC_SHIFT})


def look_at_hooks(subject: Subject) -> Iterator[Finding]:
    """Look at every hook of the service, Greenlight's or not: one that fails rolls back, whose ever it is.

    Raises:
        AwsError: When Lambda does not tell of a function.
    """
    yield from _together(subject)
    for hook in subject.hooks:
        found = [*_one(subject, hook), *_function(subject, hook)]
        yield from found
        if not found:
            yield fine(hook.place, _summary(hook))


def _together(subject: Subject) -> Iterator[Finding]:
    for kind in (AWS_LAMBDA, PAUSE):
        count = sum(hook.kind == kind for hook in subject.hooks)
        if count > MOST_OF_A_KIND:
            yield error(
                PLACE,
                f"there are {count} {kind} hooks, and a service may have {MOST_OF_A_KIND}",
                "take some out, or let one function do the work of several",
            )
    if subject.stack and not subject.ours:
        yield error(
            PLACE,
            f"none of them is a function of stack {subject.stack.name}, so that no gate guards the service",
            "attach them: greenlight attach",
        )
    counted = Counter(stage for hook in subject.ours for stage in hook.stages)
    for stage, count in counted.items():
        if count > 1:
            yield error(
                f"hook {stage}",
                f"{count} of Greenlight's hooks are registered there, so that its gate is asked {count} times at once",
                "let greenlight attach put them right",
            )


def _one(subject: Subject, hook: Hook) -> Iterator[Finding]:
    if not hook.stages:
        yield error(hook.place, "it is registered at no stage, so that it is never called", "give it lifecycleStages")
    for stage in hook.stages:
        if stage not in KNOWN_STAGES:
            yield error(hook.place, f'ECS calls no hook at "{stage}"', f"use one of {', '.join(Stage)}")
        if hook.kind == PAUSE and stage in _NO_PAUSE_AT:
            yield error(hook.place, f"ECS takes no PAUSE hook at {stage}", "use the stage before or after it")
    if hook.kind == AWS_LAMBDA and not hook.role_arn:
        yield error(
            hook.place,
            "it has no roleArn, so that ECS cannot invoke the function",
            "give it a role that trusts ecs.amazonaws.com, as the stack's output EcsHookRoleArn",
        )
    if hook.made_for:
        yield from _stages(subject, hook)
        yield from _ours(hook)


def _stages(subject: Subject, hook: Hook) -> Iterator[Finding]:
    own = set(subject.stack.functions.values()) if subject.stack else set()
    for stage in hook.stages:
        if stage == hook.made_for:
            continue
        text = f"its function was made for {hook.made_for}, and runs at {stage} with that one's permissions, network and time-out"
        if stage in own:
            yield error(
                hook.place, text, f"take {stage} out of its lifecycleStages, and register that stage's own function"
            )
        else:
            yield warning(hook.place, text, f"make sure that the gate {stage.lower()} can do with them")


def _ours(hook: Hook) -> Iterator[Finding]:
    details = hook.details
    if details is not None and not isinstance(details, Mapping):
        yield error(
            hook.place,
            f"its hookDetails is no object but {type(details).__name__}, in which the function finds no gates",
            'write an object, as {"gates": "s3://bucket/gates.yaml"}',
        )
    if hook.timeout_action != "ROLLBACK":
        yield warning(
            hook.place,
            f"when it does not answer in {hook.timeout_minutes} min, the deployment goes on unguarded "
            f"({hook.timeout_action})",
            "set the action of its timeoutConfiguration to ROLLBACK",
        )


def _function(subject: Subject, hook: Hook) -> Iterator[Finding]:
    if hook.kind != AWS_LAMBDA:
        return
    arn = str(hook.record.get("hookTargetArn") or "")
    function = subject.function(arn)
    if function is None:
        cure = "take it out of lifecycleHooks, or deploy the function again"
        yield error(hook.place, f"there is no function {arn}, so that every deployment fails there", cure)
    elif function.get("State") == "Failed" or function.get("LastUpdateStatus") == "Failed":
        reason = function.get("StateReason") or function.get("LastUpdateStatusReason") or "Lambda gives no reason"
        cure = "mend what the reason says, and deploy the function's stack again"
        yield error(hook.place, f"function {arn} cannot run: {reason}", cure)


def _summary(hook: Hook) -> str:
    who = "waits for people" if hook.kind == PAUSE else f"invokes {hook.target.rpartition(':')[2]}"
    return f"{who}, within {hook.timeout_minutes} min, then {hook.timeout_action}"
