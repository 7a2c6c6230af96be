"""From a document to a suite that can be run, or to all that is wrong with it."""

from typing import Final

from greenlight.documents import Document, DocumentError, Mistake, validate
from greenlight.smoke import model
from greenlight.smoke.expected import Expect
from greenlight.smoke.lint import lint, refuse_impossible
from greenlight.smoke.merging import merged
from greenlight.smoke.model import NAMESPACES, Defaults, Request, SetupEntry, StepEntry, SuiteFile, TestEntry
from greenlight.smoke.rounds import Retries
from greenlight.smoke.suite import Body, Identity, SecretPlace, Step, Suite, Test

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
    setup = tuple(_step(entry, written.defaults) for entry in written.setup)
    identity = None if written.identity is None else _identity(written.identity, written.defaults)
    steps = [*setup, *(step for test in tests for step in test.steps), *([identity.step] if identity else ())]
    named = {name for step in steps for name in step.names}
    return Suite(
        name=written.name,
        source=document.name,
        host=written.target.host,
        variables=written.variables,
        concurrency=written.concurrency,
        tests=tests,
        namespaces=frozenset(name.partition(".")[0] for name in named if "." in name) & NAMESPACES.keys(),
        secrets={name: _place(secret) for name, secret in written.secrets.items() if f"secrets.{name}" in named},
        identity=identity,
        setup=setup,
    )


def _place(secret: model.Secret) -> SecretPlace:
    if secret.ssm is not None:
        return SecretPlace("ssm", secret.ssm, secret.key)
    return SecretPlace("secretsmanager", secret.secretsmanager or "", secret.key)


def _identity(entry: model.Identity, defaults: Defaults) -> Identity:
    """Only how a request is sent comes from the defaults: what is expected of green's identity stands all in one place."""
    given = {name: getattr(entry, name) for name in entry.model_fields_set & Request.model_fields.keys()}
    sent = Defaults.model_construct(query=defaults.query, headers=defaults.headers, timeout=defaults.timeout)
    step = _step(SetupEntry.model_construct(name="identity", **given), sent)
    return Identity(step=step, consecutive=entry.consecutive, interval=entry.interval, wait=entry.wait)


def _test(entry: TestEntry, defaults: Defaults) -> Test:
    steps = [_step(entry, defaults)] if entry.steps is None else [_step(step, defaults) for step in entry.steps]
    return Test(
        name=entry.name,
        severity=entry.severity,
        tags=tuple(entry.tags),
        skip=entry.skip,
        steps=tuple(steps),
    )


def _step(entry: SetupEntry | TestEntry, defaults: Defaults) -> Step:
    common = merged(defaults, entry)
    expect = common.expect or Expect()
    test = entry if isinstance(entry, TestEntry) else None
    repeat = test.repeat if test else None
    return Step(
        name=entry.name,
        method=entry.method,
        path=entry.path or "/",
        query=common.query or {},
        headers={name: value for name, value in (common.headers or {}).items() if value is not None},
        body=_body(entry),
        timeout=common.timeout or DEFAULT_TIMEOUT,
        # Whoever looks at where a reply points does not want to be taken there.
        follow_redirects=bool(common.follow_redirects) and expect.redirect_to is None,
        # Repeated requests are judged over all; one that is tried again would hide what goes wrong.
        retries=(common.retries if repeat is None else None) or Retries(),
        expect=expect,
        warn=common.warn,
        captures=entry.captures or {},
        always_run=isinstance(entry, StepEntry) and entry.always_run,
        repeat=repeat,
        compare=test.compare if test else None,
    )


def _body(request: Request) -> Body | None:
    if "json_" in request.model_fields_set:
        return Body(kind="json", value=request.json_)
    if request.body is not None:
        return Body(kind="text", value=request.body)
    return None if request.form is None else Body(kind="form", value=request.form)
