"""Production traffic in steps: one at a time, watched, and back at blue when anything is wrong."""

import json
import time
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenlight import clock
from greenlight.checks import CheckContext, CheckResult, Files, Outcome
from greenlight.checks.traffic_steps import TrafficStepsSettings, prepare_traffic_steps
from greenlight.checks.traffic_steps.check import TrafficStepsCheck
from greenlight.checks.traffic_steps.progress import Progress, restore
from greenlight.documents import Document, DocumentError, validate
from tests.unit.deployment.shop import GREEN, Shop, Wire

STAGE = "PRE_PRODUCTION_TRAFFIC_SHIFT"
START = 1_700_000_000.0
GOOD = CheckResult(Outcome.PASSED, "as good as blue")


@dataclass
class FakeMetrics:
    """Answers in turn, the last one again and again; remembers what it was asked with."""

    answers: list
    asked: list = field(default_factory=list)

    def run(self, context):
        self.asked.append((context.step, dict(context.memory), dict(context.deployment.production_weights)))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Play:
    """The check in invocation after invocation, at a time of its own, with nothing between them but what JSON carries."""

    def __init__(self, shop, *, metrics=None, **written):
        self.shop, self.now, self.memory, self.expires = shop, START, {}, None
        self.seconds = 600.0
        document = Document("gates.yaml", {"metrics": False, "bake": "1m", **written})
        made = validate(TrafficStepsSettings, document)
        self.check = TrafficStepsCheck(made, metrics)
        self.told = []

    def context(self):
        return CheckContext(
            STAGE,
            self.shop.deployment(),
            time.monotonic() + self.seconds,
            "d1",
            self.memory,
            hook_expires_at=self.expires,
        )

    def ask(self):
        """Let ECS call once, and time go on until it would call again."""
        token = clock.source.set(lambda: self.now)
        try:
            result = self.check.run(self.context())
        finally:
            clock.source.reset(token)
        self.memory = json.loads(json.dumps(dict(result.memory)))
        self.now += max(5.0, result.retry_after or 10.0)
        self.told.append(result)
        return result

    def play(self, most=60):
        """Ask until it is settled."""
        for _ in range(most):
            result = self.ask()
            if result.outcome in {Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED}:
                return result
        raise AssertionError(f"no answer after {most} calls: {result}")


@pytest.fixture
def shop(module_aws_api):
    """A service behind one load balancer."""
    made = Shop(module_aws_api)
    made.rule = made.balancer()
    return made


def shares(play):
    """Green's share after each invocation, each once."""
    return play.shop.weights(play.shop.rule)[1]


def test_step_by_step_and_then_ecs_takes_the_rest(shop):
    """The weights stay at the last step: ECS sets its own from there."""
    play, seen = Play(shop, steps=[1, 5, 25, 50]), []
    for _ in range(30):
        result = play.ask()
        seen.append(shares(play))
        if result.outcome is Outcome.PASSED:
            break
    assert [0, 1, 5, 25, 50] == list(dict.fromkeys(seen))
    assert (
        "1, 5, 25 and 50 % of the production traffic went to green for 1 min each; ECS shifts the rest"
        == result.summary
    )
    assert (50, 50) == shop.weights(shop.rule)
    assert {"shifted": True} == result.memory
    assert 4 * 60 <= play.now - START <= 4 * 60 + 60


def test_it_is_said_before_the_first_write_that_there_will_be_one(shop):
    """Whoever keeps the memory can give blue its traffic back, whatever becomes of the invocation that writes."""
    play = Play(shop, steps=[5])
    with Wire() as wire:
        first = play.ask()
        assert "ModifyRule" not in wire.made
    assert (Outcome.INCONCLUSIVE, True) == (first.outcome, first.memory["shifted"])
    assert first.summary.endswith(" sends everything to blue; green gets 5 % next")
    second = play.ask()
    assert 5 == shares(play)
    assert "green has 5 % of the production traffic (step 1 of 1), from now on for 1 min" == second.summary


