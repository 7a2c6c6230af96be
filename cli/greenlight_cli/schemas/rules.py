"""What holds between the keys of a model, as far as a JSON Schema can say it.

Each rule is a condition of its own, so that an editor underlines the key that is one too many, and says why. An object that
the models take meets all of them; what needs more than keys to decide is left to the loader.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from greenlight.checks import KINDS
from greenlight.smoke.operators import Operators
from greenlight.stages import Stage

Rule = dict[str, Any]

_BODIES: Final = ("json", "body", "form")
_UNSAFE: Final = ("POST", "PUT", "PATCH", "DELETE")
_BESIDE_STEPS: Final = (
    *("path", "method", "query", "headers", "json", "body", "form"),
    *("timeout", "retries", "follow_redirects"),
    *("expect", "warn", "captures", "repeat", "compare"),
)


def _when(condition: Rule, refused: Sequence[str], why: str) -> Rule:
    return {"if": condition, "then": {"properties": dict.fromkeys(refused, False), "errorMessage": why}}


def _beside(key: str, refused: Sequence[str], why: str) -> Rule:
    return _when({"required": [key]}, refused, why)


def _at_most_one(keys: Sequence[str], why: str) -> list[Rule]:
    return [_beside(key, keys[number + 1 :], why) for number, key in enumerate(keys[:-1])]


def _at_least_one(keys: Sequence[str], why: str) -> Rule:
    none = {"not": {"anyOf": [{"required": [key]} for key in keys]}}
    return {"if": none, "then": {"required": [keys[0]], "errorMessage": why}}


def _exactly_one(keys: Sequence[str], why: str) -> list[Rule]:
    return [_at_least_one(keys, why), *_at_most_one(keys, why)]


_OF_A_REQUEST: Final = [
    *_at_most_one(_BODIES, "a request has one body: json, body or form"),
    _when(
        {
            "required": ["follow_redirects", "expect"],
            "properties": {
                "follow_redirects": {"const": True},
                "expect": {"type": "object", "required": ["redirect_to"]},
            },
        },
        ["follow_redirects"],
        "expect.redirect_to looks at the redirect itself, so it cannot be followed",
    ),
]
_OF_A_TEST: Final = [
    {
        **_beside("steps", _BESIDE_STEPS, "a test is one request or steps; move this into a step"),
        "else": {"required": ["path"], "errorMessage": "a test needs a path, or steps"},
    },
    _beside("repeat", ["retries"], "repeated requests are judged over all of them; allow failures with min_success"),
    _beside("repeat", ["captures"], "which of the repeated replies should they come from?"),
    _beside("repeat", ["compare"], "repeat and compare do not go together; make two tests of it"),
    {
        "if": {"required": ["compare", "method"], "properties": {"method": {"enum": [*_UNSAFE]}}},
        "then": {
            "properties": {
                "compare": {
                    "required": ["allow_unsafe"],
                    "properties": {"allow_unsafe": {"const": True}},
                    "doNotSuggest": True,
                    "errorMessage": "this method would go to production as well; write allow_unsafe: true if that does no harm",
                }
            }
        },
    },
]
_NOTHING_THERE: Final = _when(
    {"required": ["exists"], "properties": {"exists": {"const": False}}},
    [name for name in Operators.model_fields if name != "exists"],
    "exists: false leaves nothing for another operator to look at",
)
# Here null is as good as leaving a key out.
_ONE_SUITE: Final = {
    "if": {"required": ["suite"], "properties": {"suite": {"type": "object"}}},
    "then": {
        "properties": {
            "file": {
                "type": "null",
                "doNotSuggest": True,
                "errorMessage": "a check has one suite: either file or suite",
            }
        }
    },
    "else": {
        "required": ["file"],
        "properties": {"file": {"type": "string", "doNotSuggest": True}},
        "errorMessage": "a smoke check needs a suite: either file: smoke.yaml, or suite: with the suite itself",
    },
}

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "GatesFile": {
            "allOf": [_at_least_one([stage.lower() for stage in Stage], "a gates file without stages guards nothing")]
        },
        "Gate": {
            "allOf": [_at_least_one(list(KINDS), f"a gate needs a check to pass; add one of: {', '.join(KINDS)}")]
        },
        "SmokeSettings": {"allOf": [_ONE_SUITE]},
        "AlarmsSettings": {
            "allOf": [_at_least_one(["names", "prefix", "arns"], "name an alarm: names, prefix or arns")]
        },
        "Secret": {
            "allOf": _exactly_one(["ssm", "secretsmanager"], "a secret is kept in one place: ssm or secretsmanager")
        },
        "SetupEntry": {"required": ["name", "path"], "allOf": _OF_A_REQUEST},
        "StepEntry": {"required": ["name", "path"], "allOf": _OF_A_REQUEST},
        "TestEntry": {"allOf": [*_OF_A_TEST, *_OF_A_REQUEST]},
        "Capture": {
            "allOf": _exactly_one(
                ["json", "header", "cookie", "body"], "a value comes from one place: json, header, cookie or body"
            )
        },
        "Operators": {"minProperties": 1, "allOf": [_NOTHING_THERE]},
        "BodyOperators": {"minProperties": 1},
        "Length": {"minProperties": 1},
        "LatencyLimits": {"minProperties": 1},
    }
)
"""The rules of each model that has some."""
