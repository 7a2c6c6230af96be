"""The parts of a page and their anchors: addresses that people send to each other, the same for the same names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from greenlight.reports.words import URGENCY

_NEEDLESS = re.compile(r"[^a-z0-9]+")
_MAX_SLUG: Final = 60


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A test and its place.

    Attributes:
        anchor: Its address on the page.
        test: From the document.
        url: Where all requests went; what begins with it need not say so again.
    """

    anchor: str
    test: Mapping[str, Any]
    url: str

    @property
    def urgency(self) -> int:
        """Return the place of its outcome; what deserves a look first has the lowest."""
        return URGENCY[self.test["outcome"]]

    @property
    def retries(self) -> int:
        """Return how many attempts were followed by another because they did not pass."""
        return sum(map(retries, self.test["steps"]))

    @property
    def troubled(self) -> bool:
        """Tell whether people have to look at it."""
        return self.urgency <= URGENCY["warning"]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A check and its place.

    Attributes:
        anchor: Its address on the page.
        check: From the document.
        entries: Its identity, its setup and its tests, in the order of the suite.
    """

    anchor: str
    check: Mapping[str, Any]
    entries: tuple[Entry, ...]

    @property
    def troubled(self) -> tuple[Entry, ...]:
        """Return the tests that people have to look at, the gravest first."""
        return tuple(sorted((entry for entry in self.entries if entry.troubled), key=lambda entry: entry.urgency))

    @property
    def quiet(self) -> tuple[Entry, ...]:
        """Return the other tests."""
        return tuple(entry for entry in self.entries if not entry.troubled)


def retries(step: Mapping[str, Any]) -> int:
    """Return how many attempts of a step were followed by another because they did not pass."""
    if step["repetition"]:
        return 0
    return sum(attempt["outcome"] in {"failed", "error"} for attempt in step["attempts"][:-1])


def sections(document: Mapping[str, Any]) -> tuple[Section, ...]:
    """Return the parts of a report."""
    taken: set[str] = set()
    return tuple(_section(check, taken) for check in document["checks"])


def _section(check: Mapping[str, Any], taken: set[str]) -> Section:
    anchor = _free(_slug(check["name"], "check"), taken)
    url = check["suite"]["url"] if check["suite"] else ""
    entries = (
        Entry(anchor=_free(f"{anchor}/{_slug(test['name'], 'test')}", taken), test=test, url=url)
        for test in _tests(check["suite"])
    )
    return Section(anchor=anchor, check=check, entries=tuple(entries))


def _tests(suite: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    if suite is not None:
        yield from filter(None, (suite["identity"], suite["setup"], *suite["tests"]))


def _slug(name: str, otherwise: str) -> str:
    return _NEEDLESS.sub("-", name.lower())[:_MAX_SLUG].strip("-") or otherwise


def _free(anchor: str, taken: set[str]) -> str:
    """Return an address that nothing has yet; it never begins with ``_`` as the page's own do."""
    free, number = anchor, 2
    while free in taken:
        free, number = f"{anchor}-{number}", number + 1
    taken.add(free)
    return free
