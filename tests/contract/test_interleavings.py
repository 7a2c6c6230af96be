"""Hooks side by side, calls that come twice, and people: in whatever order, there is one decision and it is told once."""

import time
from itertools import count

import boto3
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from greenlight import clock
from greenlight.lifecycle import invocation
from greenlight.lifecycle.invocation import Caller, HookSettings, answer
from greenlight.lifecycle.state import WarmMemory
from greenlight.record import ApprovalState, Decision, DecisionRefusedError, Waited, approvals, once, verdicts
from greenlight.telling import Channels
from rehearsal.aws.told import published
from tests.contract.turns import Turns, taking_turns
from tests.record_tables import record_table

STAGE = "POST_TEST_TRAFFIC_SHIFT"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:hook"
LOOKS = 12
ASKED, DECIDED = "approval wanted", ("approved at", "rejected at", "closed")
_numbers = count()


class Forgetful(WarmMemory):
    """Every invocation is another process."""

    def first(self, gate, now):
        del gate
        return now

    def keep(self, gate, state):
        """Keep nothing."""


class Scene:
    """One deployment, two hooks at its stage, a record and a topic."""

    def __init__(self, setting, *, needed, together):
        number = next(_numbers)
        self.setting = setting
        self.table = record_table(f"record-{number}")
        self.topic = boto3.client("sns").create_topic(Name=f"told-{number}")["TopicArn"]
        self.settings = HookSettings(STAGE, record=self.table, channels=Channels(topic=self.topic))
        approval = {"approvers": needed, "timeout": "1h"}
        self.gates = [
            {"version": 1, "service": f"orders-{hook}", STAGE.lower(): {"routing": False, "approval": approval}}
            for hook in ("a", "a" if together else "b")
        ]
        self.asked = [0, 0]
        self.replies = [[], []]
        self.details = [{}, {}]
        self.accepted = []

    @property
    def deployment(self):
        """The identifier of the deployment."""
        return self.setting.deployment_arn("update").rpartition("/")[2]

    def hook(self, number):
        """ECS calls one of the hooks, with what it returned the last time."""
        event = self.setting.event(STAGE, "update", **self.details[number], gates=self.gates[number])
        self.asked[number] += 1
        reply = answer(event, self.settings, Caller(FUNCTION, time.monotonic() + 20))
        self.replies[number].append(reply)
        return reply

    def person(self, who, *, approves):
        """Somebody decides, as soon as there is something to decide."""
        looks = (approvals.find(self.table, self.deployment, "approval") for _ in range(LOOKS))
        found = next((each for each in looks if each is not None), None)
        if found is None:
            return "nobody asked"
        decision = Decision(who=who, approves=approves, at=clock.now(), comment="as I see it")
        try:
            approvals.decide(self.table, found, decision)
        except DecisionRefusedError as refused:
            return str(refused)
        self.accepted.append((who, approves))
        return None

    def time_out(self):
        """Somebody closes the question for lack of an answer."""
        found = approvals.find(self.table, self.deployment, "approval")
        if found is not None:
            approvals.close(self.table, found, Waited.EXPIRED)

    def finish(self):
        """Go on in peace: ECS calls both hooks until they answer, and somebody decides what is still open."""
        for number in (0, 1):
            self.hook(number)
        names = count()
        while self.question.state is ApprovalState.OPEN:
            assert self.person(f"late {next(names)}", approves=True) is None
        return [self.hook(number) for number in (0, 1)]

    @property
    def question(self):
        """The question, as it stands."""
        return approvals.find(self.table, self.deployment, "approval")

    def messages(self, *words):
        """The messages with one of some words in their subject."""
        return [each for each in published(self.topic) if any(word in each.subject for word in words)]


