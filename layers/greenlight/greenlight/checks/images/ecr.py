"""What ECR says about the images of private repositories: each question once, and in as few calls as can be."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from greenlight import aws
from greenlight.checks.images.manifests import INDEX_TYPES, MANIFEST_TYPES, Manifest, read_manifest
from greenlight.checks.images.reference import EcrRegistry

T = TypeVar("T")

_FINDINGS_A_PAGE: Final = (
    500  # 1000 at most, https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
)
_REFERRERS_A_PAGE: Final = (
    50  # at most, https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html
)
_MOST_PAGES: Final = 40
_IMAGE_NOT_FOUND: Final = "ImageNotFoundException"
_NO_SUCH_IMAGE: Final = "ImageNotFound"


@dataclass(frozen=True)
class Repository:
    """A private repository."""

    registry: EcrRegistry
    name: str

    def __str__(self) -> str:
        """Write it as people do."""
        return f"{self.name} (account {self.registry.account}, {self.registry.region})"


@dataclass(frozen=True)
class Image:
    """What ECR says about one image.

    Attributes:
        digest: Its digest.
        tags: The tags that name it now.
        pushed_at: When it was pushed.
        media_type: What kind of manifest it is; empty where ECR does not say.
    """

    digest: str
    tags: frozenset[str]
    pushed_at: datetime
    media_type: str
    status: str = ""

    @property
    def is_index(self) -> bool:
        """Tell whether it is a list of images for several platforms."""
        return self.media_type in INDEX_TYPES


@dataclass(frozen=True)
class Referrer:
    """What refers to an image.

    Attributes:
        artifact_type: What it is.
        annotations: What its maker notes about it.
    """

    artifact_type: str
    annotations: Mapping[str, str]


class Ecr:
    """ECR, as long as there is time.

    What kept silent in a region, or throttled, is not asked again in this invocation: each attempt takes seconds, and the next
    invocation asks anyway.

    Args:
        deadline: Monotonic seconds after which nothing is asked any more.
    """

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._silent: dict[str, aws.AwsError] = {}

    def images(self, repository: Repository, ids: Sequence[dict[str, str]]) -> list[Image]:
        """Return those of the images that are there.

        Args:
            repository: Where to look.
            ids: A tag or a digest each; a task definition has 10 containers at most, so that one call takes all of them.

        Raises:
            AwsError: When ECR does not tell, or knows no such repository.
        """
        try:
            return self._ask("DescribeImages", repository, _images, imageIds=list(ids))
        except aws.AwsRefusedError as error:
            if error.code != _IMAGE_NOT_FOUND:
                raise
        # One that is missing makes ECR refuse the whole call.
        return [] if len(ids) == 1 else [image for each in ids for image in self.images(repository, [each])]

    def manifests(self, repository: Repository, ids: Sequence[dict[str, str]]) -> list[Manifest]:
        """Return the manifests of those images that are there.

        Raises:
            AwsError: When ECR does not tell.
        """
        return self._ask(
            "BatchGetImage", repository, _manifests, imageIds=list(ids), acceptedMediaTypes=list(MANIFEST_TYPES)
        )

    def scan(self, repository: Repository, digest: str) -> list[dict[str, Any]]:
        """Return the pages of a scan's findings, as ECR writes them.

        Raises:
            AwsError: When ECR does not tell; with the code ScanNotFoundException when there is no scan.
        """
        parameters = {"imageId": {"imageDigest": digest}, "maxResults": _FINDINGS_A_PAGE}
        return list(self._pages("DescribeImageScanFindings", repository, parameters))

    def referrers(self, repository: Repository, digest: str) -> list[Referrer]:
        """Return what refers to an image: signatures, attestations, bills of materials.

        Raises:
            AwsError: When ECR does not tell.
        """
        parameters = {"subjectId": {"imageDigest": digest}, "maxResults": _REFERRERS_A_PAGE}
        pages = self._pages("ListImageReferrers", repository, parameters)
        with aws.in_words("ecr:ListImageReferrers"):
            return [
                Referrer(_text(record.get("artifactType") or ""), dict(record.get("annotations") or {}))
                for page in pages
                for record in page["referrers"]
            ]

    def _pages(self, operation: str, repository: Repository, parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
        token: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = self._ask(operation, repository, dict, **parameters, **token)
            yield page
            if not page.get("nextToken"):
                return
            token = {"nextToken": page["nextToken"]}
        raise aws.AwsRefusedError(f"ecr:{operation}", f"has more than {_MOST_PAGES} pages to tell of {repository.name}")

    def _ask(self, operation: str, repository: Repository, read: Callable[[dict[str, Any]], T], **parameters: Any) -> T:
        name, region = f"ecr:{operation}", repository.registry.region
        if region in self._silent:
            raise self._silent[region]
        if time.monotonic() > self._deadline:
            raise aws.AwsUnreachableError(name, "was not asked: the time of this invocation is over")
        try:
            # Reading what is no reply of ECR's fails like the call itself.
            with aws.in_words(name):
                return read(aws.call("ecr", _METHODS[operation], region=region, **_place(repository), **parameters))
        except aws.AwsError as error:
            if error.transient:
                self._silent[region] = error
            raise


_METHODS: Final = {
    "BatchGetImage": "batch_get_image",
    "DescribeImageScanFindings": "describe_image_scan_findings",
    "DescribeImages": "describe_images",
    "ListImageReferrers": "list_image_referrers",
}


def _place(repository: Repository) -> dict[str, str]:
    return {"registryId": repository.registry.account, "repositoryName": repository.name}


def _images(reply: dict[str, Any]) -> list[Image]:
    return [
        Image(
            digest=_text(record["imageDigest"]),
            tags=frozenset(_text(tag) for tag in record.get("imageTags") or ()),
            pushed_at=record["imagePushedAt"],
            media_type=_text(record.get("imageManifestMediaType") or ""),
            status=_text(record.get("imageStatus") or ""),
        )
        for record in reply["imageDetails"]
    ]


def _manifests(reply: dict[str, Any]) -> list[Manifest]:
    for failure in reply.get("failures") or ():
        code = failure["failureCode"]
        if code != _NO_SUCH_IMAGE:
            problem = f"was refused ({code}): {failure.get('failureReason') or 'no reason given'}"
            raise aws.AwsRefusedError("ecr:BatchGetImage", problem, code=code)
    return [
        read_manifest(
            _text(record["imageId"]["imageDigest"]), record["imageId"].get("imageTag"), record["imageManifest"]
        )
        for record in reply["images"]
    ]


def _text(value: Any) -> str:
    """Return a text, because botocore does not look whether a reply has one where it should."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
