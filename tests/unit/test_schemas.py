"""The JSON Schemas for editors: current, complete, and never stricter than what reads the files."""

import json
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, get_args

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import ValidationError, create_model

from greenlight.checks import KINDS
from greenlight.checks.smoke import SmokeSettings
from greenlight.documents import Document, DocumentError, Strict, parse, validate
from greenlight.gates.model import GateSettings, GatesFileHead, gates_file_model
from greenlight.smoke import load_suite
from greenlight.smoke.model import SuiteFile
from greenlight.smoke.operators import Operators
from greenlight_cli.ending import Ending
from greenlight_cli.schemas.building import gates_schema, suite_schema
from greenlight_cli.schemas.command import schema as command
from greenlight_cli.schemas.draft7 import definitions_of
from greenlight_cli.schemas.examples import MORE
from greenlight_cli.schemas.files import FILES, as_text
from greenlight_cli.schemas.texts import KEYS
from greenlight_cli.schemas.texts_of_checks import KEYS_OF_CHECKS
from tests.unit.schema_pieces import ANYTHING, ODD, ODD_VALUES, PIECES, places, replaced
from tests.unit.schema_samples import CHECKED, SMOKE, wrong

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "schemas"

GATES, SUITE = gates_schema(), suite_schema()
CHECKERS = {"gates": Draft7Validator(GATES), "suite": Draft7Validator(SUITE)}


def load(kind, document):
    """Read a gates file with the suites inside it, or a suite."""
    if kind == "suite":
        return load_suite(document)
    gates = validate(gates_file_model(), document)
    for stage in gates.stages:
        for _, path, check in gates.gate(stage).checks():
            if getattr(check, "suite", None) is not None:
                load_suite(document.at((stage.lower(), *path, "suite")))
    return gates


def complaints(kind, data):
    """What the schema has against some data."""
    return [f"{error.json_path}: {error.message}" for error in CHECKERS[kind].iter_errors(data)]


def whole_files():
    """Every gates file and suite in the repository: files, events, and what the documentation shows."""
    for path in [*ROOT.glob("rehearsal/gates/*.yaml"), *ROOT.glob("layers/greenlight/greenlight/**/*.yaml")]:
        yield path.name, parse(path.read_text(encoding="utf-8"), path.name)
    for path in ROOT.glob("events/*.json"):
        gates = json.loads(path.read_text(encoding="utf-8")).get("hookDetails", {}).get("gates")
        if isinstance(gates, dict):
            yield path.name, Document(path.name, gates)
    for path in [ROOT / "README.md", *ROOT.glob("docs/*.md")]:
        for number, block in enumerate(re.findall(r"(?ms)^```yaml\n(.*?)^```", path.read_text(encoding="utf-8"))):
            if re.search(r"(?m)^version: 1$", block):
                yield f"{path.name}-{number}", parse(block, path.name)
    yield "smoke", parse(SMOKE, "smoke.yaml")
    yield "checked", parse(CHECKED, "gates.yaml")


FOUND = dict(whole_files())


def kind_of(document):
    """A suite has tests."""
    return "suite" if "tests" in document.data else "gates"


def models(base=Strict):
    """Every model of the library, by name."""
    for model in base.__subclasses__():
        if model.__module__.startswith("greenlight."):
            yield model.__name__, model
        yield from models(model)


WRITTEN = [(name, model) for name, model in models() if model.__base__ not in {GateSettings, GatesFileHead}]
"""Without those that are made for the kinds of checks that a gates file names."""

ALL_MODELS = {name: model for name, model in WRITTEN if name in GATES["definitions"]} | {
    "SuiteFile": SuiteFile,
    "GatesFile": gates_file_model(),
    "Gate": get_args(gates_file_model().model_fields["pre_scale_up"].annotation)[0],
}
SCHEMAS = GATES["definitions"] | {"SuiteFile": SUITE, "GatesFile": GATES}


def fields():
    """Every key of every model, with its field and its schema."""
    for name, model in ALL_MODELS.items():
        for own, field in model.model_fields.items():
            key = field.alias or own
            yield pytest.param(field, SCHEMAS[name]["properties"][key], id=f"{name}.{key}")


FIELDS = list(fields())


