"""Ctrl-C while tests run."""

import json
import re
import signal
import subprocess
import threading
from contextlib import suppress

import pytest

from tests.unit.cli.commands import start


@pytest.fixture
def held(write, app):
    """A suite whose second test is answered only when it is let go, and the event that lets it go."""
    go = threading.Event()
    asked = threading.Event()

    def hold(_):
        asked.set()
        go.wait(30)
        return 200, {}, b""

    app.answer("/first")
    app.routes["/second"] = hold
    suite = write(
        {"name": "first", "path": "/first"},
        {"name": "second", "path": "/second", "timeout": "60s"},
        concurrency=1,
    )
    with start("run", suite, "--url", f"http://127.0.0.1:{app.port}", "--json", "-") as process:
        try:
            assert process.stderr.readline().startswith("1/2 passed  first")
            assert asked.wait(30)
            yield process, go
        finally:
            go.set()
            process.kill()


def rest_of(process):
    """Wait for the end, and return what was written to standard error, without times."""
    out, err = process.communicate(timeout=30)
    return out, re.sub(r" \([\d.]+ m?s\)", "", err)


def test_ctrl_c_waits_for_what_was_begun_and_tells_what_is_known(held):
    """The steps that clean up are run; the exit code is 130; the report has what is known."""
    process, go = held
    process.send_signal(signal.SIGINT)
    told = ""
    while "interrupted" not in told:
        told += process.stderr.readline()
    go.set()
    out, err = rest_of(process)

    assert "interrupted: waiting for the tests that were begun; Ctrl-C again leaves at once\n" in told
    assert "INTERRUPTED orders: 1 of 2 tests had ended: 1 passed" == err.splitlines()[-1]
    assert ["passed", "not_run"] == [test["outcome"] for test in json.loads(out)["checks"][0]["suite"]["tests"]]
    assert 130 == process.returncode


def test_a_second_ctrl_c_leaves_at_once(held):
    """Though a server still holds a connection."""
    process, go = held
    process.send_signal(signal.SIGINT)
    while "interrupted" not in process.stderr.readline():
        pass
    for _ in range(20):  # one that comes in the very moment of the first is one with it
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.5)
            break
    _, err = rest_of(process)

    assert not go.is_set()
    assert "INTERRUPTED orders: 1 of 2 tests had ended: 1 passed" == err.splitlines()[-1]
    assert 130 == process.returncode
