"""Results of every kind, as runs would give them."""

from dataclasses import replace

from greenlight.checks import CheckResult, Outcome
from greenlight.gates import CheckProgress, HookStatus, Record, Verdict
from greenlight.gates.loading import NamedCheck
from greenlight.reports import Facts
from greenlight.smoke.differences import Difference
from greenlight.smoke.results import (
    AssertionResult,
    Attempt,
    Comparison,
    Fault,
    Repetition,
    StepResult,
    SuiteResult,
    TestResult,
)
from tests.unit.fakes import check

NOON = 1767268800.0  # 2026-01-01T12:00:00Z
URL = "http://internal-orders-test-1234567890.eu-central-1.elb.amazonaws.com:8443"
BLUE_URL = "http://internal-orders-1234567890.eu-central-1.elb.amazonaws.com"
HOSTILE = "<script>alert('x')</script> \"' onmouseover=alert(1) <!-- --> ]]> & \x00\x1b[31m \u202egnp.exe"
FACTS = Facts(
    service="orders",
    deployment="dJ2f81Kx0aQvT7mWc4ZbE",
    stage="POST_TEST_TRAFFIC_SHIFT",
    attempt=2,
    direction="forward",
    green="4981273650918273645",
    gates="s3://acme-deployments/orders/gates.yaml",
    invoked_by="9f1c2a44-7f0e-4a8e-b7f4-0d8c6d1b2e3f",
)


def assertion(passed=True, subject="status", expected="201", actual=None, severity="required"):
    """An assertion; about the status unless a test says otherwise."""
    actual = actual if actual is not None else expected if passed else "500"
    return AssertionResult(subject=subject, expected=expected, actual=actual, passed=passed, severity=severity)


def attempt(*assertions, at=0.0, seconds=0.045, status=201, fault=None, **keys):
    """An attempt that began some seconds after noon."""
    if fault is not None:
        status = None
    return Attempt(started=NOON + at, seconds=seconds, status=status, assertions=assertions, fault=fault, **keys)


def step(*attempts, name="create", request="GET /v2/orders", **keys):
    """A step with the outcome of its last attempt."""
    path = request.partition(" ")[2]
    outcome = attempts[-1].outcome if attempts else "not_run"
    return StepResult(
        **({"name": name, "request": request, "url": URL + path, "outcome": outcome} | keys), attempts=attempts
    )


def a_test(name, *steps, outcome=None, **keys):
    """A test with the outcome of the first of its steps that did not pass."""
    told = [step.outcome for step in steps if step.outcome != "passed"]
    made = outcome or (told[0] if told else "passed")
    seconds = sum(attempt.seconds for step in steps for attempt in step.attempts)
    return TestResult(**({"name": name, "outcome": made, "steps": steps, "seconds": seconds} | keys))


def passed(name="health", at=0.0, seconds=0.031, request="GET /health", **keys):
    """A test that passed."""
    held = (assertion(expected="200"), assertion(subject="json status", expected="equals ok", actual="ok"))
    return a_test(name, step(attempt(*held, at=at, seconds=seconds, status=200), name=name, request=request), **keys)


def suite(*tests, **keys):
    """A suite of some tests."""
    return SuiteResult(**({"name": "orders-api smoke", "tests": tests, "seconds": 4.9, "url": URL} | keys))


def _kind(kind, result, settings):
    """A check of a kind of its own."""
    made = check(result, **settings)
    made.__class__ = type("Kind", (type(made),), {"kind": kind})
    return made


def record(
    name, outcome, summary, *, kind="smoke", evidence=None, details=None, fresh=True, errors=0, seconds=0.4, **settings
):
    """A check's answer within a gate; with a suite's results where it has some."""
    result = CheckResult(outcome, summary, details=details or {}, evidence=evidence)
    named = NamedCheck(name, _kind(kind, result, settings))
    return Record(named, result, CheckProgress(outcome, errors, summary), seconds if fresh else 0.0, fresh)


