"""What the functions' logs know: verdicts where the record has none, and why a function gave no answer.

A line is a mapping: the parsed JSON, or ``{"message": text}`` where Lambda wrote text. Whoever collected the lines adds the name
of the function as ``function``, where it is known.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from greenlight.record import Answer, VerdictEntry
from greenlight.story.ending import seconds_of
from greenlight.story.texts import function_name


@dataclass(frozen=True)
class Crash:
    """Why a function gave no answer.

    Attributes:
        what: What happened.
        todo: What to do about it.
    """

    what: str
    todo: str


_OURS: Final = "greenlight"

# As Lambda writes them, in text and in JSON:
# https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
# https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (status timeout, errorType)
_CRASHES: Final = (
    (
        re.compile(r"Runtime\.OutOfMemory|(?:Runtime exited with error: )?signal: killed"),
        "the function ran out of memory",
        "raise MemorySize of the functions in template.yaml, or give the gate smaller suites and bodies",
    ),
    (
        re.compile(r"Runtime\.ImportModuleError[^\"]*|Unable to import module[^\"]*"),
        "the function could not be loaded",
        "deploy the stack again from a clean build (sam build), layer and functions of one version",
    ),
    (
        re.compile(r"Task timed out after [\d.]+ seconds|\"status\": ?\"timeout\""),
        "the function ran out of time",
        "raise its time-out (the parameter …Timeout of the stack), or give the gate less to do",
    ),
    (
        re.compile(r"Runtime\.(?:ExitError|Unknown|HandlerNotFound|MarshalError)[^\"]*|Runtime exited[^\"]*"),
        "the function's process ended before it answered",
        "look at its log just before that line; deploy the stack again from a clean build (sam build)",
    ),
)


def verdicts_in(lines: Sequence[Mapping[str, Any]], deployment: str) -> list[VerdictEntry]:
    """Return the verdicts that were logged about a deployment, in the order of the lines."""
    return [
        _verdict(line, deployment)
        for line in lines
        if line.get("message") == "verdict" and line.get("deployment") == deployment and line.get("hook_status")
    ]


def crash_in(lines: Sequence[Mapping[str, Any]], target: str) -> Crash | None:
    """Return why a function gave no answer, by the last line that says so; None where none does.

    Args:
        lines: Of the time of the deployment.
        target: ARN of the function.
    """
    for line in reversed(lines):
        name = str(line.get("function") or "")
        if line.get("service") == _OURS:  # what we log quotes others
            continue
        if name and function_name(name) != function_name(target):
            continue
        text = json.dumps({key: value for key, value in line.items() if key != "function"}, default=str)
        for pattern, what, todo in _CRASHES:
            if match := pattern.search(text):
                words = match[0].strip() if '"' not in match[0] else ""
                return Crash(f"{what}{f': {words}' if words else ''}", todo)
    return None


def _verdict(line: Mapping[str, Any], deployment: str) -> VerdictEntry:
    attempt, told = line.get("attempt"), line.get("checks")
    checks = [check for check in told if isinstance(check, Mapping)] if isinstance(told, list | tuple) else []
    return VerdictEntry(
        deployment=deployment,
        deployment_arn="",
        service=str(line.get("ecs_service") or ""),
        service_arn="",
        green="",
        stage=str(line.get("stage") or ""),
        step=str(line.get("step") or ""),
        gate="",
        function=str(line.get("function") or ""),
        attempt=attempt if isinstance(attempt, int) else 1,
        status=str(line["hook_status"]),
        reason=str(line.get("reason") or ""),
        at=_at(line.get("timestamp")),
        checks=tuple(
            Answer(
                name=str(check.get("name") or ""),
                kind=str(check.get("kind") or ""),
                outcome=str(check.get("outcome") or ""),
                summary=str(check.get("summary") or ""),
                blocking=bool(check.get("blocking", True)),
            )
            for check in checks
        ),
        report=str(line.get("report_url") or line.get("report") or ""),
    )


def _at(timestamp: Any) -> float:
    try:
        return datetime.fromisoformat(str(timestamp)).timestamp()
    except ValueError:
        return seconds_of(timestamp) or 0.0
