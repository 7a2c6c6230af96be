"""The rehearsal with its hooks behind the real ``sam local start-lambda``."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.e2e.conftest import ROOT

SECONDS = 420


@pytest.mark.parametrize(
    ("fault", "code", "last"),
    [(None, 0, "deployment SUCCESSFUL"), ("http-500", 1, "deployment ROLLBACK_SUCCESSFUL")],
    ids=["sound", "http-500"],
)
def test_a_rehearsal_ends_the_same_behind_start_lambda(sam, built, network, image_options, tmp_path, fault, code, last):
    """Hooks in Lambda's own container come to the same verdict as hooks in this process."""
    port = free_port()
    copy = built / "rehearsal.yaml"
    copy.unlink(missing_ok=True)
    rehearsal = subprocess.Popen(
        [
            *(sys.executable, "-m", "rehearsal", "--plain", "--bind", network.gateway, "--no-create"),
            *("--lambda-endpoint", f"http://127.0.0.1:{port}", "--sam-template", str(built / "template.yaml")),
            *(["--fault", fault] if fault else []),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        await_file(copy, rehearsal)
        log = (tmp_path / "sam.log").open("w")
        server = subprocess.Popen(
            [
                *(sam, "local", "start-lambda", "--template", str(copy), "--port", str(port)),
                *("--docker-network", network.name, "--warm-containers", "LAZY", *image_options),
            ],
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Its own group, so that it can be ended with all that it started.
            start_new_session=True,
        )
        try:
            said, _ = rehearsal.communicate(timeout=SECONDS)
        finally:
            os.killpg(server.pid, signal.SIGINT)
            server.wait(60)
            log.close()
    finally:
        if rehearsal.poll() is None:
            rehearsal.kill()
            rehearsal.communicate()

    lines = said.strip().splitlines()
    assert (rehearsal.returncode, lines[-1]) == (code, last), f"{said}\n{(tmp_path / 'sam.log').read_text()}"
    if fault:
        assert "expected status 201, got 500" in lines[-2]


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def await_file(path, process) -> None:
    """Wait until a process has written a file."""
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, f"{path} is not there after 60 s"
        time.sleep(0.1)
