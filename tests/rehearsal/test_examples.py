"""The examples as files: nothing is wrong with them, and each says what it shows. Each is played in a test of its own name."""

from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from greenlight.documents import parse
from greenlight_cli.schemas.building import gates_schema
from tests.unit.cli.commands import greenlight_says

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/gates.yaml"))


def test_all_examples_are_played():
    """A new example gets a test that deploys it."""
    played = {
        path.stem.removeprefix("test_example_").replace("_", "-")
        for path in Path(__file__).parent.glob("test_example_*.py")
    }
    assert set(NAMES) == played


@pytest.mark.parametrize("name", NAMES)
def test_no_example_has_a_mistake(name):
    """Nor a suite that it names."""
    result = greenlight_says("validate", str(EXAMPLES / name / "gates.yaml"))
    assert 0 == result.exit_code, result.output


@pytest.mark.parametrize("name", NAMES)
def test_an_editor_finds_no_mistake_either(name):
    """The schema that the first line names is there, and has nothing against the file."""
    text = (EXAMPLES / name / "gates.yaml").read_text(encoding="utf-8")
    schema = EXAMPLES / name / text.partition("$schema=")[2].partition("\n")[0]

    assert schema.is_file()
    assert [] == list(Draft7Validator(gates_schema()).iter_errors(parse(text, "gates.yaml").data))


@pytest.mark.parametrize("name", NAMES)
def test_every_example_says_what_it_shows(name):
    """And the list of them names it."""
    assert (EXAMPLES / name / "README.md").is_file()
    assert f"({name}/README.md)" in (EXAMPLES / "README.md").read_text()
