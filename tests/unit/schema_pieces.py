"""What suites and gates files can be made of, right and odd."""

import json
from copy import deepcopy

from hypothesis import strategies as st


def places(value, path=()):
    """The path of everything in a document."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def replaced(data, path, value):
    """A document with another value at a place."""
    if not path:
        return value
    data = deepcopy(data)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return data


ODD_VALUES = json.loads(
    r"""
    [null, true, false, 0, 1, 2, 20, 200, 599, 1.0, 1.5, 1e3, -1, 1180591620717411303424,
    "", " ", "any", "2xx", "required", "null", "critical", "2026-12-31", "Fri 16:00", "Europe/Berlin",
    "1s", "0s", "0.0s", "007 m", "1.25h", "999999999d", "0.001ms", "1\ts", "1\ns", "0%", "099%", "100.000000%",
    "/", "/a?b=c", "/a:b", "{{ tenant }}", "{{tenant}}", "{{\t tenant }}/b", "/{{ tenant }}{{ tenant }}", "/{{{ x",
    "/{{ tenant }", "/{{ run.id }}/ä", "{{ green.image }}", "a.b", "$", "@", "a[0]", "items[*].id", "*.a", "x(", "é",
    "http://a", "HTTP://A:1/", "https://[::1]:8080", "http://a?", "http://a/#", "ssm:/a", "file:a", "web-1",
    [], [200, "3xx"], ["any"], ["a"], [1, true], [null], {}, {"a": 1}, {"equals": null}, {"exists": true}, {"json": "a"},
    {"gte": 0}, {"count": 1}, {"max": "1s"}, {"status": "any"}, {"type": "object"}, {"file": "a"}, {"host": "a_b"}]
    """
)
ODD = st.sampled_from(ODD_VALUES)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


# Suites put together from pieces of which every one is right by itself.
JSON = st.sampled_from([None, True, 0, 1.5, "", "a", "{{ run.id }}", [], [1, "b"], {}, {"a": None}])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="{"), max_size=5)  # half a template is a mistake
NAME = st.sampled_from(["a", "health", "order can be read", "é"])
DURATION = st.sampled_from(["1ms", "300ms", "1.5 s", "2m"])
JSON_PATH = st.sampled_from(["a", "a.b", "items[0].id", "$.a", "@", "length(@)"])
OPERATORS = st.fixed_dictionaries(
    {},
    optional={
        "equals": JSON,
        "not_equals": JSON,
        "contains": JSON,
        "matches": st.sampled_from(["^a", "", "(?i)b", r"\d+"]),
        "one_of": st.lists(JSON, min_size=1, max_size=2),
        "exists": st.just(value=True),
        "type": st.sampled_from(["string", "number", "null", None]),
        "length": st.integers(0, 9)
        | st.fixed_dictionaries({"gte": st.integers(0, 3)}, optional={"lte": st.integers(3, 9)}),
        "gt": st.floats(-5, 5) | st.just("{{ run.id }}"),
        "lte": st.integers(),
    },
).filter(bool)
CONDITION = OPERATORS | st.none() | st.booleans() | st.integers() | TEXT | st.lists(st.integers())
STATUS = st.integers(100, 599) | st.sampled_from(["1xx", "2xx", "5xx"])
EXPECT = st.fixed_dictionaries(
    {},
    optional={
        "status": STATUS | st.just("any") | st.lists(STATUS, min_size=1, max_size=3),
        "headers": st.dictionaries(st.sampled_from(["Server", "ETag", "x-1"]), CONDITION, max_size=2),
        "content_type": st.just("text/html; charset=utf-8"),
        "body": st.fixed_dictionaries({"empty": st.booleans()}, optional={"contains": TEXT}),
        "json": st.dictionaries(JSON_PATH, CONDITION, max_size=3),
        "json_schema": st.sampled_from([True, {}, {"type": "object"}]),
        "max_latency": DURATION,
        "tls": st.builds(lambda days: {"min_days_left": days}, st.integers(1, 3650)),
    },
)
VALUE = TEXT | st.integers() | st.booleans()
SHARED = {
    "query": st.dictionaries(NAME, VALUE | st.lists(VALUE, max_size=2), max_size=2),
    "headers": st.dictionaries(
        st.sampled_from(["Accept", "x-1", "Cookie"]), st.none() | st.just("a") | st.integers(), max_size=2
    ),
    "timeout": DURATION,
    "follow_redirects": st.booleans(),
    "expect": EXPECT,
    "warn": EXPECT,
}
RETRIES = st.integers(0, 20) | st.fixed_dictionaries(
    {}, optional={"count": st.integers(0, 20), "backoff": st.floats(1, 10)}
)
PATH = st.sampled_from(["/", "/a?b=c", "{{ run.id }}", "/{{run.id}}/{{ green.image_tag }}"])
REQUEST = SHARED | {"retries": RETRIES, "method": st.sampled_from(["GET", "POST", "DELETE"])}
BODY = st.sampled_from([{}, {"json": None}, {"json": [1]}, {"body": ""}, {"form": {"a": [1, "b"]}}])
CAPTURES = st.sampled_from([{}, {"captures": {"x": {"json": "id", "secret": True}, "y": {"header": "ETag"}}}])
ROUNDS = st.sampled_from([{}, {"repeat": 5}, {"repeat": {"count": 9, "latency": {"avg": "1s"}}}, {"compare": {}}])


def without(test, *keys):
    """A test with fewer keys."""
    return {key: value for key, value in test.items() if key not in keys}


def single(test, body, rounds):
    """A test of one request; what does not go together with several rounds is left out."""
    return without(test | body | rounds, *(("retries", "method") if rounds else ()))


STEP = st.builds(
    lambda step, body, captures: step | body | captures,
    st.fixed_dictionaries({"name": NAME, "path": PATH}, optional=REQUEST | {"always_run": st.booleans()}),
    BODY,
    CAPTURES,
)
TEST = st.builds(
    single,
    st.fixed_dictionaries({"path": PATH}, optional=REQUEST | {"severity": st.just("warning"), "skip": st.just("no")}),
    BODY,
    ROUNDS,
) | st.builds(lambda step: {"steps": [step], "tags": ["a"]}, STEP)
PIECES = st.fixed_dictionaries(
    {"version": st.just(1), "name": NAME, "tests": st.lists(TEST, min_size=1, max_size=3)},
    optional={
        "target": st.sampled_from([{}, {"host": "orders.example.com"}]),
        "variables": st.dictionaries(
            st.sampled_from(["a", "b-1", "_c"]), st.booleans() | st.lists(st.integers()), max_size=2
        ),
        "secrets": st.sampled_from([{}, {"s": {"ssm": "/a"}}, {"t": {"secretsmanager": "b", "key": "c"}}]),
        "concurrency": st.integers(1, 20),
        "defaults": st.fixed_dictionaries({}, optional=SHARED | {"retries": RETRIES}),
        "identity": st.just({"path": "/", "expect": {}, "interval": "1ms", "wait": "1m"}),
        "setup": st.lists(STEP.map(lambda step: without(step, "always_run", "captures")), max_size=1),
    },
)
