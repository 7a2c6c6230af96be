"""Reading a JSON Schema: is it one, where do its references lead, does re2 take its regular expressions."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from greenlight.documents import shown
from greenlight.documents.source import path_text
from greenlight.smoke import schema_words, templates
from greenlight.smoke.json_schemas import MAX_DEPTH, JsonSchema, SchemaError
from greenlight.smoke.patterns import Pattern, PatternError, compile_pattern
from greenlight.smoke.schema_drafts import DRAFTS, LATEST, Draft
from greenlight.smoke.schema_keywords import validator_class
from greenlight.smoke.values import deeper_than

_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_ANCHORS: Final = ("$anchor", "$dynamicAnchor")
_TEMPTING: Final = ("const", "enum", "pattern", "patternProperties")
"""Where people would write templates."""
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_CURE: Final = "move parts into $defs and refer to them"

Place = tuple[str | int, ...]


def read(value: Any) -> JsonSchema:
    """Understand a JSON Schema.

    Raises:
        SchemaError: With the place inside the schema and the cure.
    """
    if not isinstance(value, dict | bool):
        raise SchemaError(f"has to be a JSON Schema: an object, true or false; found {shown(value)}")
    if deeper_than(value, MAX_DEPTH):
        raise SchemaError(f"nests deeper than {MAX_DEPTH} levels; {_CURE}")
    draft = _draft(value)
    _check(value, draft, ())
    # With the name of its draft in it, jsonschema would go on with a validator of its own instead of ours.
    root = {key: inner for key, inner in value.items() if key != "$schema"} if isinstance(value, dict) else value
    reading = _Reading(draft, root)
    reading.read()
    return JsonSchema(value, validator_class(draft), root, reading.targets, reading.patterns)


def _draft(value: Any) -> Draft:
    name = LATEST if isinstance(value, bool) else value.get("$schema", LATEST)
    draft = DRAFTS.get(name.removesuffix("#")) if isinstance(name, str) else None
    if draft is None:
        raise SchemaError(
            f"$schema names no draft that Greenlight knows: {shown(name)}; leave it out for {DRAFTS[LATEST].title}, "
            f"or write one of {', '.join(DRAFTS)}"
        )
    return draft


def _check(schema: Any, draft: Draft, place: Place) -> None:
    """Hold a schema against the schema of its draft, leaving out formats: one of them would run Python's ``re``."""
    try:
        error = next(draft.base(draft.base.META_SCHEMA).iter_errors(schema), None)
    except RecursionError as bottomless:
        raise SchemaError(f"nests too deeply to be looked at; {_CURE}") from bottomless
    if error is None:
        return
    while error.context:  # of several alternatives, the one that was most likely meant
        error = min(error.context, key=lambda inner: (inner.validator == "type", -len(inner.path)))
    where = path_text((*place, *error.absolute_path)) or "the schema"
    words = schema_words.known(error)
    problem = (
        f"{where}: {error.message}" if words is None else f"expected {where} {words}, found {shown(error.instance)}"
    )
    raise SchemaError(f"is no JSON Schema of {draft.title}: {problem}")


