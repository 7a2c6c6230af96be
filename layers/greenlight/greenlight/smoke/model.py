"""A suite as people write it. What spans several keys is looked at in ``lint``, defaults are merged in ``loader``."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from greenlight.documents import Strict, shown
from greenlight.smoke import templates
from greenlight.smoke.fields import Given, JsonPath, Regex, Span, Text, mistake, or_mapping
from greenlight.smoke.operators import BodyCondition, Condition
from greenlight.smoke.statuses import StatusRule, parse_status

MAX_TESTS: Final = 200
MAX_STEPS: Final = 20
MAX_CONCURRENCY: Final = 20
MAX_RETRIES: Final = 20
NAMESPACES: Final[Mapping[str, frozenset[str] | None]] = {
    **dict.fromkeys(
        ("green", "blue"),
        frozenset({"task_definition", "revision", "image", "image_tag", "image_digest", "service_revision"}),
    ),
    "run": frozenset({"id"}),
    "secrets": None,
}
"""What stands before the dot in a template, with its keys; None where any key may follow."""

_NOT_YET = "it is not in this version of Greenlight yet"
_EXPECT = "write expect: {status: ..., headers: ..., json: ...}"
_LATENCY = "write max_latency"

_NAME = re.compile(templates.NAME)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a field name of RFC 9110, section 5.1
_HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*"
)
_OWN_HEADERS: Final = {
    "host": "set target.host instead; it also is the name in the certificate",
    "content-length": "it follows from the body",
    "transfer-encoding": "it follows from the body",
}


def _version(value: Any) -> Any:
    if value != 1 or not isinstance(value, int) or isinstance(value, bool):
        raise mistake(f"has to be 1, found {shown(value)}")
    return value


def _name(value: Any) -> Any:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise mistake("is no name; use letters, digits, _ and -, and start with a letter")
    if value in NAMESPACES:
        raise mistake(f'"{value}" belongs to Greenlight ({{{{ {value}.… }}}}); choose another name')
    return value


def _header_name(value: Any) -> Any:
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise mistake(f"{shown(value)} is no header name")
    return value


def _sent_header(value: Any) -> Any:
    name = _header_name(value)
    if name.lower() in _OWN_HEADERS:
        raise mistake(f"{name} is not for tests to set; {_OWN_HEADERS[name.lower()]}")
    return name


def _header_value(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise mistake(f'has to be text, or null to drop a default, found {shown(value)}; write "..." around it')


def _parameter(value: Any) -> Any:
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, str | int):
            raise mistake(
                f'has to be text, a number, true, false, or a list of them, found {shown(item)}; write "..." around it'
            )
    return value


def _request_path(value: Any) -> Any:
    if not isinstance(value, str):
        raise mistake(f"has to be a path as /health, found {shown(value)}")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", value):
        raise mistake(
            "is an absolute URL; write the path alone: address and port come from the listener, the name from target.host"
        )
    if not value.startswith("/") and not templates.starts_with_template(value):
        raise mistake(f'has to start with "/", found {shown(value)}')
    if re.search(r"[\x00-\x20\x7f#]", templates.with_samples(value)):
        raise mistake('holds a space, a control character or "#"; write it percent-encoded')
    return value


def _host(value: Any) -> Any:
    if not isinstance(value, str) or not _HOST.fullmatch(value):
        raise mistake(
            f"has to be a host name as orders.example.com, without scheme, port and path, found {shown(value)}"
        )
    return value


def _no_bare_capture(value: Any) -> Any:
    raise mistake(
        f"has to say where from, as {{json: id}}, {{header: Location}}, {{cookie: session}}; found {shown(value)}"
    )


def _no_twins(headers: dict[str, Any]) -> dict[str, Any]:
    for name in headers:
        twins = [other for other in headers if other.lower() == name.lower()]
        if len(twins) > 1:
            raise mistake(f"{' and '.join(twins)} are one header; give it once")
    return headers


HeaderConditions = Annotated[dict[Annotated[str, BeforeValidator(_header_name)], Condition], AfterValidator(_no_twins)]
SentHeaders = Annotated[
    dict[Annotated[str, BeforeValidator(_sent_header)], Annotated[Any, PlainValidator(_header_value)]],
    AfterValidator(_no_twins),
]
Parameters = dict[Text, Annotated[Any, PlainValidator(_parameter)]]


class Retries(Strict):
    """How often a failed attempt is repeated."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("attempts", "times", "max", "n"), "write count"),
        **dict.fromkeys(("delay", "wait", "sleep", "pause", "every"), "write interval"),
        "factor": "write backoff",
    }

    count: Annotated[int, Field(ge=0, le=MAX_RETRIES)] = 0
    interval: Span = 1.0
    backoff: Annotated[float, Field(ge=1, le=10)] = 1.0


