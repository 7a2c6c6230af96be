"""The proof of green's identity: so many good answers in a row, before anything else is asked."""

import pytest

from greenlight.smoke import Earlier, runner
from greenlight.smoke.earlier import Proof
from tests.unit.smoke.servers import answering, closed_port, parse_endpoint, run, suite_of
from tests.unit.smoke.test_loader import mistakes_of
from tests.unit.smoke.test_runner import in_turn

TEST = {"name": "a", "path": "/"}
GREEN, BLUE = (200, {}, b'{"image_tag": "v2"}'), (200, {}, b'{"image_tag": "v1"}')


def identity(**keys):
    """An identity that is proven by the image tag, three times in a row."""
    return {
        "path": "/version",
        "expect": {"json": {"image_tag": "{{ green.image_tag }}"}},
        "consecutive": 3,
        "interval": "10ms",
        "wait": "300ms",
        **keys,
    }


def prove(app, *, seconds=20, earlier=None, **keys):
    """Run a suite of one test that asks for a proof first."""
    app.answer("/")
    green = {"green": {"image_tag": "v2"}}
    return run(app.endpoint, TEST, identity=identity(**keys), namespaces=green, seconds=seconds, earlier=earlier)


def asked(app, path):
    """How often a path was asked for."""
    return sum(seen.path == path for seen in app.seen)


def test_green_has_to_answer_so_many_times_in_a_row(app):
    """One answer of blue in between starts the row anew; the tests come after it."""
    app.routes["/version"] = in_turn(GREEN, GREEN, BLUE, GREEN)
    result = prove(app)
    assert ("passed", "passed") == (result.outcome, result.identity.outcome)
    assert "3 good answers in a row" == result.identity.why
    assert ["/version"] * 6 + ["/"] == [seen.path for seen in app.seen]
    assert result.earlier.proof.proven


def test_each_answer_comes_over_a_connection_of_its_own(app):
    """A connection that is kept would lead to the same place every time."""
    app.routes["/version"] = lambda _: GREEN
    prove(app)
    assert 3 == len({seen.connection for seen in app.seen if seen.path == "/version"})


def test_where_green_does_not_answer_nothing_else_is_asked(app):
    """A probe that reaches blue is the failure that must not pass; it says what came and how close it was."""
    app.routes["/version"] = in_turn(GREEN, BLUE)
    result = prove(app)
    assert "failed" == result.outcome
    assert ["not_run"] == [test.outcome for test in result.tests]
    assert 0 == asked(app, "/")
    assert result.reason.startswith('identity: expected json image_tag "v2", got "v1" (1 of 3 good answers in a row')
    assert 'test "a": not run: identity did not pass' == result.tests[0].reason


def test_an_endpoint_out_of_reach_is_an_error_and_no_failure():
    """Trouble on the way says nothing about who answers."""
    endpoint = parse_endpoint(f"http://127.0.0.1:{closed_port()}")
    result = run(endpoint, TEST, identity=identity(expect={"status": 200}))
    assert ("error", "error") == (result.outcome, result.identity.outcome)
    assert "cannot connect" in result.reason


def test_a_row_that_was_begun_in_time_may_be_ended(app):
    """The wait bounds when the last row begins, because a row may take longer than the wait that is left."""
    app.routes["/version"] = in_turn(*[BLUE] * 3, GREEN)
    assert "passed" == prove(app, wait="350ms", interval="100ms", consecutive=3).outcome


def test_headers_come_from_the_defaults_and_expectations_do_not(app):
    """How a request is sent goes for all; what proves green stands in one place."""
    app.routes["/version"] = lambda _: GREEN
    app.answer("/", X_Team="smoke")
    defaults = {"headers": {"X-Team": "smoke"}, "expect": {"headers": {"X-Team": "smoke"}}}
    result = run(app.endpoint, TEST, identity=identity(expect={"json": {"image_tag": "v2"}}), defaults=defaults)
    assert "passed" == result.outcome, result.reason
    assert {"smoke"} == {seen.headers["X-Team"] for seen in app.seen}


