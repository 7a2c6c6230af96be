"""How the layer is put together; the real build is in tests/e2e/test_build.py."""

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from layer_build import __main__ as command
from layer_build import bytecode, sizes, trim, wheels
from layer_build.errors import (
    DownloadError,
    LayerBuildError,
    LayerTooLargeError,
    PipMissingError,
    UnknownLayoutError,
    WheelCollisionError,
)

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "greenlight"


def files(folder: Path) -> set[str]:
    """Name all files in a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def lay_out(folder: Path, *names: str) -> Path:
    """Make files that hold their own names."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    return folder


@pytest.fixture
def unpacked(tmp_path):
    """A folder of unpacked wheels with one botocore model for each service that is kept, and one that is not."""
    models = [f"botocore/data/{name}/2020-01-01/service-2.json.gz" for name in (*trim.AWS_SERVICES, "ec2")]
    return lay_out(tmp_path / "wheels", *models, "botocore/data/partitions.json")


def test_botocore_keeps_the_models_of_the_services_that_are_used(unpacked):
    """The other 400 models are cut; what all services share stays."""
    trim.trim(unpacked)
    assert {*trim.AWS_SERVICES, "partitions.json"} == {path.name for path in (unpacked / "botocore" / "data").iterdir()}


def test_every_service_that_the_library_calls_is_kept():
    """A model that is cut would be an UnknownServiceError in the function, and in no test on this machine."""
    calls = [
        node
        for path in (LAYER / "greenlight").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in {"call", "client"}
    ]
    first = [call.args[0] for call in calls if call.args]
    called = {argument.value for argument in first if isinstance(argument, ast.Constant)}
    assert {"ecs", "elbv2", "s3", "ssm"} <= called
    assert called <= trim.AWS_SERVICES


def test_a_service_without_a_model_is_told(unpacked):
    """A renamed folder would otherwise show only in the function."""
    (unpacked / "botocore/data/ssm/2020-01-01/service-2.json.gz").unlink()
    (unpacked / "botocore/data/ssm/2020-01-01").rmdir()
    (unpacked / "botocore/data/ssm").rmdir()
    with pytest.raises(UnknownLayoutError, match="botocore/data has no ssm"):
        trim.trim(unpacked)


def test_what_only_installers_compilers_and_tests_need_is_cut(unpacked):
    """Versions and licences stay: importlib.metadata reads the ones, whoever publishes the layer owes the others."""
    kept = (
        "p/__init__.py",
        "p/py.typed",
        "p-1.dist-info/METADATA",
        "p-1.dist-info/licenses/LICENSE",
        "q-1.dist-info/NOTICE.txt",
    )
    cut = (
        "bin/jp.py",
        "p/x.pyi",
        "p/x.c",
        "p/tests/test_p.py",
        "p-1.dist-info/RECORD",
        "p-1.dist-info/sboms/p.json",
        "boto3/data/s3.json",
    )
    before = files(unpacked)
    lay_out(unpacked, *kept, *cut)
    trim.trim(unpacked)
    assert set(kept) == files(unpacked) - before


def test_wheels_of_both_architectures_share_a_folder(tmp_path):
    """Compiled modules differ in name, everything else is the same."""
    arm = lay_out(tmp_path / "aarch64", "p/__init__.py", "p/x.cpython-313-aarch64-linux-gnu.so")
    intel = lay_out(tmp_path / "x86_64", "p/__init__.py", "p/x.cpython-313-x86_64-linux-gnu.so")
    wheels.merge([arm, intel], tmp_path / "python")
    assert files(arm) | files(intel) == files(tmp_path / "python")


def test_two_files_of_one_name_are_refused(tmp_path):
    """One architecture would get the other's file, and fail only there."""
    arm = lay_out(tmp_path / "aarch64", "p/x.abi3.so")
    intel = lay_out(tmp_path / "x86_64", "p/x.abi3.so")
    (intel / "p/x.abi3.so").write_text("other", encoding="utf-8")
    with pytest.raises(WheelCollisionError, match=r"p/x\.abi3\.so differs between aarch64 and x86_64"):
        wheels.merge([arm, intel], tmp_path / "python")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "do not deploy it"),
        (
            "WARNING: Retrying … NewConnectionError(…)\nERROR: No matching distribution found for six",
            "index cannot be reached",
        ),
        ("ERROR: No matching distribution found for six==1.17.0", "as a wheel for CPython 3.13"),
        ("ERROR: something else", "pip failed"),
    ],
)
def test_what_pip_says_is_put_into_words(said, meant, tmp_path):
    """The message starts with what a failure of pip means here, and ends with pip's own words."""
    program = f"import sys; sys.stderr.write({said!r}); sys.exit(1)"
    with pytest.raises(DownloadError, match=meant) as caught:
        wheels.install([sys.executable, "-c", program], tmp_path / "r.txt", tmp_path / "target", "x86_64")
    assert str(caught.value).endswith(said)