def test_it_never_waits_longer_than_a_minute_for_the_next_look(shop):
    """Somebody else may write the rule meanwhile."""
    play = Play(shop, steps=[5], bake="1h")
    play.ask()
    assert 60 == play.ask().retry_after
    told = play.ask()
    assert "green has 5 % of the production traffic (step 1 of 1), for 1 min of 1 h" == told.summary
    assert START + 2 * 3600 + 900 == told.until


def test_metrics_have_to_pass_at_each_step(shop):
    """With a memory of their own, which ends with the step."""
    waits = CheckResult(Outcome.INCONCLUSIVE, "1 of 3", retry_after=20, memory={"count": 1})
    metrics = FakeMetrics([waits, waits, GOOD, waits, waits, GOOD])
    play = Play(shop, steps=[5, 50], bake="5s", metrics=metrics)
    result = play.play()
    assert Outcome.PASSED is result.outcome
    assert "5 and 50 % of the production traffic went to green for 5 s each, and the metrics held" in result.summary
    assert ["at-5-percent"] * 3 + ["at-50-percent"] * 3 == [step for step, *_ in metrics.asked]
    assert [{}, {"count": 1}, {"count": 1}] * 2 == [memory for _, memory, _ in metrics.asked]
    assert {5.0, 50.0} == {weights[GREEN] for *_, weights in metrics.asked}
    assert all(100.0 == sum(weights.values()) for *_, weights in metrics.asked)


def test_metrics_are_watched_until_the_step_is_over(shop):
    """What goes wrong in the second half of an hour is seen as well."""
    bad = CheckResult(Outcome.FAILED, "5xx_rate 12 %, expected at most 1 %")
    play = Play(shop, steps=[5], bake="10m", metrics=FakeMetrics([GOOD, GOOD, bad]))
    result = play.play()
    assert Outcome.FAILED is result.outcome
    assert (
        "green has 5 % of the production traffic (step 1 of 1), metrics: 5xx_rate 12 %, expected at most 1 %; "
        "production is back at blue 100 %" == result.summary
    )
    assert (100, 0) == shop.weights(shop.rule)
    assert {"shifted": False} == result.memory


@pytest.mark.parametrize(
    "bad",
    [
        CheckResult(Outcome.FAILED, "too slow"),
        CheckResult(Outcome.INCONCLUSIVE, "too slow", doomed=True),
        CheckResult(Outcome.ERROR, "too slow", doomed=True),
    ],
    ids=lambda result: str(result.outcome),
)
def test_bad_metrics_give_blue_everything_back_at_once(shop, bad):
    """What can only end badly is not waited for."""
    play = Play(shop, steps=[5, 50], metrics=FakeMetrics([GOOD, bad]))
    result = play.play()
    assert Outcome.FAILED is result.outcome
    assert "too slow; production is back at blue 100 %" in result.summary
    assert (100, 0) == shop.weights(shop.rule)


def test_metrics_that_cannot_be_asked_end_with_the_fourth_error(shop):
    """The weights stay where they are until then."""
    error = CheckResult(Outcome.ERROR, "cloudwatch:GetMetricData was throttled")
    play = Play(shop, steps=[5, 50], metrics=FakeMetrics([error]))
    play.ask(), play.ask()
    for _ in range(3):
        result = play.ask()
        assert (Outcome.ERROR, 5) == (result.outcome, shares(play))
        assert result.memory["shifted"]
    result = play.ask()
    assert Outcome.FAILED is result.outcome
    assert "it could not be asked 4 times in a row, last: " in result.summary
    assert (100, 0) == shop.weights(shop.rule)


def test_errors_count_only_in_a_row(shop):
    """Three, an answer, three: it goes on."""
    error = CheckResult(Outcome.ERROR, "throttled")
    play = Play(shop, steps=[5], metrics=FakeMetrics([error, error, error, GOOD, error, error, error, GOOD]))
    assert Outcome.PASSED is play.play().outcome


