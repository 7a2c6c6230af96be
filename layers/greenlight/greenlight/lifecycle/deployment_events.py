"""What EventBridge calls: ends of deployments are told, and PAUSE hooks are asked about and answered.

It may be called twice for one event, and not at all for another; so it does not believe an event, but looks at what ECS says
of the service's deployments, and does what is not done yet. What could not be done is raised, for Lambda to try again:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from greenlight import aws
from greenlight.deployment import DeploymentError
from greenlight.lifecycle import ecs_events
from greenlight.lifecycle.ecs_events import EcsEvent, ForeignEventError, parse_ecs_event
from greenlight.lifecycle.following import (
    ENDED,
    GOING_BACK,
    EventSettings,
    Followed,
    UntoldError,
    close_questions,
    concerned,
    followed,
    put_right,
    tell_end,
)
from greenlight.lifecycle.observability import logger
from greenlight.lifecycle.pauses import deal_with_pause
from greenlight.record import table_of
from greenlight.telling import channels_of

Handler = Callable[[Any, Any], dict[str, Any]]

WAITS_FOR_ECS: Final = (1.0, 2.0, 4.0)
"""Seconds between looks: an event may come a moment before ECS's API knows of what it tells."""

_UNKNOWN_TIMEOUT_SECONDS: Final = 60.0
_RESERVE_SECONDS: Final = 3.0
_ENDS_WITHOUT_RECORD: Final = frozenset({ecs_events.COMPLETED, ecs_events.FAILED})


class UndoneError(Exception):
    """When something could not be done that another attempt may do; it says what."""


def handler() -> Handler:
    """Make the handler of the function, as its environment says."""
    settings = settings_of(os.environ)

    def lambda_handler(event: Any, context: Any) -> dict[str, Any]:
        logger.thread_safe_clear_keys()
        return deal(event, settings, deadline=time.monotonic() + _seconds(context))

    return lambda_handler


def settings_of(environment: Mapping[str, str]) -> EventSettings:
    """Return how the function was deployed.

    Args:
        environment: ``OUR_FUNCTIONS`` (ARNs, separated by commas), ``APPROVAL_HOOK`` (``PAUSE`` or ``none``), ``TRAFFIC_STEPS``
            (``on`` or ``off``), and what the record and the channels are made of.
    """
    functions = environment.get("OUR_FUNCTIONS", "").split(",")
    return EventSettings(
        functions=tuple(arn.strip() for arn in functions if arn.strip()),
        record=table_of(environment),
        channels=channels_of(environment),
        answers_pauses=environment.get("APPROVAL_HOOK", "").strip() == "PAUSE",
        moves_traffic=environment.get("TRAFFIC_STEPS", "").strip() == "on",
    )


def _seconds(context: Any) -> float:
    try:
        left = float(context.get_remaining_time_in_millis()) / 1000
    except (AttributeError, TypeError, ValueError):
        left = _UNKNOWN_TIMEOUT_SECONDS
    return left - min(_RESERVE_SECONDS, left / 4)


def deal(raw: Any, settings: EventSettings, *, deadline: float) -> dict[str, Any]:
    """Deal with an event; return what was done with which deployments.

    Args:
        raw: What EventBridge handed over.
        settings: How the function was deployed.
        deadline: Monotonic seconds by which it has to be done.

    Raises:
        UndoneError: When another attempt may do what this one could not.
    """
    try:
        event = parse_ecs_event(raw)
    except ForeignEventError as error:
        # Another attempt would find the same event.
        logger.error("an event cannot be read", extra={"problem": str(error)})
        return {"ours": []}
    logger.thread_safe_append_keys(event=event.name, ecs_service=event.service_arn.rpartition("/")[2])
    if not event.is_of_use:
        return {"ours": []}
    undone: list[str] = []
    ours: list[str] = []
    records = _tried("looking up the deployments", undone, partial(_look, event, deadline=deadline)) or []
    for index, record in enumerate(records):
        identifier = str(record["serviceDeploymentArn"]).rpartition("/")[2]
        logger.thread_safe_append_keys(deployment=identifier)
        before = len(undone)
        reading = partial(followed, record, settings, is_newest=index == 0)
        found = _tried(f"reading the record of {identifier}", undone, reading)
        if found is None:
            if len(undone) == before:
                logger.info("the deployment is none of ours")
            else:
                _put_right_unread(record, settings, undone, is_newest=index == 0)
            continue
        ours.append(found.id)
        _follow(event, found, settings, undone, deadline=deadline)
    if undone:
        problem = "; ".join(undone)
        logger.error("not everything could be done; Lambda tries again", extra={"problem": problem})
        raise UndoneError(problem)
    return {"ours": ours}


def _look(event: EcsEvent, *, deadline: float, sleep: Callable[[float], None] = time.sleep) -> list[dict[str, Any]]:
    records = concerned(event)
    for seconds in WAITS_FOR_ECS:
        if not (records and _is_late(event, str(records[0].get("status")))) or time.monotonic() + seconds >= deadline:
            break
        sleep(seconds)
        records = concerned(event)
    return records


def _is_late(event: EcsEvent, status: str) -> bool:
    """Tell whether ECS's API seems not to know yet what the event tells."""
    if event.name == ecs_events.COMPLETED:
        return status not in ENDED
    return event.name == ecs_events.STEADY and status in GOING_BACK


def _follow(event: EcsEvent, found: Followed, settings: EventSettings, undone: list[str], *, deadline: float) -> None:
    """Do what is to be done about a deployment of ours: users first, then people, then the story."""
    _tried(f"giving traffic of {found.id} back to blue", undone, partial(put_right, found, settings))
    if event.is_pause and event.deployment_arn == found.arn and settings.answers_pauses:
        what = f"dealing with PAUSE hook {event.hook_id}"
        _tried(what, undone, partial(deal_with_pause, event, found, settings, deadline=deadline))
    # What the record does not know, it cannot say that it was told: only what the event itself is about.
    if settings.record is None and not (found.is_newest and event.name in _ENDS_WITHOUT_RECORD):
        return
    asked = _tried(f"closing questions about {found.id}", undone, partial(close_questions, found, settings))
    told_of = found.approvals if asked is None else asked
    what = f"telling the end of {found.id}"
    _tried(what, undone, partial(tell_end, found, told_of, settings, deadline=deadline))


def _put_right_unread(
    record: Mapping[str, Any], settings: EventSettings, undone: list[str], *, is_newest: bool
) -> None:
    """Look after the traffic where the record does not answer: users cannot wait for DynamoDB."""
    without = replace(settings, record=None)
    found = followed(record, without, is_newest=is_newest)
    if found is not None:
        _tried(f"giving traffic of {found.id} back to blue", undone, partial(put_right, found, without))


def _tried(what: str, undone: list[str], work: Callable[[], Any]) -> Any:
    """Do something; where that does not work the rest is done all the same, and it is raised at the end."""
    try:
        return work()
    except (aws.AwsError, DeploymentError, UntoldError) as error:
        undone.append(f"{what}: {error}")
    except Exception as error:  # noqa: BLE001 - it is raised at the end, when the rest is done
        logger.exception("a defect in Greenlight", extra={"while": what})
        undone.append(f"{what}: unforeseen {type(error).__name__}: {error}")
    return None
