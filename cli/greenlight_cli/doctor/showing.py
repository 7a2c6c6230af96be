"""Findings for people, and for programs."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from rich.text import Text

from greenlight_cli.doctor.finding import Finding, Level
from greenlight_cli.run.view.screen import Screen

_STYLES: Final[Mapping[Level, str]] = {
    Level.ERROR: "bold red",
    Level.UNKNOWN: "magenta",
    Level.WARNING: "yellow",
    Level.OK: "green",
}
_WIDTH: Final = max(len(level) for level in Level)
_INDENT: Final = _WIDTH + 1


def show_findings(screen: Screen, findings: Iterable[Finding]) -> None:
    """Write findings, the place first, and each cure under what it cures.

    Args:
        screen: Where to; without colours where it can show none.
        findings: In the order in which they are told.
    """
    for finding in findings:
        style = "" if screen.plain else _STYLES[finding.level]
        line = Text.assemble((f"{finding.level.upper():<{_WIDTH}} ", style), f"{finding.place}: {finding.text}")
        screen.line(_harmless(line))
        if finding.cure:
            screen.line(_harmless(Text(f"-> {finding.cure}")), indent=_INDENT)


def total(findings: Sequence[Finding]) -> str:
    """Say in one line how a service stands."""
    count = Counter(finding.level for finding in findings)
    parts = [
        f"{count[Level.ERROR]} error{'' if count[Level.ERROR] == 1 else 's'}",
        f"{count[Level.WARNING]} warning{'' if count[Level.WARNING] == 1 else 's'}",
        *([f"{count[Level.UNKNOWN]} could not be looked at"] if count[Level.UNKNOWN] else []),
        f"{count[Level.OK]} ok",
    ]
    return ", ".join(parts)


def as_json(service: str, findings: Sequence[Finding]) -> str:
    """Write findings for programs.

    Args:
        service: The ARN of the service.
        findings: What was found.
    """
    count = Counter(finding.level for finding in findings)
    document: dict[str, Any] = {
        "service": service,
        "errors": count[Level.ERROR],
        "warnings": count[Level.WARNING],
        "unknown": count[Level.UNKNOWN],
        "findings": [
            {"level": str(each.level), "place": each.place, "text": each.text, "cure": each.cure} for each in findings
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _harmless(text: Text) -> Text:
    """Return a text without what would steer a terminal; others wrote parts of it."""
    clean = "".join(_letters(text.plain))
    text.plain = clean
    return text


def _letters(text: str) -> Iterator[str]:
    for letter in text:
        yield letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}"