class Expect(Strict):
    """What a reply has to be."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("json_schema", "redirect_to", "tls"), _NOT_YET),
        **dict.fromkeys(("status_code", "statusCode", "code", "http_status", "http_code"), "write status"),
        **dict.fromkeys(("latency", "response_time", "responseTime", "time", "duration", "max_duration"), _LATENCY),
        **dict.fromkeys(("jsonpath", "json_path", "jmespath", "json_body"), "write json: {path: value}"),
        **dict.fromkeys(("text", "contains", "matches", "regex", "body_contains"), "write body: {contains: ...}"),
        **dict.fromkeys(("header", "header_contains"), "write headers: {name: value}"),
        **dict.fromkeys(("schema", "jsonschema"), f"json_schema is its word, but {_NOT_YET}"),
        **dict.fromkeys(("certificate", "cert", "ssl"), f"tls is its word, but {_NOT_YET}"),
        **dict.fromkeys(("content-type", "contentType", "mime_type"), "write content_type"),
    }

    status: Annotated[StatusRule | None, PlainValidator(parse_status)] = None
    headers: Given[HeaderConditions] = None
    content_type: Given[Text] = None
    body: Given[BodyCondition] = None
    json_: Given[dict[JsonPath, Condition]] = Field(default=None, alias="json")
    max_latency: Given[Span] = None


class Capture(Strict):
    """Where in a reply a value for later steps stands."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("jsonpath", "json_path", "jmespath", "path"), "write json"),
        **dict.fromkeys(("regex", "matches", "text"), "write body, with a group: body: 'id=(\\w+)'"),
        "headers": "write header",
        "cookies": "write cookie",
        "sensitive": "write secret",
    }

    json_: Given[JsonPath] = Field(default=None, alias="json")
    header: Given[Annotated[str, BeforeValidator(_header_name)]] = None
    cookie: Given[Text] = None
    body: Given[Regex] = None
    secret: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> "Capture":
        if len(self.model_fields_set - {"secret"}) != 1:
            raise mistake("needs exactly one of json, header, cookie, body")
        if self.body is not None and self.body.groups == 0:
            raise mistake("the expression needs a group ( ) around what to capture")
        return self


class Defaults(Strict):
    """What goes for every test and step that does not say otherwise."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("url", "base_url", "baseUrl", "host"), "write target: {host: ...}"),
        **dict.fromkeys(("retry", "retry_count"), "write retries"),
        **dict.fromkeys(("assertions", "asserts", "assert", "checks", "validate"), _EXPECT),
        **dict.fromkeys(("allow_redirects", "follow_redirect", "followRedirects"), "write follow_redirects"),
        **dict.fromkeys(("path", "method", "json", "body", "form", "captures"), "it belongs to one request"),
    }

    query: Given[Parameters] = None
    headers: Given[SentHeaders] = None
    timeout: Given[Span] = None
    follow_redirects: Given[bool] = None
    retries: Given[Annotated[Retries, or_mapping(lambda count: {"count": count})]] = None
    expect: Given[Expect] = None
    warn: Given[Expect] = None


class Request(Defaults):
    """One request and what is expected of its reply."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(
            ("url", "uri", "endpoint", "route", "href"), "write path; address and port come from the listener"
        ),
        **dict.fromkeys(("request", "http", "call"), "write method, path, headers … right here"),
        **dict.fromkeys(("assertions", "asserts", "assert", "checks", "validate", "validators", "response"), _EXPECT),
        **dict.fromkeys(("verify", "conditions", "expected", "then", "should", "expects", "test"), _EXPECT),
        **dict.fromkeys(("status", "status_code", "expect_status", "expected_status"), "write expect: {status: ...}"),
        **dict.fromkeys(("max_latency", "max_time", "response_time"), "write expect: {max_latency: ...}"),
        **dict.fromkeys(("save", "extract", "capture", "store", "register", "outputs", "export"), "write captures"),
        **dict.fromkeys(("payload", "data", "json_body", "body_json"), "write json, form or body"),
        **dict.fromkeys(("params", "query_params", "parameters", "qs"), "write query"),
        **dict.fromkeys(("retry", "retry_count", "attempts"), "write retries"),
        **dict.fromkeys(
            ("allow_redirects", "follow_redirect", "followRedirects", "redirects"), "write follow_redirects"
        ),
        **dict.fromkeys(("repeat", "compare"), _NOT_YET),
        **dict.fromkeys(("json_schema", "tls", "redirect_to"), f"it belongs to expect, but {_NOT_YET}"),
        **dict.fromkeys(("auth", "basic_auth", "bearer"), "write headers: {Authorization: ...}"),
        **dict.fromkeys(("cookies", "cookie"), "write headers: {Cookie: ...}"),
        "host": "write target: {host: ...} for the whole suite",
        "header": "write headers",
        "warning": "write warn, or severity: warning",
    }

    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: Given[Annotated[str, BeforeValidator(_request_path)]] = None
    json_: Any = Field(default=None, alias="json")
    body: Given[str] = None
    form: Given[Parameters] = None
    captures: Given[dict[Annotated[str, BeforeValidator(_name)], Annotated[Capture, or_mapping(_no_bare_capture)]]] = (
        None
    )


