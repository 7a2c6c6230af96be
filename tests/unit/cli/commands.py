"""Ways to give commands: in this process, in a process of its own, and in a terminal of some width."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from click.testing import CliRunner, Result

import greenlight
import greenlight_cli
from greenlight_cli.program import program

PATHS = os.pathsep.join(str(Path(package.__file__).parents[1]) for package in (greenlight, greenlight_cli))
SECONDS = 60


def greenlight_says(*arguments: str, stdin: str | bytes | None = None, env: Mapping[str, str] | None = None) -> Result:
    """Give a command in this process."""
    return CliRunner().invoke(program, list(arguments), input=stdin, env=env)


def environment(**more: str) -> dict[str, str]:
    """Return what a process of its own needs, and as little of this one as possible."""
    return {"PYTHONPATH": PATHS, "PATH": os.environ["PATH"], "TERM": "xterm-256color", **more}


def start(*arguments: str, **more: str) -> "subprocess.Popen[str]":
    """Start a command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "greenlight_cli", *arguments],
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def in_terminal(*arguments: str, columns: int = 100, **more: str) -> tuple[int, str]:
    """Give a command in a terminal, and return its exit code and everything that it wrote."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    command = [sys.executable, "-m", "greenlight_cli", *arguments]
    with subprocess.Popen(command, env=environment(**more), stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        written = b""
        with suppress(OSError):  # Linux's way to say that the other end is closed
            while part := os.read(ours, 65536):
                written += part
        os.close(ours)
        return process.wait(SECONDS), written.decode("utf-8").replace("\r\n", "\n")
