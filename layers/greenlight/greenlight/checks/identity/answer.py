"""What follows from whose the targets are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

from greenlight.checks.identity.judging import Judge, Judged, Standing, is_live, name, place_name, short_digest
from greenlight.checks.identity.settings import IdentitySettings
from greenlight.checks.identity.tasks import Task
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.deployment import Health, group_name

RETRY_SECONDS: Final = 15.0

_TOLD: Final = 3
_KEPT: Final = 50  # targets of each group in the details
_UNKNOWN: Final = "unknown"
_MARKED: Final = 6  # unknown targets that are remembered; one of them is enough for a no


@dataclass(frozen=True)
class Service:
    """The service, out of the ARN of its revision."""

    cluster: str
    name: str


@dataclass(frozen=True)
class Group:
    """A target group, and whose its targets are."""

    arn: str
    health: Health
    judged: tuple[Judged, ...]

    @property
    def name(self) -> str:
        """Return what people call it."""
        return group_name(self.arn)

    @property
    def live(self) -> list[Judged]:
        """Return the targets that may get new requests."""
        return [each for each in self.judged if is_live(each.target)]

    @property
    def is_troubled(self) -> bool:
        """Tell whether a target of green is not healthy."""
        return any(each.target.state != "healthy" for each in self.of(Standing.GREEN))

    def of(self, standing: Standing) -> list[Judged]:
        """Return the targets of one standing."""
        return [each for each in self.judged if each.standing is standing]


@dataclass(frozen=True)
class Answer:
    """All that was found out, and what follows from it."""

    settings: IdentitySettings
    judge: Judge
    service: Service
    groups: tuple[Group, ...]
    tasks: tuple[Task, ...]

    def result(self, memory: Mapping[str, Any]) -> CheckResult:
        """Answer; a target that ECS knows nothing of has to be so twice, because ECS's lists lag behind.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html (eventual consistency)
        """
        unknown = self._all(Standing.UNKNOWN)
        remembered = memory.get(_UNKNOWN)
        before = remembered if isinstance(remembered, list) else []
        foreign = self._all(Standing.FOREIGN) + [each for each in unknown if _mark(each) in before]
        if foreign:
            return CheckResult(Outcome.FAILED, self._not_green(foreign), details=self._details())
        mixed = self._mixed()
        if mixed:
            return CheckResult(Outcome.FAILED, mixed, details=self._details())
        waiting = [each.text for each in (*unknown, *self._all(Standing.WAITING))] + self._missing()
        if waiting:
            return CheckResult(
                Outcome.INCONCLUSIVE,
                _some(waiting),
                retry_after=RETRY_SECONDS,
                details=self._details(),
                memory={_UNKNOWN: [_mark(each) for each in unknown[:_MARKED]]} if unknown else {},
            )
        return CheckResult(Outcome.PASSED, self._proven(), details=self._details())

    @property
    def _definition(self) -> str:
        return self.judge.green.task_definition.rpartition("/")[2]

    def _all(self, standing: Standing) -> list[Judged]:
        return [each for group in self.groups for each in group.of(standing)]

    def _what(self) -> str:
        """Name what green's tasks are known by."""
        main = self.judge.green.main_image
        digest = self.judge.expected.get(main.container) if main else None
        return self._definition + (f", image {short_digest(digest)}" if digest else "")

    def _not_green(self, foreign: Sequence[Judged]) -> str:
        names = ", ".join(group.name for group in self.groups if any(each in foreign for each in group.judged))
        total = sum(len(group.live) for group in self.groups)
        found = f"{len(foreign)} of {_count(total, 'target')} behind green's target group {names} "
        found += "is not green's" if len(foreign) == 1 else "are not green's"
        cure = "find out who registered what is not, before it gets traffic"
        return f"{found}: {_some([each.text for each in foreign])}; expected tasks of {self._what()}: {cure}"

    def _mixed(self) -> str:
        """Say that tasks of green run different images where ECS names none to compare with; empty where they do not."""
        for container in self.judge.undigested:
            found = {each.task.digests.get(container) for each in self._all(Standing.GREEN) if each.task} - {None}
            if len(found) > 1:
                images = ", ".join(sorted(short_digest(str(digest)) for digest in found))
                cure = "name the image by digest, or let versionConsistency be enabled"
                return f"container {container} of {self._definition} runs different images ({images}): {cure}"
        return ""

    def _missing(self) -> list[str]:
        """Say what has still to come before the answer can be yes."""
        missing = []
        if self.settings.digest == "required" and self.judge.undigested:
            missing.append(f"ECS does not say yet which image digest container {self.judge.undigested[0]} of green has")
        elif self.judge.is_blue_alike and self.settings.digest != "ignored" and not self.judge.expected:
            cure = "set `digest: ignored` if that does not matter"
            missing.append(
                f"blue runs {self._definition} as well, and ECS names no image digest to tell them by; {cure}"
            )
        for group in self.groups:
            missing += self._missing_in(group)
        return missing

    def _missing_in(self, group: Group) -> list[str]:
        unregistered = [] if self.judge.is_blue_alike else self._unregistered(group)
        if unregistered or group.of(Standing.WAITING) or group.of(Standing.UNKNOWN):
            return unregistered
        serving = sum(each.target.state != "unhealthy" for each in group.of(Standing.GREEN))
        least = self.settings.min_targets
        if serving >= least:
            return []
        found = _count(serving, "target") if serving else "no target"
        expected = f"at least {least} {'is' if least == 1 else 'are'} expected"
        return [
            f"{found} of {self._definition} can serve in target group {group.name} ({group.health}), and {expected}"
        ]

    def _unregistered(self, group: Group) -> list[str]:
        registered = {each.task.id for each in group.judged if each.task}
        return [
            f"{name(task)} of {self._definition} is {task.status} and not in target group {group.name} yet"
            for task in self.tasks
            if task.definition == self.judge.green.task_definition and not task.is_leaving and task.id not in registered
        ]

    def _proven(self) -> str:
        green = sum(len(group.of(Standing.GREEN)) for group in self.groups)
        groups = f" in {len(self.groups)} target groups" if len(self.groups) > 1 else ""
        verb = "is a task" if green == 1 else "are tasks"
        notes = [f"{green} of {_count(green, 'target')}{groups} {verb} of {self._what()}"]
        troubled = [f"{group.name}: {group.health}" for group in self.groups if group.is_troubled]
        notes += [f"not all are healthy ({'; '.join(troubled)})"] if troubled else []
        if self.judge.undigested:
            notes.append(f"ECS names no image digest for {', '.join(self.judge.undigested)}, so none was compared")
        if self.judge.is_blue_alike:
            notes.append(f"blue runs {self._definition} as well")
        return "; ".join(notes)

    def _details(self) -> dict[str, Any]:
        return {
            "green": self.judge.green.variables(),
            "cluster": self.service.cluster,
            "service": self.service.name,
            "target_groups": [
                {
                    "name": group.name,
                    "arn": group.arn,
                    "states": str(group.health),
                    "targets": [_told(each) for each in group.judged[:_KEPT]],
                    "more_targets": max(0, len(group.judged) - _KEPT),
                }
                for group in self.groups
            ],
        }


def _mark(judged: Judged) -> str:
    """Return a few characters that know a target again."""
    return f"{crc32(place_name(judged.target).encode()):08x}"


def _told(judged: Judged) -> dict[str, Any]:
    told: dict[str, Any] = {
        "target": place_name(judged.target),
        "state": judged.target.state,
        "standing": judged.standing.name.lower(),
    }
    if judged.task is not None:
        told |= {
            "task": judged.task.id,
            "status": judged.task.status,
            "health": judged.task.health,
            "task_definition": judged.task.definition.rpartition("/")[2],
            "images": dict(judged.task.digests),
        }
    return told


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _some(texts: Iterable[str]) -> str:
    told = list(dict.fromkeys(texts))
    more = f"; and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return "; ".join(told[:_TOLD]) + more
