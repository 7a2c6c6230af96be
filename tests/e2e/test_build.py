"""What the real `sam build` makes, for both architectures, with the Python that this machine calls python3."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from layer_build import bytecode, trim

ROOT = Path(__file__).resolve().parents[2]
MB = 1024 * 1024
RUNTIME_PYTHON = bytecode.find_python()
COMPILED = ("pydantic_core/_pydantic_core", "re2/_re2", "yaml/_yaml")

needs_runtime_python = pytest.mark.skipif(RUNTIME_PYTHON is None, reason="this machine has no CPython 3.13")


def sam_build(architecture: str, folder: Path) -> str:
    """Build into a folder and return what SAM printed."""
    sam = os.environ.get("SAM") or shutil.which("sam")
    assert sam, "these tests need the SAM CLI: run them with `make e2e`"
    command = [sam, "build", "--build-dir", str(folder), "--parameter-overrides", f"Architecture={architecture}"]
    run = subprocess.run(
        command, cwd=ROOT, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600
    )
    assert run.returncode == 0, run.stdout
    return run.stdout


@pytest.fixture(scope="module")
def builds(tmp_path_factory):
    """The folder and the output of a build for each architecture."""
    made = {}
    for architecture in ("arm64", "x86_64"):
        folder = tmp_path_factory.mktemp(architecture)
        made[architecture] = (folder, sam_build(architecture, folder))
    return made


@pytest.fixture(scope="module", params=["arm64", "x86_64"])
def built(request, builds):
    """One of the two builds."""
    return builds[request.param]


@pytest.fixture(scope="module")
def packages(built):
    """What becomes /opt/python."""
    return built[0] / "LibraryLayer" / "python"


def run_in_layer(packages: Path, program: str) -> str:
    """Run a program with the runtime's Python, the layer and nothing else to import."""
    program = f"import sys; sys.path.insert(0, {str(packages)!r})\n{program}"
    command = [str(RUNTIME_PYTHON), "-I", "-S", "-W", "error", "-c", program]
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_layer_holds_compiled_modules_of_both_architectures(packages):
    """Architecture is a parameter of the deployment, so that one layer has to serve both."""
    for module in COMPILED:
        folder, name = (packages / module).parent, Path(module).name
        assert {
            f"{name}.cpython-313-aarch64-linux-gnu.so",
            f"{name}.cpython-313-x86_64-linux-gnu.so",
        } == {file.name for file in folder.glob(f"{name}.*.so")}


def test_compiled_modules_are_for_the_processor_that_they_name(packages):
    """The machine word of each ELF file agrees with its name."""
    machines = {"aarch64": 0xB7, "x86_64": 0x3E}
    for module in packages.rglob("*.so"):
        named = next(machine for name, machine in machines.items() if name in module.name)
        assert named == int.from_bytes(module.read_bytes()[18:20], "little"), module.name


def test_both_architectures_get_the_same_layer(builds):
    """Nothing but the functions' own setting depends on the architecture, and a build can be repeated byte by byte."""
    trees = []
    for folder, _ in builds.values():
        layer = folder / "LibraryLayer"
        trees.append({str(file.relative_to(layer)): file.read_bytes() for file in layer.rglob("*") if file.is_file()})
    assert trees[0].keys() == trees[1].keys()
    assert [] == [name for name, content in trees[0].items() if trees[1][name] != content]


def test_the_layer_holds_the_library_and_nothing_of_its_build(packages):
    """The library with its packaged default gates; no pip leftovers, no tests, no build script."""
    assert (packages / "greenlight" / "gates" / "default.yaml").is_file()
    names = {path.name for path in packages.rglob("*")}
    assert not names & {"bin", "tests", "layer_build", "RECORD", "INSTALLER", "Makefile"}
    assert [] == [name for name in names if name.endswith((".pyi", ".c", ".pyx"))]


def test_every_package_keeps_its_version_and_licence(packages):
    """Each locked requirement is there in the version that is locked."""
    locked = re.findall(
        r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / "layers/greenlight/requirements.txt").read_text(), flags=re.MULTILINE
    )
    for name, version in locked:
        (folder,) = packages.glob(f"{name.replace('-', '_')}-{version}.dist-info")
        assert f"Version: {version}" in (folder / "METADATA").read_text(encoding="utf-8")
        assert any("LICEN" in file.name.upper() for file in folder.rglob("*"))


