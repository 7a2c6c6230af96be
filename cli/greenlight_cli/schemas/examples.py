"""What else editors show of some keys: examples, what each choice means, and what to write instead of what is refused."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from greenlight.stages import Stage

_More = dict[str, dict[str, Any]]

_DECIDES: Final[dict[str, Any]] = {
    "enumDescriptions": ["the deployment is rolled back", "the gate goes on, and says so loudly"]
}
MORE_OF_A_CHECK: Final[_More] = {
    "name": {"errorMessage": "write at most 32 small letters, digits, _ and -, and start with a letter"},
    "severity": {"enumDescriptions": ["a failure rolls back", "a failure is reported, and never rolls back"]},
    "on_create": {"enumDescriptions": ["ask", "do not ask"]},
    "on_error": _DECIDES,
    "on_timeout": _DECIDES,
}
_NOT_NULL: Final = ("string", "number", "boolean", "array", "object")
_SENT: Final[_More] = {
    "timeout": {"examples": ["5s"]},
    "headers": {"examples": [{"Authorization": "Bearer {{ secrets.api_token }}"}]},
    "query": {"examples": [{"limit": 10}]},
}
_SHARED: Final[_More] = _SENT | {
    "retries": {"examples": [2]},
    "expect": {"examples": [{"status": 200, "json": {"status": "ok"}}]},
    "warn": {"examples": [{"max_latency": "300ms"}]},
}
_REQUEST: Final[_More] = _SHARED | {
    "path": {"examples": ["/health"]},
    "json": {"examples": [{"sku": "TEST-1"}]},
    "captures": {"examples": [{"order_id": {"json": "id"}}]},
}
_SUITE: Final[dict[str, Any]] = {
    "version": 1,
    "name": "orders",
    "tests": [{"name": "health", "path": "/health", "expect": {"status": 200, "json": {"status": "ok"}}}],
}

MORE: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = MappingProxyType(
    {
        "GatesFile": {"service": {"examples": ["orders"]}}
        | {stage.lower(): {"examples": [{"smoke": {"file": "smoke.yaml"}}]} for stage in Stage},
        "Gate": {"smoke": {"examples": [{"file": "smoke.yaml"}]}},
        "SmokeSettings": {
            "file": {"examples": ["smoke.yaml", "s3://my-bucket/orders/smoke.yaml"]},
            "endpoint": {"examples": ["http://green.internal:8080"]},
            "blue_endpoint": {"examples": ["http://blue.internal:8080"]},
            "target": {
                "enumDescriptions": [
                    "the test listener; the default from TEST_TRAFFIC_SHIFT to PRE_PRODUCTION_TRAFFIC_SHIFT",
                    "the production listener; the default at all other stages",
                ]
            },
            "tags": {"examples": [["critical"]]},
        },
        "Ignored": {
            "id": {
                "examples": ["CVE-2026-1234"],
                "errorMessage": "write the name of a vulnerability, as CVE-2026-1234",
            },
            "until": {"examples": ["2026-12-31"], "errorMessage": "write year-month-day, as in 2026-12-31"},
        },
        "LambdaSettings": {"qualifier": {"errorMessage": "write a version, an alias or $LATEST"}},
        "SuiteFile": {
            "target": {"examples": [{"host": "orders.example.com"}]},
            "variables": {"examples": [{"tenant": "smoke-test"}]},
            "secrets": {"examples": [{"api_token": {"ssm": "/orders/smoke/api-token"}}]},
            "identity": {
                "examples": [{"path": "/version", "expect": {"json": {"image_tag": "{{ green.image_tag }}"}}}]
            },
            "tests": {"examples": [_SUITE["tests"]]},
        },
        "Target": {"host": {"examples": ["orders.example.com"]}},
        "Secret": {"ssm": {"examples": ["/orders/smoke/api-token"]}},
        "Defaults": _SHARED,
        "Identity": _SENT
        | {
            "path": {"examples": ["/version"]},
            "expect": {"examples": [{"json": {"image_tag": "{{ green.image_tag }}"}}]},
        },
        "SetupEntry": _REQUEST,
        "StepEntry": _REQUEST,
        "TestEntry": _REQUEST
        | {
            "tags": {"examples": [["critical"]]},
            "severity": {"enumDescriptions": ["a failure fails the suite", "a failure is reported, and no more"]},
            "repeat": {"examples": [100]},
            "compare": {"examples": [{"json": "same_types", "ignore": ["meta.request_id"]}]},
        },
        "Capture": {"json": {"examples": ["id"]}, "body": {"examples": ["id=(\\w+)"]}},
        "Expect": {
            "status": {"examples": [200, "2xx", [200, 204], "any"]},
            "headers": {"examples": [{"Location": {"matches": "^/v2/orders/"}}]},
            "content_type": {"examples": ["application/json"]},
            "body": {"examples": [{"contains": "ready"}]},
            "json": {"examples": [{"status": "ok", "items": {"type": "array", "length": {"gte": 1}}}]},
            "json_schema": {"examples": [{"type": "object", "required": ["id"]}]},
            "max_latency": {"examples": ["300ms", "2s"]},
            "redirect_to": {"type": [*_NOT_NULL], "examples": ["/login"]},
            "tls": {"examples": [{"min_days_left": 21}]},
        },
        "Compare": {
            "json": {
                "enumDescriptions": [
                    "keys and values",
                    "keys and types; values and the lengths of arrays may differ",
                    "nothing: only status and latency count",
                ]
            },
            "ignore": {"examples": [["meta.request_id", "items[*].updated_at"]]},
        },
    }
)
"""By model and key. A first example is also what editors write into the file when they complete the key."""

EXAMPLES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "GatesFile": {
            "version": 1,
            "service": "orders",
            "post_test_traffic_shift": {"deadline": "20m", "smoke": {"file": "smoke.yaml"}},
        },
        "SuiteFile": _SUITE,
    }
)
"""The least that says something, of each of the two files."""
