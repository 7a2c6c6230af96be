"""What comes before all tests: steps that run once, and leave their captures to every test."""

import pytest

from tests.unit.smoke.servers import closed_port, parse_endpoint, run, suite_of
from tests.unit.smoke.test_loader import mistakes_of

LOGIN = {"name": "log in", "method": "POST", "path": "/login", "captures": {"token": {"json": "token", "secret": True}}}
TEST = {"name": "a", "path": "/a", "headers": {"Authorization": "Bearer {{ token }}"}}


def test_its_captures_are_there_for_all_tests(app):
    """One login for all tests, however many run side by side."""
    app.answer("/login", body={"token": "t0ken-0f-the-day"})
    app.answer("/a")
    result = run(app.endpoint, *[TEST | {"name": str(number)} for number in range(8)], setup=[LOGIN])
    assert ("passed", "passed") == (result.outcome, result.setup.outcome)
    assert ["/login"] == [seen.path for seen in app.seen][:1]
    assert 1 == sum(seen.path == "/login" for seen in app.seen)
    assert {"Bearer t0ken-0f-the-day"} == {seen.headers["Authorization"] for seen in app.seen if seen.path == "/a"}
    assert "t0ken" not in repr(result)


def test_a_test_keeps_its_own_captures_to_itself(app):
    """What a test captures no other test sees, as there is no order among them."""
    (mistake,) = mistakes_of(
        tests=[{"name": "a", "path": "/", "captures": {"mine": {"json": "x"}}}, {"name": "b", "path": "/{{ mine }}"}]
    )
    assert "{{ mine }} is no variable, nor captured by an earlier step" in mistake


def test_its_failure_fails_the_suite_and_runs_nothing_else(app):
    """Later steps of the setup are not run, nor is any test."""
    app.answer("/login", 500)
    result = run(app.endpoint, TEST, setup=[LOGIN, {"name": "then", "path": "/then"}])
    assert "failed" == result.outcome
    assert 'setup: step "log in": expected status 2xx, got 500' == result.reason
    assert ["failed", "not_run"] == [step.outcome for step in result.setup.steps]
    assert 'test "a": not run: setup did not pass' == result.tests[0].reason
    assert ["/login"] == [seen.path for seen in app.seen]


def test_trouble_on_the_way_is_an_error():
    """A setup that could not be asked says nothing about the application."""
    endpoint = parse_endpoint(f"http://127.0.0.1:{closed_port()}")
    result = run(endpoint, TEST, setup=[LOGIN])
    assert ("error", "not_run") == (result.outcome, result.tests[0].outcome)
    assert result.reason.startswith("setup: cannot connect")


def test_a_value_that_is_not_there_fails(app):
    """A login without a token is no login."""
    app.answer("/login", body={})
    result = run(app.endpoint, TEST, setup=[LOGIN])
    assert "setup: expected capture token from json token, got nothing" == result.reason


def test_it_has_retries_and_defaults_like_any_request(app):
    """Its steps are requests as any other."""
    replies = [(503, {}, b""), (200, {}, b'{"token": "t-1"}')]
    app.routes["/login"] = lambda _: replies.pop(0)
    app.answer("/a")
    result = run(app.endpoint, TEST, setup=[LOGIN], defaults={"retries": {"count": 1, "interval": "10ms"}})
    assert "passed" == result.outcome
    assert "passed on attempt 2 of 2" == result.setup.steps[0].why


def test_a_watcher_is_told_of_it(app):
    """Whoever shows the progress shows it, too."""
    app.answer("/login", body={"token": "t"})
    app.answer("/a")
    told = []
    run(app.endpoint, TEST, setup=[LOGIN], on_test=lambda test: told.append(test.name))
    assert ["setup", "a"] == told


DEFAULTS = {"headers": {"Authorization": "Bearer {{ token }}"}}


def test_a_default_may_name_what_the_setup_captures():
    """The usual way to log in: once, and for all; the login itself goes without."""
    suite = suite_of(
        {"name": "a", "path": "/"}, defaults=DEFAULTS, setup=[LOGIN | {"headers": {"Authorization": None}}]
    )
    assert [{}, DEFAULTS["headers"]] == [suite.setup[0].headers, suite.tests[0].steps[0].headers]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            {"setup": [LOGIN], "defaults": DEFAULTS},
            (
                "smoke.yaml setup[0].headers: sends Authorization from the defaults, where {{ token }} has no value yet; "
                "drop it here with headers: {Authorization: null}"
            ),
        ),
        ({"setup": [LOGIN | {"always_run": True}]}, "it belongs to a step of a test"),
        ({"setup": [LOGIN | {"tags": ["a"]}]}, "it belongs to a test"),
        ({"setup": [LOGIN, LOGIN | {"captures": {}}]}, '"log in" is the name of setup[0] already'),
        (
            {
                "setup": [
                    {"name": "a", "path": "/{{ b }}"},
                    {"name": "b", "path": "/", "captures": {"b": {"json": "b"}}},
                ]
            },
            ('is captured only in step "b"'),
        ),
        ({"setup": LOGIN}, "has to be a list"),
        ({"setup": [{"path": "/"}]}, '"name" has to be given'),
        ({"setup": [LOGIN], "variables": {"token": "x"}}, '"token" has a value already'),
    ],
)
def test_mistakes_are_told_with_their_cure(keys, words):
    """Each with what to write instead."""
    (mistake,) = mistakes_of(**keys)
    assert words in mistake


def test_a_test_cannot_capture_over_the_setup():
    """Which of the two values would the others see?"""
    (mistake,) = mistakes_of(setup=[LOGIN], tests=[{"name": "a", "path": "/", "captures": {"token": {"json": "t"}}}])
    assert '"token" has a value already' in mistake
