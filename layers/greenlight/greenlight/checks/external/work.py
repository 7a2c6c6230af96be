"""A piece of work that another service does for a check: whose it is, and how it stands."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from greenlight.checks.base import CheckContext

_SHOWN_CHARACTERS: Final = 300


class State(Enum):
    """How a piece of work stands."""

    RUNNING = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    NOT_BEGUN = auto()
    """It ended before anything of it was done, so that it may be started anew."""
    BROKEN = auto()
    """The service had trouble of its own after a part of it was done."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What the service says of a piece of work.

    Attributes:
        id: What is remembered to find it again.
        what: What people call it.
        state: How it stands.
        status: How it stands, in the service's words.
        said: What became of it, to follow on ``what``.
        why: What the service says about that.
        started: When it was started, where that is known.
        ended: When it ended, where that is known.
        details: For the report: links, exit codes.
    """

    id: str
    what: str
    state: State
    status: str
    said: str = ""
    why: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    details: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


class NotYetError(Exception):
    """When the service did not take the work this time, or does not show it yet."""


class UnfitError(Exception):
    """When the settings name something that can never do the work."""


@dataclass(frozen=True)
class Run:
    """The one run of a check's work in a deployment.

    Attributes:
        context: What the check may look at.
        key: Whose run it is: the same in every invocation, whatever was forgotten; 64 hexadecimal digits.
    """

    context: CheckContext
    key: str

    @property
    def short(self) -> str:
        """Return enough of the key to tell runs apart."""
        return self.key[:24]

    def about_to_start(self) -> None:
        """Stop where the time is up: a thread that Lambda froze would start the work long after it looked for it.

        Raises:
            NotYetError: When it is too late to start anything.
        """
        if time.monotonic() >= self.context.deadline:
            raise NotYetError("there was no time left in this invocation to start the work; the next one does")


def run_of(context: CheckContext, check: str, work: Mapping[str, Any], tries: int) -> Run:
    """Name a run by what makes it this one, and by nothing that another invocation could see differently.

    Args:
        context: Deployment, stage and step.
        check: The check's name.
        work: The settings that say what is to be done, with their templates as they stand in the gates file.
        tries: How many runs ended before anything was done.
    """
    parts = [context.deployment.deployment_arn, context.stage, context.step, check, work, tries]
    return Run(context, sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest())


def one_line(text: Any, most: int = _SHOWN_CHARACTERS) -> str:
    """Write what a service says on one line, cut to what fits in a message."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
