"""Field types of the language, each with its own words for what is wrong."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from greenlight.documents import Duration, shown
from greenlight.smoke import paths, patterns, templates
from greenlight.smoke.paths import Path, PathError, compile_path
from greenlight.smoke.patterns import Pattern, PatternError, compile_pattern
from greenlight.smoke.values import is_number

T = TypeVar("T")

HEADER_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
"""A field name of RFC 9110, section 5.1."""

TEMPLATE_LIKE: Final = r"\{\{[^{}#]*\}\}"
"""What looks like a template from afar."""

_HEADER_NAME = re.compile(HEADER_NAME)


def mistake(text: str) -> PydanticCustomError:
    """Return an error whose text is told as it stands."""
    return PydanticCustomError("greenlight", "{text}", {"text": text})


def _given(value: Any) -> Any:
    if value is None:
        raise mistake("has no value; give it one or leave it out")
    return value


def _pattern(value: Any) -> Pattern:
    if not isinstance(value, str):
        raise mistake(f"has to be a regular expression, found {shown(value)}")
    try:
        return compile_pattern(value)
    except PatternError as error:
        raise mistake(str(error)) from error


def _path(value: Any) -> Path:
    if not isinstance(value, str):
        raise mistake(f"has to be a path as items[0].id, found {shown(value)}")
    try:
        return compile_path(value)
    except PathError as error:
        raise mistake(str(error)) from error


def _operand(value: Any) -> Any:
    if not is_number(value) and not (isinstance(value, str) and templates.is_template(value)):
        raise mistake(f"has to be a number, or a template that gives one, found {shown(value)}")
    return value


def header_name(value: Any) -> Any:
    """Let nothing pass that is no name of a header."""
    if not isinstance(value, str) or not _HEADER_NAME.fullmatch(value):
        raise mistake(f"{shown(value)} is no header name")
    return value


def no_twins(headers: dict[str, Any]) -> dict[str, Any]:
    """Let no header be given twice, in upper and in lower case."""
    for name in headers:
        twins = [other for other in headers if other.lower() == name.lower()]
        if len(twins) > 1:
            raise mistake(f"{' and '.join(twins)} are one header; give it once")
    return headers


def or_mapping(otherwise: Callable[[Any], Any]) -> BeforeValidator:
    """Let a short form stand for a mapping: what is no mapping goes through the function."""
    return BeforeValidator(lambda value: value if isinstance(value, dict) else otherwise(value))


def text_like(expression: str, cure: str) -> WithJsonSchema:
    """Tell editors what a text looks like; it may be more than a validator takes, and never less.

    Args:
        expression: Of the whole text, in what Python and ECMAScript have in common.
        cure: What to write instead of a text that does not look like it.
    """
    return WithJsonSchema({"type": "string", "pattern": f"^{expression}$", "errorMessage": cure})


Given = Annotated[T | None, BeforeValidator(_given)]
"""May be left out, but not given without a value."""

Regex = Annotated[
    Pattern, PlainValidator(_pattern), WithJsonSchema({"type": "string", "maxLength": patterns.MAX_CHARACTERS})
]
JsonPath = Annotated[
    Path, PlainValidator(_path), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": paths.MAX_CHARACTERS})
]
Operand = Annotated[
    Any,
    PlainValidator(_operand),
    WithJsonSchema(
        {
            "type": ["number", "string"],
            "pattern": f"^{TEMPLATE_LIKE}$",
            "errorMessage": "write a number, or a template that gives one",
        }
    ),
]
HeaderName = Annotated[str, BeforeValidator(header_name), text_like(HEADER_NAME, "this is no header name")]
Size = Annotated[int, Field(ge=0)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Span = Annotated[
    Duration,
    Field(gt=0),
    text_like(
        r"(?![0.]+\s*[a-z])[0-9]{1,9}(\.[0-9]{1,3})?\s*(ms|s|m|h|d)",
        "write a number above 0 with a unit, as 300ms, 5s, 2m or 1h",
    ),
]
