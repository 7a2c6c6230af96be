"""What was expected and what came: what is broken large and first, what holds small and after it."""

from collections.abc import Mapping, Sequence
from typing import Any

from greenlight.reports.page.icons import icon
from greenlight.reports.page.markup import Markup, element, joined
from greenlight.reports.words import count


def assertions(judged: Sequence[Mapping[str, Any]], *, folded: bool) -> Markup:
    """Return all assertions.

    Args:
        judged: From the document.
        folded: Whether those that hold have to be asked for.
    """
    broken = sorted((one for one in judged if not one["passed"]), key=lambda one: str(one["severity"]))
    held = [one for one in judged if one["passed"]]
    return joined((_all_broken(broken), _all_held(held, folded=folded)))


def _all_broken(broken: Sequence[Mapping[str, Any]]) -> Markup:
    return element("ul", *map(_broken, broken), class_="broken") if broken else Markup()


def _broken(assertion: Mapping[str, Any]) -> Markup:
    outcome = "failed" if assertion["severity"] == "required" else "warning"
    subject = element("p", icon(outcome), _hidden(f"{outcome}: "), element("b", assertion["subject"]), class_="subject")
    values = element(
        "dl",
        element("div", element("dt", "expected"), element("dd", assertion["expected"])),
        element("div", element("dt", "got"), element("dd", assertion["actual"]), class_="got"),
    )
    return element("li", subject, values, class_=outcome)


def _all_held(held: Sequence[Mapping[str, Any]], *, folded: bool) -> Markup:
    if not held:
        return Markup()
    heading = f"{count(len(held), 'expectation')} held"
    listed = element("ul", *map(_held, held), class_="held")
    if folded:
        return element("details", element("summary", heading), listed, class_="more")
    return joined((element("p", heading, class_="label"), listed))


def _held(assertion: Mapping[str, Any]) -> Markup:
    got = element("i", f"got {assertion['actual']}")
    return element("li", element("b", assertion["subject"]), f" {assertion['expected']} ", got)


def _hidden(text: str) -> Markup:
    return element("span", text, class_="hidden")
