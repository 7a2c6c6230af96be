"""From a fault that ECS tells to a finding: whose it is, what is behind it, what to do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from greenlight.record import Approval, ApprovalState, VerdictEntry
from greenlight.story.ending import Ending
from greenlight.story.finding import Finding
from greenlight.story.logs import crash_in, verdicts_in
from greenlight.story.model import Cause
from greenlight.story.texts import Fault, What, function_name
from greenlight.story.verdicts import FAILED, finding_of, is_of_pause, latest, refusal

NO_RECORD: Final = "the record has nothing on this deployment: it is off (RecordRetentionDays=0), or its time is up"
_LOGS: Final = "one of those in the stack's output HookLogGroups, which end in the stage's name"
_NULL: Final = "must not be null"
_TRUST: Final = "let ecs.amazonaws.com assume it (trust policy: sts:AssumeRole), then deploy again"


@dataclass(frozen=True)
class Known:
    """All that is known of a deployment.

    Attributes:
        ending: What ECS shows.
        recorded: Verdicts of the record.
        approvals: Questions to people.
        logs: Lines of the functions' logs.
        functions: Names of Greenlight's functions.
    """

    ending: Ending
    recorded: Sequence[VerdictEntry]
    approvals: Sequence[Approval]
    logs: Sequence[Mapping[str, Any]] = ()
    functions: Collection[str] = ()
    verdicts: Sequence[VerdictEntry] = field(init=False)

    def __post_init__(self) -> None:
        """Take from the log what the record lacks: all of it, or the verdict that failed."""
        logged = verdicts_in(self.logs, self.ending.id)
        have = {(entry.stage, entry.step, entry.attempt, entry.status) for entry in self.recorded}
        extra = [entry for entry in logged if (entry.stage, entry.step, entry.attempt, entry.status) not in have]
        if self.recorded:
            extra = [entry for entry in extra if entry.status == FAILED] if not self._has_failed else []
        object.__setattr__(self, "verdicts", (*self.recorded, *extra))

    @property
    def failures(self) -> list[VerdictEntry]:
        """Return every verdict FAILED; ECS obeys the first, whatever the gate said afterwards."""
        return [entry for entry in self.verdicts if entry.status == FAILED]

    @property
    def _has_failed(self) -> bool:
        return any(entry.status == FAILED for entry in self.recorded)

    @property
    def missing(self) -> str:
        """Say that the record knows nothing, where it does not."""
        return "" if self.recorded or self.approvals else NO_RECORD

    def failed(self, stage: str = "", target: str = "") -> VerdictEntry | None:
        """Return the newest verdict FAILED: of a stage and a function, where those are known."""
        found = [
            entry
            for entry in latest(self.failures)
            if (not stage or entry.stage == stage)
            and (not (target and entry.function) or function_name(entry.function) == function_name(target))
        ]
        return found[-1] if found else None

    def is_ours(self, target: str, stage: str) -> bool:
        """Tell whether a function is Greenlight's: of the stack, or one that made a verdict."""
        names = {function_name(name) for name in self.functions}
        names |= {function_name(entry.function) for entry in self.verdicts if entry.function}
        if function_name(target) in names:
            return True
        # Where neither the stack nor the record tells the names, the log of this very stage has to do.
        return not names and any(entry.stage == stage for entry in self.verdicts)


def find(fault: Fault, known: Known) -> Finding:
    """Tell a fault."""
    match fault.what:
        case What.RETURNED_FAILED:
            return _returned_failed(fault, known)
        case What.UNREADABLE:
            return _unreadable(fault, known)
        case What.NOT_INVOKED | What.ROLE_NOT_ASSUMED:
            return _not_invoked(fault, known)
        case What.TIMED_OUT | What.PAUSE_TIMED_OUT | What.PAUSE_REFUSED:
            return _waited(fault, known)
        case What.DENIED | What.NETWORKING:
            return _surroundings(fault)
    return _of_ecs(fault, known)


def _returned_failed(fault: Fault, known: Known) -> Finding:
    if not known.is_ours(fault.target, fault.stage):
        return _foreign(fault, known, "answered FAILED")
    entry = known.failed(fault.stage, fault.target)
    if entry is not None:
        finding = finding_of(entry, known.approvals)
        return (
            replace(finding, missing=f"{known.missing}; this is from the function's log") if known.missing else finding
        )
    name = function_name(fault.target)
    return Finding(
        cause=Cause.GREENLIGHT,
        what=f"by Greenlight at {fault.stage}: it answered FAILED, and the reason is not known here",
        lines=(("hook", name), ("log", _LOGS)),
        todo=f'look for "verdict" and {known.ending.id} in that log',
        missing=f"{known.missing or 'the record has no verdict FAILED of this stage'}; no log line tells it either",
    )