class _Reading:
    """A walk through everything in a schema that is a schema itself.

    Attributes:
        targets: What each reference leads to.
        patterns: The regular expressions.
    """

    def __init__(self, draft: Draft, root: Any) -> None:
        self.targets: dict[str, Any] = {}
        self.patterns: dict[str, Pattern] = {}
        self._draft = draft
        self._root = root
        self._schemas: dict[tuple[str, ...], Any] = {}
        self._anchors: dict[str, Any] = {}
        self._references: list[tuple[str, Place]] = []

    def read(self) -> None:
        """Look at every schema, and at what the references lead to, which may be more schemas."""
        self._visit((), self._root, named=False)
        while self._references:
            reference, place = self._references.pop(0)
            if reference not in self.targets:
                self.targets[reference] = self._target(reference, path_text(place))

    def _visit(self, place: Place, schema: Any, *, named: bool) -> None:
        self._schemas[tuple(map(str, place))] = schema
        if isinstance(schema, bool):
            return
        if "$schema" in schema:
            raise SchemaError(f"{path_text((*place, '$schema'))} stands inside; only the whole schema names its draft")
        name = self._name(schema)
        named = named or (bool(place) and bool(name) and not name.startswith("#"))
        for keyword in _REFERENCES:
            if keyword in schema and keyword in self._draft.keywords:
                self._take_reference(schema[keyword], (*place, keyword), named=named)
        if not named:
            self._take_anchors(schema)
        _refuse_templates(schema, place)
        self._take_patterns(schema, place)
        for way, inner in self._draft.schemas_in(schema):
            self._visit((*place, *way), inner, named=named)

    def _name(self, schema: Mapping[str, Any]) -> str:
        hidden = self._draft.reference_hides and "$ref" in schema
        return "" if hidden else str(schema.get(self._draft.id_keyword, "")).removesuffix("#")

    def _take_reference(self, reference: Any, place: Place, *, named: bool) -> None:
        where = path_text(place)
        if not isinstance(reference, str):
            raise SchemaError(f'{where} has to be a text as "#/$defs/order", found {shown(reference)}')
        if not reference.startswith("#"):
            raise SchemaError(
                f"{where} leads to {shown(reference)}; remote references are not fetched: it would let a suite make "
                'this function ask other hosts; copy what it needs under $defs and write "#/$defs/..."'
            )
        if named:
            keyword = self._draft.id_keyword
            raise SchemaError(
                f"{where} stands below an {keyword}, which makes it lead elsewhere; take that {keyword} out"
            )
        self._references.append((reference, place))

    def _take_anchors(self, schema: Mapping[str, Any]) -> None:
        names = [str(schema[keyword]) for keyword in _ANCHORS if keyword in schema]
        name = self._name(schema)  # before Draft 2019-09, a name that starts with # was an anchor
        for anchor in [*names, name[1:]] if name.startswith("#") else names:
            self._anchors.setdefault(anchor, schema)

    def _take_patterns(self, schema: Mapping[str, Any], place: Place) -> None:
        texts: dict[Place, str] = {("patternProperties", text): text for text in schema.get("patternProperties", ())}
        if "pattern" in schema:
            texts["pattern",] = schema["pattern"]
        for way, text in texts.items():
            try:
                self.patterns[text] = compile_pattern(text)
            except PatternError as error:
                raise SchemaError(f"{path_text((*place, *way))}: {error}") from error

    def _target(self, reference: str, where: str) -> Any:
        fragment = unquote(reference[1:])
        if fragment and not fragment.startswith("/"):
            if fragment in self._anchors:
                return self._anchors[fragment]
        else:
            place = tuple(step.replace("~1", "/").replace("~0", "~") for step in fragment.split("/")[1:])
            if place in self._schemas:
                return self._schemas[place]
            found = _look_up(self._root, place)
            if isinstance(found, dict | bool):
                _check(found, self._draft, place)
                self._visit(place, found, named=False)
                return found
        raise SchemaError(f"{where} leads nowhere: {shown(reference)} names no schema in this one")


def _refuse_templates(schema: Mapping[str, Any], place: Place) -> None:
    for keyword in _TEMPTING:
        value = schema.get(keyword)
        name = next(templates.names(list(value) if isinstance(value, dict) and keyword != "const" else value), None)
        if name is not None:
            raise SchemaError(
                f"{path_text((*place, keyword))} holds {{{{ {name} }}}}, but templates are not filled in inside a "
                "schema; expect that value under json"
            )


def _look_up(value: Any, place: tuple[str, ...]) -> Any:
    for step in place:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and _INDEX.fullmatch(step):
            value = next(iter(value[int(step) :]), None)
        else:
            return None
    return value
