"""``json_schema``: whether a document is what a JSON Schema describes, and where it is not.

``jsonschema`` costs a cold start 70 ms, and most suites have no schema: it is imported with the first one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from greenlight.smoke.patterns import Pattern

MAX_BREACHES: Final = 20
MAX_DEPTH: Final = 50


class SchemaError(ValueError):
    """When a value is no JSON Schema that can be looked at here."""


@dataclass(frozen=True)
class Breach:
    """One place at which a document is not as its schema wants it.

    Attributes:
        path: Where, as ``items[0].id``; ``@`` is the whole document. What is missing is named by the place it should have.
        expected: In words that follow the path, as ``of type string``.
        actual: What is there.
    """

    path: str
    expected: str
    actual: str


@dataclass(frozen=True)
class JsonSchema:
    """A JSON Schema that was understood when the suite was loaded.

    Attributes:
        schema: As written.
        validator: What applies it, as its draft has it.
        root: The schema, without the name of its draft.
        targets: What each reference leads to.
        patterns: Its regular expressions.
    """

    schema: Any
    validator: Any = field(repr=False, compare=False)
    root: Any = field(repr=False, compare=False)
    targets: Mapping[str, Any] = field(repr=False, compare=False)
    patterns: Mapping[str, Pattern] = field(repr=False, compare=False)

    def findings(self, document: Any) -> list[Breach]:
        """Tell where a document is not as the schema wants it, at most 20 places in the order of the document.

        It never raises: what cannot be decided, as with a schema that refers to itself for ever, is a breach.
        """
        # Here and not above: see the module's docstring.
        from greenlight.smoke import schema_breaches  # noqa: PLC0415

        return schema_breaches.find(self, document)


def compile_schema(value: Any) -> JsonSchema:
    """Understand a JSON Schema: Draft 2020-12, or the draft that its ``$schema`` names.

    References lead to places in the schema itself, and regular expressions are those of re2. ``format`` is not checked,
    as the standard has it.

    Raises:
        SchemaError: With the place inside the schema and the cure.
    """
    # Here and not above: see the module's docstring.
    from greenlight.smoke import schema_reading  # noqa: PLC0415

    return schema_reading.read(value)