def _unreadable(fault: Fault, known: Known) -> Finding:
    if not known.is_ours(fault.target, fault.stage):
        return _foreign(fault, known, "gave no answer that ECS can read")
    name = function_name(fault.target)
    if _NULL not in fault.detail.lower():
        return Finding(
            cause=Cause.HOOK_REPLY,
            what=f"at {fault.stage}: ECS could not read the reply of {name}",
            lines=(("problem", fault.detail), ("log", _LOGS)),
            todo="a defect of Greenlight: report it with the lines of that log; deploy again meanwhile",
        )
    crash = crash_in(known.logs, fault.target)
    told = crash.what if crash else "no line of its log says why"
    return Finding(
        cause=Cause.HOOK_CRASHED,
        what=f"at {fault.stage}: {name} gave no answer ({crash.what.partition(':')[0] if crash else 'it crashed or ran out of time'})",
        lines=(("found", told), ("log", _LOGS)),
        todo=f"{crash.todo}, then deploy again" if crash else 'look there for "Task timed out", "Runtime." and "ERROR"',
        missing="" if crash else "what the function's log says of its end",
    )


def _not_invoked(fault: Fault, known: Known) -> Finding:
    name = function_name(fault.target) if fault.target else "the hook"
    if fault.what is What.ROLE_NOT_ASSUMED:
        return Finding(
            cause=Cause.INVOKE_PERMISSION,
            what=f"at {fault.stage}: ECS may not assume the role of a hook",
            lines=(("role", fault.role),),
            todo=f"{_TRUST}; Greenlight's own is the stack's output EcsHookRoleArn",
        )
    ours = bool(fault.target) and known.is_ours(fault.target, fault.stage)
    if not fault.action:
        return Finding(
            cause=Cause.OTHER_HOOK if not ours else Cause.INVOKE_PERMISSION,
            what=f"at {fault.stage}: ECS could not invoke {name}",
            lines=(("problem", fault.detail),),
            todo="mend what it says, then deploy again",
        )
    cure = (
        "register the hook with the role of the stack's output EcsHookRoleArn"
        if ours
        else f"allow {fault.action} on it"
    )
    return Finding(
        cause=Cause.INVOKE_PERMISSION,
        what=f"at {fault.stage}: ECS may not invoke {name}",
        lines=(("role", f"{fault.role} (the hook's roleArn)"), ("lacks", f"{fault.action} on {fault.target}")),
        todo=f"{cure}, then deploy again",
    )


def _waited(fault: Fault, known: Known) -> Finding:
    undecided = [each for each in known.approvals if each.state is not ApprovalState.APPROVED and is_of_pause(each)]
    if fault.what is not What.TIMED_OUT and undecided:
        return refusal(undecided[-1], fault.stage or known.ending.stage)
    stage = fault.stage or known.ending.stage
    if fault.what is What.PAUSE_REFUSED:
        return Finding(
            cause=Cause.PAUSE_REFUSED,
            what=f"at {stage}: somebody answered the PAUSE hook with ROLLBACK",
            todo="CloudTrail's event ContinueServiceDeployment says who; settle it with them, then deploy again",
            missing=known.missing,
        )
    if fault.what is What.PAUSE_TIMED_OUT:
        return Finding(
            cause=Cause.HOOK_TIMEOUT,
            what=f"at {stage}: nobody answered the PAUSE hook in time",
            todo="deploy again and decide in time (greenlight approve DEPLOYMENT), or give the hook a longer timeoutInMinutes",
            missing=known.missing,
        )
    last = next(
        (entry for entry in reversed(latest(known.verdicts)) if not stage or entry.stage == stage),
        None,
    )
    name = function_name(fault.target) if fault.target else "a hook"
    if fault.target and not known.is_ours(fault.target, stage):
        return _foreign(fault, known, "had no final answer before its time was up")
    told = f"attempt {last.attempt}, {last.status}: {last.reason}" if last else ""
    return Finding(
        cause=Cause.HOOK_TIMEOUT,
        what=f"at {stage}: {name} had no final answer before ECS's time-out",
        lines=(("last word", told),) if told else (),
        todo="give the hook a timeoutInMinutes that is longer than the gate's deadline, then deploy again",
        missing="" if told else known.missing,
    )


