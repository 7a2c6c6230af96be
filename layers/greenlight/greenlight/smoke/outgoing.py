"""From a step to the request that goes out: templates filled in, and what the listener rule demands added."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import requests

from greenlight.endpoint import Endpoint
from greenlight.smoke import templates
from greenlight.smoke.decoding import ACCEPTED
from greenlight.smoke.suite import Body, Step
from greenlight.smoke.values import as_inserted

_IN_PATHS: Final = "/:@!$&'()*+,;=~"


class UnsendableError(ValueError):
    """When a request cannot be made as the suite and the endpoint want it."""


class Target:
    """Whom the requests of a run are for, and under which name.

    Parameters:
        endpoint: Where to connect to, and what its rule demands.
        host: The name that users ask for; None leaves it to the endpoint.
        run_id: What the run calls itself in the User-Agent.
        version: Of this client.
    """

    def __init__(self, endpoint: Endpoint, host: str | None, *, run_id: str, version: str) -> None:
        self.endpoint = endpoint
        self.host = host or endpoint.host
        self.agent = f"greenlight-smoke/{version} (+{_visible(run_id)})"

    @property
    def name(self) -> str:
        """Return the name to look for in the certificate."""
        return self.host or self.endpoint.address

    def on_listener(self, location: str, base: str = "/") -> str | None:
        """Return the path and query of a location on this listener; None for one elsewhere."""
        try:
            parts = urlsplit(urljoin(f"{self.endpoint.scheme}://{self._authority}{base}", location))
            host = parts.hostname or ""
        except ValueError:
            return None
        mine = {self.name.lower(), self.endpoint.address.lower()}
        if parts.scheme not in {"http", "https"} or host not in mine:
            return None
        return f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"

    @property
    def _authority(self) -> str:
        return f"[{self.name}]" if ":" in self.name else self.name


def prepare(step: Step, values: Mapping[str, Any], target: Target) -> requests.PreparedRequest:
    """Make the request of a step.

    Raises:
        UnknownValueError: When a template names a value that this run does not have.
        UnsendableError: When the request would be malformed, or would miss the listener's rule.
    """
    headers = {name: templates.fill_text(value, values) for name, value in step.headers.items()}
    data, content_type = _body(step.body, values)
    if content_type and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = content_type
    path, query = _path(step.path, values, target), _pairs(templates.fill(step.query, values))
    return _addressed(step.method, path, target, headers=headers, query=query, data=data)


def redirected(request: requests.PreparedRequest, status: int, path: str, target: Target) -> requests.PreparedRequest:
    """Make the request that follows a redirect, as browsers do.

    Raises:
        UnsendableError: When it would miss the listener's rule.
    """
    method, body, headers = request.method or "GET", request.body, dict(request.headers)
    headers.pop("Content-Length", None)
    if (status == requests.codes.see_other and method != "HEAD") or (status in {301, 302} and method == "POST"):
        method, body = "GET", None
        headers.pop("Content-Type", None)
    return _addressed(method, path, target, headers=headers, query=[], data=body)


def _addressed(
    method: str, path: str, target: Target, *, headers: dict[str, Any], query: list[tuple[str, str]], data: Any
) -> requests.PreparedRequest:
    endpoint = target.endpoint
    own = {"User-Agent": target.agent, "Accept": "*/*", "Accept-Encoding": ACCEPTED}
    demanded = {**endpoint.headers, **({"Host": target.host} if target.host else {})}
    # Of names that differ only in case requests takes the last.
    headers = {name: _encoded(value) for name, value in {**own, **headers, **demanded}.items()}
    if endpoint.query:
        there = [*query, *parse_qsl(urlsplit(path).query, keep_blank_values=True)]
        query = [*query, *(pair for pair in endpoint.query.items() if pair not in there)]
    try:
        parameters = urlencode(query)  # as requests would, in a tenth of the time
        request = requests.Request(
            method, f"{endpoint.url}{path}", headers=headers, params=parameters, data=data
        ).prepare()
    except (requests.RequestException, ValueError) as error:
        raise UnsendableError(f"the request cannot be made: {error}") from error
    refusal = endpoint.refusal(method, urlsplit(request.url or "").path, target.host)
    if refusal:
        raise UnsendableError(f"the request would not reach green: {refusal}")
    return request


def _path(path: str, values: Mapping[str, Any], target: Target) -> str:
    if not templates.is_template(path):
        filled = templates.fill_text(path, values, lambda value: quote(value, safe=_IN_PATHS, errors="replace"))
        if not filled.startswith("/"):
            raise UnsendableError(f'the path has to start with "/", and is "{filled}"')
        return filled
    location = as_inserted(templates.fill(path, values))
    found = target.on_listener(location)
    if found is None:
        raise UnsendableError(f'"{location}" is neither a path nor a location on {target.name}')
    return found


def _body(body: Body | None, values: Mapping[str, Any]) -> tuple[Any, str | None]:
    if body is None:
        return None, None
    value = templates.fill(body.value, values)
    if body.kind == "form":
        return _pairs(value), None  # requests names the type
    if body.kind == "text":
        return as_inserted(value).encode("utf-8", "replace"), None
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), "application/json"


def _pairs(parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, as_inserted(item))
        for name, value in parameters.items()
        for item in (value if isinstance(value, list) else [value])
    ]


def _encoded(value: Any) -> Any:
    """Send what is beyond Latin-1 as UTF-8; http.client would raise."""
    return value if isinstance(value, bytes) or value.isascii() else value.encode("utf-8", "replace")


def _visible(text: str) -> str:
    return "".join(character for character in text if character.isascii() and character.isprintable())
