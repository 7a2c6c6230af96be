"""Production traffic that a check moved, moved back because the gate failed: ECS does not know of it, and would leave it."""

import time
from dataclasses import replace
from typing import Final

from greenlight.bounded import Task, TimeIsUpError
from greenlight.deployment import Deployment, DeploymentError
from greenlight.deployment.shifting import restore_blue
from greenlight.gates import Verdict
from greenlight.lifecycle.event import HookEvent
from greenlight.lifecycle.observability import logger

LEAST_SECONDS: Final = 3.0
"""What it is given, even where the invocation should have ended: nothing is worse than to leave users where they are."""

_BACK: Final = "production is back at 100 % blue"


def put_back(event: HookEvent, verdict: Verdict, *, deadline: float) -> Verdict:
    """Move production traffic back to blue, and say in the verdict what became of it.

    Args:
        event: What ECS asked.
        verdict: Why it has to go back.
        deadline: Monotonic seconds by which it should be done.
    """
    return replace(verdict, reason=f"{verdict.reason}; {moved_back(event, deadline=deadline)}")


def moved_back(event: HookEvent, *, deadline: float) -> str:
    """Move production traffic back to blue, and return what became of it, in a sentence."""
    deployment = Deployment(event.deployment_arn, event.green_arn, production_weights=event.production_weights)
    try:
        seconds = max(LEAST_SECONDS, deadline - time.monotonic())
        Task(lambda: restore_blue(deployment), "putting back").result(seconds)
    except (DeploymentError, TimeIsUpError) as error:
        problem = str(error) or f"it took longer than {seconds:.0f} s"
        logger.error("production traffic could not be moved back to blue", extra={"problem": problem})
        return _not_back(problem)
    except Exception as error:  # noqa: BLE001 - the verdict stands, and ECS has to get it
        logger.exception("production traffic could not be moved back to blue; a defect in Greenlight")
        return _not_back(f"unforeseen {type(error).__name__}: {error}")
    return _BACK


def _not_back(problem: str) -> str:
    return f"production traffic could NOT be moved back to blue: {problem}; look at the production rule now"