def _foreign(fault: Fault, known: Known, what: str) -> Finding:
    name = function_name(fault.target)
    return Finding(
        cause=Cause.OTHER_HOOK,
        what=f"at {fault.stage}: {name}, a hook that is not Greenlight's, {what}",
        lines=(("hook", fault.target), *((("problem", fault.detail),) if fault.detail else ())),
        todo=f"ask whoever runs {name}; its log group is /aws/lambda/{name}",
        missing=""
        if known.functions or known.recorded
        else "which functions are Greenlight's (neither stack nor record told)",
    )


def _surroundings(fault: Fault) -> Finding:
    if fault.what is What.NETWORKING:
        return Finding(
            cause=Cause.NETWORKING,
            what="by ECS: listener rules and target groups do not fit the service",
            lines=(("problem", fault.detail),),
            todo="correct the load balancer as it says, then deploy again; greenlight's routing check finds this before traffic moves",
        )
    if fault.detail == "trust":
        return Finding(
            cause=Cause.ECS_PERMISSION,
            what="by ECS: it may not use its own infrastructure role",
            lines=(("role", fault.role),),
            todo=f"{_TRUST}; give it AmazonECSInfrastructureRolePolicyForLoadBalancers as well",
        )
    on = f" on {fault.resource}" if fault.resource else ""
    balancing = fault.action.startswith("elasticloadbalancing:")
    whose = " (ECS's own, the load balancer's advancedConfiguration.roleArn)" if balancing else ""
    policy = ", as the managed policy AmazonECSInfrastructureRolePolicyForLoadBalancers does" if balancing else ""
    return Finding(
        cause=Cause.ECS_PERMISSION,
        what=f"at {fault.stage} by ECS, not by a hook: its role may not {fault.action}",
        lines=(("role", f"{fault.role}{whose}"), ("lacks", f"{fault.action}{on}")),
        todo=f"allow it{policy}, then deploy again",
    )


def _of_ecs(fault: Fault, known: Known) -> Finding:
    ending = known.ending
    if fault.what is What.ALARM:
        names = ", ".join(filter(None, ending.alarms))
        return Finding(
            cause=Cause.ALARM,
            what=f"by ECS: {f'alarm {names}' if names else 'a CloudWatch alarm'} went off" + _during(ending),
            todo="look at the alarm's metric at that time, mend it, then deploy again; an alarms check would have waited for it",
        )
    if fault.what is What.BREAKER:
        count = f" ({ending.failed_tasks} failed)" if ending.failed_tasks else ""
        return Finding(
            cause=Cause.CIRCUIT_BREAKER,
            what=f"by ECS's circuit breaker: green's tasks did not become healthy{count}",
            todo="see why they stopped: aws ecs describe-tasks (stoppedReason), the service's events, the application's log",
        )
    if fault.what is What.TASKS:
        return Finding(
            cause=Cause.UNHEALTHY_TASKS,
            what="by ECS: green's tasks did not start or were not healthy",
            todo="see why they stopped: aws ecs describe-tasks (stoppedReason), the service's events, the application's log",
        )
    if fault.what is What.REPLACED:
        return Finding(
            cause=Cause.SUPERSEDED,
            what="by ECS: a newer deployment took its place",
            todo=f"look at the newer one: greenlight explain {ending.service_path}",
        )
    if fault.what is What.NO_CANDIDATE:
        return Finding(
            cause=Cause.NO_CANDIDATE,
            what="for a reason that this record does not hold",
            todo="the service's events hold it: aws ecs describe-services, events, the line before this one",
            missing=known.missing,
        )
    back = ending.status not in {"STOPPED", "STOP_REQUESTED"}
    return Finding(
        cause=Cause.MANUAL_ROLLBACK if back else Cause.MANUAL_STOP,
        what="by a person: " + ("a rollback was asked for" if back else "a stop was asked for") + _during(ending),
        lines=(("who", "CloudTrail's event StopServiceDeployment names them"),),
        todo="ask them; Greenlight had no part in it",
    )


def _during(ending: Ending) -> str:
    return f" during {ending.stage}" if ending.stage else ""