class StepEntry(Request):
    """One request of several that make a test."""

    hints: ClassVar[Mapping[str, str]] = {
        **Request.hints,
        **dict.fromkeys(("severity", "tags", "skip"), "it belongs to the test, not to a step"),
        **dict.fromkeys(("always", "finally", "cleanup", "teardown"), "write always_run: true"),
    }

    name: Text
    always_run: bool = False


class TestEntry(Request):
    """One request, or several steps, with a name."""

    __test__: ClassVar[bool] = False  # pytest is not meant
    hints: ClassVar[Mapping[str, str]] = {
        **Request.hints,
        **dict.fromkeys(("stages", "requests", "scenario", "flow"), "write steps"),
        **dict.fromkeys(("level", "importance", "priority", "optional", "soft"), "write severity: required or warning"),
        **dict.fromkeys(("disabled", "enabled", "ignore", "pending"), "write skip: and the reason"),
        **dict.fromkeys(("tag", "labels", "groups", "markers"), "write tags"),
        **dict.fromkeys(("always_run", "finally", "cleanup", "teardown"), "write steps, and always_run: true in one"),
        **dict.fromkeys(("depends_on", "needs", "after"), "tests run side by side; what has to come in order is steps"),
    }

    name: Text
    steps: Given[Annotated[list[StepEntry], Field(min_length=1, max_length=MAX_STEPS)]] = None
    tags: list[Text] = Field(default_factory=list)
    severity: Literal["required", "warning"] = "required"
    skip: Given[Text] = None


class Target(Strict):
    """What the requests are for."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("url", "base_url", "address", "port", "scheme"), "they come from the listener; write host"),
        **dict.fromkeys(("hostname", "name", "sni"), "write host"),
    }

    host: Given[Annotated[str, BeforeValidator(_host)]] = None


class SuiteFile(Strict):
    """A whole suite."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("identity", "setup", "secrets"), _NOT_YET),
        **dict.fromkeys(("url", "base_url", "baseUrl", "host", "hosts", "endpoint"), "write target: {host: ...}"),
        **dict.fromkeys(("vars", "env", "environment", "globals"), "write variables"),
        **dict.fromkeys(("timeout", "headers", "retries", "expect", "query", "warn"), "write it under defaults"),
        **dict.fromkeys(("checks", "scenarios", "requests", "steps", "specs", "cases", "stages"), "write tests"),
        **dict.fromkeys(("parallel", "workers", "threads", "parallelism"), "write concurrency"),
        **dict.fromkeys(("teardown", "cleanup"), "write steps, and always_run: true in one"),
        **dict.fromkeys(("repeat", "compare"), f"it belongs to a test, but {_NOT_YET}"),
        "default": "write defaults",
    }

    version: Annotated[int, PlainValidator(_version)]
    name: Text
    target: Target = Target()
    variables: dict[Annotated[str, BeforeValidator(_name)], Any] = Field(default_factory=dict)
    concurrency: Annotated[int, Field(ge=1, le=MAX_CONCURRENCY)] = 5
    defaults: Defaults = Defaults()
    tests: Annotated[list[TestEntry], Field(min_length=1, max_length=MAX_TESTS)]
