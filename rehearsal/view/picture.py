"""What a deployment looks like at one moment: the events so far, added up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from rehearsal.controller import events


class Mark(Enum):
    """How far something is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    PAUSED = "paused"


_MARKS = {"SUCCEEDED": Mark.DONE, "IN_PROGRESS": Mark.RUNNING}


@dataclass
class HookPicture:
    """A hook at a stage.

    Attributes:
        name: Its short name.
        mark: How far it is.
        attempt: The invocation it is at.
        last: Its last answer.
        before: Its last answer that was none yet, which says why there was another attempt.
        waiting: The hookId to answer to, for a PAUSE hook that waits.
    """

    name: str
    mark: Mark = Mark.WAITING
    attempt: int = 0
    last: events.HookAnswered | None = None
    before: events.HookAnswered | None = None
    waiting: str | None = None

    def answered(self, event: events.HookAnswered) -> None:
        """Take its answer into the picture."""
        self.mark, self.last, self.waiting = _MARKS.get(event.status, Mark.FAILED), event, None
        if self.mark is Mark.RUNNING:
            self.before = event


@dataclass
class StagePicture:
    """A stage.

    Attributes:
        name: Its name.
        rollback: Whether traffic goes back in it.
        step: Which step of how many it belongs to, where traffic moves in several; known once it has started.
        mark: How far it is.
        began: When it started.
        seconds: Simulated time it took, once it is over.
        hooks: Its hooks by name.
    """

    name: str
    rollback: bool = False
    step: tuple[int, int] | None = None
    mark: Mark = Mark.WAITING
    began: float = 0.0
    seconds: float | None = None
    hooks: dict[str, HookPicture] = field(default_factory=dict)


@dataclass
class Picture:
    """A deployment.

    Attributes:
        title: What is deployed over what.
        began: When it started.
        stages: In order; those of a rollback come last.
        weights: Percent of each version, by listener.
        rollback: Why it goes back; None as long as it does not.
        status: How it ended.
    """

    title: str = ""
    began: float = 0.0
    stages: list[StagePicture] = field(default_factory=list)
    weights: dict[str, Mapping[str, float]] = field(default_factory=dict)
    rollback: str | None = None
    status: str | None = None

    def add(self, event: events.Event) -> None:
        """Take an event into the picture."""
        match event:
            case events.DeploymentStarted():
                self._start(event)
            case events.StageStarted():
                stage = self._next(event.stage, rollback=event.rollback)
                stage.mark, stage.began, stage.step = Mark.RUNNING, event.at, event.step
            case events.StageFinished():
                stage = self._stage(event.stage, rollback=event.rollback)
                stage.mark, stage.seconds = (Mark.DONE if event.succeeded else Mark.FAILED), event.seconds
            case events.TrafficShifted():
                self.weights[event.listener] = event.weights
            case events.HookInvoked():
                hook = self._hook(event.stage, event.hook, rollback=event.rollback)
                hook.mark, hook.attempt = Mark.RUNNING, event.attempt
            case events.HookWaiting():
                hook = self._hook(event.stage, event.hook, rollback=False)
                hook.mark, hook.waiting = Mark.PAUSED, event.hook_id
            case events.HookAnswered():
                self._hook(event.stage, event.hook, rollback=event.rollback).answered(event)
            case events.RollbackStarted():
                self.rollback = event.reason
            case events.DeploymentFinished():
                self.status = event.status

    def _start(self, event: events.DeploymentStarted) -> None:
        self.title = f"version {event.blue} → version {event.green}" if event.blue else f"version {event.green}, new"
        self.title += f" ({event.strategy})"
        self.began = event.at
        self.stages = [StagePicture(name) for name in event.stages]
        for stage in self.stages:
            stage.hooks = {name: HookPicture(name) for name in event.hooks.get(stage.name, ())}

    def _next(self, name: str, *, rollback: bool) -> StagePicture:
        """Return the first stage of the name that has not started; a stage may come once a traffic step."""
        for stage in self.stages:
            if (stage.name, stage.rollback, stage.mark) == (name, rollback, Mark.WAITING):
                return stage
        self.stages.append(StagePicture(name, rollback=rollback))
        return self.stages[-1]

    def _stage(self, name: str, *, rollback: bool) -> StagePicture:
        """Return the stage of the name that started last."""
        for stage in reversed(self.stages):
            if (stage.name, stage.rollback) == (name, rollback) and stage.mark is not Mark.WAITING:
                return stage
        return self._next(name, rollback=rollback)

    def _hook(self, stage: str, name: str, *, rollback: bool) -> HookPicture:
        return self._stage(stage, rollback=rollback).hooks.setdefault(name, HookPicture(name))
