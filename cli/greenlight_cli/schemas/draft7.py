"""What pydantic says of a model, as a schema of draft-07 that editors make the most of."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from greenlight_cli.schemas.docstrings import attributes_of

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
PLACE: Final = "#/definitions/"

_UNITS: Final = (("h", 3600), ("m", 60), ("s", 1))


def definitions_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schemas of a model and of all models inside it, by the names of their classes."""
    schema = model.model_json_schema(ref_template=f"{PLACE}{{model}}", schema_generator=_Draft7)
    inner = schema.pop("$defs", {})
    return {model.__name__: schema, **inner}


def reference(name: str) -> dict[str, Any]:
    """Return a schema that stands elsewhere, by the name of its model."""
    return {"$ref": f"{PLACE}{name}"}


class _Draft7(GenerateJsonSchema):
    """Leaves out what is noise in an editor: titles made from keys, defaults that are nothing, null where it is refused."""

    schema_dialect = DIALECT

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        """Give no key a title: it would say the key once more."""
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Say of each key what the docstring of the model says of it."""
        told = super().model_schema(schema)
        for name, text in attributes_of(schema["cls"]).items():
            if name in keys_of(told):
                keys_of(told)[name] = {"description": text, **keys_of(told)[name]}
        return told

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """Take null out where the model refuses it."""
        inner, function = schema["schema"], schema["function"]
        if inner["type"] == "nullable" and function["type"] == "no-info" and _refuses_null(function["function"]):
            return self.generate_inner(inner["schema"])
        return super().function_before_schema(schema)

    def any_schema(self, schema: core_schema.AnySchema) -> JsonSchemaValue:  # noqa: ARG002 - pydantic's signature
        """Name all types, which says the same; without a type, editors complete a key without its colon."""
        return {"type": ["string", "number", "boolean", "object", "array", "null"]}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        """Leave out the type, which the values say; with it, editors write every default when they complete an object."""
        return {key: value for key, value in super().literal_schema(schema).items() if key != "type"}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Say null among the types; editors complete worse where there are alternatives."""
        inner = self.generate_inner(schema["schema"])
        if "const" in inner:
            return {"enum": [inner["const"], None]}
        if "enum" in inner:
            return {**inner, "enum": [*inner["enum"], None]}
        if isinstance(inner.get("type"), str):
            return {**inner, "type": [inner["type"], "null"]}
        return {"anyOf": [inner, {"type": "null"}]}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Write a default as people do, and leave out those that stand for nothing."""
        told = super().default_schema(schema)
        default = told.get("default")
        if isinstance(default, float) and "pattern" in told:
            return {**told, "default": _as_written(default, told["pattern"])}
        if default is None or isinstance(default, dict | list):
            return {key: value for key, value in told.items() if key != "default"}
        return told

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Check keys as names, so that an editor tells what is wrong with one that has not the form."""
        told = super().dict_schema(schema)
        for pattern, values in told.pop("patternProperties", {}).items():
            names = {"pattern": pattern, **told.get("propertyNames", {})}
            return {**told, "additionalProperties": values, "propertyNames": names}
        return told

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:  # noqa: ARG002
        """Keep the order of the models, which is the one of the documentation."""
        return value


def _refuses_null(function: Callable[[Any], Any]) -> bool:
    try:
        function(None)
    except PydanticCustomError:
        return True
    return False


def _as_written(number: float, pattern: str) -> str:
    """Write a number of seconds, or a fraction, in the form that a pattern takes."""
    return next(text for text in (_duration(number), f"{number * 100:g}%") if re.search(pattern, text))


def _duration(seconds: float) -> str:
    for unit, size in _UNITS:
        if seconds % size == 0 and (seconds >= size or unit == "s"):
            return f"{int(seconds // size)}{unit}"
    return f"{seconds * 1000:g}ms"


def keys_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas of the keys of an object."""
    keys: dict[str, Any] = schema.get("properties", {})
    return keys
