"""From the conditions of a listener rule to one request that meets them all.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from greenlight.deployment.errors import DeploymentError
from greenlight.endpoint import matches_wildcards

CURE: Final = "give the check an explicit `endpoint` in the gates file"

_ANYTHING: Final = "x"
_WILDCARD = re.compile(r"\\([*?])|[*?]")  # a backslash makes a wildcard an ordinary character


def demands(conditions: Iterable[Mapping[str, Any]], rule: str) -> dict[str, Any]:
    """Turn a rule's conditions into what an Endpoint has to be made with.

    Args:
        conditions: As DescribeRules gives them.
        rule: The rule, for messages.

    Raises:
        DeploymentError: When no request can be made up that is sure to meet them.
    """
    found: dict[str, Any] = {"headers": {}, "query": {}}
    for condition in conditions:
        field = condition.get("Field")
        settings: Mapping[str, Any] = next((value for key, value in condition.items() if key.endswith("Config")), {})
        values = settings.get("Values") or condition.get("Values") or []
        if settings.get("RegexValues") or condition.get("RegexValues"):
            raise DeploymentError(f"{rule} matches {field} by a regular expression; {CURE}")
        match field:
            case "host-header":
                found |= {"host": example(values), "host_patterns": tuple(values)}
            case "path-pattern":
                found["path_patterns"] = tuple(values)
            case "http-header":
                _add_header(found["headers"], settings["HttpHeaderName"], values, rule)
            case "query-string":
                _add_parameter(found["query"], values)
            case "http-request-method":
                found["methods"] = tuple(values)
            case "source-ip":
                # Where a request comes from is not the request's to choose; a miss is told by whoever answers instead.
                found["source_ranges"] = tuple(values)
            case _:
                raise DeploymentError(f"{rule} matches {field}, which is not known here; {CURE}")
    return found


def example(patterns: Iterable[str]) -> str:
    """Return a text that meets one of some ALB patterns, a literal one where there is one."""
    pattern = min(patterns, key=_wildcards)
    return _WILDCARD.sub(lambda match: match[1] or _ANYTHING, pattern)


def _add_header(headers: dict[str, str], name: str, values: Iterable[str], rule: str) -> None:
    """Add a header; two conditions on one header can both be met only by one value."""
    value = example(values)
    taken = next((other for other in headers if other.lower() == name.lower()), None)
    if taken is None:
        headers[name] = value
    elif not any(matches_wildcards(pattern, headers[taken]) for pattern in values):
        problem = f"{rule} wants the header {name} to be two things at once, {headers[taken]!r} and {value!r}"
        raise DeploymentError(f"{problem}; {CURE}")


def _add_parameter(query: dict[str, str], values: Iterable[Mapping[str, str]]) -> None:
    pair = min(values, key=lambda pair: _wildcards(pair["Value"]))
    # A value without a key is met under any key; one for each, so that none replaces another.
    key = pair.get("Key") or f"greenlight{len(query) or ''}"
    query[example([key])] = example([pair["Value"]])


def _wildcards(pattern: str) -> int:
    return sum(match[1] is None for match in _WILDCARD.finditer(pattern))
