"""A suite as people write it. What spans several keys is looked at in ``lint``, defaults are merged in ``loader``."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from greenlight.documents import Strict, duration_text, shown
from greenlight.smoke import templates
from greenlight.smoke.expected import Expect
from greenlight.smoke.fields import (
    HEADER_NAME,
    TEMPLATE_LIKE,
    Given,
    HeaderName,
    JsonPath,
    Regex,
    Span,
    Text,
    header_name,
    mistake,
    no_twins,
    or_mapping,
    text_like,
)
from greenlight.smoke.rounds import MAX_CONCURRENCY, Compare, RepeatField, RetriesField

MAX_TESTS: Final = 200
MAX_STEPS: Final = 20
NAMESPACES: Final[Mapping[str, frozenset[str] | None]] = {
    **dict.fromkeys(
        ("green", "blue"),
        frozenset({"task_definition", "revision", "image", "image_tag", "image_digest", "service_revision"}),
    ),
    "run": frozenset({"id"}),
    "secrets": None,
}
"""What stands before the dot in a template, with its keys; None where the suite itself names them."""

_EXPECT = "write expect: {status: ..., headers: ..., json: ...}"

_NAME = re.compile(templates.NAME)
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


def _sent_header(value: Any) -> Any:
    name = header_name(value)
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


Name = Annotated[
    str,
    BeforeValidator(_name),
    text_like(
        f"(?!({'|'.join(NAMESPACES)})$){templates.NAME}",
        f"write letters, digits, _ and -, and start with a letter; {', '.join(NAMESPACES)} belong to Greenlight",
    ),
]
RequestPath = Annotated[
    str,
    BeforeValidator(_request_path),
    text_like(
        rf"(/|{TEMPLATE_LIKE})({TEMPLATE_LIKE}|(?!{TEMPLATE_LIKE})[^\x00-\x20\x7f#])*",
        "write the path alone, from its / on, with spaces and # percent-encoded",
    ),
]
HostName = Annotated[
    str,
    BeforeValidator(_host),
    text_like(_HOST.pattern, "write a host name as orders.example.com, without scheme, port and path"),
]
SentHeader = Annotated[
    str,
    BeforeValidator(_sent_header),
    text_like(
        f"(?!({'|'.join((*_OWN_HEADERS, *map(str.title, _OWN_HEADERS)))})$){HEADER_NAME}",
        f"this is no header that tests may set; {', '.join(_OWN_HEADERS)} are set by Greenlight",
    ),
]
HeaderValue = Annotated[Any, PlainValidator(_header_value), WithJsonSchema({"type": ["string", "integer", "null"]})]
SentHeaders = Annotated[dict[SentHeader, HeaderValue], AfterValidator(no_twins)]
Parameter = Annotated[
    Any,
    PlainValidator(_parameter),
    WithJsonSchema(
        {
            "type": ["string", "integer", "boolean", "array"],
            "items": {"type": ["string", "integer", "boolean"]},
        }
    ),
]
Parameters = dict[Text, Parameter]


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
    header: Given[HeaderName] = None
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
    retries: Given[RetriesField] = None
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
        **dict.fromkeys(("json_schema", "tls", "redirect_to"), "it belongs under expect"),
        **dict.fromkeys(("auth", "basic_auth", "bearer"), "write headers: {Authorization: ...}"),
        **dict.fromkeys(("cookies", "cookie"), "write headers: {Cookie: ...}"),
        "host": "write target: {host: ...} for the whole suite",
        "header": "write headers",
        "warning": "write warn, or severity: warning",
    }

    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: Given[RequestPath] = None
    json_: Any = Field(default=None, alias="json")
    body: Given[str] = None
    form: Given[Parameters] = None
    captures: Given[dict[Name, Annotated[Capture, or_mapping(_no_bare_capture)]]] = None


class SetupEntry(Request):
    """One request of those that come before all tests."""

    hints: ClassVar[Mapping[str, str]] = {
        **Request.hints,
        **dict.fromkeys(("severity", "tags", "skip", "repeat", "compare"), "it belongs to a test"),
        **dict.fromkeys(("always_run", "always", "finally", "cleanup", "teardown"), "it belongs to a step of a test"),
    }

    name: Text


class StepEntry(SetupEntry):
    """One request of several that make a test."""

    hints: ClassVar[Mapping[str, str]] = {
        **Request.hints,
        **dict.fromkeys(("severity", "tags", "skip"), "it belongs to the test, not to a step"),
        **dict.fromkeys(("repeat", "compare"), "it belongs to a test of one request; move that into a test of its own"),
        **dict.fromkeys(("always", "finally", "cleanup", "teardown"), "write always_run: true"),
    }

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
        **dict.fromkeys(("count", "times", "iterations", "load"), "write repeat: {count: 100}"),
        **dict.fromkeys(("diff", "baseline", "compare_to", "like_blue"), "write compare: {json: same}"),
    }

    name: Text
    steps: Given[Annotated[list[StepEntry], Field(min_length=1, max_length=MAX_STEPS)]] = None
    tags: list[Text] = Field(default_factory=list)
    severity: Literal["required", "warning"] = "required"
    skip: Given[Text] = None
    repeat: Given[RepeatField] = None
    compare: Given[Compare] = None


class Identity(Strict):
    """What proves that green answers: so many good replies in a row before anything else is asked."""

    hints: ClassVar[Mapping[str, str]] = {
        **{word: cure for word, cure in Request.hints.items() if word not in {"retry", "retry_count", "attempts"}},
        **dict.fromkeys(("count", "times", "successes", "in_a_row", "consecutive_successes"), "write consecutive"),
        **dict.fromkeys(("delay", "every", "sleep", "pause", "period"), "write interval"),
        **dict.fromkeys(("max_wait", "wait_for", "deadline", "total_timeout"), "write wait"),
        **dict.fromkeys(("retries", "retry", "retry_count", "attempts"), "it is asked until wait is over; write wait"),
        **dict.fromkeys(("captures", "name", "tags", "severity"), "it belongs to setup or to a test"),
    }

    method: Literal["GET", "HEAD", "OPTIONS", "POST"] = "GET"
    path: RequestPath
    query: Given[Parameters] = None
    headers: Given[SentHeaders] = None
    json_: Any = Field(default=None, alias="json")
    timeout: Given[Span] = None
    expect: Expect
    consecutive: Annotated[int, Field(ge=1, le=100)] = 5
    interval: Span = 2.0
    wait: Span = 180.0

    @model_validator(mode="after")
    def _possible(self) -> "Identity":
        least = (self.consecutive - 1) * self.interval
        if least >= self.wait:
            raise mistake(
                f"{self.consecutive} answers {duration_text(self.interval)} apart take {duration_text(least)}, "
                f"and wait is {duration_text(self.wait)}; give it more"
            )
        return self


class Secret(Strict):
    """Where a secret is kept."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("parameter", "parameter_store", "ssm_parameter"), "write ssm: /name"),
        **dict.fromkeys(("secret", "secret_id", "secrets_manager", "secretsManager", "asm"), "write secretsmanager"),
        **dict.fromkeys(("json_key", "field", "property"), "write key"),
        **dict.fromkeys(("value", "env", "file"), "a suite holds no secrets; write where it is kept"),
    }

    ssm: Given[Annotated[str, Field(min_length=1, max_length=2048)]] = None
    secretsmanager: Given[Annotated[str, Field(min_length=1, max_length=2048)]] = None
    key: Given[Text] = None

    @model_validator(mode="after")
    def _one_place(self) -> "Secret":
        if (self.ssm is None) == (self.secretsmanager is None):
            raise mistake("needs exactly one of ssm (a parameter's name) and secretsmanager (a secret's)")
        return self


