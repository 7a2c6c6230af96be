"""The demo as `sam build` leaves it, which is what `sam deploy` uploads."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rehearsal.cloudformation import read

ROOT = Path(__file__).resolve().parents[2]
BUILD_SECONDS = 600
NESTED = {
    name: each["Properties"]["TemplateURL"] for name, each in read(ROOT / "stacks/demo.yaml")["Resources"].items()
}
FOLDERS = ("CodeUri", "ContentUri", "TemplateURL")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """The folder of a build with samconfig.toml's section for the demo."""
    folder = tmp_path_factory.mktemp("built")
    done = subprocess.run(
        [ROOT / ".venv-sam/bin/sam", "build", "--config-env", "demo", "--build-dir", folder],
        env={**os.environ, "SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_SECONDS,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def without_folders(value: Any) -> Any:
    """A template without what a build changes: where things are, and notes for the SAM CLI itself."""
    if isinstance(value, list):
        return [without_folders(item) for item in value]
    if isinstance(value, dict):
        return {
            key: without_folders(item)
            for key, item in value.items()
            if key not in FOLDERS and key not in {"Metadata", "SamResourceId"}
        }
    return value


@pytest.mark.parametrize("name", NESTED)
def test_a_nested_template_is_built_as_it_is_written(built, name):
    """Texts, numbers and "on" are what they were; the sample's source and the hooks' details, too."""
    written = without_folders(read((ROOT / "stacks" / NESTED[name]).resolve()))
    assert written == without_folders(read(built / name / "template.yaml"))


def test_greenlight_is_built_inside_the_demo(built):
    """Its layer by its own Makefile, where the nested template looks for it."""
    template = read(built / "Greenlight" / "template.yaml")
    layer = built / "Greenlight" / template["Resources"]["LibraryLayer"]["Properties"]["ContentUri"]
    assert (layer / "python" / "greenlight" / "__init__.py").is_file()
    outermost = read(built / "template.yaml")["Resources"]
    assert {name: f"{name}/template.yaml" for name in NESTED} == {
        name: each["Properties"]["TemplateURL"] for name, each in outermost.items()
    }


@pytest.mark.parametrize("hook", [path.parent.name for path in (ROOT / "hooks").glob("*/app.py")])
def test_every_hook_is_where_the_template_says(built, hook):
    """A build that left one out would deploy an empty function."""
    template = read(built / "Greenlight" / "template.yaml")
    folders = {
        (built / "Greenlight" / each["Properties"]["CodeUri"]).resolve()
        for each in template["Resources"].values()
        if each["Type"] == "AWS::Serverless::Function"
    }
    assert (ROOT / "hooks" / hook) in folders
    assert all((folder / "app.py").is_file() for folder in folders)
