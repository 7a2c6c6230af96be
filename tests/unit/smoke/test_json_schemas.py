"""JSON Schemas in a suite."""

import json
import socket
import sys
import threading
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft7Validator, Draft201909Validator, Draft202012Validator

from greenlight.smoke.json_schemas import MAX_BREACHES, Breach, SchemaError, compile_schema
from tests.unit.smoke.test_values import json_values

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
DRAFT_6 = "http://json-schema.org/draft-06/schema#"
DRAFT_7 = "http://json-schema.org/draft-07/schema#"
DRAFT_2019 = "https://json-schema.org/draft/2019-09/schema"
DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"

CATASTROPHE = "^(a+)+$"
VICTIM = "a" * 40 + "!"


def findings(schema, document):
    """Every breach, as (path, expected, actual)."""
    return [(breach.path, breach.expected, breach.actual) for breach in compile_schema(schema).findings(document)]


def fits(schema, document):
    """Tell whether a document is as a schema wants it."""
    return [] == compile_schema(schema).findings(document)


def refusal(schema):
    """What is wrong with a schema."""
    with pytest.raises(SchemaError) as caught:
        compile_schema(schema)
    return str(caught.value)


# Breaches


@pytest.mark.parametrize(
    ("schema", "document", "breach"),
    [
        ({"type": "string"}, 5, ("@", "of type string", "5")),
        ({"type": ["string", "null"]}, 5, ("@", "of type string or null", "5")),
        ({"const": {"a": 1}}, 5, ("@", '{"a": 1}', "5")),
        ({"enum": [1, "a"]}, True, ("@", 'one of [1, "a"]', "true")),
        ({"minimum": 3}, 2, ("@", "at least 3", "2")),
        ({"maximum": 3}, 4, ("@", "at most 3", "4")),
        ({"exclusiveMinimum": 3}, 3, ("@", "more than 3", "3")),
        ({"exclusiveMaximum": 3}, 3.0, ("@", "less than 3", "3.0")),
        ({"multipleOf": 5}, 7, ("@", "a multiple of 5", "7")),
        ({"pattern": "^a"}, "b", ("@", "to match ^a", '"b"')),
        ({"minLength": 2}, "ü", ("@", "of length 2 or more", 'length 1: "ü"')),
        ({"maxLength": 1}, "ab", ("@", "of length 1 or less", 'length 2: "ab"')),
        ({"minItems": 2}, [1], ("@", "of length 2 or more", "length 1: [1]")),
        ({"maxItems": 0}, [1], ("@", "of length 0 or less", "length 1: [1]")),
        ({"minProperties": 1}, {}, ("@", "of length 1 or more", "length 0: {}")),
        ({"maxProperties": 0}, {"a": 1}, ("@", "of length 0 or less", 'length 1: {"a": 1}')),
        ({"required": ["id"]}, {"a": 1}, ("id", "to exist", "nothing")),
        ({"dependentRequired": {"a": ["b c"]}}, {"a": 1}, ('"b c"', "to exist beside a", "nothing")),
        (
            {"dependentSchemas": {"a": {"minProperties": 2}}},
            {"a": 1},
            ("@", "of length 2 or more", 'length 1: {"a": 1}'),
        ),
        ({"properties": {"a": {"type": "null"}}}, {"a": 0}, ("a", "of type null", "0")),
        ({"properties": {"a": False}}, {"a": 0}, ("a", "not to exist", "0")),
        ({"patternProperties": {"^x-": {"type": "null"}}}, {"x-a": 0}, ('"x-a"', "of type null", "0")),
        ({"patternProperties": {"^x-": False}}, {"x-a": 0}, ('"x-a"', "not to exist", "0")),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"a": 1, "b": 2}, ("b", "not to exist", "2")),
        ({"additionalProperties": {"type": "null"}}, {"a": 1}, ("a", "of type null", "1")),
        ({"propertyNames": {"pattern": "^[a-z]+$"}}, {"A": 1}, ("A", "with a name to match ^[a-z]+$", '"A"')),
        ({"items": {"type": "null"}}, [None, 1], ("[1]", "of type null", "1")),
        ({"prefixItems": [{}, {"type": "null"}]}, [1, 2], ("[1]", "of type null", "2")),
        ({"prefixItems": [{}], "items": False}, [1, 2], ("[1]", "not to exist", "2")),
        ({"uniqueItems": True}, [{"a": 1}, True, 1, {"a": 1.0}], ("[3]", "to differ from element [0]", '{"a": 1.0}')),
        ({"contains": {"type": "null"}}, [1], ("@", 'with at least 1 element of the schema {"type": "null"}', "[1]")),
        (
            {"contains": {"type": "null"}, "minContains": 2},
            [None],
            ("@", 'with at least 2 elements of the schema {"type": "null"}', "[null]"),
        ),
        (
            {"contains": {"type": "null"}, "maxContains": 1},
            [None, None],
            ("@", 'with at most 1 element of the schema {"type": "null"}', "[null, null]"),
        ),
        ({"not": {"type": "null"}}, None, ("@", 'not to be of the schema {"type": "null"}', "null")),
        ({"if": {"type": "null"}, "else": {"minimum": 3}}, 2, ("@", "at least 3", "2")),
        ({"if": {"type": "null"}, "then": False}, None, ("@", "not to exist", "null")),
        ({"allOf": [{}, {"minimum": 3}]}, 2, ("@", "at least 3", "2")),
        ({"anyOf": [{"type": "null"}]}, 2, ("@", "to fit 1 alternative (1: of type null)", "2")),
        (
            {"anyOf": [{"items": {"type": "null"}}]},
            [0] * 12,
            ("@", "to fit 1 alternative (1: [0] of type null, and more)", str([0] * 12)),
        ),
        (
            {"oneOf": [{"minimum": 1}, {"type": "string"}, {"minimum": 2}]},
            2,
            ("@", "to fit only one of 3 alternatives, not 1 and 3 at once", "2"),
        ),
        (
            {"unevaluatedProperties": False, "allOf": [{"properties": {"a": {}}}]},
            {"a": 1, "b": 2},
            ("b", "not to exist", "2"),
        ),
        ({"unevaluatedItems": {"type": "null"}, "prefixItems": [{}]}, [1, 2], ("[1]", "of type null", "2")),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}}, 1, ("@", "of type null", "1")),
        (False, 1, ("@", "not to exist", "1")),
        ({"$schema": DRAFT_4, "minimum": 3, "exclusiveMinimum": True}, 3, ("@", "more than 3", "3")),
        ({"$schema": DRAFT_4, "maximum": 3, "exclusiveMaximum": False}, 4, ("@", "at most 3", "4")),
        ({"$schema": DRAFT_6, "items": [{}], "additionalItems": False}, [1, 2], ("[1]", "not to exist", "2")),
        ({"$schema": DRAFT_7, "items": [{}, {"type": "null"}]}, [1, 2], ("[1]", "of type null", "2")),
        ({"$schema": DRAFT_7, "dependencies": {"a": ["b"]}}, {"a": 1}, ("b", "to exist beside a", "nothing")),
        ({"$schema": DRAFT_7, "dependencies": {"a": {"required": ["b"]}}}, {"a": 1}, ("b", "to exist", "nothing")),
        (
            {"$schema": DRAFT_7, "contains": {"type": "null"}},
            [],
            ("@", 'with at least 1 element of the schema {"type": "null"}', "[]"),
        ),
        (
            {"$schema": DRAFT_2019, "items": {"$recursiveRef": "#"}, "type": "array"},
            [[1]],
            ("[0][0]", "of type array", "1"),
        ),
    ],
)
def test_a_breach_says_where_what_was_expected_and_what_is_there(schema, document, breach):
    """The words follow the place as those of other expectations do, for every keyword."""
    assert [breach] == findings(schema, document)


