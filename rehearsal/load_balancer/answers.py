"""What a load balancer answers itself: fixed responses, redirects and its own errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from rehearsal.load_balancer.rules import Request

_DEFAULT_PORTS = {"HTTP": "80", "HTTPS": "443"}


@dataclass(frozen=True)
class Answer:
    """An answer without a target.

    Attributes:
        status: The status code.
        body: The body.
        content_type: Its type.
        location: Where a redirect leads to.
    """

    status: int
    body: bytes = b""
    content_type: str = "text/html"
    location: str | None = None


def own_error(status: HTTPStatus) -> Answer:
    """The page that an Application Load Balancer shows when it cannot get an answer from a target."""
    title = f"{status.value} {status.phrase}"
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    return Answer(status.value, page.encode())


def fixed_response(config: Mapping[str, Any]) -> Answer:
    """The answer of a fixed-response action.

    Args:
        config: Its `FixedResponseConfig`.
    """
    body = str(config.get("MessageBody", "")).encode()
    return Answer(int(config["StatusCode"]), body, config.get("ContentType", "text/plain"))


def redirect(config: Mapping[str, Any], request: Request, port: int) -> Answer:
    """The answer of a redirect action; `#{host}` and the like stand for parts of the request's URL.

    Args:
        config: Its `RedirectConfig`.
        request: The request.
        port: The listener's port.
    """
    _, _, query = request.target.partition("?")
    parts = {
        "#{protocol}": "HTTP",
        "#{host}": request.host,
        "#{port}": str(port),
        "#{path}": request.path.lstrip("/"),
        "#{query}": query,
    }

    def filled(key: str, default: str) -> str:
        text = str(config.get(key) or default)
        for name, value in parts.items():
            text = text.replace(name, value)
        return text

    protocol, host, to_port = filled("Protocol", "#{protocol}"), filled("Host", "#{host}"), filled("Port", "#{port}")
    netloc = host if _DEFAULT_PORTS.get(protocol) == to_port else f"{host}:{to_port}"
    to_query = filled("Query", "#{query}")
    location = f"{protocol.lower()}://{netloc}{filled('Path', '/#{path}')}{'?' + to_query if to_query else ''}"
    return Answer(int(config["StatusCode"].removeprefix("HTTP_")), location=location)
