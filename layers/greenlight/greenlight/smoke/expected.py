"""What a reply has to be, as people write it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from greenlight.documents import Strict, shown
from greenlight.smoke.fields import Given, HeaderName, JsonPath, Span, Text, mistake, no_twins
from greenlight.smoke.json_schemas import JsonSchema, SchemaError, compile_schema
from greenlight.smoke.operators import BodyCondition, Condition
from greenlight.smoke.statuses import STATUS_SCHEMA, StatusRule, parse_status

_LATENCY: Final = "write max_latency"


def _schema(value: Any) -> JsonSchema:
    try:
        return compile_schema(value)
    except SchemaError as error:
        raise mistake(str(error)) from error


HeaderConditions = Annotated[dict[HeaderName, Condition], AfterValidator(no_twins)]


def _location(value: Any) -> Any:
    if isinstance(value, str | dict):
        return value
    raise mistake(f"has to be a location as /login, or operators, found {shown(value)}")


class Tls(Strict):
    """What the certificate has to be, besides valid and for the right name."""

    hints: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("days", "min_days", "days_left", "expires_in", "valid_for", "min_validity"), "write min_days_left"
    )

    min_days_left: Annotated[int, Field(ge=1, le=3650)]


class Expect(Strict):
    """What a reply has to be."""

    hints: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("status_code", "statusCode", "code", "http_status", "http_code"), "write status"),
        **dict.fromkeys(("latency", "response_time", "responseTime", "time", "duration", "max_duration"), _LATENCY),
        **dict.fromkeys(("jsonpath", "json_path", "jmespath", "json_body"), "write json: {path: value}"),
        **dict.fromkeys(("text", "contains", "matches", "regex", "body_contains"), "write body: {contains: ...}"),
        **dict.fromkeys(("header", "header_contains"), "write headers: {name: value}"),
        **dict.fromkeys(("schema", "jsonschema", "jsonSchema"), "write json_schema"),
        **dict.fromkeys(("certificate", "cert", "ssl"), "write tls: {min_days_left: 21}"),
        **dict.fromkeys(("redirect", "redirects", "location", "redirects_to"), "write redirect_to"),
        **dict.fromkeys(("content-type", "contentType", "mime_type"), "write content_type"),
        **dict.fromkeys(("repeat", "compare"), "it belongs to the test, beside expect"),
    }

    status: Annotated[StatusRule | None, PlainValidator(parse_status), WithJsonSchema(STATUS_SCHEMA)] = None
    headers: Given[HeaderConditions] = None
    content_type: Given[Text] = None
    body: Given[BodyCondition] = None
    json_: Given[dict[JsonPath, Condition]] = Field(default=None, alias="json")
    json_schema: Given[
        Annotated[JsonSchema, PlainValidator(_schema), WithJsonSchema({"type": ["object", "boolean"]})]
    ] = None
    max_latency: Given[Span] = None
    redirect_to: Given[Annotated[Condition, BeforeValidator(_location)]] = None
    tls: Given[Tls] = None
