"""Stable names for what is different at each run: ports, ARNs that the AWS API makes up, and how long something took.

This is the one place where a message of a scene is changed: each real name is known to whoever made it, and is replaced by
its stand-in, the longest first. Guessed are only the time that something took, and the name of an execution, which is made of
the check's settings and changes with every key that they get.
"""

import re
from dataclasses import dataclass, field

_TOOK = re.compile(r"(?<=got )\d+(?= ms\b)|(?<=, within )\d+(?= ms\b)")
_EXECUTION = re.compile(r"\b(greenlight-[a-z0-9_-]+-)[0-9a-f]{24}\b")


@dataclass
class Names:
    """What is called otherwise in a message."""

    known: dict[str, str] = field(default_factory=dict)

    def say(self, real: str, shown: str) -> str:
        """Let a real name be told as another one, and return the real one."""
        self.known[real] = shown
        return real

    def stable(self, text: str) -> str:
        """Return a message as it is at each run."""
        for real in sorted(self.known, key=len, reverse=True):
            text = text.replace(real, self.known[real])
        return _EXECUTION.sub(r"\g<1>5f1e2d3c4b5a69788796a5b4", _TOOK.sub("312", text))
