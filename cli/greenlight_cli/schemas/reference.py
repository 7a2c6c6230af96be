"""The reference of the gates file, made from its JSON Schema: every key, with its type, bounds, default and purpose.

``python -m greenlight_cli.schemas.reference`` writes it.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from greenlight_cli.schemas.building import gates_schema

FILE: Final = Path("docs/gates-reference.md")
"""Where the repository keeps it."""

_HEAD: Final = """\
# The gates file: every key

Made by `make docs` from [gates.schema.json](schemas/gates.schema.json), which editors use; change the schema's texts, not this page. What the keys are good for is told in
[gates and verdicts](gates.md) and on the [pages of the kinds](checks/README.md); the keys of a suite are on [its own page](smoke.md).
"""

_REFERENCE: Final = "#/definitions/"
_SUITE: Final = "SuiteFile"
_PAGES: Final[Mapping[str, str]] = {"smoke": "gates.md#the-file", "routing": "checks/README.md#routing"}
"""Where a kind is told about, if not on a page of its own in ``checks/``."""


def reference() -> Iterator[str]:
    """Give the lines of the page."""
    schema = gates_schema()
    definitions: Mapping[str, Mapping[str, Any]] = schema["definitions"]
    gate = definitions["Gate"]["properties"]
    kinds = {key: name for key, each in gate.items() if (name := _named(each)) is not None}
    yield from _HEAD.splitlines()
    yield ""
    yield from _section("The file", schema)
    yield from _section("A gate", definitions["Gate"], skip=kinds)
    yield "| kind of check | |"
    yield "|---|---|"
    for key in kinds:
        yield f"| [`{key}`](#{key}) | {_cell(gate[key].get('description', ''))} |"
    yield ""
    shared = _shared([definitions[name] for name in kinds.values()])
    yield from _section("Every check", {"properties": shared})
    done: set[str] = set()
    for key, name in kinds.items():
        page = _PAGES.get(key, f"checks/{key}.md")
        yield f"## `{key}`"
        yield ""
        yield f"{gate[key].get('description', '')} [More]({page})."
        yield ""
        yield from _table(definitions[name], skip=shared)
        for inner in _inner(definitions[name], definitions, done):
            yield f"### {_title(inner)} of `{key}`"
            yield ""
            yield from _table(definitions[inner], skip={})


def _section(title: str, schema: Mapping[str, Any], skip: Mapping[str, Any] | None = None) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield from _table(schema, skip=skip or {})


def _table(schema: Mapping[str, Any], *, skip: Mapping[str, Any]) -> Iterator[str]:
    rows = {key: each for key, each in schema.get("properties", {}).items() if key not in skip}
    if not rows:
        yield "No keys but those of every check."
        yield ""
        return
    required = set(schema.get("required", ()))
    yield "| key | value | |"
    yield "|---|---|---|"
    for key, each in rows.items():
        needed = " **Needed.**" if key in required else ""
        yield f"| `{key}` | {_cell(_value(each))} | {_cell(each.get('description', ''))}{needed} |"
    yield ""


def _named(schema: Mapping[str, Any]) -> str | None:
    """Return the definition that a schema, or one of its alternatives, refers to; None where there is none."""
    for each in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if str(each.get("$ref", "")).startswith(_REFERENCE):
            return str(each["$ref"]).removeprefix(_REFERENCE)
    return None


def _value(schema: Mapping[str, Any]) -> str:
    """Say in a few words what may stand behind a key."""
    if (name := _named(schema)) is not None:
        return "a suite" if name == _SUITE else _title(name)
    if "const" in schema:
        return _code(schema["const"])
    if "enum" in schema:
        return " or ".join(_code(each) for each in schema["enum"] if each is not None)
    if "anyOf" in schema:
        told = (_value(each) for each in schema["anyOf"] if each.get("type") != "null")
        return " or ".join(dict.fromkeys(each for each in told if each))
    kinds = schema.get("type", [])
    named = [_kind(kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"]
    return " or ".join(dict.fromkeys(named))


def _kind(kind: str, schema: Mapping[str, Any]) -> str:
    if kind == "string" and "(ms|s|m|h|d)" in str(schema.get("pattern", "")):
        return "duration"
    if kind == "array":
        count = _bounds(schema, "minItems", "maxItems").removeprefix(", ")
        return f"list{f' ({count})' if count else ''} of {_value(schema.get('items', {})) or 'values'}"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"name → {_value(inner)}" if isinstance(inner, dict) and _value(inner) else "mapping"
    named = {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(kind, kind)
    if kind == "string":
        return f"{named}{_bounds(schema, 'minLength', 'maxLength', unit=' characters')}"
    return f"{named}{_bounds(schema, 'minimum', 'maximum')}"


def _bounds(schema: Mapping[str, Any], least: str, most: str, unit: str = "") -> str:
    low, high = schema.get(least), schema.get(most)
    if least == "minLength" and low in {0, 1}:
        low = None
    if low is None and high is None:
        return ""
    if low is None:
        return f", at most {high}{unit}"
    return f", at least {low}{unit}" if high is None else f", {low} to {high}{unit}"


def _inner(schema: Mapping[str, Any], definitions: Mapping[str, Mapping[str, Any]], done: set[str]) -> Iterator[str]:
    """Give the definitions that a kind's settings refer to, each once on the page; suites have a page of their own."""
    for name in _references(schema):
        if name in done or name in {_SUITE, *_kinds_of(definitions)}:
            continue
        done.add(name)
        yield name
        yield from _inner(definitions[name], definitions, done)


def _kinds_of(definitions: Mapping[str, Mapping[str, Any]]) -> set[str | None]:
    return {_named(each) for each in definitions["Gate"]["properties"].values()}


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if str(schema.get("$ref", "")).startswith(_REFERENCE):
            yield str(schema["$ref"]).removeprefix(_REFERENCE)
        for each in schema.values():
            yield from _references(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _references(each)


def _shared(schemas: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the keys that all kinds have, and say the same about."""
    first, *others = (schema.get("properties", {}) for schema in schemas)
    return {key: each for key, each in first.items() if all(other.get(key) == each for other in others)}


def _title(name: str) -> str:
    """Say the name of a definition in words: ``FreezeWindow`` is ``freeze window``."""
    bare = name.removesuffix("Settings")
    return "".join(f" {each.lower()}" if each.isupper() else each for each in bare).strip()


def _code(value: Any) -> str:
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def as_text() -> str:
    """Return the page as it stands in its file."""
    return "\n".join(reference()).rstrip() + "\n"


def _main() -> None:
    parser = argparse.ArgumentParser(
        prog="greenlight_cli.schemas.reference", description="Write the reference of the gates file."
    )
    parser.add_argument("file", nargs="?", type=Path, default=FILE, help="where to (default: %(default)s)")
    parser.parse_args().file.write_text(as_text(), encoding="utf-8")


if __name__ == "__main__":
    _main()
