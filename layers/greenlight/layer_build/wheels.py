"""The locked third-party wheels: fetched by pip for each architecture, then merged into one folder."""

import filecmp
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from layer_build.errors import DownloadError, PipMissingError, WheelCollisionError

ARCHITECTURES = ("aarch64", "x86_64")
"""Both of Lambda's (arm64 and x86_64), in the words of wheel tags. One layer serves both: compiled modules carry the name in theirs."""

PYTHON_VERSION = "3.13"
"""The Lambda runtime that template.yaml names."""

GLIBC_MINOR_VERSIONS = range(34, 16, -1)
"""The manylinux tags that run on the python3.13 runtime: Amazon Linux 2023 has glibc 2.34, manylinux2014 stands for 2.17."""

_REPLACED = (
    "A downloaded file is not the one that requirements.txt locks. Somebody replaced it, or your package index serves files of "
    "its own; do not deploy it. After a wanted change of versions run `make lock`."
)
_UNREACHABLE = (
    "The package index cannot be reached: check the network, the proxy and the certificates (pip's settings apply)."
)
_NO_WHEEL = "The package index has no such version as a wheel for CPython 3.13 on Linux, or it cannot be reached."
_CURES = (
    (r"DO NOT MATCH THE HASHES", _REPLACED),
    (
        r"NewConnectionError|NameResolutionError|Temporary failure|ConnectTimeout|ReadTimeout|ProxyError|SSLError",
        _UNREACHABLE,
    ),
    (r"No matching distribution|Could not find a version", _NO_WHEEL),
)
"""What pip says, and what it means here; the first that fits is told."""


def find_pip(scratch: Path) -> list[str]:
    """Tell how to call pip: this interpreter's own, or that of a virtual environment made for it.

    Debian's python3 comes without pip, but with what a virtual environment needs to get one.

    Raises:
        PipMissingError: when there is neither.

    """
    own = [sys.executable, "-m", "pip"]
    if subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0:  # noqa: S603
        return own
    home = scratch / "venv"
    try:
        venv.create(home, with_pip=True)
    except (subprocess.CalledProcessError, OSError) as reason:
        raise PipMissingError(
            f"{sys.executable} has no pip and cannot make a virtual environment that has one ({reason}). Install pip "
            "(Debian, Ubuntu: apt-get install python3-pip or python3-venv), or name another Python: PYTHON=… sam build"
        ) from reason
    return [str(home / "bin" / "python"), "-m", "pip"]


def install(pip: Sequence[str], requirements: Path, target: Path, architecture: str) -> None:
    """Unpack the locked wheels of one architecture into ``target``.

    Args:
        pip: how to call pip.
        requirements: the locked file; every line carries hashes.
        target: a folder that does not exist yet.
        architecture: one of `ARCHITECTURES`.

    Raises:
        DownloadError: when pip fails; the message starts with what that means and ends with pip's own words.

    """
    platforms = [f"manylinux_2_{minor}_{architecture}" for minor in GLIBC_MINOR_VERSIONS]
    command = [
        *pip,
        "install",
        "--quiet",
        "--no-compile",  # by whatever Python this is; see bytecode.py
        "--no-deps",  # the lock is complete
        "--require-hashes",
        "--only-binary=:all:",
        "--implementation=cp",
        f"--python-version={PYTHON_VERSION}",
        *(f"--platform={platform}" for platform in [*platforms, f"manylinux2014_{architecture}"]),
        f"--target={target}",
        f"--requirement={requirements}",
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())  # noqa: S603
    if run.returncode:
        raise DownloadError(_explain(run.stdout + run.stderr))


def merge(parts: Sequence[Path], target: Path) -> None:
    """Copy the folders of all architectures into one.

    Raises:
        WheelCollisionError: when two of them hold different files of one name; both architectures cannot share that file.

    """
    origin: dict[Path, Path] = {}
    for part in parts:
        for file in sorted(path for path in part.rglob("*") if path.is_file()):
            name = file.relative_to(part)
            first = origin.setdefault(name, part)
            if first is part:
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target / name)
            elif not filecmp.cmp(first / name, file, shallow=False):
                raise WheelCollisionError(
                    f"{name} differs between {first.name} and {part.name}, so that one layer cannot serve both. "
                    "Lock another version of the package, or cut the file in layer_build/trim.py if nothing needs it."
                )


def _environment() -> dict[str, str]:
    """Keep the user's index, proxy and certificates, and drop the pip settings that would change where or what is installed."""
    unwanted = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT", "PIP_NO_BINARY", "PIP_PLATFORM")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return kept | {
        "PIP_REQUIRE_VIRTUALENV": "0",
        "PIP_USER": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
    }


def _explain(output: str) -> str:
    meaning = next((cure for pattern, cure in _CURES if re.search(pattern, output)), "pip failed.")
    return f"{meaning}\npip's own words:\n{output.strip()[-3000:]}"
