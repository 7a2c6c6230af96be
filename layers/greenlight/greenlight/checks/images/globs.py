"""Globs over registry/repository: which places images may come from.

In the registry ``*`` is any text within one label: it crosses neither a dot nor the slash, so that
``123456789012.dkr.ecr.*.amazonaws.com/orders/*`` lets through neither ``…dkr.ecr.evil.example`` nor a path that looks like a
host. In the repository ``*`` is any text, slashes too. ``?`` is one character under the same rule.
"""

from functools import lru_cache
from typing import Any, Final

import re2

from greenlight.checks.images.reference import ALIASES, DOCKER_HUB, ImageReference

_EXAMPLE: Final = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders/*"
_HOST = re2.compile(r"[a-z0-9.*?\[\]-]+(?::[0-9]{1,5})?")
_REPOSITORY = re2.compile(r"[a-z0-9._*?/-]+")
_WITHIN_LABEL: Final = {"*": r"[^./]*", "?": r"[^./]"}
_ANYTHING: Final = {"*": r".*", "?": r"."}


def check_glob(glob: str) -> str | None:
    """Say what is wrong with a glob; None when it is a good one."""
    host, slash, repository = glob.partition("/")
    if "://" in glob:
        return f"has a scheme; write registry/repository, as in {_EXAMPLE}"
    if not slash or not repository:
        return f"names no repository; write registry/repository, as in {_EXAMPLE}"
    if not set(host) & set(".:*?[") and host != "localhost":
        return f"begins with no registry; write registry/repository, Docker Hub as {DOCKER_HUB}/library/nginx"
    if not set(host) - set("*?."):
        return f"would let any registry through; name it, as in {_EXAMPLE}"
    if "@" in repository or ":" in repository:
        return "has a tag or a digest; leave it out, registries is about where images come from"
    if not _HOST.fullmatch(host.lower()):
        return f"begins with no host name; write registry/repository, as in {_EXAMPLE}"
    if not _REPOSITORY.fullmatch(repository):
        return (
            "has a repository that no image can have; it is small letters, digits, / . _ and -, and the globs * and ?"
        )
    return None


def comes_from(image: ImageReference, globs: tuple[str, ...]) -> bool:
    """Tell whether an image's registry and repository match one of the globs.

    ECR's plain host name in a glob stands for its dual-stack and FIPS forms too.
    """
    hosts = {image.registry, image.written_registry}
    for glob in globs:
        host, repository = _compiled(glob)
        if repository.fullmatch(image.repository) and any(host.fullmatch(each) for each in hosts):
            return True
    return False


def matches(name: str, glob: str) -> bool:
    """Tell whether a plain name, as of a container, matches a glob."""
    return re2.fullmatch(_expression(glob, _ANYTHING), name) is not None


@lru_cache
def _compiled(glob: str) -> tuple[Any, Any]:
    host, _, repository = glob.partition("/")
    host = ALIASES.get(host.lower(), host.lower())
    if host == DOCKER_HUB and "/" not in repository and not set(repository) & set("*?"):
        repository = f"library/{repository}"
    return re2.compile(_expression(host, _WITHIN_LABEL)), re2.compile(_expression(repository, _ANYTHING))


def _expression(glob: str, meaning: dict[str, str]) -> str:
    return "".join(meaning.get(each) or re2.escape(each) for each in glob)
