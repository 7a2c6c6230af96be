"""What a cold start imports: an allow-list, because a stopwatch drifts by a third from run to run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAGES = (
    "pre_scale_up",
    "post_test_traffic_shift",
    "pre_production_traffic_shift",
    "production_traffic_shift",
    "post_production_traffic_shift",
)

# Whatever is installed beside the layer's own requirements is hidden, as it is in Lambda.
SCRIPT = """
import importlib.abc, importlib.metadata, json, re, sys

locked = set(json.loads(sys.argv[1]))
normal = lambda name: re.sub(r"[-_.]+", "-", name).lower()
hidden = {
    package
    for package, distributions in importlib.metadata.packages_distributions().items()
    if not locked & {normal(name) for name in distributions}
} - {"greenlight"}

class Lambda(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"{name} is not in the layer", name=name)
        return None

sys.meta_path.insert(0, Lambda())
before = set(sys.modules)
import app
print(json.dumps(sorted(set(sys.modules) - before)))
sys.exit(app.lambda_handler({}, None)["hookStatus"] != "FAILED")
"""


def locked():
    """The layer's requirements, by name."""
    text = (ROOT / "layers" / "greenlight" / "requirements.txt").read_text()
    return re.findall(r"(?m)^([a-z0-9][a-z0-9-]*)==", text)


def run(stage, *, code=SCRIPT):
    """Import a function as Lambda does: its own folder, and the layer."""
    paths = [ROOT / "hooks" / stage, ROOT / "layers" / "greenlight"]
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(locked())],
        env={"PYTHONPATH": os.pathsep.join(map(str, paths)), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return set(json.loads(done.stdout.splitlines()[0]))


@pytest.fixture(scope="module")
def imported():
    """What the test-traffic function imports."""
    return run("post_test_traffic_shift")


# Costs as measured in design.md, "The cold path"; Powertools imports its Metrics and Tracer classes by itself (3 ms).
TOO_DEAR = [
    "asyncio",
    "aws_lambda_powertools.utilities.parser",
    "aws_lambda_powertools.utilities.parameters",
    "aws_xray_sdk",
    "cfnlint",
    "hypothesis",
    "greenlight.reports",
    "greenlight.smoke.schema_keywords",
    "jsonschema",
    "moto",
    "pydantic.v1",
    "pydantic_settings",
    "pytest",
    "referencing",
    "rich",
    "rpds",
    "sqlite3",
    "unittest",
]


@pytest.mark.parametrize("module", TOO_DEAR)
def test_a_cold_start_does_without(imported, module):
    """Each of them costs milliseconds of every cold start and is not needed before the first answer."""
    assert module not in imported


THIRD_PARTY = {
    "_yaml",
    "annotated_types",
    "aws_lambda_powertools",
    "boto3",
    "botocore",
    "certifi",
    "charset_normalizer",
    "dateutil",
    "idna",
    "jmespath",
    "pydantic",
    "pydantic_core",
    "re2",
    "requests",
    "s3transfer",
    "six",
    "typing_extensions",
    "typing_inspection",
    "urllib3",
    "yaml",
}


def test_a_cold_start_imports_what_is_on_the_list_and_nothing_else(imported):
    """A new dependency is a decision: it makes every cold start slower, and is added here on purpose."""
    ours = {"greenlight", "app"}
    # Helper modules that compiled packages register beside themselves, as in `_re2` or `81d243bd2c585b0f4821__mypyc`.
    packages = {name.partition(".")[0] for name in imported}
    found = {
        name
        for name in packages - sys.stdlib_module_names - ours
        if not re.search(r"__mypyc$|^_(?!yaml)|^cython", name)
    }
    assert found <= THIRD_PARTY, found - THIRD_PARTY


@pytest.mark.parametrize("stage", STAGES)
def test_every_function_lives_on_the_layer_alone(stage):
    """Nothing that only development needs is imported, and the function answers."""
    assert "greenlight.lifecycle.invocation" in run(stage)


def test_the_function_on_events_lives_on_the_layer_alone():
    """Nothing that only development needs is imported, and an event that is none is dropped."""
    answers = SCRIPT.replace('["hookStatus"] != "FAILED"', ' != {"ours": []}')
    assert answers != SCRIPT
    imported = run("deployment_events", code=answers)
    assert "greenlight.lifecycle.deployment_events" in imported
    assert not imported & {*TOO_DEAR} - {"greenlight.reports"}


@pytest.mark.parametrize("package", ["rehearsal", "cli", "tests", "layer_build"])
def test_the_library_knows_nothing_of_what_surrounds_it(imported, package):
    """Not even when it could be found."""
    assert not [name for name in imported if name.partition(".")[0] == package]
