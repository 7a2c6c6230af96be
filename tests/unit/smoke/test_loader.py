"""From a document to a suite, or to everything that is wrong with it."""

import math
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlight.documents import Document, DocumentError, parse
from greenlight.smoke import Suite, load_suite
from greenlight.smoke.model import StepEntry, SuiteFile, TestEntry
from greenlight.smoke.operators import Operators
from tests.unit.smoke.servers import suite_of
from tests.unit.smoke.test_values import json_values

ORDERS = """
version: 1
name: orders-api smoke
target: {host: orders.example.com}
variables: {tenant: smoke-test}
secrets:
  api_token: {ssm: /orders/smoke/api-token}
  password: {secretsmanager: orders/smoke, key: password}
concurrency: 7
defaults:
  timeout: 3s
  headers: {Authorization: "Bearer {{ secrets.api_token }}", X-Team: smoke}
  retries: {count: 2, interval: 500ms}
  expect: {max_latency: 2s, headers: {Server: nginx}}
tests:
  - name: health
    path: /health
    tags: [critical]
    severity: warning
    expect:
      status: 200
      json: {status: ok, image: "{{ green.image_tag }}", dependencies: {type: array, length: {gte: 3}}}
    warn: {max_latency: 300ms}
  - name: order
    steps:
      - name: create
        method: POST
        path: /v2/orders
        json: {tenant: "{{ tenant }}"}
        retries: 0
        headers: {authorization: null}
        expect: {status: 201, headers: {server: {exists: false}}}
        captures: {order_id: {json: id}}
      - {name: cancel, method: DELETE, path: "/v2/orders/{{ order_id }}", always_run: true, retries: {count: 5}}
"""


def mistakes_of(**keys):
    """Load a suite that is wrong, and return its mistakes as text."""
    with pytest.raises(DocumentError) as caught:
        suite_of(*keys.pop("tests", [{"name": "a", "path": "/"}]), **keys)
    return [str(mistake) for mistake in caught.value.mistakes]


def mistake_of(test, **keys):
    """Load a suite with one test that is wrong in one way, and return the mistake."""
    (mistake,) = mistakes_of(tests=[{"name": "a", "path": "/"} | test], **keys)
    return mistake


def test_a_suite_is_read_whole():
    """Everything written is in the suite, with the defaults of the language for the rest."""
    suite = load_suite(parse(ORDERS, "smoke.yaml"))
    health, order = suite.tests
    (step,) = health.steps
    assert (suite.name, suite.source) == ("orders-api smoke", "smoke.yaml")
    assert (suite.host, suite.concurrency) == ("orders.example.com", 7)
    assert (health.severity, health.tags, health.skip) == ("warning", ("critical",), None)
    assert (step.name, step.method, step.path, step.follow_redirects) == ("health", "GET", "/health", False)
    assert [step.name for step in order.steps] == ["create", "cancel"]
    assert [step.always_run for step in order.steps] == [False, True]


def test_the_least_that_a_user_writes_is_enough():
    """Version, name and one test with name and path make a suite; 2xx and 5 seconds go without saying."""
    suite = suite_of({"name": "a", "path": "/"})
    (step,) = suite.tests[0].steps
    assert (suite.concurrency, suite.host, suite.tests[0].severity) == (5, None, "required")
    assert (step.timeout, step.retries.count, step.expect.status, step.warn) == (5.0, 0, None, None)


def test_defaults_are_merged_key_by_key():
    """A test adds to the defaults and overrides single keys; header names have no case, and null drops a default."""
    suite = load_suite(parse(ORDERS, "smoke.yaml"))
    health, create, cancel = (*suite.tests[0].steps, *suite.tests[1].steps)
    assert (health.expect.status.text, health.expect.max_latency) == ("200", 2.0)
    assert health.warn.max_latency == 0.3
    assert health.headers == {"Authorization": "Bearer {{ secrets.api_token }}", "X-Team": "smoke"}
    assert create.headers == {"X-Team": "smoke"}
    assert list(create.expect.headers) == ["server"]
    assert create.expect.max_latency == 2.0
    assert (create.retries.count, cancel.retries.count, cancel.retries.interval) == (0, 5, 0.5)
    assert {health.timeout, create.timeout, cancel.timeout} == {3.0}


