"""The build, as the Makefile beside this package calls it: `python3 -m layer_build ARTIFACTS_DIR`.

What is worth reading goes to standard output, which SAM shows line by line. Standard error is shown only when the build fails,
so that only the reason is written there.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  this file, unlike the project, also meets older interpreters
    sys.exit(
        f"The layer is built with Python 3.11 or newer, but {sys.executable} is {sys.version.split()[0]}. "
        "Name another one: PYTHON=python3.12 sam build"
    )

import shutil
import tempfile
from pathlib import Path

from layer_build import bytecode, sizes, trim, wheels
from layer_build.errors import LayerBuildError

SOURCE = Path(__file__).resolve().parent.parent


def build(source: Path, artifacts: Path) -> None:
    """Put the whole layer into ``artifacts``/python.

    Args:
        source: the folder with requirements.txt and the library.
        artifacts: the folder that becomes /opt in a function.

    Raises:
        LayerBuildError: when the layer cannot be built.

    """
    packages = artifacts / "python"
    shutil.rmtree(packages, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="greenlight-layer-") as scratch:
        pip = wheels.find_pip(Path(scratch))
        parts = []
        for architecture in wheels.ARCHITECTURES:
            part = Path(scratch, architecture)
            wheels.install(pip, source / "requirements.txt", part, architecture)
            trim.trim(part)
            parts.append(part)
        wheels.merge(parts, packages)
    library = packages / "greenlight"
    shutil.copytree(source / "greenlight", library, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    say(bytecode.add(packages))
    say(sizes.report(artifacts))


def say(text: str) -> None:
    """Write to standard output at once, so that SAM shows it while the build goes on."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Build the layer into the folder named by the only argument; the exit code is 1 with a reason on standard error."""
    if len(arguments) != 1 or not arguments[0]:
        sys.stderr.write("usage: python3 -m layer_build ARTIFACTS_DIR (sam build sets it)\n")
        return 2
    try:
        build(SOURCE, Path(arguments[0]).resolve())
    except LayerBuildError as reason:
        sys.stderr.write(f"The layer could not be built. {reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
