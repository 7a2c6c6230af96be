"""When each test ran, how long it took, and which requests were tried again: all along one time axis."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from greenlight.reports.page.contents import Entry, Section, retries
from greenlight.reports.page.icons import shape
from greenlight.reports.page.markup import Markup, element
from greenlight.reports.words import OUTCOME_WORDS, count, duration

_MOST_ROWS: Final = 60
_FEW_ROWS: Final = 30
_MOST_TICKS: Final = 5
_AXIS: Final = 24
_ROW: Final = 34
_LEAST_WIDTH: Final = 0.5
_LEAST_SPAN: Final = 0.001


@dataclass(frozen=True, kw_only=True)
class _Bar:
    """One attempt, as it is drawn."""

    start: float
    end: float
    outcome: str


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A test or one of its steps, as it is drawn."""

    label: str
    outcome: str
    inner: bool
    start: float
    end: float
    bars: tuple[_Bar, ...] = ()
    retries: int = 0

    @property
    def told(self) -> str:
        """Return how long it took, and how often it was tried again."""
        retries = f", {count(self.retries, 'retry', 'retries')}" if self.retries else ""
        return f"{duration(self.end - self.start)}{retries}"


def waterfall(section: Section) -> Markup:
    """Return the timings of a suite as a drawing and as a table; nothing where no request was sent.

    What ran in an earlier invocation is left out: it would stretch the axis to minutes in which nothing happened.
    """
    tests = sorted(filter(None, map(_test, section.entries)), key=lambda rows: rows[0].start)
    if not tests:
        return Markup()
    rows, left_out = _chosen(tests)
    parts = [_drawing(rows, section.anchor), _table(rows)]
    if left_out:
        parts.append(element("p", f"{count(left_out, 'more test')} took less time: not drawn.", class_="faint"))
    return element(
        "details", element("summary", element("h3", "Timings")), *parts, class_="timings", open=len(rows) <= _FEW_ROWS
    )


def _test(entry: Entry) -> list[_Row] | None:
    """Return a row for a test, and one for each of its steps where there are several."""
    test = entry.test
    steps = [row for row in map(_step, test["steps"]) if row is not None]
    if test["earlier"] or not steps:
        return None
    start = min(step.start for step in steps)
    end = max(start + (test["seconds"] or 0), *(step.end for step in steps))
    several = len(steps) > 1
    sampled = any(step["repetition"] for step in test["steps"])
    row = _Row(
        label=test["name"],
        outcome=test["outcome"],
        inner=False,
        start=start,
        end=end,
        bars=(_Bar(start=start, end=end, outcome="whole"),) if several or sampled else steps[0].bars,
        retries=entry.retries,
    )
    return [row, *steps] if several else [row]


def _step(step: Mapping[str, Any]) -> _Row | None:
    repeated = step["repetition"] is not None
    bars = [
        _Bar(start=attempt["started"], end=attempt["started"] + (attempt["seconds"] or 0), outcome=attempt["outcome"])
        for attempt in step["attempts"]
        if attempt["started"] is not None
    ]
    if not bars:
        return None
    start, end = min(bar.start for bar in bars), max(bar.end for bar in bars)
    return _Row(
        label=step["name"],
        outcome=step["outcome"],
        inner=True,
        start=start,
        end=end,
        # Of a repeated request only samples are there.
        bars=(_Bar(start=start, end=end, outcome="whole"),) if repeated else tuple(bars),
        retries=retries(step),
    )


def _chosen(tests: Sequence[list[_Row]]) -> tuple[list[_Row], int]:
    """Return what there is room for: all, or no steps, or only what did not pass and what took longest."""
    everything = [row for rows in tests for row in rows]
    if len(everything) <= _MOST_ROWS:
        return everything, 0
    alone = [rows[0] for rows in tests]
    ranked = sorted(alone, key=lambda row: (row.outcome == "passed", row.start - row.end))[:_MOST_ROWS]
    return [row for row in alone if row in ranked], len(alone) - len(ranked)