def test_the_namespaces_that_templates_refer_to_are_told():
    """A caller looks up only what the suite asks for."""
    assert load_suite(parse(ORDERS, "smoke.yaml")).namespaces == {"green", "secrets"}
    assert suite_of({"name": "a", "path": "/"}).namespaces == frozenset()
    nested = {"json": {"a": {"matches": "^{{ blue.revision }}$"}}, "body": {"contains": "{{ run.id }}"}}
    assert suite_of({"name": "a", "path": "/", "warn": nested}).namespaces == {"blue", "run"}


def test_all_mistakes_are_told_at_once_each_with_its_line():
    """A typing error does not hide a duplicate name, nor the other way round."""
    text = """version: 2
name: x
tests:
  - name: a
    path: health
    expect: {status: 999}
  - name: a
    path: /
    json: {}
    body: x
"""
    with pytest.raises(DocumentError) as caught:
        load_suite(parse(text, "smoke.yaml"))
    assert {mistake.place for mistake in caught.value.mistakes} == {
        "smoke.yaml:1 version",
        "smoke.yaml:5 tests[0].path",
        "smoke.yaml:6 tests[0].expect.status",
        "smoke.yaml:7 tests[1].name",
        "smoke.yaml:10 tests[1].body",
    }


@pytest.mark.parametrize(
    ("key", "cure"),
    [
        ("url", "write path"),
        ("endpoint", "write path"),
        ("request", "write method, path, headers"),
        ("assertions", "write expect"),
        ("asserts", "write expect"),
        ("checks", "write expect"),
        ("validate", "write expect"),
        ("status_code", "write expect: {status: ...}"),
        ("save", "write captures"),
        ("extract", "write captures"),
        ("payload", "write json, form or body"),
        ("params", "write query"),
        ("allow_redirects", "write follow_redirects"),
        ("depends_on", "side by side"),
        ("stages", "write steps"),
        ("json_schema", "it belongs under expect"),
        ("iterations", "write repeat: {count: 100}"),
        ("baseline", "write compare: {json: same}"),
        ("pth", 'did you mean "path"?'),
    ],
)
def test_the_words_of_other_tools_are_answered_with_ours(key, cure):
    """Who knows another tool is told what the word is here; what is not built yet is said to be so."""
    assert cure in mistake_of({key: 1})


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ({"path": "http://x/y"}, "is an absolute URL; write the path alone"),
        ({"path": "health"}, 'has to start with "/"'),
        ({"path": "/a b"}, "percent-encoded"),
        ({"path": "/a#b"}, "percent-encoded"),
        ({"path": None}, "has no value"),
        ({"method": "get"}, "'GET'"),
        ({"timeout": 5}, "write a number with a unit"),
        ({"timeout": "0s"}, 'found "0s"'),
        ({"retries": 21}, "20, found 21"),
        ({"retries": -1}, "0, found -1"),
        ({"retries": {"count": 1, "backoff": 0.5}}, "1, found 0.5"),
        ({"retries": {"attempts": 2}}, "write count"),
        ({"json": {}, "form": {}}, "a request has one body"),
        ({"headers": {"Host": "x"}}, "set target.host instead"),
        ({"headers": {"Content-Length": "5"}}, "follows from the body"),
        ({"headers": {"X": 1.5}}, 'write "..." around it'),
        ({"headers": {"X Y": "a"}}, "is no header name"),
        ({"headers": {"X-A": "a", "x-a": "b"}}, "are one header"),
        ({"query": {"a": {"b": 1}}}, "has to be text, a number"),
        ({"query": {"a": 1.10}}, 'write "..." around it'),
        ({"skip": ""}, 'found ""'),
        ({"skip": True}, "found true"),
        ({"severity": "low"}, "'required' or 'warning'"),
        ({"tags": "a"}, "has to be a list"),
        ({"expect": None}, "has no value"),
        ({"expect": {"status": "200"}}, "has to be a status code"),
        ({"expect": {"status": True}}, "has to be a status code"),
        ({"expect": {"status": [200, "any"]}}, "has to be a status code"),
        ({"expect": {"status": []}}, "names no status code"),
        ({"expect": {"body": "ok"}}, "write body: {contains: ...}"),
        ({"expect": {"json": {"a": {"equal": 1}}}}, "write equals"),
        ({"expect": {"json": {"a": {}}}}, "{equals: {}}"),
        ({"expect": {"json": {"a[": 1}}}, "no JMESPath"),
        ({"expect": {"json": {"$..a": 1}}}, "this is JSONPath"),
        ({"expect": {"json": ["ok"]}}, "has to be a mapping"),
        ({"expect": {"headers": {"X": {"matches": "("}}}}, "is no regular expression"),
        ({"expect": {"json": {"a": {"type": "text"}}}}, "'string', 'number'"),
        ({"expect": {"max_latency": "1"}}, "is no duration"),
        ({"captures": {"x": "id"}}, "{json: id}"),
        ({"captures": {"x": {}}}, "exactly one of json, header, cookie, body"),
        ({"captures": {"x": {"json": "a", "header": "b"}}}, "exactly one of json, header, cookie, body"),
        ({"captures": {"x": {"body": "abc"}}}, "needs a group"),
        ({"captures": {"x": {"cookie": "{{ x }}"}}}, "templates are not filled in here"),
        ({"captures": {"green": {"json": "a"}}}, "belongs to Greenlight"),
        ({"captures": {"x y": {"json": "a"}}}, "is no name"),
        ({"captures": {"v": {"json": "a"}}}, "has a value already"),
        ({"steps": [{"name": "s", "path": "/"}]}, "stands beside steps"),
        ({"path": "/{{ tennant }}"}, 'did you mean "tenant"?'),
        ({"path": "/{{ x }}", "captures": {"x": {"json": "a"}}}, "captured only in step"),
        ({"path": "/{{ green }}"}, "needs a key"),
        ({"path": "/{{ green.image_tg }}"}, 'did you mean "green.image_tag"?'),
        ({"path": "/{{ purple.x }}"}, "none of green, blue, run, secrets"),
        ({"body": "{{ a b }}"}, "opens a template that is none"),
        ({"json": {"{{ v }}": 1}}, "under a key with a template"),
        ({"json": math.nan}, "is no finite number"),
        ({"name": "{{ v }}"}, "templates are not filled in here"),
    ],
)
def test_what_can_never_be_meant_is_refused(test, words):
    """Each mistake gives one message, with the cure."""
    assert words in mistake_of(test, variables={"v": 1, "tenant": "a"})


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"tests": []}, "found []"),
        ({"tests": [{"name": f"t{n}", "path": "/"} for n in range(201)]}, "200"),
        ({"tests": [{"name": "a", "steps": [{"name": str(n), "path": "/"} for n in range(21)]}]}, "20"),
        ({"tests": [{"name": "a", "steps": [{"name": "s", "path": "/"}] * 2}]}, '"s" is the name of steps[0] already'),
        ({"tests": [{"name": "a"}]}, '"path" has to be given'),
        ({"tests": [{"name": "a", "steps": [{"name": "s", "path": "/", "tags": ["x"]}]}]}, "belongs to the test"),
        ({"concurrency": 21}, "20, found 21"),
        ({"concurrency": 0}, "1, found 0"),
        ({"target": {"host": "https://x.example"}}, "has to be a host name"),
        ({"target": {"host": "x.example:8443"}}, "has to be a host name"),
        ({"target": {"url": "http://x"}}, "come from the listener; write host alone"),
        ({"variables": {"a": "{{ b }}"}}, "variables are plain values"),
        ({"variables": {"run": 1}}, "belongs to Greenlight"),
        ({"defaults": {"path": "/"}}, "belongs to one request"),
        ({"defaults": {"timeout": "5"}}, "is no duration"),
        ({"defaults": {"headers": {"X": "{{ y }}"}}}, "is no variable"),
        ({"defaults": {"expect": {"json": {"a": {"matches": "["}}}}}, "is no regular expression"),
        (
            {
                "defaults": {"headers": {"X": "{{ t }}"}},
                "tests": [{"name": "a", "path": "/", "captures": {"t": {"json": "t"}}}],
            },
            "is no variable",
        ),
        ({"vars": {}}, "write variables"),
        ({"base_url": "http://x"}, "write target"),
        ({"version": True}, "has to be 1"),
        ({"version": 1.0}, "has to be 1"),
        ({"tests": [{"name": "a", "steps": []}]}, "found []"),
        ({"name": 5}, "found 5"),
    ],
)
def test_what_is_wrong_with_the_suite_as_a_whole_is_refused(keys, words):
    """Limits, names, target, variables and defaults are looked at as well."""
    (mistake,) = mistakes_of(**keys)
    assert words in mistake


