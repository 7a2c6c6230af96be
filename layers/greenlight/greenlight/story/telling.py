"""From ECS's record, Greenlight's record and the logs to a story."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from greenlight.record import Approval, ApprovalState, VerdictEntry
from greenlight.story import faults
from greenlight.story.ending import UNDER_WAY, UNKNOWN, Ending, clock_text, read
from greenlight.story.faults import Known
from greenlight.story.finding import Finding
from greenlight.story.model import MAX_LINES, Cause, Story
from greenlight.story.texts import Fault, What, faults_in, function_name
from greenlight.story.verdicts import (
    IN_PROGRESS,
    asked,
    decisions,
    finding_of,
    is_of_pause,
    latest,
    place_of,
    warnings_of,
)

_MAX_TEXT: Final = 400
_LEAST_WORTH: Final = ("also", "only reported", "deployment", "ECS said")
"""What is left out first, from the end, where there is too much to tell."""

_GOOD: Final = frozenset({Cause.SUCCEEDED, Cause.IN_PROGRESS, Cause.WAITING_FOR_APPROVAL, Cause.WAITING_AT_PAUSE})

_HOW: Final = {
    "ROLLBACK_REQUESTED": "is going back",
    "ROLLBACK_IN_PROGRESS": "is going back",
    "ROLLBACK_SUCCESSFUL": "rolled back",
    "ROLLBACK_FAILED": "could not be rolled back after it was stopped",
    "STOP_REQUESTED": "is being stopped",
    "STOPPED": "stopped",
    UNKNOWN: "was told to roll back",
}
_NOTHING_TO_GO_BACK_TO: Final = "could not be created, and there is nothing to go back to; stopped"
_WAY_BACK: Final = "traffic may be split: give production back to blue first (greenlight status {} shows the weights)"


def tell(
    deployment: Mapping[str, Any],
    verdicts: Sequence[VerdictEntry],
    approvals: Sequence[Approval],
    *,
    log_lines: Sequence[Mapping[str, Any]] = (),
    functions: Collection[str] = (),
) -> Story:
    """Tell how a deployment went, and why.

    Args:
        deployment: Its record of DescribeServiceDeployments, as boto3 returns it.
        verdicts: What Greenlight's record has of it; empty where the record is off.
        approvals: The questions to people about it.
        log_lines: Lines of the functions' logs: parsed JSON, or ``{"message": text}``; with the function's name as ``function``.
        functions: Names or ARNs of Greenlight's functions, by which its hooks are told from others'.
    """
    ending = read(deployment)
    known = Known(ending, verdicts, approvals, log_lines, functions)
    if ending.status == "SUCCESSFUL":
        return _succeeded(known)
    if ending.status in UNDER_WAY or (ending.status == UNKNOWN and known.failed() is None):
        return _under_way(known)
    return _went_wrong(known)


def _succeeded(known: Known) -> Story:
    ending = known.ending
    warnings = warnings_of(latest(known.verdicts))
    unanswered = _unanswered(known)
    missing = [("missing", known.missing)] if known.missing and known.functions else []
    head = f"{ending.service}: succeeded, revision {ending.green} is in production"
    if unanswered:
        lines = [("unchecked", told) for told in unanswered]
        todo = "check the service by hand; let the hooks' timeoutConfiguration roll back (action ROLLBACK), or give them more time"
        head = f"{head}, though not everything was checked: ECS stopped waiting for a hook and went on"
        return _story(known, Cause.HOOK_TIMEOUT, head, [*lines, *missing, ("next", todo)])
    told = [("warning", warning) for warning in warnings]
    people = [("who", said) for approval in known.approvals for said in decisions(approval)]
    if warnings:
        head = f"{head}, with {len(warnings)} warning{'' if len(warnings) == 1 else 's'}"
        told.append(("next", "look at what was only reported, before it is what fails"))
    return _story(known, Cause.SUCCEEDED, head, [*people, *missing, *told])


def _unanswered(known: Known) -> list[str]:
    """Tell which gates the deployment passed without a verdict, because a hook's time-out lets it go on."""
    told = [
        f"{place_of(entry)}, attempt {entry.attempt} was the last: {entry.reason}"
        for entry in latest(known.verdicts)
        if entry.status == IN_PROGRESS
    ]
    for hook in known.ending.hooks:
        if hook.status == "TIMED_OUT" and (hook.is_pause or not told):
            told.append("the PAUSE hook, which nobody answered" if hook.is_pause else function_name(hook.target))
    return told


