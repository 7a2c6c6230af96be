"""The engine of the smoke suite beside its peers: time, CPU and memory of 200 tests.

    python benchmarks/smoke_engine.py [--runs 5] [--tests 200] [--peers]

A server in a process of its own answers each request with a small JSON after 50 ms. Every figure is a fresh process, the
candidates take turns, and medians are printed. With --peers, Tavern and Step CI are installed into .bench/ and run the
same tests in their own formats. The CPU is that of the candidate's process: the server's is not in it.
"""

import argparse
import asyncio
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
CACHE: Final = ROOT / ".bench"
CONCURRENCY: Final = 20
DELAY: Final = 0.05
GROWTH: Final = (10, 50, 100, 200)

TAVERN: Final = ("tavern==3.7.1", "pytest==8.4.2")  # it does not import with the pytest that pip would choose
STEP_CI: Final = "stepci@2.8.2"

_BODY: Final = b'{"status": "ok", "version": "2.0.1", "items": [{"id": 1, "name": "anvil"}, {"id": 2, "name": "rope"}]}'
_REPLY: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    b"Server: benchmark\r\nContent-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
)

_TOLD = re.compile(r"passed(?:, \d+ \w+)? (?:after|in) ([0-9.]+)s")

_TIMED = """
import json, sys, time
url, count, concurrency = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
{prepare}
wall, cpu = time.monotonic(), time.process_time()
{run}
print(json.dumps({{"wall": time.monotonic() - wall, "cpu": time.process_time() - cpu}}))
"""
_GREENLIGHT = _TIMED.format(
    prepare="""
from greenlight.documents import Document
from greenlight.endpoint import parse_endpoint
from greenlight.smoke import load_suite, run_suite
expect = {"status": 200, "json": {"status": "ok"}}
tests = [{"name": f"item {n}", "path": f"/items/{n}", "expect": expect} for n in range(count)]
document = {"version": 1, "name": "benchmark", "concurrency": concurrency, "tests": tests}
suite, endpoint = load_suite(Document("smoke.yaml", document)), parse_endpoint(url)
""",
    run="""
result = run_suite(suite, endpoint, namespaces={}, deadline=time.monotonic() + 60, run_id="benchmark")
assert result.outcome == "passed", result.reason
""",
)
_SESSIONS = _TIMED.format(
    prepare="""
import threading
from concurrent.futures import ThreadPoolExecutor
import requests
workers = threading.local()
def check(n):
    if not hasattr(workers, "session"):
        workers.session = requests.Session()
    response = workers.session.get(f"{url}/items/{n}", timeout=5)
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
""",
    run="""
with ThreadPoolExecutor(concurrency) as pool:
    list(pool.map(check, range(count)))
""",
)
_ONE_BY_ONE = _TIMED.format(
    prepare="import requests",
    run="""
for n in range(count):
    response = requests.get(f"{url}/items/{n}", timeout=5)
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
""",
)


class NotInstalledError(Exception):
    """When a peer cannot be installed here."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one process took.

    Attributes:
        run: Seconds of the tests alone, as the candidate says.
        whole: Seconds of the process.
        cpu: Seconds of CPU of the tests alone.
        megabytes: The most memory that it held.
    """

    run: float
    whole: float
    cpu: float
    megabytes: float


Candidate = Callable[[str, int], Figures]


