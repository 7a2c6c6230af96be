"""Users of the rehearsal's service, and what CloudWatch would know of them."""

import http.server
import threading
import time

import pytest

from rehearsal.aws import metric_store
from rehearsal.clock import Clock
from rehearsal.controller import Controller, Settings, events
from rehearsal.invokers import CallableInvoker
from rehearsal.serving import StoppableServer
from rehearsal.world import Users, World

NAMESPACE = "AWS/ApplicationELB"
HOOK = "arn:aws:lambda:eu-west-1:123456789012:function:gate"
SPEED = 600


@pytest.fixture(scope="module")
def world():
    """A world on a fast clock."""
    with World(clock=Clock(SPEED)) as built:
        yield built


@pytest.fixture
def running(world):
    """Version 1 in production, as the controller that deploys over it."""
    revisions = []

    def start(fault=None):
        controller = Controller(world, CallableInvoker({}, world.clock), [], clock=world.clock)
        revisions.append(world.register_revision("1", fault=fault))
        controller.start(revisions[0])
        return controller

    yield start
    for revision in revisions:
        world.stop(revision)


def until(found):
    """Wait for something."""
    deadline = time.monotonic() + 20
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def total(users):
    """How many requests there were."""
    return sum(users.answers.values())


def values(metric, group=None):
    """All values of a metric of a target group, or of the load balancer's own."""
    return [
        point
        for series in metric_store.series()
        if (series.namespace, series.metric) == (NAMESPACE, metric)
        and (dict(series.dimensions).get("TargetGroup") or "").startswith(f"targetgroup/{group}/" if group else "")
        for point in metric_store.points(series, 0, float("inf"))
    ]


def test_users_ask_the_production_listener_and_are_counted(world, running):
    """Each answer is one request in the metrics of blue's target group, at the simulated time."""
    metric_store.clear()
    running()
    began = world.clock.now()

    with world.users(60, most=30) as users:
        until(lambda: total(users) == 30)

    assert {"2xx": 30} == users.answers
    counted = values("RequestCount", "orders-1")
    assert (30, 30) == (len(counted), sum(point.value for point in counted))
    assert all(began <= point.at <= world.clock.now() for point in counted)
    assert 30 == len(values("TargetResponseTime", "orders-1")) == len(values("HTTPCode_Target_2XX_Count", "orders-1"))
    assert [] == values("HTTPCode_Target_5XX_Count")


def test_one_customer_in_ten_meets_the_fault(world, running):
    """A tenth of what users ask fails; what comes from no customer does not."""
    metric_store.clear()
    running("errors-10-percent")

    with world.users(1000, most=400) as users:
        until(lambda: total(users) == 400)

    failed = users.answers["5xx"]
    assert 400 == total(users)
    assert 10 <= failed <= 90
    assert failed == len(values("HTTPCode_Target_5XX_Count", "orders-1"))


class Silent(StoppableServer, http.server.HTTPServer):
    """A server that holds every request until it is let go."""

    def __init__(self):
        self.asked = 0
        self.let_go = threading.Event()
        super().__init__(("127.0.0.1", 0), _Holding)


class _Holding(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked += 1
        self.server.let_go.wait(20)

    def log_message(self, *args):
        """Be silent."""


@pytest.fixture
def silent():
    """A server that never answers."""
    server = Silent()
    server.start()
    yield server
    server.let_go.set()
    server.stop()


def test_users_are_bounded_at_once_and_end_with_their_context(silent):
    """A silent service holds 32 users and no more; leaving ends them at once, and tells nothing of what it broke off."""
    with Users(("127.0.0.1", silent.server_port), 1_000_000, Clock(60)) as users:
        until(lambda: silent.asked == 32)
        left = time.monotonic()

    assert time.monotonic() - left < 5
    assert 32 == silent.asked
    assert {} == users.answers
    assert not [thread for thread in threading.enumerate() if thread.name == "user"]


def test_users_are_bounded_in_a_second(world, running):
    """However many there are to be on however fast a clock, 200 real requests a second are the most."""
    running()
    began = time.monotonic()

    with world.users(1_000_000, most=60) as users:
        until(lambda: total(users) == 60)

    # 59 pauses of 5 ms lie between 60 requests, but that one that is late may be made up for.
    assert time.monotonic() - began >= 58 * 0.005


def test_a_service_that_is_not_there_is_told():
    """Nobody listens: every request broke."""
    with Users(("127.0.0.1", 1), 600, Clock(60), most=5) as users:
        until(lambda: total(users) == 5)

    assert {"broken": 5} == users.answers


def test_less_than_one_request_a_minute_is_refused():
    """No users are no users, not slow ones."""
    with pytest.raises(ValueError, match="at least once a minute, got 0"):
        Users(("127.0.0.1", 1), 0, Clock())


def test_numbers_show_a_canary_that_is_subtly_broken(world):
    """Both groups get their share, only green's has errors, and a hook that counts them at the second step takes it back."""
    metric_store.clear()

    def gate(event, _):
        errors, asked = values("HTTPCode_Target_5XX_Count", "orders-2"), values("RequestCount", "orders-2")
        step_two = any(0 < weight < 100 for weight in event["executionDetails"]["productionTrafficWeights"].values())
        if not step_two:
            return {"hookStatus": "SUCCEEDED"}
        if len(asked) < 50:
            return {"hookStatus": "IN_PROGRESS", "callBackDelay": 30}
        return {"hookStatus": "FAILED" if errors else "SUCCEEDED"}

    hook = {"hookTargetArn": HOOK, "roleArn": "role", "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]}
    controller = Controller(
        world,
        CallableInvoker({HOOK: gate}, world.clock),
        [hook],
        clock=world.clock,
        settings=Settings(strategy="CANARY", canary_percent=30, canary_bake_minutes=1),
    )
    blue, green = world.register_revision("1"), world.register_revision("2", fault="errors-10-percent")
    told = []
    controller.start(blue)

    try:
        with world.users(1000):
            result = controller.deploy(green, [told.append])

        assert ("ROLLBACK_SUCCESSFUL", "PRE_PRODUCTION_TRAFFIC_SHIFT") == (result.status, result.stage)
        assert [{"2": 30, "1": 70}, {"2": 0, "1": 100}] == [
            event.weights
            for event in told
            if isinstance(event, events.TrafficShifted) and event.listener == "production"
        ]
        assert [] == values("HTTPCode_Target_5XX_Count", "orders-1")
        assert len(values("RequestCount", "orders-1")) > len(values("RequestCount", "orders-2")) >= 50
        assert {world.service.target_group_arns[0]: 100.0, world.service.target_group_arns[1]: 0.0} == world.weights(
            world.service.production_rule_arn
        )
    finally:
        world.stop(blue)


def test_tenths_of_a_percent_reach_the_rule(world):
    """A canary of 0.1 % is 1 of 1000, which a rule can say."""
    first, second = world.service.target_group_arns

    world.set_weights(world.service.test_rule_arn, {first: 99.9, second: 0.1})

    rule = world.aws.client("elbv2").describe_rules(RuleArns=[world.service.test_rule_arn])["Rules"][0]
    assert [999, 1] == [group["Weight"] for group in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]]
    assert {first: 99.9, second: 0.1} == world.weights(world.service.test_rule_arn)
