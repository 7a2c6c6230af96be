"""The logs of Greenlight's functions, as much of them as one deployment needs.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from greenlight import clock
from greenlight.story.ending import Ending
from greenlight_cli.account import Account
from greenlight_cli.explain.facts import Facts, facts_or

MAX_PAGES: Final = 10
"""Pages that are asked for of each log group, empty ones among them: CloudWatch gives what it found in a part of the streams."""

_PAGE: Final = 500
_BEFORE_SECONDS, _AFTER_SECONDS = 60.0, 15 * 60.0
# What Lambda itself writes of a function that gave no answer; it does not name the deployment.
_CRASHES: Final = " ".join(
    f'?"{words}"'
    for words in (
        "Task timed out",
        "timeout",
        "Runtime.ExitError",
        "Runtime.ImportModuleError",
        "Runtime.OutOfMemory",
        "Runtime exited",
        "signal: killed",
    )
)


def needed(facts: Facts, ending: Ending) -> bool:
    """Tell whether the record leaves open what only the logs know."""
    if ending.status in {"SUCCESSFUL", "PENDING", "IN_PROGRESS"}:
        return False
    return crashed(ending) or not any(entry.status == "FAILED" for entry in facts.verdicts)


def crashed(ending: Ending) -> bool:
    """Tell whether a function may have given no answer."""
    return "unable to parse the response" in f"{ending.first_reason} {ending.reason}"


def read_logs(facts: Facts, ending: Ending) -> list[dict[str, Any]]:
    """Read the lines that are about a deployment, in order; what cannot be read goes to the facts' trouble.

    Args:
        facts: What is known.
        ending: The deployment.
    """
    groups = {group: arn for group, arn in facts.functions.items() if group.startswith("/")}
    if not groups:
        if not facts.trouble:
            facts.trouble.append(f"stack {facts.account.stack} does not name the log groups of its functions")
        return []
    patterns = [f'"{ending.id}"', *([_CRASHES] if crashed(ending) else [])]
    began = (ending.began if ending.began is not None else clock.now() - 24 * 3600) - _BEFORE_SECONDS
    ended = (ending.ended if ending.ended is not None else clock.now()) + _AFTER_SECONDS
    window = {"startTime": max(0, int(began * 1000)), "endTime": int(ended * 1000)}
    found: dict[str, tuple[float, dict[str, Any]]] = {}
    for group, arn in groups.items():
        for pattern in patterns:

            def ask(group: str = group, arn: str = arn, pattern: str = pattern) -> None:
                for event in _events(facts.account, group, pattern, window):
                    found[str(event.get("eventId"))] = (float(event.get("timestamp") or 0), _line(event, arn))

            facts_or(facts, None, ask)
    return [line for _, line in sorted(found.values(), key=lambda pair: pair[0])]


def _events(account: Account, group: str, pattern: str, window: Mapping[str, int]) -> Iterator[Mapping[str, Any]]:
    asked: dict[str, Any] = {"logGroupName": group, "filterPattern": pattern, "limit": _PAGE, **window}
    for _ in range(MAX_PAGES):
        reply = account.call("logs", "filter_log_events", **asked)
        yield from reply.get("events") or ()
        token = reply.get("nextToken")
        if not token or token == asked.get("nextToken"):
            return
        asked["nextToken"] = token


def _line(event: Mapping[str, Any], arn: str) -> dict[str, Any]:
    text = str(event.get("message") or "")
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    return {**(parsed if isinstance(parsed, dict) else {"message": text}), "function": arn}
