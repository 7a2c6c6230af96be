"""Finds the images of a revision in ECR: one call for each repository, and one more where there are indexes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from greenlight import aws
from greenlight.checks.images.ecr import Ecr, Image, Repository
from greenlight.checks.images.manifests import Entry, Manifest
from greenlight.checks.images.reference import short
from greenlight.checks.images.remarks import Remark, of_error
from greenlight.checks.images.subjects import Subject

_REPOSITORY_NOT_FOUND: Final = "RepositoryNotFoundException"
_CACHE_HINT: Final = "a pull-through cache has it only after a first pull"


@dataclass(frozen=True)
class Found:
    """What ECR says of a container's image.

    Attributes:
        repository: Where it is.
        image: The image that runs, or the one that its tag names as long as ECS has not resolved it.
        named: What its tag names now; None where it has none, or where the tag is gone.
        index: The index of several platforms that it is or stands in; None for the manifest of one platform.
        entries: Those images of the index that it can be.
    """

    repository: Repository
    image: Image
    named: Image | None
    index: str | None = None
    entries: tuple[Entry, ...] = ()

    @property
    def has_moved(self) -> bool:
        """Tell whether the tag names another image than the one that runs."""
        return self.named is not None and self.named.digest not in (self.image.digest, self.index)


@dataclass(frozen=True)
class Missing:
    """An image that ECR does not have.

    Attributes:
        text: What was not found, and what to do.
    """

    text: str


@dataclass(frozen=True)
class Withheld:
    """An image that the function may not ask about: who may pull one from another account need not be let describe it.

    Attributes:
        remark: What ECR said.
    """

    remark: Remark


def look_up(
    ecr: Ecr, subjects: Sequence[Subject], *, platforms: bool
) -> dict[str, Found | Missing | Withheld | Remark]:
    """Return what ECR says of each container's image; a remark where it could not be asked.

    Args:
        ecr: Asked.
        subjects: Images in private ECR repositories; others are left out.
        platforms: Whether indexes are read.
    """
    found: dict[str, Found | Missing | Withheld | Remark] = {}
    for repository in dict.fromkeys(each.repository for each in subjects if each.repository is not None):
        members = [each for each in subjects if each.repository == repository]
        try:
            found |= _look_up(ecr, repository, members, platforms=platforms)
        except aws.AwsError as error:
            remark = of_error(error)
            answer: Missing | Withheld | Remark = remark
            if isinstance(error, aws.AwsDeniedError):
                answer = Withheld(remark)
            if error.code == _REPOSITORY_NOT_FOUND:
                answer = Missing(
                    f"ECR has no repository {repository}; push the image, or correct its name ({_CACHE_HINT})"
                )
            found |= {each.container: answer for each in members}
    return found


def _look_up(
    ecr: Ecr, repository: Repository, members: Sequence[Subject], *, platforms: bool
) -> dict[str, Found | Missing | Remark]:
    images = ecr.images(repository, _ids(members))
    by_digest = {image.digest: image for image in images}
    by_tag = {tag: image for image in images for tag in image.tags}
    found: dict[str, Found | Missing | Remark] = {}
    for each in members:
        named = by_tag.get(each.tag) if each.tag else None
        image = by_digest.get(each.digest) if each.digest else named
        found[each.container] = (
            Missing(_not_there(each, repository)) if image is None else Found(repository, image, named)
        )
    indexes = _indexes(found.values(), platforms=platforms)
    if indexes:
        manifests = _manifests(ecr, repository, indexes)
        found = {name: _placed(each, manifests) if isinstance(each, Found) else each for name, each in found.items()}
    return found


def _manifests(ecr: Ecr, repository: Repository, indexes: Sequence[str]) -> dict[str, Manifest]:
    manifests = {each.digest: each for each in ecr.manifests(repository, [{"imageDigest": index} for index in indexes])}
    missing = ", ".join(short(index) for index in indexes if index not in manifests)
    if missing:
        problem = f"handed out no manifest of {missing} in {repository}, which ECR has"
        raise aws.AwsUnreachableError("ecr:BatchGetImage", problem)
    return manifests


def _ids(members: Iterable[Subject]) -> list[dict[str, str]]:
    digests = dict.fromkeys(each.digest for each in members if each.digest)
    tags = dict.fromkeys(each.tag for each in members if each.tag)
    return [{"imageDigest": digest} for digest in digests] + [{"imageTag": tag} for tag in tags]


def _not_there(subject: Subject, repository: Repository) -> str:
    if subject.digest is None:
        cure = f"push it, or correct the tag ({_CACHE_HINT})"
        return f"ECR has no image with the tag {subject.tag} in {repository}; {cure}"
    cure = "push it again, and keep the lifecycle policy from expiring what runs"
    return f"ECR has no image {short(subject.digest)} in {repository}, so that tasks cannot start; {cure}"


def _indexes(found: Iterable[Found | Missing | Remark], *, platforms: bool) -> list[str]:
    """Return the indexes to read: those that run, and those that a tag names and that may hold what runs."""
    wanted: dict[str, None] = {}
    for each in found:
        if isinstance(each, Found):
            if platforms and each.image.is_index:
                wanted[each.image.digest] = None
            if each.has_moved and each.named is not None and each.named.is_index:
                wanted[each.named.digest] = None
    return list(wanted)


def _placed(found: Found, manifests: Mapping[str, Manifest]) -> Found:
    """Return an image with its place in an index: the index itself, or one of its entries."""
    own = manifests.get(found.image.digest)
    if own is not None:
        return replace(found, index=own.digest, entries=own.images)
    around = manifests.get(found.named.digest) if found.named else None
    same = tuple(entry for entry in around.images if entry.digest == found.image.digest) if around else ()
    return replace(found, index=around.digest, entries=same) if around and same else found