def reads(field, value):
    """Read a value as a model does at a key."""
    annotation = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return create_model("Probe", __base__=Strict, key=(annotation, ...)).model_validate({"key": value}).key


def accepts(field, value):
    """Tell whether a model takes a value at a key."""
    try:
        reads(field, value)
    except ValidationError:
        return False
    return True


def checker_of(schema):
    """Checks a part of a schema, which refers to the definitions of the whole."""
    return Draft7Validator({**schema, "definitions": GATES["definitions"]})


def nodes(schema):
    """Every schema inside a schema."""
    yield schema
    for key, inner in schema.items():
        if key in {"properties", "definitions"}:
            for each in inner.values():
                yield from nodes(each) if isinstance(each, dict) else ()
        elif key in {"allOf", "anyOf"}:
            for each in inner:
                yield from nodes(each)
        elif key in {"items", "additionalProperties", "propertyNames", "not", "if", "then", "else"} and inner:
            yield from nodes(inner)


NODES = [*nodes(GATES), *nodes(SUITE)]


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_current(name):
    """Who changes a model makes the schemas anew: python -m greenlight_cli.schemas."""
    assert as_text(FILES[name]()) == (FOLDER / name).read_text(encoding="utf-8")


def test_the_folder_holds_nothing_else():
    """A schema that no longer is made would go stale unseen."""
    assert sorted(FILES) == sorted(path.name for path in FOLDER.iterdir())


@pytest.mark.parametrize("schema", [GATES, SUITE], ids=["gates", "suite"])
def test_the_schemas_are_schemas_of_draft_07(schema):
    """Editors take what does not meet its own draft for broken, and say nothing at all."""
    Draft7Validator.check_schema(schema)
    assert "http://json-schema.org/draft-07/schema#" == schema["$schema"]


@pytest.mark.parametrize("schema", [GATES, SUITE], ids=["gates", "suite"])
def test_every_definition_is_there_and_used(schema):
    """References lead to places in the same file."""
    references = {node["$ref"] for node in nodes(schema) if "$ref" in node}
    assert {f"#/definitions/{name}" for name in schema["definitions"]} == references


def test_no_two_models_share_a_name():
    """One of them would stand for the other."""
    assert set() == definitions_of(gates_file_model()).keys() & definitions_of(SuiteFile).keys()
    assert [] == [name for name, model in WRITTEN if ALL_MODELS.get(name, model) is not model]


def test_beside_a_reference_stand_only_words():
    """Draft-07 ignores all keywords there; of words, editors make use."""
    words = {"$ref", "title", "description", "examples", "default"}
    assert [] == [node for node in NODES if "$ref" in node and node.keys() - words]


@pytest.mark.parametrize("name", ALL_MODELS)
def test_a_schema_has_the_keys_of_its_model(name):
    """No key is missing, and none is left over."""
    expected = {field.alias or own for own, field in ALL_MODELS[name].model_fields.items()}
    assert expected == SCHEMAS[name]["properties"].keys()


def test_unknown_keys_are_underlined_everywhere():
    """As the models have it."""
    closed = [schema for schema in (GATES, SUITE, *GATES["definitions"].values()) if "properties" in schema]
    assert {False} == {schema["additionalProperties"] for schema in closed}


@pytest.mark.parametrize(("field", "schema"), FIELDS)
def test_every_key_is_described(field, schema):
    """In one sentence, and with its default."""
    text = schema["description"]
    sentence, _, default = text.partition(" Default: ")
    assert re.fullmatch(r"[A-Za-z][^\n`]{10,300}\.", sentence), text
    if "default" in schema:
        written = schema["default"]
        assert default == f"{written if isinstance(written, str) else json.dumps(written)}."


@pytest.mark.parametrize("name", ALL_MODELS)
def test_no_words_are_left_over(name):
    """What is said of a key that is no longer there would never be seen again."""
    words = {**KEYS, **KEYS_OF_CHECKS}.get(name, {}).keys() | MORE.get(name, {}).keys()
    assert set() == words - SCHEMAS[name]["properties"].keys()


def test_what_stands_in_lists_and_under_free_names_is_described():
    """A reader who points at a test, a capture or a path into JSON is told what it is."""
    inner = [node.get("items") or node.get("additionalProperties") for node in NODES]
    referring = [each for each in inner if isinstance(each, dict) and ("$ref" in each or "anyOf" in each)]
    assert 10 < len(referring)
    assert [] == [each for each in referring if not re.fullmatch(r"[A-Z].{10,110}\.", each.get("description", ""))]


