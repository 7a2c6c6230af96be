"""One check: its answer, its tests or whatever else it has to tell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greenlight.reports.page.cards import short_card, whole_card
from greenlight.reports.page.contents import Entry, Section
from greenlight.reports.page.icons import icon
from greenlight.reports.page.markup import Markup, element
from greenlight.reports.page.tree import tree
from greenlight.reports.page.waterfall import waterfall
from greenlight.reports.words import OUTCOME_WORDS, count, duration


@dataclass
class Room:
    """How many bytes there are left for details; what comes first on a page has the first claim."""

    left: int

    def fit(self, entry: Entry) -> Markup:
        """Return a test, whole where there is room; after the first that is too large, all are short."""
        if self.left:
            card = whole_card(entry)
            size = len(card.encode())
            if size <= self.left:
                self.left -= size
                return card
            self.left = 0
        return short_card(entry)


def check(section: Section, room: Room, *, reason: str) -> Markup:
    """Return a check: what deserves a look, then the timings, then what is as it should be.

    Args:
        section: The check.
        room: For the details of its tests.
        reason: The verdict's, which need not be told twice.
    """
    found = section.check
    name = element("span", found["name"], " ", element("span", OUTCOME_WORDS[found["outcome"]], class_="word"))
    parts = [
        element("h2", icon(found["outcome"]), name),
        Markup()
        if section.troubled or found["summary"] == reason
        else element("p", found["summary"], class_="summary"),
        element("ul", *(element("li", text) for text in _facts(found)), class_="marks"),
        _list(section.troubled, room),
        waterfall(section) if found["suite"] else Markup(),
        _closed(section, room),
        _details(found) if found["details"] else Markup(),
    ]
    return element("section", *parts, id=section.anchor, class_=f"check {found['outcome']}")


def _facts(found: Mapping[str, Any]) -> Iterator[str]:
    if found["kind"] != found["name"]:
        yield found["kind"]
    if found["dry_run"]:
        yield "never rolls back (dry_run)"
    elif not found["blocking"]:
        yield "never rolls back (severity: warning)"
    if found["errors_in_a_row"]:
        yield f"{count(found['errors_in_a_row'], 'error')} in a row"
    yield f"took {duration(found['seconds'])}" if found["fresh"] else "answered in an earlier call"
    suite = found["suite"]
    if suite and suite["url"]:
        yield suite["url"]
    if suite and suite["blue_url"]:
        yield f"compared with {suite['blue_url']}"
    if suite and suite["unfinished"]:
        yield f"{count(suite['unfinished'], 'test')} to be run in the next call"


def _closed(section: Section, room: Room) -> Markup:
    """Return the tests that are as they should be; in a fold of their own, unless they are all there is."""
    if not section.quiet:
        return Markup()
    tests = _list(section.quiet, room)
    return element("details", element("summary", _told(section.quiet)), tests, class_="rest", open=not section.troubled)


def _told(quiet: Sequence[Entry]) -> str:
    passed = [entry for entry in quiet if entry.test["outcome"] == "passed"]
    again = sum(entry.retries > 0 for entry in passed)
    told = [f"{count(len(passed), 'test')} passed"] if passed else []
    told += [f"{again} of them not at the first attempt"] if again else []
    told += [f"{len(quiet) - len(passed)} skipped"] if len(quiet) > len(passed) else []
    return ", ".join(told)


def _list(entries: Iterable[Entry], room: Room) -> Markup:
    tests = [room.fit(entry) for entry in entries]
    return element("div", *tests, class_="tests") if tests else Markup()


def _details(found: Mapping[str, Any]) -> Markup:
    """Return whatever else there is; open where it is all there is."""
    inside = (element("summary", "Details"), tree(found["details"]))
    return element("details", *inside, class_="more", open=found["suite"] is None)
