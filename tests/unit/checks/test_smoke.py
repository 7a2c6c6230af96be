"""The smoke check: whom it asks, what it looks up for it, and what it answers."""

import json
import time

import pytest

from greenlight import secrets
from greenlight.checks import CheckContext, Files, Outcome
from greenlight.checks.smoke import SmokeSettings, prepare_smoke
from greenlight.deployment import DeploymentError
from greenlight.documents import Document
from tests.unit.smoke.servers import serving

TEST = {"name": "a", "path": "/a"}


class FakeDeployment:
    """What AWS says, as a test has it."""

    def __init__(self, *, endpoints=None, is_create=False, test_headers=None):
        self.endpoints = endpoints or {}
        self.test_headers = test_headers or {}
        self.created = is_create
        self.asked = []

    def green(self):
        return self

    def endpoint(self, target, *, container=None, named=False):
        self.asked.append(target if container is None else f"{target} {container}")
        if target not in self.endpoints:
            raise DeploymentError(f"the service has no {target} listener rule")
        return self.endpoints[target]

    def is_create(self):
        return self.created


def check(*tests, settings=None, stage="POST_TEST_TRAFFIC_SHIFT", **suite):
    """A smoke check with an inline suite."""
    inline = {"version": 1, "name": "s", "tests": list(tests), **suite}
    document = Document("gates.yaml", {"suite": inline, **(settings or {})})
    return prepare_smoke(SmokeSettings(suite=inline, **(settings or {})), stage, Files(document, lambda _: document))


def ask(made, deployment, *, seconds=20, memory=None):
    """Ask it once."""
    context = CheckContext(made.stage, deployment, time.monotonic() + seconds, "d1", memory or {})
    return made.run(context)


@pytest.fixture
def blue():
    """The server behind the production listener."""
    with serving() as app:
        app.answer("/a", body={"v": 1})
        yield app


@pytest.fixture
def green():
    """The server behind the test listener."""
    with serving() as app:
        app.answer("/a", body={"v": 2})
        yield app


def both(green, blue, **keys):
    """A deployment with both listeners."""
    return FakeDeployment(endpoints={"test": green.endpoint, "production": blue.endpoint}, **keys)


def test_green_is_compared_with_what_production_reaches(green, blue):
    """The suite says compare, and nothing else has to be configured."""
    result = ask(check(TEST | {"compare": {}}), both(green, blue))
    assert Outcome.FAILED is result.outcome
    assert "v is 2, and with blue 1" in result.summary
    assert (1, 2) == (len(green.seen), len(blue.seen))


def test_production_is_looked_up_only_for_a_comparison(green, blue):
    """Each look-up costs a call."""
    deployment = both(green, blue)
    assert Outcome.PASSED is ask(check(TEST), deployment).outcome
    assert ["test"] == deployment.asked


def test_a_first_deployment_has_nothing_to_compare_with(green, blue):
    """It passes without a warning; what is expected of green is looked at all the same."""
    result = ask(check(TEST | {"compare": {}}), both(green, blue, is_create=True))
    assert (Outcome.PASSED, "1 test passed") == (result.outcome, result.summary)
    assert [] == blue.seen


def test_a_production_listener_that_cannot_be_found_is_a_warning(green):
    """The comparison is missing, and it is said so."""
    result = ask(check(TEST | {"compare": {}}), FakeDeployment(endpoints={"test": green.endpoint}))
    assert Outcome.PASSED is result.outcome
    assert "no baseline: the service has no production listener rule" in result.summary


def test_a_service_connect_endpoint_gets_the_header_of_test_traffic(green):
    """The proxy sends it to green by that header alone."""
    settings = {"endpoint": green.endpoint.url, "service_connect": True}
    result = ask(check(TEST, settings=settings), FakeDeployment(test_headers={"X-Test": "green"}))
    assert Outcome.PASSED is result.outcome
    assert ["green"] == [seen.headers["X-Test"] for seen in green.seen]


def test_a_service_without_a_test_header_is_told(green):
    """Without it the requests would reach blue."""
    settings = {"endpoint": green.endpoint.url, "service_connect": True}
    result = ask(check(TEST, settings=settings), FakeDeployment())
    assert Outcome.FAILED is result.outcome
    assert "green has no test traffic rule; add testTrafficRules" in result.summary
    assert [] == green.seen