def test_breaches_come_in_the_order_of_the_document():
    """Wherever in the schema they are asked for; what is missing comes after what is there."""
    schema = {
        "required": ["new", "items"],
        "properties": {
            "z": {"type": "null"},
            "items": {"items": {"required": ["id"], "properties": {"n": {"minimum": 3}}}},
            "a": {"type": "null"},
        },
    }
    document = {"a": 1, "items": [{"id": 1, "n": 2}, {"n": 1}], "z": 1}
    assert ["a", "items[0].n", "items[1].n", "items[1].id", "z", "new"] == [
        path for path, _, _ in findings(schema, document)
    ]


def test_a_breach_is_told_once():
    """Two parts of a schema that want the same of the same place are one breach."""
    assert 1 == len(findings({"type": "object", "allOf": [{"required": ["a"]}, {"required": ["a"]}]}, {}))


def test_so_many_breaches_are_told():
    """The first of them, in the order of the document."""
    found = findings({"items": {"type": "string"}}, list(range(5000)))
    assert [(f"[{index}]", "of type string", str(index)) for index in range(MAX_BREACHES)] == found


def test_alternatives_say_why_they_failed_the_nearest_three_of_them():
    """One that wants another type is far off; each is named by its number and its first reason."""
    schema = {
        "anyOf": [
            {"type": "string"},
            {"required": ["kind"], "properties": {"kind": {"const": "a"}, "n": {"type": "integer"}}},
            {"type": "null"},
            {"properties": {"n": {"oneOf": [{"type": "null"}, {"type": "boolean"}]}}},
        ]
    }
    expected = (
        'to fit one of 4 alternatives (1: of type string; 2: kind "a", and 1 more; '
        "4: n to fit one of its alternatives; 1 more)"
    )
    document = {"kind": "c", "n": "x"}
    assert [("@", expected, json.dumps(document))] == findings(schema, document)