class _Answering(asyncio.Protocol):
    """The server: as little as will do, so that it is not what is measured."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for mypy
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            _, _, self._received = self._received.partition(b"\r\n\r\n")
            asyncio.get_running_loop().call_later(DELAY, self._transport.write, _REPLY)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", 0, backlog=128)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def serving() -> Iterator[str]:
    """Serve in another process, and give the URL."""
    with subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True) as server:
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}" if server.stdout else ""
        finally:
            server.terminate()


def spent(command: Sequence[str], cwd: str | None = None, **variables: str) -> tuple[str, Figures]:
    """Run a command to its end, and return what it said and what it took."""
    started = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "layers" / "greenlight"), **variables}
    with subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        said = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}:\n{said[-2000:]}")
    seconds, cpu = time.monotonic() - started, usage.ru_utime + usage.ru_stime
    megabytes = usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)  # that of this process is far less
    return said, Figures(run=seconds, whole=seconds, cpu=cpu, megabytes=megabytes)


def own(code: str) -> Candidate:
    """Return a candidate that takes its own time."""

    def candidate(url: str, count: int) -> Figures:
        said, figures = spent([sys.executable, "-c", code, url, str(count), str(CONCURRENCY)])
        taken = json.loads(said.splitlines()[-1])
        return replace(figures, run=taken["wall"], cpu=taken["cpu"])

    return candidate


def peer(file: str, suite: Callable[[str, int], str], *command: str) -> Candidate:
    """Return a candidate that says how long its tests took; the CPU of its start, with one test, is subtracted."""

    def once(url: str, count: int) -> Figures:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, file).write_text(suite(url, count))
            said, figures = spent([*command, file], folder, STEPCI_DISABLE_ANALYTICS="1", XDG_CONFIG_HOME=str(CACHE))
        return replace(figures, run=float(_TOLD.findall(said)[-1]))

    def candidate(url: str, count: int) -> Figures:
        start, figures = once(url, 1), once(url, count)
        return replace(figures, cpu=(figures.cpu - start.cpu) * count / max(1, count - 1))

    return candidate


def tavern_suite(url: str, count: int) -> str:
    """Return the tests as Tavern writes them."""
    response = {"status_code": 200, "strict": False, "json": {"status": "ok"}}
    return "\n---\n".join(
        json.dumps(
            {
                "test_name": f"item {number}",
                "stages": [{"name": "get", "request": {"url": f"{url}/items/{number}"}, "response": response}],
            }
        )
        for number in range(count)
    )


def step_ci_suite(url: str, count: int) -> str:
    """Return the tests as Step CI writes them."""
    check = {"status": 200, "jsonpath": {"$.status": "ok"}}
    tests = {
        f"item{number}": {"steps": [{"http": {"url": f"{url}/items/{number}", "method": "GET", "check": check}}]}
        for number in range(count)
    }
    config = {"concurrency": CONCURRENCY}
    return json.dumps({"version": "1.1", "name": "benchmark", "config": config, "tests": tests})


def tavern() -> Candidate:
    """Return Tavern, in an environment of its own.

    Raises:
        NotInstalledError: When it cannot be installed here.
    """
    folder = CACHE / "tavern"
    python = str(folder / "bin" / "python")
    install(folder, [sys.executable, "-m", "venv", str(folder)], [python, "-m", "pip", "install", "--quiet", *TAVERN])
    return peer("test_items.tavern.yaml", tavern_suite, python, "-m", "pytest", "-q", "-p", "no:cacheprovider")


def step_ci() -> Candidate:
    """Return Step CI, in a folder of its own.

    Raises:
        NotInstalledError: When it cannot be installed here.
    """
    folder = CACHE / "stepci"
    install(folder, ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), STEP_CI])
    return peer("workflow.json", step_ci_suite, str(folder / "node_modules" / ".bin" / "stepci"), "run")


def install(folder: Path, *commands: Sequence[str]) -> None:
    """Run installers, if that was not done before.

    Raises:
        NotInstalledError: When one is not here, or fails.
    """
    done = folder / "installed"
    if done.exists() and done.read_text() == str(commands):
        return
    for command in commands:
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise NotInstalledError(f"there is no {command[0]} here") from error
        except subprocess.CalledProcessError as error:
            raise NotInstalledError((error.stderr.strip() or str(error)).splitlines()[-1]) from error
    done.write_text(str(commands))


def installed_peers() -> Iterator[tuple[str, Candidate]]:
    """Give the peers that can be installed, and say which cannot."""
    for name, make in (
        (f"Tavern ({', '.join(TAVERN)})", tavern),
        (f"Step CI ({STEP_CI}), {CONCURRENCY} tests at a time", step_ci),
    ):
        try:
            yield name, make()
        except NotInstalledError as error:
            print(f"{name} is not measured, because it could not be installed: {error}\n")


def medians(candidates: Mapping[str, Callable[[], Figures]], runs: int) -> dict[str, Figures]:
    """Let the candidates take turns, and return the median of each figure of each."""
    taken: dict[str, list[Figures]] = {name: [] for name in candidates}
    for run in range(runs + 1):
        for name, candidate in candidates.items():
            figures = candidate()
            if run:  # the first round warms the bytecode and the disk
                taken[name].append(figures)
    names = [field.name for field in fields(Figures)]
    return {
        name: Figures(**{key: statistics.median(getattr(figures, key) for figures in each) for key in names})
        for name, each in taken.items()
    }


def table(first: str, rows: Mapping[str, tuple[int, Figures]]) -> str:
    """Return figures as a Markdown table."""
    lines = [
        f"| {first} | tests alone, s | beside the limit | whole process, s | CPU a test, ms | peak memory, MB |",
        "|---|---|---|---|---|---|",
    ]
    for name, (count, figures) in rows.items():
        limit = math.ceil(count / CONCURRENCY) * DELAY
        cells = f"{figures.run:.3f} | {figures.run / limit:.2f} | {figures.whole:.2f}"
        lines.append(f"| {name} | {cells} | {figures.cpu / count * 1000:.2f} | {figures.megabytes:.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each candidate (default 5)")
    parser.add_argument("--tests", type=int, default=200, help="tests of the suite (default 200, the most there are)")
    parser.add_argument("--peers", action="store_true", help="install Tavern and Step CI, and measure them, too")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(_serve())
    count = arguments.tests
    candidates = {
        f"Greenlight, {CONCURRENCY} tests at a time": own(_GREENLIGHT),
        f"`requests.Session.get` in {CONCURRENCY} threads, by hand": own(_SESSIONS),
        "`requests.get` one after another, by hand": own(_ONE_BY_ONE),
        **dict(installed_peers() if arguments.peers else ()),
    }
    with serving() as url:
        beside = medians(
            {name: partial(candidate, url, count) for name, candidate in candidates.items()}, arguments.runs
        )
        print(table(f"{count} tests", {name: (count, figures) for name, figures in beside.items()}), flush=True)
        growth = medians({str(tests): partial(own(_GREENLIGHT), url, tests) for tests in GROWTH}, arguments.runs)
        print("\n" + table("Greenlight with … tests", {name: (int(name), figures) for name, figures in growth.items()}))


if __name__ == "__main__":
    main()
