"""Findings as text for people, as JSON for programs, and as annotations for GitHub Actions."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from greenlight_cli.kinds import Kind
from greenlight_cli.validate.findings import Finding, Findings, Located

_ELSEWHERE: Final = "is not on this machine, so it was not looked at"


def as_text(findings: Findings) -> Iterator[str]:
    """Give the lines for people: the mistakes of each file, and how many there are."""
    for finding in findings.files:
        yield _heading(finding)
        for mistake in finding.located():
            yield f"  {_place(finding, mistake)}: {mistake.text}"
    for file in findings.not_looked_at:
        yield f"{file.place}: {file.location} {_ELSEWHERE}"
    yield _total(findings)


def as_json(findings: Findings) -> Iterator[str]:
    """Give one JSON object."""
    yield json.dumps(
        {
            "files": [_file(finding) for finding in findings.files],
            "not_looked_at": [{"place": file.place, "location": file.location} for file in findings.not_looked_at],
            "mistakes": findings.mistakes,
        },
        indent=2,
    )


def as_annotations(findings: Findings) -> Iterator[str]:
    """Give a workflow command for each mistake, and the total for the log.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
    """
    for finding in findings.files:
        for mistake in finding.located():
            where = {"file": finding.name, "line": mistake.line, "title": "greenlight validate"}
            yield _command("error", where, f"{mistake.path}: {mistake.text}".removeprefix(": "))
    for file in findings.not_looked_at:
        yield _command("notice", {"title": "greenlight validate"}, f"{file.place}: {file.location} {_ELSEWHERE}")
    yield _total(findings)


FORMATS: Final[Mapping[str, Callable[[Findings], Iterator[str]]]] = {
    "text": as_text,
    "json": as_json,
    "github": as_annotations,
}


def _heading(finding: Finding) -> str:
    if finding.mistakes:
        return f"{finding.name}: {_count(len(finding.mistakes), 'mistake')}"
    return f"{finding.name}: ok, a {finding.kind.value} with {finding.content}" if finding.kind else finding.name


def _place(finding: Finding, mistake: Located) -> str:
    where = finding.name if mistake.line is None else f"{finding.name}:{mistake.line}"
    return f"{where} {mistake.path}".rstrip()


def _total(findings: Findings) -> str:
    files = _count(len(findings.files), "file")
    return f"{files}, {_count(findings.mistakes, 'mistake') if findings.mistakes else 'no mistakes'}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _file(finding: Finding) -> dict[str, Any]:
    kinds = {Kind.GATES: "gates", Kind.SUITE: "suite", None: None}
    mistakes = [{"line": mistake.line, "path": mistake.path, "text": mistake.text} for mistake in finding.located()]
    return {"file": finding.name, "kind": kinds[finding.kind], "mistakes": mistakes}


def _command(name: str, properties: Mapping[str, Any], message: str) -> str:
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value is not None)
    return f"::{name} {told}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: Any) -> str:
    return _escaped(str(value)).replace(":", "%3A").replace(",", "%2C")