@pytest.mark.parametrize(
    ("schema", "document", "holds"),
    [
        ({"type": "integer"}, 1.0, True),
        ({"type": "number"}, True, False),
        ({"const": 1}, True, False),
        ({"enum": [[0]]}, [False], False),
        ({"uniqueItems": True}, [1, True, [1], [True], 0, False, "1"], True),
        ({"multipleOf": 0.01}, 19.99, True),
        ({"multipleOf": 0.01}, 19.995, False),
        ({"multipleOf": 0.5}, 10**400, True),
        ({"multipleOf": 1e-300}, 1e300, True),
        ({"format": "date-time"}, "yesterday", True),
        ({"nullable": True, "x-owner": 5}, None, True),
    ],
)
def test_values_are_json_values_and_numbers_decimal_ones(schema, document, holds):
    """``true`` is not 1, 1.0 is an integer, 19.99 is a multiple of 0.01; formats and unknown keywords say nothing."""
    assert holds == fits(schema, document)


@pytest.mark.parametrize(
    ("schema", "document", "holds"),
    [
        ({"if": {"properties": {"a": {"const": 1}}}}, {"a": 1}, True),
        ({"if": {"properties": {"a": {"const": 1}}}}, {"a": 2}, False),
        ({"if": {"type": "null"}, "else": {"properties": {"a": {}}}}, {"a": 1}, True),
        ({"dependentSchemas": {"b": {"properties": {"a": {}, "b": {}}}}}, {"a": 1, "b": 1}, True),
        ({"dependentSchemas": {"b": {"properties": {"a": {}}}}}, {"a": 1}, False),
        ({"anyOf": [{"properties": {"a": {"type": "null"}}}, {"required": ["a"]}]}, {"a": 1}, False),
        ({"oneOf": [{"patternProperties": {"^a": {}}, "required": ["a"]}, {"required": ["b"]}]}, {"a": 1}, True),
        ({"allOf": [{"additionalProperties": {"type": "integer"}}]}, {"a": 1}, True),
        ({"not": {"properties": {"a": {"const": 2}}}}, {"a": 1}, False),
        ({"prefixItems": [{}], "contains": {"type": "null"}}, ["a", None], True),
        ({"prefixItems": [{}], "contains": {"type": "null"}}, [None, "a"], False),
        ({"dependentSchemas": {"a": {"items": {}}}}, ["a"], False),
        ({"$dynamicRef": "#x", "$defs": {"x": {"$dynamicAnchor": "x", "items": {}}}}, ["a"], True),
    ],
)
def test_unevaluated_is_what_no_schema_that_holds_has_looked_at(schema, document, holds):
    """What is applied to the same value counts where it holds: references, alternatives, conditions."""
    assert holds == fits({**schema, "unevaluatedProperties": False, "unevaluatedItems": False}, document)


def test_the_schema_stays_as_it_was_written():
    """Reports show it; what was understood of it does not follow later changes."""
    schema = {"$schema": DRAFT_7, "type": "object"}
    assert schema == json.loads(json.dumps(compile_schema(schema).schema))


