"""Where to tell it, as the function was deployed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much something is to people."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Return its place, the least first."""
        return list(Level).index(self)


@dataclass(frozen=True)
class Channels:
    """Where to tell it.

    Attributes:
        topic: ARN of the SNS topic for messages to people; empty for none.
        event_bus: Name of the EventBridge bus for events; empty for none.
        level: The least severity of a verdict that is worth a message; questions to people and ends of deployments always are.
    """

    topic: str = ""
    event_bus: str = ""
    level: Level = Level.WARNING

    @property
    def any(self) -> bool:
        """Tell whether anything can be told at all."""
        return bool(self.topic or self.event_bus)


def channels_of(environment: Mapping[str, str]) -> Channels:
    """Return the channels that a function was deployed with.

    Args:
        environment: ``NOTIFICATION_TOPIC``, ``EVENT_BUS`` and ``NOTIFICATION_LEVEL``; a level that there is none of counts
            as ``warning``.
    """
    level = environment.get("NOTIFICATION_LEVEL", "").strip().lower()
    return Channels(
        topic=environment.get("NOTIFICATION_TOPIC", "").strip(),
        event_bus=environment.get("EVENT_BUS", "").strip(),
        level=Level(level) if level in set(Level) else Level.WARNING,
    )