JSON_HEADERS = (
    ("Date", "Thu, 01 Jan 2026 12:00:01 GMT"),
    ("Content-Type", "application/problem+json"),
    ("X-Request-Id", "0f9b5c1e-31f4-4a50-9a4e-27b1f0d8a7c2"),
    ("Set-Cookie", "***"),
)
PROBLEM = '{"type":"about:blank","title":"Internal Server Error","detail":"relation \\"orders_v2\\" does not exist"}'


def created_and_read():
    """A test of three steps whose first fails at every attempt."""
    broken = (
        assertion(passed=False),
        assertion(
            passed=False, subject="header Location", expected="matches ^/v2/orders/[0-9a-f-]+$", actual="nothing"
        ),
        assertion(subject="latency", expected="at most 2s", actual="64 ms"),
    )
    bad = {"status": 500, "headers": JSON_HEADERS, "body": PROBLEM}
    create = step(
        attempt(*broken, at=0.4, seconds=0.064, **bad),
        attempt(*broken, at=1.46, seconds=0.058, **bad),
        attempt(*broken, at=2.52, seconds=0.071, **bad),
        request="POST /v2/orders",
        tries=3,
    )
    read = step(name="read back", request="GET /v2/orders/{{ order_id }}", note='not run: step "create" did not pass')
    gone = assertion(expected="200 or 204", actual="204")
    cancel = step(attempt(gone, at=2.6, status=204), name="cancel", request="DELETE /v2/orders/none")
    return a_test("order can be created, read and cancelled", create, read, cancel, tags=("critical",))


def unreachable():
    """A test that got no reply in time."""
    fault = Fault(
        kind="timeout",
        text="timed out after 2 s: cannot connect to http://10.0.12.34:8443 (from the test listener); look at the VPC and "
        "security group of the function, the security group of the load balancer, and the port of the listener",
    )
    cases = (attempt(at=0.1, seconds=2.0, fault=fault), attempt(at=2.6, seconds=2.0, fault=fault))
    return a_test("recommendations are served", step(*cases, request="GET /v2/recommendations", tries=2))


def flaky():
    """A test that passed at its third attempt."""
    reset = Fault(kind="reset", text=f"the connection was closed without a reply: {URL}")
    cases = (
        attempt(at=0.3, seconds=0.4, fault=reset),
        attempt(
            assertion(passed=False, expected="200", actual="503"), at=1.7, seconds=0.21, status=503, body="try later"
        ),
        attempt(assertion(expected="200"), at=2.9, seconds=0.18, status=200),
    )
    return a_test("search answers", step(*cases, request="GET /v2/search?q=shoes", tries=3), tags=("search", "slow"))


def slow():
    """A test with a warning."""
    late = assertion(passed=False, subject="latency", expected="at most 300 ms", actual="812 ms", severity="warning")
    reply = attempt(
        assertion(expected="200"), late, at=0.2, seconds=0.812, status=200, headers=JSON_HEADERS, body='{"items":[]}'
    )
    return a_test("report is quick", step(reply, request="GET /v2/report?range=month"))


def repeated(*, broken=True):
    """A test that sent its request a hundred times."""
    replied = (0.09 + (i * 37 % 100) / 900 + (0.35 if i % 13 == 0 else 0) for i in range(98))
    times = (None, *replied, None)
    held = [
        assertion(passed=not broken, subject="latency p95", expected="at most 300 ms", actual="509 ms"),
        assertion(subject="latency p50", expected="at most 200 ms", actual="149 ms"),
        assertion(passed=not broken, subject="success rate", expected="at least 99 %", actual="98 % (98 of 100)"),
    ]
    fault = Fault(kind="timeout", text="timed out after 2 s: nothing came back")
    samples = (
        attempt(at=0.9, seconds=2.0, fault=fault),
        attempt(assertion(expected="200"), at=0.5, seconds=0.1, status=200),
    )
    one = step(
        *samples,
        request="GET /v2/orders?limit=50",
        outcome="failed" if broken else "passed",
        assertions=tuple(held),
        repetition=Repetition(passed=98, failed=0, errors=2, seconds=times),
    )
    return a_test("list is fast and stable", one, seconds=3.4)


