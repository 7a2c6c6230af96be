"""Recorded endings: how deployments ended, with all that was known of them, and the story that has to be told.

    .venv/bin/python -m tests.unit.story.recorded

writes the stories anew into ``endings/*.json``; look at what changed before you keep it.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from greenlight.record import Answer, Approval, Decision, VerdictEntry
from greenlight.story import tell

FOLDER = Path(__file__).parent / "endings"
_TIMES = frozenset({"createdAt", "startedAt", "finishedAt", "stoppedAt", "updatedAt", "expiresAt"})


@dataclass(frozen=True)
class Recorded:
    """One ending.

    Attributes:
        name: What it is called.
        document: All of it, as it stands in its file.
    """

    name: str
    document: dict

    @property
    def deployment(self):
        """What boto3 returns: times are datetimes."""
        return _with_times(self.document["deployment"])

    @property
    def story(self):
        """The story that is told of it."""
        return tell(
            self.deployment,
            [verdict(each) for each in self.document["verdicts"]],
            [approval(each) for each in self.document["approvals"]],
            log_lines=self.document["log_lines"],
            functions=self.document["functions"],
        )


def every():
    """All recorded endings, in the order of their names."""
    paths = sorted(FOLDER.glob("*.json"))
    return [Recorded(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in paths]


def verdict(told):
    """An entry of the record."""
    checks = tuple(Answer(**check) for check in told.get("checks", ()))
    return VerdictEntry(**{**told, "at": seconds(told["at"]), "checks": checks})


def approval(told):
    """A question to people."""
    made = tuple(Decision(**{**decision, "at": seconds(decision["at"])}) for decision in told.get("decisions", ()))
    times = {key: seconds(told[key]) for key in ("requested_at", "expires_at")}
    return Approval(**{**told, **times, "decisions": made})


def seconds(text):
    """A time, in seconds since the epoch."""
    return datetime.fromisoformat(text).timestamp()


def _with_times(value):
    if isinstance(value, dict):
        return {
            key: datetime.fromisoformat(each) if key in _TIMES else _with_times(each) for key, each in value.items()
        }
    return [_with_times(each) for each in value] if isinstance(value, list) else value


def write():
    """Write every story anew."""
    for recorded in every():
        story = recorded.story
        document = {**recorded.document, "cause": str(story.cause), "good": story.good, "lines": list(story.lines)}
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        (FOLDER / f"{recorded.name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
