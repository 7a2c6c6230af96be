"""The lifecycle stages; nothing but the standard library, so that an event can be read when all else is broken."""

from enum import StrEnum


class Stage(StrEnum):
    """The stages that hooks attach to, in the order of a deployment.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html
    """

    RECONCILE_SERVICE = "RECONCILE_SERVICE"
    PRE_SCALE_UP = "PRE_SCALE_UP"
    POST_SCALE_UP = "POST_SCALE_UP"
    TEST_TRAFFIC_SHIFT = "TEST_TRAFFIC_SHIFT"
    POST_TEST_TRAFFIC_SHIFT = "POST_TEST_TRAFFIC_SHIFT"
    PRE_PRODUCTION_TRAFFIC_SHIFT = "PRE_PRODUCTION_TRAFFIC_SHIFT"
    PRODUCTION_TRAFFIC_SHIFT = "PRODUCTION_TRAFFIC_SHIFT"
    POST_PRODUCTION_TRAFFIC_SHIFT = "POST_PRODUCTION_TRAFFIC_SHIFT"


KNOWN_STAGES: frozenset[str] = frozenset(Stage)

BEFORE_PRODUCTION = frozenset(
    {
        Stage.RECONCILE_SERVICE,
        Stage.PRE_SCALE_UP,
        Stage.POST_SCALE_UP,
        Stage.TEST_TRAFFIC_SHIFT,
        Stage.POST_TEST_TRAFFIC_SHIFT,
        Stage.PRE_PRODUCTION_TRAFFIC_SHIFT,
    }
)
"""Stages at which a service that is created does not answer in production yet."""

TESTING = frozenset({Stage.TEST_TRAFFIC_SHIFT, Stage.POST_TEST_TRAFFIC_SHIFT, Stage.PRE_PRODUCTION_TRAFFIC_SHIFT})
"""Stages at which the test listener is the one to look at."""
