"""From a document to a suite that can be run, or to all that is wrong with it."""

from typing import Final

from greenlight.documents import Document, DocumentError, Mistake, validate
from greenlight.smoke.lint import lint, refuse_impossible
from greenlight.smoke.merging import merged
from greenlight.smoke.model import NAMESPACES, Defaults, Expect, Request, Retries, StepEntry, SuiteFile, TestEntry
from greenlight.smoke.suite import Body, Step, Suite, Test

DEFAULT_TIMEOUT: Final = 5.0


def load_suite(document: Document) -> Suite:
    """Read a suite.

    Raises:
        DocumentError: With every mistake, each with its place and its cure.
    """
    refuse_impossible(document)
    mistakes: list[Mistake] = []
    try:
        written = validate(SuiteFile, document)
    except DocumentError as error:
        mistakes.extend(error.mistakes)
    mistakes.extend(lint(document))
    if mistakes:
        raise DocumentError(list(dict.fromkeys(mistakes)))
    tests = tuple(_test(entry, written.defaults) for entry in written.tests)
    named = {name for test in tests for step in test.steps for name in step.names}
    return Suite(
        name=written.name,
        source=document.name,
        host=written.target.host,
        variables=written.variables,
        concurrency=written.concurrency,
        tests=tests,
        namespaces=frozenset(name.partition(".")[0] for name in named if "." in name) & NAMESPACES.keys(),
    )


def _test(entry: TestEntry, defaults: Defaults) -> Test:
    steps = [_step(entry, defaults)] if entry.steps is None else [_step(step, defaults) for step in entry.steps]
    return Test(
        name=entry.name,
        severity=entry.severity,
        tags=tuple(entry.tags),
        skip=entry.skip,
        steps=tuple(steps),
    )


def _step(entry: StepEntry | TestEntry, defaults: Defaults) -> Step:
    common = merged(defaults, entry)
    return Step(
        name=entry.name,
        method=entry.method,
        path=entry.path or "/",
        query=common.query or {},
        headers={name: value for name, value in (common.headers or {}).items() if value is not None},
        body=_body(entry),
        timeout=common.timeout or DEFAULT_TIMEOUT,
        follow_redirects=bool(common.follow_redirects),
        retries=common.retries or Retries(),
        expect=common.expect or Expect(),
        warn=common.warn,
        captures=entry.captures or {},
        always_run=isinstance(entry, StepEntry) and entry.always_run,
    )


def _body(request: Request) -> Body | None:
    if "json_" in request.model_fields_set:
        return Body(kind="json", value=request.json_)
    if request.body is not None:
        return Body(kind="text", value=request.body)
    return None if request.form is None else Body(kind="form", value=request.form)
