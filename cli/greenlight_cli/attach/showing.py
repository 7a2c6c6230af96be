"""The difference, hook by hook, before anything is changed."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from rich.text import Text

from greenlight_cli.attach.merging import Change, Fate, Merge
from greenlight_cli.doctor.hook import PAUSE, Hook
from greenlight_cli.run.view.screen import Screen

_STYLES: Final[Mapping[Fate, str]] = {
    Fate.ADDED: "green",
    Fate.CHANGED: "yellow",
    Fate.REMOVED: "red",
    Fate.STAYS: "dim",
}
_WORDS: Final[Mapping[str, str]] = {
    "target": "hookTargetArn",
    "role": "roleArn",
    "stages": "lifecycleStages",
    "details": "hookDetails",
    "timeout": "timeoutInMinutes",
    "action": "timeout action",
}


def show_merge(screen: Screen, merge: Merge) -> None:
    """Write what becomes of each hook, and in which respect it changes.

    Args:
        screen: Where to.
        merge: What becomes of the hooks.
    """
    for change in merge.changes:
        style = "" if screen.plain else _STYLES[change.fate]
        screen.line(Text(f"{change.fate} {_title(change)}", style=style))
        for line in _details(change):
            screen.line(Text(_harmless(line), style=style), indent=4)


def _title(change: Change) -> str:
    hook = change.after or change.before
    if hook is None:
        raise ValueError("a change of no hook")
    stays = ", stays as it is" if change.fate is Fate.STAYS else ""
    return _harmless(f"{'+'.join(hook.stages)} {_who(hook)}{stays}")


def _who(hook: Hook) -> str:
    if hook.kind == PAUSE:
        return "PAUSE"
    whose = "" if hook.made_for else " (not Greenlight's)"
    return f"{hook.target.rpartition(':')[2]}{whose}"


def _details(change: Change) -> Iterator[str]:
    before, after = change.before, change.after
    if after is None or change.fate is Fate.STAYS:
        return
    if before is None:
        essence = after.essence
        if essence["role"]:
            yield f"roleArn: {essence['role']}"
        if essence["details"]:
            yield f"hookDetails: {_json(essence['details'])}"
        yield f"waits {after.timeout_minutes} min, then {after.timeout_action}"
        return
    old, new = before.essence, after.essence
    for key, word in _WORDS.items():
        if old[key] != new[key]:
            yield f"{word}: {_json(old[key])} -> {_json(new[key])}"


def _json(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _harmless(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