def _under_way(known: Known) -> Story:
    ending = known.ending
    pause = next((hook for hook in ending.hooks if hook.is_pause and hook.status == "AWAITING_ACTION"), None)
    open_ones = [each for each in known.approvals if each.state is ApprovalState.OPEN]
    waiting = next((each for each in reversed(open_ones) if is_of_pause(each) == (pause is not None)), None)
    if pause is not None:
        until = f", until {clock_text(pause.expires_at)}" if pause.expires_at is not None else ""
        then = "goes on" if pause.goes_on else "rolls back"
        lines = [("approval", asked(waiting))] if waiting else []
        lines += [("who", said) for said in decisions(waiting)] if waiting else []
        todo = f"greenlight approve {ending.path} --comment …, or greenlight reject {ending.path} --comment …"
        head = f"{ending.service}: waits at {ending.stage} for somebody to answer its PAUSE hook{until}; then it {then}"
        return _story(known, Cause.WAITING_AT_PAUSE, head, [*lines, ("hook", pause.id), ("next", todo)])
    if waiting is not None:
        people = (
            f"{waiting.needed - waiting.approvals} of {waiting.needed} approvals" if waiting.needed > 1 else "approval"
        )
        head = f"{ending.service}: waits at {waiting.stage} for {people} ({waiting.name}), until {clock_text(waiting.expires_at)}"
        lines = [("approval", asked(waiting)), *(("who", said) for said in decisions(waiting))]
        lines += [("report", entry.report) for entry in latest(known.verdicts)[-1:] if entry.report]
        todo = f"greenlight approve {ending.path} --comment …, or greenlight reject {ending.path} --comment …"
        return _story(known, Cause.WAITING_FOR_APPROVAL, head, [*lines, ("next", todo)])
    last = latest(known.verdicts)
    lines = [
        ("last verdict", f"{place_of(each)}, attempt {each.attempt}, {each.status}: {each.reason}")
        for each in last[-1:]
    ]
    lines += [("warning", told) for told in warnings_of(last[:-1])]
    stage = ending.stage or (last[-1].stage if last else "its beginning")
    if ending.status == UNKNOWN:
        head = f"{ending.service}: ECS did not say how it stands; {f'it came to {stage}' if last else 'nothing is recorded of it'}"
        return _story(
            known, Cause.UNKNOWN, head, [*lines, ("next", f"greenlight explain {ending.path}, once ECS answers")]
        )
    head = f"{ending.service}: goes on, at {stage}"
    return _story(known, Cause.IN_PROGRESS, head, [*lines, ("next", f"greenlight watch {ending.service_path}")])


def _went_wrong(known: Known) -> Story:
    ending = known.ending
    findings = _findings(known)
    first = findings[0]
    no_candidate = "No rollback candidate" in ending.reason
    way_back_failed = ending.status == "ROLLBACK_FAILED" and not no_candidate
    how = _NOTHING_TO_GO_BACK_TO if no_candidate else _HOW.get(ending.status, f"ended {ending.status}")
    lines = list(first.lines)
    lines += [("also", ": ".join(filter(None, (other.what, _sum(other))))) for other in findings[1:]]
    if way_back_failed:
        lines.append(("way back", ending.reason))
    elif ending.reason or ending.first_reason:
        lines.append(("ECS said", ending.first_reason if no_candidate else ending.reason or ending.first_reason))
    missing = "; ".join(dict.fromkeys(filter(None, (finding.missing for finding in findings))))
    lines += [("missing", missing)] if missing else []
    lines.append(
        ("next", f"{_WAY_BACK.format(ending.service_path)}; then {first.todo}" if way_back_failed else first.todo)
    )
    cause = Cause.ROLLBACK_FAILED if way_back_failed else first.cause
    return _story(known, cause, f"{ending.service}: {how} {first.what}", lines)


