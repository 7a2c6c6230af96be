"""Field types of the language, each with its own words for what is wrong."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, PlainValidator
from pydantic_core import PydanticCustomError

from greenlight.documents import Duration, shown
from greenlight.smoke import templates
from greenlight.smoke.paths import Path, PathError, compile_path
from greenlight.smoke.patterns import Pattern, PatternError, compile_pattern
from greenlight.smoke.values import is_number

T = TypeVar("T")


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


def or_mapping(otherwise: Callable[[Any], Any]) -> BeforeValidator:
    """Let a short form stand for a mapping: what is no mapping goes through the function."""
    return BeforeValidator(lambda value: value if isinstance(value, dict) else otherwise(value))


Given = Annotated[T | None, BeforeValidator(_given)]
"""May be left out, but not given without a value."""

Regex = Annotated[Pattern, PlainValidator(_pattern)]
JsonPath = Annotated[Path, PlainValidator(_path)]
Operand = Annotated[Any, PlainValidator(_operand)]
Size = Annotated[int, Field(ge=0)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Span = Annotated[Duration, Field(gt=0)]
