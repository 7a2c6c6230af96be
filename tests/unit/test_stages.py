"""The lifecycle stages."""

from greenlight.stages import BEFORE_PRODUCTION, KNOWN_STAGES, TESTING, Stage


def test_the_stages_are_those_of_ecs_in_their_order():
    """As in ecs-lifecycle-hooks.md; SCALE_UP, BAKE_TIME and CLEAN_UP take no hooks."""
    assert [
        "RECONCILE_SERVICE",
        "PRE_SCALE_UP",
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRE_PRODUCTION_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
    ] == list(Stage)
    assert set(Stage) == KNOWN_STAGES


def test_production_begins_with_its_shift():
    """A new service answers in production from there on, and on the test listener from the test shift until there."""
    stages = list(Stage)
    shift = stages.index(Stage.PRODUCTION_TRAFFIC_SHIFT)
    assert set(stages[:shift]) == BEFORE_PRODUCTION
    assert set(stages[stages.index(Stage.TEST_TRAFFIC_SHIFT) : shift]) == TESTING
