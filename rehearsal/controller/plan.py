"""What happens in a deployment and in which order, as data: another strategy is another plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from rehearsal.controller.strategy import Step

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


class Listener(Enum):
    """Whose traffic a listener rule carries."""

    TEST = "test"
    PRODUCTION = "production"


class Work(Enum):
    """What ECS itself does in a stage, besides shifting traffic."""

    STOP_STRAYS = "stop revisions that an unfinished deployment left running"
    START_GREEN = "start green and wait until it is healthy"
    BAKE = "let both run for a bake time"
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
        bake_minutes: How long both run, where that is the work.
        step: Which step of how many it belongs to, where traffic moves in several.
    """

    name: str
    work: Work | None = None
    shifts: Listener | None = None
    green_percent: float = 100
    shows: Listener | None = None
    bake_minutes: float = 0
    step: tuple[int, int] | None = None


_BEFORE_PRODUCTION = (
    PlannedStage(PRE_SCALE_UP),
    PlannedStage(SCALE_UP, work=Work.START_GREEN),
    PlannedStage(POST_SCALE_UP),
    PlannedStage(TEST_TRAFFIC_SHIFT, shifts=Listener.TEST, shows=Listener.TEST),
    PlannedStage(POST_TEST_TRAFFIC_SHIFT),
)
_RECONCILE = PlannedStage(RECONCILE_SERVICE, work=Work.STOP_STRAYS)

_ROLLBACK_STAGES = {Listener.TEST: TEST_TRAFFIC_SHIFT, Listener.PRODUCTION: PRODUCTION_TRAFFIC_SHIFT}


def plan(steps: Sequence[Step], *, bake_minutes: float, reconcile: bool) -> tuple[PlannedStage, ...]:
    """Return the stages of a deployment.

    Args:
        steps: How production traffic moves.
        bake_minutes: ``bakeTimeInMinutes``, after green has all of it.
        reconcile: Whether more than one revision is active when the deployment starts.
    """
    return (
        *((_RECONCILE,) if reconcile else ()),
        *_BEFORE_PRODUCTION,
        *_production(steps),
        PlannedStage(POST_PRODUCTION_TRAFFIC_SHIFT),
        PlannedStage(BAKE_TIME, work=Work.BAKE, bake_minutes=bake_minutes),
        PlannedStage(CLEAN_UP, work=Work.STOP_BLUE),
    )


def _production(steps: Sequence[Step]) -> Iterator[PlannedStage]:
    """Both stages of each step; the step's bake belongs to the shift, which ECS gives "up to 24 hours" a step.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-linear.html
    """
    for number, step in enumerate(steps, start=1):
        which = (number, len(steps)) if len(steps) > 1 else None
        yield PlannedStage(PRE_PRODUCTION_TRAFFIC_SHIFT, shows=Listener.PRODUCTION, step=which)
        yield PlannedStage(
            PRODUCTION_TRAFFIC_SHIFT,
            work=Work.BAKE if step.bake_minutes else None,
            shifts=Listener.PRODUCTION,
            green_percent=step.green_percent,
            shows=Listener.PRODUCTION,
            bake_minutes=step.bake_minutes,
            step=which,
        )


def way_back(listener: Listener) -> PlannedStage:
    """Return the stage that takes a listener's traffic away from green in a rollback."""
    return PlannedStage(_ROLLBACK_STAGES[listener], shifts=listener, green_percent=0, shows=listener)
