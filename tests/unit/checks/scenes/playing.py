"""Plays scenes through the real gate: the file is read, its checks are asked, the verdict is made."""

import time
from dataclasses import dataclass, replace
from string import Template

from greenlight import clock
from greenlight.checks import Outcome
from greenlight.documents import DocumentError, parse
from greenlight.gates import (
    Around,
    Configured,
    Gate,
    HookStatus,
    Progress,
    Record,
    Verdict,
    decide,
    load_gate,
    run_gate,
)
from rehearsal.aws.server import AwsServer
from tests.unit.checks.scenes.place import Place
from tests.unit.checks.scenes.scene import Blunder, Scene

_GATES_FILE = "ssm:/orders/gates"


@dataclass(frozen=True)
class Told:
    """What one invocation of a gate with one check came to.

    Attributes:
        outcome: The check's answer.
        message: Its sentence, in stable names.
        status: What ECS hears.
        reason: The verdict's sentence, in stable names.
        status_at_deadline: What ECS hears where the gate's deadline has come.
    """

    outcome: Outcome
    message: str
    status: HookStatus
    reason: str
    status_at_deadline: HookStatus


class Playing:
    """A gate with one check, from its first invocation on.

    Args:
        place: Where it is played.
        scene: The check; the place is arranged for it.
    """

    def __init__(self, place: Place, scene: Scene) -> None:
        scene.arrange(place)
        settings = parse(Template(scene.settings).substitute(place.settings) or "{}", "settings").data
        beside = {} if scene.kind == "routing" else {"routing": False}
        gates = {"version": 1, scene.stage.lower(): {**beside, scene.kind: settings}}
        self.place, self.scene = place, scene
        self.gate: Gate = load_gate(Configured(gates, "gates.yaml"), scene.stage)
        self.progress = Progress(since=place.now)

    def invoke(self) -> Told:
        """Let ECS call the gate once; time goes on until it would call again."""
        place, scene = self.place, self.scene
        deadline = time.monotonic() + scene.seconds
        deployment = place.deployment(scene.weights)
        around = Around(service="orders", record=place.record)
        records = run_gate(self.gate, deployment, self.progress, deadline=deadline, run_id="d1", around=around)
        (record,) = records
        if record.error is not None:
            raise record.error
        checks = {record.named.name: record.progress}
        self.progress = replace(self.progress, attempt=self.progress.attempt + 1, checks=checks)
        verdict = self._verdict(records)
        told = Told(
            record.result.outcome,
            place.names.stable(record.result.summary),
            verdict.status,
            place.names.stable(verdict.reason),
            self._verdict(records, after=self.gate.deadline_seconds).status,
        )
        place.now += verdict.delay or 0
        return told

    def play(self) -> Told:
        """Go through the scene's invocations, and return what the last one came to."""
        told = self.invoke()
        for change in self.scene.later:
            change(self.place)
            told = self.invoke()
        return told

    def _verdict(self, records: list[Record], after: float = 0.0) -> Verdict:
        return decide(records, now=clock.now() + after, deadline=self.progress.since + self.gate.deadline_seconds)


def mistake_of(place: Place, blunder: Blunder) -> str:
    """Return what is said of a gates file that is kept in the Parameter Store."""
    text = f"version: 1\n{blunder.gates.strip()}\n"
    place.client("ssm").put_parameter(Name="/orders/gates", Value=text, Type="String")
    stage = blunder.gates.strip().partition(":")[0].upper()
    try:
        load_gate(Configured(_GATES_FILE, "hookDetails.gates"), stage)
    except DocumentError as error:
        return place.names.stable(str(error))
    raise AssertionError(f"nobody minds {blunder}")


_played: dict[Scene, Told] = {}


def played(server: AwsServer, scene: Scene) -> Told:
    """Play a scene once in this process, whoever asks for it."""
    if scene not in _played:
        with Place(server) as place:
            _played[scene] = Playing(place, scene).play()
    return _played[scene]