def test_the_time_ends(shop):
    """Metrics that never come to an end do not leave users between two versions."""
    waits = CheckResult(Outcome.INCONCLUSIVE, "too few samples", retry_after=60)
    play = Play(shop, steps=[5, 50], timeout="10m", metrics=FakeMetrics([waits]))
    result = play.play()
    assert Outcome.FAILED is result.outcome
    assert "the steps are not through after 10 min, expected within 10 min (green has 5 %" in result.summary
    assert "(step 1 of 2), whose metrics have not passed)" in result.summary
    assert (100, 0) == shop.weights(shop.rule)
    assert START + 600 <= play.now <= START + 600 + 130


def test_it_ends_before_ecs_stops_waiting(shop):
    """ECS's own time-out may be set to go on, which nothing has allowed."""
    waits = CheckResult(Outcome.INCONCLUSIVE, "too few samples", retry_after=60)
    play = Play(shop, steps=[5, 50], timeout="4h", metrics=FakeMetrics([waits]))
    play.expires = START + 1800
    result = play.ask()
    assert START + 1800 - 180 == result.until
    assert Outcome.FAILED is play.play().outcome
    assert play.now < play.expires
    assert (100, 0) == shop.weights(shop.rule)


def test_steps_that_ecs_would_not_wait_for_are_not_begun(shop):
    """Better now than in the middle."""
    play = Play(shop, steps=[5, 50], bake="20m")
    play.expires = START + 1800
    result = play.ask()
    assert (Outcome.FAILED, {"shifted": False}) == (result.outcome, result.memory)
    assert (
        "no traffic was moved: the steps take 40 min at least (5 and 50 % for 20 min each), and ECS waits for this hook "
        in (result.summary)
    )


@pytest.mark.parametrize("weights", [(60, 40), (0, 100), (100, 0), (0, 0)])
def test_a_foreign_hand_is_told_and_stops_it(shop, weights):
    """Two who set the same weights cannot both know what users meet."""
    play = Play(shop, steps=[1, 5, 25, 50])
    while shares(play) != 25:
        play.ask()
    shop.weigh(shop.rule, weights)
    result = play.ask()
    assert Outcome.FAILED is result.outcome
    told = "somebody gave blue all the traffic back" if weights == (100, 0) else "somebody else set it"
    assert told in result.summary
    assert result.summary.endswith("production is back at blue 100 %")
    assert (100, 0) == shop.weights(shop.rule)


@pytest.mark.parametrize("green", [5, 50])
def test_the_weights_of_the_step_before_and_after_are_our_own(shop, green):
    """An invocation that was cut off left them; they are written again, and the step begins anew."""
    play = Play(shop, steps=[1, 5, 25, 50])
    while shares(play) != 25:
        play.ask()
    play.now += 600
    shop.weigh(shop.rule, (100 - green, green))
    result = play.ask()
    assert (Outcome.INCONCLUSIVE, 25) == (result.outcome, shares(play))
    assert play.memory["since"] > START + 600


@pytest.mark.parametrize("memory", [{}, {"shifted": True}, {"shifted": True, "step": 7, "since": 1, "began": 1}])
def test_lost_memory_begins_again_at_the_first_step(shop, memory):
    """Never beyond: what was proven of the others is not known any more."""
    play = Play(shop, steps=[1, 5, 25, 50])
    while shares(play) != 25:
        play.ask()
    play.memory = memory
    result = play.ask()
    assert (Outcome.INCONCLUSIVE, (99, 1)) == (result.outcome, shop.weights(shop.rule))
    assert result.memory["shifted"]
    assert Outcome.PASSED is play.play().outcome


def test_memory_that_is_always_lost_moves_nothing(shop):
    """It never comes beyond saying that it would."""
    play = Play(shop, steps=[1, 5])
    for _ in range(5):
        play.memory = {}
        assert Outcome.INCONCLUSIVE is play.ask().outcome
        assert (100, 0) == shop.weights(shop.rule)


