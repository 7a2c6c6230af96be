"""What an image is called: registry, repository, tag and digest, and which private ECR registry that is.

Grammar: https://github.com/distribution/reference/blob/main/reference.go
"""

from dataclasses import dataclass
from typing import Final

import re2

DOCKER_HUB: Final = "docker.io"
PUBLIC_ECR: Final = "public.ecr.aws"

ALIASES: Final = {"index.docker.io": DOCKER_HUB, "ecr-public.aws.com": PUBLIC_ECR}

# The dual-stack form of each partition's hosts, and the plain one that means the same registry.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html; the partitions are those of botocore's partitions.json.
_DUAL_STACK: Final = {
    "on.aws": "amazonaws.com",
    "on.amazonwebservices.com.cn": "amazonaws.com.cn",
    "on.amazonwebservices.eu": "amazonaws.eu",
    "on.aws.ic.gov": "c2s.ic.gov",
    "on.aws.scloud": "sc2s.sgov.gov",
    "on.cloud-aws.adc-e.uk": "cloud.adc-e.uk",
    "on.aws.hci.ic.gov": "csp.hci.ic.gov",
}
_PLAIN: Final = frozenset(_DUAL_STACK.values())

_ECR_HOST = re2.compile(r"([0-9]{12})\.dkr([.-])ecr(?:-fips)?\.([a-z]+(?:-[a-z0-9]+)+)\.([a-z0-9.-]+)")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re2.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\])(?::[0-9]{{1,5}})?")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re2.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re2.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
# The only hash function that ECS takes: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
_DIGEST = re2.compile(r"sha256:[0-9A-Fa-f]{64}")
_SHORT_DIGEST = len("sha256:") + 12


class ImageReferenceError(ValueError):
    """When a text names no image."""


@dataclass(frozen=True)
class EcrRegistry:
    """A private registry of Amazon ECR: an account's, in a region."""

    account: str
    region: str


@dataclass(frozen=True)
class ImageReference:
    """What an image is called.

    Attributes:
        registry: The host, in the one form that stands for all: ECR's plain one, ``docker.io`` for Docker Hub.
        written_registry: The host as it was written, in small letters; ``docker.io`` where none was.
        repository: The repository, as in ``orders/app`` or ``library/nginx``.
        tag: The tag that was written.
        digest: The digest that was written.
        ecr: The private ECR registry that the host is; None for every other one.
    """

    registry: str
    written_registry: str
    repository: str
    tag: str | None
    digest: str | None
    ecr: EcrRegistry | None

    @property
    def name(self) -> str:
        """Return registry and repository."""
        return f"{self.registry}/{self.repository}"

    def __str__(self) -> str:
        """Write it for people: the registry only where it is not ECR's, whose hosts are long and much the same."""
        name = self.repository if self.ecr else self.name
        tag = f":{self.tag}" if self.tag else ""
        return f"{name}{tag}@{short(self.digest)}" if self.digest else f"{name}{tag}"


def short(digest: str) -> str:
    """Return as much of a digest as people need to tell it from others."""
    return digest[:_SHORT_DIGEST]


def parse_image(text: str) -> ImageReference:
    """Read the image of a container definition.

    Raises:
        ImageReferenceError: When it names no image; it says what is wrong.
    """
    name, has_digest, digest = text.partition("@")
    host, rest = _split_host(name)
    repository, has_tag, tag = rest.partition(":")
    if has_digest and not _DIGEST.fullmatch(digest):
        raise ImageReferenceError("what follows the @ has to be sha256: and 64 hexadecimal digits")
    if has_tag and not _TAG.fullmatch(tag):
        raise ImageReferenceError("the tag has to be letters, digits, dots, dashes and underscores, 128 at most")
    if not _HOST.fullmatch(host):
        raise ImageReferenceError("the registry is no host name")
    if not _REPOSITORY.fullmatch(repository):
        raise ImageReferenceError("the repository has to be small letters and digits, joined by / . _ or -")
    written = ALIASES.get(host.lower(), host.lower())
    if written == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    registry, ecr = _private_ecr(written)
    return ImageReference(registry, written, repository, tag or None, digest.lower() or None, ecr)


def _split_host(name: str) -> tuple[str, str]:
    """Split the host off, as Docker does: what stands before the first / is one when no user could be called so."""
    first, slash, rest = name.partition("/")
    is_host = bool(slash) and (first == "localhost" or any(each in ".:[" or each.isupper() for each in first))
    return (first, rest) if is_host else (DOCKER_HUB, name)


def _private_ecr(host: str) -> tuple[str, EcrRegistry | None]:
    match = _ECR_HOST.fullmatch(host)
    if match is None:
        return host, None
    account, separator, region, suffix = match.groups()
    plain = _DUAL_STACK.get(suffix) if separator == "-" else suffix
    if plain not in _PLAIN:
        return host, None
    return f"{account}.dkr.ecr.{region}.{plain}", EcrRegistry(account, region)
