"""Suites of any length in functions of any time-out: every test runs once, and the verdict is that of an unlimited run."""

import copy
import json
import socketserver
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from greenlight.lifecycle import invocation as library
from greenlight.lifecycle.state import KEY, WarmMemory
from rehearsal.clock import Clock
from rehearsal.controller import Controller, Settings
from rehearsal.controller.reply import DetailsMode
from rehearsal.invokers import InProcessInvoker, divided_output, environment, sealed
from rehearsal.serving import StoppableServer
from rehearsal.template import Template
from rehearsal.world import World

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
STAGE = "POST_TEST_TRAFFIC_SHIFT"
COUNTS = (1, 2, 50, 200)
TIMEOUTS = (15, 60, 300, 900)

MAX_STATE = 2048
"""Bytes that the state in hookDetails may have."""

DELAY = 0.02
"""Seconds that an answer takes where a suite shall not fit into one invocation."""

UNLIMITED = 900
"""Seconds in which each of these suites is through in one invocation."""

SPEED = 600
"""At it the 5 s between two invocations last 8 ms, and a minute of work is well within the gate's deadline."""


class Application(StoppableServer, socketserver.TCPServer):
    """Answers after a while, 500 below ``/broken``, and counts what it was asked.

    Attributes:
        delay: Seconds until it answers.
    """

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self):
        self.delay = 0.0
        self._requests = Counter()
        self._counting = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def count(self, path):
        with self._counting:
            self._requests[path] += 1

    def counted(self):
        """Return what was counted, and start anew."""
        with self._counting:
            requests, self._requests = self._requests, Counter()
        return requests


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path != "/health":  # which the load balancer asks for as well
            self.server.count(self.path)
            time.sleep(self.server.delay)
        self.send_response(500 if self.path.startswith("/broken") else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments):
        """Say nothing."""


class Remembering:
    """Keeps what a function replies. Each invocation finds a function that knows nothing, and all that it returned."""

    def __init__(self, invoker):
        self._invoker = invoker
        self.replies = []

    def invoke(self, function_arn, event):
        library._memory = WarmMemory()
        invocation = self._invoker.invoke(function_arn, event)
        assert invocation.function_error is None
        self.replies.append(copy.deepcopy(invocation.payload))
        return invocation


class Forgetful(Remembering):
    """The same the other way round: the function stays warm, and what it returned is lost."""

    def invoke(self, function_arn, event):
        assert KEY not in event["hookDetails"]
        invocation = self._invoker.invoke(function_arn, event)
        self.replies.append(invocation.payload)
        return replace(invocation, payload={**invocation.payload, "hookDetails": None})


ECS = {
    "merged": (DetailsMode.MERGE, Remembering),
    "replaced": (DetailsMode.REPLACE, Remembering),
    "lost": (DetailsMode.MERGE, Forgetful),
}
"""What may become of the hookDetails that a function returns."""


def passing(number):
    """Return what passes."""
    return {"path": f"/good/{number}"}


def failing(number):
    """Return what fails."""
    return {"path": f"/broken/{number}"}


def failing_at_length(number):
    """Return what fails for a reason that fills lines."""
    name = " ".join([f"test {number}", *(10 * ["of many words"])])
    return {"name": name, "path": f"/good/{number}", "expect": {"headers": {"X-Answer": "yes" * 30}}}


def warned(number):
    """Return what passes with a warning."""
    return {"path": f"/good/{number}", "warn": {"status": 201}}


def tolerated(number):
    """Return what may fail."""
    return {"path": f"/broken/{number}", "severity": "warning"}


def skipped(number):
    """Return what is not run."""
    return {"path": f"/good/{number}", "skip": "not in a rehearsal"}


def in_steps(number):
    """Return what asks twice, and so may take twice as long."""
    return {"steps": [{"name": f"step {step}", "path": f"/good/{number}/{step}"} for step in (1, 2)]}


@dataclass(frozen=True, eq=False)
class Plot:
    """What happens in a suite.

    Attributes:
        places: What stands at certain places, from 0 for the beginning to 1 for the end.
        now_and_then: What stands at each seventh place, from some place on.
    """

    places: dict = field(default_factory=dict)
    now_and_then: dict = field(default_factory=dict)

    def tests(self, count):
        kinds = [self.now_and_then.get(number % 7, passing) for number in range(count)]
        for place, kind in self.places.items():
            kinds[round(place * (count - 1))] = kind
        return [{"name": f"test {number}"} | kind(number) for number, kind in enumerate(kinds)]


