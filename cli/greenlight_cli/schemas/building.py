"""Puts a schema together: what pydantic says of the models, the short forms, the rules and the words."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from greenlight.checks import KINDS
from greenlight.gates.model import MAX_CHECKS, gates_file_model
from greenlight.smoke.model import SuiteFile
from greenlight.stages import Stage
from greenlight_cli.schemas.docstrings import purpose_of
from greenlight_cli.schemas.draft7 import DIALECT, PLACE, definitions_of, keys_of, reference
from greenlight_cli.schemas.examples import EXAMPLES
from greenlight_cli.schemas.rules import RULES
from greenlight_cli.schemas.texts import ENTRIES
from greenlight_cli.schemas.wording import with_words

_NAMES: Final[Mapping[str, str]] = MappingProxyType({"GatesFile": "gates", "SuiteFile": "suite"})
_COUNTED: Final[Mapping[str, str]] = MappingProxyType({"Length": "gte", "Repeat": "count", "Retries": "count"})
"""The models for which a number may stand, each with the key that the number is for."""

_ENTRIES_BELOW: Final = frozenset({"items", "additionalProperties"})
_ONE_OF_SEVERAL: Final = "One check of several, each with a name of its own."
_NO_OBJECT: Final = {"type": ["string", "number", "boolean", "array", "null"]}


def suite_schema() -> dict[str, Any]:
    """Return the schema of a suite."""
    return _whole(SuiteFile.__name__, definitions_of(SuiteFile))


def gates_schema() -> dict[str, Any]:
    """Return the schema of a gates file, with that of a suite where the suite itself may stand."""
    gates = gates_file_model()
    definitions = definitions_of(gates) | definitions_of(SuiteFile)
    keys_of(definitions["SmokeSettings"])["suite"] = {"anyOf": [reference(SuiteFile.__name__), {"type": "null"}]}
    gate = get_args(gates.model_fields[Stage.PRE_SCALE_UP.lower()].annotation)[0]
    for name, kind in KINDS.items():
        keys_of(definitions["Gate"])[name] = {"description": purpose_of(kind.settings), **_one_or_several(gate, name)}
    return _whole(gates.__name__, definitions)


def _one_or_several(gate: type[BaseModel], kind: str) -> dict[str, Any]:
    field = gate.model_fields[kind]
    several: Any = Annotated[(field.annotation, *field.metadata)]
    reads = TypeAdapter(several)
    one = reference(KINDS[kind].settings.__name__)
    forms = [one, {"type": "array", "items": {"description": _ONE_OF_SEVERAL, **one}, "maxItems": MAX_CHECKS}]
    bare = [value for value in (True, False, None) if _takes(reads, value)]
    return {"anyOf": [*forms, {"enum": bare}] if bare else forms}


def _takes(reads: TypeAdapter[Any], value: Any) -> bool:
    try:
        reads.validate_python(value)
    except ValidationError:
        return False
    return True


def _whole(name: str, definitions: Mapping[str, Any]) -> dict[str, Any]:
    checks = {kind.settings.__name__ for kind in KINDS.values()}
    referring = _Referring(definitions)
    finished = {
        inner: referring.in_value(with_words(inner, schema, is_check=inner in checks)) | RULES.get(inner, {})
        for inner, schema in definitions.items()
    }
    root = finished.pop(name)
    return {
        "$schema": DIALECT,
        "$id": f"urn:greenlight:{_NAMES[name]}:1",
        **root,
        "examples": [EXAMPLES[name]],
        "definitions": dict(sorted(finished.items())),
    }


class _Referring:
    """Lets short forms stand wherever their models are referred to, and says what stands in lists and under free names."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        numbers = {name: keys_of(definitions[name])[key] for name, key in _COUNTED.items()}
        self._short = numbers | {"Operators": _NO_OBJECT}
        self._entries = {name: schema.get("description", "").partition("\n")[0] for name, schema in definitions.items()}

    def in_value(self, value: Any, *, below: str = "") -> Any:
        """Return a part of a schema, with what is to be said of the references in it."""
        if isinstance(value, list):
            return [self.in_value(item) for item in value]
        if not isinstance(value, dict):
            return value
        name = str(value.get("$ref", "")).removeprefix(PLACE)
        if not name:
            # The one is told only of a wrong form, the other of a wrong type as well: a number without its unit.
            said = {"errorMessage" if key == "patternErrorMessage" else key: inner for key, inner in value.items()}
            return {key: self.in_value(inner, below=key) for key, inner in said.items()}
        entry = {"description": ENTRIES.get(name) or self._entries[name]} if below in _ENTRIES_BELOW else {}
        if name not in self._short:
            return entry | value
        words = {key: inner for key, inner in value.items() if key != "$ref"}
        return entry | words | {"anyOf": [reference(name), self._short[name]]}
