"""What people and other systems are told: SNS messages in plain words, EventBridge events in JSON, each once."""

from greenlight.telling.approvals import approval_asked, approval_decided
from greenlight.telling.channels import Channels, Level, channels_of
from greenlight.telling.ends import story_told
from greenlight.telling.verdicts import severity_of, verdict_told

__all__ = [
    "Channels",
    "Level",
    "approval_asked",
    "approval_decided",
    "channels_of",
    "severity_of",
    "story_told",
    "verdict_told",
]
