"""What editors say of every key, in one sentence each, by the model that it belongs to."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "BodyOperators": "operators of a body",
        "Capture": "capture",
        "Compare": "comparison with blue",
        "Defaults": "defaults",
        "Expect": "expectations",
        "Gate": "gate",
        "GatesFile": "Greenlight gates file",
        "Identity": "identity",
        "LatencyBesideBlue": "latency beside blue",
        "LatencyLimits": "latency limits",
        "Length": "length",
        "Operators": "operators",
        "Repeat": "repetition",
        "Retries": "retries",
        "Secret": "place of a secret",
        "SetupEntry": "request of the setup",
        "SmokeSettings": "smoke check",
        "StepEntry": "step",
        "SuiteFile": "Greenlight smoke suite",
        "Target": "target",
        "TestEntry": "test",
        "Tls": "certificate",
    }
)
"""What people call what a model describes."""

ENTRIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Capture": "Where the value stands in the reply: exactly one of json, header, cookie and body.",
        "Operators": "What the value has to be: a bare value has to be equaled; operators have to hold, all of them.",
        "Secret": "Where the secret is kept: exactly one of ssm and secretsmanager.",
        "SetupEntry": "One request that is sent before all tests.",
        "StepEntry": "One request of several that make a test.",
        "TestEntry": "One request, or several steps in order, with a name.",
    }
)
"""What stands under keys that the user names, and in lists."""

_SENT: Final = {
    "query": "Parameters of the query by name, each a value or a list of values.",
    "headers": "Headers to send by name; null drops one that stands in the defaults.",
    "timeout": "How long the whole exchange may take: connecting, TLS, headers and body together. Default: 5s.",
}
_SHARED: Final = _SENT | {
    "follow_redirects": "Whether redirects are followed, which never lead away from the listener. Default: false.",
    "retries": "How often a failed attempt is repeated: a number, or count, interval and backoff. Default: 0.",
    "expect": "What the reply has to be; all that is given has to hold.",
    "warn": "The same words as in expect; what does not hold is reported, and never rolls back.",
}
_SENT_ONCE: Final = {
    "path": "Path of the request, from its / on; address and port come from the listener.",
    "method": "HTTP method of the request.",
    "json": "Body of the request, sent as JSON.",
}
_REQUEST: Final = (
    _SENT_ONCE
    | {
        "body": "Body of the request, sent as the text that stands here.",
        "form": "Body of the request, sent as the fields of a form.",
        "captures": "Values to take out of the reply, by the name under which templates of later steps use them.",
    }
    | _SHARED
)
KEYS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "GatesFile": {
            "version": "Version of the language; this one is 1.",
            "service": "What people call the service, for logs and reports.",
            "reconcile_service": "Gate at the beginning of a deployment, before ECS looks at the service's revisions.",
            "pre_scale_up": "Gate before green is started; its target is the production listener.",
            "post_scale_up": "Gate after green has started, before any traffic reaches it.",
            "test_traffic_shift": "Gate while the test listener is shifted to green.",
            "post_test_traffic_shift": "Gate once the test listener leads to green, and production still to blue.",
            "pre_production_traffic_shift": "Gate right before production traffic reaches green.",
            "production_traffic_shift": "Gate while production traffic is shifted to green.",
            "post_production_traffic_shift": "Gate once production traffic reaches green, before blue is stopped.",
        },
        "Gate": {
            "deadline": "How long the gate may take from its first call until on_timeout decides.",
            "smoke": "HTTP tests against a listener: one check, or a list of checks that have names.",
        },
        "SuiteFile": {
            "version": "Version of the language; this one is 1.",
            "name": "What people call the suite, for logs and reports.",
            "target": "What the requests are for.",
            "variables": "Plain values by name, for templates as {{ name }}.",
            "secrets": "Where secrets are kept by name, for templates as {{ secrets.name }}; they are kept out of every output.",
            "concurrency": "How many tests run side by side.",
            "defaults": "What goes for every test and step that does not say otherwise, merged key by key.",
            "identity": "Proves that green really answers, so many times in a row; without that proof nothing else is run.",
            "setup": "Requests that are sent once, in order, before all tests; a failure fails the suite.",
            "tests": "The tests, which run side by side.",
        },
        "Target": {
            "host": "Host header, SNI and the name in the certificate; address and port come from the listener.",
        },
        "Secret": {
            "ssm": "Name of a parameter of the Systems Manager Parameter Store.",
            "secretsmanager": "Name or ARN of a secret of Secrets Manager.",
            "key": "Key to take out of what is kept there, when that is a JSON object.",
        },
        "Defaults": _SHARED,
        "Identity": _SENT_ONCE
        | _SENT
        | {
            "expect": "What the reply has to be, to come from green.",
            "consecutive": "How many good answers in a row are the proof.",
            "interval": "How long to wait between two answers.",
            "wait": "How long to go on asking for the proof.",
        },
        "SetupEntry": {"name": "What the request is called in reports."} | _REQUEST,
        "StepEntry": {"name": "What the step is called in reports; no other step of the test has this name."}
        | _REQUEST
        | {
            "always_run": "Whether the step runs after a failed step too, as for cleaning up.",
        },
        "TestEntry": {"name": "What the test is called in reports; no other test has this name."}
        | _REQUEST
        | {
            "steps": "Several requests in order, instead of a single one; they share what they capture.",
            "tags": "Words by which a smoke check of a gates file picks tests.",
            "severity": "Whether a failure of this test fails the suite.",
            "skip": "Reason for which the test is not run; it is reported.",
            "repeat": "Sends the request many times and judges all replies: a number, or count and limits.",
            "compare": "Sends the same request to blue, on the production listener, and compares the answers.",
        },
        "Capture": {
            "json": "JMESPath of the value in a JSON body, as items[0].id.",
            "header": "Name of the header that holds the value.",
            "cookie": "Name of the cookie that holds the value.",
            "body": "Regular expression (RE2); its first group is the value.",
            "secret": "Whether the value is kept out of every output.",
        },
        "Expect": {
            "status": "Status code (200), class (2xx), a list of them, or any. Default: 2xx, or 3xx where redirect_to stands.",
            "headers": "What headers have to be, by name: a bare value has to be equaled, or operators.",
            "content_type": "Media type of the reply; a parameter as the charset counts only where it stands here.",
            "body": "What the text of the body has to be: operators, never a bare text.",
            "json": "What stands in a JSON body, by JMESPath: a bare value has to be equaled, or operators.",
            "json_schema": "JSON Schema that the body has to meet: Draft 2020-12, or the draft that its $schema names.",
            "max_latency": "How long the reply may take.",
            "redirect_to": "Where the reply has to redirect to: a path on the listener, a whole URL, or operators.",
            "tls": "What the certificate has to be, besides valid and for the right name.",
        },
        "Tls": {"min_days_left": "For how many days more the certificate has to be valid."},
        "Operators": {
            "equals": "Has to be this value, as JSON compares: true is not 1, 5 is 5.0, and the text 5 is not 5.",
            "not_equals": "Has to be there, and be any other value.",
            "contains": "Has to hold this: part of a text, element of an array, or keys and values of an object.",
            "not_contains": "Has to be a text, an array or an object that does not hold this.",
            "matches": "Has to be a text in which this regular expression (RE2) is found.",
            "not_matches": "Has to be a text in which this regular expression (RE2) is not found.",
            "one_of": "Has to be one of these values.",
            "exists": "Has to be there (true), whatever it is, or not to be there (false).",
            "type": "Has to be of this JSON type; an integer is a number as well.",
            "length": "How many characters, elements or keys: a number, or gte and lte.",
            "gt": "Has to be a number above this one.",
            "gte": "Has to be a number of at least this.",
            "lt": "Has to be a number below this one.",
            "lte": "Has to be a number of at most this.",
        },
        "Length": {"gte": "At least so many.", "lte": "At most so many."},
        "BodyOperators": {
            "contains": "Has to hold this text.",
            "not_contains": "Must not hold this text.",
            "matches": "This regular expression (RE2) has to be found in it.",
            "not_matches": "This regular expression (RE2) must not be found in it.",
            "equals": "Has to be exactly this text.",
            "empty": "Has to be empty (true), or not to be empty (false).",
        },
        "Retries": {
            "count": "How often a failed attempt is repeated.",
            "interval": "How long to wait before the first repetition.",
            "backoff": "By what the wait is multiplied before each further repetition.",
        },
        "Repeat": {
            "count": "How many times the request is sent.",
            "concurrency": "How many of the requests are under way at a time.",
            "min_success": "How many of the replies have to be as expected.",
            "latency": "How long the requests may take, over all of them.",
        },
        "LatencyLimits": {
            "p50": "What half of the requests may take at most.",
            "p90": "What 90 % of the requests may take at most.",
            "p95": "What 95 % of the requests may take at most.",
            "p99": "What 99 % of the requests may take at most.",
            "max": "What every request may take at most.",
            "avg": "What the requests may take on average.",
        },
        "Compare": {
            "json": "What has to be alike in the JSON of both answers.",
            "ignore": "Places that do not count, as meta.request_id or items[*].updated_at.",
            "latency": "How much slower than blue green may be.",
            "samples": "How often blue is asked; what differs between its own answers is ignored.",
            "allow_unsafe": "Whether a method that changes something may be sent to production as well.",
        },
        "LatencyBesideBlue": {
            "max_ratio": "How many times as long as blue green may take; only what is beyond both bounds counts.",
            "min_delta": "How much longer than blue green may take; only what is beyond both bounds counts.",
        },
    }
)
"""What every key is for; editors complete them in this order."""
