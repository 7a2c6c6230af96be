"""The drafts of JSON Schema: which one a schema follows, and what holds schemas in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jsonschema import validators

_MAPPINGS: Final = frozenset(
    {"$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"}
)
_LISTS: Final = frozenset({"allOf", "anyOf", "items", "oneOf", "prefixItems"})
_VALUES: Final = frozenset(
    {
        "additionalItems",
        "additionalProperties",
        "contains",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)


@dataclass(frozen=True)
class Draft:
    """A draft of the standard.

    Attributes:
        title: What people call it.
        validator: What jsonschema calls its validator.
        id_keyword: What gives a schema a name.
        containers: Keywords that hold schemas for others.
    """

    title: str
    validator: str
    id_keyword: str
    containers: frozenset[str]

    @property
    def base(self) -> Any:
        """Return jsonschema's validator."""
        return getattr(validators, self.validator)

    @property
    def keywords(self) -> frozenset[str]:
        """Return the keywords that mean something."""
        return self.containers.union(self.base.VALIDATORS)

    @property
    def reference_hides(self) -> bool:
        """Tell whether nothing beside a ``$ref`` counts, as it was before Draft 2019-09."""
        return "dependentSchemas" not in self.keywords

    def schemas_in(self, schema: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
        """Give the schemas directly in a valid one, each with the way to it."""
        keywords = self.keywords
        for keyword, value in schema.items():
            if keyword not in keywords:
                continue
            if keyword in _MAPPINGS:
                yield from (((keyword, key), inner) for key, inner in value.items() if isinstance(inner, dict | bool))
            elif keyword in _LISTS and isinstance(value, list):
                yield from (((keyword, index), inner) for index, inner in enumerate(value))
            elif keyword in _VALUES:
                yield (keyword,), value


LATEST: Final = "https://json-schema.org/draft/2020-12/schema"
_NEW: Final = frozenset({"$defs", "definitions", "else", "then"})
DRAFTS: Final[Mapping[str, Draft]] = {
    LATEST: Draft("Draft 2020-12", "Draft202012Validator", "$id", _NEW),
    "https://json-schema.org/draft/2019-09/schema": Draft("Draft 2019-09", "Draft201909Validator", "$id", _NEW),
    "http://json-schema.org/draft-07/schema": Draft("Draft 7", "Draft7Validator", "$id", _NEW - {"$defs"}),
    "http://json-schema.org/draft-06/schema": Draft("Draft 6", "Draft6Validator", "$id", frozenset({"definitions"})),
    "http://json-schema.org/draft-04/schema": Draft("Draft 4", "Draft4Validator", "id", frozenset({"definitions"})),
}
"""By the name that ``$schema`` gives them, without a trailing ``#``."""
