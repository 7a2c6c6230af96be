"""What goes out for a step: templates, bodies, what the listener's rule demands, redirects."""

import json
from dataclasses import replace

import pytest

from greenlight.endpoint import parse_endpoint
from tests.unit.smoke.conftest import HOST
from tests.unit.smoke.servers import only_attempt, only_fault, run


def sent(app, test=None, **keys):
    """Run one test against a server that answers everything, and return the request that it saw."""
    app.routes.setdefault("/", lambda _: (200, {}, b""))
    result = run(app.endpoint, {"name": "a", "path": "/"} | (test or {}), **keys)
    assert app.seen, result.reason
    return app.seen[-1]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_the_method_is_sent(app, method):
    """Every method of the language arrives as itself."""
    assert method == sent(app, {"method": method}).method


def test_the_client_says_who_it_is(app):
    """The server's log shows which run a request belongs to; a suite may say otherwise."""
    assert sent(app).headers["User-Agent"] == "greenlight-smoke/0.1.0 (+dep-1)"
    assert sent(app, {"headers": {"user-agent": "me"}}).headers["user-agent"] == "me"


@pytest.mark.parametrize(
    ("test", "content_type", "body"),
    [
        ({"json": {"a": "ü", "n": 1}}, "application/json", '{"a": "ü", "n": 1}'),
        ({"json": None}, "application/json", "null"),
        ({"json": "{{ n }}"}, "application/json", "5"),
        ({"json": {}, "headers": {"content-type": "application/x"}}, "application/x", "{}"),
        ({"body": "ü{{ n }}"}, None, "ü5"),
        ({"form": {"a": "ü &", "b": [1, True]}}, "application/x-www-form-urlencoded", "a=%C3%BC+%26&b=1&b=true"),
    ],
)
def test_a_body_is_sent_as_written(app, test, content_type, body):
    """JSON, text and forms carry their content type unless the test names another."""
    request = sent(app, {"method": "POST"} | test, variables={"n": 5})
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert (content_type, body) == (headers.get("content-type"), request.body.decode())
    assert headers["content-length"] == str(len(body.encode()))


def test_a_request_without_a_body_has_none(app):
    """No body, no content type."""
    request = sent(app)
    assert request.body == b""
    assert "Content-Type" not in request.headers


@pytest.mark.parametrize(
    ("path", "query", "target"),
    [
        ("/a/{{ text }}", {}, "/a/x%20y%3F%23%25%C3%BC/z"),
        ("/a?b={{ n }}", {}, "/a?b=5"),
        ("/a?b=1", {"c": "x y", "d": [1, "{{ n }}"], "e": True}, "/a?b=1&c=x+y&d=1&d=5&e=true"),
        ("{{ base }}/orders", {}, "/v2/orders"),
        ("{{ next }}", {}, "/v2/orders?page=2"),
        ("{{ absolute }}", {}, "/v2/orders?page=3"),
        ("/ü", {}, "/%C3%BC"),
    ],
)
def test_values_in_a_path_stay_in_their_place(app, path, query, target):
    """What is inserted into a path is encoded; what is the whole path is a location, and may carry a query."""
    variables = {
        "text": "x y?#%ü/z",
        "n": 5,
        "base": "/v2",
        "next": "/v2/orders?page=2",
        "absolute": f"https://{HOST}/v2/orders?page=3",
    }
    request = sent(app, {"path": path, "query": query}, variables=variables, target={"host": HOST})
    assert target == request.path


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ({"path": "{{ elsewhere }}"}, "neither a path nor a location on"),
        ({"path": "{{ n }}/x"}, 'the path has to start with "/", and is "5/x"'),
        ({"headers": {"X": "a{{ line }}"}}, "the request cannot be made"),
        ({"path": "/{{ green.image_tag }}"}, "there is no value for {{ green.image_tag }}"),
        ({"expect": {"json": {"a": "{{ blue.image }}"}}}, "there is no value for {{ blue.image }}"),
    ],
)
def test_a_request_that_cannot_be_made_fails_and_is_not_sent(app, test, words):
    """It is a fault of the configuration: no retry would mend it, and it never passes."""
    variables = {"elsewhere": "https://other.example/x", "n": 5, "line": "b\r\nX-Evil: c"}
    green = {"green": {"image": "orders:1", "image_tag": None}}
    result = run(app.endpoint, {"name": "a", "path": "/", "retries": 3} | test, variables=variables, namespaces=green)
    assert result.outcome == "failed"
    assert only_fault(result).kind == "configuration"
    assert words in result.reason
    assert app.seen == []


