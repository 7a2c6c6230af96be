"""The operators of expectations, as written."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from greenlight.documents import Strict, shown
from greenlight.smoke.comparisons import Finding, compare
from greenlight.smoke.fields import Given, Operand, Regex, Size, mistake, or_mapping
from greenlight.smoke.paths import Found
from greenlight.smoke.values import JsonType

_HINTS: Mapping[str, str] = {
    **dict.fromkeys(("eq", "equal", "is", "value", "equal_to"), "write equals"),
    **dict.fromkeys(("ne", "neq", "not_equal", "not", "is_not"), "write not_equals"),
    **dict.fromkeys(("includes", "include", "has", "contain", "subset"), "write contains"),
    **dict.fromkeys(("excludes", "exclude", "not_contain", "not_includes"), "write not_contains"),
    **dict.fromkeys(("regex", "regexp", "match", "pattern", "like"), "write matches"),
    **dict.fromkeys(("starts_with", "startswith", "begins_with"), "write matches: '^...'"),
    **dict.fromkeys(("ends_with", "endswith"), "write matches: '...$'"),
}


class Length(Strict):
    """How many characters, elements or keys."""

    hints: ClassVar[Mapping[str, str]] = {
        "min": "write gte",
        "max": "write lte",
        "gt": "write gte, and one more",
        "lt": "write lte, and one less",
        "equals": "write the number itself, as length: 3",
    }

    gte: Given[Size] = None
    lte: Given[Size] = None

    @model_validator(mode="after")
    def _possible(self) -> "Length":
        if self.gte is None and self.lte is None:
            raise mistake("needs a number, or gte, or lte")
        if self.gte is not None and self.lte is not None and self.gte > self.lte:
            raise mistake(f"no length is at least {self.gte} and at most {self.lte}")
        return self

    def holds(self, size: int) -> bool:
        """Tell whether a size is within the bounds."""
        return (self.gte is None or size >= self.gte) and (self.lte is None or size <= self.lte)

    def __str__(self) -> str:
        if self.gte == self.lte:
            return str(self.gte)
        if self.lte is None:
            return f"{self.gte} or more"
        return f"{self.lte} or less" if self.gte is None else f"{self.gte} to {self.lte}"


class Operators(Strict):
    """What a value has to be; all that is given has to hold."""

    hints: ClassVar[Mapping[str, str]] = {
        **_HINTS,
        **dict.fromkeys(("in", "any_of", "enum", "oneof"), "write one_of"),
        **dict.fromkeys(("len", "size", "count"), "write length"),
        **dict.fromkeys(("min", "ge", "at_least"), "write gte"),
        **dict.fromkeys(("max", "le", "at_most"), "write lte"),
        **dict.fromkeys(("greater_than", "above", "more_than"), "write gt"),
        **dict.fromkeys(("less_than", "below", "fewer_than"), "write lt"),
        **dict.fromkeys(("present", "exist"), "write exists: true"),
        **dict.fromkeys(("absent", "missing", "not_exists"), "write exists: false"),
        "not_null": "write not_equals: null",
        "empty": "write length: 0",
    }

    equals: Any = None
    not_equals: Any = None
    contains: Any = None
    not_contains: Any = None
    matches: Given[Regex] = None
    not_matches: Given[Regex] = None
    one_of: Given[Annotated[list[Any], Field(min_length=1)]] = None
    exists: Given[bool] = None
    type: Annotated[
        JsonType,
        BeforeValidator(lambda name: "null" if name is None else name),
        WithJsonSchema({"enum": [*get_args(JsonType), None]}),
    ] = "null"
    length: Given[Annotated[Length, or_mapping(lambda number: {"gte": number, "lte": number})]] = None
    gt: Given[Operand] = None
    gte: Given[Operand] = None
    lt: Given[Operand] = None
    lte: Given[Operand] = None

    @model_validator(mode="after")
    def _possible(self) -> "Operators":
        if self.exists is False and len(self.model_fields_set) > 1:
            raise mistake("exists: false leaves nothing for another operator to look at")
        return self


class BodyOperators(Strict):
    """What the text of a body has to be; all that is given has to hold."""

    hints: ClassVar[Mapping[str, str]] = {
        **_HINTS,
        "length": "write empty: true, or look into the body with json",
        "exists": "write empty: false",
        "json": "write json beside body",
        "json_schema": "write json_schema beside body",
    }

    contains: Given[str] = None
    not_contains: Given[str] = None
    matches: Given[Regex] = None
    not_matches: Given[Regex] = None
    equals: Given[str] = None
    empty: Given[bool] = None


def apply(
    operators: Operators | BodyOperators, found: Found, values: Mapping[str, Any], *, textual: bool = False
) -> Iterator[Finding]:
    """Apply every operator that is given.

    Parameters:
        operators: As loaded.
        found: What stands in the reply.
        values: For templates.
        textual: The value is a text by nature (a header, a body).
    """
    for name in type(operators).model_fields:
        if name in operators.model_fields_set:
            yield compare(name, getattr(operators, name), found, values, textual=textual)


def _not_nothing(value: Any) -> Any:
    if value == {}:
        raise mistake("holds no operator; to expect an empty object write {equals: {}}")
    return value


def _no_bare_text(value: Any) -> Any:
    if not isinstance(value, dict) or not value:
        allowed = ", ".join(BodyOperators.model_fields)
        raise mistake(f"takes operators ({allowed}), found {shown(value)}; write body: {{contains: ...}}")
    return value


Condition = Annotated[Operators, or_mapping(lambda value: {"equals": value}), BeforeValidator(_not_nothing)]
"""Operators, or a bare value that has to be equaled."""

BodyCondition = Annotated[BodyOperators, BeforeValidator(_no_bare_text)]
