"""The report as JUnit XML, as Jenkins, GitLab and the actions of GitHub read it.

It is red if and only if the verdict is: what went wrong and was only reported is a skipped test that says so.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from greenlight.reports.telling import test_lines

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
_RED: Final = frozenset({"failed", "error"})
_TAGS: Final = {
    "failed": "failure",
    "error": "error",
    "not_run": "skipped",
    "inconclusive": "skipped",
    "skipped": "skipped",
}
_COUNTED: Final = {"failures": "failure", "errors": "error", "skipped": "skipped"}


@dataclass(frozen=True, kw_only=True)
class _Case:
    """One test case.

    Attributes:
        name: Of the test, or of the check.
        outcome: Of a test or of a check.
        message: One sentence where it did not pass.
        lines: All that there is to tell.
        seconds: How long it lasted.
        required: Whether the verdict depends on it.
    """

    name: str
    outcome: str
    message: str
    lines: tuple[str, ...] = ()
    seconds: float | None = None
    required: bool = True


def to_junit(document: Mapping[str, Any]) -> str:
    """Write a report as JUnit XML."""
    verdict = document["verdict"]
    root = ET.Element("testsuites", name=_legal(_service(document)))
    for check in document["checks"]:
        root.append(_suite(check["name"], list(_cases(check)), document, _properties(check, document)))
    if verdict["outcome"] in _RED and not any(case.tag in {"failure", "error"} for case in root.iter()):
        # Tests that were not run are skipped ones to JUnit's readers, and are none the less no pass.
        case = _Case(name="verdict", outcome=verdict["outcome"], message=verdict["reason"])
        root.append(_suite("verdict", [case], document, {}))
    _count(root, sum(float(suite.get("time", 0)) for suite in root))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _cases(check: Mapping[str, Any]) -> Iterator[_Case]:
    suite = check["suite"]
    if suite is None:
        yield _Case(
            name=check["name"],
            outcome=check["outcome"],
            message=check["summary"],
            lines=tuple(f"{key}: {value}" for key, value in check["details"].items()),
            seconds=check["seconds"],
            required=check["blocking"],
        )
        return
    for test in filter(None, (suite["identity"], suite["setup"], *suite["tests"])):
        yield _Case(
            name=test["name"],
            outcome=test["outcome"],
            message=test["why"] or test["outcome"],
            lines=tuple(test_lines(test)),
            seconds=test["seconds"],
            required=check["blocking"] and test["severity"] == "required",
        )


def _suite(name: str, cases: list[_Case], document: Mapping[str, Any], properties: Mapping[str, str]) -> ET.Element:
    suite = ET.Element("testsuite", name=_legal(name), timestamp=document["generated"].rstrip("Z"))
    if properties:
        listed = ET.SubElement(suite, "properties")
        for key, value in properties.items():
            ET.SubElement(listed, "property", name=_legal(key), value=_legal(value))
    for case in cases:
        suite.append(_element(case, f"{_service(document)}.{name}", document["verdict"]["outcome"]))
    _count(suite, sum(case.seconds or 0 for case in cases))
    return suite


def _element(case: _Case, classname: str, verdict: str) -> ET.Element:
    element = ET.Element(
        "testcase", name=_legal(case.name), classname=_legal(classname), time=f"{case.seconds or 0:.3f}"
    )
    text = _legal("\n".join(case.lines))
    if case.outcome in _RED and case.required and verdict in _RED:
        cause = ET.SubElement(element, _TAGS[case.outcome], message=_legal(case.message), type=case.outcome)
        cause.text = text
        return element
    if case.outcome in _TAGS:
        told = "not final" if verdict == "waiting" else "only reported"
        lead = f"{case.outcome}, {told}: " if case.outcome in _RED else ""
        ET.SubElement(element, "skipped", message=_legal(lead + case.message))
    if text:
        ET.SubElement(element, "system-out").text = text
    return element


def _properties(check: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, str]:
    suite = check["suite"] or {}
    told = {
        "verdict": document["verdict"]["status"] or document["verdict"]["outcome"],
        "check": check["kind"],
        "outcome": check["outcome"],
        "url": suite.get("url"),
        "blue_url": suite.get("blue_url"),
        **document["facts"],
    }
    return {key: str(value) for key, value in told.items() if value}


def _count(element: ET.Element, seconds: float) -> None:
    """Write the numbers that readers add up themselves, and expect all the same."""
    element.set("tests", str(sum(1 for _ in element.iter("testcase"))))
    for name, tag in _COUNTED.items():
        element.set(name, str(sum(1 for _ in element.iter(tag))))
    element.set("time", f"{seconds:.3f}")


def _service(document: Mapping[str, Any]) -> str:
    return str(document["facts"].get("service", "greenlight"))


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
