"""What the rehearsal's AWS API was told for others to hear: messages to topics, and events to buses.

moto keeps a topic's messages; of events it keeps only what a rule passes on to a target of its own, so they are kept here.
"""

import copy
import json
import threading
from dataclasses import dataclass, field
from typing import Any

import moto.events.urls
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.events.models import EventsBackend, events_backends
from moto.events.responses import EventsHandler
from moto.sns.models import sns_backends

__all__ = ["Message", "events_put", "extend_moto", "published"]

_lock = threading.Lock()


@dataclass(frozen=True)
class Message:
    """A message that was published to a topic.

    Attributes:
        message: Its text.
        subject: Its subject; None for none.
        attributes: Its attributes, by their names: ``{"Type": …, "Value": …}``.
    """

    message: str
    subject: str | None = None
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)


def published(topic_arn: str) -> list[Message]:
    """Return the messages of a topic, the oldest first.

    Args:
        topic_arn: The topic; its ARN says in which account and region.

    Raises:
        KeyError: When there is no such topic.
    """
    _, _, _, region, account_id, _ = topic_arn.split(":")
    topic = sns_backends[account_id][region].topics[topic_arn]
    return [
        Message(message, subject, _attributes(attributes))
        for _, message, subject, attributes, _ in list(topic.sent_notifications)
    ]


def events_put(account_id: str = DEFAULT_ACCOUNT_ID, region: str = "eu-west-1") -> list[dict[str, Any]]:
    """Return the entries that PutEvents took, in the shape of its request, the oldest first.

    Args:
        account_id: The account, `AwsServer.account_id`.
        region: The region, `AwsServer.region`.
    """
    with _lock:
        return copy.deepcopy(_entries_of(events_backends[account_id][region]))


def extend_moto() -> None:
    """Let moto keep the entries of PutEvents. Doing it again changes nothing."""
    moto.events.urls.url_paths.update(dict.fromkeys(moto.events.urls.url_paths, _EventsResponse.dispatch))


def _entries_of(backend: EventsBackend) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = vars(backend).setdefault("greenlight_entries", [])
    return found


def _attributes(attributes: dict[str, Any] | None) -> dict[str, dict[str, str]]:
    return {
        name: {"Type": str(each.get("Type", "String")), "Value": str(each.get("Value", ""))}
        for name, each in (attributes or {}).items()
    }


class _EventsResponse(EventsHandler):
    """moto's EventBridge, which keeps what it was told. Each method is the API operation of its name."""

    def put_events(self) -> str:
        told = super().put_events()
        results = _results(told)
        with _lock:
            _entries_of(self.events_backend).extend(
                copy.deepcopy(entry)
                for entry, result in zip(self._get_param("Entries"), results, strict=True)
                if "EventId" in result
            )
        return told


def _results(told: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(told)["Entries"]
    return entries
