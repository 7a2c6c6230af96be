"""Whose images are looked at, and what their names alone tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from greenlight.checks.images.ecr import Repository
from greenlight.checks.images.globs import comes_from, matches
from greenlight.checks.images.reference import ImageReference, ImageReferenceError, parse_image
from greenlight.checks.images.remarks import Remark, failed, waiting
from greenlight.checks.images.settings import ImagesSettings
from greenlight.deployment import ContainerImage
from greenlight.documents import shown

LATEST: Final = "latest"
_SHOWN_GLOBS: Final = 3


@dataclass(frozen=True)
class Subject:
    """One container's image.

    Attributes:
        container: The container.
        reference: What the task definition calls the image.
        resolved: The digest that ECS resolved the name to; None as long as it has not.
    """

    container: str
    reference: ImageReference
    resolved: str | None

    @property
    def digest(self) -> str | None:
        """Return the digest of what runs; None where only a tag is known."""
        return self.resolved or self.reference.digest

    @property
    def tag(self) -> str | None:
        """Return the tag that the name means; None where it is a digest alone."""
        return self.reference.tag or (None if self.reference.digest else LATEST)

    @property
    def repository(self) -> Repository | None:
        """Return the private ECR repository; None where the image is in none."""
        return Repository(self.reference.ecr, self.reference.repository) if self.reference.ecr else None


def choose(settings: ImagesSettings, images: Sequence[ContainerImage]) -> tuple[list[ContainerImage], list[Remark]]:
    """Return the images that are looked at, and what keeps others from being."""
    if not images:
        # ECS fills the list in when it makes the revision; an empty one tells nothing.
        return [], [waiting("ECS names no container image of the green revision yet")]
    names = ", ".join(image.container for image in images)
    wanted = settings.containers or ("*",)
    missing = [glob for glob in wanted if not any(matches(image.container, glob) for image in images)]
    if missing:
        listed = ", ".join(missing)
        return [], [failed(f"no container is called {listed}; the task definition has {names}; correct `containers`")]
    chosen = [
        image
        for image in images
        if any(matches(image.container, glob) for glob in wanted)
        and not any(matches(image.container, glob) for glob in settings.ignore_containers)
    ]
    if not chosen:
        return [], [
            failed(f"every container is ignored ({names}), so nothing was looked at; shorten ignore_containers")
        ]
    return chosen, []


def read_subject(image: ContainerImage) -> Subject | Remark:
    """Read the name of a container's image, or say what is wrong with it."""
    try:
        return Subject(image.container, parse_image(image.image), image.digest)
    except ImageReferenceError as error:
        return failed(f"{shown(image.image)} names no image: {error}")


def judge_name(settings: ImagesSettings, subject: Subject) -> list[Remark]:
    """Say what is wrong with where an image comes from, and with how it is named."""
    reference = subject.reference
    remarks = []
    if settings.registries is not None and not comes_from(reference, settings.registries):
        remarks.append(failed(_foreign(reference, settings.registries)))
    if reference.digest is None and settings.pinned == "digest":
        digest = subject.resolved or "sha256:…"
        cure = f"write {reference.name}@{digest} in the task definition"
        remarks.append(failed(f"{reference} is named by its tag, and `pinned: digest` wants a digest; {cure}"))
    elif subject.tag == LATEST and reference.digest is None and not settings.allow_latest:
        cure = "write a tag of its own or a digest in the task definition"
        found = "is named latest" if reference.tag else "has neither tag nor digest, which means latest"
        remarks.append(failed(f"{reference} {found}, and that moves with every push; {cure}"))
    return remarks


def _foreign(reference: ImageReference, globs: Sequence[str]) -> str:
    more = f" and {len(globs) - _SHOWN_GLOBS} more" if len(globs) > _SHOWN_GLOBS else ""
    allowed = f"{', '.join(globs[:_SHOWN_GLOBS])}{more}"
    return f"{reference.name} is none of the allowed registries ({allowed}); push it there, or add it to `registries`"