def test_a_file_with_another_hash_is_refused_by_the_real_pip(tmp_path):
    """What the index serves is compared with what was locked."""
    (tmp_path / "six-1.17.0-py3-none-any.whl").write_bytes(b"not what was locked")
    locked = tmp_path / "requirements.txt"
    locked.write_text(
        f"six @ {(tmp_path / 'six-1.17.0-py3-none-any.whl').as_uri()} --hash=sha256:{'0' * 64}\n", encoding="utf-8"
    )
    with pytest.raises(DownloadError, match=r"not the one that requirements\.txt locks"):
        wheels.install(wheels.find_pip(tmp_path), locked, tmp_path / "target", "x86_64")


def test_a_users_pip_settings_do_not_change_where_the_wheels_go(monkeypatch, tmp_path):
    """PIP_TARGET, PIP_USER and PIP_REQUIRE_VIRTUALENV of a shell are for other work; PIP_INDEX_URL is for this too."""
    for name, value in {
        "PIP_TARGET": "/elsewhere",
        "PIP_USER": "1",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_INDEX_URL": "x",
    }.items():
        monkeypatch.setenv(name, value)
    program = (
        "import os, sys; sys.exit(','.join(f'{n}={v}' for n, v in sorted(os.environ.items()) if n.startswith('PIP_')))"
    )
    with pytest.raises(DownloadError) as caught:
        wheels.install([sys.executable, "-c", program], tmp_path / "r.txt", tmp_path / "target", "x86_64")
    settings = dict(pair.split("=") for pair in str(caught.value).splitlines()[-1].split(","))
    assert "PIP_TARGET" not in settings
    assert {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_INDEX_URL": "x"}.items() <= settings.items()


def test_a_python_without_pip_gets_one_from_a_virtual_environment(tmp_path, monkeypatch):
    """Debian's python3 has no pip, but can make a virtual environment that has."""
    bare = tmp_path / "python-without-pip"
    bare.write_text(f'#!/bin/sh\nexport PYTHONPATH="{tmp_path}"\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    bare.chmod(0o755)
    lay_out(tmp_path, "pip.py")
    (tmp_path / "pip.py").write_text("raise SystemExit('no pip here')", encoding="utf-8")
    monkeypatch.setattr(sys, "executable", str(bare))
    pip = wheels.find_pip(tmp_path / "scratch")
    assert [str(tmp_path / "scratch" / "venv" / "bin" / "python"), "-m", "pip"] == pip
    assert 0 == subprocess.run([*pip, "--version"], check=False, capture_output=True).returncode


def test_neither_pip_nor_a_virtual_environment_is_told_with_the_cure(tmp_path, monkeypatch):
    """A Python that has nothing at all cannot build; another one is named with PYTHON=."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(sys, "_base_executable", "/bin/false")
    with pytest.raises(PipMissingError, match="PYTHON=… sam build"):
        wheels.find_pip(tmp_path)


needs_python = pytest.mark.skipif(bytecode.find_python() is None, reason="this machine has no CPython 3.13")


@needs_python
def test_bytecode_does_not_depend_on_dates_and_names_the_path_in_lambda(tmp_path):
    """The flag word says unchecked-hash (PEP 552), so that the dates in SAM's zip do not matter."""
    packages = lay_out(tmp_path / "python")
    packages.mkdir()
    (packages / "module.py").write_text("def f(): ...\n", encoding="utf-8")
    said = bytecode.add(packages)
    compiled = (packages / "__pycache__" / "module.cpython-313.pyc").read_bytes()
    assert "Bytecode for CPython 3.13" in said
    assert 1 == int.from_bytes(compiled[4:8], "little")
    assert b"/opt/python/module.py" in compiled
    assert str(tmp_path).encode() not in compiled


@needs_python
def test_a_file_that_does_not_compile_stops_the_build(tmp_path):
    """A syntax error would otherwise show in the function."""
    packages = tmp_path / "python"
    packages.mkdir()
    (packages / "module.py").write_text("def f(:\n", encoding="utf-8")
    with pytest.raises(LayerBuildError, match=re.escape("module.py")):
        bytecode.add(packages)


def test_a_machine_without_the_runtimes_python_is_told_what_it_loses(tmp_path, monkeypatch):
    """The layer is made all the same; the text says how much slower, and both cures."""
    monkeypatch.setattr(bytecode, "_candidates", lambda: iter([Path("/bin/false"), tmp_path / "missing"]))
    said = bytecode.add(lay_out(tmp_path / "python", "module.py"))
    assert "no CPython 3.13" in said
    assert "3 times as long" in said
    assert "uv python install 3.13" in said
    assert "sam build --use-container" in said
    assert {"module.py"} == files(tmp_path / "python")


def test_interpreters_are_found_where_pyenv_and_uv_keep_them(tmp_path, monkeypatch):
    """Neither puts a working python3.13 on PATH by itself; a shim that refuses is passed over."""
    pyenv = tmp_path / "pyenv/versions/3.13.2/bin/python3.13"
    uv = tmp_path / "uv/cpython-3.13.1-linux-x86_64-gnu/bin/python3.13"
    lay_out(tmp_path, *(str(path.relative_to(tmp_path)) for path in (pyenv, uv)))
    shim = lay_out(tmp_path / "shims", "python3.13") / "python3.13"
    shim.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    uv.write_text("#!/bin/sh\necho cpython-313 final\n", encoding="utf-8")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert uv == bytecode.find_python()


def test_the_report_names_big_parts_and_sums_up_the_others(tmp_path):
    """Own code always, each package from one megabyte, and the totals beside Lambda's limit."""
    packages = lay_out(tmp_path / "python", "greenlight/__init__.py", "small/__init__.py")
    (packages / "big").mkdir()
    (packages / "big" / "x.so").write_bytes(b"\0" * 3 * 1024 * 1024)
    rows = [line.split() for line in sizes.report(tmp_path).splitlines()[1:]]
    assert [["big", "3.0"], ["greenlight", "(own"], ["1", "smaller"], ["unzipped", "3.0"], ["zipped", "0.0"]] == [
        row[:2] for row in rows
    ]
    assert "(limit 250 MB)" in sizes.report(tmp_path)


def test_a_layer_that_lambda_would_refuse_is_refused_here(tmp_path, monkeypatch):
    """At build time, with the parts, not after an upload."""
    monkeypatch.setattr(sizes, "LIMIT_MB", 1)
    packages = lay_out(tmp_path / "python", "greenlight/__init__.py")
    (packages / "greenlight" / "x.so").write_bytes(b"\0" * 2 * 1024 * 1024)
    with pytest.raises(LayerTooLargeError, match=re.escape("2.0 MB unzipped; Lambda accepts 1 MB")):
        sizes.report(tmp_path)


def test_only_the_reason_of_a_failure_goes_to_standard_error(tmp_path, monkeypatch, capsys):
    """SAM shows standard output as the build goes on, and standard error only when it fails."""

    def fail(*_: object) -> None:
        raise DownloadError("The index cannot be reached.")

    monkeypatch.setattr(wheels, "install", fail)
    assert 1 == command.main([str(tmp_path)])
    assert ("", "The layer could not be built. The index cannot be reached.\n") == tuple(capsys.readouterr())


def test_the_command_wants_to_know_where_the_layer_goes(capsys):
    """`make build-LibraryLayer` by hand, without ARTIFACTS_DIR, changes nothing."""
    assert 2 == command.main([""])
    assert "ARTIFACTS_DIR" in capsys.readouterr().err


def test_the_build_needs_nothing_but_the_standard_library():
    """It runs with the machine's Python, before anything is installed."""
    imported = set()
    for path in (LAYER / "layer_build").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    assert imported <= sys.stdlib_module_names | {"layer_build"}
    assert importlib.util.find_spec("layer_build") is not None


def test_every_locked_requirement_carries_hashes_and_no_place_of_a_machine():
    """The layer gets what was locked: names, versions and hashes; no index, no path, nothing editable."""
    for path in (LAYER / "requirements.txt", ROOT / "requirements" / "dev.txt", ROOT / "requirements" / "sam.txt"):
        text = path.read_text(encoding="utf-8")
        names = re.findall(r"^([A-Za-z0-9._-]+)==\S+.*\\$", text, flags=re.MULTILINE)
        requirements = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert len(requirements) == len(names), path
        assert len(names) <= text.count("--hash=sha256:")
        assert not re.search(r"://|^-|^/|file:", text, flags=re.MULTILINE)


def test_the_tests_run_with_the_versions_that_are_deployed():
    """What the layer and the development environment both hold is locked to one version."""
    locked = [
        dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
        for path in (LAYER / "requirements.txt", ROOT / "requirements" / "dev.txt")
    ]
    assert locked[0].items() <= locked[1].items()
