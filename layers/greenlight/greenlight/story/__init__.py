"""The story of a deployment: how it went, why, and what to do next, in at most ten lines."""

from greenlight.story.model import MAX_LINES, Cause, Story
from greenlight.story.telling import tell

__all__ = ["MAX_LINES", "Cause", "Story", "tell"]