def test_weights_that_no_step_says_stop_it_before_it_begins(shop):
    """Terraform wrote the first weights again, and production is at green."""
    shop.weigh(shop.rule, (0, 100))
    result = Play(shop, steps=[1, 5]).ask()
    assert Outcome.FAILED is result.outcome
    assert "sends 0 % to web-1, 100 % to web-2, expected 100 % to web-1, 0 % to web-2" in result.summary
    assert (100, 0) == shop.weights(shop.rule)


@pytest.mark.parametrize("strategy", ["LINEAR", "CANARY", "ROLLING", ""])
def test_no_other_strategy_is_meddled_with(shop, strategy):
    """ECS sets the same weights then; and where it does not say so, nobody knows."""
    shop.tell(strategy=strategy)
    with Wire() as wire:
        result = Play(shop, steps=[1, 5]).ask()
        assert not [name for name in wire.made if name.startswith("Modify")]
    assert (Outcome.FAILED, {"shifted": False}) == (result.outcome, result.memory)
    assert "no traffic was moved: " in result.summary
    assert "remove `traffic_steps`" in result.summary
    assert "back at blue" not in result.summary


def test_a_service_without_production_rules_is_told(shop):
    """Service Connect has no weights that could be set."""
    shop.balancers.clear(), shop.rules.clear()
    shop.tell()
    result = Play(shop, steps=[1, 5]).ask()
    assert (Outcome.FAILED, {"shifted": False}) == (result.outcome, result.memory)
    assert "the service has no production listener rule" in result.summary


def test_a_dry_run_moves_nobody(shop):
    """And says what it would do."""
    with Wire() as wire:
        result = Play(shop, steps=[1, 5], dry_run=True).ask()
        assert not wire.made
    assert (Outcome.SKIPPED, "`dry_run`: no traffic was moved; the steps would be 1 and 5 %") == (
        result.outcome,
        result.summary,
    )


def test_on_a_first_deployment_it_is_skipped(shop):
    """And where somebody asks all the same, nothing is moved."""
    play = Play(shop, steps=[5])
    assert "there is no blue that green could share the traffic with" == play.check.skip_on_create()
    shop.tell(create=True)
    result = play.ask()
    assert Outcome.FAILED is result.outcome
    assert "first deployment" in result.summary


def test_trouble_that_passes_leaves_the_weights_where_they_are(shop):
    """Users stay where the last answer put them."""
    play = Play(shop, steps=[1, 5, 25])
    while shares(play) != 5:
        play.ask()
    shop.server.faults.fail("elbv2", "DescribeRules", "Throttling")
    result = play.ask()
    assert (Outcome.ERROR, (95, 5)) == (result.outcome, shop.weights(shop.rule))
    assert result.memory["shifted"]
    shop.server.faults.clear()
    assert Outcome.PASSED is play.play().outcome


def test_the_first_write_that_is_denied_names_the_parameter(shop):
    """The stack writes to no load balancer unless somebody wants it."""
    play = Play(shop, steps=[1, 5])
    play.ask()
    shop.server.faults.deny("elbv2", "ModifyRule")
    result = play.ask()
    assert Outcome.ERROR is result.outcome
    assert "TrafficSteps: on grants elasticloadbalancing:ModifyRule and ModifyListener" in result.summary
    result = play.play()
    assert Outcome.FAILED is result.outcome
    assert result.summary.endswith("production is back at blue 100 %")


def test_what_aws_refuses_gives_blue_everything_back(shop, monkeypatch):
    """It will be refused again."""
    play = Play(shop, steps=[1, 5])
    while shares(play) != 1:
        play.ask()
    shop.server.faults.fail("elbv2", "ModifyRule", "TargetGroupNotFound", message="gone", times=1)
    play.now += 60
    result = play.ask()
    assert Outcome.FAILED is result.outcome
    assert "was refused (TargetGroupNotFound): gone" in result.summary
    assert (100, 0) == shop.weights(shop.rule)


