"""How a deployment stands, in lines. Nothing here changes from one look to the next unless the deployment does."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from greenlight.record import Approval, ApprovalState
from greenlight.story.ending import UNDER_WAY, Ending, clock_text, read
from greenlight.story.texts import function_name
from greenlight.story.verdicts import latest, place_of
from greenlight_cli.explain.facts import Facts

_WIDTH: Final = 11
_LIST, _STEP_STRATEGIES = "- ", {"LINEAR": "linearConfiguration", "CANARY": "canaryConfiguration"}


def lines_of(facts: Facts) -> list[str]:
    """Describe how a deployment stands, a line each."""
    ending = read(facts.deployment)
    parts = (_head, _revisions, _hooks, _gates, _waiting)
    told = [pair for part in parts for pair in part(facts, ending)]
    told += [("trouble", problem) for problem in facts.trouble]
    return [f"{title:<{_WIDTH}} {' '.join(text.split())}" for title, text in told]


def _head(facts: Facts, ending: Ending) -> Iterator[tuple[str, str]]:
    stage = f" at {ending.stage}" if ending.stage and ending.status in UNDER_WAY else ""
    began = f", since {clock_text(ending.began)}" if ending.began is not None else ""
    ended = f", ended {clock_text(ending.ended)} after {ending.lasted}" if ending.ended is not None else ""
    yield "service", f"{ending.service_path}, {_strategy(facts.deployment)}"
    yield "deployment", ending.id
    yield "status", f"{ending.status}{stage}{began}{ended}"
    if ending.reason:
        yield "ECS says", ending.reason


def _strategy(record: Mapping[str, Any]) -> str:
    configuration = record.get("deploymentConfiguration") or {}
    strategy = str(configuration.get("strategy") or "ROLLING")
    steps = configuration.get(_STEP_STRATEGIES.get(strategy, "")) or {}
    words = []
    if steps.get("stepPercent") or steps.get("canaryPercent"):
        words.append(f"{steps.get('stepPercent') or steps.get('canaryPercent'):g} percent a step")
    if configuration.get("bakeTimeInMinutes"):
        words.append(f"bakes {configuration['bakeTimeInMinutes']} min")
    return ", ".join([strategy, *words])


def _revisions(facts: Facts, ending: Ending) -> Iterator[tuple[str, str]]:
    for source in facts.deployment.get("sourceServiceRevisions") or ():
        if source.get("arn"):
            yield "blue", _revision(source)
    if ending.green:
        yield "green", _revision(facts.deployment["targetServiceRevision"])


def _revision(summary: Mapping[str, Any]) -> str:
    production = float(summary.get("requestedProductionTrafficWeight") or 0)
    test = float(summary.get("requestedTestTrafficWeight") or 0)
    tasks = f"{summary.get('runningTaskCount') or 0} of {summary.get('requestedTaskCount') or 0} tasks run"
    revision = str(summary["arn"]).rpartition("/")[2]
    return f"revision {revision}: production {production:g} percent, test {test:g} percent, {tasks}"


def _hooks(facts: Facts, ending: Ending) -> Iterator[tuple[str, str]]:
    ours = {function_name(arn) for arn in facts.functions.values()} | {
        function_name(entry.function) for entry in facts.verdicts if entry.function
    }
    attempts = {function_name(entry.function): entry.attempt for entry in latest(facts.verdicts)}
    for hook in ending.hooks:
        name = "PAUSE" if hook.is_pause else function_name(hook.target)
        whose = "" if hook.is_pause or name in ours else ", not Greenlight's"
        attempt = f", attempt {attempts[name]}" if name in attempts and hook.status == "IN_PROGRESS" else ""
        then = "goes on" if hook.goes_on else "rolls back"
        waits = hook.expires_at is not None and hook.status in {"IN_PROGRESS", "AWAITING_ACTION"}
        until = (
            f", until {clock_text(hook.expires_at)}, then it {then}" if waits and hook.expires_at is not None else ""
        )
        yield "hook", f"{name}{whose}: {hook.status}{attempt}{until}"


def _gates(facts: Facts, ending: Ending) -> Iterator[tuple[str, str]]:
    gates = latest(facts.verdicts)
    if not gates and ending.status in UNDER_WAY:
        yield "gates", "no verdict yet"
    for entry in gates:
        yield "gate", f"{place_of(entry)}: {entry.status}, attempt {entry.attempt}: {entry.reason}"


def _waiting(facts: Facts, ending: Ending) -> Iterator[tuple[str, str]]:
    if ending.status not in UNDER_WAY:
        return
    paused = any(hook.is_pause and hook.status == "AWAITING_ACTION" for hook in ending.hooks)
    open_ones = [each for each in facts.approvals if each.state is ApprovalState.OPEN]
    for approval in open_ones:
        yield "waits for", _asked(approval)
    if open_ones or paused:
        yield (
            "answer",
            f"greenlight approve {ending.path} --comment …   or   greenlight reject {ending.path} --comment …",
        )


def _asked(approval: Approval) -> str:
    yes = ", ".join(each.who.rpartition("/")[2] for each in approval.decisions if each.approves)
    have = f"{approval.approvals} of {approval.needed} approvals{f' ({yes})' if yes else ''}"
    return f"{approval.name} at {approval.stage}: {have}, until {clock_text(approval.expires_at)}"