def compared():
    """A test whose answer differs from blue's."""
    found = Comparison(
        blue_url=f"{BLUE_URL}/v2/orders/42",
        blue_status=200,
        blue_seconds=0.112,
        green_seconds=0.187,
        differences=(
            Difference(path="items[0].price", blue="number, as 12.5", green='string, as "12.50"'),
            Difference(path="items[0].customer.address.postal_code", blue='string, as "10115"', green="nothing"),
            Difference(path="اسم المنتج", blue="حذاء جري أزرق مقاس 42", green="حذاء جري"),
        ),
        more=4,
    )
    alike = assertion(passed=False, subject="json", expected="of the same types as blue's", actual="7 differences")
    reply = attempt(assertion(expected="200"), at=0.6, seconds=0.187, status=200)
    one = step(reply, request="GET /v2/orders/42", outcome="failed", assertions=(alike,), comparison=found)
    return a_test("green answers like blue", one)


def hostile():
    """A test in which all that comes from elsewhere means harm, or is merely long."""
    long = "x" * 300
    cruel = (
        assertion(passed=False, subject=f"json {HOSTILE}", expected=HOSTILE, actual=HOSTILE),
        assertion(passed=False, subject="body", expected="contains مرحبا بالعالم", actual=f"{long} שלום עולם"),
    )
    reply = attempt(*cruel, at=0.7, status=200, headers=((HOSTILE, HOSTILE), ("X-Long", long)), body=HOSTILE * 4 + long)
    return a_test(f"hostile {HOSTILE}", step(reply, request=f"GET /{long}?{HOSTILE}"), tags=("<b>tag</b>",))


def rich_suite():
    """A suite in which everything happened at once."""
    tests = (
        passed(),
        passed("version", at=0.05, seconds=0.022, request="GET /version"),
        created_and_read(),
        unreachable(),
        flaky(),
        slow(),
        repeated(),
        compared(),
        hostile(),
        a_test("certificate", severity="warning", outcome="skipped", note="no TLS on the test listener"),
        a_test("invoices can be exported", outcome="not_run", note="not run: no time was left", tags=("slow",)),
        *(passed(f"page {number} is served", at=0.2 + number / 20, request=f"GET /{number}") for number in range(12)),
        passed("login page", earlier=True, steps=(), seconds=0.0),
    )
    identity = passed("identity", at=-0.4, request="GET /version")
    setup = passed("setup", at=-0.2, seconds=0.12, request="POST /login")
    return suite(*tests, identity=identity, setup=setup, blue_url=BLUE_URL)


def rich_verdict():
    """A failed verdict over checks of several kinds."""
    found = rich_suite()
    records = [
        record(
            "web",
            Outcome.FAILED,
            found.reason,
            evidence=found,
            seconds=4.9,
            details={"endpoint": URL, "tests": {"passed": 1}},
        ),
        record(
            "alarms",
            Outcome.INCONCLUSIVE,
            "orders-5xx has no data yet",
            kind="alarms",
            details={"alarms": [{"name": "orders-5xx", "state": "INSUFFICIENT_DATA", "since": None}], "asked": 3},
        ),
        record("images", Outcome.PASSED, "2 images are pinned by digest", kind="images", fresh=False),
        record("approval", Outcome.ERROR, "sns:Publish was throttled", kind="approval", errors=2, severity="warning"),
    ]
    return Verdict(HookStatus.FAILED, f"web: {found.reason}", records=records)


def rolled_back():
    """The verdict over a release with one defect."""
    names = {"version": "/version", "list of orders": "/v2/orders", "price list": "/v2/prices", "start page": "/"}
    others = [passed(name, at=0.3, request=f"GET {path}") for name, path in names.items()]
    found = suite(created_and_read(), passed(), flaky(), *others, seconds=3.1)
    told = record("web", Outcome.FAILED, found.reason, evidence=found, seconds=3.1)
    return Verdict(HookStatus.FAILED, f"web: {found.reason}", records=[told])


def many(number, *, broken):
    """A suite of many tests: all passed, or all failed in every way that takes room."""
    if not broken:
        return suite(*(passed(f"endpoint number {index} answers", at=index / 50) for index in range(number)))
    return suite(*(replace(created_and_read(), name=f"order number {index}") for index in range(number)))