def test_every_form_says_what_to_write_instead():
    """Nobody learns from a regular expression that a unit is missing."""
    assert [] == [node for node in NODES if "pattern" in node and "errorMessage" not in node]


def test_forms_are_what_editors_understand():
    """Only what the regular expressions of Python and ECMAScript have in common."""
    for pattern in {node["pattern"] for node in NODES if "pattern" in node}:
        re.compile(pattern)
        without_classes = re.sub(r"\[[^]]*\]", "x", pattern)
        assert None is re.search(r"\(\?(?![:=!])|\\[AZzGQE]|[*+?}][+]", without_classes), pattern


@pytest.mark.parametrize(("field", "schema"), FIELDS)
def test_defaults_are_those_of_the_models(field, schema):
    """Written as people write them, with a unit or a sign."""
    if "default" in schema:
        assert field.default == reads(field, schema["default"])
        assert checker_of(schema).is_valid(schema["default"])
    elif field is not Operators.model_fields["type"]:  # which asks for nothing when it is not given
        assert not isinstance(field.default, bool | int | float | str)


@pytest.mark.parametrize(("field", "schema"), FIELDS)
def test_examples_are_right(field, schema):
    """Editors write them into files."""
    for example in schema.get("examples", []):
        assert [] == list(checker_of(schema).iter_errors(example))


@pytest.mark.parametrize(("kind", "schema"), [("gates", GATES), ("suite", SUITE)], ids=["gates", "suite"])
def test_examples_of_whole_files_load(kind, schema):
    """They are the least that says something."""
    for example in schema["examples"]:
        load(kind, Document(kind, example))
        assert [] == complaints(kind, example)


@pytest.mark.parametrize(("field", "schema"), FIELDS)
def test_null_is_taken_where_the_model_takes_it(field, schema):
    """Where a key needs a value, an editor underlines one that has none yet."""
    assert accepts(field, None) == checker_of(schema).is_valid(None)


@pytest.mark.parametrize(("field", "schema"), FIELDS)
def test_what_a_model_takes_at_a_key_is_right(field, schema):
    """Short forms and odd values too, of every kind of check that there is."""
    checker = checker_of(schema)
    if field is SmokeSettings.model_fields["suite"]:
        return  # a loader of its own reads it
    assert [] == [value for value in ODD_VALUES if accepts(field, value) and not checker.is_valid(value)]


def test_what_descriptions_call_a_default_is_one():
    """Those that the loader has and the models have not: writing them changes nothing."""
    bare = {"name": "a", "path": "/"}
    written = bare | {"timeout": "5s", "follow_redirects": False, "retries": 0, "method": "GET"}
    suites = [
        load_suite(Document("smoke.yaml", {"version": 1, "name": "s", "tests": [test]})) for test in (bare, written)
    ]
    assert suites[0].tests == suites[1].tests


@pytest.mark.parametrize("name", FOUND)
def test_what_the_repository_holds_is_right(name):
    """Every gates file and suite loads, and the schema has nothing against it."""
    document = FOUND[name]
    load(kind_of(document), document)
    assert [] == complaints(kind_of(document), document.data)


def test_the_repository_is_looked_through():
    """The documentation of both, the rehearsal, the packaged default and the events are among what is looked at."""
    for expected in (
        r"orders\.yaml",
        r"smoke\.yaml",
        r"default\.yaml",
        r"README.*",
        r"gates\.md.*",
        r"smoke\.md.*",
        r".*json",
    ):
        assert any(re.fullmatch(expected, name) for name in FOUND), expected


@pytest.mark.parametrize(("kind", "data"), list(wrong()))
def test_what_people_get_wrong_is_underlined(kind, data):
    """The loader refuses it, and so does the schema."""
    with pytest.raises(DocumentError):
        load(kind, Document(kind, data))
    assert [] != complaints(kind, data)


def check_if_loaded(kind, data):
    """What is read without complaint has to be right by the schema."""
    with suppress(DocumentError):
        load(kind, Document(kind, data))
        assert [] == complaints(kind, data)


