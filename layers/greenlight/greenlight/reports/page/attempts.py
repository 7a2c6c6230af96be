"""One attempt: what came back, what was expected of it, and where to look when nothing came."""

from collections.abc import Mapping
from typing import Any

from greenlight.reports.page.assertions import assertions
from greenlight.reports.page.icons import icon
from greenlight.reports.page.markup import Markup, element, joined
from greenlight.reports.words import FAULT_WORDS, OUTCOME_WORDS, count, duration, time_of_day


def attempts(step: Mapping[str, Any]) -> Markup:
    """Return the attempts of a step; only one of several stands open, the last, where the step did not pass."""
    made = step["attempts"]
    if len(made) == 1 and not step["repetition"]:
        return joined((element("p", _came_back(made[0]), class_="reply"), _attempt(made[0])))
    return joined(_folded(attempt, number, step) for number, attempt in enumerate(made, start=1))


def _folded(attempt: Mapping[str, Any], number: int, step: Mapping[str, Any]) -> Markup:
    which = f"Sample {number}" if step["repetition"] else f"Attempt {number}"
    opened = number == (1 if step["repetition"] else len(step["attempts"])) and step["outcome"] != "passed"
    word = element("b", OUTCOME_WORDS[attempt["outcome"]])
    summary = element("summary", icon(attempt["outcome"]), f"{which}: ", word, " ", _came_back(attempt))
    return element("details", summary, _attempt(attempt), class_=f"attempt {attempt['outcome']}", open=opened)


def _came_back(attempt: Mapping[str, Any]) -> Markup:
    status = "no reply" if attempt["status"] is None else f"status {attempt['status']}"
    began = time_of_day(attempt["started"])
    told = f"{status} in {duration(attempt['seconds'])}"
    return element("span", f"{told}, {began}" if began else told, class_="faint")


def _attempt(attempt: Mapping[str, Any]) -> Markup:
    sound = attempt["outcome"] == "passed"
    return joined(
        (
            _fault(attempt["fault"]) if attempt["fault"] else Markup(),
            assertions(attempt["assertions"], folded=not sound),
            _body(attempt["body"]) if attempt["body"] else Markup(),
            _headers(attempt["headers"]) if attempt["headers"] else Markup(),
        )
    )


def _fault(fault: Mapping[str, Any]) -> Markup:
    kind = FAULT_WORDS.get(fault["kind"], fault["kind"])
    return element("div", element("p", icon("error"), element("b", kind)), element("p", fault["text"]), class_="fault")


def _body(body: str) -> Markup:
    return joined((element("p", "Beginning of the body", class_="label"), element("pre", body, dir="auto")))


def _headers(headers: list[list[str]]) -> Markup:
    rows = [element("tr", element("th", name, scope="row"), element("td", value)) for name, value in headers]
    head = element("tr", element("th", "Header", scope="col"), element("th", "Value", scope="col"))
    table = element("table", element("thead", head), element("tbody", *rows))
    return element("details", element("summary", count(len(headers), "response header")), table, class_="more")
