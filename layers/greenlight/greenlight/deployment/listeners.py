"""From a listener rule to the endpoint that a client has to call.

An ARN of a rule holds those of its listener and its load balancer:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from greenlight import aws
from greenlight.deployment.errors import DeploymentError
from greenlight.endpoint import Endpoint

_RULE = re.compile(
    r"(?P<prefix>arn:[^:]+:elasticloadbalancing:[^:]*:[^:]*:)listener-rule/(?P<balancer>app/[^/]+/[^/]+)/(?P<listener>[^/]+)/[^/]+"
)
_HTTP = frozenset({"HTTP", "HTTPS"})
_ANYTHING = "x"
_WILDCARD = re.compile(r"\\([*?])|[*?]")  # a backslash makes a wildcard an ordinary character
_CURE = "give the check an explicit `endpoint` in the gates file"


def find_endpoint(rule_arn: str) -> Endpoint:
    """Ask ELB where a rule listens and what it demands of a request.

    Args:
        rule_arn: ARN of a rule of an Application Load Balancer's listener.

    Raises:
        DeploymentError: When the rule, its listener or its load balancer cannot be found, or no client can meet it.
    """
    parts = _RULE.fullmatch(rule_arn)
    if parts is None:
        problem = (
            f"{rule_arn} is no rule of an Application Load Balancer's listener, the only kind known so far; {_CURE}"
        )
        raise DeploymentError(problem)
    listener_arn = f"{parts['prefix']}listener/{parts['balancer']}/{parts['listener']}"
    balancer_arn = f"{parts['prefix']}loadbalancer/{parts['balancer']}"
    rule = _only("describe_rules", "Rules", RuleArns=[rule_arn])
    listener = _only("describe_listeners", "Listeners", ListenerArns=[listener_arn])
    balancer = _only("describe_load_balancers", "LoadBalancers", LoadBalancerArns=[balancer_arn])
    protocol = listener.get("Protocol")
    if protocol not in _HTTP:
        problem = f"listener {listener_arn} speaks {protocol}, and only HTTP and HTTPS can be asked; {_CURE}"
        raise DeploymentError(problem)
    return Endpoint(
        scheme=protocol.lower(),
        address=balancer["DNSName"],
        port=int(listener["Port"]),
        source=f"listener rule {rule_arn.partition('listener-rule/')[2]}",
        **_demands(rule.get("Conditions") or (), rule_arn),
    )


def _only(operation: str, key: str, **parameters: Any) -> dict[str, Any]:
    arn = next(iter(parameters.values()))[0]
    try:
        reply = aws.call("elbv2", operation, **parameters)
    except aws.AwsError as error:
        raise DeploymentError.of(error, arn) from error
    if key not in reply:
        raise DeploymentError(f"ELB's reply makes no sense: it has no {key}", transient=True, looked_at=[arn])
    found = reply[key]
    if len(found) != 1:
        raise DeploymentError("does not exist", looked_at=[arn])
    record: dict[str, Any] = found[0]
    return record


def _demands(conditions: Iterable[Mapping[str, Any]], rule_arn: str) -> dict[str, Any]:
    """Turn a rule's conditions into one request that meets them all."""
    demands: dict[str, Any] = {"headers": {}, "query": {}}
    for condition in conditions:
        field = condition.get("Field")
        settings: Mapping[str, Any] = next((value for key, value in condition.items() if key.endswith("Config")), {})
        values = settings.get("Values") or condition.get("Values") or []
        if settings.get("RegexValues") or condition.get("RegexValues"):
            problem = f"rule {rule_arn} matches {field} by a regular expression; {_CURE}"
            raise DeploymentError(problem)
        match field:
            case "host-header":
                demands |= {"host": _example(values), "host_patterns": tuple(values)}
            case "path-pattern":
                demands["path_patterns"] = tuple(values)
            case "http-header":
                demands["headers"][settings["HttpHeaderName"]] = _example(values)
            case "query-string":
                pair = min(values, key=lambda pair: _wildcards(pair["Value"]))
                # A value without a key is met under any key; one for each, so that none replaces another.
                key = pair.get("Key") or f"greenlight{len(demands['query']) or ''}"
                demands["query"][_example([key])] = _example([pair["Value"]])
            case "http-request-method":
                demands["methods"] = tuple(values)
            case "source-ip":
                pass  # where this function's requests come from is not a request's to choose
            case _:
                raise DeploymentError(f"rule {rule_arn} matches {field}, which is not known here; {_CURE}")
    return demands


def _example(patterns: Iterable[str]) -> str:
    """Return a text that meets one of the patterns, a literal one where there is one."""
    pattern = min(patterns, key=_wildcards)
    return _WILDCARD.sub(lambda match: match[1] or _ANYTHING, pattern)


def _wildcards(pattern: str) -> int:
    return sum(match[1] is None for match in _WILDCARD.finditer(pattern))