def test_while_blue_cannot_be_given_its_traffic_back_green_is_kept(shop):
    """FAILED would let ECS stop green, whose users have nowhere to go; it is tried again, and then told loudly."""
    bad = CheckResult(Outcome.FAILED, "too slow")
    play = Play(shop, steps=[5, 50], metrics=FakeMetrics([bad]))
    play.ask(), play.ask()
    shop.server.faults.fail("elbv2", "ModifyRule", "Throttling")
    results = [play.ask() for _ in range(4)]
    assert [Outcome.ERROR] * 3 + [Outcome.FAILED] == [result.outcome for result in results]
    assert all(result.doomed for result in results[:3])
    assert all(result.memory["shifted"] for result in results)
    assert all("too slow; production is NOT back at blue 100 %: " in result.summary for result in results)
    assert "on the service's production rule NOW" in results[3].summary
    (command,) = results[0].details["repair"]
    assert command.startswith(f"aws elbv2 modify-rule --rule-arn {shop.rule} --actions '")
    shop.server.faults.clear()
    shop.elb.modify_rule(RuleArn=shop.rule, Actions=json.loads(command.split("'")[1]))
    assert (100, 0) == shop.weights(shop.rule)


def test_blue_gets_its_traffic_back_as_soon_as_that_can_be_done(shop):
    """The next invocation does nothing else."""
    metrics = FakeMetrics([CheckResult(Outcome.FAILED, "too slow")])
    play = Play(shop, steps=[5, 50], metrics=metrics)
    play.ask(), play.ask()
    shop.server.faults.fail("elbv2", "ModifyRule", "Throttling")
    assert Outcome.ERROR is play.ask().outcome
    shop.server.faults.clear()
    result = play.ask()
    assert (
        Outcome.FAILED,
        "green has 5 % of the production traffic (step 1 of 2), metrics: too slow; production is back at blue 100 %",
    ) == (
        result.outcome,
        result.summary,
    )
    assert (100, 0) == shop.weights(shop.rule)
    assert 1 == len(metrics.asked)


def test_no_step_is_begun_that_the_invocation_might_not_end(shop):
    """The reply would go out, and the write go on in a later invocation."""
    play = Play(shop, steps=[5])
    play.ask()
    play.seconds = 10
    result = play.ask()
    assert (Outcome.ERROR, (100, 0)) == (result.outcome, shop.weights(shop.rule))
    assert "raise the function's time-out" in result.summary


def test_several_load_balancers_go_in_step(shop):
    """And back together."""
    second = shop.balancer("api")
    bad = CheckResult(Outcome.FAILED, "too slow")
    play = Play(shop, steps=[5, 50], metrics=FakeMetrics([GOOD, bad]))
    while shares(play) != 50:
        play.ask()
    assert (50, 50) == shop.weights(second)
    play.play()
    assert [(100, 0)] * 2 == [shop.weights(shop.rule), shop.weights(second)]


# What a gates file may say.


def mistake(**written):
    """Return what is said of settings."""
    with pytest.raises(DocumentError) as caught:
        validate(TrafficStepsSettings, Document("gates.yaml", written))
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"steps": [5, 1]}, "has to give green more with each step, found 1 % after 5 %"),
        ({"steps": [5, 5]}, "has to give green more with each step"),
        ({"steps": [0, 5]}, "has to be at least 1"),
        ({"steps": [5, 100]}, "has to be at most 99"),
        ({"steps": []}, "has too few items"),
        ({"steps": [2.5]}, "whole number"),
        ({"steps": 5}, "has to be a list"),
        ({"bake": 5}, "is no duration"),
        ({"bake": "12h"}, "takes longer than the 24 h that ECS gives a stage"),
        ({"timeout": "10m"}, "cannot be through within its `timeout` of 10 min: 4 steps of 5 min"),
        ({"severity": "warning"}, "take out `severity: warning`, or write `dry_run: true`"),
        ({"on_error": "pass"}, "take out `on_error: pass`"),
        ({"on_timeout": "pass"}, "take out `on_timeout: pass`"),
        ({"on_create": "run"}, "take out `on_create: run`"),
        ({"weights": [1, 5]}, "write `steps`, a list of percents"),
        ({"smoke": {}}, "it stands beside this check"),
        ({"metrics": {"preset": "http_health", "severity": "warning"}}, "has no `severity` of its own"),
        ({"metrics": {"preset": "http"}}, "http_health"),
    ],
)
def test_mistakes_are_told(written, said):
    """When the file is read, and not in the middle of a deployment."""
    assert said in mistake(**written)


