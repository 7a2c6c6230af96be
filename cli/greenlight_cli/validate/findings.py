"""What was found in files."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from greenlight.documents import Mistake
from greenlight_cli.kinds import Kind


@dataclass(frozen=True, kw_only=True)
class Located:
    """A mistake, with its place taken apart.

    Attributes:
        line: From 1; None where there is none.
        path: As in ``tests[0].expect``; empty for the whole file.
        text: What was found, and the cure.
    """

    line: int | None
    path: str
    text: str


@dataclass(kw_only=True)
class Finding:
    """What was found in one file.

    Attributes:
        name: As in messages.
        kind: What it is; None when that cannot be seen.
        content: What is in it, in a few words.
        mistakes: In the order of the lines.
    """

    name: str
    kind: Kind | None = None
    content: str = ""
    mistakes: list[Mistake] = field(default_factory=list)

    def located(self) -> list[Located]:
        """Return the mistakes with their places taken apart, in the order of the lines."""
        located = [_located(self.name, mistake) for mistake in self.mistakes]
        return sorted(located, key=lambda mistake: mistake.line or 0)


@dataclass(frozen=True)
class NotLookedAt:
    """A file that is named somewhere, and is not on this machine.

    Attributes:
        place: Who names it.
        location: Where it is.
    """

    place: str
    location: str


@dataclass
class Findings:
    """What was found in all files.

    Attributes:
        files: In the order in which they were come across.
        not_looked_at: Files that are elsewhere.
    """

    files: list[Finding] = field(default_factory=list)
    not_looked_at: list[NotLookedAt] = field(default_factory=list)

    @property
    def mistakes(self) -> int:
        """Return how many mistakes there are."""
        return sum(len(finding.mistakes) for finding in self.files)

    def file(self, name: str) -> Finding:
        """Return the findings of a file, for the first time or again."""
        for finding in self.files:
            if finding.name == name:
                return finding
        self.files.append(Finding(name=name))
        return self.files[-1]

    def add(self, mistakes: Iterable[Mistake]) -> None:
        """Put mistakes with the files that they are in, each once."""
        for mistake in mistakes:
            finding = next(finding for finding in self.files if _is_in(finding.name, mistake))
            if mistake not in finding.mistakes:
                finding.mistakes.append(mistake)

    def pass_over(self, file: NotLookedAt) -> None:
        """Remember a file that was not looked at."""
        if file not in self.not_looked_at:
            self.not_looked_at.append(file)


def _is_in(name: str, mistake: Mistake) -> bool:
    return mistake.place == name or mistake.place.startswith((f"{name}:", f"{name} "))


def _located(name: str, mistake: Mistake) -> Located:
    """Take ``name:line path`` apart; the name may hold spaces and colons itself."""
    line, _, path = mistake.place.removeprefix(name).partition(" ")
    return Located(line=int(line[1:]) if line else None, path=path, text=mistake.text)
