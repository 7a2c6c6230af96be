"""One test: closed when it passed, open when somebody has to look at it."""

from collections.abc import Mapping
from typing import Any

from greenlight.reports.page.assertions import assertions
from greenlight.reports.page.attempts import attempts
from greenlight.reports.page.contents import Entry
from greenlight.reports.page.differences import comparison
from greenlight.reports.page.icons import icon
from greenlight.reports.page.latency import repetition
from greenlight.reports.page.markup import Markup, element, joined
from greenlight.reports.words import OUTCOME_WORDS, duration


def whole_card(entry: Entry) -> Markup:
    """Return a test with everything that is known of it."""
    steps = entry.test["steps"]
    alone = len(steps) == 1
    return _card(entry, *(_step(step, entry, place, alone=alone) for place, step in enumerate(steps)))


def short_card(entry: Entry) -> Markup:
    """Return a test with what its first line says, for a page that has become too large."""
    return _card(entry, element("p", "The details are in the JSON: this page has become too large.", class_="faint"))


def _card(entry: Entry, *inside: Markup) -> Markup:
    test = entry.test
    heading = element("h3", test["name"])
    took = element("span", duration(test["seconds"]), class_="took") if test["steps"] else Markup()
    summary = element("summary", icon(test["outcome"]), heading, took, _why(test))
    body = element("div", _marks(test), *inside, id=entry.anchor, class_="inside")
    return element("details", summary, body, class_=f"test {test['outcome']}", open=entry.troubled)


def _why(test: Mapping[str, Any]) -> Markup:
    """Return the outcome as a word, and the reason; for a plain pass the word is for those who do not see its shape."""
    word, why = OUTCOME_WORDS[test["outcome"]], test["why"]
    if test["outcome"] == "passed" and not why:
        return element("span", word, class_="hidden")
    follows = why.removeprefix(word) if why.startswith(word) else f": {why}" if why else ""
    return element("span", element("b", word.capitalize()), follows, class_="why")


def _marks(test: Mapping[str, Any]) -> Markup:
    marks = [element("li", tag) for tag in test["tags"]]
    if test["severity"] == "warning":
        marks.append(element("li", "never rolls back (severity: warning)"))
    if test["earlier"]:
        marks.append(element("li", "ran in an earlier call"))
    return element("ul", *marks, class_="marks") if marks else Markup()


def _step(step: Mapping[str, Any], entry: Entry, place: int, *, alone: bool) -> Markup:
    sound = step["outcome"] == "passed"
    parts = [
        Markup() if alone else _heading(step),
        _request(step, entry.url),
        Markup() if alone or not step["note"] else element("p", step["note"]),
        assertions(step["assertions"], folded=not sound),
        repetition(step, f"{entry.anchor}-{place}") if step["repetition"] else Markup(),
        comparison(step["comparison"]) if step["comparison"] else Markup(),
        attempts(step),
    ]
    return joined(parts) if alone else element("section", *parts, class_=f"step {step['outcome']}")


def _request(step: Mapping[str, Any], base: str) -> Markup:
    """Return method and path, and the whole URL where it is not simply that path of the suite's."""
    request = element("code", step["request"])
    path = step["request"].partition(" ")[2]
    if step["url"] in {"", base + path}:
        return element("p", request, class_="request")
    return element("p", request, " ", element("span", step["url"], class_="url"), class_="request")


def _heading(step: Mapping[str, Any]) -> Markup:
    word = element("span", OUTCOME_WORDS[step["outcome"]], class_="word")
    return element("h4", icon(step["outcome"]), step["name"], " ", word)