SEVERAL = Plot(
    {0.1: failing, 0.5: failing, 1: failing}, now_and_then={1: in_steps, 2: warned, 4: skipped, 5: tolerated}
)
PLOTS = {
    "all is well": Plot(),
    "blemishes": Plot(now_and_then={0: in_steps, 2: warned, 4: skipped, 5: tolerated}),
    "the first fails": Plot({0: failing}),
    "the last fails": Plot({1: failing}, now_and_then={2: warned, 4: skipped}),
    "a failure is long in the telling": Plot({0: failing_at_length}),
    "several fail": SEVERAL,
}


def smoke(tests, **more):
    """Return a suite."""
    return {"version": 1, "name": "long", "concurrency": 2, "tests": tests, **more}


def too_long(count, seconds):
    """Return defaults with which about half of so many tests are begun in an invocation.

    A test is begun only where its time-out would still fit in, so that a long one makes for many short invocations.
    """
    room = count * DELAY / 2 / 2
    return {"timeout": f"{(working_seconds(seconds) - room) * 1000:.0f}ms"}


def working_seconds(seconds):
    """Return how much of a function's time-out there is for tests: it keeps a reserve for the reply."""
    return seconds - min(10, seconds * 0.2) - 1


def requests_of(tests):
    """Return every path that tests ask for; none is named twice."""
    steps = [step for test in tests if "skip" not in test for step in test.get("steps", [test])]
    return Counter(step["path"] for step in steps)


@dataclass(frozen=True)
class Played:
    """A deployment that is over.

    Attributes:
        status: How it ended.
        replies: All that the function replied.
        requests: What the application was asked, and how often.
    """

    status: str
    replies: list
    requests: Counter

    @property
    def verdict(self):
        return self.replies[-1]["hookStatus"], self.replies[-1]["hookDetails"][KEY]["reason"]

    @property
    def state_sizes(self):
        return [len(json.dumps(reply["hookDetails"][KEY]).encode()) for reply in self.replies]


class Stage:
    """Where the deployments of these tests are played."""

    def __init__(self, world, application, folder):
        self._world = world
        self._folder = folder
        self._verdicts = {}
        self.application = application

    def play(self, suite, *, seconds, ecs="merged"):
        """Play a deployment whose function has so many seconds for an invocation."""
        mode, invoker = ECS[ecs]
        place = {"region": self._world.aws.region, "account_id": self._world.aws.account_id}
        template = Template.load(TEMPLATE, **place, parameters={"PostTestTrafficShiftTimeout": str(seconds)})
        hooks = [
            {**hook, "hookDetails": {"gates": self._gates(suite)}}
            for hook in template.lifecycle_hooks()
            if hook["lifecycleStages"] == [STAGE]
        ]
        clock = Clock(SPEED)
        asked = invoker(InProcessInvoker(template.functions.values(), self._world.aws.environment(), clock))
        revisions = [self._world.register_revision(version, url=self.application.url) for version in "12"]
        with ExitStack() as resources:
            for revision in revisions:
                resources.callback(self._world.stop, revision)
            resources.enter_context(environment(sealed(self._world.aws.environment())))
            resources.enter_context(divided_output())
            controller = Controller(self._world, asked, hooks, clock=clock, settings=Settings(details_mode=mode))
            controller.start(revisions[0])
            self.application.counted()
            result = controller.deploy(revisions[1])
        return Played(result.status, asked.replies, self.application.counted())

    def check(self, tests, played):
        """Check that each test was run once, with the verdict of an unlimited run, and that little had to be carried."""
        assert requests_of(tests) == played.requests
        assert self.unlimited(tests) == played.verdict
        assert max(played.state_sizes) <= MAX_STATE

    def unlimited(self, tests):
        """Return the verdict of one invocation that has time for everything."""
        key = json.dumps(tests)
        if key not in self._verdicts:
            delay, self.application.delay = self.application.delay, 0.0
            played = self.play(smoke(tests), seconds=UNLIMITED)
            self.application.delay = delay
            assert 1 == len(played.replies)
            self._verdicts[key] = played.verdict
        return self._verdicts[key]

    def _gates(self, suite):
        (self._folder / "smoke.yaml").write_text(json.dumps(suite))
        gates = {"version": 1, STAGE.lower(): {"deadline": "20h", "smoke": {"file": "smoke.yaml"}}}
        (self._folder / "gates.yaml").write_text(json.dumps(gates))
        return f"file:{self._folder / 'gates.yaml'}"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One world for the deployments of this module."""
    with ExitStack() as resources:
        application = Application()
        resources.callback(application.stop)
        application.start()
        yield Stage(resources.enter_context(World()), application, tmp_path_factory.mktemp("gates"))


@pytest.fixture
def stage(shared, monkeypatch):
    """The world, with an application that answers at once."""
    monkeypatch.setattr(library, "_memory", WarmMemory())
    shared.application.delay = 0.0
    return shared


@pytest.mark.parametrize(
    ("plot", "count", "seconds"),
    [
        *(("several fail", count, seconds) for count in COUNTS for seconds in TIMEOUTS),
        *(("all is well", count, TIMEOUTS[0]) for count in COUNTS),
    ],
)
def test_a_suite_that_fits_is_done_at_once(stage, plot, count, seconds):
    """Whatever the function's time-out, a quick suite is run in one invocation, each of its tests once."""
    tests = PLOTS[plot].tests(count)

    played = stage.play(smoke(tests, defaults={"timeout": "2s"}), seconds=seconds)

    assert 1 == len(played.replies)
    stage.check(tests, played)


