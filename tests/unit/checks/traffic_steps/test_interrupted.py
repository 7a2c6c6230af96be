"""Interrupted at every call of AWS, and invoked again: the weights are always a whole, never beyond the step, and blue's at the end of a failure."""

import pytest

from greenlight.checks import CheckResult, Outcome
from tests.unit.checks.traffic_steps.test_steps import GOOD, FakeMetrics, Play
from tests.unit.deployment.shop import KilledError, Shop, Wire

STEPS = (0, 5, 25)
SETTLED = {Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED}


class Interrupted:
    """A deployment whose wire breaks once, at a certain call.

    Args:
        shop: The service.
        metrics: What the metrics check answers at each invocation of a step.
    """

    def __init__(self, shop, metrics):
        self.shop, self.metrics = shop, metrics
        self.watching, self.reached = False, 0
        self.wire = Wire(self.look)

    def look(self, _call):
        """Hold what must be true after each single call, whatever comes after it."""
        if not self.watching:
            return
        for rule in self.shop.rules:
            blue, green = self.shop.weights(rule)
            assert 100 == blue + green
            assert green in STEPS
            assert STEPS.index(green) <= self.reached + 1, (
                f"{green} % to green, one step beyond {STEPS[self.reached]} %"
            )

    def play(self, call=0, fault=""):
        """Go through all invocations; a call is broken, counted through all of them."""
        for rule in self.shop.rules:
            self.shop.weigh(rule, (100, 0))
        play = Play(self.shop, steps=list(STEPS[1:]), bake="5s", metrics=FakeMetrics(list(self.metrics)))
        self.wire.break_at(call, fault)
        for _ in range(60):
            self.reached = max(STEPS.index(self.shop.weights(rule)[1]) for rule in self.shop.rules)
            self.watching = True
            try:
                result = play.ask()
            except KilledError:
                play.now += 5  # and nobody knows what it remembered
                continue
            finally:
                self.watching = False
            if result.outcome in SETTLED:
                return result
        raise AssertionError("no answer")


@pytest.fixture(params=[1, 2], ids=["one load balancer", "two load balancers"])
def interrupted(module_aws_api, request):
    """A deployment, and what makes it fail."""
    shop = Shop(module_aws_api)
    for name in ("web", "api")[: request.param]:
        shop.balancer(name)

    def made(*metrics):
        return Interrupted(shop, metrics)

    return made


BAD = CheckResult(Outcome.FAILED, "5xx_rate 12 %, expected at most 1 %")


@pytest.mark.parametrize("fault", Wire.FAULTS)
def test_a_good_deployment_passes_wherever_it_was_interrupted(interrupted, fault):
    """And is at its last step then, behind every load balancer."""
    deployment = interrupted(GOOD)
    with deployment.wire as wire:
        assert Outcome.PASSED is deployment.play().outcome
        calls = wire.calls
        assert calls > 15
        for call in range(1, calls + 1):
            result = deployment.play(call, fault)
            assert Outcome.PASSED is result.outcome, f"call {call}: {result.summary}"
            assert {(75, 25)} == {deployment.shop.weights(rule) for rule in deployment.shop.rules}


@pytest.mark.parametrize("fault", Wire.FAULTS)
def test_a_bad_one_fails_wherever_it_was_interrupted_and_blue_has_everything(interrupted, fault):
    """The metrics go bad at the second step."""
    deployment = interrupted(GOOD, BAD)
    with deployment.wire as wire:
        assert Outcome.FAILED is deployment.play().outcome
        calls = wire.calls
        for call in range(1, calls + 1):
            result = deployment.play(call, fault)
            assert Outcome.FAILED is result.outcome, f"call {call}: {result.summary}"
            assert {"shifted": False} == dict(result.memory), result.summary
            assert {(100, 0)} == {deployment.shop.weights(rule) for rule in deployment.shop.rules}
            assert result.summary.endswith("production is back at blue 100 %")


@pytest.mark.parametrize("operation", ["ModifyRule", "DescribeRules", "DescribeServiceRevisions"])
@pytest.mark.parametrize("step", [1, 2])
def test_where_aws_never_answers_again_it_is_told_that_blue_has_not(interrupted, operation, step):
    """And said so to whoever keeps the memory, in every answer from the first write on."""
    deployment = interrupted(GOOD, BAD)
    shop = deployment.shop
    play = Play(shop, steps=list(STEPS[1:]), bake="5s", metrics=FakeMetrics([GOOD]))
    while shop.weights(shop.rules[0])[1] != STEPS[step]:
        play.ask()
    play.check.metrics.answers[:] = [BAD]
    service = "ecs" if operation == "DescribeServiceRevisions" else "elbv2"
    shop.server.faults.fail(service, operation, "Throttling" if service == "elbv2" else "ThrottlingException")
    for _ in range(20):
        result = play.ask()
        assert result.memory["shifted"]
        if result.outcome in SETTLED:
            break
    shop.server.faults.clear()
    assert Outcome.FAILED is result.outcome
    assert "production is NOT back at blue 100 %" in result.summary
    assert " NOW" in result.summary
