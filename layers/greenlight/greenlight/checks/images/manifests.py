"""Image manifests and indexes: which platforms an image is built for.

https://github.com/opencontainers/image-spec/blob/main/image-index.md, and Docker's manifest list, which reads the same.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

INDEX_TYPES: Final = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
MANIFEST_TYPES: Final = (
    *sorted(INDEX_TYPES),
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
"""What is asked for: without the types of indexes, ECR would hand out the manifest of one platform in place of an index."""

_UNKNOWN: Final = "unknown"
"""The platform of what is no image but stands beside it, as BuildKit's attestations do."""


@dataclass(frozen=True)
class Platform:
    """An operating system and an architecture, as images name them."""

    os: str
    architecture: str

    def __str__(self) -> str:
        """Write it as docker does."""
        return f"{self.os}/{self.architecture}"


@dataclass(frozen=True)
class Entry:
    """What a manifest refers to.

    Attributes:
        digest: Its digest; empty where none is given.
        platform: What it is built for; None where that is not said.
        artifact_type: What it is, where it is no image.
        media_type: The kind of what is referred to.
    """

    digest: str
    platform: Platform | None
    artifact_type: str
    media_type: str


@dataclass(frozen=True)
class Manifest:
    """A manifest or an index.

    Attributes:
        digest: Its digest, as ECR calls it.
        tag: The tag that it was asked for by.
        images: The entries of an index that are images; empty for the manifest of one platform.
        others: Its other entries.
        layers: The media types of a single manifest's layers.
    """

    digest: str
    tag: str | None
    images: tuple[Entry, ...]
    others: tuple[Entry, ...]
    layers: frozenset[str]


def read_manifest(digest: str, tag: str | None, text: str) -> Manifest:
    """Read a manifest.

    Args:
        digest: Its digest, as ECR calls it.
        tag: The tag that it was asked for by.
        text: The manifest itself.

    Raises:
        ValueError: When it is no manifest.
    """
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise ValueError("a manifest nests too deeply") from error
    if not isinstance(data, dict):
        raise ValueError("a manifest is no JSON object")  # noqa: TRY004 - what AWS sends is no matter of types
    entries = [_entry(each) for each in _objects(data.get("manifests"))]
    return Manifest(
        digest=digest,
        tag=tag,
        images=tuple(entry for entry in entries if _is_image(entry)),
        others=tuple(entry for entry in entries if not _is_image(entry)),
        layers=frozenset(_text(each.get("mediaType")) for each in _objects(data.get("layers"))),
    )


def _entry(record: Mapping[str, Any]) -> Entry:
    platform = record.get("platform")
    named = Platform(_text(platform.get("os")), _text(platform.get("architecture"))) if _is_object(platform) else None
    if named is not None and not (named.os and named.architecture):
        named = None
    return Entry(
        digest=_text(record.get("digest")),
        platform=named,
        artifact_type=_text(record.get("artifactType")),
        media_type=_text(record.get("mediaType")),
    )


def _is_image(entry: Entry) -> bool:
    return not entry.artifact_type and (entry.platform is None or entry.platform.os != _UNKNOWN)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if _is_object(each)] if isinstance(value, list) else []


def _is_object(value: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, dict)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