@pytest.mark.parametrize("plot", PLOTS)
def test_a_suite_that_does_not_fit_goes_on(stage, plot):
    """Over several invocations each test runs once, and what comes of them is told as if they had been one."""
    tests = PLOTS[plot].tests(50)
    stage.application.delay = DELAY

    played = stage.play(smoke(tests, defaults=too_long(50, 15)), seconds=15)

    assert len(played.replies) > 1
    stage.check(tests, played)


@pytest.mark.parametrize("ecs", ECS)
@pytest.mark.parametrize("seconds", TIMEOUTS)
def test_it_goes_on_whatever_ecs_makes_of_hook_details(stage, seconds, ecs):
    """Merged, replaced or lost while the function stays warm: nothing is run twice, and no verdict changes."""
    tests = SEVERAL.tests(50)
    stage.application.delay = DELAY

    suite = smoke(tests, defaults=too_long(50, seconds))
    played = stage.play(suite, seconds=seconds, ecs=ecs)

    assert len(played.replies) > 1
    stage.check(tests, played)


@pytest.mark.parametrize("ecs", ECS)
def test_the_longest_suite_goes_on(stage, ecs):
    """Two hundred tests need many invocations and little state, whatever ECS makes of it."""
    tests = PLOTS["the last fails"].tests(200)
    stage.application.delay = DELAY

    suite = smoke(tests, defaults=too_long(200, 15))
    played = stage.play(suite, seconds=15, ecs=ecs)

    assert len(played.replies) > 1
    stage.check(tests, played)


def test_a_suite_uses_up_the_time_of_an_invocation(stage):
    """Tests with short time-outs are begun until the 11 s of a 15 s function are over; the rest follows."""
    tests = SEVERAL.tests(200)
    stage.application.delay = 0.12

    played = stage.play(smoke(tests, defaults={"timeout": "1s"}), seconds=15)

    assert len(played.replies) > 1
    stage.check(tests, played)


def test_the_first_failure_is_told_although_another_test_failed_before(stage):
    """A test that waits for an invocation with more time may stand before one that has failed already."""
    whole = {"timeout": f"{working_seconds(15) - 0.1:g}s"}
    tests = [
        {"name": "short", **passing(0)},
        {"name": "long and broken", **failing(1), **whole},
        {"name": "short and broken", **failing(2)},
        {"name": "long", **passing(3), **whole},
    ]
    stage.application.delay = 0.2

    played = stage.play(smoke(tests, concurrency=1, defaults={"timeout": "1s"}), seconds=15)

    assert 3 == len(played.replies)
    stage.check(tests, played)


def test_a_proof_is_asked_for_in_each_invocation_and_tests_are_not(stage):
    """What comes before the tests comes before them each time; a test that is done is done."""
    tests = PLOTS["all is well"].tests(50)
    before = {
        "identity": {
            "path": "/identity",
            "expect": {"status": 200},
            "consecutive": 3,
            "interval": "10ms",
            "timeout": "1s",
        },
        "setup": [{"name": "log in", "path": "/setup", "timeout": "1s"}],
    }
    stage.application.delay = DELAY

    played = stage.play(smoke(tests, defaults=too_long(50, 15), **before), seconds=15)

    invocations = len(played.replies)
    assert invocations > 1
    assert requests_of(tests) + Counter({"/identity": 3 + invocations - 1, "/setup": invocations}) == played.requests
    assert "SUCCESSFUL" == played.status
