"""The schema, the certificate and the redirect: expectations of a reply beyond status, headers and body."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from tests.unit.smoke.conftest import HOST
from tests.unit.smoke.servers import only_attempt, run, serving
from tests.unit.smoke.test_loader import mistake_of

SCHEMA = {
    "type": "object",
    "required": ["id", "items"],
    "properties": {"id": {"type": "string", "pattern": "^o-"}, "items": {"items": {"type": "integer"}}},
}


def expect(app, expected, **keys):
    """Expect something of the reply at /."""
    return run(app.endpoint, {"name": "a", "path": "/", "expect": expected}, **keys)


def test_a_document_that_meets_the_schema_passes(app):
    """And it is told that it was looked at."""
    app.answer("/", body={"id": "o-1", "items": [1, 2]})
    result = expect(app, {"json_schema": SCHEMA})
    assert "passed" == result.outcome, result.reason
    assert ("json", "to meet the schema", "it does") in [
        (a.subject, a.expected, a.actual) for a in only_attempt(result).assertions
    ]


def test_every_breach_of_the_schema_is_told_with_its_place(app):
    """As any other expectation, by the side of the others."""
    app.answer("/", body={"id": "x", "items": [1, "2"]})
    result = expect(app, {"json_schema": SCHEMA, "json": {"id": "o-1"}})
    assert "failed" == result.outcome
    broken = {(a.subject, a.actual) for a in only_attempt(result).assertions if not a.passed}
    assert {("json id", '"x"'), ("json items[1]", '"2"')} == broken
    assert "expected json id" in result.reason


def test_a_reply_that_is_no_json_does_not_meet_a_schema(app):
    """Not even one that allows everything."""
    app.answer("/", body=b"<html>")
    assert "expected body to be JSON" in expect(app, {"json_schema": True}).reason
    app.answer("/", body=b"x" * 2_000_000)
    assert "larger than 1 MiB" in expect(app, {"json_schema": True}).reason


def test_a_template_in_a_schema_is_refused_because_nobody_fills_it_in():
    """It would be compared as it stands, and never hold."""
    assert "templates are not filled in inside a schema" in mistake_of(
        {"expect": {"json_schema": {"const": "{{ tenant }}"}}}, variables={"tenant": "x"}
    )


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "https://example.com/schema.json"}, "not fetched"),
        ({"type": "strin"}, "strin"),
        ({"pattern": "(?=a)"}, "look-around"),
        ("object", "json_schema"),
    ],
)
def test_a_schema_is_understood_when_the_suite_is_read(schema, words):
    """Not at 2 a.m. when the first reply comes."""
    assert words in mistake_of({"expect": {"json_schema": schema}})


@pytest.mark.parametrize(
    ("location", "expected", "outcome"),
    [
        ("/login", "/login", "passed"),
        ("login?next=%2F", "/login?next=%2F", "passed"),
        (f"https://{HOST}/login", "/login", "passed"),
        (f"https://{HOST}/login", f"https://{HOST}/login", "passed"),
        (f"http://{HOST}/login", f"https://{HOST}/login", "failed"),
        ("/login", "/logout", "failed"),
        ("https://idp.example/authorize?x=1", {"matches": "^https://idp[.]example/"}, "passed"),
        (f"https://{HOST}/login", {"matches": f"^https://{HOST}/"}, "passed"),
        (f"https://{HOST}/login", {"matches": "^/login$"}, "passed"),
        ("https://idp.example/authorize", {"contains": "/authorize"}, "passed"),
        ("https://idp.example/authorize", {"one_of": ["/a", "https://idp.example/authorize"]}, "passed"),
        ("/{x}", "/{{ tenant }}", "failed"),
        ("/t-1", "/{{ tenant }}", "passed"),
    ],
)
def test_where_a_redirect_leads(app, location, expected, outcome):
    """On the listener by path, elsewhere by URL; a status of 3xx goes without saying, and it is not followed."""
    app.answer("/", 302, Location=location)
    keys = {"target": {"host": HOST}, "variables": {"tenant": "t-1"}, "defaults": {"follow_redirects": True}}
    result = expect(app, {"redirect_to": expected}, **keys)
    assert outcome == result.outcome, result.reason
    assert 1 == len(app.seen)


def test_no_redirect_at_all_fails_and_says_so(app):
    """Both the status and the location."""
    app.answer("/", 200)
    result = expect(app, {"redirect_to": "/login"})
    told = [str(each) for each in only_attempt(result).assertions if not each.passed]
    assert ["expected status 3xx, got 200", 'expected redirect "/login", got nothing'] == told


def test_following_and_looking_at_a_redirect_contradict_each_other():
    """One of the two was not meant."""
    mistake = mistake_of({"follow_redirects": True, "expect": {"redirect_to": "/login"}})
    assert "follow_redirects: stands beside expect.redirect_to" in mistake


@pytest.fixture
def secure(ca_bundle, authority):
    """Serve with a certificate that ends in so many days."""

    def serve(days):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ends = datetime.now(UTC) + timedelta(days=days, hours=1)
        authority.issue_cert(HOST, not_after=ends).configure_cert(context)
        return serving(context)

    return serve


@pytest.mark.parametrize(("days", "outcome"), [(40, "passed"), (21, "passed"), (20, "failed"), (1, "failed")])
def test_a_certificate_that_ends_soon(secure, ca_bundle, days, outcome):
    """It is valid still; how long is told with the date."""
    with secure(days) as app:
        app.answer("/")
        keys = {"target": {"host": HOST}, "ca_bundle": ca_bundle}
        result = expect(app, {"tls": {"min_days_left": 21}}, **keys)
        assert outcome == result.outcome, result.reason
        (assertion,) = [a for a in only_attempt(result).assertions if a.subject == "certificate"]
        until = (datetime.now(UTC) + timedelta(days=days, hours=1)).date()
        assert ("valid for at least 21 days", f"{days} days, until {until}") == (assertion.expected, assertion.actual)


def test_a_certificate_that_ends_soon_may_be_a_warning(secure, ca_bundle):
    """Nobody rolls back for it."""
    with secure(3) as app:
        app.answer("/")
        test = {"name": "a", "path": "/", "warn": {"tls": {"min_days_left": 21}}}
        result = run(app.endpoint, test, target={"host": HOST}, ca_bundle=ca_bundle)
        assert ("passed", "warning") == (result.outcome, result.tests[0].outcome)


def test_without_tls_there_is_no_certificate(app):
    """An expectation that cannot be looked at does not hold."""
    app.answer("/")
    result = expect(app, {"tls": {"min_days_left": 1}})
    assert "failed" == result.outcome
    assert "no TLS: the listener speaks plain HTTP" in result.reason


def test_another_authority_is_refused_whatever_is_expected(secure, tmp_path):
    """A certificate is looked at only after it was trusted."""
    with secure(40) as app:
        app.answer("/")
        other = tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(str(other))
        result = expect(app, {"tls": {"min_days_left": 1}}, target={"host": HOST}, ca_bundle=str(other))
        assert "error" == result.outcome
        assert "is not trusted" in result.reason


@pytest.mark.parametrize("tls", [{}, {"min_days_left": 0}, {"min_days_left": "21d"}, {"days": 3, "min_days_left": 1}])
def test_mistakes_of_tls_are_told(tls):
    """Each is one."""
    assert "tls" in mistake_of({"expect": {"tls": tls}})
