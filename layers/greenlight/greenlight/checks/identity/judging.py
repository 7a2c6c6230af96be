"""Whose task a target is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from greenlight.checks.identity.settings import Digest
from greenlight.checks.identity.tasks import Place, Task, normal
from greenlight.deployment import Revision
from greenlight.deployment.health import Target

_SHORT_ID: Final = 8
_SHORT_DIGEST: Final = len("sha256:") + 12
_DRAINING: Final = frozenset({"draining", "unhealthy.draining"})


class Standing(Enum):
    """What a target is to green."""

    GREEN = auto()
    """A running task of green."""
    LEAVING = auto()
    """A task of green that gets no new requests any more."""
    WAITING = auto()
    """Cannot be told yet."""
    FOREIGN = auto()
    """Certainly not green's."""
    UNKNOWN = auto()
    """No task of the service that ECS tells of."""


@dataclass(frozen=True)
class Judged:
    """A target, and what was found out about it.

    Attributes:
        target: The target.
        standing: What it is to green.
        task: The task that it is, where there is one.
        text: What is to say of it; empty where it is as it should be.
    """

    target: Target
    standing: Standing
    task: Task | None = None
    text: str = ""


@dataclass(frozen=True)
class Judge:
    """Knows green and blue.

    Attributes:
        green: The revision that the targets have to be of.
        blue: The one that it replaces; None where there is none, or none that is known.
        digest: How much the images' digests count.
    """

    green: Revision
    blue: Revision | None
    digest: Digest

    @property
    def expected(self) -> dict[str, str]:
        """Return the digest that each container has to run, where ECS names one."""
        if self.digest == "ignored":
            return {}
        return {image.container: image.digest for image in self.green.images if image.digest}

    @property
    def undigested(self) -> list[str]:
        """Return the containers of which ECS names no digest, though one is wanted."""
        if self.digest == "ignored":
            return []
        return [image.container for image in self.green.images if not image.digest]

    @property
    def is_blue_alike(self) -> bool:
        """Tell whether blue has the same task definition, so that it does not tell the two apart."""
        return self.blue is not None and self.blue.task_definition == self.green.task_definition

    def judge(self, target: Target, places: Mapping[Place, Task]) -> Judged:
        """Say what a target is to green.

        Args:
            target: As ELB has it.
            places: The service's tasks by where they can be reached.
        """
        task = places.get((normal(target.id), None)) or places.get((target.id, target.port))
        where = place_name(target)
        draining = target.state in _DRAINING
        if task is None:
            standing = Standing.WAITING if draining else Standing.UNKNOWN
            rest = ", and still draining" if draining else ""
            return Judged(target, standing, None, f"{where} is no task of this service that ECS tells of{rest}")
        foreign = self._foreign(task)
        if foreign and (draining or task.is_leaving):
            return Judged(target, Standing.WAITING, task, f"{where} {foreign}, and is still on its way out")
        if foreign:
            return Judged(target, Standing.FOREIGN, task, f"{where} {foreign}")
        if draining or task.is_leaving:
            return Judged(target, Standing.LEAVING, task)
        if task.status != "RUNNING":
            return Judged(target, Standing.WAITING, task, f"{where} ({name(task)}) is {task.status}, not RUNNING yet")
        untold = [container for container in self.expected if container not in task.digests]
        if untold:
            text = f"ECS does not say yet which image container {untold[0]} of {name(task)} ({where}) runs"
            return Judged(target, Standing.WAITING, task, text)
        return Judged(target, Standing.GREEN, task)

    def _foreign(self, task: Task) -> str:
        """Say why a task is not green's; empty where it is."""
        if task.definition != self.green.task_definition:
            of_blue = self.blue is not None and task.definition == self.blue.task_definition
            whose = "blue's" if of_blue else "neither green's nor blue's" if self.blue else "not green's"
            return f"is {name(task)} of {task.definition.rpartition('/')[2] or 'no task definition'}, {whose}"
        for container, digest in self.expected.items():
            found = task.digests.get(container, digest)
            if found != digest:
                blues = {image.container: image.digest for image in (self.blue.images if self.blue else ())}
                whose = "blue's image " if blues.get(container) == found else ""
                runs = f"is {name(task)}, whose container {container} runs {whose}{short_digest(found)}"
                return f"{runs} where green has {short_digest(digest)}"
        return ""


def is_live(target: Target) -> bool:
    """Tell whether a target may get new requests."""
    return target.state not in _DRAINING


def place_name(target: Target) -> str:
    """Write a target as people do: ``10.0.1.9:8080``, ``[2001:db8::9]:8080``."""
    host = f"[{target.id}]" if ":" in target.id else target.id
    return host if target.port is None else f"{host}:{target.port}"


def name(task: Task) -> str:
    """Return what a task is called in a sentence."""
    return f"task {task.id[:_SHORT_ID]}"


def short_digest(digest: str) -> str:
    """Cut a digest to what people compare."""
    return digest if len(digest) <= _SHORT_DIGEST else f"{digest[:_SHORT_DIGEST]}…"
