"""Everything that is expected of a reply, looked at one by one; no expectation hides another."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from greenlight.documents import duration_text
from greenlight.smoke import templates
from greenlight.smoke.comparisons import Finding
from greenlight.smoke.model import Expect
from greenlight.smoke.operators import apply
from greenlight.smoke.paths import Found, PathError
from greenlight.smoke.reply import Reply
from greenlight.smoke.results import AssertionResult
from greenlight.smoke.statuses import SUCCESS, StatusRule
from greenlight.smoke.suite import Severity, Step
from greenlight.smoke.values import MISSING, NotJsonError

_NO_JSON: Final = "no JSON"

Subject = tuple[str, Finding]


def looks_into_body(step: Step) -> bool:
    """Tell whether a step cannot be judged without the body of the reply."""
    expected = any(expect is not None and (expect.body or expect.json_) for expect in (step.expect, step.warn))
    return expected or any(capture.body or capture.json_ for capture in step.captures.values())


def judge(step: Step, reply: Reply, values: Mapping[str, Any]) -> Iterator[AssertionResult]:
    """Look at everything that a step expects of a reply, and at what it only warns of.

    Parameters:
        step: What is expected.
        reply: What came. Where its body was cut short, nothing in it is looked at.
        values: For templates, with what was captured from this reply.
    """
    if reply.stray:
        finding = Finding("to a location on the test listener", reply.stray, passed=False)
        yield _result(("a redirect", finding), "required")
    for subject in _of_expect(step.expect, step.expect.status or SUCCESS, reply, values):
        yield _result(subject, "required")
    if step.warn is not None:
        for subject in _of_expect(step.warn, step.warn.status, reply, values):
            yield _result(subject, "warning")


def _result(subject: Subject, severity: Severity) -> AssertionResult:
    name, finding = subject
    return AssertionResult(
        subject=name, expected=finding.expected, actual=finding.actual, passed=finding.passed, severity=severity
    )


def _of_expect(expect: Expect, status: StatusRule | None, reply: Reply, values: Mapping[str, Any]) -> Iterator[Subject]:
    if status is not None:
        yield "status", Finding(status.text, str(reply.status), status.allows(reply.status))
    if expect.max_latency is not None:
        limit, taken = f"at most {duration_text(expect.max_latency)}", duration_text(reply.seconds)
        yield "latency", Finding(limit, taken, reply.seconds <= expect.max_latency)
    for name, condition in (expect.headers or {}).items():
        value = reply.header(name)
        found = Found(MISSING if value is None else value, value is not None)
        for finding in apply(condition, found, values, textual=True):
            yield f"header {name}", finding
    if expect.content_type is not None:
        yield "content type", _content_type(expect.content_type, reply, values)
    if not reply.truncated:
        yield from _of_body(expect, reply, values)


def _of_body(expect: Expect, reply: Reply, values: Mapping[str, Any]) -> Iterator[Subject]:
    if expect.body is not None:
        for finding in apply(expect.body, Found(reply.text, exists=True), values, textual=True):
            yield "body", finding
    if not expect.json_:
        return
    try:
        document = reply.json
    except NotJsonError as error:
        yield "body", Finding("to be JSON", f"{_NO_JSON}: {error}", passed=False)
        return
    for path, condition in expect.json_.items():
        try:
            findings = list(apply(condition, path.find(document), values))
        except PathError as error:
            findings = [Finding("to have a value", str(error), passed=False)]
        for finding in findings:
            yield f"json {path.text}", finding


def _content_type(expected: str, reply: Reply, values: Mapping[str, Any]) -> Finding:
    """Compare media types; parameters, as the charset, count only where the suite names them."""
    try:
        expected = templates.fill_text(expected, values)
    except templates.UnknownValueError as error:
        return Finding(expected, str(error), passed=False)
    actual = reply.header("Content-Type")
    if actual is None:
        return Finding(expected, MISSING.value, passed=False)
    (media_type, parameters), (actual_type, actual_parameters) = _media_type(expected), _media_type(actual)
    return Finding(expected, actual, media_type == actual_type and parameters <= actual_parameters)


def _media_type(text: str) -> tuple[str, frozenset[str]]:
    first, *parameters = (part.strip().lower().replace('"', "") for part in text.split(";"))
    return first, frozenset(parameter.replace(" ", "") for parameter in parameters)
