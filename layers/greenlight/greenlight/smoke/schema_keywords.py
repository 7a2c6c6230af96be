"""Keywords of JSON Schema as Greenlight looks at them, in the place of jsonschema's own.

They run re2 and never Python's ``re``, follow only references inside the schema, name every place they speak of, are
done in time linear in the document, and stop where a schema is applied again and again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import chain, islice
from typing import Any, Final

from jsonschema import validators
from jsonschema.exceptions import ValidationError

from greenlight.smoke import schema_words
from greenlight.smoke.patterns import Pattern
from greenlight.smoke.places import path_text
from greenlight.smoke.schema_drafts import Draft
from greenlight.smoke.values import MISSING

MAX_STEPS: Final = 2_000_000
"""More than a document of 1 MiB needs; two for each time that a schema is applied to a value."""

Errors = Iterator[ValidationError]


class TooManyStepsError(Exception):
    """When schemas are applied to one document more often than anybody waits for."""


@dataclass
class Run:
    """What one look at a document goes by.

    Attributes:
        targets: What each reference leads to.
        patterns: The regular expressions by their text.
        steps: How many steps were taken.
    """

    targets: Mapping[str, Any]
    patterns: Mapping[str, Pattern]
    steps: int = 0

    def step(self) -> None:
        """Count a step.

        Raises:
            TooManyStepsError: When it is one too many.
        """
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise TooManyStepsError


running: ContextVar[Run] = ContextVar("running")
"""jsonschema hands nothing of ours on to its keywords, and one schema is used by several threads."""


@cache
def validator_class(draft: Draft) -> Any:
    """Return the validator of a draft with our keywords in it."""
    base, hides = draft.base, draft.reference_hides

    def applicable(schema: Mapping[str, Any]) -> Any:
        running.get().step()
        return [("$ref", schema["$ref"])] if hides and "$ref" in schema else schema.items()

    create: Any = validators.create
    return create(
        meta_schema=base.META_SCHEMA,
        validators={keyword: _KEYWORDS.get(keyword, own) for keyword, own in base.VALIDATORS.items()},
        type_checker=base.TYPE_CHECKER,
        id_of=lambda _: None,  # names of schemas do not count, as every reference is looked up by its text
        applicable_validators=applicable,
    )


def _below(validator: Any, value: Any, schema: Any, place: str | int) -> Errors:
    """Apply a schema to what stands at a key or index; jsonschema forgets the place where the schema is false."""
    if schema is False:
        yield ValidationError("not to exist", path=(place,), instance=value)
    else:
        yield from validator.descend(value, schema, path=place)


def _missing(name: str, words: str = "to exist") -> ValidationError:
    return ValidationError(words, path=(name,), instance=MISSING)


def _holds(validator: Any, value: Any, schema: Any) -> bool:
    return bool(validator.evolve(schema=schema).is_valid(value))


def _matches(pattern: str, text: str) -> bool:
    return running.get().patterns[pattern].occurs_in(text)


def _reference(validator: Any, reference: str, instance: Any, _schema: Any) -> Errors:
    yield from validator.descend(instance, running.get().targets[reference])


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Errors:
    if isinstance(instance, str) and not _matches(pattern, instance):
        yield ValidationError(f"to match {pattern}")


def _required(_validator: Any, names: Sequence[str], instance: Any, _schema: Any) -> Errors:
    if isinstance(instance, dict):
        yield from (_missing(name) for name in names if name not in instance)


def _dependencies(validator: Any, dependencies: Mapping[str, Any], instance: Any, _schema: Any) -> Errors:
    if not isinstance(instance, dict):
        return
    for name, dependency in dependencies.items():
        if name not in instance:
            continue
        if isinstance(dependency, list):
            words = f"to exist beside {path_text((name,))}"
            yield from (_missing(other, words) for other in dependency if other not in instance)
        else:
            yield from validator.descend(instance, dependency)


def _properties(validator: Any, properties: Mapping[str, Any], instance: Any, _schema: Any) -> Errors:
    if isinstance(instance, dict):
        for key, schema in properties.items():
            if key in instance:
                yield from _below(validator, instance[key], schema, key)


def _pattern_properties(validator: Any, schemas: Mapping[str, Any], instance: Any, _schema: Any) -> Errors:
    if isinstance(instance, dict):
        for pattern, schema in schemas.items():
            for key in instance:
                if _matches(pattern, key):
                    yield from _below(validator, instance[key], schema, key)


def _additional_properties(validator: Any, allowed: Any, instance: Any, schema: Mapping[str, Any]) -> Errors:
    if isinstance(instance, dict):
        known = _known_keys(instance, schema)
        for key, value in instance.items():
            if key not in known:
                yield from _below(validator, value, allowed, key)


def _property_names(validator: Any, names: Any, instance: Any, _schema: Any) -> Errors:
    if isinstance(instance, dict):
        for key in instance:
            for error in validator.descend(key, names):
                yield ValidationError(error.message, validator_value=error, path=(key,), instance=key)


def _items(validator: Any, items: Any, instance: Any, schema: Mapping[str, Any]) -> Errors:
    if isinstance(instance, list):
        if isinstance(items, list):
            yield from _prefix_items(validator, items, instance, schema)
        else:
            yield from _rest(validator, items, instance, _prefix(validator, schema))


def _additional_items(validator: Any, allowed: Any, instance: Any, schema: Mapping[str, Any]) -> Errors:
    items = schema.get("items")
    if isinstance(instance, list) and isinstance(items, list):
        yield from _rest(validator, allowed, instance, len(items))


def _prefix_items(validator: Any, schemas: Sequence[Any], instance: Any, _schema: Any) -> Errors:
    if isinstance(instance, list):
        for index, (value, schema) in enumerate(zip(instance, schemas, strict=False)):
            yield from _below(validator, value, schema, index)


def _rest(validator: Any, schema: Any, instance: list[Any], start: int) -> Errors:
    for index in range(start, len(instance)):
        yield from _below(validator, instance[index], schema, index)


def _prefix(validator: Any, schema: Mapping[str, Any]) -> int:
    return len(schema.get("prefixItems", ())) if "prefixItems" in validator.VALIDATORS else 0


def _any_of(validator: Any, schemas: Sequence[Any], instance: Any, _schema: Any) -> Errors:
    failures = []
    for schema in schemas:
        failures.append(_failures(validator, instance, schema))
        if not failures[-1]:
            return
    yield _none_of(failures)


def _one_of(validator: Any, schemas: Sequence[Any], instance: Any, _schema: Any) -> Errors:
    failures = [_failures(validator, instance, schema) for schema in schemas]
    fitting = [str(number) for number, errors in enumerate(failures, 1) if not errors]
    if not fitting:
        yield _none_of(failures)
    elif len(fitting) > 1:
        several = f"{', '.join(fitting[:-1])} and {fitting[-1]}"
        yield ValidationError(f"to fit only one of {len(schemas)} alternatives, not {several} at once")


def _none_of(failures: list[list[ValidationError]]) -> ValidationError:
    # What is wrong with each alternative is put into words only if it is told; most often it is not.
    return ValidationError("to fit an alternative", validator=schema_words.ALTERNATIVES, validator_value=failures)


def _failures(validator: Any, instance: Any, schema: Any) -> list[ValidationError]:
    return list(islice(validator.descend(instance, schema), schema_words.MAX_FAILURES))


def _multiple_of(validator: Any, factor: float, instance: Any, _schema: Any) -> Errors:
    """Divide as people do: 19.99 is a multiple of 0.01, which it is not in binary."""
    if validator.is_type(instance, "number") and (Fraction(repr(instance)) / Fraction(repr(factor))).denominator != 1:
        yield ValidationError(f"a multiple of {factor}")


def _unique_items(_validator: Any, unique: Any, instance: Any, _schema: Any) -> Errors:
    if unique and isinstance(instance, list):
        first: dict[Any, int] = {}
        for index, value in enumerate(instance):
            earlier = first.setdefault(_canonical(value), index)
            if earlier != index:
                yield ValidationError(f"to differ from element [{earlier}]", path=(index,), instance=value)


def _canonical(value: Any) -> Any:
    """Return what is equal for equal JSON values, and can be looked up; ``true`` is not 1."""
    if isinstance(value, bool):
        return bool, value
    if isinstance(value, list):
        return list, tuple(map(_canonical, value))
    if isinstance(value, dict):
        return dict, frozenset((key, _canonical(inner)) for key, inner in value.items())
    return value


def _unevaluated_properties(validator: Any, allowed: Any, instance: Any, schema: Mapping[str, Any]) -> Errors:
    if isinstance(instance, dict):
        others = {keyword: value for keyword, value in schema.items() if keyword != "unevaluatedProperties"}
        evaluated = set(_evaluated(validator, instance, others, _evaluated_keys))
        for key, value in instance.items():
            if key not in evaluated:
                yield from _below(validator, value, allowed, key)


def _unevaluated_items(validator: Any, allowed: Any, instance: Any, schema: Mapping[str, Any]) -> Errors:
    if isinstance(instance, list):
        others = {keyword: value for keyword, value in schema.items() if keyword != "unevaluatedItems"}
        evaluated = set(_evaluated(validator, instance, others, _evaluated_indexes))
        for index, value in enumerate(instance):
            if index not in evaluated:
                yield from _below(validator, value, allowed, index)


def _evaluated(
    validator: Any, instance: Any, schema: Any, of: Callable[[Any, Any, Mapping[str, Any]], Iterable[Any]]
) -> Iterator[Any]:
    """Give the keys or indexes that a schema, and what it applies to the same value, have looked at."""
    running.get().step()
    if isinstance(schema, dict):
        yield from of(validator, instance, schema)
        for applied in _applied(validator, instance, schema):
            yield from _evaluated(validator, instance, applied, of)


def _applied(validator: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    """Give the schemas that a schema applies to the same value, as far as they hold."""
    yield from (running.get().targets[schema[keyword]] for keyword in _REFERENCES if keyword in schema)
    yield from schema.get("allOf", ())
    for keyword in ("anyOf", "oneOf"):
        yield from (inner for inner in schema.get(keyword, ()) if _holds(validator, instance, inner))
    if "if" in schema:
        held = _holds(validator, instance, schema["if"])
        branches = ("if", "then") if held else ("else",)
        yield from (schema[branch] for branch in branches if branch in schema)
    if isinstance(instance, dict):
        yield from (inner for key, inner in schema.get("dependentSchemas", {}).items() if key in instance)


def _evaluated_keys(_validator: Any, instance: dict[str, Any], schema: Mapping[str, Any]) -> Iterable[str]:
    if "additionalProperties" in schema or "unevaluatedProperties" in schema:
        return instance
    return _known_keys(instance, schema)


def _known_keys(instance: dict[str, Any], schema: Mapping[str, Any]) -> set[str]:
    properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    return {key for key in instance if key in properties or any(_matches(pattern, key) for pattern in patterns)}


def _evaluated_indexes(validator: Any, instance: list[Any], schema: Mapping[str, Any]) -> Iterable[int]:
    items = schema.get("items")
    by_place = len(items) if isinstance(items, list) else _prefix(validator, schema)
    rest = "additionalItems" in schema if isinstance(items, list) else items is not None
    if rest or "unevaluatedItems" in schema:
        return range(len(instance))
    contained = schema.get("contains", False)
    return chain(
        range(by_place), (index for index, value in enumerate(instance) if _holds(validator, value, contained))
    )


_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_KEYWORDS: Final[Mapping[str, Callable[[Any, Any, Any, Any], Errors]]] = {
    **dict.fromkeys(_REFERENCES, _reference),
    "additionalItems": _additional_items,
    "additionalProperties": _additional_properties,
    "anyOf": _any_of,
    "dependencies": _dependencies,
    "dependentRequired": _dependencies,
    "items": _items,
    "multipleOf": _multiple_of,
    "oneOf": _one_of,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "prefixItems": _prefix_items,
    "properties": _properties,
    "propertyNames": _property_names,
    "required": _required,
    "unevaluatedItems": _unevaluated_items,
    "unevaluatedProperties": _unevaluated_properties,
    "uniqueItems": _unique_items,
}
