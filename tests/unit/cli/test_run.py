"""`greenlight run` against real servers: what is sent, what is told, and the exit code."""

import json
import re
from pathlib import Path

import pytest

from tests.unit.cli.commands import greenlight_says
from tests.unit.smoke.servers import closed_port, serving

GOOD = {"name": "health", "path": "/health", "expect": {"json": {"status": "ok"}}}
BAD = {"name": "orders", "path": "/orders", "expect": {"status": 200, "json": {"total": {"gte": 1}}}}


def last_line(result):
    """The line that scripts read, without its time."""
    return re.sub(r" \([\d.]+ m?s\)$", "", result.stdout.splitlines()[-1])


@pytest.fixture
def url(app):
    """A service that is healthy and whose orders are broken."""
    app.answer("/health", body={"status": "ok"})
    app.answer("/orders", 500, {"error": "no database"})
    return f"http://127.0.0.1:{app.port}"


def test_a_suite_that_passes(write, url):
    """Exit code 0, a table with every test, and the verdict in the last line."""
    result = greenlight_says("run", write(GOOD), "--url", url)

    assert 0 == result.exit_code
    assert "PASSED orders: 1 test passed" == last_line(result)
    assert re.search(r"\| passed  \| health +\| 1 +\| +\d+ ms \|", result.stdout)


def test_a_suite_that_fails(write, url):
    """Exit code 1, and beneath the table the request, every failed assertion, and the body."""
    result = greenlight_says("run", write(GOOD, BAD), "--url", url)

    assert 1 == result.exit_code
    assert 'FAILED orders: test "orders": expected status 200, got 500' == last_line(result)
    assert re.search(r"\| FAILED  \| orders +\| 1 +\| +\d+ ms \| expected status 200, got 500 +\|", result.stdout)
    told = re.sub(r"\d+ ms", "3 ms", result.stdout.partition("\nFAILED orders\n")[2])
    assert [
        f"  GET /orders ({url}/orders)",
        "  attempt 1 of 1: status 500 after 3 ms",
        "    expected status 200, got 500",
        "    expected json total at least 1, got nothing",
        '    body: {"error": "no database"}',
        "",
    ] == told.splitlines()[:6]


def test_an_endpoint_that_does_not_answer(write):
    """Exit code 2: nobody knows whether the application is good; one endpoint is told about once, however many tests it broke."""
    url = f"http://127.0.0.1:{closed_port()}"
    tests = [{**GOOD, "name": f"test {number}"} for number in range(3)]
    result = greenlight_says("run", write(*tests), "--url", url)

    assert 2 == result.exit_code
    assert last_line(result).startswith(f'ERROR orders: test "test 0": cannot connect to {url} (from --url): ')
    assert 1 == result.stdout.count("attempt 1 of 1: no reply after")
    assert '  the same in 2 more tests: "test 1", "test 2"\n' in result.stdout


def test_a_suite_of_which_everything_is_skipped(write, url):
    """Exit code 0, because somebody said why; and said so loudly that nobody takes it for a pass."""
    result = greenlight_says("run", write({**GOOD, "skip": "the sandbox is down"}), "--url", url)

    assert 0 == result.exit_code
    assert "SKIPPED orders: NOTHING WAS CHECKED, every test is skipped: the sandbox is down" == last_line(result)


def test_a_warning_does_not_fail(write, url):
    """It is told in the table, in detail and in the verdict, and the exit code is 0."""
    test = {**GOOD, "warn": {"headers": {"X-Version": {"exists": True}}}}
    result = greenlight_says("run", write(test), "--url", url)

    assert 0 == result.exit_code
    assert last_line(result).startswith("PASSED orders: 1 test passed, 1 with warnings: ")
    assert "    warning: expected header X-Version to exist, got nothing\n" in result.stdout


def test_steps_are_told_by_their_names(write, url):
    """Which step failed, and which were not run for its sake."""
    steps = [{"name": "create", "path": "/orders"}, {"name": "read", "path": "/health"}]
    result = greenlight_says("run", write({"name": "order", "steps": steps}), "--url", url)

    assert '\n  step "create": FAILED\n    GET /orders (' in result.stdout
    assert '\n  step "read": NOT RUN\n' in result.stdout
    assert 'not run: step "create" did not pass' in result.stdout


def test_attempts_with_the_same_trouble_are_told_once(write, url):
    """Four times the same reply need no four paragraphs."""
    test = {**BAD, "retries": {"count": 3, "interval": "1ms"}}
    result = greenlight_says("run", write(test), "--url", url)

    assert "| 4 of 4   |" in result.stdout
    assert re.search(r"attempts 1 to 4 of 4: status 500 after \d+ ms", result.stdout)
    assert 1 == result.stdout.count("    expected json total at least 1, got nothing\n")


