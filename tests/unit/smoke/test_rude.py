"""Broken and hostile servers: each gets the outcome that it deserves, on time, and no memory to speak of.

``python benchmarks/rude_servers.py`` measures all of them as the four dangerous ones are measured here.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import monotonic

import pytest

from tests.unit.smoke.measured import measure
from tests.unit.smoke.rude import CASES, polite
from tests.unit.smoke.servers import RudeServers, only_attempt, run

TOLERANCE = 3  # seconds beyond the time-out, for a busy machine; benchmarks/rude_servers.py holds half a second
ALLOWANCE = 32  # megabytes beyond those of a polite reply
DANGEROUS = ("endless body", "gzip bomb (300 MB in 300 KB)", "header line of 100 MB", "JSON arrays 100,000 levels deep")

BY_NAME = {case.name: case for case in CASES}


@pytest.fixture(scope="module")
def servers():
    """Servers for the whole module, so that the slow ones end side by side."""
    servers = RudeServers()
    yield servers
    servers.stop()


@pytest.fixture(scope="module")
def results(servers):
    """What came of each case, and after how many seconds; most of them only wait, so some run at a time."""

    def result_of(case):
        endpoint = replace(servers.start(case.behave), scheme=case.scheme)
        started = monotonic()
        result = run(endpoint, case.test)
        return result, monotonic() - started

    with ThreadPoolExecutor(3) as pool:
        return dict(zip(BY_NAME, pool.map(result_of, CASES), strict=True))


@pytest.fixture(scope="module")
def polite_megabytes(servers):
    """The memory that a polite reply takes."""
    measured = measure(servers.start(polite).url, {"name": "health", "path": "/health"})
    assert measured.outcome == "passed", measured.reason
    return measured.megabytes


@pytest.mark.parametrize("name", BY_NAME)
def test_rudeness_ends_on_time_with_the_outcome_that_it_deserves(results, name):
    """An answer is judged; anything else on the way to one is an error, and never a pass."""
    case, (result, seconds) = BY_NAME[name], results[name]
    fault = only_attempt(result).fault
    assert (case.outcome, case.kind) == (result.outcome, fault and fault.kind), result.reason
    assert case.words in result.reason
    assert seconds < case.seconds + TOLERANCE


@pytest.mark.parametrize("name", DANGEROUS)
def test_rudeness_costs_no_memory_to_speak_of(servers, polite_megabytes, name):
    """What a server sends beyond the limits is not kept, and not even read."""
    case = BY_NAME[name]
    measured = measure(servers.start(case.behave).url, case.test)
    assert (case.outcome, case.kind) == (measured.outcome, measured.kind), measured.reason
    assert measured.megabytes - polite_megabytes < ALLOWANCE