def test_one_schema_looks_at_several_documents_at_once():
    """Tests run side by side, and a repeated one in several threads."""
    schema = compile_schema({"items": {"$ref": "#/$defs/n"}, "$defs": {"n": {"pattern": "^a", "anyOf": [{}]}}})
    found = {}

    def look(name):
        found[name] = schema.findings(["a"] * 300 + [name] * 2)

    threads = [threading.Thread(target=look, args=(f"b{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {
        f"b{number}": [Breach(f"[{index}]", "to match ^a", f'"b{number}"') for index in (300, 301)]
        for number in range(4)
    } == found


# Schemas that are refused


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ([], "has to be a JSON Schema: an object, true or false; found []"),
        (None, "found null"),
        ("#", 'found "#"'),
        ({"type": "text"}, 'is no JSON Schema of Draft 2020-12: expected type one of ["array", "boolean",'),
        ({"type": ["string", "text"]}, "expected type[1] one of"),
        ({"properties": {"a": {"required": True}}}, "expected properties.a.required of type array, found true"),
        ({"items": [{}]}, "expected items of type object or boolean, found [{}]"),
        ({"minLength": -1}, "expected minLength at least 0, found -1"),
        ({"$schema": DRAFT_4, "exclusiveMinimum": True}, "Draft 4: the schema: 'minimum' is a dependency of"),
        (
            {"$schema": DRAFT_4, "properties": {"a": True}},
            "of Draft 4: expected properties.a of type object, found true",
        ),
        ({"$schema": "http://json-schema.org/schema#"}, "$schema names no draft that Greenlight knows"),
        (
            {"$schema": "http://json-schema.org/draft-03/schema#"},
            "leave it out for Draft 2020-12, or write one of https://",
        ),
        ({"$schema": 7}, "$schema names no draft that Greenlight knows: 7"),
        ({"properties": {"a": {"$schema": DRAFT_2020}}}, "properties.a.$schema stands inside"),
        (
            {"$ref": "https://example.com/a.json"},
            '$ref leads to "https://example.com/a.json"; remote references are not fetched',
        ),
        (
            {"items": {"$ref": "other.json#/a"}},
            'items.$ref leads to "other.json#/a"; remote references are not fetched',
        ),
        ({"$dynamicRef": "http://example.com#a"}, "$dynamicRef leads to"),
        ({"$schema": DRAFT_2019, "$recursiveRef": "other"}, "$recursiveRef leads to"),
        ({"$id": "https://example.com/a", "$ref": "https://example.com/a"}, "remote references are not fetched"),
        ({"anyOf": [{"$ref": "#/$defs/a"}]}, 'anyOf[0].$ref leads nowhere: "#/$defs/a" names no schema in this one'),
        ({"$ref": "#a"}, '$ref leads nowhere: "#a"'),
        ({"$ref": "#a", "items": {"$id": "b", "$anchor": "a"}}, '$ref leads nowhere: "#a"'),
        ({"$ref": "#/enum/01", "enum": [{}, {}]}, "leads nowhere"),
        ({"$ref": "#/enum/7", "enum": [{}]}, "leads nowhere"),
        ({"$ref": "#/title", "title": "x"}, "leads nowhere"),
        ({"$ref": "#/x-parts/a", "x-parts": {"a": {"type": "text"}}}, 'expected x-parts.a.type one of ["array",'),
        ({"$ref": "#/x-parts/a", "x-parts": {"a": {"pattern": "("}}}, "x-parts.a.pattern: is no regular expression"),
        ({"$schema": DRAFT_4, "$ref": 5}, '$ref has to be a text as "#/$defs/order", found 5'),
        ({"properties": {"a": {"$id": "b", "items": {"$ref": "#"}}}}, "properties.a.items.$ref stands below an $id"),
        ({"$schema": DRAFT_4, "items": {"id": "b", "not": {"$ref": "#"}}}, "items.not.$ref stands below an id"),
        ({"properties": {"a": {"pattern": "(?=a)"}}}, "properties.a.pattern: is no regular expression"),
        ({"pattern": "a" * 1001}, "pattern: a regular expression has at most 1000 characters"),
        ({"patternProperties": {"a": {}, "(": {}}}, "patternProperties.(: is no regular expression: missing )"),
        ({"properties": {"a": {"const": "{{ tenant }}"}}}, "properties.a.const holds {{ tenant }}, but templates"),
        ({"enum": [["{{tenant}}"]]}, "enum holds {{ tenant }}, but templates are not filled in inside a schema"),
        ({"pattern": "^{{ tenant }}$"}, "pattern holds {{ tenant }}"),
        ({"patternProperties": {"{{ tenant }}": {}}}, "patternProperties holds {{ tenant }}"),
    ],
)
def test_what_is_no_schema_here_is_refused_with_its_place_and_the_cure(schema, words):
    """Everything that would go wrong in a run is told when the suite is loaded."""
    assert words in refusal(schema)


