"""Scenes of the approval check: people who answer, or do not, and a record that keeps what they say."""

from dataclasses import replace

from greenlight.record import Decision, approvals
from tests.record_tables import record_table, remove
from tests.unit.checks.scenes.making import ACCOUNT
from tests.unit.checks.scenes.scene import BEFORE, Blunder, Scene, Situation

_SOON = "timeout: 20m"
_LOOK = "look at the evidence, and decide"


def recorded(place):
    """There is a record."""
    place.record = record_table()


def answered(who="ann", *, approves=True, comment="", name="approval"):
    """A person answers a minute after being asked."""

    def answer(place):
        place.now += 60
        question = approvals.find(place.record, "d1", name)
        if question is None:
            return  # a first deployment asks nobody
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployers/{who}"
        approvals.decide(place.record, question, Decision(who=arn, approves=approves, at=place.now, comment=comment))

    return answer


def _of_another(place):
    """Somebody has put an answer about another revision into the record."""
    question = approvals.find(place.record, "d1", "approval")
    remove(place.record, "d1", "approval#approval")
    approvals.request(place.record, replace(question, green=f"{question.green[:-1]}9"))


def _scene(situation, title, settings=_SOON, *, arrange=recorded, **keys):
    return Scene("approval", situation, title, settings, arrange, stage=BEFORE, **keys)


def _trouble(switch_on):
    def arrange(place):
        recorded(place)
        switch_on(place.faults)

    return arrange


SCENES = (
    _scene(Situation.PASSED, "approved", later=(answered(comment="dashboards look good"),)),
    _scene(
        Situation.PASSED,
        "approved by two",
        "approvers: 2",
        later=(answered(), answered("bob", comment="ok for the payments team")),
    ),
    _scene(
        Situation.FAILED,
        "rejected",
        later=(answered(approves=False, comment="the migration has not run"),),
        todo="mend what the comment says, and deploy again",
    ),
    _scene(Situation.FAILED, "no record", arrange=lambda _: None),
    _scene(Situation.FAILED, "an answer about another revision", later=(_of_another,)),
    _scene(Situation.INCONCLUSIVE, "nobody has answered yet", todo=_LOOK),
    _scene(Situation.INCONCLUSIVE, "one of two", f"{_SOON}\napprovers: 2", later=(answered(),), todo=_LOOK),
    _scene(
        Situation.ERROR,
        "a reply that makes no sense",
        arrange=_trouble(lambda faults: faults.garble("dynamodb", "GetItem", b'{"Item": 1}')),
        todo="nothing yet: it is asked again",
    ),
    _scene(
        Situation.THROTTLED,
        "throttled",
        arrange=_trouble(lambda faults: faults.fail("dynamodb", "GetItem")),
        todo="nothing yet: it is asked again",
    ),
    _scene(Situation.DENIED, "denied", arrange=_trouble(lambda faults: faults.deny("dynamodb", "PutItem"))),
)

BLUNDERS = (
    Blunder(
        "approval", "a timeout that ECS does not wait for", "pre_production_traffic_shift:\n  approval: {timeout: 2d}"
    ),
    Blunder(
        "approval", "people who are a matter of IAM", "pre_production_traffic_shift:\n  approval: {users: [ann, bob]}"
    ),
)