def _findings(known: Known) -> list[Finding]:
    """Say what went wrong, what weighs most first."""
    ending = known.ending
    told = faults_in(ending.first_reason) if ending.first_reason else []
    hooks = [fault for fault in told if fault.target or fault.what in _OF_A_HOOK]
    shown = [] if told and not hooks else _of_hook_states(ending, told)
    found = [faults.find(fault, known) for fault in [*told, *shown] if fault.what is not What.NO_CANDIDATE]
    found = [*found, *_other_failures(known, hooks)]
    if not found and ending.alarms:
        found = [faults.find(Fault(what=What.ALARM), known)]
    if not found and ending.breaker:
        found = [faults.find(Fault(what=What.BREAKER), known)]
    failed = known.failed()
    if not found and failed is not None:
        found = [finding_of(failed, known.approvals)]
    if not found and any(fault.what is What.NO_CANDIDATE for fault in told):
        found = [faults.find(Fault(what=What.NO_CANDIDATE), known)]
    if not found and ending.status in {"ROLLBACK_REQUESTED", "STOP_REQUESTED"}:
        found = [faults.find(Fault(what=What.REQUESTED), known)]
    ours = [finding for finding in found if finding.cause in {Cause.GREENLIGHT, Cause.APPROVAL, Cause.CONFIGURATION}]
    once: dict[tuple[Cause, str], Finding] = {}
    for finding in [*ours, *found]:
        once.setdefault((finding.cause, finding.what), finding)
    return list(once.values()) or [_unknown(known)]


_OF_A_HOOK: Final = frozenset({What.PAUSE_TIMED_OUT, What.PAUSE_REFUSED, What.ROLE_NOT_ASSUMED})


def _of_hook_states(ending: Ending, told: Sequence[Fault]) -> list[Fault]:
    """Return what the states of the hooks tell besides: ECS may name one of several that failed."""
    named = {function_name(fault.target) for fault in told if fault.target}
    stage = next((fault.stage for fault in told if fault.stage), ending.stage)
    found = []
    for hook in ending.hooks:
        if (
            hook.is_pause
            and hook.status in {"TIMED_OUT", "FAILED"}
            and not any(fault.what in _OF_A_HOOK for fault in told)
        ):
            what = What.PAUSE_TIMED_OUT if hook.status == "TIMED_OUT" else What.PAUSE_REFUSED
            found.append(Fault(what=what, stage=stage))
        elif hook.target and function_name(hook.target) not in named and hook.status in {"TIMED_OUT", "FAILED"}:
            what = What.TIMED_OUT if hook.status == "TIMED_OUT" else What.RETURNED_FAILED
            found.append(Fault(what=what, stage=stage, target=hook.target))
    return [fault for fault in found if fault.what is not What.TIMED_OUT or not _goes_on(ending, fault.target)]


def _goes_on(ending: Ending, target: str) -> bool:
    return any(hook.goes_on for hook in ending.hooks if hook.target == target)


def _other_failures(known: Known, hooks: Sequence[Fault]) -> list[Finding]:
    """Return other gates of the stage that failed as well, which ECS need not mention."""
    stages = {fault.stage for fault in hooks if fault.stage}
    entries = [entry for entry in latest(known.failures) if entry.stage in stages]
    return [finding_of(entry, known.approvals) for entry in entries]


def _unknown(known: Known) -> Finding:
    ending = known.ending
    stopped = ending.status in {"STOPPED", "STOP_REQUESTED"}
    guess = "a person stopped it, or a newer deployment took its place" if stopped else "a person may have asked for it"
    return Finding(
        cause=Cause.UNKNOWN,
        what=f"for a reason that is not known here{f', during {ending.stage}' if ending.stage else ''}",
        lines=(("ruled out", f"no hook, alarm or circuit breaker shows as failed; {guess}"),),
        todo="CloudTrail's events StopServiceDeployment and UpdateService, and the service's own events, know more",
        missing=known.missing,
    )


def _sum(finding: Finding) -> str:
    return "; ".join(
        f"{label} {text}" for label, text in finding.lines if label in {"expected", "actual", "found", "problem"}
    )


def _story(known: Known, cause: Cause, head: str, told: Sequence[tuple[str, str]]) -> Story:
    ending = known.ending
    after = f" after {ending.lasted}" if ending.lasted else ""
    back = f", back on revision {ending.back_on}" if ending.back_on and "ROLLBACK" in ending.status else ""
    kept = [("deployment", f"{ending.id}, {ending.status}{after}{back}"), *told]
    for label in _LEAST_WORTH:
        while len(kept) > MAX_LINES - 2 and label in {each for each, _ in kept}:
            kept.pop(max(index for index, (each, _) in enumerate(kept) if each == label))
    over = len(kept) - (MAX_LINES - 2)
    if over > 0:  # the last line says what to do, and stays
        kept = [*kept[: -over - 2], ("more", f"{over + 1} lines are left out"), kept[-1]]
    headline = _one_line(head)
    lines = (headline, *(f"{label}: {_one_line(text)}" for label, text in kept))
    return Story(status=ending.status, good=cause in _GOOD, cause=cause, headline=headline, lines=lines)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_TEXT else f"{line[: _MAX_TEXT - 1]}…"