def test_a_capture_is_known_to_later_steps_and_to_its_own_expectations():
    """What a reply holds can be expected elsewhere in the same reply, and sent only afterwards."""
    first = {
        "name": "create",
        "path": "/",
        "captures": {"id": {"json": "id"}},
        "expect": {"headers": {"Location": "/{{ id }}"}},
    }
    steps = [first, {"name": "read", "path": "/{{ id }}", "headers": {"X": "{{ id }}"}}]
    (test,) = suite_of({"name": "a", "steps": steps}).tests
    assert [frozenset(), {"id"}] == [step.needs for step in test.steps]
    with pytest.raises(DocumentError, match='captured only in step "create"'):
        suite_of({"name": "a", "steps": [steps[1], first]})


def test_a_document_that_nests_without_end_is_refused():
    """An inline suite was never text, so nobody counted its levels."""
    data = 1
    for _ in range(5000):
        data = [data]
    with pytest.raises(DocumentError, match="nests deeper than"):
        load_suite(Document("inline", {"version": 1, "name": "x", "tests": data}))


KEYS = st.sampled_from(
    [
        *sorted({*Operators.model_fields, *TestEntry.model_fields, *StepEntry.model_fields, *SuiteFile.model_fields}),
        "json",
        "host",
        "count",
        "status",
        "max_latency",
        "content_type",
        "header",
        "cookie",
        "secret",
        "{{ x }}",
    ]
)
LEAVES = json_values | st.sampled_from(
    ["/", "GET", "5s", "2xx", "any", "{{ x }}", "{{ green.image }}", "a.b[0]", "^a$"]
)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)


@settings(max_examples=300)
@given(TREES)
def test_any_document_is_a_suite_or_a_document_error(data):
    """No JSON document makes the loader fail in another way."""
    with suppress(DocumentError):
        assert isinstance(load_suite(Document("any", data)), Suite)


@settings(max_examples=300)
@given(st.dictionaries(KEYS, TREES, max_size=6), st.dictionaries(KEYS, TREES, max_size=4))
def test_any_test_in_an_otherwise_good_suite_is_loaded_or_refused(test, step):
    """The same, deeper inside, where most of the rules are."""
    tests = [{"name": "a", "path": "/"} | test, {"name": "b", "steps": [{"name": "s", "path": "/"} | step]}]
    with suppress(DocumentError):
        assert isinstance(suite_of(*tests, defaults=step), Suite)