@pytest.mark.parametrize("outer", ["not", "items", "x-unknown"])
def test_a_schema_nests_fifty_levels_and_not_more(outer):
    """Deeper ones would break off in a run."""
    schema = {}
    for _ in range(49):
        schema = {outer: schema}
    compile_schema(schema)
    assert "nests deeper than 50 levels; move parts into $defs" in refusal({outer: schema})


# References


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/a~1b~0%25", "$defs": {"a/b~%": {"type": "null"}}},
        {"$ref": "#/allOf/1/properties/x", "allOf": [{}, {"properties": {"x": {"type": "null"}}}]},
        {"$ref": "#null", "$defs": {"a": {"$anchor": "null", "type": "null"}}},
        {"$dynamicRef": "#null", "$defs": {"a": {"$dynamicAnchor": "null", "type": "null"}}},
        {"$id": "https://example.com/a.json", "$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}},
        {
            "$ref": "#/components/schemas/A",
            "components": {"schemas": {"A": {"$ref": "#/x/0"}}},
            "x": [{"type": "null"}],
        },
        {"$schema": DRAFT_7, "$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}},
        {
            "$schema": DRAFT_7,
            "allOf": [{"$id": "b", "$ref": "#/definitions/a"}],
            "definitions": {"a": {"type": "null"}},
        },
        {"$schema": DRAFT_7, "$ref": "#a", "definitions": {"a": {"$id": "#a", "type": "null"}}},
        {"$schema": DRAFT_4, "$ref": "#a", "definitions": {"a": {"id": "#a", "type": "null"}}},
        {"$schema": DRAFT_2020, "$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"type": "null"}}},
        {"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}, "named": {"$id": "b", "type": "string"}}},
    ],
)
def test_a_reference_leads_to_a_place_in_the_schema(schema):
    """By way or by anchor, also to where only references reach, as the components of OpenAPI."""
    assert fits(schema, None)
    assert [("@", "of type null", "1")] == findings(schema, 1)


def test_nothing_beside_a_reference_counts_in_old_drafts():
    """Before Draft 2019-09 a $ref hid its neighbours."""
    schema = {"$ref": "#/definitions/a", "definitions": {"a": {}}, "type": "null"}
    assert fits({"$schema": DRAFT_7, **schema}, 1)
    assert not fits({"$schema": DRAFT_2019, **schema}, 1)


def test_a_schema_may_refer_to_itself_where_the_document_goes_on():
    """A tree is described by its root."""
    schema = {"type": "object", "required": ["id"], "properties": {"children": {"items": {"$ref": "#"}}}}
    document = {"id": 1, "children": [{"id": 2, "children": [{}]}]}
    assert [("children[0].children[0].id", "to exist", "nothing")] == findings(schema, document)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {
            "$ref": "#/$defs/a",
            "$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}},
        },
        {"unevaluatedProperties": False, "$ref": "#"},
    ],
)
def test_a_schema_that_refers_to_itself_for_ever_is_one_breach(schema):
    """There is no answer, which is no pass."""
    (breach,) = compile_schema(schema).findings({"a": 1})
    assert ("@", "to fit the schema") == (breach.path, breach.expected)
    assert "no answer: the schema refers to itself for ever" in breach.actual


@pytest.mark.parametrize("more", [{}, {"unevaluatedProperties": False}])
def test_schemas_that_multiply_are_given_up(monkeypatch, more):
    """Forty references, each followed twice, are a trillion steps."""
    from greenlight.smoke import schema_breaches, schema_keywords

    monkeypatch.setattr(schema_keywords, "MAX_STEPS", 5000)
    monkeypatch.setattr(schema_breaches, "MAX_STEPS", 5000)
    parts = {"p0": {}} | {f"p{n}": {"allOf": [{"$ref": f"#/$defs/p{n - 1}"}] * 2} for n in range(1, 41)}
    (breach,) = compile_schema({**more, "$defs": parts, "$ref": "#/$defs/p40"}).findings({})
    assert (
        "no answer: 5000 steps were not enough; look for schemas that apply each other again and again" == breach.actual
    )


