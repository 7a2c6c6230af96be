"""The reference of the gates file: current, and complete."""

import re
from pathlib import Path

import pytest

from greenlight_cli.schemas.building import gates_schema
from greenlight_cli.schemas.reference import FILE, as_text, reference

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = gates_schema()
PAGE = as_text()


def test_the_page_is_current():
    """It is what the schema says today."""
    assert PAGE == (ROOT / FILE).read_text(encoding="utf-8"), "run: make docs"


def suite_only():
    """Definitions that only a suite uses, whose keys are on the suite's page."""
    definitions = SCHEMA["definitions"]

    def used(name, seen):
        for inner in re.findall(r'"#/definitions/(\w+)"', str(definitions[name]).replace("'", '"')):
            if inner not in seen and inner != "SuiteFile":
                seen.add(inner)
                used(inner, seen)
        return seen

    return set(definitions) - used("Gate", set()) - {"Gate"}


@pytest.mark.parametrize("name", sorted(set(SCHEMA["definitions"]) - suite_only()))
def test_every_key_is_there_with_its_purpose(name):
    """Whatever a gates file may say, but for what a suite says."""
    for key, each in SCHEMA["definitions"][name].get("properties", {}).items():
        assert f"`{key}`" in PAGE
        assert each["description"].replace("|", "\\|").split("\n")[0] in PAGE


def test_tables_hold_together():
    """Every row has as many cells as its head."""
    width = 0
    for line in reference():
        cells = len(re.findall(r"(?<!\\)\|", line))
        if line.startswith("|---"):
            assert cells == width
        elif line.startswith("|"):
            width = width or cells
            assert cells == width, line
        else:
            width = 0
