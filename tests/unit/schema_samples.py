"""A suite and a gates file that say everything, and what people get wrong in theirs."""

import pytest

SMOKE = r"""
version: 1
name: orders-api smoke
target: {host: orders.example.com}
variables: {tenant: smoke-test, limits: {orders: 3}, nothing: null}
secrets:
  api_token: {ssm: /orders/smoke/api-token}
  password: {secretsmanager: orders/smoke, key: password}
concurrency: 5
defaults:
  timeout: 5s
  query: {trace: true, shard: [1, b]}
  headers: {Authorization: "Bearer {{ secrets.api_token }}", X-Attempt: 1}
  follow_redirects: false
  retries: {count: 2, interval: 1s, backoff: 1.5}
  expect: {max_latency: 2s}
identity:
  path: /version
  headers: {authorization: null}
  timeout: 1 s
  expect: {json: {image_tag: "{{ green.image_tag }}"}}
  consecutive: 5
  interval: 2s
  wait: 3m
setup:
  - name: log in
    method: POST
    path: /login
    form: {user: smoke, password: "{{ secrets.password }}"}
    captures: {token: {json: token, secret: true}, session: {cookie: session}, state: {body: 'state=(\w+)'}}
tests:
  - name: health
    path: /health
    tags: [critical]
    expect:
      status: 200
      content_type: application/json
      json:
        status: ok
        dependencies: {type: array, length: {gte: 3}}
        "dependencies[?state!='up'] | length(@)": 0
        debug: {exists: false}
        replaced_by: {type: null}
        items: {one_of: [[], [1]]}
        limit: {gte: "{{ limits }}", lt: 10.5}
        items[0]: {contains: {id: 1}, not_equals: null, length: 2}
      headers: {Location: {matches: '^/v2'}, Server: nginx}
      body: {not_contains: error, empty: false}
      tls: {min_days_left: 21}
    warn: {max_latency: 300ms, status: [200, 3xx]}
  - name: order can be created, read and cancelled
    severity: warning
    steps:
      - name: create
        method: POST
        path: /v2/orders
        json: {tenant: "{{ tenant }}", sku: TEST-1}
        retries: 0
        expect: {status: 201, headers: {Location: {matches: '^/v2/orders/[0-9a-f-]+$'}}}
        captures: {order_id: {json: id}, etag: {header: ETag}}
      - {name: read back, path: "/v2/orders/{{ order_id }}", expect: {json_schema: {type: object, required: [id]}}}
      - {name: cancel, method: DELETE, path: "/v2/orders/{{ order_id }}", always_run: true, expect: {status: [200, 204]}}
  - name: list is fast and stable
    path: /v2/orders
    repeat: {count: 100, concurrency: 5, min_success: 99%, latency: {p95: 300ms, max: 2s}}
  - {name: list again, path: /v2/orders, repeat: 3, skip: not yet}
  - name: green answers like blue
    path: /v2/orders
    compare:
      json: same_types
      ignore: [meta.request_id, "items[*].updated_at"]
      latency: {max_ratio: 1.5, min_delta: 50ms}
      samples: 3
  - {name: greeting, method: PUT, path: /greeting, body: hello, compare: {allow_unsafe: true}}
  - {name: home, path: /, expect: {redirect_to: /login}}
"""
"""A suite that says everything that a suite can say."""

CHECKED = """
version: 1
service: orders
post_test_traffic_shift:
  deadline: 20m
  smoke:
    - {file: smoke.yaml, severity: warning, dry_run: true, on_create: skip, on_error: pass, on_timeout: pass}
    - {name: again, file: s3://bucket/smoke.yaml, tags: [critical], target: production, suite: null}
    - {name: there, file: ssm:/smoke, endpoint: "http://green:8080/", blue_endpoint: "HTTPS://[::1]", target: null}
pre_production_traffic_shift:
  smoke:
    suite: {version: 1, name: inline, tests: [{name: health, path: /health}]}
"""
"""A gates file that says everything that a gates file can say."""