def test_no_reference_opens_a_connection(monkeypatch):
    """A remote reference is refused, and what names it elsewhere is not followed either."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"
        for keyword in ("$ref", "$dynamicRef"):
            assert "remote references are not fetched" in refusal({keyword: url})
            assert "remote references are not fetched" in refusal({"anyOf": [{}, {"not": {keyword: f"{url}#/a"}}]})
        schema = {"$id": url, "const": {"$ref": url}, "properties": {"$ref": {"$id": f"{url}#"}}, "x": {"$ref": url}}
        assert not fits(schema, {"$ref": url, "a": 1})
        assert fits(schema, {"$ref": url})


# Regular expressions


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        ({"pattern": CATASTROPHE}, VICTIM),
        ({"$schema": DRAFT_2020, "properties": {"a": {"$ref": "#"}}, "pattern": CATASTROPHE}, {"a": VICTIM}),
        ({"$schema": DRAFT_7, "items": {"$ref": "#"}, "pattern": CATASTROPHE}, [VICTIM]),
        ({"propertyNames": {"pattern": CATASTROPHE}}, {VICTIM: 1}),
        ({"patternProperties": {CATASTROPHE: {}}, "additionalProperties": False}, {VICTIM: 1}),
        ({"patternProperties": {CATASTROPHE: {}}, "unevaluatedProperties": False}, {VICTIM: 1}),
        (
            {
                "$schema": DRAFT_2019,
                "unevaluatedProperties": False,
                "allOf": [{"patternProperties": {CATASTROPHE: {}}}],
            },
            {VICTIM: 1},
        ),
        ({"$ref": "#/x/a", "x": {"a": {"pattern": CATASTROPHE}}}, VICTIM),
    ],
)
def test_a_catastrophic_expression_answers_at_once(schema, document):
    """Python's ``re`` would think for centuries; re2 is asked wherever a schema holds an expression."""
    assert 1 == len(findings(schema, document))


def test_expressions_are_those_of_re2():
    """Also where Python's ``re`` would refuse them, warn, or see something else in them."""
    assert fits({"pattern": r"^\pL+[[a]\z"}, "äöü["[:3] + "[")
    assert not fits({"pattern": r"^[[:alpha:]]$"}, ":")
    assert fits({"patternProperties": {r"^\pL$": {"type": "null"}}, "additionalProperties": False}, {"ä": None})


def test_no_expression_of_a_schema_reaches_pythons_re(monkeypatch):
    """Not while the schema is checked, and not while it is applied."""
    import re

    marker = "user-(expression)+"
    schema = {
        "pattern": marker,
        "properties": {"a": {"pattern": marker}},
        "patternProperties": {marker: {"pattern": marker}},
        "additionalProperties": False,
        "unevaluatedProperties": False,
        "allOf": [{"patternProperties": {marker: True}}],
    }
    asked = []
    compile_ = re._compile
    monkeypatch.setattr(re, "_compile", lambda pattern, flags: asked.append(str(pattern)) or compile_(pattern, flags))
    assert not fits(schema, {"a": "x", "b": 1})
    assert not [pattern for pattern in asked if "user-" in pattern]


# What hypothesis makes up

