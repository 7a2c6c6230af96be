"""Which listener rule a request meets, and which target group its action picks. Pure functions.

Sources: the Elastic Load Balancing user guide ("Condition types for listener rules", "Action types for listener rules")
and the botocore model (1.44) of elbv2. Rules are dicts in the shape of DescribeRules.
"""

import ipaddress
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

Rule = Mapping[str, Any]
Action = Mapping[str, Any]

# The rank behind every possible priority (1 to 50000).
_LAST = 50_001


@dataclass(frozen=True)
class Request:
    """What conditions look at.

    Attributes:
        method: The request method, as sent.
        target: Path and query, as on the request line.
        headers: Names and values, in their order; a name may come more than once.
        source_ip: The address of the connection.
    """

    method: str
    target: str
    headers: Sequence[tuple[str, str]] = ()
    source_ip: str = "127.0.0.1"
    path: str = field(init=False)
    query: tuple[tuple[str, str], ...] = field(init=False)

    def __post_init__(self) -> None:
        path, _, query = self.target.partition("?")
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "query", tuple(parse_qsl(query, keep_blank_values=True)))

    def values(self, header: str) -> list[str]:
        """All values of a header; its name is not case-sensitive."""
        return [value for name, value in self.headers if name.lower() == header.lower()]

    @property
    def host(self) -> str:
        """The host of the Host header, without the port."""
        host = next(iter(self.values("host")), "")
        return re.sub(r":\d*$", "", host)


class UnknownConditionError(ValueError):
    """When a rule has a condition that this load balancer does not know."""


def choose_rule(rules: Iterable[Rule], request: Request) -> Rule | None:
    """The first rule, by priority, whose conditions the request meets; the default rule comes last.

    Args:
        rules: The rules of one listener, in any order.
        request: The request.

    Raises:
        UnknownConditionError: When a condition's field is not known.
    """
    for rule in sorted(rules, key=_rank):
        if rule["Priority"] == "default" or all(_meets(condition, request) for condition in rule["Conditions"]):
            return rule
    return None


def choose_target_group(action: Action, rng: random.Random) -> str | None:
    """The target group that a forward action sends this request to, by weight, or `None` if no group has any.

    Args:
        action: A forward action: `ForwardConfig` with weights, or `TargetGroupArn` alone, which is 100 %.
        rng: Where chance comes from.
    """
    groups = action.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": action.get("TargetGroupArn")}]
    weights = [int(group.get("Weight", 1)) for group in groups]
    if not any(weights):
        return None
    return str(rng.choices(groups, weights)[0]["TargetGroupArn"])


def _rank(rule: Rule) -> int:
    return _LAST if rule["Priority"] == "default" else int(rule["Priority"])


def _meets(condition: Mapping[str, Any], request: Request) -> bool:
    match condition["Field"]:
        case "host-header":
            return _any_like(_values(condition, "HostHeaderConfig"), [request.host], ignore_case=True)
        case "path-pattern":
            return _any_like(_values(condition, "PathPatternConfig"), [request.path])
        case "http-header":
            found = request.values(condition["HttpHeaderConfig"]["HttpHeaderName"])
            return _any_like(_values(condition, "HttpHeaderConfig"), found, ignore_case=True)
        case "http-request-method":
            return request.method in _values(condition, "HttpRequestMethodConfig")
        case "query-string":
            return any(_in_query(wanted, request) for wanted in _values(condition, "QueryStringConfig"))
        case "source-ip":
            source = ipaddress.ip_address(request.source_ip)
            return any(source in ipaddress.ip_network(cidr) for cidr in _values(condition, "SourceIpConfig"))
        case unknown:
            raise UnknownConditionError(
                f"a rule has a condition on {unknown!r}, which this load balancer does not know"
            )


def _values(condition: Mapping[str, Any], config: str) -> list[Any]:
    # A condition may have its values in its own configuration or, the older way, in `Values`.
    values: list[Any] = condition.get(config, {}).get("Values") or condition.get("Values") or []
    return values


def _in_query(wanted: Mapping[str, str], request: Request) -> bool:
    return any(
        _any_like([wanted["Value"]], [value], ignore_case=True)
        and ("Key" not in wanted or _any_like([wanted["Key"]], [key], ignore_case=True))
        for key, value in request.query
    )


def _any_like(patterns: Iterable[str], values: Iterable[str], *, ignore_case: bool = False) -> bool:
    values = list(values)
    return any(_compiled(pattern, ignore_case).fullmatch(value) is not None for pattern in patterns for value in values)


@lru_cache(maxsize=256)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:  # noqa: FBT001 - lru_cache is fastest by position
    # `*` is any number of characters, `?` exactly one, and a backslash takes the meaning from either.
    parts = re.findall(r"\\[*?\\]|.", pattern, re.DOTALL)
    meaning = {"*": ".*", "?": "."}
    expression = "".join(meaning.get(part) or re.escape(part[1:] if len(part) > 1 else part) for part in parts)
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else re.NOFLAG))