def _no_bare_secret(_: Any) -> Any:
    raise mistake("has to say where it is kept, as {ssm: /orders/token} or {secretsmanager: orders, key: token}")


class Target(Strict):
    """What the requests are for."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(
            ("url", "base_url", "address", "port", "scheme"),
            "address, port and scheme come from the listener; write host alone",
        ),
        **dict.fromkeys(("hostname", "name", "sni"), "write host"),
    }

    host: Given[HostName] = None


class SuiteFile(Strict):
    """A whole suite."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("url", "base_url", "baseUrl", "host", "hosts", "endpoint"), "write target: {host: ...}"),
        **dict.fromkeys(("vars", "env", "environment", "globals"), "write variables"),
        **dict.fromkeys(("timeout", "headers", "retries", "expect", "query", "warn"), "write it under defaults"),
        **dict.fromkeys(("checks", "scenarios", "requests", "steps", "specs", "cases", "stages"), "write tests"),
        **dict.fromkeys(("parallel", "workers", "threads", "parallelism"), "write concurrency"),
        **dict.fromkeys(("teardown", "cleanup"), "write steps, and always_run: true in one"),
        **dict.fromkeys(("before", "before_all", "login", "init"), "write setup"),
        **dict.fromkeys(("secret", "credentials"), "write secrets"),
        **dict.fromkeys(("repeat", "compare"), "it belongs to a test"),
        "default": "write defaults",
    }

    version: Annotated[int, PlainValidator(_version), WithJsonSchema({"const": 1})]
    name: Text
    target: Target = Target()
    variables: dict[Name, Any] = Field(default_factory=dict)
    secrets: dict[Name, Annotated[Secret, or_mapping(_no_bare_secret)]] = Field(default_factory=dict)
    concurrency: Annotated[int, Field(ge=1, le=MAX_CONCURRENCY)] = 5
    defaults: Defaults = Defaults()
    identity: Given[Identity] = None
    setup: Annotated[list[SetupEntry], Field(max_length=MAX_STEPS)] = Field(default_factory=list)
    tests: Annotated[list[TestEntry], Field(min_length=1, max_length=MAX_TESTS)]