def test_headers_beyond_latin_1_are_sent_as_utf_8(app):
    """And the headers of a reply are read the same way."""
    app.routes["/"] = lambda seen: (200, {"X-Name": seen.headers["X-Name"]}, b"")
    attempt = only_attempt(
        run(
            app.endpoint,
            {"name": "a", "path": "/", "headers": {"X-Name": "Łódź"}, "expect": {"headers": {"X-Name": "Łódź"}}},
        )
    )
    assert attempt.outcome == "passed", attempt.why


def test_what_the_rule_demands_is_in_every_request(app):
    """A request that missed the rule would be answered by production."""
    endpoint = replace(app.endpoint, headers={"X-Env": "green"}, query={"env": "green"}, host=HOST)
    app.routes["/a"] = lambda _: (302, {"Location": "/b?c=1"}, b"")
    app.answer("/b")
    test = {
        "name": "a",
        "path": "/a?x=1",
        "headers": {"x-env": "blue"},
        "query": {"env": "blue"},
        "follow_redirects": True,
    }
    assert run(endpoint, test).outcome == "passed"
    assert ["/a?x=1&env=blue&env=green", "/b?c=1&env=green"] == [seen.path for seen in app.seen]
    assert [{"X-Env": "green"}] * 2 == [
        {name: value for name, value in seen.headers.items() if name.lower() == "x-env"} for seen in app.seen
    ]
    assert [HOST, HOST] == [seen.headers["Host"] for seen in app.seen]


def test_what_the_rule_demands_is_not_added_twice(app):
    """A query that meets the rule already stays as it is."""
    app.answer("/a")
    endpoint = replace(app.endpoint, query={"env": "green"})
    run(endpoint, {"name": "a", "path": "/a?env=green"}, {"name": "b", "path": "/a", "query": {"env": "green"}})
    assert ["/a?env=green"] * 2 == [seen.path for seen in app.seen]


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ({"path": "/other"}, 'takes only paths like /v2/*, not "/other"'),
        ({"path": "/v2/../other"}, 'takes only paths like /v2/*, not "/other"'),
        ({"path": "/v2/x", "method": "POST"}, "takes only GET, not POST"),
        ({"path": "/v2/away", "follow_redirects": True}, 'takes only paths like /v2/*, not "/other"'),
    ],
)
def test_a_request_that_would_miss_the_rule_is_not_sent(app, test, words):
    """It would be answered by what is not green, and prove nothing; also when a redirect leads there."""
    app.answer("/other")
    app.routes["/v2/away"] = lambda _: (302, {"Location": "/other"}, b"")
    endpoint = replace(app.endpoint, path_patterns=("/v2/*",), methods=("GET",), source="the test rule")
    result = run(endpoint, {"name": "a", "retries": 2} | test)
    assert result.outcome == "failed"
    assert result.reason == f'test "a": the request would not reach green: the test rule {words}'
    assert "/other" not in [seen.path for seen in app.seen]


def test_a_host_that_the_rule_does_not_take_is_not_asked_for(app):
    """The name in the suite and the rule contradict each other; the request would land on another rule."""
    app.answer("/a")
    endpoint = replace(app.endpoint, host="green.test", host_patterns=("green.test",), source="the test rule")
    result = run(endpoint, {"name": "a", "path": "/a"}, target={"host": "orders.test"})
    assert (result.outcome, app.seen) == ("failed", [])
    assert result.reason.endswith('the test rule takes only hosts like green.test, not "orders.test"')
    assert "passed" == run(endpoint, {"name": "a", "path": "/a"}, target={"host": "GREEN.test"}).outcome


def redirecting(app, status, location, **test):
    """Run a test whose first request is redirected."""
    app.routes["/old"] = lambda _: (status, {"Location": location}, b"moved")
    app.answer("/new", body=b"here")
    test = {"name": "a", "path": "/old", "follow_redirects": True, "expect": {"body": {"equals": "here"}}} | test
    return run(app.endpoint, test, target={"host": HOST})