def test_botocore_knows_the_services_that_are_used_and_no_others(packages):
    """443 service models make 26 MB and slow the first client."""
    data = packages / "botocore" / "data"
    assert set(trim.AWS_SERVICES) == {entry.name for entry in data.iterdir() if entry.is_dir()}
    assert {"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"} == {
        entry.name for entry in data.iterdir() if entry.is_file()
    }


@needs_runtime_python
def test_every_source_file_has_bytecode_that_ignores_dates(packages):
    """The flag word of PEP 552 says that validity goes by hash: SAM's zip sets every date to 1980."""
    sources = list(packages.rglob("*.py"))
    assert sources
    for source in sources:
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        assert int.from_bytes(compiled.read_bytes()[4:8], "little") in {0b01, 0b11}, source


@needs_runtime_python
def test_bytecode_survives_the_zip(packages, tmp_path):
    """After a round trip through a zip like SAM's, the modules are loaded from bytecode: their source is spoiled here."""
    archive = tmp_path / "layer.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for file in (path for path in packages.rglob("*") if path.is_file()):
            writer.writestr(zipfile.ZipInfo(str(file.relative_to(packages))), file.read_bytes())
    opt = tmp_path / "python"
    with zipfile.ZipFile(archive) as reader:
        reader.extractall(opt)
        for info in reader.infolist():
            assert (1980, 1, 1, 0, 0, 0) == info.date_time
            if info.filename.endswith(".py"):
                (opt / info.filename).write_text("raise ImportError('compiled from source')\n", encoding="utf-8")
            moment = time.mktime((*info.date_time, 0, 0, -1))
            os.utime(opt / info.filename, (moment, moment))
    run_in_layer(opt, "import greenlight, boto3, pydantic, re2, requests, yaml, aws_lambda_powertools")


@needs_runtime_python
def test_the_layer_is_all_that_the_hooks_import(packages):
    """With the layer alone every hook can be imported by the runtime's Python, and a warning would be an error."""
    for hook in sorted((ROOT / "hooks").glob("*/app.py")):
        run_in_layer(
            packages,
            "import importlib.util, os\n"
            "sys.dont_write_bytecode = True\n"
            "os.environ |= {'GATES': '', 'POWERTOOLS_SERVICE_NAME': 'greenlight', 'AWS_DEFAULT_REGION': 'eu-central-1'}\n"
            f"spec = importlib.util.spec_from_file_location('app', {str(hook)!r})\n"
            "app = importlib.util.module_from_spec(spec); spec.loader.exec_module(app)\n"
            "assert callable(app.lambda_handler)",
        )


@needs_runtime_python
def test_boto3_makes_a_client_for_each_service_that_is_kept(packages):
    """A client needs more than its model: endpoints, partitions and retries are there too."""
    said = run_in_layer(
        packages,
        "import boto3, json\n"
        f"clients = [boto3.client(name, region_name='eu-central-1') for name in {sorted(trim.AWS_SERVICES)}]\n"
        "print(json.dumps([client.meta.endpoint_url for client in clients]))",
    )
    assert len(trim.AWS_SERVICES) == len([url for url in json.loads(said) if url.startswith("https://")])


@needs_runtime_python
def test_boto3_knows_what_the_runtimes_own_may_not(packages):
    """`lifecycleHookDetails` tells a hook how long ECS will wait; it is why the layer brings a boto3 of its own."""
    said = run_in_layer(
        packages,
        "import boto3\n"
        "model = boto3.client('ecs', region_name='eu-central-1').meta.service_model\n"
        "print(*model.shape_for('ServiceDeployment').members)",
    )
    assert "lifecycleHookDetails" in said.split()


def test_the_size_is_printed_and_below_lambdas_limit(built, packages, capsys):
    """Whoever builds sees the parts of the layer; 250 MB unzipped is Lambda's limit."""
    total = sum(file.stat().st_size for file in packages.rglob("*") if file.is_file()) / MB
    table = built[1][built[1].index("Layer size") :].split("\n\n")[0]
    with capsys.disabled():
        sys.stdout.write(f"\n{table}\n")
    assert total < 250
    assert f"unzipped {total:.1f} MB" in " ".join(table.split())
    assert re.search(r"greenlight \(own code\) +\d", table)