@given(data=st.data(), value=ODD | ANYTHING)
@settings(max_examples=600)
def test_a_changed_suite_that_loads_is_right(data, value):
    """Whatever else may stand at any place of a suite."""
    suite = parse(SMOKE, "smoke.yaml").data
    path = data.draw(st.sampled_from(list(places(suite))))
    check_if_loaded("suite", replaced(suite, path, value))


@given(data=st.data(), value=ODD | ANYTHING)
@settings(max_examples=300)
def test_a_changed_gates_file_that_loads_is_right(data, value):
    """Whatever else may stand at any place of a gates file."""
    gates = parse(CHECKED, "gates.yaml").data
    path = data.draw(st.sampled_from(list(places(gates))))
    check_if_loaded("gates", replaced(gates, path, value))


@pytest.mark.parametrize(
    "value", ["1s", "0s", "0.0s", "007 m", "999999999d", "1\ts", "1 µs", "1.0005s", "-1s", "1", "1e3s"]
)
@pytest.mark.parametrize("key", ["p50", "deadline"])
def test_durations_are_those_of_the_loader(key, value):
    """The form in the schema says exactly what the loader says, as far as a form can."""
    model = ALL_MODELS["LatencyLimits" if key == "p50" else "Gate"]
    schema = SCHEMAS[model.__name__]["properties"][key]
    assert accepts(model.model_fields[key], value) == checker_of(schema).is_valid(value)


@pytest.mark.parametrize(
    "value", ["0%", "5%", "099%", "100%", "100.0%", "100.1%", "101%", "1000%", "99.5 %", "99", "-1%"]
)
def test_percentages_are_those_of_the_loader(value):
    """From 0 to 100, with a sign."""
    field, schema = ALL_MODELS["Repeat"].model_fields["min_success"], SCHEMAS["Repeat"]["properties"]["min_success"]
    assert accepts(field, value) == checker_of(schema).is_valid(value)


@given(suite=PIECES)
@settings(max_examples=100)
def test_every_suite_of_right_pieces_loads_and_is_right(suite):
    """Nothing that the language allows is underlined, however it is put together."""
    tests = [{"name": f"test {number}"} | test for number, test in enumerate(suite["tests"])]
    data = suite | {"tests": tests}
    load_suite(Document("smoke.yaml", data))
    assert [] == complaints("suite", data)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_check_has_its_place_in_a_gate(kind):
    """Alone, in a list of several, or switched on and off where the model lets it."""
    one = {"$ref": f"#/definitions/{KINDS[kind].settings.__name__}"}
    bare = [value for value in (True, False, None) if accepts(ALL_MODELS["Gate"].model_fields[kind], value)]
    alone, several, *others = SCHEMAS["Gate"]["properties"][kind]["anyOf"]
    assert (one, one["$ref"], 20) == (alone, several["items"]["$ref"], several["maxItems"])
    assert ([{"enum": bare}] if bare else []) == others


@pytest.mark.parametrize(("kind", "schema"), [("gates", GATES), ("suite", SUITE)], ids=["gates", "suite"])
def test_the_command_prints_a_schema(kind, schema):
    """As it stands in its file, so that it can be sent into one."""
    result = CliRunner().invoke(command, [kind], standalone_mode=False)
    assert (as_text(schema), Ending.PASSED) == (result.stdout, result.return_value)


def run(*arguments, folder):
    """Run the generator in a folder."""
    paths = ":".join([str(ROOT / "cli"), str(ROOT / "layers" / "greenlight")])
    generator = [sys.executable, "-m", "greenlight_cli.schemas", *arguments]
    return subprocess.run(
        generator, cwd=folder, env={"PYTHONPATH": paths}, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_generator_writes_both(tmp_path):
    """Into the folder that is named."""
    assert 0 == run(str(tmp_path), folder=tmp_path).returncode
    assert {name: as_text(schema()) for name, schema in FILES.items()} == {
        path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()
    }


def test_the_generator_makes_no_folder(tmp_path):
    """Who calls it in the wrong place is told so."""
    done = run(folder=tmp_path)
    assert 2 == done.returncode
    assert "docs/schemas is no folder; make it, or name another" in done.stderr
    assert [] == list(tmp_path.iterdir())