def test_one_of_several_load_balancers_is_chosen_by_its_container(green, blue):
    """A service may have one for each of its containers."""
    deployment = both(green, blue)
    ask(check(TEST, settings={"container": "web"}), deployment)
    assert ["test web"] == deployment.asked


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"service_connect": True}, "service_connect needs an endpoint"),
        ({"endpoint": "http://x", "container": "web"}, "container chooses among listeners"),
    ],
)
def test_settings_that_contradict_each_other_are_a_mistake(settings, words):
    """Told when the gates file is read."""
    with pytest.raises(ValueError, match=words):
        check(TEST, settings=settings)


@pytest.mark.parametrize("stage", ["PRE_SCALE_UP", "POST_PRODUCTION_TRAFFIC_SHIFT"])
def test_production_is_not_compared_with_itself(green, blue, stage):
    """At the stages where production is the target."""
    result = ask(check(TEST | {"compare": {}}, stage=stage), both(green, blue))
    assert (Outcome.PASSED, "1 test passed") == (result.outcome, result.summary)


def test_an_explicit_endpoint_needs_an_explicit_blue(green, blue):
    """Nothing is asked of AWS then, so that nobody else could say where blue is."""
    settings = {"endpoint": green.endpoint.url}
    result = ask(check(TEST | {"compare": {}}, settings=settings), FakeDeployment())
    assert "no baseline: the check has an explicit endpoint; give it a blue_endpoint" in result.summary
    settings["blue_endpoint"] = blue.endpoint.url
    assert Outcome.FAILED is ask(check(TEST | {"compare": {}}, settings=settings), FakeDeployment()).outcome


def test_what_does_not_fit_goes_on_and_the_rest_is_not_repeated(green):
    """Inconclusive until the last test is done; what was done travels in the memory, which is small."""
    green.routes["/a"] = lambda _: time.sleep(0.1) or (200, {}, b"")
    tests = [TEST | {"name": str(number), "timeout": "300ms"} for number in range(12)]
    made, deployment = check(*tests, concurrency=1), FakeDeployment(endpoints={"test": green.endpoint})
    first = ask(made, deployment, seconds=0.7)
    assert (Outcome.INCONCLUSIVE, 0) == (first.outcome, first.retry_after)
    done = len(green.seen)
    assert f"{done} of 12 tests done; the others follow in the next invocation" == first.summary
    assert len(json.dumps(dict(first.memory))) < 100
    second = ask(made, deployment, memory=json.loads(json.dumps(dict(first.memory))))
    assert (Outcome.PASSED, "12 tests passed", {}) == (second.outcome, second.summary, second.memory)
    assert 12 == len(green.seen)


def test_a_failure_does_not_end_a_suite_and_is_told_at_its_end(green):
    """All tests are run, as they would be with more time; the words of the failure are carried on."""
    green.routes["/a"] = lambda _: time.sleep(0.1) or (500, {}, b"")
    green.answer("/b")
    tests = [TEST | {"name": "bad", "timeout": "300ms"}]
    tests += [{"name": str(number), "path": "/b", "timeout": "450ms"} for number in range(3)]
    made, deployment = check(*tests, concurrency=1), FakeDeployment(endpoints={"test": green.endpoint})
    first = ask(made, deployment, seconds=0.5)
    assert Outcome.INCONCLUSIVE is first.outcome
    assert '1 of them failed (test "bad": expected status 2xx, got 500)' in first.summary
    second = ask(made, deployment, memory=first.memory)
    assert (Outcome.FAILED, 'test "bad": expected status 2xx, got 500') == (second.outcome, second.summary)


