"""Every kind of check in every situation, through the real gate: what it answers, and what ECS hears.

The scenes are in ``scenes/``; a kind without scenes for a situation, or a reason why it cannot come into it, fails here.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from greenlight.checks import KINDS, Outcome
from greenlight.documents import DocumentError
from greenlight.gates import HookStatus
from tests.unit.checks.scenes.place import Place, stage
from tests.unit.checks.scenes.playing import Playing, played
from tests.unit.checks.scenes.scene import (
    AFTER,
    BEFORE,
    MATRIX,
    OUTCOMES,
    POST_TEST,
    PRE,
    STATUSES,
    Situation,
    all_scenes,
    impossible,
    scenes_of,
)

README = Path(__file__).parents[3] / "docs" / "checks" / "README.md"
STAGES = (PRE, POST_TEST, BEFORE, AFTER)


def _table():
    """Read what the documentation says of a first deployment: kind → stage → runs, skipped or refused."""
    section = (
        README.read_text(encoding="utf-8").partition("## On a service's first deployment")[2].partition("\n## ")[0]
    )
    rows = [[cell.strip(" `") for cell in line.split("|")] for line in section.splitlines() if line.startswith("| ")]
    (_, _, *stages, _, _), *kinds = rows
    assert [stage.lower() for stage in STAGES] == stages
    return {kind: dict(zip(STAGES, words, strict=True)) for _, kind, *words, _, _ in kinds}


WORDS = _table()
_SAID = {Situation.THROTTLED: " throttled ", Situation.DENIED: " was denied; add "}


@pytest.fixture(scope="module")
def server():
    """The AWS API in which all scenes are played."""
    with stage() as started:
        yield started


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_scene_or_a_reason_for_each_situation(kind):
    """The table is complete: whoever adds a kind says what becomes of it."""
    found = {scene.situation for scene in scenes_of(kind)} - {Situation.SKIPPED}
    reasons = impossible(kind)
    assert set(MATRIX) == found | set(reasons)
    assert set() == found & set(reasons)
    assert all(len(reason) > 20 for reason in reasons.values())


@pytest.mark.parametrize("kind", KINDS)
def test_the_scenes_of_a_kind_are_of_that_kind(kind):
    """And two of them are never called the same, so that a failure names one."""
    names = [str(scene) for scene in scenes_of(kind)]
    assert {kind} == {scene.kind for scene in scenes_of(kind)}
    assert len(names) == len(set(names))


@pytest.mark.parametrize("scene", all_scenes(), ids=str)
def test_outcome_and_hook_status(server, scene):
    """What the check answers, and what follows for the deployment: at once, and where the gate's deadline has come."""
    told = played(server, scene)
    expected = OUTCOMES[scene.situation]
    assert (expected, STATUSES[expected]) == (told.outcome, told.status), told.message
    settled = STATUSES[expected] is not HookStatus.IN_PROGRESS
    assert (told.status if settled else HookStatus.FAILED) == told.status_at_deadline
    assert _SAID.get(scene.situation, "") in told.message
    assert told.message[:80] in told.reason


def _first(kind, situation):
    return [scene for scene in scenes_of(kind) if scene.situation is situation][:1]


@pytest.mark.parametrize(
    "scene",
    [scene for kind in KINDS for trouble in (Situation.THROTTLED, Situation.DENIED) for scene in _first(kind, trouble)],
    ids=str,
)
def test_trouble_that_does_not_pass_rolls_back(server, scene):
    """IAM may need a while to spread, and throttling ends: ECS asks again, and the fourth error in a row is the last."""
    with Place(server) as place:
        playing = Playing(place, scene)
        statuses = [playing.invoke().status for _ in range(4)]
    assert [HookStatus.IN_PROGRESS] * 3 + [HookStatus.FAILED] == statuses


@pytest.mark.parametrize("scene", [each for kind in KINDS for each in _first(kind, Situation.DENIED)], ids=str)
def test_trouble_that_passes_costs_a_deployment_nothing(server, scene):
    """What comes after it is as if there had been none: the check is asked anew, and has an answer."""
    with Place(server) as place:
        playing = Playing(place, scene)
        assert HookStatus.IN_PROGRESS is playing.invoke().status
        place.faults.clear()
        assert Outcome.ERROR is not playing.invoke().outcome


def _created(place, at):
    """Let the service be created, and its production traffic follow after the shift."""
    place.created()
    if at == AFTER and "service" in vars(place):
        place.weigh(
            place.service.production_rule_arn, dict(zip(place.service.target_group_arns, (0, 100), strict=True))
        )


@pytest.mark.parametrize("at", STAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_first_deployment_passes_with_sound_defaults(server, kind, at):
    """There is no blue, and nobody had to say so: a kind makes do without it, or is skipped with a reason, or refused."""
    (scene,) = _first(kind, Situation.PASSED)
    with Place(server) as place:
        if WORDS[kind][at] == "refused":
            with pytest.raises(DocumentError, match=r"none runs yet|let it stand at p"):
                Playing(place, replace(scene, stage=at))
            return
        playing = Playing(place, replace(scene, stage=at))
        _created(place, at)
        told = playing.play()
    expected = {"runs": Outcome.PASSED, "skipped": Outcome.SKIPPED}[WORDS[kind][at]]
    assert (expected, HookStatus.SUCCEEDED) == (told.outcome, told.status), told


def test_the_table_of_first_deployments_has_every_kind():
    """It stands in the documentation, and is what the test before this one goes by."""
    assert list(KINDS) == list(WORDS)
