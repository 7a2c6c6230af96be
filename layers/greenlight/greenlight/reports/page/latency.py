"""How long a repeated request took: the distribution as a drawing, and percentiles beside their limits."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from greenlight.reports.evidence import MEASURES
from greenlight.reports.page.icons import icon
from greenlight.reports.page.markup import Markup, element
from greenlight.reports.words import count, duration

_NAMED = re.compile(rf"\b({'|'.join(MEASURES)})\b")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m)\b")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0}
_BINS: Final = 32
_LEAST_SPAN: Final = 0.000_001
_LEAST_TALL: Final = 2.0
_TALL: Final = 78
_LINE: Final = 14
_GAP: Final = 6


@dataclass(frozen=True, kw_only=True)
class _Limit:
    """What was expected of one measure.

    Attributes:
        text: In words.
        seconds: As a number, where the words name one.
        passed: Whether it holds.
    """

    text: str
    seconds: float | None
    passed: bool


def repetition(step: Mapping[str, Any], name: str) -> Markup:
    """Return what came of a repeated request.

    Args:
        step: From the document.
        name: Unique on the page, for what refers to the drawing's title.
    """
    found, limits = step["repetition"], _limits(step["assertions"])
    counts = [f"{found['passed']} passed", f"{found['failed']} failed", f"{found['errors']} without a reply"]
    sent = f"Sent {count(len(found['seconds']), 'time')}"
    heading = element("p", f"{sent}: {', '.join(part for part in counts if not part.startswith('0 '))}", class_="label")
    return element("div", heading, _histogram(found, limits, name), _table(found, limits), class_="repetition")


def _limits(assertions: Sequence[Mapping[str, Any]]) -> dict[str, _Limit]:
    """Find the limits among the assertions, by the measure that the subject names."""
    found: dict[str, _Limit] = {}
    for assertion in assertions:
        named = _NAMED.search(assertion["subject"])
        if named is not None:
            span = _SPAN.search(assertion["expected"])
            seconds = float(span[1]) * _UNITS[span[2]] if span else None
            found[named[1]] = _Limit(text=assertion["expected"], seconds=seconds, passed=assertion["passed"])
    return found


def _table(found: Mapping[str, Any], limits: Mapping[str, _Limit]) -> Markup:
    columns = ("Measure", "Took", "Expected")
    head = element("tr", *(element("th", column, scope="col") for column in columns))
    rows = [_row(measure, found["percentiles"][measure], limits.get(measure)) for measure in MEASURES]
    return element("table", element("thead", head), element("tbody", *rows), class_="measures")


def _row(measure: str, seconds: float | None, limit: _Limit | None) -> Markup:
    expected = element("td")
    if limit is not None:
        outcome = "passed" if limit.passed else "failed"
        expected = element("td", icon(outcome), limit.text, " ", element("span", f"({outcome})", class_="hidden"))
    return element("tr", element("th", measure, scope="row"), element("td", duration(seconds)), expected)


def _histogram(found: Mapping[str, Any], limits: Mapping[str, _Limit], name: str) -> Markup:
    taken = [seconds for seconds in found["seconds"] if seconds is not None]
    if not taken:
        return Markup()
    longest = max(_LEAST_SPAN, *taken)
    near = {key: limit.seconds for key, limit in limits.items() if limit.seconds and limit.seconds <= 2 * longest}
    end = max(longest, *near.values(), 0) * 1.02
    top = _LINE * len(near) + _GAP
    bottom = top + _TALL
    title = f"How long {count(len(taken), 'reply', 'replies')} took"
    said = f"From {duration(min(taken))} to {duration(longest)}, half within {duration(found['percentiles']['p50'])}."
    return element(
        "svg",
        element("title", title, id=f"_{name}-t"),
        element("desc", said, id=f"_{name}-d"),
        *_bars(taken, end, bottom),
        *_marks(near, end, bottom),
        element("line", x1="0", x2="100%", y1=str(bottom), y2=str(bottom), class_="axis"),
        element("text", "0 s", x="0", y=str(bottom + _LINE)),
        element("text", duration(end), x="100%", y=str(bottom + _LINE), text_anchor="end"),
        class_="histogram",
        role="img",
        aria_labelledby=f"_{name}-t _{name}-d",
        width="100%",
        height=str(bottom + _LINE + _GAP),
    )


def _bars(taken: Sequence[float], end: float, bottom: int) -> Iterator[Markup]:
    bins = [0] * _BINS
    for seconds in taken:
        # A report is shown whatever it is made of; only a clock that ran backwards gives less than nothing.
        bins[max(0, min(_BINS - 1, int(seconds / end * _BINS)))] += 1
    for place, number in enumerate(bins):
        if number:
            tall = max(_LEAST_TALL, number / max(bins) * _TALL)
            yield element(
                "rect",
                x=f"{place / _BINS * 100:.2f}%",
                y=f"{bottom - tall:.1f}",
                width=f"{92 / _BINS:.2f}%",
                height=f"{tall:.1f}",
            )


def _marks(limits: Mapping[str, float], end: float, bottom: int) -> Iterator[Markup]:
    """Draw each limit with its name on a line of its own, on the side where there is room."""
    for line, (key, seconds) in enumerate(sorted(limits.items(), key=lambda limit: limit[1]), start=1):
        x, crowded = f"{seconds / end * 100:.2f}%", seconds > end * 2 / 3
        yield element("line", x1=x, x2=x, y1=str(line * _LINE - 9), y2=str(bottom), class_="limit")
        side = {"dx": "-4", "text_anchor": "end"} if crowded else {"dx": "4"}
        yield element("text", f"{key} {duration(seconds)}", x=x, y=str(line * _LINE), **side)
