"""Starting green and waiting until its target group calls it healthy."""

import time
from typing import TYPE_CHECKING

from rehearsal.controller import reasons
from rehearsal.controller.plan import SCALE_UP
from rehearsal.controller.result import StageFailedError
from rehearsal.controller.traffic import Placed
from rehearsal.controller.waiting import POLL
from rehearsal.world import ApplicationStartError

if TYPE_CHECKING:
    from rehearsal.world import World


def start_and_wait(world: "World", placed: Placed, timeout: float) -> None:
    """Start a revision and wait until it is healthy.

    Args:
        world: Runs it.
        placed: The revision and its target group.
        timeout: Real seconds, for a real server does not start faster on a fast clock.

    Raises:
        StageFailedError: When it cannot start or is not healthy in time, with the end of what the application wrote.
    """
    try:
        world.start(placed.revision, placed.target_group_arn)
    except (ApplicationStartError, OSError) as error:
        reason = f"version {placed.revision.version} did not start: {' '.join(str(error).split())}"
        raise StageFailedError(SCALE_UP, reasons.CIRCUIT_BREAKER, reason) from error
    deadline = time.monotonic() + timeout
    while not world.is_healthy(placed.revision):
        if time.monotonic() >= deadline:
            raise StageFailedError(SCALE_UP, reasons.CIRCUIT_BREAKER, _explained(world, placed, timeout))
        time.sleep(POLL)


def _explained(world: "World", placed: Placed, timeout: float) -> str:
    said = world.application_log(placed.revision).strip().splitlines()
    last = f"its last words: {said[-1].strip()}" if said else "it wrote nothing"
    return f"version {placed.revision.version} did not become healthy within {timeout:g} s; {last}"