def test_a_repeated_request_is_told_with_its_numbers(write, app, url):
    """How many came out as expected, the rate that was wanted, and samples of the rest."""
    replies = iter([200, 500, 500, 200, 200])
    app.routes["/flaky"] = lambda _: (next(replies), {}, b"")
    test = {"name": "flaky", "path": "/flaky", "repeat": {"count": 5, "min_success": "80%"}}
    result = greenlight_says("run", write(test), "--url", url)

    assert "| 3 of 5 passed |" in result.stdout
    assert "  sent 5 times: 3 as expected, 2 not\n" in result.stdout
    assert "  expected success rate at least 80%, got 60% (3 of 5)\n" in result.stdout
    assert re.search(r"  samples 1 to 2: status 500 after ", result.stdout)


def test_blue_is_asked_where_it_is(write, url):
    """With --blue-url, tests that compare ask both, and what differs is told."""
    test = {"name": "like blue", "path": "/health", "compare": {"json": "same"}}
    with serving() as blue:
        blue.answer("/health", body={"status": "fine"})
        result = greenlight_says("run", write(test), "--url", url, "--blue-url", f"http://127.0.0.1:{blue.port}")

    assert 1 == result.exit_code
    assert "status: blue " in result.stdout
    assert blue.seen


def test_without_blue_nothing_is_compared_and_that_is_told(write, url):
    """A test that compares is not passed silently."""
    test = {"name": "like blue", "path": "/health", "compare": {"json": "same"}}
    result = greenlight_says("run", write(test), "--url", url)

    assert "there is no --blue-url" in result.stdout
    assert "like blue" in result.stdout.splitlines()[-1]


def test_identity_and_setup_are_told_before_the_tests(write, url):
    """They are rows of the table, and where they fail it says why the rest was not run."""
    identity = {
        "path": "/health",
        "expect": {"json": {"status": "v2"}},
        "consecutive": 1,
        "interval": "5ms",
        "wait": "20ms",
    }
    setup = [{"name": "log in", "path": "/health"}]
    result = greenlight_says("run", write(GOOD, BAD, identity=identity, setup=setup), "--url", url)

    assert 1 == result.exit_code
    assert re.search(r"\| FAILED  \| identity .*\n.*\n*(\|  .*\n)*\| NOT RUN \| health ", result.stdout)
    assert "\nNOT RUN 2 tests: not run: identity did not pass\n" in result.stdout
    assert last_line(result).startswith("FAILED orders: identity: expected json status")


def test_a_setup_that_passes_is_a_row_too(write, url):
    """In the order in which things happen."""
    identity = {"path": "/health", "expect": {"status": 200}, "consecutive": 1}
    setup = [{"name": "log in", "path": "/health", "captures": {"state": {"json": "status"}}}]
    test = {**GOOD, "expect": {"json": {"status": "{{ state }}"}}}
    result = greenlight_says("run", write(test, identity=identity, setup=setup), "--url", url)

    assert ["identity", "setup", "health"] == re.findall(r"^\| passed  \| (\w+)", result.stdout, re.MULTILINE)
    assert 0 == result.exit_code


def test_only_tests_with_a_tag_are_run(write, app, url):
    """And may be asked for several tags; the others are not even mentioned."""
    tests = [{**GOOD, "tags": ["critical"]}, {**BAD, "tags": ["slow"]}, {"name": "third", "path": "/health"}]
    one = greenlight_says("run", write(*tests), "--url", url, "--tag", "critical")
    two = greenlight_says("run", write(*tests), "--url", url, "--tag", "critical", "--tag", "slow")

    assert (0, 1) == (one.exit_code, two.exit_code)
    assert ["/health", "/health", "/orders"] == sorted(request.path for request in app.seen)
    assert "third" not in one.stdout


def test_values_reach_the_templates_as_what_they_are(write, app, url):
    """A number stays a number, a quoted one is text; values of green and of the run are given alike."""
    app.answer("/echo", body={})
    body = {"count": "{{ count }}", "text": "{{ text }}", "tag": "{{ green.image_tag }}", "run": "{{ run.id }}"}
    suite = write(
        {"name": "echo", "method": "POST", "path": "/echo", "json": body}, variables={"count": 1, "text": "a"}
    )
    given = ("--var", "count=3", "--var", 'text="3"', "--var", "green.image_tag=v2", "--var", "run.id=mine")
    result = greenlight_says("run", suite, "--url", url, *given)

    assert 0 == result.exit_code
    assert {"count": 3, "text": "3", "tag": "v2", "run": "mine"} == json.loads(app.seen[-1].body)
    assert "(+mine)" in app.seen[-1].headers["User-Agent"]


