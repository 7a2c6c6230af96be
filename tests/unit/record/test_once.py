"""What must be told once is claimed by one, and by another only where that one died."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from greenlight import clock
from greenlight.record import once


@pytest.fixture
def now():
    """A clock that the test sets."""
    time = [1_700_000_000.0]
    token = clock.source.set(lambda: time[0])
    yield time
    clock.source.reset(token)


def test_one_of_many_tells(table):
    """Side by side."""
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: once.claim(table, "d1", "verdict"), range(8)))
    assert 1 == len([claim for claim in claims if claim])


def test_a_claim_alone_tells_nobody(table):
    """Whoever holds it may die over it."""
    assert not once.is_told(table, "d1", "verdict")
    claimed = once.claim(table, "d1", "verdict")
    assert not once.is_told(table, "d1", "verdict")
    once.settle(table, claimed)
    assert once.is_told(table, "d1", "verdict")


def test_what_was_told_is_told_for_good(table, now):
    """Even long after the lease."""
    once.settle(table, once.claim(table, "d1", "verdict"))
    now[0] += 10 * once.LEASE_SECONDS
    assert once.claim(table, "d1", "verdict") is None


def test_whoever_dies_while_telling_is_replaced(table, now):
    """After the lease; the one who died and came back changes nothing any more."""
    dead = once.claim(table, "d1", "verdict")
    now[0] += once.LEASE_SECONDS - 1
    assert once.claim(table, "d1", "verdict") is None
    now[0] += 2
    heir = once.claim(table, "d1", "verdict")
    assert heir is not None
    once.release(table, dead)
    assert once.claim(table, "d1", "verdict") is None
    once.settle(table, dead)
    now[0] += once.LEASE_SECONDS + 1
    assert once.claim(table, "d1", "verdict") is not None, "settled by one who did not hold it"


def test_a_claim_that_is_given_back_is_free_at_once(table):
    """Telling did not work, and the next may try."""
    once.release(table, once.claim(table, "d1", "verdict"))
    assert once.claim(table, "d1", "verdict") is not None


def test_other_things_and_other_deployments_are_others(table):
    """A claim is of one thing about one deployment."""
    assert once.claim(table, "d1", "verdict")
    assert once.claim(table, "d1", "approval")
    assert once.claim(table, "d2", "verdict")
