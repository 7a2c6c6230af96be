"""Imports point one way: hooks, lifecycle, gates, checks, and then smoke and deployment side by side."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "layers" / "greenlight" / "greenlight"

# What each part may import besides itself, design.md, "Layout".
LEAVES = {"aws", "bounded", "clock", "documents", "endpoint", "stages"}
MAY_IMPORT = {leaf: set() for leaf in LEAVES} | {
    "record": {"aws", "clock"},
    "deployment": LEAVES,
    "smoke": LEAVES,
    "secrets": {"aws", "smoke"},
    "checks": LEAVES | {"record", "deployment", "smoke", "secrets"},
    "gates": LEAVES | {"record", "deployment", "checks"},
    "reports": LEAVES | {"deployment", "smoke", "checks", "gates"},
    "story": LEAVES | {"record", "deployment", "checks"},
    "telling": LEAVES | {"record", "story"},
    "lifecycle": LEAVES | {"record", "deployment", "checks", "gates", "reports", "telling", "story"},
}
MODULES = sorted(LIBRARY.rglob("*.py"))
ENTRY_POINTS = {"lifecycle/handler", "lifecycle/deployment_events"}


def imports(path):
    """Every module that a file imports, wherever in the file it does so."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert 0 == node.level, f"{path}: relative imports hide where they lead"
            yield node.module
            if node.module == "greenlight":
                yield from (f"greenlight.{alias.name}" for alias in node.names)


def parts(path):
    """The parts of the library that a file imports."""
    names = {name.split(".")[1] for name in imports(path) if name.startswith("greenlight.")}
    return {name for name in names if not name.startswith("_")}


def name_of(path):
    """A module of the library, as people call it."""
    return path.relative_to(LIBRARY).with_suffix("").as_posix()


def test_every_part_has_its_place():
    """A new part of the library is given its direction here."""
    found = {path.relative_to(LIBRARY).parts[0].removesuffix(".py") for path in MODULES} - {"__init__"}
    assert found <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_one_way(path):
    """Smoke and deployment know no checks, checks no gates, gates no lifecycle; leaves know nobody."""
    part = path.relative_to(LIBRARY).parts[0].removesuffix(".py")
    if part == "__init__":
        assert set() == parts(path)
    else:
        assert parts(path) <= MAY_IMPORT[part] | {part}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_library_imports_nothing_that_surrounds_it(path):
    """Not the rehearsal, the command line, the tests, the hooks or the build of the layer; not even inside a function."""
    assert not {name.partition(".")[0] for name in imports(path)} & {
        "app",
        "cli",
        "hooks",
        "layer_build",
        "moto",
        "pytest",
        "rehearsal",
        "tests",
    }


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_one_module_talks_to_aws(path):
    """Clients, time-outs and errors of AWS have one place; how DynamoDB writes values is no call."""
    if name_of(path) != "aws":
        allowed = {"boto3.dynamodb.types"} if name_of(path) == "record/values" else set()
        assert not {name.partition(".")[0] for name in set(imports(path)) - allowed} & {"boto3", "botocore"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_entry_points_read_the_environment(path):
    """They do, once; what they read is handed on."""
    if name_of(path) not in ENTRY_POINTS:
        assert "os" not in set(imports(path))


@pytest.mark.parametrize("path", sorted((ROOT / "hooks").rglob("*.py")), ids=lambda path: path.parent.name)
def test_a_function_imports_the_lifecycle_and_nothing_else(path):
    """A handler is a few lines."""
    (imported,) = set(imports(path))
    assert imported.removeprefix("greenlight.").replace(".", "/") in ENTRY_POINTS
    assert len(path.read_text(encoding="utf-8").splitlines()) < 60
