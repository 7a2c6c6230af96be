"""The example of a web application: a canary that pages, stylesheets and numbers are held against."""

import pytest

from rehearsal.clock import Clock
from rehearsal.world import World
from tests.rehearsal.example_plays import BEFORE, POST_TEST, PRE, created, playing

CANARY = {"strategy": "CANARY", "canary_percent": 25, "canary_bake_minutes": 10}


@pytest.fixture(scope="module")
def web():
    """The shop in its first version."""
    with playing(World(clock=Clock(60)), "web", Stages=f"{PRE},{POST_TEST},{BEFORE}") as play:
        created(play, **CANARY)
        yield play


def test_a_good_release_reaches_everybody(web):
    """The first step has no numbers, the second has."""
    result = web.release(web.register(web.app()), users="/", **CANARY)

    assert result.successful, result.explanation
    first = next(answer for answer in web.answers if answer.stage == BEFORE)
    assert {"smoke": "passed", "metrics": "skipped"} == dict(first.checks)
    assert {"smoke": "passed", "metrics": "passed"} == web.outcomes(BEFORE)


def test_a_missing_stylesheet_is_found_before_users_see_it(web):
    """The page answers 200, and looks like nothing."""
    result = web.release(web.register(web.app("--broken", "asset")), **CANARY)

    assert ("ROLLBACK_SUCCESSFUL", POST_TEST) == (result.status, result.stage)
    assert 'step "stylesheet": expected status 2xx, got 404' in result.explanation


def test_what_only_customers_meet_is_found_by_numbers(web):
    """Every smoke test passes; one customer in ten gets 500."""
    result = web.release(web.register(web.app("--broken", "errors")), users="/", **CANARY)

    assert ("ROLLBACK_SUCCESSFUL", BEFORE) == (result.status, result.stage)
    assert result.explanation.startswith("metrics: 5xx_rate ")