def test_a_proof_goes_on_in_the_next_invocation(app):
    """Its row and its time are carried on; nothing is told to have failed meanwhile."""
    app.routes["/version"] = lambda _: GREEN
    first = prove(app, seconds=0.25, interval="100ms", timeout="100ms", consecutive=4, wait="5s")
    assert ("not_run", 1) == (first.identity.outcome, first.unfinished)
    assert 0 < first.earlier.proof.streak < 4
    assert "good answers in a row so far" in first.identity.why
    second = prove(app, earlier=first.earlier, interval="100ms", consecutive=4, wait="5s")
    assert "passed" == second.outcome
    assert 4 == asked(app, "/version")


def test_the_wait_counts_over_all_invocations(app):
    """What an earlier invocation waited is not waited for again."""
    app.routes["/version"] = lambda _: BLUE
    result = prove(app, earlier=Earlier(proof=Proof(waited=179.9)), wait="3m", interval="200ms")
    assert ("failed", 2) == (result.outcome, asked(app, "/version"))


def test_after_a_proof_one_good_answer_is_enough(app):
    """It is not proven from the start at each invocation; but should blue answer, it is."""
    proven = Earlier(proof=Proof(proven=True))
    app.routes["/version"] = lambda _: GREEN
    assert "passed" == prove(app, earlier=proven).outcome
    assert 1 == asked(app, "/version")
    app.routes["/version"] = in_turn(BLUE, GREEN)
    assert "passed" == prove(app, earlier=proven).outcome
    assert 1 + 4 == asked(app, "/version")


def test_a_template_without_value_fails_at_once(app):
    """Nothing is sent whose reply could not be judged."""
    result = run(app.endpoint, TEST, identity=identity())
    assert "failed" == result.outcome
    assert "identity: there is no value for {{ green.image_tag }}" == result.reason
    assert [] == app.seen


def test_a_defect_of_ours_is_an_error_and_no_proof(app, monkeypatch, caplog):
    """Neither is green rolled back for it, nor let through."""

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(runner, "prove", broken)
    result = prove(app)
    assert ("error", ["not_run"]) == (result.outcome, [test.outcome for test in result.tests])
    assert "identity: the proof broke down inside Greenlight (ZeroDivisionError)" in result.reason
    assert "broke down" in caplog.text


def test_a_rude_server_is_no_proof(rude):
    """A reply that is cut short is no answer of anybody."""
    endpoint = rude.start(answering(b"HTTP/1.1 200 OK\r\nContent-Le"))
    result = run(endpoint, TEST, identity=identity(expect={"status": 200}))
    assert "error" == result.outcome


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"expect": None}, "identity.expect: has"),
        ({"consecutive": 0}, "identity.consecutive"),
        (
            {"consecutive": 5, "interval": "2s", "wait": "8s"},
            "5 answers 2 s apart take 8 s, and wait is 8 s; give it more",
        ),
        ({"retries": 3}, "it is asked until wait is over; write wait"),
        ({"captures": {"a": {"json": "b"}}}, "it belongs to setup or to a test"),
        ({"path": "version"}, 'has to start with "/"'),
        ({"count": 5}, "write consecutive"),
        ({"headers": {"X": "{{ token }}"}}, "is no variable, nor captured by an earlier step"),
    ],
)
def test_mistakes_are_told_with_their_cure(keys, words):
    """Each with what to write instead."""
    (mistake,) = mistakes_of(identity=identity(**keys))
    assert words in mistake


def test_the_defaults_are_those_of_the_language():
    """Five in a row, two seconds apart, within three minutes."""
    found = suite_of(TEST, identity={"path": "/v", "expect": {"status": 200}}).identity
    assert (5, 2.0, 180.0, 5.0) == (found.consecutive, found.interval, found.wait, found.step.timeout)