@pytest.mark.parametrize(
    "location",
    ["/new", "new", f"http://{HOST}/new", f"https://{HOST.upper()}:8443/new", f"//{HOST}/new", "http://127.0.0.1/new"],
)
def test_a_redirect_is_followed_on_the_listener(app, location):
    """Whatever scheme and port it names, the name of the target is on the listener under test."""
    result = redirecting(app, 302, location)
    assert result.outcome == "passed", result.reason
    assert ["/old", "/new"] == [seen.path for seen in app.seen]
    assert {HOST} == {seen.headers["Host"] for seen in app.seen}


@pytest.mark.parametrize(
    "location",
    ["https://orders.example.org/new", "//evil.example/", "ftp://x/", "http://[", f"http://{HOST}@evil.example/"],
)
def test_a_redirect_never_leaves_the_listener(app, location):
    """Production usually is where it leads, and then the smoke test would test blue."""
    result = redirecting(app, 302, location)
    assert result.outcome == "failed"
    assert result.reason == (
        f'test "a": expected a redirect to a location on the test listener, got {location}, which is not on {HOST}'
    )
    assert ["/old"] == [seen.path for seen in app.seen]


def test_a_circle_of_redirects_ends(app):
    """Ten are followed, as no honest application needs."""
    result = redirecting(app, 302, "/old")
    assert result.outcome == "failed"
    assert "more than 10 in a row, the last to /old" in result.reason
    assert len(app.seen) == 11


@pytest.mark.parametrize(
    ("status", "method", "sent_on"),
    [
        (301, "POST", ("GET", b"")),
        (302, "POST", ("GET", b"")),
        (303, "PUT", ("GET", b"")),
        (307, "POST", ("POST", b'{"a": 1}')),
        (308, "PUT", ("PUT", b'{"a": 1}')),
        (302, "DELETE", ("DELETE", b'{"a": 1}')),
    ],
)
def test_a_redirect_keeps_or_drops_the_body_as_browsers_do(app, status, method, sent_on):
    """303 always turns into GET, 301 and 302 only for POST, 307 and 308 never."""
    redirecting(app, status, "/new", method=method, json={"a": 1})
    assert sent_on == (app.seen[1].method, app.seen[1].body)
    assert (sent_on[1] != b"") == ("Content-Type" in app.seen[1].headers)


def test_a_redirect_is_not_followed_unasked(app):
    """Usually the redirect is what is tested."""
    result = redirecting(
        app, 302, "/new", follow_redirects=False, expect={"status": 302, "headers": {"Location": "/new"}}
    )
    assert result.outcome == "passed"
    assert len(app.seen) == 1


def test_a_redirect_without_a_location_is_a_reply(app):
    """There is nowhere to go."""
    app.routes["/"] = lambda _: (302, {}, b"")
    assert (
        run(app.endpoint, {"name": "a", "path": "/", "follow_redirects": True, "expect": {"status": 302}}).outcome
        == "passed"
    )


def test_tests_share_no_cookies(app):
    """What one request is given, the next does not send, unless it was captured."""
    app.routes["/"] = lambda _: (200, {"Set-Cookie": "session=abcdefgh1; Path=/"}, b"")
    steps = [
        {"name": "log in", "path": "/", "captures": {"session": {"cookie": "session"}}},
        {"name": "without", "path": "/"},
        {"name": "with", "path": "/", "headers": {"Cookie": "session={{ session }}"}},
    ]
    run(app.endpoint, {"name": "a", "steps": steps})
    assert [None, None, "session=abcdefgh1"] == [seen.headers.get("Cookie") for seen in app.seen]


def test_httpbin_agrees(httpbin):
    """An independent server sees what the suite says."""
    test = {
        "name": "anything",
        "method": "PUT",
        "path": "/anything/{{ v }}",
        "query": {"q": ["1", "2"]},
        "headers": {"X-Test": "yes"},
        "json": {"nested": {"n": "{{ n }}"}},
        "expect": {
            "status": 200,
            "content_type": "application/json",
            "json": {
                "method": "PUT",
                "args.q": ["1", "2"],
                'headers."X-Test"': "yes",
                "json": {"equals": {"nested": {"n": 5}}},
                "url": {"matches": "/anything/a%20b"},
            },
        },
    }
    result = run(parse_endpoint(httpbin.url), test, variables={"v": "a b", "n": 5})
    assert result.outcome == "passed", json.dumps(str(result))
