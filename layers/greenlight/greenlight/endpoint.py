"""Where requests go, and what a listener rule demands of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

import re2

DEFAULT_PORTS = {"http": 80, "https": 443}
_URL_CHARACTERS = re2.compile(r"[!#-;=?-\[\]_a-z~]*")  # RFC 3986, section 2
_WILDCARDS = {"*": ".*", "?": "."}


FROM_A_FUNCTION = (
    "look at the VPC and security group of the function, the security group of the load balancer, "
    "and the port of the listener"
)
FROM_A_TERMINAL = "is the service running, and is this its port?"


class EndpointError(ValueError):
    """When a text is not the URL of an HTTP endpoint."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An HTTP listener as a client sees it.

    Attributes:
        scheme: ``http`` or ``https``.
        address: DNS name or IP address to connect to.
        port: TCP port.
        host: Host header that the rule demands; None leaves it to the suite or the address.
        headers: Headers that the rule demands of every request.
        query: Query parameters that the rule demands of every request.
        host_patterns: ALB host patterns of which the Host header has to meet one; empty means any host.
        path_patterns: ALB path patterns (``*`` and ``?``) of which a request has to meet one; empty means any path.
        methods: HTTP methods of which a request has to use one; empty means any method.
        source_ranges: CIDR ranges that requests have to come from; empty means anywhere.
        source: Where this endpoint comes from, for messages.
        where_to_look: What to look at where nobody answers there.
    """

    scheme: str
    address: str
    port: int
    host: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    host_patterns: tuple[str, ...] = ()
    path_patterns: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    source_ranges: tuple[str, ...] = ()
    source: str = "the gates file"
    where_to_look: str = FROM_A_FUNCTION

    @property
    def url(self) -> str:
        """Return the base URL, without a path."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{address}:{self.port}"

    def refusal(self, method: str, path: str, host: str | None = None) -> str | None:
        """Say why a request would miss the rule and land elsewhere; None when it meets the rule.

        Patterns cover the whole text; those of paths are case-sensitive, those of hosts are not:
        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
        """
        hosts = [pattern.lower() for pattern in self.host_patterns]
        if host and hosts and not any(matches_wildcards(pattern, host.lower()) for pattern in hosts):
            return f'{self.source} takes only hosts like {" or ".join(self.host_patterns)}, not "{host}"'
        if self.methods and method not in self.methods:
            return f"{self.source} takes only {', '.join(self.methods)}, not {method}"
        if self.path_patterns and not any(matches_wildcards(pattern, path) for pattern in self.path_patterns):
            return f'{self.source} takes only paths like {" or ".join(self.path_patterns)}, not "{path}"'
        return None


def matches_wildcards(pattern: str, text: str) -> bool:
    """Tell whether a text meets an ALB pattern, in which ``*`` is any text and ``?`` any one character."""
    expression = "".join(_WILDCARDS.get(character) or re2.escape(character) for character in pattern)
    return re2.fullmatch(f"(?s){expression}", text) is not None


def parse_endpoint(url: str, *, source: str = "the gates file", where_to_look: str = FROM_A_FUNCTION) -> Endpoint:
    """Read an endpoint from ``http[s]://host[:port]``.

    Raises:
        EndpointError: When the text is no such URL, or carries a path, a query or a user.
    """
    if not _URL_CHARACTERS.fullmatch(url):
        raise EndpointError(f'"{url}" holds what no URL may; write http://host:port or https://host:port')
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise EndpointError(f'"{url}" is not a URL: {error}') from error
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port == 0:
        raise EndpointError(f'"{url}" is not an endpoint; write http://host:port or https://host:port')
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise EndpointError(f'"{url}" is more than an endpoint; leave out user, path and query, the tests bring them')
    return Endpoint(
        scheme=parts.scheme,
        address=parts.hostname,
        port=port or DEFAULT_PORTS[parts.scheme],
        source=source,
        where_to_look=where_to_look,
    )