WORKS = {
    "hook a": lambda scene: scene.hook(0),
    "hook a, called again": lambda scene: scene.hook(0),
    "hook b": lambda scene: scene.hook(1),
    "ann approves": lambda scene: scene.person("ann", approves=True),
    "ann approves twice": lambda scene: scene.person("ann", approves=True),
    "bob approves": lambda scene: scene.person("bob", approves=True),
    "carl rejects": lambda scene: scene.person("carl", approves=False),
    "time is up": lambda scene: scene.time_out(),
}
SCENES = {
    "first": st.sampled_from([name for name in WORKS if name.startswith("hook")]),
    "names": st.lists(st.sampled_from(sorted(WORKS)), min_size=1, max_size=4),
    "needed": st.integers(1, 2),
    "together": st.booleans(),
    "data": st.data(),
}
FEW = settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.generate],  # an example takes half a second, so that shrinking one would take minutes
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def turns(monkeypatch):
    """Calls of AWS wait for their turns, and no process remembers anything."""
    taking_turns(monkeypatch)
    monkeypatch.setattr(invocation, "_memory", Forgetful())


@pytest.fixture(autouse=True)
def later():
    """A clock that can be set forward."""
    ahead = [0.0]
    token = clock.source.set(lambda: time.time() + ahead[0])
    yield ahead
    clock.source.reset(token)


def play(scene, first, names, data, kill=lambda: False):
    """Play a scene in the order that hypothesis draws."""
    works = [WORKS[name] for name in (first, *names)]
    chooser = Turns(lambda waiting: data.draw(st.integers(0, waiting - 1)) if waiting > 1 else 0, kill)
    return chooser.play(*(lambda work=work: work(scene) for work in works))


def assert_one_decision(scene, replies):
    """What people were told counts is what the record holds, and what every hook answers."""
    question = scene.question
    assert {(each.who, each.approves) for each in question.decisions} == set(scene.accepted)
    assert len(scene.accepted) == len(set(scene.accepted))
    for earlier in range(len(scene.accepted)):  # nothing counts that came after the decision
        said = [approves for _, approves in scene.accepted[:earlier]]
        assert all(said), "somebody had rejected already"
        assert len(said) < question.needed, "enough people had approved already"
    good = question.state is ApprovalState.APPROVED
    assert [each.approves for each in question.decisions].count(True) == question.approvals
    assert {"SUCCEEDED" if good else "FAILED"} == {reply["hookStatus"] for reply in replies}
    assert sum(not each.approves for each in question.decisions) + good + bool(question.closed) == 1
    for reply in (reply for replies in scene.replies for reply in replies):
        assert good or reply["hookStatus"] != "SUCCEEDED"


def assert_a_verdict_an_attempt(scene, *, all_of_them=True):
    """Numbers without a gap, and none of them twice."""
    entries = verdicts.every(scene.table, scene.deployment)
    for gate in {entry.gate for entry in entries}:
        numbers = sorted(entry.attempt for entry in entries if entry.gate == gate)
        assert list(range(1, len(numbers) + 1)) == numbers
    assert not all_of_them or len(entries) == sum(scene.asked)


@FEW
@given(**SCENES)
def test_in_whatever_order(setting, turns, first, names, needed, together, data):
    """One decision, one notification of each kind, one verdict an attempt."""
    del turns
    scene = Scene(setting, needed=needed, together=together)
    for result in play(scene, first, names, data):
        assert not isinstance(result, Exception)
    assert_one_decision(scene, scene.finish())
    assert_a_verdict_an_attempt(scene)
    # Whoever decides between the question and its message need not be asked any more.
    hurried = any(not name.startswith("hook") for name in names)
    assert len(scene.messages(ASKED)) in ((0, 1) if hurried else (1,))
    assert 1 == len(scene.messages(*DECIDED))


@FEW
@given(**SCENES, killed=st.integers(0, 30))
def test_whoever_dies_in_the_middle(setting, turns, later, first, names, needed, together, data, killed):
    """One of them stops at some call of AWS for ever; the others still come to one decision, and it is told."""
    del turns
    scene = Scene(setting, needed=needed, together=together)
    calls = count()
    play(scene, first, names, data, kill=lambda: next(calls) == killed)
    later[0] += once.LEASE_SECONDS + 1
    scene.accepted = [(each.who, each.approves) for each in scene.question.decisions] if scene.question else []
    replies = scene.finish()
    assert_one_decision(scene, replies)
    assert_a_verdict_an_attempt(scene, all_of_them=False)
    assert len(scene.messages(ASKED)) <= 2
    assert 1 <= len(scene.messages(*DECIDED)) <= 2
    later[0] = 0.0
