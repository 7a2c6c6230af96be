"""Telling something once, within a time, without ever getting in the way of what it is about."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from greenlight import aws
from greenlight.bounded import Task, TimeIsUpError
from greenlight.record import Claim, Table, once
from greenlight.telling.channels import Channels
from greenlight.telling.notices import SOURCE, Notice, detail, subject, text

logger = logging.getLogger("greenlight.telling")

LEAST_SECONDS: Final = 0.2
"""What telling is given even where no time is left; a warm call of AWS takes a tenth of that."""


class NotTakenError(Exception):
    """When AWS answered, and did not take what it was handed."""


class BeingToldError(Exception):
    """When somebody else has claimed to tell it, and has not told it yet."""


def send(channels: Channels, table: Table | None, notice: Notice, *, deadline: float) -> bool:
    """Tell something, unless that was done before; return whether all of it is told, by whomever.

    What another invocation is only about to tell is not told.

    Args:
        channels: Where to.
        table: The record, which knows what was told; None where there is none, and the caller sees to it.
        notice: What.
        deadline: Monotonic seconds by which it has to be done; at least a moment is taken.
    """
    parts: list[tuple[str, Callable[[], None]]] = []
    if channels.topic and notice.message:
        parts.append((f"message#{notice.message}", partial(_publish, channels, notice)))
    if channels.event_bus and notice.event:
        parts.append((f"event#{notice.event}", partial(_put_event, channels, notice)))
    # Side by side, so that the one does not wait for the other's time-outs.
    tasks = [(what, Task(partial(_once, table, notice, what, tell), "telling")) for what, tell in parts]
    told = [_done(task, notice, what, deadline) for what, task in tasks]
    return all(told)


def _done(task: "Task[None]", notice: Notice, what: str, deadline: float) -> bool:
    names = {"told": what, "deployment": notice.deployment, "ecs_service": notice.service}
    try:
        task.result(max(LEAST_SECONDS, deadline - time.monotonic()))
    except BeingToldError as error:
        logger.info("something is not told yet", extra={**names, "problem": str(error)})
        return False
    except (aws.AwsError, NotTakenError, TimeIsUpError) as error:
        problem = str(error) or "there was not enough time"
        logger.warning("something could not be told", extra={**names, "problem": problem})
        return False
    except Exception:
        logger.exception("something could not be told; a defect in Greenlight", extra=names)
        return False
    return True


def _once(table: Table | None, notice: Notice, what: str, tell: Callable[[], None]) -> None:
    claimed: Claim | None = None
    if table is not None:
        try:
            if notice.comes_again and once.is_told(table, notice.deployment, what):
                return
            claimed = once.claim(table, notice.deployment, what)
        except aws.AwsError as error:
            # Told twice, maybe, and never not at all.
            logger.warning("the record does not say whether it was told; it is", extra={"problem": str(error)})
        else:
            if claimed is None:
                if not once.is_told(table, notice.deployment, what):
                    # Who is about to may die over it; whoever can has to come back and look.
                    raise BeingToldError("another invocation is about to tell it")
                return
    try:
        tell()
    except BaseException:
        _quietly(once.release, table, claimed)
        raise
    _quietly(once.settle, table, claimed)


def _quietly(change: Callable[[Table, Claim], None], table: Table | None, claimed: Claim | None) -> None:
    """Change a claim; where that does not work its lease ends by itself, and what was told may be told again."""
    if table is None or claimed is None:
        return
    try:
        change(table, claimed)
    except aws.AwsError as error:
        logger.warning("the record could not be told that something is told", extra={"problem": str(error)})


def _publish(channels: Channels, notice: Notice) -> None:
    # https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html; a value may not be empty.
    attributes = {"kind": notice.kind, "severity": str(notice.severity), "service": notice.service}
    aws.call(
        "sns",
        "publish",
        region=_region(channels.topic),
        TopicArn=channels.topic,
        Subject=subject(notice.subject),
        Message=text(notice.subject, notice.lines),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
        },
    )


def _put_event(channels: Channels, notice: Notice) -> None:
    entry: dict[str, Any] = {
        "Source": SOURCE,
        "DetailType": notice.detail_type,
        "Detail": detail(notice.detail),
        "Resources": list(notice.resources),
        "EventBusName": channels.event_bus,
    }
    reply = aws.call("events", "put_events", Entries=[entry])
    # A refused entry is no error of the call: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
    if reply.get("FailedEntryCount"):
        (result,) = reply.get("Entries") or [{}]
        raise NotTakenError(
            f"events:PutEvents did not take the event for {channels.event_bus} "
            f"({result.get('ErrorCode', 'no code')}): {result.get('ErrorMessage', 'no message')}"
        )


def _region(arn: str) -> str | None:
    parts = arn.split(":")
    return parts[3] if len(parts) > 3 and parts[3] else None  # noqa: PLR2004 - arn:partition:service:region:…