# What people write by mistake, in a test of an otherwise good suite.
OF_A_TEST = {
    "unknown key": {"paht": "/"},
    "a word of another tool": {"url": "http://green/health"},
    "number without unit": {"timeout": 5},
    "text without unit": {"timeout": "5"},
    "unit that is none": {"timeout": "5 sec"},
    "nothing at all": {"timeout": "0s"},
    "key without value": {"timeout": None},
    "absolute URL": {"path": "http://green/health"},
    "path without slash": {"path": "health"},
    "path with a space": {"path": "/a b"},
    "path with a fragment": {"path": "/a#b"},
    "method in small letters": {"method": "get"},
    "yes": {"follow_redirects": "yes"},
    "too many retries": {"retries": 21},
    "retries as a word": {"retries": "twice"},
    "unknown key of retries": {"retries": {"attempts": 2}},
    "status that is none": {"expect": {"status": 700}},
    "class in capitals": {"expect": {"status": "2XX"}},
    "no status": {"expect": {"status": []}},
    "status of another name": {"expect": {"status_code": 200}},
    "bare text for a body": {"expect": {"body": "ok"}},
    "misspelt operator": {"expect": {"json": {"a": {"eqals": 1}}}},
    "no operator": {"expect": {"json": {"a": {}}}},
    "text to compare with": {"expect": {"json": {"a": {"gt": "ten"}}}},
    "type that is none": {"expect": {"json": {"a": {"type": "text"}}}},
    "length below nothing": {"expect": {"json": {"a": {"length": -1}}}},
    "length without bounds": {"expect": {"json": {"a": {"length": {}}}}},
    "nothing there that has a value": {"expect": {"json": {"a": {"exists": False, "equals": 1}}}},
    "empty choice": {"expect": {"json": {"a": {"one_of": []}}}},
    "empty path": {"expect": {"json": {"": 1}}},
    "schema that is a text": {"expect": {"json_schema": "object"}},
    "days as text": {"expect": {"tls": {"min_days_left": "21"}}},
    "number for a header": {"headers": {"X-Rate": 1.5}},
    "header that is set otherwise": {"headers": {"Host": "orders.example.com"}},
    "header that is none": {"headers": {"X Team": "a"}},
    "object in a query": {"query": {"filter": {"a": 1}}},
    "two bodies": {"method": "POST", "json": {}, "form": {"a": 1}},
    "body that is no text": {"method": "POST", "body": 5},
    "bare capture": {"captures": {"id": "json.id"}},
    "capture from nowhere": {"captures": {"id": {}}},
    "capture from two places": {"captures": {"id": {"json": "id", "header": "Location"}}},
    "reserved name": {"captures": {"green": {"json": "id"}}},
    "severity of another tool": {"severity": "critical"},
    "single tag": {"tags": "critical"},
    "skip without reason": {"skip": True},
    "steps beside a request": {"steps": [{"name": "b", "path": "/"}]},
    "percentage without sign": {"repeat": {"count": 100, "min_success": 99}},
    "more than everything": {"repeat": {"count": 100, "min_success": "101%"}},
    "repeat without count": {"repeat": {"concurrency": 2}},
    "too many at a time": {"repeat": {"count": 100, "concurrency": 21}},
    "latency without bounds": {"repeat": {"count": 3, "latency": {}}},
    "repeat with retries": {"repeat": 3, "retries": 2},
    "repeat with compare": {"repeat": 3, "compare": {}},
    "mode that is none": {"compare": {"json": "equal"}},
    "unsafe comparison": {"method": "POST", "compare": {}},
    "redirect that is followed": {"follow_redirects": True, "expect": {"redirect_to": "/login"}},
}
OF_A_SUITE = {
    "other version": {"version": 2},
    "version as text": {"version": "1"},
    "version that is true": {"version": True},
    "no tests": {"tests": []},
    "test without request": {"tests": [{"name": "a"}]},
    "test without name": {"tests": [{"path": "/"}]},
    "no steps": {"tests": [{"name": "a", "steps": []}]},
    "step without path": {"tests": [{"name": "a", "steps": [{"name": "b"}]}]},
    "tags of a step": {"tests": [{"name": "a", "steps": [{"name": "b", "path": "/", "tags": ["a"]}]}]},
    "tests by name": {"tests": {"a": {"path": "/"}}},
    "URL for a host": {"target": {"host": "http://orders.example.com"}},
    "port beside the host": {"target": {"host": "orders.example.com:8080"}},
    "secret in the open": {"secrets": {"token": "abc"}},
    "secret without place": {"secrets": {"token": {"key": "a"}}},
    "secret in two places": {"secrets": {"token": {"ssm": "/a", "secretsmanager": "b"}}},
    "variable with a space": {"variables": {"my tenant": "a"}},
    "reserved variable": {"variables": {"run": "a"}},
    "too much at a time": {"concurrency": 50},
    "retries at the top": {"retries": 2},
    "path in the defaults": {"defaults": {"path": "/"}},
    "identity without expectation": {"identity": {"path": "/version"}},
    "identity that changes something": {"identity": {"method": "DELETE", "path": "/version", "expect": {}}},
    "setup without path": {"setup": [{"name": "log in"}]},
}
OF_A_GATE = {
    "no check": {},
    "only a deadline": {"deadline": "20m"},
    "unknown kind": {"smok": {"file": "smoke.yaml"}},
    "check without suite": {"smoke": {}},
    "nothing behind a check that needs something": {"smoke": None},
    "bare file": {"smoke": "smoke.yaml"},
    "two suites": {"smoke": {"file": "a", "suite": {"version": 1, "name": "s", "tests": [{"name": "a", "path": "/"}]}}},
    "misspelt key": {"smoke": {"fil": "smoke.yaml"}},
    "severity that is none": {"smoke": {"file": "a", "severity": "error"}},
    "choice that is none": {"smoke": {"file": "a", "on_error": "continue"}},
    "number for a switch": {"smoke": {"file": "a", "dry_run": 1}},
    "endpoint with a path": {"smoke": {"file": "a", "endpoint": "http://green:8080/health"}},
    "endpoint without scheme": {"smoke": {"file": "a", "endpoint": "green:8080"}},
    "name with capitals": {"smoke": {"file": "a", "name": "Web"}},
    "stage for a target": {"smoke": {"file": "a", "target": "green"}},
    "deadline without unit": {"smoke": {"file": "a"}, "deadline": 20},
    "single tag": {"smoke": {"file": "a", "tags": "critical"}},
    "mistake in the suite": {"smoke": {"suite": {"version": 1, "name": "s", "tests": [{"name": "a", "path": "b"}]}}},
    "too many checks": {"smoke": [{"file": "a", "name": f"check-{number}"} for number in range(21)]},
}
OF_A_GATES_FILE = {
    "stage in capitals": {"POST_TEST_TRAFFIC_SHIFT": {"smoke": {"file": "a"}}},
    "stage that is none": {"bake_time": {"smoke": {"file": "a"}}},
    "other version": {"version": 1.1, "pre_scale_up": {"smoke": {"file": "a"}}},
    "number for a service": {"service": 5, "pre_scale_up": {"smoke": {"file": "a"}}},
    "list of checks": {"pre_scale_up": [{"smoke": {"file": "a"}}]},
    "stage with nothing behind it": {"pre_scale_up": None},
    "no stage": {"service": "orders"},
}


def wrong():
    """Every mistake, in a file that is right but for it."""
    suite = {"version": 1, "name": "s", "tests": [{"name": "a", "path": "/"}]}
    for name, keys in OF_A_TEST.items():
        yield pytest.param("suite", suite | {"tests": [suite["tests"][0] | keys]}, id=f"test: {name}")
    for name, keys in OF_A_SUITE.items():
        yield pytest.param("suite", suite | keys, id=f"suite: {name}")
    for name, gate in OF_A_GATE.items():
        yield pytest.param("gates", {"version": 1, "pre_scale_up": gate}, id=f"gate: {name}")
    for name, keys in OF_A_GATES_FILE.items():
        yield pytest.param("gates", {"version": 1} | keys, id=f"gates: {name}")
