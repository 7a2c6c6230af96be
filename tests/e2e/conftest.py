"""The real SAM CLI, and blue and green as containers on a Docker network of the tests' own."""

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PUBLIC_IMAGE = "public.ecr.aws/lambda/python:3.13"
PORT = 8080
ARCHITECTURE = "arm64" if os.uname().machine in ("aarch64", "arm64") else "x86_64"


@dataclass(frozen=True)
class Network:
    """A Docker network with the demo application in two containers, ``blue`` (version 1) and ``green`` (version 2).

    Attributes:
        name: Its name.
        gateway: This machine's address on it.
    """

    name: str
    gateway: str


def run(*command: str, seconds: float = 120) -> str:
    """Run a command and return what it writes to standard output; fail with all it says when it fails."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds, cwd=ROOT)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def sam() -> str:
    """The SAM CLI."""
    found = os.environ.get("SAM") or shutil.which("sam")
    assert found, "these tests need the SAM CLI: run them with `make e2e`"
    return found


@pytest.fixture(scope="session")
def image_options() -> list[str]:
    """What makes ``sam local`` use LAMBDA_IMAGE where that is set; it pulls the public image where it is not."""
    image = os.environ.get("LAMBDA_IMAGE")
    own = ["--invoke-image", image, "--skip-pull-image"] if image else []
    return [*own, "--parameter-overrides", f"Architecture={ARCHITECTURE}"]


@pytest.fixture(scope="session")
def built(sam, tmp_path_factory) -> Path:
    """The folder of a build for this machine's processor."""
    folder = tmp_path_factory.mktemp("built")
    run(sam, "build", "--build-dir", str(folder), "--parameter-overrides", f"Architecture={ARCHITECTURE}", seconds=600)
    return folder


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    """A network that is gone after the tests, with everything on it."""
    name = f"greenlight-e2e-{uuid.uuid4().hex[:8]}"
    run("docker", "network", "create", name)
    try:
        gateway = run("docker", "network", "inspect", name, "--format", "{{(index .IPAM.Config 0).Gateway}}").strip()
        containers = [start(name, "blue", "1"), start(name, "green", "2")]
        try:
            for container in containers:
                wait_for_start(container)
            yield Network(name, gateway)
        finally:
            run("docker", "rm", "--force", *containers)
    finally:
        run("docker", "network", "rm", name)


def start(network: str, name: str, version: str) -> str:
    """Start the demo application in a container and return the container's id."""
    application = ROOT / "rehearsal" / "demo_app.py"
    serve = ["-P", "/demo_app.py", "--bind", "0.0.0.0", "--port", str(PORT), "--version", version]
    return run(
        *("docker", "run", "--detach", "--network", network, "--network-alias", name),
        *("--volume", f"{application}:/demo_app.py:ro", "--entrypoint", "python3.13"),
        *(os.environ.get("LAMBDA_IMAGE") or PUBLIC_IMAGE, *serve),
    ).strip()


def wait_for_start(container: str) -> None:
    """Wait until the application in a container says that it listens."""
    deadline = time.monotonic() + 30
    while "listening on" not in (said := run("docker", "logs", container)):
        assert time.monotonic() < deadline, said
        time.sleep(0.1)
