"""What a function never reads at run time, taken out of the unpacked wheels."""

import fnmatch
import shutil
from pathlib import Path

from layer_build.errors import UnknownLayoutError

AWS_SERVICES = frozenset(
    {
        *("acm", "cloudwatch", "codebuild", "dynamodb", "ecr", "ecs", "elbv2", "events", "lambda"),
        *("s3", "secretsmanager", "sns", "ssm", "stepfunctions"),
    }
)
"""The AWS APIs that the library calls. botocore reads its model of each from a file; without it: UnknownServiceError."""

_LICENCES = ("LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*")
_KEPT_METADATA = ("METADATA", "licenses", *_LICENCES)
"""importlib.metadata answers with a version from METADATA; whoever publishes the layer has to hand on the licences."""

_UNUSED_FILES = ("*.pyi", "*.c", "*.h", "*.pyx", "*.pxd", "examples-1.json", "examples-1.json.gz")


def trim(packages: Path) -> None:
    """Delete from a folder of unpacked wheels what only installers, type checkers, compilers and tests need.

    Args:
        packages: the folder that pip unpacked into.

    Raises:
        UnknownLayoutError: when botocore keeps its service models elsewhere than expected.

    """
    _trim_metadata(packages)
    _trim_botocore(packages / "botocore" / "data")
    for needless in (packages / "bin", packages / "boto3" / "data", packages / "boto3" / "examples"):
        shutil.rmtree(needless, ignore_errors=True)
    for folder in [path for path in packages.rglob("tests") if path.is_dir()]:
        shutil.rmtree(folder)
    for file in [path for path in packages.rglob("*") if _matches(path.name, _UNUSED_FILES)]:
        file.unlink()


def _trim_metadata(packages: Path) -> None:
    for entry in [entry for folder in packages.glob("*.dist-info") for entry in folder.iterdir()]:
        if _matches(entry.name, _KEPT_METADATA):
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _trim_botocore(data: Path) -> None:
    services = {entry.name: entry for entry in data.iterdir() if entry.is_dir()} if data.is_dir() else {}
    missing = sorted(AWS_SERVICES - services.keys())
    if missing:
        raise UnknownLayoutError(
            f"botocore/data has no {', '.join(missing)}. Either botocore keeps its models elsewhere now, or the name in "
            "AWS_SERVICES (layer_build/trim.py) is not the one that boto3.client() takes."
        )
    for name, folder in services.items():
        if name not in AWS_SERVICES:
            shutil.rmtree(folder)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