def test_after_an_error_only_what_was_in_error_is_asked_again(green):
    """An order that was created once is not created twice because another test met a broken connection."""
    count = []
    green.routes["/b"] = lambda _: count.append(1) or time.sleep(0.0 if len(count) > 1 else 0.4) or (200, {}, b"")
    made = check(TEST, {"name": "b", "path": "/b", "timeout": "200ms"})
    deployment = FakeDeployment(endpoints={"test": green.endpoint})
    first = ask(made, deployment)
    assert Outcome.ERROR is first.outcome
    second = ask(made, deployment, memory=first.memory)
    assert (Outcome.PASSED, "2 tests passed") == (second.outcome, second.summary)
    assert ["/a", "/b", "/b"] == sorted(seen.path for seen in green.seen)


def test_an_identity_that_is_not_proven_yet_goes_on(green):
    """It is neither a failure nor an error that the time of one invocation was too short."""
    green.answer("/version", body={"tag": "v2"})
    identity = {"path": "/version", "expect": {"json": {"tag": "v2"}}, "consecutive": 4, "interval": "200ms"}
    identity |= {"timeout": "100ms"}
    made = check(TEST, identity=identity)
    deployment = FakeDeployment(endpoints={"test": green.endpoint})
    first = ask(made, deployment, seconds=0.6)
    assert Outcome.INCONCLUSIVE is first.outcome
    assert "of 4 good answers in a row so far; it is asked on in the next invocation" in first.summary
    assert Outcome.PASSED is ask(made, deployment, memory=first.memory).outcome
    assert 4 == sum(seen.path == "/version" for seen in green.seen)


@pytest.mark.parametrize(("stage", "asked"), [("PRE_SCALE_UP", 0), ("POST_PRODUCTION_TRAFFIC_SHIFT", 1)])
def test_blue_need_not_prove_that_it_is_green(blue, stage, asked):
    """Before its traffic moves production answers with blue, and is meant to; after that green has to prove itself there."""
    blue.answer("/version", body={"tag": "v1"})
    identity = {"path": "/version", "expect": {"json": {"tag": "v1"}}, "consecutive": 1}
    result = ask(check(TEST, identity=identity, stage=stage), FakeDeployment(endpoints={"production": blue.endpoint}))
    assert Outcome.PASSED is result.outcome
    assert asked == sum(seen.path == "/version" for seen in blue.seen)


def test_secrets_are_looked_up_and_never_told(green, aws_api, monkeypatch):
    """Only those that the suite uses, from where it says."""
    from greenlight import aws

    aws.client("ssm").put_parameter(Name="/orders/token", Value="t0ken-0f-the-day", Type="SecureString")
    green.routes["/a"] = lambda seen: (500, {}, json.dumps({"seen": seen.headers["Authorization"]}).encode())
    test = TEST | {"headers": {"Authorization": "Bearer {{ secrets.token }}"}}
    places = {"token": {"ssm": "/orders/token"}, "unused": {"secretsmanager": "nowhere"}}
    result = ask(check(test, secrets=places), FakeDeployment(endpoints={"test": green.endpoint}))
    assert Outcome.FAILED is result.outcome
    assert "Bearer t0ken-0f-the-day" == green.seen[0].headers["Authorization"]
    assert "t0ken" not in repr(result)


@pytest.mark.parametrize(("transient", "outcome"), [(True, Outcome.ERROR), (False, Outcome.FAILED)])
def test_a_secret_that_cannot_be_had(green, monkeypatch, transient, outcome):
    """Worth another try, or a mistake; nothing is sent without it, and what was done is not forgotten."""

    def refuse(_):
        raise secrets.SecretError("secret token (ssm:/x): no", transient=transient)

    monkeypatch.setattr(secrets, "resolve", refuse)
    test = TEST | {"headers": {"Authorization": "Bearer {{ secrets.token }}"}}
    made = check(test, secrets={"token": {"ssm": "/x"}})
    result = ask(made, FakeDeployment(endpoints={"test": green.endpoint}), memory={"tests": "AQ"})
    assert (outcome, "secret token (ssm:/x): no", {"tests": "AQ"}) == (result.outcome, result.summary, result.memory)
    assert [] == green.seen


def test_all_that_came_is_there_for_the_report(green):
    """The log gets what did not pass, the report everything."""
    result = ask(check(TEST), FakeDeployment(endpoints={"test": green.endpoint}))
    assert [] == result.details["not_passed"]
    assert ["a"] == [test.name for test in result.evidence.tests]
