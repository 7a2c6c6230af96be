"""Work is started once, however two invocations interleave, whatever is forgotten, throttled, late or lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from queue import Queue
from threading import Thread, local

import pytest
from botocore.config import Config
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from greenlight import aws, clock
from greenlight.checks import CheckContext, Outcome
from greenlight.checks.external.codebuild import CodeBuildSettings, prepare_codebuild
from greenlight.checks.external.ecs_task import EcsTaskSettings, prepare_ecs_task
from greenlight.checks.external.state_machine import StateMachineSettings, prepare_state_machine
from greenlight.deployment import Deployment
from tests.unit.checks.external.clouds import Builds, Executions, Tasks
from tests.unit.checks.external.conftest import GREEN, MACHINE, STAGE, prepared

DEPLOYMENT = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/d1"
IMAGE = '"{{ green.image }}"'
STATE_MACHINE = prepared(
    StateMachineSettings, prepare_state_machine, f"arn: {MACHINE}\ntimeout: 24h\ninput: {{image: {IMAGE}}}"
)
CODEBUILD = prepared(
    CodeBuildSettings, prepare_codebuild, f"project: orders-e2e\ntimeout: 24h\nenvironment: {{IMAGE: {IMAGE}}}"
)
ECS_TASK = prepared(EcsTaskSettings, prepare_ecs_task, f"timeout: 24h\ncommand: [./migrate, {IMAGE}]")
FATES = ("answered", "answered", "answered", "throttled", "lost", "late")


_thread = local()


class Invocation:
    """A check that is asked on a thread of its own, and stops before each call of AWS until it may go on."""

    def __init__(self, check, memory):
        self.fates, self.steps, self.result = Queue(), Queue(), None
        deadline = time.monotonic() + 3600
        context = CheckContext(STAGE, Deployment(DEPLOYMENT, GREEN), deadline, "d1", memory)
        Thread(target=copy_context().run, args=(self._run, check, context), daemon=True).start()

    def _run(self, check, context):
        _thread.invocation = self
        try:
            self.fates.get()
            self.result = check.run(context)
        finally:
            self.steps.put(None)

    def go_on(self, fate):
        """Let it go on, and tell whether it stopped before another call; if not, it came to its end."""
        self.fates.put(fate)
        return self.steps.get(timeout=10) is not None

    def call(self, cloud, operation, parameters):
        """Wait for what shall happen, and let it."""
        self.steps.put(operation)
        fate = self.fates.get()
        if fate == "throttled":
            raise aws.AwsThrottledError(operation, "was throttled")
        cloud.late = fate == "late"
        answer = cloud.call(operation, **parameters)
        if fate == "lost":
            raise aws.AwsUnreachableError(operation, "got no answer")
        return answer


class Interleaving(RuleBasedStateMachine):
    """Two invocations at a time, of one check, against one service that has its troubles.

    Args:
        make_cloud: Makes the service.
        check: The check.
    """

    def __init__(self, make_cloud, check):
        super().__init__()
        self.cloud, self.check = make_cloud(), check
        self.invocations, self.memories = [], [{}]
        self.now = time.time()
        self.token = clock.source.set(lambda: self.now)
        self.original, aws.call = aws.call, self.call

    def call(self, _, operation, *, region=None, **parameters):
        """Answer a call of AWS, in the invocation that makes it."""
        assert region is None
        return _thread.invocation.call(self.cloud, operation, parameters)

    def go_on(self, invocation, fate="answered"):
        """Let an invocation go on to its next call, or to its end."""
        if invocation.go_on(fate):
            return
        self.invocations.remove(invocation)
        self.memories.append(dict(invocation.result.memory))
        if invocation.result.outcome is Outcome.PASSED:
            assert [True] == self.cloud.begun

    @precondition(lambda self: len(self.invocations) < 2)
    @rule(remembers=st.sampled_from(["all", "all", "nothing", "something"]), at_once=st.booleans(), data=st.data())
    def begin(self, remembers, at_once, data):
        """ECS calls the gate, which may answer before anything else happens."""
        memory = {"all": self.memories[-1], "nothing": {}}.get(remembers)
        invocation = Invocation(self.check, data.draw(st.sampled_from(self.memories)) if memory is None else memory)
        self.invocations.append(invocation)
        self.go_on(invocation)
        while at_once and invocation in self.invocations:
            self.go_on(invocation)

    @precondition(lambda self: self.invocations)
    @rule(fate=st.sampled_from(FATES), second=st.booleans())
    def step(self, fate, second):
        """AWS answers one of the invocations."""
        self.go_on(self.invocations[-1 if second else 0], fate)

    @rule(what=st.sampled_from(["ends well", "ends badly", "dies", "green", "time"]))
    def happen(self, what):
        """The work comes to an end, or to nothing before it has begun; ECS knows more of green's image; a minute goes by."""
        if what == "dies":
            self.cloud.die()
        elif what == "green":
            self.cloud.images += 1
        elif what == "time":
            self.now += 60
        else:
            self.cloud.end(well=what == "ends well")

    # No invocation looks for work for longer than a token is known, before it starts it.
    @precondition(lambda self: not self.invocations)
    @rule()
    def forget_tokens(self):
        """Some minutes."""
        self.cloud.forget_tokens()

    @invariant()
    def nothing_is_begun_twice(self):
        """The one thing that counts."""
        assert len(self.cloud.begun) <= 1

    def teardown(self):
        """Let everything come to its end."""
        try:
            while self.invocations:
                self.go_on(self.invocations[0])
            assert len(self.cloud.begun) <= 1
        finally:
            aws.call = self.original
            clock.source.reset(self.token)


