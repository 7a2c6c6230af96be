"""Bytecode for the runtime's own Python, so that a cold start imports instead of compiling.

Invalidation mode `unchecked-hash`: SAM's zip sets every date to 1980, which makes the usual timestamp bytecode stale. Between
the two hash modes, `checked-hash` would read and hash each source file at each cold start; nothing can change a source file
under /opt, so there is nothing to check. (PEP 552; measured: imports without any of this take 3.0-3.3 times as long.)
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from layer_build.errors import LayerBuildError
from layer_build.wheels import PYTHON_VERSION

CACHE_TAG = "cpython-313"
"""Other Pythons write other bytecode, which the runtime would ignore."""

_PROBE = "import sys; print(sys.implementation.cache_tag, sys.version_info.releaselevel)"

_LOSS = f"""\
WARNING: no CPython {PYTHON_VERSION} was found on this machine, so the layer holds no bytecode. It works, but every cold start
WARNING: compiles the library and its requirements again: imports take about 3 times as long (seconds, not tenths).
WARNING: Either install CPython {PYTHON_VERSION} (for example `uv python install {PYTHON_VERSION}` or `pyenv install {PYTHON_VERSION}`) and build again
WARNING: with `sam build --no-cached`, or build in Lambda's own image: `sam build --use-container`."""


def add(packages: Path) -> str:
    """Compile everything in a folder that will be /opt/python.

    Returns:
        What was done, or what is lost, in words.

    Raises:
        LayerBuildError: when a file does not compile.

    """
    python = find_python()
    if python is None:
        return _LOSS
    prefixes = [
        "-s",
        str(packages.parent),
        "-p",
        "/opt",
    ]  # tracebacks name the path in Lambda, and no path of this machine
    mode = ["--invalidation-mode", "unchecked-hash"]
    command = [str(python), "-I", "-m", "compileall", "-q", "-f", *mode, *prefixes, str(packages)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if run.returncode:
        raise LayerBuildError(f"{python} could not compile the layer:\n{run.stdout}{run.stderr}")
    return f"Bytecode for CPython {PYTHON_VERSION} by {python}"


def find_python() -> Path | None:
    """Find a CPython of the runtime's version that really runs; a pyenv shim on PATH often does not."""
    for candidate in _candidates():
        try:
            run = subprocess.run(  # noqa: S603
                [str(candidate), "-I", "-c", _PROBE], capture_output=True, text=True, check=False, timeout=30
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if run.stdout.split() == [CACHE_TAG, "final"]:
            return candidate
    return None


def _candidates() -> Iterator[Path]:
    yield Path(sys.executable)
    on_path = shutil.which(f"python{PYTHON_VERSION}")
    if on_path:
        yield Path(on_path)
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    for folder, pattern in ((pyenv / "versions", f"{PYTHON_VERSION}*"), (uv, f"cpython-{PYTHON_VERSION}*")):
        yield from (path / "bin" / f"python{PYTHON_VERSION}" for path in sorted(folder.glob(pattern), reverse=True))
