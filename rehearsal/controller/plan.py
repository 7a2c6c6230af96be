"""What happens in a deployment and in which order, as data: another strategy is another plan."""

from dataclasses import dataclass
from enum import Enum

RECONCILE_SERVICE = "RECONCILE_SERVICE"
PRE_SCALE_UP = "PRE_SCALE_UP"
SCALE_UP = "SCALE_UP"
POST_SCALE_UP = "POST_SCALE_UP"
TEST_TRAFFIC_SHIFT = "TEST_TRAFFIC_SHIFT"
POST_TEST_TRAFFIC_SHIFT = "POST_TEST_TRAFFIC_SHIFT"
PRE_PRODUCTION_TRAFFIC_SHIFT = "PRE_PRODUCTION_TRAFFIC_SHIFT"
PRODUCTION_TRAFFIC_SHIFT = "PRODUCTION_TRAFFIC_SHIFT"
POST_PRODUCTION_TRAFFIC_SHIFT = "POST_PRODUCTION_TRAFFIC_SHIFT"
BAKE_TIME = "BAKE_TIME"
CLEAN_UP = "CLEAN_UP"

# botocore model 1.44, DeploymentLifecycleHookStage.
STAGES_WITH_HOOKS = (
    RECONCILE_SERVICE,
    PRE_SCALE_UP,
    POST_SCALE_UP,
    TEST_TRAFFIC_SHIFT,
    POST_TEST_TRAFFIC_SHIFT,
    PRE_PRODUCTION_TRAFFIC_SHIFT,
    PRODUCTION_TRAFFIC_SHIFT,
    POST_PRODUCTION_TRAFFIC_SHIFT,
)


class UnknownStrategyError(ValueError):
    """When the rehearsal has no plan for a deployment strategy."""


class Listener(Enum):
    """Whose traffic a listener rule carries."""

    TEST = "test"
    PRODUCTION = "production"


class Work(Enum):
    """What ECS itself does in a stage, besides shifting traffic."""

    STOP_STRAYS = "stop revisions that an unfinished deployment left running"
    START_GREEN = "start green and wait until it is healthy"
    BAKE = "let both run for the bake time"
    STOP_BLUE = "stop blue"


@dataclass(frozen=True)
class PlannedStage:
    """One stage of a plan.

    Attributes:
        name: The lifecycle stage.
        work: What ECS does after the stage's hooks have succeeded.
        shifts: The listener whose traffic moves before the stage's hooks are invoked.
        green_percent: How much of that traffic green has then.
        shows: The listener whose weights the hooks' event carries.
    """

    name: str
    work: Work | None = None
    shifts: Listener | None = None
    green_percent: float = 100
    shows: Listener | None = None


_BLUE_GREEN = (
    PlannedStage(PRE_SCALE_UP),
    PlannedStage(SCALE_UP, work=Work.START_GREEN),
    PlannedStage(POST_SCALE_UP),
    PlannedStage(TEST_TRAFFIC_SHIFT, shifts=Listener.TEST, shows=Listener.TEST),
    PlannedStage(POST_TEST_TRAFFIC_SHIFT),
    PlannedStage(PRE_PRODUCTION_TRAFFIC_SHIFT, shows=Listener.PRODUCTION),
    PlannedStage(PRODUCTION_TRAFFIC_SHIFT, shifts=Listener.PRODUCTION, shows=Listener.PRODUCTION),
    PlannedStage(POST_PRODUCTION_TRAFFIC_SHIFT),
    PlannedStage(BAKE_TIME, work=Work.BAKE),
    PlannedStage(CLEAN_UP, work=Work.STOP_BLUE),
)
_PLANS = {"BLUE_GREEN": _BLUE_GREEN}
_RECONCILE = PlannedStage(RECONCILE_SERVICE, work=Work.STOP_STRAYS)

_ROLLBACK_STAGES = {Listener.TEST: TEST_TRAFFIC_SHIFT, Listener.PRODUCTION: PRODUCTION_TRAFFIC_SHIFT}


def plan(strategy: str, *, reconcile: bool) -> tuple[PlannedStage, ...]:
    """Return the stages of a deployment.

    Args:
        strategy: The deployment strategy.
        reconcile: Whether more than one revision is active when the deployment starts.

    Raises:
        UnknownStrategyError: When there is no plan for the strategy.
    """
    if strategy not in _PLANS:
        raise UnknownStrategyError(f"no plan for strategy {strategy}; there is {', '.join(_PLANS)}")
    return (_RECONCILE, *_PLANS[strategy]) if reconcile else _PLANS[strategy]


def way_back(listener: Listener) -> PlannedStage:
    """Return the stage that takes a listener's traffic away from green in a rollback."""
    return PlannedStage(_ROLLBACK_STAGES[listener], shifts=listener, green_percent=0, shows=listener)
