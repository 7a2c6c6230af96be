"""The first screen: what was decided and why, about what, and where to go on reading."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from greenlight.reports.page.contents import Entry, Section
from greenlight.reports.page.icons import icon
from greenlight.reports.page.markup import Markup, element, joined
from greenlight.reports.words import OUTCOME_WORDS, URGENCY, count, duration

_WORDS: Final = {
    "passed": "Passed",
    "failed": "Failed",
    "waiting": "Waiting",
    "error": "Error",
    "skipped": "Skipped",
}
_FACTS: Final = {
    "deployment": "Deployment",
    "attempt": "Attempt",
    "direction": "Direction",
    "green": "Green revision",
    "gates": "Gates file",
    "invoked_by": "Invoked by",
}
_FEW_TESTS: Final = 8
_MOST_LINKS: Final = 20


def title(document: Mapping[str, Any]) -> str:
    """Return the page's title: the verdict, and of what."""
    return f"{_WORDS[document['verdict']['outcome']]}: {', '.join(_about(document)) or 'Greenlight'}"


def verdict(document: Mapping[str, Any], parts: Sequence[Section]) -> Markup:
    """Return the verdict and its reason."""
    found = document["verdict"]
    return element(
        "header",
        element(
            "div",
            element("p", " · ".join(["Greenlight", *_about(document)]), class_="about"),
            element("h1", icon(found["outcome"]), element("span", _WORDS[found["outcome"]])),
            element("p", _consequence(found, parts), class_="consequence"),
            element("p", found["reason"], class_="reason"),
            _way_on(parts),
        ),
        class_=f"verdict {found['outcome']}",
    )


def facts(document: Mapping[str, Any]) -> Markup:
    """Return what the report is about."""
    known = document["facts"]
    terms = [
        element("div", element("dt", label), element("dd", str(known[fact])))
        for fact, label in _FACTS.items()
        if fact in known
    ]
    return element("dl", *terms, class_="facts") if terms else Markup()


def counts(parts: Sequence[Section]) -> Markup:
    """Return how many tests came out how, as a bar and in words; nothing where there are no tests."""
    found = Counter(entry.test["outcome"] for part in parts for entry in part.entries)
    if not found:
        return Markup()
    ordered = sorted(found, key=URGENCY.__getitem__)
    words = [element("li", icon(outcome), f"{found[outcome]} {OUTCOME_WORDS[outcome]}") for outcome in ordered]
    bar = element("svg", *_segments(ordered, found), class_="bar", aria_hidden="true", width="100%", height="8")
    return element("div", bar, element("ul", *words), class_="counts")


def contents(parts: Sequence[Section]) -> Markup:
    """Return the way to each check and to each test that deserves a look; nothing where the page is short."""
    many = sum(len(part.entries) for part in parts) > _FEW_TESTS and any(part.troubled for part in parts)
    if len(parts) < 2 and not many:  # noqa: PLR2004 - one needs no list
        return Markup()
    listed = [element("li", _link(part.check, part.anchor), _tests(part.troubled)) for part in parts]
    return element("nav", element("h2", "On this page"), element("ul", *listed), aria_label="On this page")


def _about(document: Mapping[str, Any]) -> list[str]:
    known = document["facts"]
    return [str(known[fact]) for fact in ("service", "suite", "stage") if fact in known]


def _consequence(found: Mapping[str, Any], parts: Sequence[Section]) -> str:
    if found["status"] == "FAILED":
        return "ECS rolls this deployment back."
    if found["status"] == "IN_PROGRESS":
        return f"ECS asks again in {duration(found['callback_seconds'])}."
    follows = "ECS goes on with the deployment." if found["status"] else _of_suite(found["outcome"])
    blemished = sum(len(part.troubled) or part.check["outcome"] not in {"passed", "skipped"} for part in parts)
    look = "deserves" if blemished == 1 else "deserve"
    return f"{follows} {count(blemished, 'result')} {look} a look." if blemished and found["status"] else follows


def _of_suite(outcome: str) -> str:
    return {
        "passed": "Every test that has to pass did.",
        "failed": "Not everything is as the suite expects it.",
        "error": "Not everything could be asked.",
    }.get(outcome, "Nothing was asked.")


def _way_on(parts: Sequence[Section]) -> Markup:
    troubled = [entry for part in parts for entry in part.troubled]
    if not troubled:
        return Markup()
    first = min(troubled, key=lambda entry: entry.urgency)
    what = {"failed": "failure", "error": "error", "warning": "warning"}.get(first.test["outcome"], "open test")
    return element("p", element("a", f"Show the first {what}", href=f"#{first.anchor}"), class_="way")


def _segments(ordered: Sequence[str], found: Mapping[str, int]) -> Iterator[Markup]:
    total, before = sum(found.values()), 0
    for outcome in ordered:
        x, width = before / total * 100, found[outcome] / total * 100
        before += found[outcome]
        yield element("rect", x=f"{x:.2f}%", width=f"{width:.2f}%", height="8", class_=f"segment {outcome}")


def _link(told: Mapping[str, Any], anchor: str) -> Markup:
    link = element("a", told["name"], href=f"#{anchor}")
    return joined((icon(told["outcome"]), link, f" {OUTCOME_WORDS[told['outcome']]}"))


def _tests(entries: Sequence[Entry]) -> Markup:
    if not entries:
        return Markup()
    links = [element("li", _link(entry.test, entry.anchor)) for entry in entries[:_MOST_LINKS]]
    if len(entries) > _MOST_LINKS:
        links.append(element("li", f"and {len(entries) - _MOST_LINKS} more"))
    return element("ul", *links)
