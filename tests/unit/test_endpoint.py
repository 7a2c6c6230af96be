"""Where requests go, and which requests a listener rule takes."""

import dataclasses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from greenlight.endpoint import Endpoint, EndpointError, matches_wildcards, parse_endpoint


@pytest.mark.parametrize(
    ("url", "scheme", "address", "port"),
    [
        ("http://127.0.0.1:8080", "http", "127.0.0.1", 8080),
        ("https://orders.example.com", "https", "orders.example.com", 443),
        ("http://localhost/", "http", "localhost", 80),
        ("http://localhost:", "http", "localhost", 80),
        ("HTTP://Orders.Example.COM:1", "http", "orders.example.com", 1),
        ("https://[::1]:8443", "https", "::1", 8443),
        ("http://my_service-1.local:65535", "http", "my_service-1.local", 65535),
    ],
)
def test_an_endpoint_is_scheme_host_and_port(url, scheme, address, port):
    """The scheme's own port where none is given."""
    endpoint = parse_endpoint(url)
    assert (scheme, address, port) == (endpoint.scheme, endpoint.address, endpoint.port)
    assert "the gates file" == endpoint.source


@pytest.mark.parametrize(
    "url",
    [
        "",
        "orders.example.com",
        "orders.example.com:80",
        "//host",
        "ftp://host",
        "http://",
        "http://:80",
        "http:///path",
        "http://host:0",
        "http://host:65536",
        "http://host:-1",
        "http://host:port",
        "http://[::1",
        "http://[host]",
        "http://ho st",
        " http://host",
        "http://host\n",
        "http://ho\nst",
        "http://h\tost",
        "http://host\\path",
    ],
)
def test_anything_else_is_no_endpoint(url):
    """What cannot be called is refused when the gates file is read, with the text that was found."""
    with pytest.raises(EndpointError) as caught:
        parse_endpoint(url)
    assert f'"{url}"' in str(caught.value) or repr(url) in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://host/path", "http://host?a=b", "http://host#top", "http://user@host", "http://user:pass@host"]
)
def test_more_than_an_endpoint_is_refused(url):
    """The tests bring the path; a user and a password would end up in logs."""
    with pytest.raises(EndpointError, match="is more than an endpoint; leave out user, path and query"):
        parse_endpoint(url)


@given(st.text() | st.from_regex(r"https?://[a-z0-9.\[\]:@/?#%_ -]*", fullmatch=True))
@example("http://[v1.x]")
@example("http://ho\u2100st")
def test_any_text_is_an_endpoint_or_a_mistake(url):
    """Nothing but EndpointError comes out, and an endpoint's own URL is read as the same endpoint."""
    try:
        endpoint = parse_endpoint(url)
    except EndpointError:
        return
    assert endpoint == parse_endpoint(endpoint.url)


def test_an_ipv6_address_stands_in_brackets():
    """Otherwise its colons would be taken for a port."""
    assert "http://[::1]:8080" == parse_endpoint("http://[::1]:8080").url
    assert "https://host:443" == parse_endpoint("https://host").url


def test_an_endpoint_does_not_change():
    """It is shared by checks on several threads."""
    endpoint = parse_endpoint("http://host")
    with pytest.raises(dataclasses.FrozenInstanceError):
        endpoint.port = 1
    with pytest.raises(TypeError):
        endpoint.headers["a"] = "b"


@pytest.mark.parametrize(
    ("pattern", "text", "meets"),
    [
        ("*", "", True),
        ("?", "", False),
        ("/api/*", "/api/", True),
        ("/api/*", "/api", False),
        ("/api*", "/apiary", True),
        ("/a?c", "/abc", True),
        ("/a?c", "/ac", False),
        ("/A", "/a", False),
        ("/a.b", "/a.b", True),
        ("/a.b", "/axb", False),
        ("/a[b]", "/a[b]", True),
        ("/a[b]", "/ab", False),
        ("/[a-z]", "/q", False),
        (r"/a\b", r"/a\b", True),
        (r"\d", "5", False),
        ("/$&+()|^", "/$&+()|^", True),
        ("/a*c", "/a\n\nc", True),
        ("/a?c", "/a\nc", True),
        ("/a", "/a\n", False),
        ("/?", "/é", True),
        ("/?", "/😀", True),
        ("/é?é", "/été", True),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_wildcards_are_those_of_a_load_balancer(pattern, text, meets):
    """`*` and `?` only, over the whole text; everything else stands for itself."""
    assert meets == matches_wildcards(pattern, text)


def naive(pattern, text):
    """The definition, in the slowest possible way."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return naive(pattern[1:], text) or (bool(text) and naive(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and naive(pattern[1:], text[1:])


FEW = st.text(alphabet="ab*?[]\\.\n(+é", max_size=8)


@given(FEW, FEW)
def test_wildcards_agree_with_their_definition(pattern, text):
    """Whatever stands in pattern and text."""
    assert naive(pattern, text) == matches_wildcards(pattern, text)


@given(st.text(max_size=20))
def test_a_pattern_without_wildcards_is_met_by_itself(text):
    """And by nothing longer."""
    pattern = text.replace("*", "").replace("?", "")
    assert matches_wildcards(pattern, pattern)
    assert not matches_wildcards(pattern, pattern + "x")


def endpoint(**demands):
    """An endpoint whose rule demands something."""
    return Endpoint(scheme="http", address="lb", port=80, source="listener rule app/orders/1/2/3", **demands)


@pytest.mark.parametrize(
    ("demands", "method", "path", "told"),
    [
        ({}, "DELETE", "/any", None),
        ({"methods": ("GET", "HEAD")}, "HEAD", "/", None),
        (
            {"methods": ("GET", "HEAD")},
            "POST",
            "/",
            "listener rule app/orders/1/2/3 takes only GET, HEAD, not POST",
        ),
        ({"path_patterns": ("/api/*", "/health")}, "GET", "/health", None),
        ({"path_patterns": ("/api/*", "/health")}, "GET", "/api/", None),
        (
            {"path_patterns": ("/api/*", "/health")},
            "GET",
            "/API/x",
            'listener rule app/orders/1/2/3 takes only paths like /api/* or /health, not "/API/x"',
        ),
    ],
)
def test_a_request_that_would_miss_the_rule_is_refused(demands, method, path, told):
    """It would land on another rule, most likely on blue, and say nothing about green."""
    assert told == endpoint(**demands).refusal(method, path)


@pytest.mark.parametrize(
    ("patterns", "host", "told"),
    [
        ((), "any.example.com", None),
        (("*.example.com", "orders"), "GREEN.Example.com", None),
        (("green.example.com",), None, None),
        (
            ("green.example.com", "*.test"),
            "orders.example.com",
            'listener rule app/orders/1/2/3 takes only hosts like green.example.com or *.test, not "orders.example.com"',
        ),
    ],
)
def test_a_host_that_the_rule_does_not_take_is_refused(patterns, host, told):
    """With another Host header the request lands on another rule, and what answers there is most likely blue."""
    assert told == endpoint(host_patterns=patterns).refusal("GET", "/", host)
