"""Everything that is expected of a reply, looked at one by one; no expectation hides another."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from greenlight import clock
from greenlight.documents import duration_text
from greenlight.smoke import templates
from greenlight.smoke.comparisons import Finding
from greenlight.smoke.expected import Expect, Tls
from greenlight.smoke.json_schemas import JsonSchema
from greenlight.smoke.operators import apply
from greenlight.smoke.outgoing import Target
from greenlight.smoke.paths import Found, PathError
from greenlight.smoke.redirects import where_to
from greenlight.smoke.reply import BodyTooLargeError, Reply
from greenlight.smoke.results import AssertionResult
from greenlight.smoke.statuses import StatusRule
from greenlight.smoke.suite import Severity, Step
from greenlight.smoke.values import MISSING, NotJsonError

_NO_JSON: Final = "no JSON"
_DAY: Final = 86400.0

Subject = tuple[str, Finding]


def looks_into_body(step: Step) -> bool:
    """Tell whether a step cannot be judged without the body of the reply."""
    return _in_body(step.expect) or any(capture.body or capture.json_ for capture in step.captures.values())


def _in_body(expect: Expect) -> bool:
    return any(each is not None for each in (expect.body, expect.json_ or None, expect.json_schema))


def judge(step: Step, reply: Reply, values: Mapping[str, Any], target: Target, path: str) -> Iterator[AssertionResult]:
    """Look at everything that a step expects of a reply, and at what it only warns of.

    Parameters:
        step: What is expected.
        reply: What came. Where its body was cut short, nothing in it is looked at.
        values: For templates, with what was captured from this reply.
        target: Whom the request was for.
        path: What was asked for; a redirect may be relative to it.
    """
    if reply.stray:
        finding = Finding("to a location on the test listener", reply.stray, passed=False)
        yield _result(("a redirect", finding), "required")
    for subject in _of_expect(step.expect, step.usual_status, reply, values):
        yield _result(subject, "required")
    if step.expect.redirect_to is not None:
        for finding in where_to(step.expect.redirect_to, reply, values, target, path):
            yield _result(("redirect", finding), "required")
    if step.warn is not None:
        for subject in _of_expect(step.warn, step.warn.status, reply, values):
            yield _result(subject, "warning")
        if reply.truncated and _in_body(step.warn):
            yield _result(("body", Finding("to be looked into", BodyTooLargeError.SHORT, passed=False)), "warning")


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
    if expect.tls is not None:
        yield "certificate", _certificate(expect.tls, reply)
    if not reply.truncated:
        yield from _of_body(expect, reply, values)


def _of_body(expect: Expect, reply: Reply, values: Mapping[str, Any]) -> Iterator[Subject]:
    if expect.body is not None:
        for finding in apply(expect.body, Found(reply.text, exists=True), values, textual=True):
            yield "body", finding
    if not expect.json_ and expect.json_schema is None:
        return
    try:
        document = reply.json
    except NotJsonError as error:
        yield "body", Finding("to be JSON", f"{_NO_JSON}: {error}", passed=False)
        return
    for path, condition in (expect.json_ or {}).items():
        try:
            findings = list(apply(condition, path.find(document), values))
        except PathError as error:
            findings = [Finding("to have a value", str(error), passed=False)]
        for finding in findings:
            yield f"json {path.text}", finding
    if expect.json_schema is not None:
        yield from _of_schema(expect.json_schema, document)


def _of_schema(schema: JsonSchema, document: Any) -> Iterator[Subject]:
    breaches = schema.findings(document)
    for breach in breaches:
        yield f"json {breach.path}", Finding(breach.expected, breach.actual, passed=False)
    if not breaches:
        yield "json", Finding("to meet the schema", "it does", passed=True)


def _certificate(tls: Tls, reply: Reply) -> Finding:
    expected = f"valid for at least {tls.min_days_left} days"
    if reply.certificate_ends is None:
        return Finding(expected, "no TLS: the listener speaks plain HTTP", passed=False)
    days = (reply.certificate_ends - clock.now()) / _DAY
    until = datetime.fromtimestamp(reply.certificate_ends, UTC).date()
    return Finding(expected, f"{int(days)} days, until {until}", passed=days >= tls.min_days_left)


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