@pytest.mark.parametrize("written", [{}, {"metrics": None}, {"metrics": True}])
def test_http_health_is_watched_unless_somebody_says_otherwise(written):
    """Traffic that nobody watches is moved only on somebody's word."""
    made = validate(TrafficStepsSettings, Document("gates.yaml", written))
    assert ((1, 5, 25, 50), "http_health", 300.0) == (made.steps, made.metrics.preset, made.bake)
    assert 4 * 300 * 2 + 900 == made.longest
    assert validate(TrafficStepsSettings, Document("gates.yaml", {"metrics": False})).metrics is None


def test_it_stands_at_one_stage_only():
    """Before it green was not tested, and after it ECS moves the traffic."""
    document = Document("gates.yaml", {})
    files = Files(document, lambda _: document)
    with pytest.raises(DocumentError, match="let it stand at pre_production_traffic_shift"):
        prepare_traffic_steps(TrafficStepsSettings(), "POST_TEST_TRAFFIC_SHIFT", files)
    made = prepare_traffic_steps(TrafficStepsSettings(), STAGE, files)
    assert ("metrics", True) == (made.metrics.kind, made.moves_traffic)


def test_the_metrics_check_itself_takes_part(shop):
    """It begins anew with each step, and is remembered in between."""
    document = Document("gates.yaml", {})
    play = Play(shop, steps=[5])
    play.check = prepare_traffic_steps(TrafficStepsSettings(steps=(5,)), STAGE, Files(document, lambda _: document))
    play.ask(), play.ask()
    result = play.ask()
    assert Outcome.INCONCLUSIVE is result.outcome
    assert "for 1 min of 5 min; metrics: " in result.summary
    assert "at-5-percent" == play.memory["metrics"]["step"]


# What is remembered may be anything.

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("step", "since", "began", "errors", "good", "metrics", "failing", "words"), _JSON)
    )
)
def test_made_up_memory_is_survived(memory):
    """It is of a step that there is, and of a time that has come; or it is none."""
    found = restore(memory, (1, 5, 25), START)
    if found is not None:
        assert -1 <= found.step < 3
        assert 0 < found.began <= found.since <= START + 5
        assert found.errors >= 0


@given(st.integers(-1, 2), st.integers(0, 3), st.booleans(), st.text(max_size=300))
def test_what_is_remembered_is_found_again(step, errors, good, words):
    """As it was, but for words that are too long."""
    progress = Progress(step, START, START - 60, errors, good, {"count": 1}, bool(words), words)
    found = restore(json.loads(json.dumps(progress.memory())), (1, 5, 25), START)
    assert Progress(step, START, START - 60, errors, good, {"count": 1}, bool(words), words[:200]) == found


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["step", "since", "began", "good", "failing"]), _JSON))
def test_whatever_is_remembered_no_step_is_jumped_over(shop, memory):
    """From blue 100 % only the first step can follow, and only what stands there can pass."""
    shop.weigh(shop.rule, (100, 0))
    play = Play(shop, steps=[1, 5, 25])
    play.memory = memory
    result = play.ask()
    assert sum(shop.weights(shop.rule)) == 100
    assert shares(play) <= 1
    assert Outcome.PASSED is not result.outcome