names = st.sampled_from(["a", "b", "c"])
small = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from([1.0, 2.5, "", "a", "abc"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
types = st.sampled_from(["string", "number", "integer", "boolean", "array", "object", "null"])


def keywords_of(inner):
    """Schemas of Draft 2020-12 whose parts are schemas, without regular expressions."""
    several = st.lists(inner, min_size=1, max_size=3)
    mapping = st.dictionaries(names, inner, max_size=3)
    sizes = st.integers(0, 2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": types | st.lists(types, min_size=1, max_size=2, unique=True),
            "enum": st.lists(small, max_size=3),
            "const": small,
            "minimum": st.integers(0, 2),
            "exclusiveMaximum": st.integers(0, 2),
            "multipleOf": st.integers(1, 2),
            "minLength": sizes,
            "maxItems": sizes,
            "minProperties": sizes,
            "required": st.lists(names, max_size=2, unique=True),
            "dependentRequired": st.dictionaries(names, st.lists(names, max_size=2, unique=True), max_size=2),
            "properties": mapping,
            "additionalProperties": inner,
            "propertyNames": inner,
            "prefixItems": several,
            "items": inner,
            "contains": inner,
            "minContains": sizes,
            "maxContains": sizes,
            "allOf": several,
            "anyOf": several,
            "oneOf": several,
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "dependentSchemas": mapping,
            "unevaluatedProperties": inner,
            "unevaluatedItems": inner,
            "$ref": st.just("#/$defs/shared"),
        },
    )


schemas = st.recursive(st.booleans() | keywords_of(st.booleans()), keywords_of, max_leaves=5)


def plain_answer(validator, schema, document):
    """What jsonschema says by itself; None where it breaks off."""
    try:
        return validator(schema).is_valid(document)
    except RecursionError:
        return None


@given(schemas, keywords_of(st.booleans()), small)
def test_schemas_mean_what_they_mean_to_jsonschema(schema, shared, document):
    """Our own keywords accept and refuse the same documents as those they replace."""
    shared.pop("$ref", None)
    schema = {**(schema if isinstance(schema, dict) else {"allOf": [schema]}), "$defs": {"shared": shared}}
    assert plain_answer(Draft202012Validator, schema, document) == fits(schema, document)


OLD = [(DRAFT_4, Draft4Validator), (DRAFT_7, Draft7Validator), (DRAFT_2019, Draft201909Validator)]


@given(
    st.sampled_from(OLD),
    st.fixed_dictionaries(
        {},
        optional={
            "items": keywords_of(st.just({})) | st.lists(keywords_of(st.just({})), min_size=1, max_size=2),
            "additionalItems": st.booleans() | st.just({"type": "integer"}),
            "dependencies": st.dictionaries(names, st.just(["c"]) | st.just({"required": ["c"]}), max_size=2),
            "minimum": st.integers(0, 2),
            "unevaluatedItems": st.booleans(),
            "anyOf": st.just([{"required": ["a"]}, {"items": [{}]}]),
        },
    ),
    small,
)
def test_older_drafts_mean_what_they_mean_to_jsonschema(draft, schema, document):
    """Tuples of items, dependencies and what counts as evaluated."""
    name, validator = draft
    schema = {**schema, "$schema": name, "$defs": {"shared": {}}}
    with suppress(SchemaError):
        assert plain_answer(validator, schema, document) == fits(schema, document)


spoilt = st.dictionaries(
    st.sampled_from(
        [
            "$ref",
            "$schema",
            "$id",
            "id",
            "$anchor",
            "$defs",
            "properties",
            "pattern",
            "patternProperties",
            "items",
            "not",
            "type",
            "enum",
            "anyOf",
            "additionalProperties",
            "unevaluatedProperties",
            "multipleOf",
            "dependencies",
            "required",
        ]
    ),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(0, 3)
        | st.sampled_from(["#", "#/$defs/a", "#a", "a", "(", "{{ a }}", DRAFT_4]),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["a", "$ref", "pattern", "items", "$id", "type"]), inner, max_size=3)
        ),
        max_leaves=6,
    ),
    max_size=4,
)


@given(spoilt | json_values, st.sampled_from([None, DRAFT_4, DRAFT_7, DRAFT_2019]), json_values)
def test_any_json_is_a_schema_or_refused_and_no_schema_breaks_on_any_document(schema, draft, document):
    """Nothing but SchemaError comes out of schemas, when they are loaded, and nothing at all when they are applied."""
    if draft is not None and isinstance(schema, dict):
        schema = {**schema, "$schema": draft}
    with suppress(SchemaError):
        for breach in compile_schema(schema).findings(document):
            assert breach.path
            assert breach.expected
            assert breach.actual


@given(schemas, json_values)
def test_no_document_breaks_a_schema(schema, document):
    """Findings are breaches in words, at most so many."""
    schema = {**(schema if isinstance(schema, dict) else {"allOf": [schema]}), "$defs": {"shared": {}}}
    found = compile_schema(schema).findings(document)
    assert len(found) <= MAX_BREACHES
    assert all(isinstance(breach, Breach) and breach.path and breach.expected and breach.actual for breach in found)


def test_what_no_document_should_hold_is_a_breach_and_no_exception():
    """Documents are bounded elsewhere; should one be bottomless or hold what is no JSON, there is no pass."""
    bottomless = []
    for _ in range(sys.getrecursionlimit()):
        bottomless = [bottomless]
    (breach,) = compile_schema({"items": {"$ref": "#"}, "type": "array"}).findings(bottomless)
    assert "no answer" in breach.actual
    (breach,) = compile_schema({"multipleOf": 2}).findings(float("nan"))
    assert "no answer: looking at it broke with ValueError" in breach.actual
