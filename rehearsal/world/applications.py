"""The applications behind the load balancer: processes of our own, or servers that run already."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from rehearsal import demo_app
from rehearsal.world.revision import Revision, address_of

_ADDRESS = "127.0.0.1"
_START_SECONDS = 10.0
_STOP_SECONDS = 3.0
_LISTENING = re.compile(r"^listening on .*:(\d+)$", re.MULTILINE)


class ApplicationStartError(RuntimeError):
    """When an application ends before it listens, or does not say in time where."""


class Applications:
    """Starts and ends the applications of revisions, and keeps what they print.

    Args:
        logs: A folder for their output.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, revision: Revision) -> tuple[str, int]:
        """Run a revision's application, and say at which address and port it will answer.

        Raises:
            ApplicationStartError: When the built-in application does not come up.
            OSError: When a command cannot be started, or a URL's host has no address.
        """
        if revision.url is not None:
            host, port = address_of(revision.url)
            return socket.gethostbyname(host), port
        if revision.command is not None:
            port = _free_port()
            command = [part.replace("{port}", str(port)) for part in revision.command]
            self._run(revision, command, {"PORT": str(port)})
            return _ADDRESS, port
        # -P, lest the modules beside the application's file hide those of the standard library.
        command = [sys.executable, "-P", demo_app.__file__, "--version", revision.version, "--stop-with-stdin"]
        if revision.fault is not None:
            command += ["--fault", revision.fault]
        process = self._run(revision, command, {})
        return _ADDRESS, self._announced_port(revision, process)

    def stop(self, revision: Revision) -> None:
        """End the revision's process, and those that it started, if there is one."""
        process = self._processes.pop(revision.arn, None)
        if process is not None:
            _end(process)

    def stop_all(self) -> None:
        """End all processes."""
        while self._processes:
            _end(self._processes.popitem()[1])

    def log(self, revision: Revision) -> str:
        """What the revision's process has printed so far; empty for one that runs elsewhere."""
        path = self._path(revision)
        return path.read_text(errors="replace") if path.exists() else ""

    def _run(self, revision: Revision, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with self._path(revision).open("wb") as output:
            process = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                # Open as long as this process lives: the built-in application ends with it, however it ends.
                stdin=subprocess.PIPE if revision.command is None else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes[revision.arn] = process
        return process

    def _announced_port(self, revision: Revision, process: subprocess.Popen[bytes]) -> int:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            found = _LISTENING.search(self.log(revision))
            if found is not None:
                return int(found[1])
            time.sleep(0.01)
        self.stop(revision)
        raise ApplicationStartError(
            f"the application of version {revision.version} does not listen after {_START_SECONDS:.0f} s, or has ended "
            f"(exit code {process.returncode}). It printed:\n{self.log(revision) or 'nothing'}"
        )

    def _path(self, revision: Revision) -> Path:
        return self._logs / f"{revision.id}.log"


def _free_port() -> int:
    with socket.create_server((_ADDRESS, 0)) as probe:
        return int(probe.getsockname()[1])


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is not None:
        return
    # Not waited for yet, its number belongs to it even if it has ended, so the group can only be its own.
    _signal_group(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()
    # What it started may take longer; the number stays taken as long as one of the group is there.
    while _signal_group(process.pid, 0):
        if time.monotonic() >= deadline:
            _signal_group(process.pid, signal.SIGKILL)
            break
        time.sleep(0.01)


def _signal_group(group: int, number: int) -> bool:
    """Signal a process group, and say whether anybody in it could hear."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # the latter on macOS, when all that is left of it has ended
        return False
    return True