EXAMPLES = settings(max_examples=80, stateful_step_count=40)


@pytest.mark.parametrize(
    ("cloud", "check"),
    [(Executions, STATE_MACHINE), (Builds, CODEBUILD), (Tasks, ECS_TASK)],
    ids=["state_machine", "codebuild", "ecs_task"],
)
def test_no_interleaving_begins_work_twice(cloud, check):
    """Of two invocations with memory or without, answers that are throttled, lost or late, and work that dies early."""
    run_state_machine_as_test(lambda: Interleaving(cloud, check), settings=EXAMPLES)


CHECKS = {
    "state_machine": (STATE_MACHINE, "stepfunctions", "StartExecution"),
    "codebuild": (CODEBUILD, "codebuild", "StartBuild"),
    "ecs_task": (ECS_TASK, "ecs", "RunTask"),
}


def works(world):
    """How many pieces of work there are."""
    return len(world.executions) + len(world.builds.builds()) + len(world.tasks.tasks())


@pytest.mark.parametrize("kind", CHECKS)
def test_an_answer_that_comes_too_late_starts_nothing_twice(world, monkeypatch, kind):
    """The work is started all the same, and the next attempts, and the next invocation, find it."""
    check, service, operation = CHECKS[kind]
    impatient = Config(read_timeout=0.3, retries={"mode": "standard", "total_max_attempts": 1})
    monkeypatch.setattr(aws, "_CONFIG", aws._CONFIG.merge(impatient))
    aws.forget_clients()
    world.server.faults.delay(service, operation, 0.8, times=1)
    try:
        assert Outcome.ERROR is world.ask(check).outcome
        deadline = time.monotonic() + 5
        while not works(world) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert Outcome.INCONCLUSIVE is world.ask(check).outcome
    finally:
        aws.forget_clients()
    assert 1 == works(world)


@pytest.mark.parametrize("kind", CHECKS)
def test_invocations_at_the_same_time_start_one_piece_of_work(world, kind):
    """ECS is not known to call twice, and not known not to."""
    check = CHECKS[kind][0]
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(copy_context().run, world.ask, check) for _ in range(6)]
    assert {Outcome.INCONCLUSIVE} == {each.result().outcome for each in asked}
    assert 1 == works(world)
    assert 1 == len({each.result().memory["id"] for each in asked})
