"""What Greenlight's own verdicts say: which check decided, what it expected, what it found, who decided."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from greenlight.record import Answer, Approval, ApprovalState, VerdictEntry
from greenlight.record.approvals import Waited
from greenlight.story.ending import clock_text
from greenlight.story.finding import Finding
from greenlight.story.model import Cause

FAILED: Final = "FAILED"
IN_PROGRESS: Final = "IN_PROGRESS"
APPROVAL: Final = "approval"
PAUSE: Final = "pause"
_WAITED: Final = "inconclusive"

_FINE: Final = frozenset({"passed", "skipped"})
_STEP: Final = re.compile(r"at-([\d.]+)-percent")
_EXPECTED_FIRST: Final = re.compile(
    r"^(?P<where>.*?)\bexpected (?P<expected>.+?), (?:got|found) (?P<actual>.+)$", re.DOTALL
)
_EXPECTED_LAST: Final = re.compile(r"^(?P<actual>.+?), expected (?P<expected>[^;]+?)(?:; (?P<cure>.+))?$", re.DOTALL)
_CONFIGURATION: Final = "configuration: "
_MAX_GIST: Final = 140


def place_of(entry: VerdictEntry) -> str:
    """Say at which stage, and at which step of a shift, a verdict was made."""
    return f"{entry.stage}{_at_step(entry.step)}"


def finding_of(entry: VerdictEntry, approvals: Sequence[Approval]) -> Finding:
    """Tell a verdict that failed the deployment."""
    guilty = culprits(entry)
    decided = next((answer for answer in guilty if answer.kind == APPROVAL), None)
    if decided is not None:
        return _not_approved(entry, decided, approvals)
    if not guilty:
        return _without_checks(entry)
    names = " and ".join(dict.fromkeys(answer.name for answer in guilty))
    first = guilty[0]
    lines = [("check", f"{first.name} ({first.kind}), attempt {entry.attempt}"), *_seen(entry, first)]
    lines += [("also", f"{answer.name} ({answer.kind}): {answer.summary}") for answer in guilty[1:]]
    lines += [("also", f"only reported: {told}") for told in warnings_of([entry])]
    lines += [("report", entry.report)] if entry.report else []
    docs = f"docs/checks/{first.kind}.md says how it judges"
    return Finding(
        cause=Cause.GREENLIGHT,
        what=f"by Greenlight at {place_of(entry)}: {names} failed: {_gist(first.summary or entry.reason)}",
        lines=tuple(lines),
        todo=f"mend what {first.name} found, then deploy again; {docs}",
    )


def culprits(entry: VerdictEntry) -> list[Answer]:
    """Return the answers that made a verdict fail: what failed and blocks, else what had no answer in time."""
    failed = [answer for answer in entry.checks if answer.outcome == "failed" and answer.blocking]
    open_ones = [answer for answer in entry.checks if answer.outcome not in {*_FINE, "failed"} and answer.blocking]
    return failed or [answer for answer in open_ones if re.search(rf"\b{re.escape(answer.name)}\b", entry.reason)]


def warnings_of(entries: Sequence[VerdictEntry]) -> list[str]:
    """Tell what passed though somebody should look at it, once each."""
    told = [
        f"{answer.name} ({answer.kind}) at {entry.stage}: {answer.summary or answer.outcome}"
        for entry in entries
        for answer in entry.checks
        if answer.outcome not in _FINE and not (entry.status == FAILED and answer in culprits(entry))
    ]
    return list(dict.fromkeys(told))


def latest(entries: Sequence[VerdictEntry]) -> list[VerdictEntry]:
    """Return the last verdict of each function at each stage and step, in order."""
    last: dict[tuple[str, str, str], VerdictEntry] = {}
    for entry in sorted(entries, key=lambda entry: (entry.at, entry.attempt)):
        key = (entry.stage, entry.step, entry.function)
        last.pop(key, None)
        last[key] = entry
    return list(last.values())


def is_of_pause(approval: Approval) -> bool:
    """Tell whether a question is that of a PAUSE hook: ``pause``, or ``pause-HOOK`` for a later one of the deployment."""
    return approval.name == PAUSE or approval.name.startswith(f"{PAUSE}-")


def asked(approval: Approval) -> str:
    """Say what was asked of whom, and how it stands."""
    revision = approval.green.rpartition("/")[2]
    votes = f", {approval.approvals} of {approval.needed} approved" if approval.needed > 1 else ""
    return f"{approval.name} for revision {revision}, asked {clock_text(approval.requested_at)}{votes}"


def decisions(approval: Approval) -> Iterator[str]:
    """Tell who decided what, and why."""
    for decision in approval.decisions:
        verb = "approved" if decision.approves else "rejected"
        via = f" with {decision.via}" if decision.via else ""
        yield f"{decision.who} {verb} at {clock_text(decision.at)}{via}" + (
            f': "{decision.comment}"' if decision.comment else ""
        )


def refusal(approval: Approval, place: str, report: str = "", *, given_up: float | None = None) -> Finding:
    """Tell a question to people that did not end with a yes.

    Args:
        approval: The question.
        place: Where it was waited for.
        report: Where the report is; empty where there is none.
        given_up: When nobody was waited for any more, in seconds since the epoch; None for the question's own time.
    """
    said = [("who", told) for told in decisions(approval)]
    link = [("report", report)] if report else []
    if approval.state is ApprovalState.REJECTED:
        who = next((each.who for each in approval.decisions if not each.approves), "somebody")
        return Finding(
            cause=Cause.APPROVAL,
            what=f"at {place}: {short_name(who)} rejected it",
            lines=(("approval", asked(approval)), *said, *link),
            todo=f"settle it with {short_name(who)}, then deploy again; a new deployment is asked for anew",
        )
    why = f" ({approval.closed})" if approval.closed not in {"", Waited.EXPIRED} else ""
    until = clock_text(approval.expires_at if given_up is None else min(approval.expires_at, given_up))
    return Finding(
        cause=Cause.APPROVAL,
        what=f"at {place}: not approved by {until}{why}",
        lines=(("approval", asked(approval)), *(said or [("who", "nobody decided")]), *link),
        todo="deploy again and decide in time (greenlight approve DEPLOYMENT --comment …), or allow more time in the gates file",
    )


def short_name(who: str) -> str:
    """Return the part of an ARN that names a person."""
    return who.rpartition("/")[2] if who.startswith("arn:") else who


def _not_approved(entry: VerdictEntry, answer: Answer, approvals: Sequence[Approval]) -> Finding:
    found = next((each for each in approvals if each.name == answer.name), None)
    # A check that could not read the record, or found another question there, is not people's fault.
    waited = found is not None and found.state is not ApprovalState.APPROVED and answer.outcome == _WAITED
    if found is not None and (waited or found.state is ApprovalState.REJECTED):
        return refusal(found, place_of(entry), entry.report, given_up=entry.at)
    report = [("report", entry.report)] if entry.report else []
    return Finding(
        cause=Cause.APPROVAL,
        what=f"at {place_of(entry)}: {answer.name}: {_gist(answer.summary or entry.reason)}",
        lines=(("check", f"{answer.name} ({answer.kind}), attempt {entry.attempt}"), *_seen(entry, answer), *report),
        todo="mend what it says, or settle it with whoever decides, then deploy again; a new deployment is asked for anew",
    )


def _without_checks(entry: VerdictEntry) -> Finding:
    report = (("report", entry.report),) if entry.report else ()
    if entry.reason.startswith(_CONFIGURATION):
        mistakes = entry.reason.removeprefix(_CONFIGURATION)
        return Finding(
            cause=Cause.CONFIGURATION,
            what=f"by Greenlight at {place_of(entry)}: the configuration cannot be used",
            lines=(("mistake", mistakes), *report),
            todo="correct the gates file (greenlight validate finds every mistake before a deployment), then deploy again",
        )
    return Finding(
        cause=Cause.GREENLIGHT,
        what=f"by Greenlight at {place_of(entry)}: nothing could be checked",
        lines=(("found", entry.reason), *report),
        todo="mend what it says, then deploy again; what was not checked does not pass",
    )


def _seen(entry: VerdictEntry, answer: Answer) -> list[tuple[str, str]]:
    if answer.outcome != "failed":
        told = next((part for part in entry.reason.split("; ") if part.startswith(answer.name)), entry.reason)
        return [
            ("expected", "an answer in time"),
            ("actual", f"{told}; last: {answer.summary}" if answer.summary else told),
        ]
    if match := _EXPECTED_FIRST.match(answer.summary):
        where = match["where"].strip(" :,")
        return [("expected", match["expected"]), ("actual", match["actual"] + (f" ({where})" if where else ""))]
    if match := _EXPECTED_LAST.match(answer.summary):
        cure = f"; {match['cure']}" if match["cure"] else ""
        return [("expected", match["expected"]), ("actual", match["actual"] + cure)]
    return [("found", answer.summary or entry.reason)]


def _gist(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_GIST else f"{line[: _MAX_GIST - 1]}…"


def _at_step(step: str) -> str:
    match = _STEP.fullmatch(step)
    return f" (green at {match[1]} percent)" if match else (f" ({step})" if step else "")