def test_the_host_of_the_command_line_wins(write, app, url):
    """The name that users ask for, whatever the suite says."""
    suite = write(GOOD, target={"host": "orders.example.com"})
    greenlight_says("run", suite, "--url", url)
    greenlight_says("run", suite, "--url", url, "--host", "other.example.com")

    assert ["orders.example.com", "other.example.com"] == [request.headers["Host"] for request in app.seen]


def test_a_name_and_its_authority_are_looked_for_in_the_certificate(write, secure_app, ca_bundle):
    """An address with --host and --ca-bundle is as good as the name itself."""
    secure_app.answer("/health", body={"status": "ok"})
    url = f"https://127.0.0.1:{secure_app.port}"
    known = greenlight_says("run", write(GOOD), "--url", url, "--host", "orders.example.com", "--ca-bundle", ca_bundle)
    unknown = greenlight_says("run", write(GOOD), "--url", url, "--host", "orders.example.com")

    assert (0, 2) == (known.exit_code, unknown.exit_code)
    assert "is not trusted" in unknown.stdout


def test_tests_run_one_at_a_time_when_asked(write, app, url):
    """--concurrency wins over the suite: one connection serves all."""
    tests = [{**GOOD, "name": f"test {number}"} for number in range(4)]
    greenlight_says("run", write(*tests, concurrency=4), "--url", url, "--concurrency", "1")

    assert 1 == len({request.connection for request in app.seen})


def test_the_deadline_leaves_out_what_might_not_end_in_time(write, url):
    """It is told what to do about it, and the exit code is that of what could not run."""
    tests = [{**GOOD, "name": f"test {number}", "timeout": "30s"} for number in range(3)]
    result = greenlight_says("run", write(*tests, concurrency=1), "--url", url, "--deadline", "5s")

    assert 2 == result.exit_code
    assert "not run: it could not be sure to end within --deadline 5s; give it more" in result.stdout
    assert "next invocation" not in result.stdout


def test_a_suite_comes_from_standard_input(write, url):
    """As from a program that writes suites."""
    result = greenlight_says("run", "-", "--url", url, stdin=Path(write(GOOD)).read_bytes())

    assert 0 == result.exit_code


def test_progress_is_a_line_for_each_test_as_it_ends(write, url):
    """On standard error, where no terminal is; standard output stays with what came of it all."""
    result = greenlight_says("run", write(GOOD, BAD, concurrency=1), "--url", url)

    lines = [re.sub(r" \(\d+ ms\)", "", line) for line in result.stderr.splitlines()]
    assert ["1/2 passed  health", "2/2 FAILED  orders: expected status 200, got 500"] == lines


def test_quiet_tells_failures_and_the_verdict(write, url):
    """No progress, no table, no warnings."""
    warned = {**GOOD, "name": "warned", "warn": {"headers": {"X-Version": {"exists": True}}}}
    result = greenlight_says("run", write(GOOD, BAD, warned), "--url", url, "-q")

    assert "" == result.stderr
    assert ["FAILED orders", "  GET /orders (" + url + "/orders)"] == result.stdout.splitlines()[:2]
    assert "warned" not in result.stdout
    assert last_line(result).startswith("FAILED orders: ")


def test_quiet_and_passed_is_one_line(write, url):
    """The verdict alone."""
    result = greenlight_says("run", write(GOOD), "--url", url, "--quiet")

    assert "PASSED orders: 1 test passed" == last_line(result)
    assert 1 == result.stdout.count("\n")


def test_what_is_no_terminal_gets_plain_ascii(write, url):
    """No colours, no lines drawn with other characters: a log is read by anything."""
    result = greenlight_says("run", write(GOOD, BAD), "--url", url)

    assert result.output.isascii()
    assert "\x1b" not in result.output


def test_secrets_in_replies_stay_secret(write, app, url):
    """What a server says back is not told."""
    app.answer("/echo", 500, {"you": "sent hunter22"})
    suite = write(
        {"name": "echo", "path": "/echo", "headers": {"X-Key": "{{ secrets.key }}"}}, secrets={"key": {"ssm": "/key"}}
    )
    result = greenlight_says("run", suite, "--url", url, "--secret", "key=KEY", env={"KEY": "hunter22"})

    assert 1 == result.exit_code
    assert "hunter22" not in result.output
    assert "hunter22" == app.seen[-1].headers["X-Key"]
