"""Blue's answer and green's, side by side."""

from collections.abc import Mapping
from typing import Any

from greenlight.reports.page.markup import Markup, element, joined
from greenlight.reports.words import count, duration


def comparison(found: Mapping[str, Any]) -> Markup:
    """Return how green compares with blue: place for place, and in time."""
    parts = [element("p", "Compared with blue", class_="label")]
    if found["blue_url"]:
        parts.append(element("p", *_where(found)))
    if found["no_baseline"]:
        parts.append(element("p", f"Nothing could be compared: {found['no_baseline']}"))
    elif not found["differences"]:
        parts.append(element("p", "No differences."))
    else:
        parts.append(_table(found))
    return element("div", *parts, class_="comparison")


def _where(found: Mapping[str, Any]) -> list[Markup]:
    status = "no reply" if found["blue_status"] is None else f"status {found['blue_status']}"
    parts = [Markup("Blue: "), element("code", found["blue_url"], class_="url"), joined((f" ({status})",))]
    blue, green = found["blue_seconds"], found["green_seconds"]
    if blue is not None and green is not None:
        times = f", {green / blue:.1f} times as long" if blue > 0 else ""
        parts.append(joined((f"; fastest answer: blue {duration(blue)}, green {duration(green)}{times}",)))
    return parts


def _table(found: Mapping[str, Any]) -> Markup:
    head = element("tr", element("th", "Blue", scope="col"), element("th", "Green", scope="col"))
    bodies = [
        element(
            "tbody",
            element("tr", element("th", one["path"], scope="rowgroup", colspan="2")),
            element("tr", element("td", one["blue"], dir="auto"), element("td", one["green"], dir="auto")),
        )
        for one in found["differences"]
    ]
    caption = count(len(found["differences"]) + found["more"], "difference")
    if found["more"]:
        caption += f", the first {len(found['differences'])} of them"
    return element("table", element("caption", caption), element("thead", head), *bodies, class_="sides")