def _drawing(rows: Sequence[_Row], anchor: str) -> Markup:
    origin = min(row.start for row in rows)
    span = max(_LEAST_SPAN, max(row.end for row in rows) - origin)
    height = _AXIS + _ROW * len(rows)
    name = f"_{anchor}-time"
    return element(
        "svg",
        element("title", f"Timings of {count(sum(not row.inner for row in rows), 'test')}", id=f"{name}-t"),
        element("desc", _described(rows, span), id=f"{name}-d"),
        *_axis(span, height),
        *(part for place, row in enumerate(rows) for part in _row(row, _AXIS + place * _ROW, origin, span)),
        class_="waterfall",
        role="img",
        aria_labelledby=f"{name}-t {name}-d",
        width="100%",
        height=str(height),
    )


def _described(rows: Sequence[_Row], span: float) -> str:
    longest = max((row for row in rows if not row.inner), key=lambda row: row.end - row.start)
    again = [row.label for row in rows if row.retries and not row.inner]
    retried = f" Tried again: {', '.join(again)}." if again else ""
    return f"{duration(span)} from first to last. Longest: {longest.label}, {longest.told}.{retried} A table follows."


def _axis(span: float, height: int) -> Iterator[Markup]:
    step = _nice(span / _MOST_TICKS)
    for number in range(int(span / step) + 1):
        place = number * step / span * 100
        x = f"{place:.2f}%"
        yield element("line", x1=x, x2=x, y1="18", y2=str(height), class_="tick")
        anchor = "start" if number == 0 else "end" if place > 90 else "middle"  # noqa: PLR2004 - its half would be cut
        yield element("text", _scale(number * step), x=x, y="12", text_anchor=anchor, class_="scale")


def _nice(rough: float) -> float:
    """Return the next of 1, 2, 2.5, 5, 10, 20, 25 …."""
    size: float = 10.0 ** math.floor(math.log10(rough))
    return next(size * step for step in (1, 2, 2.5, 5, 10) if size * step >= rough * 0.999)


def _scale(seconds: float) -> str:
    return f"{seconds * 1000:g} ms" if 0 < seconds < 1 else f"{seconds:g} s"


def _row(row: _Row, top: int, origin: float, span: float) -> Iterator[Markup]:
    left = 16 if row.inner else 0
    yield shape(row.outcome, x=left, y=top + 3, size=12)
    label = element("text", row.label, y="12", class_="inner" if row.inner else None)
    yield element("svg", label, x=str(left + 18), y=str(top), width="56%", height="17")
    yield element("text", row.told, x="100%", y=str(top + 12), text_anchor="end", class_="scale")
    yield element("rect", x="0", y=str(top + 19), width="100%", height="8", rx="2", class_="track")
    for number, bar in enumerate(row.bars, start=1):
        width = max(_LEAST_WIDTH, (bar.end - bar.start) / span * 100)
        place = min(100 - _LEAST_WIDTH, (bar.start - origin) / span * 100)
        yield element(
            "rect",
            element("title", _titled(bar, number, origin)),
            x=f"{place:.2f}%",
            y=str(top + 19),
            width=f"{width:.2f}%",
            height="8",
            class_=f"bar {bar.outcome}",
        )


def _titled(bar: _Bar, number: int, origin: float) -> str:
    took = f"{duration(bar.end - bar.start)}, from {duration(bar.start - origin)} on"
    return took if bar.outcome == "whole" else f"{number}: {OUTCOME_WORDS[bar.outcome]}, {took}"


def _table(rows: Sequence[_Row]) -> Markup:
    origin = min(row.start for row in rows)
    columns = ("Test or step", "Outcome", "Began after", "Took")
    head = element("tr", *(element("th", column, scope="col") for column in columns))
    body = [
        element(
            "tr",
            element("th", row.label, scope="row", class_="inner" if row.inner else None),
            *(element("td", text) for text in (OUTCOME_WORDS[row.outcome], duration(row.start - origin), row.told)),
        )
        for row in rows
    ]
    table = element("table", element("thead", head), element("tbody", *body))
    return element("details", element("summary", "Timings as a table"), table, class_="more")
